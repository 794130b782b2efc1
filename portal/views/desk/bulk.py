"""Many requests at once: a summary, then each is decided by itself, and a page says what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web

from billing.bulk import BulkLine, BulkPreview, preview_bulk
from billing.deciding import approve_request, deny_request
from billing.errors import Invalid, Refusal
from billing.ids import RequestId, parse_id
from billing.money import Money
from billing.states import RequestState
from billing.texts import checked_text
from billing.views import RequestView
from locales.texts import label, sentence
from locales.translator import N_, Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.desk import words

FIELD = "request"


@dataclass(frozen=True, slots=True)
class Line:
    """One request of the summary; `why_not` is why it is left out, empty if it is decided with the others."""

    view: RequestView
    title: str
    who: str
    verdict: words.Verdict
    why_not: str


@dataclass(frozen=True, slots=True)
class BulkPage:
    """What would be decided together, with the sum of each currency, and what is left out."""

    section: str
    limit: Money | None
    lines: tuple[Line, ...]
    left_out: tuple[Line, ...]
    totals: tuple[Money, ...]
    requests: str  # the ids of the lines, as the forms carry them
    problem: str
    form: Form
    open: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one; `is_done`: as this person wanted it."""

    view: RequestView
    title: str
    who: str
    tone: str
    state: str
    why_not: str
    is_done: bool


@dataclass(frozen=True, slots=True)
class BulkDonePage:
    """One line for each, as it stands now."""

    section: str
    results: tuple[Result, ...]
    done: int


async def show(http: web.Request) -> web.Response:
    """The summary of the requests that the address names; it changes nothing."""
    return await _show(http, _named(http), Form())


async def approve(http: web.Request) -> web.Response:
    """Each by itself, in a transaction of its own: one that is refused holds up no other."""
    form = read_form(http, "requests")
    wanted, by = _listed(form), staff(http)
    preview = await preview_bulk(http.app[CONTEXT], wanted, by=by)
    for view in preview.decidable:
        try:
            await approve_request(http.app[CONTEXT], view.request.id, by=by)
        except Refusal:
            continue  # the page of results says how it stands
    raise _to_results(http, wanted)


async def deny(http: web.Request) -> web.Response:
    """The same words to each customer."""
    form = read_form(http, "requests", "answer")
    wanted, by = _listed(form), staff(http)
    try:
        answer = checked_text("answer", form.text("answer"))
    except Invalid as refusal:
        return await _show(http, wanted, form.refused(refusal, http[SAY]), opened="deny", status=422)
    preview = await preview_bulk(http.app[CONTEXT], wanted, by=by)
    for view in preview.decidable:
        try:
            await deny_request(http.app[CONTEXT], view.request.id, by=by, answer=answer)
        except Refusal:
            continue
    raise _to_results(http, wanted)


async def done(http: web.Request) -> web.Response:
    """What became of each: read anew, so that it is true whenever it is looked at."""
    say, by = http[SAY], staff(http)
    preview = await preview_bulk(http.app[CONTEXT], _named(http), by=by)
    results = tuple(_result(line, by.key, say) for line in preview.lines)
    page = BulkDonePage("inbox", results, sum(each.is_done for each in results))
    return render(http, "desk/bulk_done.html", page)


def _named(http: web.Request) -> list[RequestId]:
    return [parse_id(RequestId, each) for each in http.query.getall(FIELD, [])]


def _listed(form: Form) -> list[RequestId]:
    return [parse_id(RequestId, each) for each in form.text("requests").split()]


def _to_results(http: web.Request, wanted: Sequence[RequestId]) -> web.HTTPSeeOther:
    answer = see(http, "bulk-done")
    named = "&".join(f"{FIELD}={each.hex}" for each in wanted)
    return web.HTTPSeeOther(f"{answer.location}?{named}")


async def _show(
    http: web.Request, wanted: Sequence[RequestId], form: Form, *, opened: str = "", status: int = 200
) -> web.Response:
    ctx, by, say = http.app[CONTEXT], staff(http), http[SAY]
    try:
        preview: BulkPreview | None = await preview_bulk(ctx, wanted, by=by)
        problem = ""
    except Invalid as refusal:
        preview, problem, status = None, sentence(refusal, say), 422
    found = preview.lines if preview else ()
    lines = tuple(_line(each, say, words.verdict(each.view, say, now=ctx.now())) for each in found)
    page = BulkPage(
        section="inbox",
        limit=_limit(preview),
        lines=tuple(each for each in lines if not each.why_not),
        left_out=tuple(each for each in lines if each.why_not),
        totals=preview.totals if preview else (),
        requests=" ".join(view.request.id.hex for view in preview.decidable) if preview else "",
        problem=problem,
        form=form,
        open=opened,
    )
    return render(http, "desk/bulk.html", page, status=status)


def _limit(preview: BulkPreview | None) -> Money | None:
    if preview is None or preview.account.bulk_up_to_minor is None:
        return None
    return Money(preview.account.bulk_up_to_minor, preview.account.currency)


def _line(line: BulkLine, say: Translator, verdict: words.Verdict) -> Line:
    why_not = sentence(line.refusal, say) if line.refusal else ""
    return Line(line.view, words.title(line.view, say), _who(line.view), verdict, why_not)


def _result(line: BulkLine, me: str, say: Translator) -> Result:
    view, request = line.view, line.view.request
    is_done = request.decided_by == me and request.state is not RequestState.PENDING
    why_not = "" if is_done else say.text(N_("It was not decided just now. Please try again."))
    if line.refusal is not None and not is_done:
        why_not = sentence(line.refusal, say)
    tone, state = words.TONES[request.state], label(request.state, say)
    return Result(view, words.title(view, say), _who(view), tone, state, why_not, is_done)


def _who(view: RequestView) -> str:
    return view.customer.name or view.customer.email
