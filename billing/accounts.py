"""Setting up an account: the business itself, and who its staff are in Slack."""

import re

from billing.actors import SystemActor
from billing.context import Context
from billing.directories import RESERVED
from billing.edges import SlackLink
from billing.errors import Invalid
from billing.ids import HelpdeskId
from billing.records import Account, SelfBilling
from billing.slack.messages import ProfileDue
from billing.states import AskCode, CancelWhen, Handling, Surface

_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62})")


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
    if not _SLUG.fullmatch(slug) or slug in RESERVED:
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


async def link_slack(ctx: Context, link: SlackLink, *, by: SystemActor) -> None:
    """Who a staff member is in Slack, as the operator confirms it; Slack is asked who that is, if need be."""
    async with ctx.begin(by.account_id) as work:
        await work.channels.put_link(link)
        profile = await work.channels.find_profile(link.team_id, link.user_id)
        if profile is None or profile.is_old(ctx.now()):
            due = ProfileDue(link.team_id, link.user_id)
            await work.outbox.put(due, at=ctx.now(), trace_id=by.trace_id)
        facts = {"team": link.team_id, "user": link.user_id}
        subject = f"staff:{link.staff_id.hex}"
        await work.journal.write(by, "slack.linked", subject, at=ctx.now(), facts=facts)
