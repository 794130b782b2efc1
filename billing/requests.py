"""Looking at requests: the request's own page for customer and staff, and the merchant's inbox."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from billing import policy
from billing.actors import CustomerActor, StaffActor
from billing.context import Context
from billing.errors import NotFound
from billing.ids import EntryId, RequestId, TicketId
from billing.policy import DecideRight
from billing.ports import RequestFilter, UnitOfWork
from billing.records import Account, Entry, JournalLine, Staff
from billing.states import EntryKind, RequestState, TicketState
from billing.telling import request_subject
from billing.views import RequestView, TicketView

PAGE = 50
_A_YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A request with its timeline, oldest first. `version` changes whenever anything shown does."""

    view: RequestView
    entries: tuple[Entry, ...]
    right: DecideRight | None  # staff only
    may_withdraw: bool
    version: str


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits, and what was; `older` pages on, None at the end."""

    account: Account
    staff: Staff
    requests: tuple[RequestView, ...]
    tickets: tuple[TicketView, ...]
    counts: Mapping[RequestFilter, int]
    which: RequestFilter
    older: datetime | None


async def show_request(ctx: Context, request_id: RequestId, *, by: CustomerActor | StaffActor) -> RequestPage:
    """Everything about one request; a customer sees only theirs, and never an internal note."""
    async with ctx.read(by.account_id) as work:
        view = await work.requests.get_view(request_id)
        right = None
        if isinstance(by, CustomerActor):
            if view.request.customer_id != by.customer_id:
                raise NotFound
        else:
            view, right = await _for_staff(work, view, by=by)
        entries = await _timeline(work, view, internal=isinstance(by, StaffActor))
        return RequestPage(
            view=view,
            entries=entries,
            right=right,
            may_withdraw=view.request.state is RequestState.PENDING,
            version=_version(view, entries),
        )


async def _for_staff(
    work: UnitOfWork, view: RequestView, *, by: StaffActor
) -> tuple[RequestView, DecideRight]:
    request = view.request
    staff = await work.staff.get(by.staff_id)
    emails = await work.customers.list_email_keys(request.customer_id)
    since = request.asked_at - _A_YEAR
    earlier = await work.requests.count_earlier(request.customer_id, request.kind, since)
    # The count includes this request itself.
    return replace(view, earlier=max(earlier - 1, 0)), policy.decide_right(staff, request, emails)


async def _timeline(work: UnitOfWork, view: RequestView, *, internal: bool) -> tuple[Entry, ...]:
    """The ticket's timeline; a request without a ticket has its journal instead."""
    if view.ticket is not None:
        return (await work.tickets.get_view(view.ticket.id, internal=internal)).entries
    lines = await work.journal.list_of(request_subject(view.request))
    return tuple(_as_entry(line, view.request.id) for line in lines)


def _as_entry(line: JournalLine, request_id: RequestId) -> Entry:
    return Entry(
        id=EntryId(request_id),
        account_id=line.account_id,
        ticket_id=TicketId(request_id),
        kind=EntryKind.EVENT,
        by=line.by,
        by_name=str(line.facts.get("by_name") or ""),
        text="",
        verb=line.verb,
        facts=line.facts,
        at=line.at,
    )


def _version(view: RequestView, entries: Sequence[Entry]) -> str:
    operation = view.operation
    told = (
        view.request.state,
        view.request.moved_at,
        operation and (operation.state, operation.moved_at),
        view.ticket and (view.ticket.state, view.ticket.moved_at),
        len(entries),
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


async def list_inbox(
    ctx: Context, *, by: StaffActor, which: RequestFilter, before: datetime | None = None
) -> Inbox:
    """A page of requests, and the open questions; raises `NotFound` for staff of another account."""
    async with ctx.read(by.account_id) as work:
        views = await work.requests.list_views(which, before=before, limit=PAGE)
        return Inbox(
            account=await work.accounts.get(),
            staff=await work.staff.get(by.staff_id),
            requests=tuple(views),
            tickets=tuple(await work.tickets.list_views([TicketState.OPEN], questions_only=True, limit=PAGE)),
            counts={each: await work.requests.count(each) for each in RequestFilter},
            which=which,
            older=views[-1].request.asked_at if len(views) == PAGE else None,
        )
