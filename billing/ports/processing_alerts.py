"""What people must look at, and what came of comparing with the payment processor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from billing.actors import Actor
from billing.ids import AlertId
from billing.processing.records import Alert, Reconciliation
from billing.states import AlertKind


class Alerts(Protocol):
    """Alerts and comparisons of one account."""

    async def add(self, alert: Alert) -> bool:
        """False: one of this kind and subject is open already, and stays as it is."""
        ...

    async def get(self, alert_id: AlertId) -> Alert: ...
    async def find_last_mailed(self, kind: AlertKind, subject: str) -> datetime | None:
        """When owners were last mailed about this, by an alert that is closed or open."""
        ...

    async def close(self, alert_id: AlertId, *, by: Actor, by_name: str, at: datetime) -> bool:
        """False: it was closed already, and keeps who did it."""
        ...

    async def settle(self, kind: AlertKind, subject: str, *, by: Actor, at: datetime) -> AlertId | None:
        """Close the open one, if there is one."""
        ...

    async def list_open(self, *, limit: int) -> Sequence[Alert]:
        """Newest first."""
        ...

    async def list_open_of(self, kind: AlertKind, after: AlertId | None, *, limit: int) -> Sequence[Alert]:
        """In the order of ids."""
        ...

    async def list_page(self, before: tuple[datetime, AlertId] | None, *, limit: int) -> Sequence[Alert]:
        """Open and closed ones, newest first."""
        ...

    async def add_reconciliation(self, reconciliation: Reconciliation) -> None: ...
    async def list_reconciliations(self, *, limit: int) -> Sequence[Reconciliation]:
        """Newest first."""
        ...
