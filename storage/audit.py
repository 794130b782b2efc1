"""What `selfbill audit` reads, page by page; each page is a handful of statements, whatever its size."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlalchemy import BindParameter, and_, bindparam, exists, select

from billing.ids import CardChangeId, PaymentId, RequestId
from billing.outcomes import operation_subject
from billing.ports.audit import AuditedChange, AuditedPayment, AuditedRequest, AuditedRest
from billing.processing.card_telling import change_subject
from billing.processing.crossing import dispute_subject
from billing.processing.messages import ConnectionCheckDue
from billing.records import JournalLine
from billing.states import OPEN_OPERATION, ConnectionState
from billing.telling import request_subject
from storage.alerts import ALERT
from storage.bound import ACCOUNT, Bound
from storage.card_changes import CHANGE, STEP
from storage.connections import CONNECTION
from storage.disputes import DISPUTE, HOLD
from storage.ledger import LINE
from storage.request_views import APPROVAL, APPROVALS
from storage.shapes import OPERATION, PAYMENT, REFUND, REQUEST, TICKET
from storage.tables.helpdesks import tickets
from storage.tables.ledger import journal, outbox
from storage.tables.processing import (
    alerts,
    card_changes,
    card_steps,
    disputes,
    processor_connections,
    request_holds,
)
from storage.tables.requests import OPEN_REFUND, operations, requests
from storage.tables.sales import payments, purchases, refunds, subscriptions
from storage.types import Id

_Key = TypeVar("_Key", bound=Hashable)
_Record = TypeVar("_Record")

_q, _p, _o, _f = requests.c, payments.c, operations.c, refunds.c
_t, _j, _b = tickets.c, journal.c, outbox.c
_a, _c, _s, _d, _h = alerts.c, card_changes.c, card_steps.c, disputes.c, request_holds.c
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
_LINES = (
    select(*LINE.columns).where(_j.account_id == ACCOUNT, _j.subject.in_(_NAMES)).order_by(_j.at, _j.place)
)
_MESSAGES = select(_b.dedupe, _b.due_at).where(
    _b.account_id == ACCOUNT, _b.dedupe.in_(_NAMES), _b.delivered_at.is_(None)
)
_PAYMENTS = (
    select(*PAYMENT.columns)
    .where(_p.account_id == ACCOUNT, _p.id > _AFTER)
    .order_by(_p.id)
    .limit(bindparam("at_most"))
)
_REFUNDS_OF = select(*REFUND.columns).where(_f.account_id == ACCOUNT, _f.payment_id.in_(_IDS))
_ALERTS = select(*ALERT.columns).where(_a.account_id == ACCOUNT, _a.subject.in_(_NAMES))
_DISPUTES = select(*DISPUTE.columns).where(_d.account_id == ACCOUNT, _d.payment_id.in_(_IDS))
_HOLDS = select(*HOLD.columns).where(_h.account_id == ACCOUNT, _h.request_id.in_(_IDS))
_CHANGES = (
    select(*CHANGE.columns)
    .where(_c.account_id == ACCOUNT, _c.id > _AFTER)
    .order_by(_c.id)
    .limit(bindparam("at_most"))
)
_STEPS = select(*STEP.columns).where(_s.account_id == ACCOUNT, _s.change_id.in_(_IDS)).order_by(_s.place)
_CHECKING = select(*CONNECTION.columns).where(
    processor_connections.c.account_id == ACCOUNT,
    processor_connections.c.state == ConnectionState.CHECKING,
)
_CHECKS = select(_b.payload).where(
    _b.account_id == ACCOUNT, _b.kind == ConnectionCheckDue.kind, _b.delivered_at.is_(None)
)
# What no key of the tables watches.
_REFUNDS_OF_NOTHING = select(_f.id).where(
    _f.account_id == ACCOUNT,
    _f.operation_id.is_not(None),
    ~exists().where(and_(_o.account_id == ACCOUNT, _o.id == _f.operation_id)),
)
_PURCHASES_OF_NOTHING = select(purchases.c.id).where(
    purchases.c.account_id == ACCOUNT,
    purchases.c.subscription_id.is_not(None),
    ~exists().where(
        and_(subscriptions.c.account_id == ACCOUNT, subscriptions.c.id == purchases.c.subscription_id)
    ),
)
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
        holds = {hold.request_id: hold for hold in await self._list(HOLD, _HOLDS, ids=ids)}
        paid = [each.payment_id for each in page if each.payment_id is not None]
        back = _by((f.payment_id, f) for f in await self._list(REFUND, _REFUNDS_OF, ids=paid))
        taken = _by((d.payment_id, d) for d in await self._list(DISPUTE, _DISPUTES, ids=paid))
        lines = await self._lines([request_subject(each) for each in page])
        sent = [operation for some in done.values() for operation in some]
        named = {operation_subject(each): each.id for each in sent if each.state in OPEN_OPERATION}
        undelivered = await self._undelivered(named)
        told = _by((alert.subject, alert) for alert in await self._list(ALERT, _ALERTS, names=list(named)))
        return [
            AuditedRequest(
                request=each,
                ticket=about.get(each.id),
                approvals=tuple(said[each.id]),
                operations=tuple(done[each.id]),
                refunds=tuple(back[each.payment_id]) if each.payment_id else (),
                journal=tuple(lines[request_subject(each)]),
                undelivered=undelivered,
                alerts=tuple(a for o in done[each.id] for a in told[operation_subject(o)]),
                hold=holds.get(each.id),
                disputes=tuple(taken[each.payment_id]) if each.payment_id else (),
            )
            for each in page
        ]

    async def _lines(self, names: Sequence[str]) -> Mapping[str, list[JournalLine]]:
        return _by((line.subject, line) for line in await self._list(LINE, _LINES, names=names))

    async def _undelivered(self, named: Mapping[str, UUID]) -> Mapping[UUID, datetime]:
        """Of these, by how their messages are called: whose waits or was given up, and when it is due."""
        rows = await self._rows(_MESSAGES, names=list(named))
        return {named[row.dedupe]: row.due_at for row in rows}

    async def list_payments(self, after: PaymentId | None, *, limit: int) -> Sequence[AuditedPayment]:
        """The next ones, each with what its sums are made of."""
        page = await self._list(PAYMENT, _PAYMENTS, the_last=after or _FIRST, at_most=limit)
        if not page:
            return ()
        ids = [each.id for each in page]
        back = _by((f.payment_id, f) for f in await self._list(REFUND, _REFUNDS_OF, ids=ids))
        asked = _by((q.payment_id, q) for q in await self._list(REQUEST, _OPEN_ON, ids=ids))
        taken = _by((d.payment_id, d) for d in await self._list(DISPUTE, _DISPUTES, ids=ids))
        names = [dispute_subject(each) for some in taken.values() for each in some]
        told = _by((alert.subject, alert) for alert in await self._list(ALERT, _ALERTS, names=names))
        open_ids = [each.id for some in asked.values() for each in some]
        held = frozenset(hold.request_id for hold in await self._list(HOLD, _HOLDS, ids=open_ids))
        return [
            AuditedPayment(
                payment=each,
                refunds=tuple(back[each.id]),
                open_requests=tuple(asked[each.id]),
                held=held,
                disputes=tuple(taken[each.id]),
                alerts=tuple(a for d in taken[each.id] for a in told[dispute_subject(d)]),
            )
            for each in page
        ]

    async def list_changes(self, after: CardChangeId | None, *, limit: int) -> Sequence[AuditedChange]:
        """The next ones, each with its steps and what is due for them."""
        page = await self._list(CHANGE, _CHANGES, the_last=after or _FIRST, at_most=limit)
        if not page:
            return ()
        steps = _by((s.change_id, s) for s in await self._list(STEP, _STEPS, ids=[each.id for each in page]))
        names = [change_subject(each.id) for each in page]
        lines = await self._lines(names)
        told = _by((alert.subject, alert) for alert in await self._list(ALERT, _ALERTS, names=names))
        named: dict[str, UUID] = {}
        for each in page:
            named |= {f"card-page:{each.id.hex}": each.id, f"card-look:{each.id.hex}": each.id}
            named |= {f"card-step:{step.id.hex}": step.id for step in steps[each.id]}
        undelivered = await self._undelivered(named)
        return [
            AuditedChange(
                change=each,
                steps=tuple(steps[each.id]),
                journal=tuple(lines[change_subject(each.id)]),
                undelivered=undelivered,
                alerts=tuple(told[change_subject(each.id)]),
            )
            for each in page
        ]

    async def read_rest(self) -> AuditedRest:
        """Connections that are being checked, and rows that point to nothing of their account."""
        return AuditedRest(
            connections=tuple(await self._list(CONNECTION, _CHECKING)),
            checks=frozenset(UUID(hex=row.payload["connection_id"]) for row in await self._rows(_CHECKS)),
            refunds_of_nothing=tuple(row.id for row in await self._rows(_REFUNDS_OF_NOTHING)),
            purchases_of_nothing=tuple(row.id for row in await self._rows(_PURCHASES_OF_NOTHING)),
        )


def _by(pairs: Iterable[tuple[_Key, _Record]]) -> defaultdict[_Key, list[_Record]]:
    found: defaultdict[_Key, list[_Record]] = defaultdict(list)
    for key, record in pairs:
        found[key].append(record)
    return found
