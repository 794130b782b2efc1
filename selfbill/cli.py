"""The command `selfbill`: one function for each of its commands."""

import asyncio
import sys
from pathlib import Path

import click
from rich.console import Console

from selfbill import demo, importing, logs, serve
from selfbill.merchant_commands import account_group, helpdesk_group, staff_group
from selfbill.running import CONFIG, end, read_settings, run_and_explain, with_context
from storage.migrate import must_not_be_newer, upgrade

_LAST_PORT = 65528  # leaves room for those that follow
_PORT = click.IntRange(1, _LAST_PORT)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="selfbill")
def main() -> None:
    """Self-service billing that runs beside your payment processor."""


@main.command("demo")
@click.option("--port", default=8080, type=_PORT, show_default=True, help="The next seven are used too.")
@click.option("--data", default="demo-data", show_default=True, type=click.Path(path_type=Path))
@click.option("--reset", is_flag=True, help="Begin again with an empty folder.")
def run_demo(port: int, data: Path, reset: bool) -> None:
    """Start one merchant with a past, every outside party standing in."""
    if reset and not demo.is_demo_folder(data):
        end(f"{data} is not a demo's folder, so it is not emptied.")
    run_and_explain(lambda: demo.run_demo(demo.make_folder(data, reset=reset), port, console=Console()))


@main.command("serve")
@CONFIG
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in serve.ServeRole]),
    help="What this process does; all of it if not given.",
)
def run_service(settings_file: Path | None, roles: tuple[str, ...]) -> None:
    """Run the service until it is told to stop."""
    settings = read_settings(settings_file)
    chosen = [serve.ServeRole(role) for role in roles] or list(serve.ServeRole)
    if len(chosen) < len(serve.ServeRole) and settings.database_url.startswith("sqlite"):
        end("SQLite is for one process: run all roles in one, or use PostgreSQL.")

    async def run() -> None:
        await asyncio.to_thread(must_not_be_newer, settings.database_url)
        logs.set_up_logs()
        await serve.serve_until_told(settings, chosen)

    run_and_explain(run)


@main.command()
@CONFIG
def migrate(settings_file: Path | None) -> None:
    """Bring the database up to date."""
    settings = read_settings(settings_file)

    async def run() -> None:
        await asyncio.to_thread(upgrade, settings.database_url)

    run_and_explain(run)


@main.group("import")
def import_group() -> None:
    """Bring a past in."""


@import_group.command("kartra")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--account", required=True, help="The slug of the account.")
@click.option("--report", type=click.Path(path_type=Path), help="Where rows that were not taken over go.")
@CONFIG
def import_kartra(file: Path, account: str, report: Path | None, settings_file: Path | None) -> None:
    """Import a Kartra transactions export; it can be repeated, and goes on where it was stopped."""
    settings = read_settings(settings_file)
    code = with_context(
        settings, lambda ctx: importing.import_kartra(ctx, file, account=account, report=report)
    )
    sys.exit(code)


@main.command("sandbox")
@click.option(
    "--port", default=8081, type=_PORT, show_default=True, help="The next three ports are used too."
)
@click.option("--data", default="sandbox-data", show_default=True, type=click.Path(path_type=Path))
def run_sandbox(port: int, data: Path) -> None:
    """Run the stand-ins alone: a small Stripe, a small Slack and a mailbox, for a service of your own."""
    run_and_explain(lambda: demo.run_sandbox(demo.make_folder(data), port, console=Console()))


for group in (account_group, helpdesk_group, staff_group):
    main.add_command(group)
