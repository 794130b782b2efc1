"""The e-mailed code: at sign-in where settings or a budget ask, and once before documents and money."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import Invalid
from billing.signin import SignedIn, confirm_sign_in, prove, send_code
from portal.forms import Form, read_form
from portal.keys import CLIENT, CONTEXT, PLACE, SAY, TRACE_ID, VISITOR
from portal.next_page import next_page
from portal.reader import chosen_language, keep_told_zone
from portal.render import render, see
from portal.session import customer, open_visit, surface_at


@dataclass(frozen=True, slots=True)
class CodePage:
    """`is_sent`: a code was asked for; before that the page only offers to send one."""

    form: Form
    next: str
    is_sign_in: bool
    is_sent: bool


async def show(http: web.Request) -> web.StreamResponse:
    """Where the code is typed; reading it sends nothing."""
    is_sent = http.query.get("sent") == "1"
    return render(
        http, "customer/code.html", _page(http, Form(), http.query.get("next", ""), is_sent=is_sent)
    )


async def send(http: web.Request) -> web.StreamResponse:
    """A new code for this visit; the older ones are dead."""
    form = read_form(http, "next")
    await send_code(http.app[CONTEXT], by=customer(http), browser=http[VISITOR].browser, locale=http[SAY].tag)
    raise see(http, "code", sent="1", next=form.text("next"))


async def enter(http: web.Request) -> web.StreamResponse:
    """The right code opens or proves the visit, under a new token, and leads on to what was wanted."""
    form = read_form(http, "code", "next")
    try:
        signed_in = await _use(http, form.text("code"))
    except Invalid as refusal:
        page = _page(http, form.refused(refusal, http[SAY]), form.text("next"), is_sent=True)
        return render(http, "customer/code.html", page, status=422)
    await keep_told_zone(http, signed_in.visit)
    response = web.HTTPSeeOther(next_page(http, form.text("next")))
    open_visit(response, http[PLACE], signed_in)
    raise response


async def _use(http: web.Request, code: str) -> SignedIn:
    ctx, visit, browser = http.app[CONTEXT], http[VISITOR].visit, http[VISITOR].browser
    if visit is not None:
        return await prove(ctx, visit, code=code, by=customer(http), browser=browser)
    return await confirm_sign_in(
        ctx,
        http[PLACE].account.id,
        code=code,
        place=surface_at(http[PLACE]),
        client=http[CLIENT],
        browser=browser,
        locale=http[SAY].tag,
        chosen=chosen_language(http, http[PLACE]),
        trace_id=http[TRACE_ID],
    )


def _page(http: web.Request, form: Form, wanted: str, *, is_sent: bool) -> CodePage:
    is_sign_in = not http[VISITOR].is_signed_in
    return CodePage(form, wanted, is_sign_in=is_sign_in, is_sent=is_sent or is_sign_in)
