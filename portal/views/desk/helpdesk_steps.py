"""The wizard's steps that are one form each: Details, Self Billing, Team & Slack, Appearance."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web
from markupsafe import Markup

from billing.errors import Invalid, NotInPlan, Stale
from billing.helpdesks import (
    Appearance,
    Details,
    HelpdeskSetup,
    Shown,
    Workers,
    set_appearance,
    set_details,
    set_shown,
    set_workers,
)
from billing.ids import StaffId
from billing.records import SelfBilling
from billing.self_billing import set_self_billing, show_surface
from billing.states import Handling, Surface
from billing.versions import version_of
from locales.texts import label
from locales.translator import N_, Translator
from portal.checked_files import check_logo
from portal.forms import Form, read_form, read_uploads
from portal.keys import CONTEXT, PLACE, SAY
from portal.render import render, url_for
from portal.session import staff
from portal.views.desk import surface_form
from portal.views.desk.meanwhile import Differences, as_typed, find_differences
from portal.views.desk.preview import draw_preview
from portal.views.desk.surface_form import YES, Options
from portal.views.desk.wizard import SECTION, THEN, Wizard, find_setup, make_wizard, onward

_DETAILS = {"name": N_("Name"), "slug": N_("Address")}
_APPEARANCE = {"welcome": N_("Welcome text"), "colour": N_("Colour")}
_SHOWN = "shown"
SELF_BILLING: Mapping[str, str] = {
    _SHOWN: N_("Yes, display the billing section"),
    "refund": N_("Allow refund requests"),
    "refund_how": N_("How refund requests are handled"),
    "cancel": N_("Allow cancel requests"),
    "cancel_how": N_("How cancel requests are handled"),
    "tickets": N_("Where tickets appear"),
}


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
        stale = find_differences(form, _of_details(setup), _said(_DETAILS, http[SAY]), as_typed)
        if stale:
            return _details(http, setup, form, stale=stale, status=409)
    raise onward(http, "helpdesk", form)


async def show_self_billing(http: web.Request) -> web.Response:
    """The article's step: the billing section, and what customers may ask for in it."""
    return await _self_billing(http, await find_setup(http))


async def save_self_billing(http: web.Request) -> web.Response:
    """Each choice holds at once; the section's own switch is saved first."""
    form, setup = read_form(http, "seen", "seen_shown", THEN, *SELF_BILLING), await find_setup(http)
    ctx, by, say, shown = http.app[CONTEXT], staff(http), http[SAY], Shown(form.text(_SHOWN) == YES)
    wanted = setup.settings
    try:
        wanted = surface_form.with_handling(form, wanted)
        await set_shown(ctx, setup.helpdesk.id, shown, by=by, seen=form.text("seen_shown"))
        await set_self_billing(ctx, wanted, by=by, seen=form.text("seen"))
    except (Invalid, NotInPlan) as refusal:
        form = surface_form.refused(form, refusal, wanted, say)
        return await _self_billing(http, await find_setup(http), form, keep_seen=True, status=422)
    except Stale:
        setup = await find_setup(http)
        if stale := await _compare(http, setup, shown, wanted):
            return await _self_billing(http, setup, form, stale=stale, status=409)
    raise onward(http, "helpdesk-self-billing", form)


async def show_team(http: web.Request) -> web.Response:
    """Who works there, and the channel."""
    return _team(http, await find_setup(http))


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
        return _team(http, setup, form.refused(refusal, http[SAY]), seen=form.text("seen"), status=422)
    except Stale:
        setup, say = await find_setup(http), http[SAY]
        labels = {_field(each.id): each.name for each in setup.staff}
        labels["slack_channel"] = say.text(N_("Slack channel"))
        stale = find_differences(form, _of_team(setup), labels, lambda name, value: _worker(name, value, say))
        if stale:
            return _team(http, setup, form, stale=stale, status=409)
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
        stale = find_differences(form, _of_appearance(setup), _said(_APPEARANCE, say), as_typed)
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
        labels=_said(_DETAILS, http[SAY]),
        seen=seen or version_of(setup.details),
        stale=stale,
        prefix=f"{http.app[CONTEXT].addresses.portal(setup.account)}/help/",
    )
    return render(http, "desk/helpdesk_details.html", page, status=status)


