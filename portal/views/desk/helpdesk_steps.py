"""The wizard's steps Details, Team & Slack and Appearance: a form each."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from markupsafe import Markup

from billing.errors import Invalid, Stale
from billing.helpdesks import (
    Appearance,
    Details,
    HelpdeskSetup,
    Workers,
    set_appearance,
    set_details,
    set_workers,
)
from billing.ids import StaffId
from billing.slack.records import SlackChannel
from billing.versions import version_of
from locales.texts import label
from locales.translator import N_, Translator
from portal.checked_files import check_logo
from portal.forms import Form, read_form, read_uploads
from portal.keys import CONTEXT, PLACE, SAY
from portal.render import render, url_for
from portal.session import staff
from portal.views.desk.channel_field import ChannelOption, channel_name, channel_options, find_channels
from portal.views.desk.meanwhile import Differences, as_typed, find_differences
from portal.views.desk.surface_form import YES, Options
from portal.views.desk.wizard import SECTION, THEN, Wizard, find_setup, make_wizard, onward

_DETAILS = {"name": N_("Name"), "slug": N_("Address")}
_APPEARANCE = {"welcome": N_("Welcome text"), "colour": N_("Colour")}


@dataclass(frozen=True, slots=True)
class StepPage:
    """A step that is a form: as typed, the version it shows, and what somebody saved meanwhile."""

    section: str
    wizard: Wizard
    form: Form
    labels: Mapping[str, str]
    seen: str
    stale: Differences | None
    prefix: str = ""  # what stands before the last part of the address
    people: tuple[tuple[str, str, str], ...] = ()  # field, name, role
    everybody: str = ""  # told where nobody is chosen
    logo: str = ""
    account_colour: str = ""
    seen_shown: str = ""
    automated: str = ""
    manual: str = ""
    places: Options = ()
    channels: tuple[ChannelOption, ...] = ()
    preview: Markup | None = None


async def show_details(http: web.Request) -> web.Response:
    """The name, and the address."""
    return _details(http, await find_setup(http))


async def save_details(http: web.Request) -> web.Response:
    """Customers find it at its new address at once."""
    form, setup = read_form(http, "seen", THEN, *_DETAILS), await find_setup(http)
    details = Details(form.text("name"), form.text("slug"))
    try:
        await set_details(
            http.app[CONTEXT], setup.helpdesk.id, details, by=staff(http), seen=form.text("seen")
        )
    except Invalid as refusal:
        return _details(http, setup, form.refused(refusal, http[SAY]), seen=form.text("seen"), status=422)
    except Stale:
        setup = await find_setup(http)
        stale = find_differences(form, _of_details(setup), said(_DETAILS, http[SAY]), as_typed)
        if stale:
            return _details(http, setup, form, stale=stale, status=409)
    raise onward(http, "helpdesk", form)


async def show_team(http: web.Request) -> web.Response:
    """Who works there, and the channel."""
    return await _team(http, await find_setup(http))


async def save_team(http: web.Request) -> web.Response:
    """Nobody chosen means everybody."""
    setup = await find_setup(http)
    people = {_field(each.id): each.id for each in setup.staff}
    form = read_form(http, "seen", THEN, "slack_channel", *people)
    chosen = frozenset(staff_id for name, staff_id in people.items() if form.text(name) == YES)
    workers = Workers(chosen, form.text("slack_channel"))
    try:
        await set_workers(
            http.app[CONTEXT], setup.helpdesk.id, workers, by=staff(http), seen=form.text("seen")
        )
    except Invalid as refusal:
        return await _team(http, setup, form.refused(refusal, http[SAY]), seen=form.text("seen"), status=422)
    except Stale:
        setup, say = await find_setup(http), http[SAY]
        theirs = _of_team(setup, await find_channels(http))
        labels = {_field(each.id): each.name for each in setup.staff}
        labels["slack_channel"] = say.text(N_("Slack channel"))
        stale = find_differences(form, theirs, labels, lambda name, value: _worker(name, value, say))
        if stale:
            return await _team(http, setup, form, stale=stale, status=409)
    raise onward(http, "helpdesk-team", form)


async def show_appearance(http: web.Request) -> web.Response:
    """What customers see first."""
    return _appearance(http, await find_setup(http))


async def save_appearance(http: web.Request) -> web.Response:
    """A new logo takes the old one's place; `no_logo` takes it away."""
    form = read_form(http, "seen", THEN, "no_logo", *_APPEARANCE)
    setup, say = await find_setup(http), http[SAY]
    appearance = Appearance(form.text("welcome"), form.text("colour"))
    try:
        uploads = read_uploads(http, "logo")
        await set_appearance(
            http.app[CONTEXT],
            setup.helpdesk.id,
            appearance,
            by=staff(http),
            seen=form.text("seen"),
            logo=await check_logo(http, uploads[0]) if uploads else None,
            without_logo=form.text("no_logo") == YES,
        )
    except Invalid as refusal:
        return _appearance(http, setup, form.refused(refusal, say), seen=form.text("seen"), status=422)
    except Stale:
        setup = await find_setup(http)
        stale = find_differences(form, _of_appearance(setup), said(_APPEARANCE, say), as_typed)
        if stale or form.text("logo") or form.text("no_logo"):
            return _appearance(http, setup, form, stale=stale, status=409)
    raise onward(http, "helpdesk-appearance", form)


