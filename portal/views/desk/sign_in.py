"""Staff come in and leave."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import WrongPair
from billing.staff_signin import sign_in_staff
from portal.forms import Form, read_form
from portal.keys import CLIENT, CONTEXT, PLACE, SAY, TRACE_ID, VISITOR
from portal.next_page import next_page
from portal.reader import keep_told_zone
from portal.render import render, see
from portal.session import close_visit, end_visit, open_visit


@dataclass(frozen=True, slots=True)
class SignInPage:
    """`next`: the page that was wanted, empty for the inbox."""

    form: Form
    next: str


async def show(http: web.Request) -> web.Response:
    """The form; who is signed in goes on."""
    wanted = http.query.get("next", "")
    if http[VISITOR].is_signed_in:
        raise web.HTTPSeeOther(next_page(http, wanted))
    if http[VISITOR].half is not None:
        raise see(http, "factor", **_way_on(wanted))
    return render(http, "desk/sign_in.html", SignInPage(Form(), wanted))


async def enter(http: web.Request) -> web.Response:
    """Sign in with a new token, and on to the page that was wanted."""
    form = read_form(http, "email", "password", "next")
    try:
        signed_in = await sign_in_staff(
            http.app[CONTEXT],
            http[PLACE].account.id,
            email=form.text("email"),
            password=form.typed.get("password", ""),
            client=http[CLIENT],
            trace_id=http[TRACE_ID],
        )
    except WrongPair as refusal:
        typed = form.without("password").refused(refusal, http[SAY])
        return render(http, "desk/sign_in.html", SignInPage(typed, form.text("next")), status=422)
    await end_visit(http)
    await keep_told_zone(http, signed_in.visit)
    wanted = form.text("next")
    is_half = signed_in.visit.half
    answer = see(http, "factor", **_way_on(wanted)) if is_half else web.HTTPSeeOther(next_page(http, wanted))
    open_visit(answer, http[PLACE], signed_in)
    raise answer


async def leave(http: web.Request) -> web.StreamResponse:
    """End the visit; its cookie is worth nothing from now on."""
    read_form(http)
    await end_visit(http)
    answer = see(http, "sign-in")
    close_visit(answer, http[PLACE])
    raise answer


def _way_on(wanted: str) -> dict[str, str]:
    return {"next": wanted} if wanted else {}
