"""My account: one's own password, second factor, language, time zone, and the visits one forgot to end."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from billing.errors import Invalid
from billing.own_access import change_password, sign_out_everywhere
from billing.own_language import choose_language
from billing.plans import has_helpdesks
from billing.records import Staff
from billing.reminder_mails import choose_reminders, wants_reminders
from billing.second_factor import FactorState, show_factor
from billing.zones import choose_zone, chosen_zone, zone_names
from locales.catalogues import AVAILABLE, language_names
from locales.translator import N_, get_translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, PLACE, SAY, VISITOR
from portal.reader import language_cookie, told_zone
from portal.render import render, see
from portal.session import close_visit, own_visit, staff

_SAVED: Mapping[str, str] = {
    "password": N_("Your password was changed. Everywhere else you are signed out."),
    "language": N_("Your language was changed."),
    "zone": N_("Your time zone was changed."),
    "mails": N_("Saved."),
    "factor-removed": N_("Your second factor was removed."),
}


@dataclass(frozen=True, slots=True)
class MePage:
    """`saved`: a sentence after a change, or empty."""

    form: Form
    me: Staff
    factor: FactorState
    languages: list[tuple[str, str]]
    zones: list[tuple[str, str]]  # to choose from, beside the browser's
    saved: str
    has_slack: bool  # in the plan
    section: str = "me"


async def show(http: web.Request) -> web.Response:
    """Everything on one page."""
    return await _page(http, Form())


async def password(http: web.Request) -> web.Response:
    """The present one, and a new one."""
    form = read_form(http, "password", "new_password")
    try:
        await change_password(
            http.app[CONTEXT],
            own_visit(http),
            old=form.typed.get("password", ""),
            new=form.typed.get("new_password", ""),
            by=staff(http),
        )
    except Invalid as refusal:
        typed = form.without("password").without("new_password").refused(refusal, http[SAY])
        return await _page(http, typed, status=422)
    raise see(http, "me", saved="password")


async def language(http: web.Request) -> web.Response:
    """Of the desk and of mails; what was chosen in this browser before gives way."""
    chosen = read_form(http, "locale").text("locale")
    if chosen not in AVAILABLE:
        raise web.HTTPBadRequest
    await choose_language(http.app[CONTEXT], locale=chosen, by=staff(http))
    answer = see(http, "me", saved="language")
    answer.del_cookie(language_cookie(http[PLACE]), path="/", secure=True, httponly=True, samesite="Lax")
    raise answer


async def zone(http: web.Request) -> web.Response:
    """One of the list, or as the browser tells."""
    form = read_form(http, "time_zone")
    ctx, told = http.app[CONTEXT], told_zone(http, http[PLACE])
    try:
        await choose_zone(ctx, time_zone=form.text("time_zone"), told=told, by=staff(http))
    except Invalid as refusal:
        return await _page(http, form.refused(refusal, http[SAY]), status=422)
    raise see(http, "me", saved="zone")


async def mails(http: web.Request) -> web.Response:
    """Which mails they want; what concerns their own access is always mailed."""
    wanted = read_form(http, "reminders").text("reminders") == "yes"
    await choose_reminders(http.app[CONTEXT], wanted=wanted, by=staff(http))
    raise see(http, "me", saved="mails")


async def leave_everywhere(http: web.Request) -> web.Response:
    """This browser too."""
    read_form(http)
    await sign_out_everywhere(http.app[CONTEXT], by=staff(http))
    answer = see(http, "sign-in")
    close_visit(answer, http[PLACE])
    raise answer


async def _page(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    me = http[VISITOR].staff
    assert me is not None, "the guard lets staff in here alone"
    factor = await show_factor(http.app[CONTEXT], by=staff(http))
    saved = _SAVED.get(http.query.get("saved", ""), "")
    chosen = await chosen_zone(http.app[CONTEXT], by=staff(http))
    reminders = "yes" if await wants_reminders(http.app[CONTEXT], by=staff(http)) else ""
    own = {"reminders": reminders, "locale": get_translator(me.locale).language, "time_zone": chosen}
    shown = Form({**own, **form.typed}, form.errors, form.once_key)
    told, has_slack = http[SAY].text(saved) if saved else "", has_helpdesks(http[PLACE].account)
    page = MePage(shown, me, factor, language_names(), _zones(), told, has_slack)
    return render(http, "desk/me.html", page, status=status)


def _zones() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in zone_names()]
