"""Somebody who was invited gives a name and a password, and works here from then on."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import Invalid, NotFound
from billing.joining import accept_invitation, find_invitation
from billing.merchant import Invitation
from portal.forms import Form, read_form
from portal.keys import CLIENT, CONTEXT, PLACE, SAY, TRACE_ID
from portal.reader import keep_told_zone
from portal.render import render, see
from portal.session import end_visit, open_visit


@dataclass(frozen=True, slots=True)
class JoinPage:
    """`invitation` None: there is none (any more), whatever the reason."""

    form: Form
    invitation: Invitation | None
    token: str


async def show(http: web.Request) -> web.Response:
    """Reading it uses nothing up."""
    token = http.match_info["token"]
    try:
        invitation = await find_invitation(http.app[CONTEXT], http[PLACE].account.id, token)
    except NotFound:
        return render(http, "desk/join.html", JoinPage(Form(), None, token), status=404)
    return render(http, "desk/join.html", JoinPage(Form({"name": invitation.name}), invitation, token))


async def enter(http: web.Request) -> web.Response:
    """Signed in at once; the second factor comes next where the account asks for one."""
    form, token = read_form(http, "name", "password"), http.match_info["token"]
    ctx, account = http.app[CONTEXT], http[PLACE].account
    try:
        signed_in = await accept_invitation(
            ctx,
            account.id,
            token=token,
            name=form.text("name"),
            password=form.typed.get("password", ""),
            locale=http[SAY].tag,
            client=http[CLIENT],
            trace_id=http[TRACE_ID],
        )
    except NotFound:
        return render(http, "desk/join.html", JoinPage(Form(), None, token), status=404)
    except Invalid as refusal:
        invitation = await find_invitation(ctx, account.id, token)
        typed = form.without("password").refused(refusal, http[SAY])
        return render(http, "desk/join.html", JoinPage(typed, invitation, token), status=422)
    await end_visit(http)
    await keep_told_zone(http, signed_in.visit)
    answer = see(http, "factor" if signed_in.visit.half else "home")
    open_visit(answer, http[PLACE], signed_in)
    raise answer
