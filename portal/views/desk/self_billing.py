"""Products › Self billing: what customers may do by themselves on the portal, and a live preview of it."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web
from markupsafe import Markup

from billing import plans
from billing.errors import Invalid, NotInPlan, Stale
from billing.records import SelfBilling
from billing.self_billing import SurfaceSettings, set_self_billing, show_surface
from billing.states import AskCode, CancelWhen, Handling, Surface
from billing.versions import version_of
from locales.texts import label
from locales.translator import N_
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see, url_for
from portal.session import staff
from portal.views.desk.meanwhile import Differences
from portal.views.desk.preview import draw_preview
from portal.views.desk.surface_form import (
    LABELS,
    YES,
    Options,
    compare,
    fields_of,
    place_options,
    refused,
    settings_of,
)

_WHEN = {
    CancelWhen.PERIOD_END: N_("It goes on until the end of what was paid for; until then it can be undone."),
    CancelWhen.NOW: N_("It ends in the same moment, and cannot be undone. In a trial it is always so."),
}


@dataclass(frozen=True, slots=True)
class SelfBillingPage:
    """The form as it is typed, what there is to choose, and the preview of exactly this."""

    section: str
    form: Form
    seen: str
    saved: str
    stale: Differences | None
    labels: Mapping[str, str]
    automated: str
    manual: str
    disabled: tuple[str, ...]  # the handlings that the plan does not include
    whens: tuple[tuple[str, str, str], ...]
    codes: Options
    places: Options
    has_helpdesks: bool
    plan: str
    plan_address: str
    helpdesks_address: str
    preview: Markup


async def show(http: web.Request) -> web.Response:
    """The settings as they are saved."""
    shown = await show_portal(http)
    settings = shown.settings
    saved = http[SAY].text(N_("Saved. Customers see it from now on.")) if "saved" in http.query else ""
    form, seen = Form(fields_of(settings)), version_of(settings)
    return render(http, "desk/self_billing.html", make_page(http, shown, form, settings, seen, saved=saved))


async def preview(http: web.Request) -> web.Response:
    """The same page with what is typed, and the preview of that; nothing is saved."""
    form, shown = read_form(http, "seen", *LABELS), await show_portal(http)
    settings = shown.settings
    try:
        settings = settings_of(form, settings)
    except Invalid as refusal:
        form = form.refused(refusal, http[SAY])
    page = make_page(http, shown, form, settings, form.text("seen"))
    return render(http, "desk/self_billing.html", page)


async def save(http: web.Request) -> web.Response:
    """Customers see it at once; a stale form shows both values, and saves nothing."""
    form, shown = read_form(http, "seen", *LABELS), await show_portal(http)
    settings, seen = shown.settings, form.text("seen")
    try:
        settings = settings_of(form, settings)
        await set_self_billing(http.app[CONTEXT], settings, by=staff(http), seen=seen)
    except (Invalid, NotInPlan) as refusal:
        form, status = refused(form, refusal, settings, http[SAY]), 422
        page = make_page(http, shown, form, settings, seen)
    except Stale as refusal:
        theirs, status = _settings(refusal.data["theirs"]), 409
        stale = compare(shown.places, settings, theirs, http[SAY])
        page = make_page(http, shown, form, settings, version_of(theirs), stale=stale)
    else:
        raise see(http, "self-billing", saved=YES)
    return render(http, "desk/self_billing.html", page, status=status)


async def show_portal(http: web.Request) -> SurfaceSettings:
    """The portal's settings, for whoever may set them."""
    return await show_surface(http.app[CONTEXT], Surface.PORTAL, None, by=staff(http))


def make_page(
    http: web.Request,
    shown: SurfaceSettings,
    form: Form,
    settings: SelfBilling,
    seen: str,
    *,
    saved: str = "",
    stale: Differences | None = None,
) -> SelfBillingPage:
    """The page's data; `settings` are what the preview shows."""
    say, has_helpdesks = http[SAY], plans.has_helpdesks(shown.account)
    return SelfBillingPage(
        section="products",
        form=form,
        seen=seen,
        saved=saved,
        stale=stale,
        labels={name: say.text(text) for name, text in LABELS.items()},
        automated=label(Handling.AUTOMATED, say),
        manual=label(Handling.MANUAL, say),
        disabled=() if has_helpdesks else (Handling.MANUAL.value,),
        whens=tuple((each.value, label(each, say), say.text(_WHEN[each])) for each in CancelWhen),
        codes=tuple((each.value, label(each, say)) for each in AskCode),
        places=place_options(shown.places, say),
        has_helpdesks=has_helpdesks,
        plan=label(shown.account.plan, say),
        plan_address=url_for(http, "plan"),
        helpdesks_address=url_for(http, "helpdesks"),
        preview=draw_preview(http, shown.account, settings),
    )


def _settings(theirs: object) -> SelfBilling:
    assert isinstance(theirs, SelfBilling)
    return theirs
