"""Who is who: Slack is asked about one person or all, and a person is asked who they are at the desk."""

from collections.abc import Mapping
from datetime import timedelta

from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.messages import read_message
from billing.relay import Deliver
from billing.slack.linking import find_open_offer
from billing.slack.messages import LinkOfferDue, PeopleDue, ProfileDue
from billing.slack.profiles import MOST_PEOPLE, mark_gone, take_in_people, take_in_profile
from billing.slack.records import LinkOffer
from bot.actions import OPEN_PAGE
from bot.client import AnswerLostBySlack
from bot.deliveries.posting import Posting
from bot.marks import Block, Told, clean, escape, plain
from bot.people import read_profile
from bot.workspaces import Workspace
from locales.translator import Translator, get_translator

_NOBODY = frozenset({"user_not_found", "user_not_visible", "users_not_found"})
_AT_ONCE = 200
# A message whose answer was lost may have arrived: it is sent once more, but not at once.
_LOOK_LATER = timedelta(seconds=30)


class People:
    """Deliveries about people."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {
            ProfileDue.kind: self.look,
            PeopleDue.kind: self.list_all,
            LinkOfferDue.kind: self.offer,
        }

    async def look(self, ctx: Context, envelope: Envelope) -> None:
        """One person, as they are now."""
        due = read_message(ProfileDue, envelope.payload)
        workspace = await self._posting.find(ctx, envelope.account_id)
        if workspace is None or workspace.installation.team_id != due.team_id:
            return  # of a workspace that is no longer connected nobody needs to know
        at, web = ctx.now(), workspace.slack.web
        try:
            answer = await self._posting.call(
                ctx, workspace, web.users_info, user=due.user_id, include_locale=True
            )
        except DeliveryFailed as failure:
            if failure.why not in _NOBODY:
                raise
            await mark_gone(ctx, envelope.account_id, due.team_id, due.user_id, at=at)
            return
        profile = read_profile(workspace.installation, answer.get("user"), at=at)
        if profile is None or profile.user_id != due.user_id:
            raise DeliveryFailed("slack told of somebody else")
        await take_in_profile(ctx, profile)

    async def list_all(self, ctx: Context, envelope: Envelope) -> None:
        """Page by page, so many as are kept."""
        workspace = await self._posting.find(ctx, envelope.account_id)
        if workspace is None:
            return
        cursor = ""
        for _ in range(MOST_PEOPLE // _AT_ONCE):
            cursor = await self._list_page(ctx, workspace, cursor)
            if not cursor:
                return

    async def _list_page(self, ctx: Context, workspace: Workspace, cursor: str) -> str:
        """The cursor of the next page, or empty."""
        at, where = ctx.now(), {"cursor": cursor} if cursor else {}
        answer = await self._posting.call(
            ctx, workspace, workspace.slack.web.users_list, limit=_AT_ONCE, include_locale=True, **where
        )
        members = answer.get("members") or []
        found = [read_profile(workspace.installation, each, at=at) for each in members]
        await take_in_people(ctx, workspace.account.id, [each for each in found if each is not None])
        return str((answer.get("response_metadata") or {}).get("next_cursor") or "")

    async def offer(self, ctx: Context, envelope: Envelope) -> None:
        """A direct message with a button to the desk; nothing where the offer is over or used by now."""
        due = read_message(LinkOfferDue, envelope.payload)
        token = ctx.vault.unseal(due.token)
        offer = await find_open_offer(ctx, envelope.account_id, token)
        workspace = await self._posting.find(ctx, envelope.account_id)
        if offer is None or workspace is None or workspace.installation.team_id != offer.team_id:
            return
        say = await _voice_of(ctx, workspace, offer)
        link = ctx.addresses.slack_link(workspace.account, token)
        told = offer_message(workspace.account.name, link, say)
        mark = {"event_type": "selfbill_link", "event_payload": {"id": offer.id.hex}}
        web = workspace.slack.web
        opened = await self._posting.call(ctx, workspace, web.conversations_open, users=offer.user_id)
        try:
            await self._posting.post(ctx, workspace, str(opened["channel"]["id"]), told, mark)
        except AnswerLostBySlack as lost:
            raise DeliveryFailed(lost.why, after=_LOOK_LATER) from lost


def offer_message(merchant: str, link: str, say: Translator) -> Told:
    """Who asks, what for, and the button; in the words of who reads it."""
    asks = say.text("Do you work at the desk of {merchant}?", merchant=clean(merchant, 200))
    why = say.text(
        "Then say so once at the desk, and decide in Slack from now on. The button is for you alone and "
        "holds for an hour. If this is not about you, you need not do anything."
    )
    blocks: list[Block] = [
        {"type": "section", "text": plain(f"{asks}\n{why}")},
        {
            "type": "actions",
            "elements": [
                {
                    "type": "button",
                    "action_id": OPEN_PAGE,
                    "style": "primary",
                    "text": plain(say.text("Link me"), 75),
                    "url": link,
                }
            ],
        },
    ]
    return escape(f"{asks} {why}"), blocks


async def _voice_of(ctx: Context, workspace: Workspace, offer: LinkOffer) -> Translator:
    """Their own language at the desk, where it is known whom they are thought to be."""
    account = workspace.account
    async with ctx.read(account.id) as work:
        profile = await work.channels.find_profile(offer.team_id, offer.user_id)
        staff = await work.staff.get(offer.staff_id) if offer.staff_id is not None else None
    zone = (profile and profile.time_zone) or account.time_zone
    if staff is not None:
        return get_translator(staff.locale, zone)
    return get_translator((profile and profile.locale) or account.locale, zone)
