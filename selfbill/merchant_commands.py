"""Setting up a merchant by command: the account, a helpdesk, the people who work for it."""

import secrets
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar
from zoneinfo import available_timezones

import click

from billing.accounts import create_account, link_slack
from billing.actors import SystemActor
from billing.context import Context
from billing.edges import SlackLink
from billing.emails import email_key
from billing.errors import Invalid, NotFound, NotInPlan
from billing.helpdesks import add_helpdesk
from billing.ids import AccountId, DepartmentId, HelpdeskId, new_id
from billing.money import Currency
from billing.records import Account, Address, Department, Helpdesk
from billing.staff import add_staff, reset_factor
from billing.states import PlanName, Role
from locales.catalogues import AVAILABLE
from locales.texts import sentence
from locales.translator import get_translator
from selfbill.running import CONFIG, end, read_settings, with_context
from selfbill.settings import Settings

_Answer = TypeVar("_Answer")
# Values, since click would show the members' names, which nobody writes so.
_PLANS = click.Choice([each.value for each in PlanName])
_ROLES = click.Choice([each.value for each in Role])
_ACCOUNT = click.option("--account", required=True, help="The slug of the account.")


@click.group("account")
def account_group() -> None:
    """Merchants."""


@account_group.command("create")
@click.argument("slug")
@click.option("--name", required=True, help="What customers read.")
@click.option("--email", required=True, help="Printed on invoices.")
@click.option("--country", default="", help="Printed on invoices.")
@click.option("--currency", default="USD", show_default=True)
@click.option("--locale", type=click.Choice(list(AVAILABLE)), default="en", show_default=True)
@click.option("--time-zone", default="UTC", show_default=True)
@click.option("--plan", type=_PLANS, default=PlanName.GROWTH.value, show_default=True)
@click.option("--colour", default="#2f5bd3", show_default=True, help="The accent, #rrggbb.")
@CONFIG
def create(  # noqa: PLR0917 - click hands options over by name
    slug: str,
    name: str,
    email: str,
    country: str,
    currency: str,
    locale: str,
    time_zone: str,
    plan: str,
    colour: str,
    settings_file: Path | None,
) -> None:
    """Create an account; SLUG is its path in addresses. Says what to do next."""
    if time_zone not in available_timezones():
        end(f"time-zone: {time_zone} is not known, e.g. Europe/Berlin")
    try:
        money = Currency(currency.upper())
    except ValueError:
        end(f"currency: {currency} is not known, e.g. EUR")
    account = Account(
        id=new_id(AccountId),
        slug=slug,
        directory=slug,
        name=name,
        plan=PlanName(plan),
        currency=money,
        locale=locale,
        time_zone=time_zone,
        seller=Address(name=name, email=email, country=country),
        colour=colour,
    )

    async def make(ctx: Context) -> tuple[str, str]:
        await create_account(ctx, account, by=_command(account.id))
        return ctx.addresses.portal(account), ctx.addresses.desk_start(account)

    portal, checklist = _do(read_settings(settings_file), make)
    click.echo(f"{name}: {portal}")
    click.echo("Next, say who owns it, and bring your past sales in if you have an export:")
    click.echo(f"  selfbill staff add --account {slug} --email YOU@EXAMPLE.COM --name YOUR-NAME")
    click.echo(f"  selfbill import kartra FILE --account {slug}")
    click.echo("Then start the server, sign in at the desk, and follow the checklist there:")
    click.echo("  selfbill serve")
    click.echo(f"  {checklist}")


@click.group("helpdesk")
def helpdesk_group() -> None:
    """Where Manual tickets open."""


@helpdesk_group.command("add")
@_ACCOUNT
@click.argument("slug")
@click.option("--name", required=True)
@click.option("--slack-channel", help="The channel's id, where cards are posted.")
@CONFIG
def add_desk(
    account: str, slug: str, name: str, slack_channel: str | None, settings_file: Path | None
) -> None:
    """Add a helpdesk with Manual refund and cancel; SLUG is its path in addresses."""

    async def add(ctx: Context) -> str:
        found = await _account(ctx, account)
        helpdesk = Helpdesk(
            id=new_id(HelpdeskId),
            account_id=found.id,
            slug=slug,
            name=name,
            slack_channel=slack_channel,
            billing_shown=True,
            archived_at=None,
        )
        first = Department(new_id(DepartmentId), found.id, helpdesk.id, "Billing")
        await add_helpdesk(ctx, helpdesk, [first], by=_command(found.id))
        return ctx.addresses.helpdesk(found, helpdesk)

    click.echo(f"{name}: {_do(read_settings(settings_file), add)}")


@click.group("staff")
def staff_group() -> None:
    """The people who work for an account."""


@staff_group.command("add")
@_ACCOUNT
@click.option("--email", required=True)
@click.option("--name", required=True)
@click.option("--role", type=_ROLES, default=Role.OWNER.value, show_default=True)
@click.option("--limit-minor", type=int, help="Agents: up to what they decide, in minor units.")
@click.option("--slack-user", help="Their user id in the connected Slack workspace.")
@click.password_option(help="At least 15 characters.")
@CONFIG
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
    settings = read_settings(settings_file)

    async def add(ctx: Context) -> str:
        found = await _account(ctx, account)
        staff = await add_staff(
            ctx,
            email=email,
            name=name,
            role=Role(role),
            password=password,
            limit_minor=limit_minor,
            locale=found.locale,
            by=_command(found.id),
        )
        if slack_user:
            link = SlackLink(found.id, settings.slack_team_id, slack_user, staff.id)
            await link_slack(ctx, link, by=_command(found.id))
        return ctx.addresses.desk(found)

    desk = _do(settings, add)
    click.echo(f"{name} may sign in as {Role(role)}: {desk}")


@staff_group.command("reset-factor")
@_ACCOUNT
@click.option("--email", required=True)
@CONFIG
def reset_member_factor(account: str, email: str, settings_file: Path | None) -> None:
    """Take a lost second factor away; the person sets up a new one at the next sign-in."""

    async def reset(ctx: Context) -> str:
        found = await _account(ctx, account)
        async with ctx.read(found.id) as work:
            member = await work.staff.find_by_email(email_key(email))
        if member is None:
            end(f"Nobody with the address {email} works there.")
        await reset_factor(ctx, member.id, by=_command(found.id))
        return member.name

    name = _do(read_settings(settings_file), reset)
    click.echo(f"{name} has no second factor any more, and was signed out everywhere.")


async def _account(ctx: Context, slug: str) -> Account:
    found = await ctx.store.find_account_by_slug(slug)
    if found is None:
        end(f"There is no account “{slug}”.")
    return found


def _command(account_id: AccountId) -> SystemActor:
    return SystemActor(account_id, "command", secrets.token_hex(8))


def _do(settings: Settings, act: Callable[[Context], Awaitable[_Answer]]) -> _Answer:
    """Run it; what was typed wrong is one line."""
    try:
        return with_context(settings, act)
    except Invalid as invalid:
        end(f"{invalid.field}: {sentence(invalid, get_translator('en'))}")
    except NotFound:
        end("There is none.")
    except NotInPlan as refusal:
        end(sentence(refusal, get_translator("en")))
