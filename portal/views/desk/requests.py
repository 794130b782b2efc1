"""A request, for those who decide it."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing.deciding import approve_request, deny_request, retry_request
from billing.errors import Conflict, Invalid
from billing.ids import RequestId, parse_id
from billing.records import Payment
from billing.requests import RequestPage, show_request
from billing.states import RequestState
from billing.views import RequestView
from locales.texts import label, reason_label, sentence, sentence_of
from locales.translator import Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.desk import words

FROM_INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class RequestDeskPage:
    """Everything a decision needs. `open`: whose form stands open; `alert`: why a decision was refused."""

    section: str
    view: RequestView
    title: str
    tone: str
    state: str
    standing: str
    reason: str
    verdict: words.Verdict
    payment: Payment | None
    steps: tuple[words.Step, ...]
    version: str
    may_decide: bool
    may_retry: bool
    why_not: str
    approve: str
    confirmation: str
    form: Form
    open: str
    alert: str


async def show(http: web.Request) -> web.Response:
    """The request's page; `?open=deny` shows that form at once."""
    open_form = http.query.get("open", "")
    return await _show(http, open_form=open_form if open_form in {"approve", "deny"} else "")


async def approve(http: web.Request) -> web.Response:
    """Yes: what was asked for is done once, whoever else decides at the same moment."""
    form = read_form(http, "message", "from")
    try:
        request = await approve_request(
            http.app[CONTEXT], _request_id(http), by=staff(http), answer=form.text("message")
        )
    except Invalid as refusal:
        # The use case knows one answer; this page has a field for each of the two decisions.
        refusal.field = "message"
        return await _show(http, form=form.refused(refusal, http[SAY]), open_form="approve", status=422)
    except Conflict as refusal:
        return await _show(http, alert=sentence(refusal, http[SAY]), status=409)
    raise _back(http, form, request.id)


async def deny(http: web.Request) -> web.Response:
    """No, with the words that the customer reads."""
    form = read_form(http, "answer", "from")
    try:
        request = await deny_request(
            http.app[CONTEXT], _request_id(http), by=staff(http), answer=form.text("answer")
        )
    except Invalid as refusal:
        return await _show(http, form=form.refused(refusal, http[SAY]), open_form="deny", status=422)
    except Conflict as refusal:
        return await _show(http, alert=sentence(refusal, http[SAY]), status=409)
    raise _back(http, form, request.id)


async def retry(http: web.Request) -> web.Response:
    """Once more, after a failure that is proven."""
    read_form(http)
    try:
        request = await retry_request(http.app[CONTEXT], _request_id(http), by=staff(http))
    except Conflict as refusal:
        return await _show(http, alert=sentence(refusal, http[SAY]), status=409)
    raise see(http, "request", request.id)


def _request_id(http: web.Request) -> RequestId:
    return parse_id(RequestId, http.match_info["request_id"])


def _back(http: web.Request, form: Form, request_id: RequestId) -> web.HTTPSeeOther:
    if form.text("from") == FROM_INBOX:
        return see(http, "home", decided=request_id.hex)
    return see(http, "request", request_id)


async def _show(
    http: web.Request, *, form: Form | None = None, open_form: str = "", alert: str = "", status: int = 200
) -> web.Response:
    ctx = http.app[CONTEXT]
    shown = await show_request(ctx, _request_id(http), by=staff(http))
    page = _page(shown, http[SAY], form or Form(), open_form, alert, now=ctx.now())
    return render(http, "desk/request.html", page, status=status)


def _page(
    shown: RequestPage, say: Translator, form: Form, open_form: str, alert: str, *, now: datetime
) -> RequestDeskPage:
    view, right = shown.view, shown.right
    request = view.request
    is_waiting = request.state is RequestState.PENDING
    may = right is not None and right.may
    return RequestDeskPage(
        section="inbox",
        view=view,
        title=words.title(view, say),
        tone=words.TONES[request.state],
        state=label(request.state, say),
        standing=words.standing(view, say),
        reason=reason_label(request.kind, request.reason, say),
        verdict=words.verdict(view, say, now=now),
        payment=view.payment,
        steps=words.steps(shown.entries, say),
        version=shown.version,
        may_decide=is_waiting and may,
        may_retry=request.state is RequestState.FAILED and may,
        why_not=_why_not(shown, say),
        approve=words.approve_words(request, say),
        confirmation=words.what_approval_does(view, say),
        form=form,
        open=open_form,
        alert=alert,
    )


def _why_not(shown: RequestPage, say: Translator) -> str:
    """Why this person may not decide what waits for a decision; empty if they may, or nothing waits."""
    right = shown.right
    if right is None or right.may or right.why_not is None:
        return ""
    if shown.view.request.state not in {RequestState.PENDING, RequestState.FAILED}:
        return ""
    return sentence_of(right.why_not, {"limit": right.limit} if right.limit is not None else {}, say)
