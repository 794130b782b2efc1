"""Requests and the approvals on them; who asks or decides second is told who was first."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal, select, update

from billing import records as r
from billing.actors import Actor
from billing.errors import AlreadyDecided, AlreadyPending, NotFound, Unavailable
from billing.ids import PaymentId, RequestId, StaffId, SubscriptionId, TicketId
from billing.money import Money
from billing.states import REQUEST_MOVES, RequestKind, RequestState
from storage.bound import ACCOUNT, next_place
from storage.moves import move_row
from storage.request_views import APPROVAL, APPROVALS, RequestViews
from storage.rows import approval_values, request_values
from storage.shapes import REQUEST
from storage.tables.helpdesks import tickets
from storage.tables.requests import OPEN_CANCEL, OPEN_REFUND, approvals, requests
from storage.types import UtcDateTime

_DECISIONS = frozenset({RequestState.APPROVED, RequestState.DENIED})
_REFUSED = frozenset({RequestState.DENIED, RequestState.WITHDRAWN})
_ANSWERS = _DECISIONS | {RequestState.WITHDRAWN}

_q = requests.c
_ONE = select(*REQUEST.columns).where(_q.account_id == ACCOUNT, _q.id == bindparam("request_id"))
# No key changes: whoever only points to the request, as an entry or an approval does, need not wait.
_HELD = _ONE.with_for_update(key_share=True)
_BY_REFERENCE = select(*REQUEST.columns).where(
    _q.account_id == ACCOUNT, _q.reference == bindparam("the_reference")
)
_OPEN_REFUND_OF = select(*REQUEST.columns).where(
    _q.account_id == ACCOUNT, _q.payment_id == bindparam("payment"), OPEN_REFUND
)
_OPEN_CANCEL_OF = select(*REQUEST.columns).where(
    _q.account_id == ACCOUNT, _q.subscription_id == bindparam("subscription"), OPEN_CANCEL
)
_WHO = select(_q.state, _q.moved_at, _q.moved_by_name, _q.decided_at, _q.decided_by_name).where(
    _q.account_id == ACCOUNT, _q.id == bindparam("request_id")
)
_EARLIER = (
    select(*REQUEST.columns)
    .where(
        _q.account_id == ACCOUNT,
        _q.customer_id == bindparam("customer"),
        _q.asked_at <= bindparam("until"),
        _q.id != bindparam("itself"),
    )
    .order_by(_q.asked_at.desc(), _q.id)
    .limit(bindparam("at_most"))
)


class StoredRequests(RequestViews):
    """`billing.ports.Requests`."""

    async def add(self, request: r.Request) -> None:
        """Raises `AlreadyPending`; the database judges, so that two at once cannot both pass."""
        values = request_values(request)
        for _ in range(3):
            if await self._insert_once(requests, values):
                return
            if (open_one := await self._find_open(request)) is not None:
                raise AlreadyPending(reference=open_one.reference, since=open_one.asked_at)
            # what stood in the way was closed just now
        raise Unavailable

    async def _find_open(self, request: r.Request) -> r.Request | None:
        if request.kind is RequestKind.REFUND:
            assert request.payment_id is not None
            return await self.find_open_refund(request.payment_id)
        assert request.subscription_id is not None
        return await self.find_open_cancel(request.subscription_id)

    async def get(self, request_id: RequestId) -> r.Request:
        """Raises `NotFound`."""
        return await self._get(REQUEST, _ONE, request_id=request_id)

    async def hold(self, request_id: RequestId) -> r.Request:
        """A row lock on PostgreSQL; SQLite has one writer anyhow. Raises `NotFound`."""
        return await self._get(REQUEST, _HELD, request_id=request_id)

    async def find_open_refund(self, payment_id: PaymentId) -> r.Request | None:
        """By the index that allows one."""
        return await self._find(REQUEST, _OPEN_REFUND_OF, payment=payment_id)

    async def find_open_cancel(self, subscription_id: SubscriptionId) -> r.Request | None:
        """By the index that allows one."""
        return await self._find(REQUEST, _OPEN_CANCEL_OF, subscription=subscription_id)

    async def find_by_reference(self, reference: str) -> r.Request | None:
        """The request that people call so."""
        return await self._find(REQUEST, _BY_REFERENCE, the_reference=reference)

    async def move(
        self,
        request_id: RequestId,
        expected: RequestState,
        to: RequestState,
        *,
        at: datetime,
        by: Actor,
        by_name: str = "",
        answer: str | None = None,
        failure: str | None = None,
        approved: Money | None = None,
    ) -> r.Request:
        """Raises `AlreadyDecided` (who, when, state) where somebody was first, and `NotFound`."""
        values: dict[str, object] = {"moved_at": at, "moved_by": by.key, "moved_by_name": by_name}
        if to in _DECISIONS:
            values |= {"decided_at": at, "decided_by": by.key, "decided_by_name": by_name}
        if to in _ANSWERS:
            values["answered_at"] = func.coalesce(
                _q.answered_at, literal(at, UtcDateTime())
            )  # a retry is no second answer
        if approved is not None or to in _REFUSED:
            values["approved_minor"] = approved.minor if approved else None
        if answer is not None:
            values["answer"] = answer
        if failure is not None or to is RequestState.DONE:
            values["failure"] = failure
        statement = move_row(requests, self.account_id, request_id, expected, to, along=REQUEST_MOVES)
        row = await self._change(statement.values(**values).returning(*REQUEST.columns))
        if row is None:
            raise await self._already_decided(request_id)
        return REQUEST.read(row)

    async def propose(self, request_id: RequestId, amount: Money) -> r.Request:
        """Raises `AlreadyDecided` (who, when, state) where it no longer waits, and `NotFound`."""
        pending = _q.state == RequestState.PENDING
        row = await self._change(
            update(requests)
            .where(_q.account_id == self.account_id, _q.id == request_id, pending)
            .values(approved_minor=amount.minor)
            .returning(*REQUEST.columns)
        )
        if row is None:
            raise await self._already_decided(request_id)
        return REQUEST.read(row)

    async def _already_decided(self, request_id: RequestId) -> AlreadyDecided:
        rows = await self._rows(_WHO, request_id=request_id)
        if not rows:
            raise NotFound
        row = rows[0]
        if row.decided_at is None:
            return AlreadyDecided(who=row.moved_by_name, when=row.moved_at, state=row.state)
        return AlreadyDecided(who=row.decided_by_name, when=row.decided_at, state=row.state)

    async def set_ticket(self, request_id: RequestId, ticket_id: TicketId) -> None:
        """The ticket in which people decide it, and where that is; raises `NotFound`."""
        its = (tickets.c.account_id == self.account_id) & (tickets.c.id == ticket_id)
        helpdesk = select(tickets.c.helpdesk_id).where(its).scalar_subquery()
        await self._set(request_id, ticket_id=ticket_id, handled_in=helpdesk)

    async def assign(self, request_id: RequestId, staff_id: StaffId | None) -> None:
        """Whose it is, as its ticket says; raises `NotFound`."""
        await self._set(request_id, assignee_id=staff_id)

    async def _set(self, request_id: RequestId, **values: Any) -> None:
        changed = await self._change(
            update(requests)
            .where(_q.account_id == self.account_id, _q.id == request_id)
            .values(**values)
            .returning(_q.id)
        )
        if changed is None:
            raise NotFound

    async def add_approval(self, approval: r.Approval) -> None:
        """One yes or no more."""
        await self._insert(approvals, {**approval_values(approval), "place": next_place()})

    async def list_approvals(self, request_id: RequestId) -> list[r.Approval]:
        """Oldest first."""
        return await self._list(APPROVAL, APPROVALS, the_requests=[request_id])

    async def list_earlier(self, request: r.Request, *, limit: int) -> list[r.Request]:
        """Newest first, of all kinds."""
        return await self._list(
            REQUEST,
            _EARLIER,
            customer=request.customer_id,
            until=request.asked_at,
            itself=request.id,
            at_most=limit,
        )
