"""Who is who: staff beside their Slack users; one of them with what may be changed."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from billing.errors import Invalid
from billing.ids import StaffId, parse_id
from billing.rights import MANAGING
from billing.slack.linking import send_offer, unlink
from billing.slack.profiles import MOST_PEOPLE, ask_for_people
from billing.slack.records import Installation, Outsider
from billing.slack.who_is_who import Pair, PairView, list_pairs, show_pair
from locales.translator import N_
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY, VISITOR
from portal.render import render, see
from portal.session import staff

_SECTION = "slack"
_SAVED: Mapping[str, str] = {
    "asked": N_("The message is on its way. Its button leads to the desk, and holds for an hour."),
    "linked": N_("Linked. What this Slack user does counts from now on, and a mail says so."),
    "unlinked": N_("The link is gone, and a mail says so. It holds from the next click in Slack."),
    "reading": N_("Slack is being asked who is in the workspace. Please load this page again in a moment."),
}
# Why somebody who is linked decides nothing there.
_OUTSIDER: Mapping[Outsider, tuple[str, str]] = {
    Outsider.GUEST: (N_("Guest"), N_("Slack says that this is a guest. Guests decide nothing there.")),
    Outsider.BOT: (N_("Bot"), N_("Slack says that this is a bot. Bots decide nothing.")),
    Outsider.GONE: (N_("Gone"), N_("Slack says that this user is deactivated, or that there is none.")),
    Outsider.STRANGER: (
        N_("Other workspace"),
        N_("Slack says that this user belongs to another workspace. They decide nothing here."),
    ),
}


@dataclass(frozen=True, slots=True)
class Row:
    """A pair, and how it stands: a badge with its tone, and why, or empty."""

    pair: Pair
    tone: str
    state: str
    why: str
    is_me: bool

    @property
    def user_name(self) -> str:
        """As Slack shows them, else their id; empty where they are not linked."""
        pair = self.pair
        return (pair.profile and pair.profile.name) or (pair.link.user_id if pair.link else "")


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """`most`: so many people of a workspace are kept to choose from."""

    installation: Installation | None
    rows: list[Row]
    saved: str
    most: int = MOST_PEOPLE
    section: str = _SECTION


@dataclass(frozen=True, slots=True)
class PersonPage:
    """One of them; `people` are pairs of a member's id and name."""

    form: Form
    installation: Installation | None
    row: Row
    people: list[tuple[str, str]]
    saved: str
    may_see_all: bool
    section: str = _SECTION


async def show(http: web.Request) -> web.Response:
    """Everybody."""
    found = await list_pairs(http.app[CONTEXT], by=staff(http))
    rows = [_row(http, pair) for pair in found.pairs]
    return render(http, "desk/slack_people.html", PeoplePage(found.installation, rows, _saved(http)))


async def read_anew(http: web.Request) -> web.Response:
    """Slack is asked who is in the workspace."""
    read_form(http)
    await ask_for_people(http.app[CONTEXT], by=staff(http))
    raise see(http, "slack-people", saved="reading")


async def show_one(http: web.Request) -> web.Response:
    """One's own, or for who manages anybody's."""
    return await _page(http, Form())


async def ask(http: web.Request) -> web.Response:
    """A direct message to the chosen person; a member id that was typed comes first."""
    form = read_form(http, "person", "user")
    try:
        user_id = form.text("user") or form.text("person")
        await send_offer(http.app[CONTEXT], _staff_id(http), user_id=user_id, by=staff(http))
    except Invalid as refusal:
        field = "user" if form.text("user") else "person"
        beside = Invalid(field, refusal.problem, **refusal.data)
        return await _page(http, form.refused(beside, http[SAY]), status=422)
    raise see(http, "slack-person", _staff_id(http), saved="asked")


async def end(http: web.Request) -> web.Response:
    """The link goes."""
    read_form(http)
    await unlink(http.app[CONTEXT], _staff_id(http), by=staff(http))
    raise see(http, "slack-person", _staff_id(http), saved="unlinked")


async def _page(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    view = await show_pair(http.app[CONTEXT], _staff_id(http), by=staff(http))
    row, people = _row(http, view.pair), _people(view)
    me = http[VISITOR].staff
    sees_all = me is not None and me.role in MANAGING
    page = PersonPage(form, view.installation, row, people, _saved(http), sees_all)
    return render(http, "desk/slack_person.html", page, status=status)


def _people(view: PairView) -> list[tuple[str, str]]:
    return [(each.user_id, each.name or each.user_id) for each in view.people]


def _row(http: web.Request, pair: Pair) -> Row:
    tone, state, why = _standing(http, pair)
    say, is_me = http[SAY], pair.staff.id == staff(http).staff_id
    return Row(pair, tone, say.text(state), say.text(why) if why else "", is_me)


def _standing(http: web.Request, pair: Pair) -> tuple[str, str, str]:
    if pair.link is None:
        return ("wait", N_("Asked"), "") if pair.offer is not None else ("plain", N_("Not linked"), "")
    if not pair.staff.active:
        return "plain", N_("Deactivated"), N_("They are deactivated here, so they decide nothing in Slack.")
    profile = pair.profile
    if profile is not None and profile.outsider is not None:
        return "bad", *_OUTSIDER[profile.outsider]
    if profile is None or profile.is_old(http.app[CONTEXT].now()):
        old = N_("Slack has not said within a day who this is. A click there is refused, and asks it.")
        return "wait", N_("Not known well enough"), old
    return "good", N_("Linked"), ""


def _saved(http: web.Request) -> str:
    saved = _SAVED.get(http.query.get("saved", ""), "")
    return http[SAY].text(saved) if saved else ""


def _staff_id(http: web.Request) -> StaffId:
    return parse_id(StaffId, http.match_info["staff_id"])
