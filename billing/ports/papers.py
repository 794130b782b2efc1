"""What documents are made of: how a merchant prints, who they were, what was sold and how it was paid."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from billing.documents.records import DocumentSettings, PastSeller, Snapshot
from billing.ids import PaymentId


class Papers(Protocol):
    """Settings of documents, past sellers and snapshots; the last two are never changed."""

    async def get_settings(self) -> DocumentSettings:
        """As they begin, where nobody set them."""
        ...

    async def put_settings(self, settings: DocumentSettings) -> None: ...
    async def add_past_seller(self, past: PastSeller) -> None: ...
    async def find_past_seller(self, at: datetime) -> PastSeller | None:
        """Who sold at this moment, if that has changed since: the first who was left behind later."""
        ...

    async def keep_snapshots(self, snapshots: Sequence[Snapshot]) -> None:
        """Of new payments, many at a time; one that is there stays as it is."""
        ...

    async def find_snapshot(self, payment_id: PaymentId) -> Snapshot | None: ...
