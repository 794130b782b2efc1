"""What `selfbill audit` reads, page by page; each page is a handful of statements, whatever its size."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from typing import TypeVar
from uuid import UUID

from sqlalchemy import BindParameter, bindparam, select

from billing.ids import OperationId, PaymentId, RequestId
from billing.ports.audit import AuditedPayment, AuditedRequest
from billing.records import Operation
from billing.states import OPEN_OPERATION
from billing.telling import request_subject
from storage.bound import ACCOUNT, Bound
from storage.ledger import LINE
from storage.request_views import APPROVAL, APPROVALS
from storage.shapes import OPERATION, PAYMENT, REFUND, REQUEST, TICKET
from storage.tables.helpdesks import tickets
from storage.tables.ledger import journal, outbox
from storage.tables.requests import OPEN_REFUND, operations, requests
from storage.tables.sales import payments, refunds
from storage.types import Id

_Key = TypeVar("_Key", bound=Hashable)
_Record = TypeVar("_Record")

_q, _p, _o, _f = requests.c, payments.c, operations.c, refunds.c
_t, _j, _b = tickets.c, journal.c, outbox.c
_FIRST = UUID(int=0)
_IDS = bindparam("ids", expanding=True, type_=Id())
_NAMES: BindParameter[str] = bindparam("names", expanding=True)
_AFTER = bindparam("the_last", type_=Id())

_REQUESTS = (
    select(*REQUEST.columns)
    .where(_q.account_id == ACCOUNT, _q.id > _AFTER)
    .order_by(_q.id)
    .limit(bindparam("at_most"))
)
_TICKETS = select(*TICKET.columns).where(_t.account_id == ACCOUNT, _t.request_id.in_(_IDS))
_OPERATIONS = (
    select(*OPERATION.columns).where(_o.account_id == ACCOUNT, _o.request_id.in_(_IDS)).order_by(_o.place)
)
_REFUNDS = select(*REFUND.columns).where(_f.account_id == ACCOUNT, _f.operation_id.in_(_IDS))
_LINES = (
    select(*LINE.columns).where(_j.account_id == ACCOUNT, _j.subject.in_(_NAMES)).order_by(_j.at, _j.place)
)
_MESSAGES = select(_b.dedupe).where(
    _b.account_id == ACCOUNT, _b.dedupe.in_(_NAMES), _b.delivered_at.is_(None)
)
_PAYMENTS = (
    select(*PAYMENT.columns)
    .where(_p.account_id == ACCOUNT, _p.id > _AFTER)
    .order_by(_p.id)
    .limit(bindparam("at_most"))
)
_REFUNDS_OF = select(*REFUND.columns).where(_f.account_id == ACCOUNT, _f.payment_id.in_(_IDS))
_OPEN_ON = select(*REQUEST.columns).where(_q.account_id == ACCOUNT, _q.payment_id.in_(_IDS), OPEN_REFUND)


class StoredAudit(Bound):
    """`billing.ports.Audit`."""

    async def list_requests(self, after: RequestId | None, *, limit: int) -> Sequence[AuditedRequest]:
        """The next ones, each with all that was written about it."""
        page = await self._list(REQUEST, _REQUESTS, the_last=after or _FIRST, at_most=limit)
        if not page:
            return ()
        ids = [each.id for each in page]
        about = {t.request_id: t for t in await self._list(TICKET, _TICKETS, ids=ids)}
        said = _by((a.request_id, a) for a in await self._list(APPROVAL, APPROVALS, the_requests=ids))
        done = _by((o.request_id, o) for o in await self._list(OPERATION, _OPERATIONS, ids=ids))
        sent = [operation for some in done.values() for operation in some]
        back = _by(
            (f.operation_id, f) for f in await self._list(REFUND, _REFUNDS, ids=[each.id for each in sent])
        )
        names = [request_subject(each) for each in page]
        lines = _by((line.subject, line) for line in await self._list(LINE, _LINES, names=names))
        undelivered = await self._undelivered(sent)
        return [
            AuditedRequest(
                request=each,
                ticket=about.get(each.id),
                approvals=tuple(said[each.id]),
                operations=tuple(done[each.id]),
                refunds=tuple(f for o in done[each.id] for f in back[o.id]),
                journal=tuple(lines[request_subject(each)]),
                undelivered=undelivered,
            )
            for each in page
        ]

    async def _undelivered(self, sent: Sequence[Operation]) -> frozenset[OperationId]:
        """Of the open ones: whose message waits, or was given up."""
        named = {f"operation:{each.id.hex}": each.id for each in sent if each.state in OPEN_OPERATION}
        return frozenset(named[row.dedupe] for row in await self._rows(_MESSAGES, names=list(named)))

    async def list_payments(self, after: PaymentId | None, *, limit: int) -> Sequence[AuditedPayment]:
        """The next ones, each with what its sums are made of."""
        page = await self._list(PAYMENT, _PAYMENTS, the_last=after or _FIRST, at_most=limit)
        if not page:
            return ()
        ids = [each.id for each in page]
        back = _by((f.payment_id, f) for f in await self._list(REFUND, _REFUNDS_OF, ids=ids))
        asked = _by((q.payment_id, q) for q in await self._list(REQUEST, _OPEN_ON, ids=ids))
        return [AuditedPayment(each, tuple(back[each.id]), tuple(asked[each.id])) for each in page]


def _by(pairs: Iterable[tuple[_Key, _Record]]) -> defaultdict[_Key, list[_Record]]:
    found: defaultdict[_Key, list[_Record]] = defaultdict(list)
    for key, record in pairs:
        found[key].append(record)
    return found
