"""*Add to Slack*: away by a visible link, back with a code, and a page that says how far it has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from aiohttp import web

from billing.errors import NotFound
from billing.ids import ConnectingId, parse_id
from billing.rights import must_be_proved
from billing.slack.adding import (
    CODE_OVER,
    DENIED,
    MISSING_SCOPES,
    NO_RIGHT,
    NOT_SET_UP,
    OTHER_VISIT,
    REFUSED,
    TAKEN,
    begin_connecting,
    come_back,
    find_connecting_account,
    show_connecting,
)
from billing.slack.places import show_slack
from billing.slack.records import Connecting
from billing.states import ConnectingStep
from locales.translator import N_
from portal.forms import read_form
from portal.keys import CONTEXT, SAY, SETTINGS, AddToSlack
from portal.live import stream_versions
from portal.render import render, see
from portal.session import own_visit, staff
from portal.views.desk.slack import SECTION

_MOST = 2048
_WHY: Mapping[str, str] = {
    DENIED: N_("In Slack somebody chose Cancel. Nothing was changed."),
    REFUSED: N_("Slack refused it. Nothing was changed."),
    OTHER_VISIT: N_("It was begun in another browser, or before you signed in again. Nothing was changed."),
    CODE_OVER: N_("What Slack gave was used or is too old. Nothing was changed."),
    TAKEN: N_("This workspace is connected to another business here. It must be disconnected there first."),
    MISSING_SCOPES: N_("Slack granted less than the app needs, so it could not do its work there."),
    NOT_SET_UP: N_("This server's own app is not known to Slack as its settings say: tell who runs it."),
    NO_RIGHT: N_("You may not connect Slack here any more, or your plan has no Slack by now."),
}
_WHAT = (
    N_("post cards into the channels it is invited to, and keep them up to date"),
    N_("see which people and channels there are"),
    N_("answer /refunds, and write to your people directly"),
    N_("show previews of links to this desk"),
    N_("read replies in the threads of its cards, if you allow it"),
)


@dataclass(frozen=True, slots=True)
class AddPage:
    """Before anybody leaves: what the app will do there; `instead_of`: what is connected now, or empty."""

    section: str
    instead_of: str
    what: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConnectingPage:
    """How far it has come; `authorize`: Slack's address while it is still to be visited, else empty."""

    section: str
    step: str
    authorize: str
    why: str
    id: ConnectingId | None
    version: str


async def show_add(http: web.Request) -> web.Response:
    """What it means, once they have proved who they are."""
    ctx, by = http.app[CONTEXT], staff(http)
    _must_be_set_up(http)
    must_be_proved(by, ctx.now())
    live = (await show_slack(ctx, by=by)).live
    what = tuple(http[SAY].text(each) for each in _WHAT)
    page = AddPage(SECTION, (live.team_name or live.team_id) if live else "", what)
    return render(http, "desk/slack_add.html", page)


async def add(http: web.Request) -> web.Response:
    """Begun; on to the page with the link, since no form of ours leads to another site."""
    read_form(http)
    _must_be_set_up(http)
    connecting = await begin_connecting(http.app[CONTEXT], own_visit(http).id, by=staff(http))
    raise see(http, "slack-connecting", connecting.id)


async def show_step(http: web.Request) -> web.Response:
    """For whoever began it, in the same visit."""
    connecting, state = await _find(http)
    if connecting.step is ConnectingStep.DONE:
        raise see(http, "slack", saved="connected")
    is_over = connecting.step is ConnectingStep.ASKED and not state
    why = _WHY.get(connecting.problem, _WHY[REFUSED]) if connecting.problem else _WHY[CODE_OVER]
    page = ConnectingPage(
        section=SECTION,
        step="failed" if is_over else connecting.step.value,
        authorize=_authorize(_must_be_set_up(http), state) if state else "",
        why=http[SAY].text(why) if is_over or connecting.step is ConnectingStep.FAILED else "",
        id=connecting.id,
        version=connecting.step.value,
    )
    return render(http, "desk/slack_connecting.html", page)


async def step_events(http: web.Request) -> web.StreamResponse:
    """Says when it has come further."""

    async def look() -> str:
        return (await _find(http))[0].step.value

    await look()
    return await stream_versions(http, look)


async def back(http: web.Request) -> web.Response:
    """Slack sent them back, by way of `callback`: the state is taken once."""
    state, code, error = (http.query.get(name, "")[:_MOST] for name in ("state", "code", "error"))
    ctx, visit = http.app[CONTEXT], own_visit(http)
    try:
        connecting = await come_back(ctx, state, visit.id, code=code, error=error, by=staff(http))
    except NotFound:
        raise see(http, "slack-over") from None
    if connecting.problem == OTHER_VISIT:
        raise see(http, "slack-over")
    raise see(http, "slack-connecting", connecting.id)


async def show_over(http: web.Request) -> web.Response:
    """A state that was taken, is too old, or was made in another visit."""
    page = ConnectingPage(SECTION, "failed", "", http[SAY].text(_WHY[OTHER_VISIT]), None, "")
    return render(http, "desk/slack_connecting.html", page)


async def callback(http: web.Request) -> web.Response:
    """Slack's one way back for all accounts: on to the desk of the account whose state it is."""
    ctx = http.app[CONTEXT]
    asked = {name: http.query.get(name, "")[:_MOST] for name in ("state", "code", "error")}
    account_id = await find_connecting_account(ctx, asked["state"]) if asked["state"] else None
    if account_id is None:
        raise web.HTTPNotFound
    async with ctx.read(account_id) as work:
        desk = ctx.addresses.desk(await work.accounts.get())
    raise web.HTTPSeeOther(f"{desk}/slack/back?{urlencode({k: v for k, v in asked.items() if v})}")


async def _find(http: web.Request) -> tuple[Connecting, str]:
    which = parse_id(ConnectingId, http.match_info["connecting_id"])
    return await show_connecting(http.app[CONTEXT], which, own_visit(http).id, by=staff(http))


def _must_be_set_up(http: web.Request) -> AddToSlack:
    found = http.app[SETTINGS].add_to_slack
    if found is None:
        raise NotFound
    return found


def _authorize(app: AddToSlack, state: str) -> str:
    asked = {
        "client_id": app.client_id,
        "scope": ",".join(app.scopes),
        "redirect_uri": app.redirect_uri,
        "state": state,
    }
    return f"{app.authorize}?{urlencode(asked)}"
