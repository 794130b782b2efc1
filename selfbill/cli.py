"""The command `selfbill`: one function for each of its commands."""

import asyncio
import errno
import secrets
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import NoReturn, TypeVar

import click
from rich.console import Console

from billing.accounts import add_staff, link_slack
from billing.actors import SystemActor
from billing.context import Context
from billing.edges import SlackLink
from billing.errors import Invalid
from billing.states import Role
from selfbill import demo, importing, logs, serve
from selfbill.settings import BadSettings, Settings, load_settings
from selfbill.wiring import open_service
from storage.migrate import DatabaseIsNewer, must_not_be_newer, upgrade

_Answer = TypeVar("_Answer")
_CONFIG = click.option(
    "--settings",
    "settings_file",
    type=click.Path(path_type=Path),
    help="A file of SELFBILL_NAME=value lines; variables win over it.",
)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="selfbill")
def main() -> None:
    """Self-service billing that runs beside your payment processor."""


@main.command("demo")
@click.option("--port", default=8080, show_default=True, help="The next four ports are used too.")
@click.option("--data", default="demo-data", show_default=True, type=click.Path(path_type=Path))
@click.option("--reset", is_flag=True, help="Begin again with an empty folder.")
def run_demo(port: int, data: Path, reset: bool) -> None:
    """Start one merchant with a past, every outside party standing in."""
    if reset and not demo.is_demo_folder(data):
        _end(f"{data} is not a demo's folder, so it is not emptied.")
    _run(lambda: demo.run_demo(demo.make_folder(data, reset=reset), port, console=Console()))


@main.command("serve")
@_CONFIG
@click.option(
    "--role",
    "roles",
    multiple=True,
    type=click.Choice([role.value for role in serve.ServeRole]),
    help="What this process does; all of it if not given.",
)
def run_service(settings_file: Path | None, roles: tuple[str, ...]) -> None:
    """Run the service until it is told to stop."""
    settings = _settings(settings_file)
    chosen = [serve.ServeRole(role) for role in roles] or list(serve.ServeRole)
    if len(chosen) < len(serve.ServeRole) and settings.database_url.startswith("sqlite"):
        _end("SQLite is for one process: run all roles in one, or use PostgreSQL.")

    async def run() -> None:
        logs.set_up_logs()
        await asyncio.to_thread(must_not_be_newer, settings.database_url)
        await serve.serve_until_told(settings, chosen)

    _run(run)


@main.command()
@_CONFIG
def migrate(settings_file: Path | None) -> None:
    """Bring the database up to date."""
    settings = _settings(settings_file)

    async def run() -> None:
        await asyncio.to_thread(upgrade, settings.database_url)

    _run(run)


@main.group("import")
def import_group() -> None:
    """Bring a past in."""


@import_group.command("kartra")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--account", required=True, help="The slug of the account.")
@click.option("--report", type=click.Path(path_type=Path), help="Where rows that were not taken over go.")
@_CONFIG
def import_kartra(file: Path, account: str, report: Path | None, settings_file: Path | None) -> None:
    """Import a Kartra transactions export; it can be repeated, and goes on where it was stopped."""
    settings = _settings(settings_file)
    code = _with_context(
        settings, lambda ctx: importing.import_kartra(ctx, file, account=account, report=report)
    )
    sys.exit(code)


@main.group("staff")
def staff_group() -> None:
    """The people who work for an account."""


@staff_group.command("add")
@click.option("--account", required=True, help="The slug of the account.")
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", type=click.Choice([role.value for role in Role]), default=Role.OWNER.value)
@click.option("--limit-minor", type=int, help="Agents: up to what they decide, in minor units.")
@click.option("--slack-user", help="Their user id in the connected Slack workspace.")
@click.password_option(help="At least 15 characters.")
@_CONFIG
def add_member(  # noqa: PLR0917 - click hands options over by name
    account: str,
    email: str,
    name: str,
    role: str,
    limit_minor: int | None,
    slack_user: str | None,
    password: str,
    settings_file: Path | None,
) -> None:
    """Add a person who may sign in at the desk."""
    settings = _settings(settings_file)

    async def add(ctx: Context) -> None:
        found = await ctx.store.find_account_by_slug(account)
        if found is None:
            _end(f"There is no account “{account}”.")
        by = SystemActor(found.id, "command", secrets.token_hex(8))
        staff = await add_staff(
            ctx,
            email=email,
            name=name,
            role=Role(role),
            password=password,
            limit_minor=limit_minor,
            locale=found.locale,
            by=by,
        )
        if slack_user:
            link = SlackLink(found.id, settings.slack_team_id, slack_user, staff.id)
            await link_slack(ctx, link, by=by)

    try:
        _with_context(settings, add)
    except Invalid as invalid:
        _end(f"{invalid.field}: {invalid.problem}")
    click.echo(f"{name} may sign in as {role}.")


@main.command("sandbox")
@click.option("--port", default=8081, show_default=True, help="The next three ports are used too.")
@click.option("--data", default="sandbox-data", show_default=True, type=click.Path(path_type=Path))
def run_sandbox(port: int, data: Path) -> None:
    """Run the stand-ins alone: a small Stripe, a small Slack and a mailbox, for a service of your own."""
    _run(lambda: demo.run_sandbox(demo.make_folder(data), port, console=Console()))


def _settings(file: Path | None) -> Settings:
    try:
        return load_settings(file)
    except BadSettings as bad:
        for problem in bad.problems:
            click.echo(problem, err=True)
        sys.exit(2)


def _with_context(settings: Settings, do: Callable[[Context], Awaitable[_Answer]]) -> _Answer:
    async def run() -> _Answer:
        await asyncio.to_thread(must_not_be_newer, settings.database_url)
        async with open_service(settings) as service:
            return await do(service.context)

    return _run(run)


def _run(start: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """Run it; what a person can mend is one line that says how."""

    async def started() -> _Answer:
        return await start()

    try:
        return asyncio.run(started())
    except DatabaseIsNewer as newer:
        _end(f"The database is newer than this program ({newer}): install the newer version.")
    except OSError as failure:
        _end(_sentence(failure))


def _sentence(failure: OSError) -> str:
    if failure.errno == errno.EADDRINUSE:
        return "The port is taken: stop what uses it, or choose another with --port or SELFBILL_PORT."
    if failure.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"{failure.filename or 'The folder'} cannot be written: choose another, or change its rights."
    return str(failure)


def _end(sentence: str) -> NoReturn:
    click.echo(sentence, err=True)
    sys.exit(1)
