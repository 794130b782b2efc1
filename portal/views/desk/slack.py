"""Slack in the desk: the workspace that is connected, where each helpdesk's cards go, and how that goes."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from billing.errors import Conflict, Invalid, Stale
from billing.ids import HelpdeskId, parse_id
from billing.rights import must_be_proved
from billing.slack.places import (
    HelpdeskPlace,
    SlackStanding,
    disconnect,
    refresh_channels,
    send_test,
    set_channel,
    show_slack,
)
from billing.slack.records import Installation
from billing.states import Ended, Role
from billing.versions import version_of
from locales.slack_words import ended_sentence, trouble_sentence
from locales.texts import sentence
from locales.translator import N_
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY, SETTINGS, VISITOR
from portal.live import stream_versions
from portal.render import render, see
from portal.session import staff
from portal.views.desk.channel_field import ChannelOption, channel_name, channel_options
from portal.views.desk.meanwhile import Differences, as_typed, find_differences

SECTION = "slack"
_SAVED: Mapping[str, str] = {
    "channel": N_("Saved. The next card goes there."),
    "none": N_("Saved. This helpdesk sends no cards to Slack."),
    "list": N_("Slack is asked which channels there are. The list is new in a moment."),
    "test": N_("The message is on its way. What comes of it stands beside the helpdesk in a moment."),
    "connected": N_("Slack is connected."),
    "nothing": N_("Slack is not connected, so there was nothing to do."),
}


@dataclass(frozen=True, slots=True)
class PlaceCard:
    """One helpdesk. `trouble`: why no message arrives; `invite`: the bot is not there yet; may be empty."""

    place: HelpdeskPlace
    field: str
    form: Form
    seen: str
    stale: Differences | None
    channel: str  # as people name it, or empty
    trouble: str
    invite: bool
    tried: str
    tried_well: bool


@dataclass(frozen=True, slots=True)
class SlackPage:
    """`can_add`: the settings hold an app to add. `lost`: why it is not connected any more, or empty.

    `is_meant`: because somebody here disconnected it.
    """

    section: str
    live: Installation | None
    latest: Installation | None
    lost: str
    is_meant: bool
    can_add: bool
    is_owner: bool
    options: tuple[ChannelOption, ...]
    listed: int
    list_problem: str
    places: tuple[PlaceCard, ...]
    version: str
    saved: str


@dataclass(frozen=True, slots=True)
class DisconnectPage:
    """What stops when the workspace is disconnected."""

    section: str
    workspace: str


async def show(http: web.Request) -> web.Response:
    """As it is."""
    return await _page(http)


async def events(http: web.Request) -> web.StreamResponse:
    """Says when a list, a test or anything else has changed the page."""
    ctx, by = http.app[CONTEXT], staff(http)

    async def look() -> str:
        return _version(await show_slack(ctx, by=by))

    await look()
    return await stream_versions(http, look)


async def choose_channel(http: web.Request) -> web.Response:
    """Where a helpdesk's cards go."""
    which = parse_id(HelpdeskId, http.match_info["helpdesk_id"])
    field = _field(which)
    form = read_form(http, field, "seen")
    ctx, typed = http.app[CONTEXT], form.text(field)
    try:
        after = await set_channel(ctx, which, typed, by=staff(http), seen=form.text("seen"))
    except Invalid as refusal:
        wrong = Form(form.typed, {field: sentence(refusal, http[SAY])}, form.once_key)
        return await _page(http, which, wrong, status=422)
    except Stale:
        return await _page(http, which, form, is_stale=True, status=409)
    raise see(http, "slack", saved="channel" if after.slack_channel else "none")


async def refresh(http: web.Request) -> web.Response:
    """The list is asked for."""
    read_form(http)
    try:
        await refresh_channels(http.app[CONTEXT], by=staff(http))
    except Conflict:
        raise see(http, "slack", saved="nothing") from None
    raise see(http, "slack", saved="list")


async def try_channel(http: web.Request) -> web.Response:
    """A message is sent there."""
    form = read_form(http)
    which = parse_id(HelpdeskId, http.match_info["helpdesk_id"])
    try:
        await send_test(http.app[CONTEXT], which, by=staff(http), once_key=form.once_key)
    except Conflict:
        raise see(http, "slack", saved="nothing") from None
    raise see(http, "slack", saved="test")


