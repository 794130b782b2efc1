"""The commands that run the service and keep its database: serve, migrate, import."""

import asyncio
import sys
from pathlib import Path

import click

from selfbill import importing, logs, serve
from selfbill.running import CONFIG, end, read_settings, run_and_explain, with_context
from selfbill.stripe_command import import_from_stripe
from storage.migrate import must_not_be_newer, upgrade


@click.command("serve")
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


@click.command("migrate")
@CONFIG
def migrate(settings_file: Path | None) -> None:
    """Bring the database up to date."""
    settings = read_settings(settings_file)

    async def run() -> None:
        await asyncio.to_thread(upgrade, settings.database_url)

    run_and_explain(run)


@click.group("import")
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


import_group.add_command(import_from_stripe)
