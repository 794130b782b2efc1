"""A request, for those who decide it."""

from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from billing.deciding import approve_request, deny_request, retry_request
from billing.errors import Conflict, Invalid, NotFound, Repeated
from billing.ids import RequestId, parse_id
from billing.money import Money
from billing.policy import can_decide
from billing.records import Payment, Request
from billing.requests import CasePage, RequestPage, show_case, show_request
from billing.states import RequestState
from billing.tickets import add_note, ask_customer
from billing.views import RequestView
from locales.texts import label, reason_label, sentence, sentence_of
from locales.translator import N_, Translator
from portal.amounts import read_amount
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.desk import words
from portal.views.desk.answers import ReadyAnswer, ready_answers, with_answer
from portal.views.desk.assigning import AssignForm, make_assign
from portal.views.desk.consent import YesWords, is_waiting, said_words, yes_words
from portal.views.desk.snoozing import SnoozeForm, make_snooze

FROM_INBOX = "inbox"
MOST_PAYMENTS = 12
FORMS = frozenset({"approve", "deny", "ask", "note"})


@dataclass(frozen=True, slots=True)
class Earlier:
    """Another request of the same customer."""

    request: Request
    title: str
    tone: str
    state: str


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
    payments: tuple[Payment, ...]  # of the purchase, newest first
    more_payments: int
    earlier: tuple[Earlier, ...]
    approvals: tuple[tuple[str, datetime], ...]
    steps: tuple[words.Step, ...]
    version: str
    may_decide: bool
    may_approve: bool  # not while the bank decides first
    may_retry: bool
    may_write: bool
    why_not: str
    yes: YesWords
    retry: str
    assign: AssignForm | None
    overdue: bool
    snooze: SnoozeForm | None
    answers: tuple[ReadyAnswer, ...]
    form: Form
    open: str
    alert: str


async def show(http: web.Request) -> web.Response:
    """The request's page; `?open=deny` shows that form at once."""
    open_form = http.query.get("open", "")
    return await _show(http, open_form=open_form if open_form in FORMS else "")


async def approve(http: web.Request) -> web.Response:
    """Yes, to all or to a part: done once, whoever else decides at the same moment."""
    form = read_form(http, "amount", "message", "from")
    try:
        amount = await _typed_amount(http, form)
        request = await approve_request(
            http.app[CONTEXT], _request_id(http), by=staff(http), answer=form.text("message"), amount=amount
        )
    except Invalid as refusal:
        # The use case knows one answer; this page has a field for each of the two decisions.
        refusal.field = "message" if refusal.field == "answer" else refusal.field
        return await _show(http, form=form.refused(refusal, http[SAY]), open_form="approve", status=422)
    except Conflict as refusal:
        return await _show(http, alert=sentence(refusal, http[SAY]), status=409)
    raise _back(http, form, request.id)


async def _typed_amount(http: web.Request, form: Form) -> Money | None:
    """None: all that was asked."""
    if not form.text("amount").strip():
        return None
    shown = await show_request(http.app[CONTEXT], _request_id(http), by=staff(http))
    asked = shown.view.request.amount
    return None if asked is None else read_amount("amount", form.text("amount"), asked.currency)


async def deny(http: web.Request) -> web.Response:
    """No, with the words that the customer reads; *Use* only puts a template into the form."""
    form = read_form(http, "answer", "from", "template", "use")
    if form.text("use"):
        return await _show(http, form=form, open_form="deny")
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


async def ask(http: web.Request) -> web.Response:
    """A question to the customer; the request goes on waiting, its ticket waits on them."""
    form, request_id = read_form(http, "question"), _request_id(http)
    text, key = form.text("question"), form.once_key
    try:
        await ask_customer(http.app[CONTEXT], request_id, by=staff(http), text=text, once_key=key)
    except Invalid as refusal:
        refusal.field = "question"
        return await _show(http, form=form.refused(refusal, http[SAY]), open_form="ask", status=422)
    except Repeated:
        pass  # sent twice: the first one stands on the timeline
    raise see(http, "request", request_id)


