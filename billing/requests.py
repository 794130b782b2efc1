"""Looking at requests: the request's own page for customer and staff, and the merchant's inbox."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing import policy
from billing.actors import CustomerActor, StaffActor
from billing.context import Context
from billing.errors import NotFound
from billing.ids import EntryId, RequestId, TicketId
from billing.merchant import Attachment
from billing.policy import Consent, DecideRight
from billing.ports import InboxQuery, RequestFilter, UnitOfWork
from billing.ports.helpdesks import TicketFilter
from billing.ports.requests import STATES_OF
from billing.records import Account, Approval, Entry, Helpdesk, JournalLine, Request, Staff
from billing.states import EntryKind, RequestState, TicketState
from billing.telling import request_subject
from billing.views import PurchaseView, RequestView, TicketView

PAGE = 50
MOST_COUNTED = 1000
MOST_EARLIER = 10


@dataclass(frozen=True, slots=True)
class RequestPage:
    """A request with its timeline, oldest first. `version` changes whenever anything shown does."""

    view: RequestView
    entries: tuple[Entry, ...]
    right: DecideRight | None  # staff only
    may_withdraw: bool
    version: str


@dataclass(frozen=True, slots=True)
class CasePage:
    """What a decision rests on beside the request: its purchase, what they asked before, who could have it.

    `approvals` are all that were said, oldest first; `earlier` is newest first.
    """

    shown: RequestPage
    staff: Staff
    consent: Consent
    approvals: tuple[Approval, ...]
    purchase: PurchaseView
    earlier: tuple[Request, ...]
    deciders: tuple[Staff, ...]
    files: tuple[Attachment, ...]  # of its ticket


@dataclass(frozen=True, slots=True)
class Inbox:
    """What waits, and what was. `counts` stop at `MOST_COUNTED`; `after` pages on, None at the end."""

    account: Account
    staff: Staff
    team: tuple[Staff, ...]
    helpdesks: tuple[Helpdesk, ...]
    requests: tuple[RequestView, ...]
    tickets: tuple[TicketView, ...]
    counts: Mapping[RequestFilter, int]
    query: InboxQuery
    after: tuple[datetime, RequestId] | None


async def show_request(ctx: Context, request_id: RequestId, *, by: CustomerActor | StaffActor) -> RequestPage:
    """Everything about one request; a customer sees only theirs, and never an internal note."""
    async with ctx.read(by.account_id) as work:
        return await _shown(work, request_id, by=by)


async def _shown(work: UnitOfWork, request_id: RequestId, *, by: CustomerActor | StaffActor) -> RequestPage:
    view = await work.requests.get_view(request_id)
    right = None
    if isinstance(by, CustomerActor):
        if view.request.customer_id != by.customer_id:
            raise NotFound
    else:
        right = await _right(work, view.request, by=by)
    entries = await _timeline(work, view, internal=isinstance(by, StaffActor))
    return RequestPage(
        view=view,
        entries=entries,
        right=right,
        may_withdraw=view.request.state is RequestState.PENDING,
        version=_version(view, entries),
    )


async def _right(work: UnitOfWork, request: Request, *, by: StaffActor) -> DecideRight:
    staff = await work.staff.get(by.staff_id)
    emails = await work.customers.list_email_keys(request.customer_id)
    return policy.decide_right(await work.accounts.get(), staff, request, emails)


async def show_case(ctx: Context, request_id: RequestId, *, by: StaffActor) -> CasePage:
    """The request's page for those who decide."""
    async with ctx.read(by.account_id) as work:
        shown = await _shown(work, request_id, by=by)
        request = shown.view.request
        approvals = await work.requests.list_approvals(request_id)
        return CasePage(
            shown=shown,
            staff=await work.staff.get(by.staff_id),
            consent=policy.consent_of(shown.view.account, request, shown.view.payment, approvals),
            approvals=tuple(approvals),
            purchase=await work.purchases.get_view(request.purchase_id),
            earlier=tuple(await work.requests.list_earlier(request, limit=MOST_EARLIER)),
            deciders=tuple(each for each in await work.staff.list() if policy.can_decide(each)),
            files=tuple(await work.files.list_of_ticket(request.ticket_id)) if request.ticket_id else (),
        )


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
        view.ticket and (view.ticket.state, view.ticket.moved_at, view.ticket.assignee_id),
        len(entries),
        view.hold is not None,
    )
    return hashlib.sha256(repr(told).encode()).hexdigest()[:16]


async def list_inbox(ctx: Context, query: InboxQuery, *, by: StaffActor) -> Inbox:
    """A page of requests, and the open questions, of the same helpdesk and assignee if one is asked for."""
    async with ctx.read(by.account_id) as work:
        views = await work.requests.list_views(query, limit=PAGE)
        last = views[-1].request if len(views) == PAGE else None
        only = TicketFilter(query.helpdesk_id, query.assignee_id, query.unassigned)
        tickets = await work.tickets.list_views(
            [TicketState.OPEN], questions_only=True, limit=PAGE, only=only
        )
        return Inbox(
            account=await work.accounts.get(),
            staff=await work.staff.get(by.staff_id),
            team=tuple(await work.staff.list()),
            helpdesks=tuple(await work.helpdesks.list()),
            requests=tuple(views),
            tickets=tuple(tickets),
            counts=_tabs(await work.requests.count_states(query, most=MOST_COUNTED)),
            query=query,
            after=(last.asked_at, last.id) if last else None,
        )


def _tabs(counted: Mapping[RequestState, int]) -> dict[RequestFilter, int]:
    return {
        which: min(sum(counted[state] for state in states), MOST_COUNTED)
        for which, states in STATES_OF.items()
    }
