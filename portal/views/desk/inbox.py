"""What waits for a decision or an answer, and what was decided."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing import policy
from billing.emails import email_key
from billing.errors import Invalid, Refusal
from billing.ids import RequestId, parse_id
from billing.ports import RequestFilter
from billing.records import Account, Request
from billing.requests import MOST_COUNTED, Inbox, list_inbox, show_request
from billing.rights import MANAGING
from billing.slack.places import find_lost
from billing.states import TicketState
from billing.views import RequestView, TicketView
from locales.texts import label, reason_label, sentence_of
from locales.translator import N_, Translator
from portal.forms import Form
from portal.keys import CONTEXT, PLACE, SAY, VISITOR
from portal.live import stream_versions
from portal.render import render, url_for
from portal.session import staff
from portal.views.desk import words
from portal.views.desk.alerts import AlertsPart, alerts_above
from portal.views.desk.consent import YesWords, is_waiting, yes_words
from portal.views.desk.filters import (
    Filters,
    make_filters,
    name_of,
    place_words,
    query_of,
    read_filters,
    read_query,
    without,
)
from portal.views.desk.start import ChecklistPart, checklist_above


@dataclass(frozen=True, slots=True)
class Tab:
    """One way to look at the requests; `count` may end in a plus."""

    label: str
    count: str
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
    assignee: str
    waits_for: str  # on the customer, or empty
    overdue: str  # since when, or empty
    snoozed: str  # until when, or empty
    is_waiting: bool
    may_decide: bool
    may_bulk: bool
    why_not: str
    yes: YesWords


@dataclass(frozen=True, slots=True)
class Question:
    """A conversation about no request."""

    view: TicketView
    assignee: str
    overdue: str
    snoozed: str


@dataclass(frozen=True, slots=True)
class InboxPage:
    """`decided`: the request that was just decided from here. `older`: the address of the next page."""

    section: str
    checklist: ChecklistPart | None
    slack_lost: bool
    alerts: AlertsPart
    filters: Filters
    tabs: tuple[Tab, ...]
    rows: tuple[Row, ...]
    questions: tuple[Question, ...]
    is_waiting: bool
    may_bulk: bool
    older: str
    older_label: str
    decided: Row | None
    live: str
    version: str


async def _is_slack_lost(http: web.Request) -> bool:
    """For whoever can do something about it."""
    member = http[VISITOR].staff
    return (
        member is not None and member.role in MANAGING and await find_lost(http.app[CONTEXT], by=staff(http))
    )


async def show(http: web.Request) -> web.Response:
    """The waiting ones first, oldest on top, narrowed by what the address says."""
    given, form, status = dict(http.query), read_filters(http.query), 200
    while True:
        try:
            inbox = await _inbox(http, given)
            break
        except Invalid as refusal:
            form, status = form.refused(refusal, http[SAY]), 422
            given = without(given, refusal)
    page = await _page(http, inbox, form, given)
    return render(http, "desk/inbox.html", page, status=status)


async def events(http: web.Request) -> web.StreamResponse:
    """Says when the inbox looks different: something new, or decided elsewhere."""
    given = dict(http.query)

    async def look() -> str:
        return _version(await _inbox(http, given), await alerts_above(http))

    return await stream_versions(http, look)


async def _inbox(http: web.Request, given: Mapping[str, str]) -> Inbox:
    ctx, by = http.app[CONTEXT], staff(http)
    currency = http[PLACE].account.currency
    query = read_query(given, me=by.staff_id, currency=currency, now=ctx.now())
    return await list_inbox(ctx, query, by=by)


async def _page(http: web.Request, inbox: Inbox, form: Form, given: Mapping[str, str]) -> InboxPage:
    say, now = http[SAY], http.app[CONTEXT].now()
    waiting = inbox.query.which is RequestFilter.WAITING
    rows = tuple(_row(view, inbox, say, now=now) for view in inbox.requests)
    alerts = await alerts_above(http)
    return InboxPage(
        section="inbox",
        checklist=await checklist_above(http),
        slack_lost=await _is_slack_lost(http),
        alerts=alerts,
        filters=make_filters(form, inbox, say),
        tabs=tuple(_tab(http, inbox, each, given) for each in RequestFilter),
        rows=rows,
        questions=tuple(_question(view, inbox, say, now=now) for view in inbox.tickets),
        is_waiting=waiting,
        may_bulk=any(row.may_bulk for row in rows),
        older=_older(http, inbox, given),
        # What waits is listed oldest first, everything else newest first.
        older_label=say.text(N_("Newer ones") if waiting else N_("Older ones")),
        decided=await _decided(http, inbox),
        live=url_for(http, "inbox-events", **query_of(given, after=given.get("after", ""))),
        version=_version(inbox, alerts),
    )


async def _decided(http: web.Request, inbox: Inbox) -> Row | None:
    if "decided" not in http.query:
        return None
    ctx = http.app[CONTEXT]
    page = await show_request(ctx, parse_id(RequestId, http.query["decided"]), by=staff(http))
    return _row(page.view, inbox, http[SAY], now=ctx.now())


def _version(inbox: Inbox, alerts: AlertsPart) -> str:
    """Changes with all that is listed, and with the counts."""
    questions = [
        (view.ticket.id, view.ticket.moved_at, view.ticket.assignee_id, view.snooze) for view in inbox.tickets
    ]
    rows = [
        (view.request.id, view.request.moved_at, view.approvals, view.ticket, view.snooze)
        for view in inbox.requests
    ]
    told = (alerts.version, sorted(inbox.counts.items()), questions, rows)
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


def _tab(http: web.Request, inbox: Inbox, which: RequestFilter, given: Mapping[str, str]) -> Tab:
    query = query_of(given, which="" if which is RequestFilter.WAITING else which.value)
    counted = inbox.counts[which]
    count = http[SAY].number(counted) + ("+" if counted >= MOST_COUNTED else "")
    return Tab(label(which, http[SAY]), count, url_for(http, "home", **query), which is inbox.query.which)


def _older(http: web.Request, inbox: Inbox, given: Mapping[str, str]) -> str:
    if inbox.after is None:
        return ""
    return url_for(http, "home", **query_of(given, after=place_words(inbox.after)))


def _row(view: RequestView, inbox: Inbox, say: Translator, *, now: datetime) -> Row:
    request, who = view.request, inbox.staff
    right = policy.decide_right(inbox.account, who, request, [email_key(view.customer.email)])
    waits, ticket = is_waiting(view), view.ticket
    limit = {"limit": right.limit} if right.limit is not None else {}
    on_customer = ticket is not None and waits and ticket.state is TicketState.WAITING
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
        assignee=name_of(inbox.team, ticket.assignee_id if ticket else None),
        waits_for=label(TicketState.WAITING, say) if on_customer else "",
        overdue=words.overdue(view.due_at, say, now=now),
        snoozed=words.snoozed(view.snooze, say, now=now) if view.due_at else "",
        is_waiting=waits,
        may_decide=waits and right.may and view.hold is None,
        may_bulk=waits and right.may and view.hold is None and _may_bulk(inbox.account, view),
        why_not=_why_not(view, right, limit, say),
        yes=yes_words(view, who, say),
    )


def _why_not(
    view: RequestView, right: policy.DecideRight, limit: Mapping[str, object], say: Translator
) -> str:
    """A bank that decides first comes before who may decide."""
    if view.hold is not None:
        return sentence_of("on-hold", {"since": view.hold.since}, say)
    return "" if right.may or right.why_not is None else sentence_of(right.why_not, limit, say)


def _question(view: TicketView, inbox: Inbox, say: Translator, *, now: datetime) -> Question:
    return Question(
        view=view,
        assignee=name_of(inbox.team, view.ticket.assignee_id),
        overdue=words.overdue(view.due_at, say, now=now),
        snoozed=words.snoozed(view.snooze, say, now=now),
    )


def _may_bulk(account: Account, view: RequestView) -> bool:
    try:
        policy.must_be_in_bulk(account, view.request, view.payment)
    except Refusal:
        return False
    return True