async def note(http: web.Request) -> web.Response:
    """What only staff read, on the request's timeline."""
    form, request_id, by = read_form(http, "note"), _request_id(http), staff(http)
    ticket = (await show_request(http.app[CONTEXT], request_id, by=by)).view.ticket
    if ticket is None:
        raise NotFound
    try:
        await add_note(http.app[CONTEXT], ticket.id, by=by, text=form.text("note"), once_key=form.once_key)
    except Invalid as refusal:
        refusal.field = "note"
        return await _show(http, form=form.refused(refusal, http[SAY]), open_form="note", status=422)
    except Repeated:
        pass
    raise see(http, "request", request_id)


def _request_id(http: web.Request) -> RequestId:
    return parse_id(RequestId, http.match_info["request_id"])


def _back(http: web.Request, form: Form, request_id: RequestId) -> web.HTTPSeeOther:
    if form.text("from") == FROM_INBOX:
        return see(http, "home", decided=request_id.hex)
    return see(http, "request", request_id)


async def _show(
    http: web.Request, *, form: Form | None = None, open_form: str = "", alert: str = "", status: int = 200
) -> web.Response:
    ctx, say = http.app[CONTEXT], http[SAY]
    case = await show_case(ctx, _request_id(http), by=staff(http))
    verdict = words.verdict(case.shown.view, say, now=ctx.now())
    page = _page(case, say, verdict, form or Form(), open_form=open_form, alert=alert)
    view = case.shown.view
    snooze = await make_snooze(http, view.ticket, view.request, view.snooze, may=page.may_write)
    page = replace(page, snooze=snooze, overdue=view.due_at is not None and view.due_at <= ctx.now())
    if page.may_decide:
        answers = await ready_answers(http, case.shown.view)
        filled = with_answer(page.form, answers) if page.form.text("use") else page.form
        page = replace(page, answers=answers, form=filled)
    return render(http, "desk/request.html", page, status=status)


def _page(
    case: CasePage, say: Translator, verdict: words.Verdict, form: Form, *, open_form: str, alert: str
) -> RequestDeskPage:
    shown, view = case.shown, case.shown.view
    request, right = view.request, shown.right
    yes = yes_words(view, case.staff, say)
    may = right is not None and right.may
    writes = can_decide(case.staff) and view.ticket is not None
    payments = case.purchase.payments
    return RequestDeskPage(
        section="inbox",
        view=view,
        title=words.title(view, say),
        tone=words.TONES[request.state],
        state=label(request.state, say),
        standing=words.standing(view, say),
        reason=reason_label(request.kind, request.reason, say),
        verdict=verdict,
        payment=view.payment,
        payments=payments[:MOST_PAYMENTS],
        more_payments=max(len(payments) - MOST_PAYMENTS, 0),
        earlier=tuple(_earlier(each, say) for each in case.earlier),
        approvals=tuple((said_words(each, say), each.at) for each in case.approvals),
        steps=words.steps(shown.entries, say, case.files),
        version=shown.version,
        may_decide=is_waiting(view) and may,
        may_approve=view.hold is None,
        may_retry=request.state is RequestState.FAILED and may,
        may_write=writes,
        why_not=_why_not(shown, say),
        yes=yes,
        retry=_retry_words(request, say),
        assign=make_assign(view.ticket, case.deciders, may=writes),
        overdue=False,
        snooze=None,
        answers=(),
        form=_proposed(form, case, yes),
        open=open_form,
        alert=alert,
    )


def _proposed(form: Form, case: CasePage, yes: YesWords) -> Form:
    """Where nothing was typed yet: the amount and the words that the first person said yes to."""
    if form.typed:
        return form if "amount" in form.typed else replace(form, typed={**form.typed, "amount": yes.amount})
    first = case.consent.first
    return Form({"amount": yes.amount, "message": first.answer if first else ""})


def _earlier(request: Request, say: Translator) -> Earlier:
    title = words.request_title(request, say)
    return Earlier(request, title, words.TONES[request.state], label(request.state, say))


def _retry_words(request: Request, say: Translator) -> str:
    if request.refund_amount is None:
        return say.text(N_("Try again"))
    return say.text(N_("Try again to refund {amount}"), amount=request.refund_amount)


def _why_not(shown: RequestPage, say: Translator) -> str:
    """Why this person may not decide what waits for a decision; empty if they may, or nothing waits."""
    right = shown.right
    if right is None or right.may or right.why_not is None:
        return ""
    if shown.view.request.state not in {RequestState.PENDING, RequestState.FAILED}:
        return ""
    return sentence_of(right.why_not, {"limit": right.limit} if right.limit is not None else {}, say)
