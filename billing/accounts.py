"""Setting up an account: the business itself, its staff, its helpdesks, and who they are in Slack."""

import re
from dataclasses import replace

from billing import plans
from billing.actors import SystemActor
from billing.context import Context
from billing.edges import SlackLink
from billing.emails import email_key
from billing.errors import Invalid
from billing.ids import HelpdeskId, StaffId, new_id
from billing.records import Account, Department, Helpdesk, SelfBilling, Staff
from billing.states import AskCode, CancelWhen, Handling, Role, Surface

SHORTEST_PASSWORD = 15
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62})")
# First segments of addresses that belong to the server itself, or would read like a page.
_RESERVED = frozenset({"desk", "healthz", "help", "hooks", "readyz", "static", "sign-in"})


async def create_account(ctx: Context, account: Account, *, by: SystemActor) -> Account:
    """A new business with a portal: invoices on, refund and cancel Automated. Raises `Invalid` (slug)."""
    _must_be_slug(account.slug)
    _must_be_slug(account.directory)
    if await ctx.store.find_account_by_slug(account.slug) is not None:
        raise Invalid("slug", "taken")
    async with ctx.begin(account.id) as work:
        await work.accounts.add(account)
        await work.helpdesks.put_self_billing(first_self_billing(account, None, Handling.AUTOMATED))
        facts = {"slug": account.slug, "plan": account.plan.value}
        subject = f"account:{account.id.hex}"
        await work.journal.write(by, "account.created", subject, at=ctx.now(), facts=facts)
    return account


def _must_be_slug(slug: str) -> None:
    if not _SLUG.fullmatch(slug) or slug in _RESERVED:
        raise Invalid("slug", "invalid")


def first_self_billing(account: Account, helpdesk_id: HelpdeskId | None, handling: Handling) -> SelfBilling:
    """The settings a new surface begins with; the code guards documents, money and cards."""
    return SelfBilling(
        account_id=account.id,
        surface=Surface.PORTAL if helpdesk_id is None else Surface.HELPDESK,
        helpdesk_id=helpdesk_id,
        invoices=True,
        card_update=True,
        refund=handling,
        cancel=handling,
        cancel_when=CancelWhen.PERIOD_END,
        ticket_helpdesk_id=helpdesk_id,
        ticket_department_id=None,
        code_for_documents=AskCode.BEFORE,
        code_for_refund=AskCode.BEFORE,
        code_for_card=AskCode.BEFORE,
    )


async def add_helpdesk(
    ctx: Context, helpdesk: Helpdesk, departments: list[Department], *, by: SystemActor
) -> Helpdesk:
    """A helpdesk with Manual refund and cancel, its tickets opening in it; raises `NotInPlan`, `Invalid`."""
    async with ctx.begin(by.account_id) as work:
        account = await work.accounts.get()
        plans.must_have_helpdesks(account)
        _must_be_slug(helpdesk.slug)
        if await work.helpdesks.find_by_slug(helpdesk.slug) is not None:
            raise Invalid("slug", "taken")
        await work.helpdesks.add(helpdesk, departments)
        settings = first_self_billing(account, helpdesk.id, Handling.MANUAL)
        first = departments[0].id if departments else None
        await work.helpdesks.put_self_billing(replace(settings, ticket_department_id=first))
        facts = {"slug": helpdesk.slug}
        subject = f"helpdesk:{helpdesk.id.hex}"
        await work.journal.write(by, "helpdesk.added", subject, at=ctx.now(), facts=facts)
        return helpdesk


async def add_staff(
    ctx: Context,
    *,
    email: str,
    name: str,
    role: Role,
    password: str,
    limit_minor: int | None,
    locale: str,
    by: SystemActor,
) -> Staff:
    """A person who may sign in at the desk; raises `Invalid` for e-mail, password or limit."""
    if not email_key(email):
        raise Invalid("email", "invalid")
    if len(password) < SHORTEST_PASSWORD:
        raise Invalid("password", "too-short", least=SHORTEST_PASSWORD)
    if limit_minor is not None and (role is not Role.AGENT or limit_minor < 0):
        raise Invalid("limit", "invalid")
    staff = Staff(
        id=new_id(StaffId),
        account_id=by.account_id,
        email=email.strip(),
        name=name,
        role=role,
        limit_minor=limit_minor,
        password_hash=ctx.vault.hash_password(password),
        locale=locale,
        active=True,
    )
    async with ctx.begin(by.account_id) as work:
        if await work.staff.find_by_email(email_key(email)) is not None:
            raise Invalid("email", "taken")
        await work.staff.add(staff)
        facts = {"role": role.value, "limit_minor": limit_minor}
        subject = f"staff:{staff.id.hex}"
        await work.journal.write(by, "staff.added", subject, at=ctx.now(), facts=facts)
    return staff


async def link_slack(ctx: Context, link: SlackLink, *, by: SystemActor) -> None:
    """Who a staff member is in Slack, as the operator confirms it."""
    async with ctx.begin(by.account_id) as work:
        await work.channels.put_link(link)
        facts = {"team": link.team_id, "user": link.user_id}
        subject = f"staff:{link.staff_id.hex}"
        await work.journal.write(by, "slack.linked", subject, at=ctx.now(), facts=facts)
