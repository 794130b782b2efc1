"""The second factor: given at sign-in, set up, changed and removed; recovery codes, shown once."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing.errors import Invalid, NotFound
from billing.records import Staff
from billing.rights import must_be_proved
from billing.second_factor import (
    FactorOffer,
    change_factor,
    make_recovery_codes,
    offer_factor,
    remove_factor,
    same_offer,
    show_factor,
)
from billing.signin import SignedIn
from billing.staff_signin import give_factor, set_up_factor, show_half_way
from portal.forms import Form, read_form
from portal.keys import CLIENT, CONTEXT, PLACE, SAY, TRACE_ID, VISITOR
from portal.next_page import next_page
from portal.qr import QrCode, draw_qr
from portal.reader import keep_told_zone
from portal.render import render, see, url_for
from portal.session import half_visit, open_visit, own_visit, staff

_SECTION = "me"


@dataclass(frozen=True, slots=True)
class FactorPage:
    """Where the app's code is typed at sign-in; `next`: the page that was wanted, empty for the inbox."""

    form: Form
    next: str


@dataclass(frozen=True, slots=True)
class SetUpPage:
    """A seed to scan. `deed`: where the form leads, by name; `seed` stands in groups, for typing it."""

    form: Form
    next: str
    deed: str
    offer: FactorOffer
    seed: str
    qr: QrCode
    section: str = _SECTION


@dataclass(frozen=True, slots=True)
class RecoveryPage:
    """`codes` once, right after they were made; else how many are left."""

    codes: list[str]
    left: int
    made_at: datetime
    section: str = _SECTION


async def show(http: web.Request) -> web.StreamResponse:
    """Asks for the code; who has no second factor yet sets one up."""
    wanted = http.query.get("next", "")
    if http[VISITOR].is_signed_in:
        raise web.HTTPSeeOther(next_page(http, wanted))
    if not (await show_half_way(http.app[CONTEXT], half_visit(http))).has_factor:
        raise see(http, "factor-setup", **({"next": wanted} if wanted else {}))
    return render(http, "desk/factor.html", FactorPage(Form(), wanted))


async def give(http: web.Request) -> web.StreamResponse:
    """The right code makes the visit whole, under a new token."""
    form = read_form(http, "code", "next")
    visit = half_visit(http)
    try:
        signed_in = await give_factor(
            http.app[CONTEXT], visit, code=form.text("code"), client=http[CLIENT], trace_id=http[TRACE_ID]
        )
    except Invalid as refusal:
        page = FactorPage(form.without("code").refused(refusal, http[SAY]), form.text("next"))
        return render(http, "desk/factor.html", page, status=422)
    await keep_told_zone(http, signed_in.visit)
    raise _entered(http, next_page(http, form.text("next")), signed_in)


async def show_set_up(http: web.Request) -> web.StreamResponse:
    """At the first sign-in: a new seed. Nothing is kept until its code is given."""
    ctx, wanted = http.app[CONTEXT], http.query.get("next", "")
    if http[VISITOR].is_signed_in:
        raise see(http, "home")
    half = await show_half_way(ctx, half_visit(http))
    if half.has_factor:
        raise see(http, "factor")
    offer = offer_factor(ctx, half.account, half.staff)
    return render(http, "desk/factor_setup.html", _set_up_page(Form(), wanted, "factor-setup", offer))


async def set_up(http: web.Request) -> web.StreamResponse:
    """The first code of the new seed: the visit is whole, and recovery codes are offered."""
    form, ctx, visit = read_form(http, "code", "sealed", "next"), http.app[CONTEXT], half_visit(http)
    half = await show_half_way(ctx, visit)
    try:
        signed_in = await set_up_factor(
            ctx,
            visit,
            sealed=form.text("sealed"),
            code=form.text("code"),
            client=http[CLIENT],
            trace_id=http[TRACE_ID],
        )
    except Invalid as refusal:
        try:
            offer = same_offer(ctx, half.account, half.staff, form.text("sealed"))
        except Invalid:
            offer = offer_factor(ctx, half.account, half.staff)
        page = _set_up_page(form.refused(refusal, http[SAY]), form.text("next"), "factor-setup", offer)
        return render(http, "desk/factor_setup.html", page, status=422)
    await keep_told_zone(http, signed_in.visit)
    raise _entered(http, url_for(http, "recovery-codes"), signed_in)


async def show_mine(http: web.Request) -> web.StreamResponse:
    """A new seed for whoever is signed in; takes a fresh proof."""
    must_be_proved(staff(http), http.app[CONTEXT].now())
    offer = offer_factor(http.app[CONTEXT], http[PLACE].account, _me(http))
    return render(http, "desk/factor_setup.html", _set_up_page(Form(), "", "my-factor", offer))


async def set_mine(http: web.Request) -> web.StreamResponse:
    """In the place of an earlier one, whose recovery codes are worth nothing now."""
    form, ctx = read_form(http, "code", "sealed", "next"), http.app[CONTEXT]
    try:
        await change_factor(
            ctx, sealed=form.text("sealed"), code=form.text("code"), by=staff(http), visit=own_visit(http)
        )
    except Invalid as refusal:
        try:
            offer = same_offer(ctx, http[PLACE].account, _me(http), form.text("sealed"))
        except Invalid:
            offer = offer_factor(ctx, http[PLACE].account, _me(http))
        page = _set_up_page(form.refused(refusal, http[SAY]), "", "my-factor", offer)
        return render(http, "desk/factor_setup.html", page, status=422)
    raise see(http, "recovery-codes")


async def remove_mine(http: web.Request) -> web.StreamResponse:
    """Where the account lets people do without."""
    read_form(http)
    await remove_factor(http.app[CONTEXT], by=staff(http))
    raise see(http, "me", saved="factor-removed")


async def show_codes(http: web.Request) -> web.StreamResponse:
    """How many are left, and a button that makes new ones."""
    state = await show_factor(http.app[CONTEXT], by=staff(http))
    if state.confirmed_at is None:
        raise NotFound
    page = RecoveryPage([], state.recovery_codes, state.confirmed_at)
    return render(http, "desk/factor_codes.html", page)


async def make_codes(http: web.Request) -> web.StreamResponse:
    """Ten new ones. Shown in this answer and never again, so there is no page to redirect to."""
    read_form(http)
    codes = await make_recovery_codes(http.app[CONTEXT], by=staff(http))
    return render(http, "desk/factor_codes.html", RecoveryPage(codes, len(codes), http.app[CONTEXT].now()))


def _me(http: web.Request) -> Staff:
    me = http[VISITOR].staff
    assert me is not None, "the guard lets staff in here alone"
    return me


def _set_up_page(form: Form, wanted: str, deed: str, offer: FactorOffer) -> SetUpPage:
    groups = " ".join(offer.seed[at : at + 4] for at in range(0, len(offer.seed), 4))
    return SetUpPage(form, wanted, deed, offer, groups, draw_qr(offer.address))


def _entered(http: web.Request, where: str, signed_in: SignedIn) -> web.HTTPSeeOther:
    answer = web.HTTPSeeOther(where)
    open_visit(answer, http[PLACE], signed_in)
    return answer
