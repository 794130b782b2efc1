"""What waits for a decision or an answer, and what was decided."""

import hashlib
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing import policy
from billing.emails import email_key
from billing.errors import NotFound
from billing.ids import RequestId, parse_id
from billing.ports import RequestFilter
from billing.records import Request, Staff
from billing.requests import Inbox, list_inbox, show_request
from billing.states import RequestState
from billing.views import RequestView, TicketView
from locales.texts import label, reason_label, sentence_of
from locales.translator import N_, Translator
from portal.keys import CONTEXT, SAY
from portal.live import stream_versions
from portal.render import render, url_for
from portal.session import staff
from portal.views.desk import words


@dataclass(frozen=True, slots=True)
class Tab:
    """One way to look at the requests."""

    label: str
    count: int
    address: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Row:
    """One request in the list. `why_not` is why this person may not decide it, empty if they may."""

    request: Request
    title: str
    product: str
    customer: str
    email: str
    tone: str
    state: str
    reason: str
    verdict: words.Verdict
    is_waiting: bool
    may_decide: bool
    why_not: str
    approve: str
    confirmation: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    """`decided`: the request that was just decided from here. `older`: the address of the next page."""

    section: str
    tabs: tuple[Tab, ...]
    rows: tuple[Row, ...]
    questions: tuple[TicketView, ...]
    is_waiting: bool
    older: str
    older_label: str
    decided: Row | None
    version: str


async def show(http: web.Request) -> web.Response:
    """The waiting ones first, oldest on top; `?which=`, `?before=` and `?decided=` are all it reads."""
    ctx, by, say = http.app[CONTEXT], staff(http), http[SAY]
    which = _filter(http.query.get("which", RequestFilter.WAITING))
    inbox = await list_inbox(ctx, by=by, which=which, before=_moment(http.query.get("before")))
    decided = None
    if "decided" in http.query:
        page = await show_request(ctx, parse_id(RequestId, http.query["decided"]), by=by)
        decided = _row(page.view, inbox.staff, say, now=ctx.now())
    return render(
        http,
        "desk/inbox.html",
        InboxPage(
            section="inbox",
            tabs=tuple(_tab(http, inbox, each) for each in RequestFilter),
            rows=tuple(_row(view, inbox.staff, say, now=ctx.now()) for view in inbox.requests),
            questions=inbox.tickets,
            is_waiting=which is RequestFilter.WAITING,
            older=_older(http, inbox),
            # What waits is listed oldest first, everything else newest first.
            older_label=say.text(N_("Newer ones") if which is RequestFilter.WAITING else N_("Older ones")),
            decided=decided,
            version=_version(inbox),
        ),
    )


async def events(http: web.Request) -> web.StreamResponse:
    """Says when the inbox looks different: something new, or decided elsewhere."""
    ctx, by = http.app[CONTEXT], staff(http)

    async def look() -> str:
        return _version(await list_inbox(ctx, by=by, which=RequestFilter.WAITING))

    return await stream_versions(http, look)


def _version(inbox: Inbox) -> str:
    """The same on every tab: counts, and the open questions."""
    questions = [(view.ticket.id, view.ticket.moved_at) for view in inbox.tickets]
    told = (sorted(inbox.counts.items()), questions)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _tab(http: web.Request, inbox: Inbox, which: RequestFilter) -> Tab:
    query = {} if which is RequestFilter.WAITING else {"which": which.value}
    return Tab(
        label(which, http[SAY]), inbox.counts[which], url_for(http, "home", **query), which is inbox.which
    )


def _older(http: web.Request, inbox: Inbox) -> str:
    if inbox.older is None:
        return ""
    return url_for(http, "home", which=inbox.which.value, before=inbox.older.isoformat())


def _row(view: RequestView, who: Staff, say: Translator, *, now: datetime) -> Row:
    request = view.request
    right = policy.decide_right(who, request, [email_key(view.customer.email)])
    is_waiting = request.state is RequestState.PENDING
    limit = {"limit": right.limit} if right.limit is not None else {}
    return Row(
        request=request,
        title=words.title(view, say),
        product=view.product.name,
        customer=view.customer.name,
        email=view.customer.email,
        tone=words.TONES[request.state],
        state=label(request.state, say),
        reason=reason_label(request.kind, request.reason, say),
        verdict=words.verdict(view, say, now=now),
        is_waiting=is_waiting,
        may_decide=is_waiting and right.may,
        why_not="" if right.may or right.why_not is None else sentence_of(right.why_not, limit, say),
        approve=words.approve_words(request, say),
        confirmation=words.what_approval_does(view, say),
    )


def _filter(text: str) -> RequestFilter:
    try:
        return RequestFilter(text)
    except ValueError:
        raise NotFound from None


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text) if text else None
    except ValueError:
        raise NotFound from None
    if moment is not None and moment.tzinfo is None:
        raise NotFound
    return moment