def _of_details(setup: HelpdeskSetup) -> dict[str, str]:
    return {"name": setup.helpdesk.name, "slug": setup.helpdesk.slug}


async def _self_billing(
    http: web.Request,
    setup: HelpdeskSetup,
    form: Form | None = None,
    *,
    keep_seen: bool = False,
    stale: Differences | None = None,
    status: int = 200,
) -> web.Response:
    say, settings = http[SAY], setup.settings
    is_shown = setup.helpdesk.billing_shown
    surface = await show_surface(http.app[CONTEXT], Surface.HELPDESK, setup.helpdesk.id, by=staff(http))
    shown_form = form or Form({**surface_form.fields_of(settings), _SHOWN: YES if is_shown else ""})
    page = StepPage(
        section=SECTION,
        wizard=make_wizard(http, setup, "helpdesk-self-billing"),
        form=shown_form,
        labels=_said(SELF_BILLING, say),
        # Of the two, what was typed wrong is unsaved: its version stays the one that the form showed.
        seen=shown_form.text("seen") if keep_seen else version_of(settings),
        seen_shown=version_of(setup.shown),
        stale=stale,
        automated=label(Handling.AUTOMATED, say),
        manual=label(Handling.MANUAL, say),
        places=surface_form.place_options(surface.places, say),
        preview=draw_preview(http, setup.account, settings, is_shown=is_shown),
    )
    return render(http, "desk/helpdesk_self_billing.html", page, status=status)


async def _compare(http: web.Request, setup: HelpdeskSetup, shown: Shown, wanted: SelfBilling) -> Differences:
    """What differs between this form and what is saved now, by the step's own words."""
    say, theirs = http[SAY], setup.settings
    surface = await show_surface(http.app[CONTEXT], Surface.HELPDESK, setup.helpdesk.id, by=staff(http))
    mine = replace(
        theirs,
        refund=wanted.refund,
        cancel=wanted.cancel,
        ticket_helpdesk_id=wanted.ticket_helpdesk_id,
        ticket_department_id=wanted.ticket_department_id,
    )
    found = surface_form.compare(surface.places, mine, theirs, say)
    words = _said(SELF_BILLING, say)
    section = find_differences(
        Form({_SHOWN: YES if shown.billing else ""}),
        {_SHOWN: YES if setup.helpdesk.billing_shown else ""},
        {_SHOWN: words[_SHOWN]},
        lambda _, value: say.text(N_("On") if value == YES else N_("Off")),
    )
    return {**section, **{name: replace(each, label=words[name]) for name, each in found.items()}}


def _team(
    http: web.Request,
    setup: HelpdeskSetup,
    form: Form | None = None,
    *,
    seen: str = "",
    stale: Differences | None = None,
    status: int = 200,
) -> web.Response:
    say = http[SAY]
    page = StepPage(
        section=SECTION,
        wizard=make_wizard(http, setup, "helpdesk-team"),
        form=form or Form(_of_team(setup)),
        labels={"slack_channel": say.text(N_("Slack channel"))},
        seen=seen or version_of(setup.workers),
        stale=stale,
        people=tuple((_field(each.id), each.name, label(each.role, say)) for each in setup.staff),
    )
    return render(http, "desk/helpdesk_team.html", page, status=status)


def _of_team(setup: HelpdeskSetup) -> dict[str, str]:
    chosen = {_field(each.id): YES if each.id in setup.team else "" for each in setup.staff}
    return {**chosen, "slack_channel": setup.helpdesk.slack_channel or ""}


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
        labels=_said(_APPEARANCE, http[SAY]),
        seen=seen or version_of(setup.appearance),
        stale=stale,
        logo=url_for(http, "helpdesk-logo", helpdesk.id, v=helpdesk.logo[:16]) if helpdesk.logo else "",
        account_colour=http[PLACE].account.colour,
    )
    return render(http, "desk/helpdesk_appearance.html", page, status=status)


def _of_appearance(setup: HelpdeskSetup) -> dict[str, str]:
    return {"welcome": setup.helpdesk.welcome, "colour": setup.helpdesk.colour or ""}


def _said(labels: Mapping[str, str], say: Translator) -> dict[str, str]:
    return {name: say.text(text) for name, text in labels.items()}
