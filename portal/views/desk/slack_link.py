"""Where a Slack user says who they are: both sides are named, and signed-in staff confirm."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import NotForGuests, NotFound
from billing.rights import must_be_proved
from billing.slack.linking import OfferView, confirm_link, show_offer
from locales.texts import sentence
from portal.forms import read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff


@dataclass(frozen=True, slots=True)
class LinkPage:
    """`offer` None: there is none (any more), whatever the reason. `refused`: why it cannot be confirmed."""

    offer: OfferView | None
    token: str
    refused: str = ""
    section: str = ""

    @property
    def ends_holder(self) -> bool:
        """The Slack user has been somebody else here."""
        return (
            self.offer is not None
            and self.offer.holder is not None
            and self.offer.holder.id != self.offer.staff.id
        )

    @property
    def ends_earlier(self) -> bool:
        """The staff member has been somebody else in Slack."""
        view = self.offer
        return (
            view is not None
            and view.earlier is not None
            and (view.earlier.team_id, view.earlier.user_id) != (view.offer.team_id, view.offer.user_id)
        )


async def show(http: web.Request) -> web.Response:
    """Reading it uses nothing up; it takes a fresh proof, so that nobody is sent away from the button."""
    ctx, by, token = http.app[CONTEXT], staff(http), http.match_info["token"]
    try:
        view = await show_offer(ctx, token, by=by)
    except NotFound:
        return _lost(http)
    must_be_proved(by, ctx.now())
    outsider = view.profile.outsider if view.profile is not None else None
    refused = sentence(NotForGuests(why=outsider), http[SAY]) if outsider is not None else ""
    return render(http, "desk/slack_link.html", LinkPage(view, token, refused))


async def confirm(http: web.Request) -> web.Response:
    """From now on what this Slack user does counts as theirs."""
    read_form(http)
    by = staff(http)
    try:
        await confirm_link(http.app[CONTEXT], http.match_info["token"], by=by)
    except NotFound:
        return _lost(http)
    raise see(http, "slack-person", by.staff_id, saved="linked")


def _lost(http: web.Request) -> web.Response:
    return render(http, "desk/slack_link.html", LinkPage(None, http.match_info["token"]), status=404)
