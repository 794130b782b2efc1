"""Requests and the approvals on them; who asks or decides second is told who was first."""

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, literal, select, update

from billing import records as r
from billing.actors import Actor
from billing.errors import AlreadyDecided, AlreadyPending, NotFound, Unavailable
from billing.ids import CustomerId, RequestId, TicketId
from billing.states import REQUEST_MOVES, RequestKind, RequestState
from storage.bound import ACCOUNT, Shape, next_place
from storage.moves import move_row
from storage.request_views import RequestViews
from storage.rows import approval_values, request_values
from storage.shapes import REQUEST, money_of
from storage.tables.requests import OPEN_CANCEL, OPEN_REFUND, approvals, requests

_DECISIONS = frozenset({RequestState.APPROVED, RequestState.DENIED})
from storage.types import UtcDateTime

_q, _a = requests.c, approvals.c
_REFUSED = frozenset({RequestState.DENIED, RequestState.WITHDRAWN})
_ANSWERS = _DECISIONS | {RequestState.WITHDRAWN}


def _approval(*values: Any) -> r.Approval:
    *before, minor, code = values
    return r.Approval(*(*before, money_of(minor, code)))


_APPROVAL = Shape(
    (_a.id, _a.account_id, _a.request_id, _a.by, _a.says, _a.at, _a.amount_minor, _q.currency), _approval
)
_ONE = select(*REQUEST.columns).where(_q.account_id == ACCOUNT, _q.id == bindparam("request_id"))
_BY_REFERENCE = select(*REQUEST.columns).where(
    _q.account_id == ACCOUNT, _q.reference == bindparam("the_reference")
)
_WHO = select(_q.state, _q.moved_at, _q.moved_by_name, _q.decided_at, _q.decided_by_name).where(
    _q.account_id == ACCOUNT, _q.id == bindparam("request_id")
)
_EARLIER_COUNT = (
    select(func.count())
    .select_from(requests)
    .where(
        _q.account_id == ACCOUNT,
        _q.customer_id == bindparam("customer"),
        _q.kind == bindparam("the_kind"),
        _q.asked_at >= bindparam("since"),
    )
)
_APPROVALS = (
    select(*_APPROVAL.columns)
    .join(requests, (_q.account_id == _a.account_id) & (_q.id == _a.request_id))
    .where(_a.account_id == ACCOUNT, _a.request_id == bindparam("request"))
    .order_by(_a.at, _a.place)
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
        same, still_open = _q.subscription_id == request.subscription_id, OPEN_CANCEL
        if request.kind is RequestKind.REFUND:
            same, still_open = _q.payment_id == request.payment_id, OPEN_REFUND
        statement = select(*REQUEST.columns).where(_q.account_id == self.account_id, same, still_open)
        row = await self._change(statement)
        return None if row is None else REQUEST.read(row)

    async def get(self, request_id: RequestId) -> r.Request:
        """Raises `NotFound`."""
        return await self._get(REQUEST, _ONE, request_id=request_id)

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
    ) -> r.Request:
        """Raises `AlreadyDecided` (who, when, state) where somebody was first, and `NotFound`."""
        values: dict[str, object] = {"moved_at": at, "moved_by": by.key, "moved_by_name": by_name}
        if to in _DECISIONS:
            values |= {"decided_at": at, "decided_by": by.key, "decided_by_name": by_name}
        if answer is not None:
            values["answer"] = answer
        if failure is not None or to is RequestState.DONE:
            values["failure"] = failure
        if to in _ANSWERS:
            values["answered_at"] = func.coalesce(
                _q.answered_at, literal(at, UtcDateTime())
            )  # a retry is no second answer
        if approved is not None or to in _REFUSED:
            values["approved_minor"] = approved.minor if approved else None
        statement = move_row(requests, self.account_id, request_id, expected, to, along=REQUEST_MOVES)
        row = await self._change(statement.values(**values).returning(*REQUEST.columns))
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
        """Where it is talked about; raises `NotFound`."""
        changed = await self._change(
            update(requests)
            .where(_q.account_id == self.account_id, _q.id == request_id)
            .values(ticket_id=ticket_id)
            .returning(_q.id)
        )
        if changed is None:
            raise NotFound

    async def add_approval(self, approval: r.Approval) -> None:
        """One yes or no more."""
        await self._insert(approvals, {**approval_values(approval), "place": next_place()})

    async def list_approvals(self, request_id: RequestId) -> list[r.Approval]:
        """Oldest first."""
        return await self._list(_APPROVAL, _APPROVALS, request=request_id)

    async def count_earlier(self, customer_id: CustomerId, kind: RequestKind, since: datetime) -> int:
        """How many of this kind the customer has made since then."""
        rows = await self._rows(_EARLIER_COUNT, customer=customer_id, the_kind=kind, since=since)
        return int(rows[0][0])
