"""The commands about Slack: the manifest that the app is made from."""

import json

import click

from bot.manifest import draw_manifest
from selfbill.running import end
from selfbill.settings import own_address


@click.group("slack")
def slack_group() -> None:
    """The Slack app."""


@slack_group.command("manifest")
@click.option("--url", required=True, help="Your public address, e.g. https://billing.example.com.")
@click.option("--socket", is_flag=True, help="For one workspace, behind a firewall too (Socket Mode).")
def manifest(url: str, socket: bool) -> None:
    """Print the manifest to make the Slack app from."""
    try:
        address = own_address(url)
    except ValueError as wrong:
        end(f"--url {wrong}")
    click.echo(json.dumps(draw_manifest(address, socket_mode=socket), indent=2))
