"""The demo's membership: its help icon opens the helpdesk, and its snippet is on the member site's page."""

from uuid import uuid4

from billing.actors import SystemActor
from billing.context import Context
from billing.memberships import MembershipDraft, create_membership
from billing.merchant import Membership
from billing.records import Account, Helpdesk
from billing.states import Support
from portal.static_files import StaticFiles
from portal.views.widget import Snippet, make_snippet

MEMBER_SITE = "Lumen Campus"
_ONCE = "demo-membership"


async def find_snippet(
    ctx: Context, account: Account, helpdesk: Helpdesk, site_url: str, static: StaticFiles
) -> Snippet:
    """What is pasted into the member site's page; the membership as it was left, or made."""
    membership = await _find(ctx, account) or await _make(ctx, account, helpdesk, site_url)
    return make_snippet(account, membership, static, ctx.addresses)


async def _find(ctx: Context, account: Account) -> Membership | None:
    """Also under another name, or archived: then its icon leads nowhere, as on a real site."""
    async with ctx.read(account.id) as work:
        known = sorted(await work.memberships.list(), key=lambda each: each.made_at)
    return known[0] if known else None


async def _make(ctx: Context, account: Account, helpdesk: Helpdesk, site_url: str) -> Membership:
    draft = MembershipDraft(
        name=MEMBER_SITE,
        site_url=site_url,
        support=Support.HELPDESK,
        helpdesk_id=helpdesk.id,
        external_url="",
        email="",
    )
    by = SystemActor(account.id, "demo", uuid4().hex)
    return await create_membership(ctx, draft, by=by, once_key=_ONCE)