def _details(
    http: web.Request,
    setup: HelpdeskSetup,
    form: Form | None = None,
    *,
    seen: str = "",
    stale: Differences | None = None,
    status: int = 200,
) -> web.Response:
    page = StepPage(
        section=SECTION,
        wizard=make_wizard(http, setup, "helpdesk"),
        form=form or Form(_of_details(setup)),
        labels=said(_DETAILS, http[SAY]),
        seen=seen or version_of(setup.details),
        stale=stale,
        prefix=f"{http.app[CONTEXT].addresses.portal(setup.account)}/help/",
    )
    return render(http, "desk/helpdesk_details.html", page, status=status)


def _of_details(setup: HelpdeskSetup) -> dict[str, str]:
    return {"name": setup.helpdesk.name, "slug": setup.helpdesk.slug}


async def _team(
    http: web.Request,
    setup: HelpdeskSetup,
    form: Form | None = None,
    *,
    seen: str = "",
    stale: Differences | None = None,
    status: int = 200,
) -> web.Response:
    say, channels = http[SAY], await find_channels(http)
    page = StepPage(
        section=SECTION,
        wizard=make_wizard(http, setup, "helpdesk-team"),
        form=form or Form(_of_team(setup, channels)),
        labels={"slack_channel": say.text(N_("Slack channel"))},
        seen=seen or version_of(setup.workers),
        stale=stale,
        channels=channel_options(channels, say),
        people=tuple((_field(each.id), each.name, label(each.role, say)) for each in setup.staff),
    )
    return render(http, "desk/helpdesk_team.html", page, status=status)


def _of_team(setup: HelpdeskSetup, channels: tuple[SlackChannel, ...]) -> dict[str, str]:
    chosen = {_field(each.id): YES if each.id in setup.team else "" for each in setup.staff}
    return {**chosen, "slack_channel": channel_name(channels, setup.helpdesk.slack_channel)}


def _worker(name: str, value: str, say: Translator) -> str:
    if name == "slack_channel":
        return value
    return say.text(N_("Works here") if value == YES else N_("Not chosen"))


def _field(staff_id: StaffId) -> str:
    return f"staff-{staff_id.hex}"


def _appearance(
    http: web.Request,
    setup: HelpdeskSetup,
    form: Form | None = None,
    *,
    seen: str = "",
    stale: Differences | None = None,
    status: int = 200,
) -> web.Response:
    helpdesk = setup.helpdesk
    page = StepPage(
        section=SECTION,
        wizard=make_wizard(http, setup, "helpdesk-appearance"),
        form=form or Form(_of_appearance(setup)),
        labels=said(_APPEARANCE, http[SAY]),
        seen=seen or version_of(setup.appearance),
        stale=stale,
        logo=url_for(http, "helpdesk-logo", helpdesk.id, v=helpdesk.logo[:16]) if helpdesk.logo else "",
        account_colour=http[PLACE].account.colour,
    )
    return render(http, "desk/helpdesk_appearance.html", page, status=status)


def _of_appearance(setup: HelpdeskSetup) -> dict[str, str]:
    return {"welcome": setup.helpdesk.welcome, "colour": setup.helpdesk.colour or ""}


def said(labels: Mapping[str, str], say: Translator) -> dict[str, str]:
    """Labels in the reader's words."""
    return {name: say.text(text) for name, text in labels.items()}
