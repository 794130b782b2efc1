"""Staff prove once more who they are, before what takes a fresh proof."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import Invalid
from billing.staff_signin import must_give_code, prove_staff
from portal.forms import Form, read_form
from portal.keys import CONTEXT, PLACE, SAY
from portal.next_page import next_page
from portal.render import render
from portal.session import open_visit, own_visit, staff


@dataclass(frozen=True, slots=True)
class ProvePage:
    """`takes_code`: they have a second factor. `next`: the page that was wanted, empty for the inbox."""

    form: Form
    next: str
    takes_code: bool
    section: str = ""


async def show(http: web.Request) -> web.Response:
    """The form; it holds for five minutes."""
    return await _page(http, Form(), http.query.get("next", ""))


async def enter(http: web.Request) -> web.Response:
    """The visit goes on under a new token, and on to the page that was wanted."""
    form = read_form(http, "password", "code", "next")
    try:
        signed_in = await prove_staff(
            http.app[CONTEXT],
            own_visit(http),
            password=form.typed.get("password", ""),
            code=form.text("code"),
            by=staff(http),
        )
    except Invalid as refusal:
        typed = form.without("password").without("code").refused(refusal, http[SAY])
        return await _page(http, typed, form.text("next"), status=422)
    answer = web.HTTPSeeOther(next_page(http, form.text("next")))
    open_visit(answer, http[PLACE], signed_in)
    raise answer


async def _page(http: web.Request, form: Form, wanted: str, *, status: int = 200) -> web.Response:
    takes_code = await must_give_code(http.app[CONTEXT], by=staff(http))
    return render(http, "desk/prove.html", ProvePage(form, wanted, takes_code), status=status)
