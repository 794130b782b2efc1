"""All documents of a year: the bundles that were asked for, and what belongs into them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from billing import records as r
from billing.documents.records import Bundle
from billing.ids import BundleId, CustomerId, DocumentId, PaymentId, RefundId
from billing.states import DocumentKind

Place = tuple[datetime, UUID]  # where a walk stands: behind what has this time and this id


@dataclass(frozen=True, slots=True)
class Year:
    """From `since` until `until`, which is not in it; of one customer, or of all (None)."""

    since: datetime
    until: datetime
    customer_id: CustomerId | None


@dataclass(frozen=True, slots=True)
class YearCount:
    """Documents of a year that were issued, and that nobody asked for yet; receipts are nobody's due.

    `older`: a credit note names its invoice, which may be of another year's payment, and missing too.
    """

    issued: int
    missing: int
    older: int

    @property
    def total(self) -> int:
        """All that there would be."""
        return self.issued + self.missing

    @property
    def numbers(self) -> int:
        """How many it takes to issue what is missing."""
        return self.missing + self.older


@dataclass(frozen=True, slots=True)
class Due:
    """A payment or a refund whose documents belong into a bundle; `may_issue`: it may have one of its own."""

    id: PaymentId | RefundId
    at: datetime
    is_refund: bool
    may_issue: bool


@dataclass(frozen=True, slots=True)
class Member:
    """A document of a bundle, before it is read."""

    id: DocumentId
    kind: DocumentKind
    number: str


@dataclass(frozen=True, slots=True)
class IssuedQuery:
    """Which issued documents, newest first: of one kind, of a year's payments and refunds, by some words."""

    kind: DocumentKind
    year: Year | None
    numbers: Collection[str] = ()  # with any of the last three: any of them fits
    order_id: str = ""
    email_key: str = ""
    limit: int = 50
    offset: int = 0


class Bundles(Protocol):
    """Bundles that were asked for; those that expired are absent."""

    async def add(self, bundle: Bundle) -> None:
        """Raises `Repeated` (first) where the same person has one under way: the database holds that."""
        ...

    async def find(self, bundle_id: BundleId, *, at: datetime) -> Bundle | None: ...
    async def list_of(self, customer_id: CustomerId | None, *, at: datetime) -> Sequence[Bundle]:
        """Newest first, of one customer, or (None) of the account; at most 20."""
        ...

    async def drop_expired(self, at: datetime) -> None: ...
    async def count_on(self, bundle_id: BundleId, *, expected: int, done: int) -> bool:
        """So many are done, if so many were; False: another has counted on, or it is over."""
        ...

    async def finish(self, bundle_id: BundleId, *, expected: int, total: int, at: datetime) -> bool:
        """Gathered, all of them; False as in `count_on`."""
        ...

    async def fail(self, bundle_id: BundleId) -> bool: ...


class YearDocuments(Protocol):
    """What belongs to a year: payments by when they were made, refunds by when they were."""

    async def find_span(self, customer_id: CustomerId | None) -> tuple[datetime, datetime] | None:
        """The first and the last moment of a payment or refund; None: there is none."""
        ...

    async def count(self, year: Year) -> YearCount: ...
    async def list_dues(
        self, year: Year, *, of_refunds: bool, after: Place | None, missing: bool, limit: int
    ) -> Sequence[Due]:
        """In order of time, then id: payments, or refunds, with documents; `missing`: or due one."""
        ...

    async def list_of(self, due: Due) -> Sequence[r.Document]:
        """The documents of a payment (not of its refunds), or of a refund."""
        ...

    async def list_members(self, year: Year, *, until: datetime) -> Sequence[Member]:
        """All that were issued until then, by kind, then number."""
        ...


class IssuedDocuments(Protocol):
    """Documents that were issued, as lists of them."""

    async def list_documents(self, ids: Collection[DocumentId]) -> Mapping[DocumentId, r.Document]: ...
    async def search(self, query: IssuedQuery) -> Sequence[r.Document]: ...
