"""What people must look at, and what came of comparing with the payment processor."""

from datetime import datetime

from sqlalchemy import BindParameter, and_, bindparam, func, or_, select, update

from billing.actors import Actor
from billing.ids import AlertId
from billing.processing.records import Alert, Reconciliation
from billing.states import AlertKind
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.processing import OPEN_ALERT, alerts, reconciliations
from storage.types import Id, Word

_a, _r = alerts.c, reconciliations.c

ALERT = Shape(
    (
        _a.id,
        _a.account_id,
        _a.kind,
        _a.subject,
        _a.facts,
        _a.raised_at,
        _a.mailed_at,
        _a.closed_at,
        _a.closed_by,
        _a.closed_by_name,
    ),
    Alert,
)
RECONCILIATION = Shape(
    (
        _r.id,
        _r.account_id,
        _r.since,
        _r.until,
        _r.compared,
        _r.differences,
        _r.started_at,
        _r.finished_at,
    ),
    Reconciliation,
)
_KIND = bindparam("the_kind", type_=Word(AlertKind))
_AT_MOST: BindParameter[int] = bindparam("at_most")
_ONE = select(*ALERT.columns).where(_a.account_id == ACCOUNT, _a.id == bindparam("the_alert", type_=Id()))
_MAILED = select(func.max(_a.mailed_at)).where(
    _a.account_id == ACCOUNT, _a.kind == _KIND, _a.subject == bindparam("the_subject")
)
_OPEN = (
    select(*ALERT.columns)
    .where(_a.account_id == ACCOUNT, OPEN_ALERT)
    .order_by(_a.raised_at.desc(), _a.id.desc())
    .limit(_AT_MOST)
)
_OPEN_OF = select(*ALERT.columns).where(_a.account_id == ACCOUNT, _a.kind == _KIND, OPEN_ALERT)
_OPEN_AFTER = _OPEN_OF.where(_a.id > bindparam("the_last", type_=Id()))
_RECONCILIATIONS = (
    select(*RECONCILIATION.columns)
    .where(_r.account_id == ACCOUNT)
    .order_by(_r.finished_at.desc(), _r.id.desc())
    .limit(_AT_MOST)
)


class StoredAlerts(Bound):
    """`billing.ports.Alerts`."""

    async def add(self, alert: Alert) -> bool:
        """The database judges whether one is open; of two at once the second waits, then finds it."""
        return await self._insert_once(alerts, {**plain_values(alert), "facts": dict(alert.facts)})

    async def get(self, alert_id: AlertId) -> Alert:
        """Raises `NotFound`."""
        return await self._get(ALERT, _ONE, the_alert=alert_id)

    async def find_last_mailed(self, kind: AlertKind, subject: str) -> datetime | None:
        """When owners were last mailed about this, by an alert that is closed or open."""
        rows = await self._rows(_MAILED, the_kind=kind, the_subject=subject)
        mailed: datetime | None = rows[0][0]
        return mailed

    async def close(self, alert_id: AlertId, *, by: Actor, by_name: str, at: datetime) -> bool:
        """One conditional `UPDATE`: who was first is kept."""
        change = (
            update(alerts)
            .where(_a.account_id == self.account_id, _a.id == alert_id, OPEN_ALERT)
            .values(closed_at=at, closed_by=by.key, closed_by_name=by_name)
        )
        return await self._change(change.returning(_a.id)) is not None

    async def settle(self, kind: AlertKind, subject: str, *, by: Actor, at: datetime) -> AlertId | None:
        """One conditional `UPDATE`; None: none was open."""
        change = (
            update(alerts)
            .where(_a.account_id == self.account_id, _a.kind == kind, _a.subject == subject, OPEN_ALERT)
            .values(closed_at=at, closed_by=by.key, closed_by_name="")
        )
        row = await self._change(change.returning(_a.id))
        return None if row is None else row.id

    async def list_open(self, *, limit: int) -> list[Alert]:
        """Newest first."""
        return await self._list(ALERT, _OPEN, at_most=limit)

    async def list_open_of(self, kind: AlertKind, after: AlertId | None, *, limit: int) -> list[Alert]:
        """In the order of ids."""
        statement = (_OPEN_OF if after is None else _OPEN_AFTER).order_by(_a.id).limit(_AT_MOST)
        given = {} if after is None else {"the_last": after}
        return await self._list(ALERT, statement, the_kind=kind, at_most=limit, **given)

    async def list_page(self, before: tuple[datetime, AlertId] | None, *, limit: int) -> list[Alert]:
        """Open and closed ones, newest first."""
        wanted = [_a.account_id == self.account_id]
        if before is not None:
            at, last = before
            wanted.append(or_(_a.raised_at < at, and_(_a.raised_at == at, _a.id < last)))
        statement = (
            select(*ALERT.columns).where(*wanted).order_by(_a.raised_at.desc(), _a.id.desc()).limit(limit)
        )
        return [ALERT.read(row) for row in (await self.connection.execute(statement)).all()]

    async def add_reconciliation(self, reconciliation: Reconciliation) -> None:
        """One comparison that came to its end."""
        await self._insert(reconciliations, plain_values(reconciliation))

    async def list_reconciliations(self, *, limit: int) -> list[Reconciliation]:
        """Newest first."""
        return await self._list(RECONCILIATION, _RECONCILIATIONS, at_most=limit)