async def show_disconnect(http: web.Request) -> web.Response:
    """What will stop."""
    ctx, by = http.app[CONTEXT], staff(http)
    must_be_proved(by, ctx.now())
    live = (await show_slack(ctx, by=by)).live
    if live is None:
        raise see(http, "slack", saved="nothing")
    return render(http, "desk/slack_disconnect.html", DisconnectPage(SECTION, live.team_name or live.team_id))


async def leave(http: web.Request) -> web.Response:
    """At once."""
    read_form(http)
    try:
        await disconnect(http.app[CONTEXT], by=staff(http))
    except Conflict:
        raise see(http, "slack", saved="nothing") from None
    raise see(http, "slack")  # which says so


def _field(helpdesk_id: HelpdeskId) -> str:
    """One page has a field of each helpdesk, and a page's ids differ."""
    return f"channel-{helpdesk_id.hex}"


async def _page(
    http: web.Request,
    which: HelpdeskId | None = None,
    form: Form | None = None,
    *,
    is_stale: bool = False,
    status: int = 200,
) -> web.Response:
    say = http[SAY]
    standing = await show_slack(http.app[CONTEXT], by=staff(http))
    latest, who = standing.latest, http[VISITOR].staff
    page = SlackPage(
        section=SECTION,
        live=standing.live,
        latest=latest,
        lost=_lost(http, latest),
        is_meant=latest is not None and latest.ended_why is Ended.DISCONNECTED,
        can_add=http.app[SETTINGS].add_to_slack is not None,
        is_owner=who is not None and who.role is Role.OWNER,
        options=channel_options(standing.channels, say),
        listed=len(standing.channels),
        list_problem=standing.list_problem,
        places=tuple(
            _card(http, each, form if each.helpdesk.id == which else None, is_stale=is_stale)
            for each in standing.places
        ),
        version=_version(standing),
        saved=say.text(_SAVED[saved]) if (saved := http.query.get("saved", "")) in _SAVED else "",
    )
    return render(http, "desk/slack.html", page, status=status)


def _version(standing: SlackStanding) -> str:
    """Sealed tokens change without the page changing, and need not be seen."""
    latest = standing.latest
    shown = (latest.id, latest.team_name, latest.ended_at) if latest else None
    return version_of((shown, standing.channels, standing.list_problem, standing.places))


def _lost(http: web.Request, latest: Installation | None) -> str:
    if latest is None or latest.ended_why is None or latest.ended_why is Ended.REPLACED:
        return ""
    return ended_sentence(latest.ended_why, latest.team_name or latest.team_id, http[SAY])


def _card(http: web.Request, place: HelpdeskPlace, form: Form | None, *, is_stale: bool) -> PlaceCard:
    say, field = http[SAY], _field(place.helpdesk.id)
    chosen = place.helpdesk.slack_channel or ""
    shown = channel_name([place.channel] if place.channel else (), chosen)
    stale = None
    if form is not None and is_stale:
        labels = {field: say.text(N_("Slack channel"))}
        stale = find_differences(form, {field: shown}, labels, as_typed)
    trouble, tried = place.trouble, place.tried
    return PlaceCard(
        place=place,
        field=field,
        form=form or Form({field: shown}),
        seen=(form.text("seen") if form is not None and not is_stale else "") or version_of(chosen),
        stale=stale,
        channel=shown,
        trouble=trouble_sentence(trouble.problem, shown, say) if trouble else "",
        invite=place.channel is not None and not place.channel.is_member,
        tried=_tried(http, place, shown),
        tried_well=tried is not None and not tried.problem,
    )


def _tried(http: web.Request, place: HelpdeskPlace, shown: str) -> str:
    say, tried = http[SAY], place.tried
    if tried is None:
        return ""
    if not tried.problem:
        return say.text("A test message arrived in {channel} on {when}.", channel=shown, when=tried.at)
    why = trouble_sentence(tried.problem, shown, say)
    return say.text("The test message of {when} did not arrive. {why}", when=tried.at, why=why)
