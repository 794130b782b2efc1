"""Signing in on a surface: the pair, "Send me my Order IDs", the way out. The code is in `code.py`."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import Invalid
from billing.signin import CodeSent, send_order_ids, sign_in
from portal.forms import Form, read_form
from portal.keys import CLIENT, CONTEXT, PLACE, SAY, TRACE_ID, VISITOR
from portal.next_page import next_page
from portal.reader import chosen_language, keep_told_zone
from portal.render import render, see
from portal.session import close_visit, end_visit, open_visit, surface_at


@dataclass(frozen=True, slots=True)
class SignInPage:
    """`next` is the page that was wanted, below this place's root."""

    form: Form
    next: str = ""


@dataclass(frozen=True, slots=True)
class OrderIdsPage:
    """`is_sent`: the answer that everybody gets, whether the address is known or not."""

    form: Form
    is_sent: bool = False


async def show(http: web.Request) -> web.StreamResponse:
    """The form; who is signed in goes on at once."""
    wanted = http.query.get("next", "")
    if http[VISITOR].is_signed_in:
        raise web.HTTPSeeOther(next_page(http, wanted))
    return render(http, "customer/sign_in.html", SignInPage(Form(), wanted))


async def enter(http: web.Request) -> web.StreamResponse:
    """Order ID and e-mail: a visit begins, or a code is on its way; one sentence for all that is wrong."""
    form = read_form(http, "order_id", "email", "next")
    try:
        _must_be_filled(form, "order_id", "email")
        answer = await sign_in(
            http.app[CONTEXT],
            http[PLACE].account.id,
            order_id=form.text("order_id"),
            email=form.text("email"),
            place=surface_at(http[PLACE]),
            client=http[CLIENT],
            browser=http[VISITOR].browser,
            locale=http[SAY].tag,
            chosen=chosen_language(http, http[PLACE]),
            trace_id=http[TRACE_ID],
        )
    except Invalid as refusal:
        page = SignInPage(form.refused(refusal, http[SAY]), form.text("next"))
        return render(http, "customer/sign_in.html", page, status=422)
    if isinstance(answer, CodeSent):
        raise see(http, "code", sent="1", next=form.text("next"))
    await end_visit(http)
    await keep_told_zone(http, answer.visit)
    response = web.HTTPSeeOther(next_page(http, form.text("next")))
    open_visit(response, http[PLACE], answer)
    raise response


async def leave(http: web.Request) -> web.StreamResponse:
    """The visit is over, also where it was over before."""
    read_form(http)
    await end_visit(http)
    response = see(http, "sign-in")
    close_visit(response, http[PLACE])
    raise response


async def show_order_ids(http: web.Request) -> web.StreamResponse:
    """The form, and after it the one answer."""
    page = OrderIdsPage(Form(), is_sent=http.query.get("sent") == "1")
    return render(http, "customer/order_ids.html", page)


async def mail_order_ids(http: web.Request) -> web.StreamResponse:
    """All Order IDs, to the purchase e-mail alone."""
    form = read_form(http, "email")
    try:
        _must_be_filled(form, "email")
    except Invalid as refusal:
        page = OrderIdsPage(form.refused(refusal, http[SAY]))
        return render(http, "customer/order_ids.html", page, status=422)
    await send_order_ids(
        http.app[CONTEXT],
        http[PLACE].account.id,
        email=form.text("email"),
        client=http[CLIENT],
        locale=http[SAY].tag,
        chosen=chosen_language(http, http[PLACE]),
        trace_id=http[TRACE_ID],
    )
    raise see(http, "order-ids", sent="1")


def _must_be_filled(form: Form, *names: str) -> None:
    for name in names:
        if not form.text(name):
            raise Invalid(name, "missing")
