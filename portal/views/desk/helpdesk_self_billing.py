"""The wizard's step Self Billing, in the article's words: what customers may ask for in this helpdesk."""

from collections.abc import Mapping
from dataclasses import replace

from aiohttp import web

from billing.errors import Invalid, NotInPlan, Stale
from billing.helpdesks import HelpdeskSetup, Shown, set_shown
from billing.records import SelfBilling
from billing.self_billing import set_self_billing, show_surface
from billing.states import Handling, Surface
from billing.versions import version_of
from locales.texts import label
from locales.translator import N_
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render
from portal.session import staff
from portal.views.desk import surface_form
from portal.views.desk.helpdesk_steps import StepPage, said
from portal.views.desk.meanwhile import Differences, find_differences
from portal.views.desk.preview import draw_preview
from portal.views.desk.surface_form import YES
from portal.views.desk.wizard import SECTION, THEN, find_setup, make_wizard, onward

_SHOWN = "shown"
_LABELS: Mapping[str, str] = {
    _SHOWN: N_("Yes, display the billing section"),
    "refund": N_("Allow refund requests"),
    "refund_how": N_("How refund requests are handled"),
    "cancel": N_("Allow cancel requests"),
    "cancel_how": N_("How cancel requests are handled"),
    "tickets": N_("Where tickets appear"),
}


async def show(http: web.Request) -> web.Response:
    """The article's step: the billing section, and what customers may ask for in it."""
    return await _self_billing(http, await find_setup(http))


async def save(http: web.Request) -> web.Response:
    """Each choice holds at once; the section's own switch is saved first."""
    form, setup = read_form(http, "seen", "seen_shown", THEN, *_LABELS), await find_setup(http)
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
        labels=said(_LABELS, say),
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
    words = said(_LABELS, say)
    section = find_differences(
        Form({_SHOWN: YES if shown.billing else ""}),
        {_SHOWN: YES if setup.helpdesk.billing_shown else ""},
        {_SHOWN: words[_SHOWN]},
        lambda _, value: say.text(N_("On") if value == YES else N_("Off")),
    )
    return {**section, **{name: replace(each, label=words[name]) for name, each in found.items()}}
