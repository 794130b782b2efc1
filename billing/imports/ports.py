"""The door for taking over a past in bulk: runs, staged rows, and sales written many at a time."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from billing.ids import CustomerId, ImportId
from billing.imports.drafts import (
    AgreementDraft,
    Changes,
    CustomerDraft,
    Owner,
    PaymentDraft,
    ProductDraft,
)
from billing.imports.rows import Finding, PastRow
from billing.ports import UnitOfWork
from billing.records import Facts


class RunState(StrEnum):
    """Where a run stands: rows are staged first, then applied in the order of time."""

    STAGING = "staging"
    APPLYING = "applying"
    FINISHED = "finished"
    DROPPED = "dropped"  # never staged to its end, and another file came


class RowState(StrEnum):
    """What became of a staged row."""

    STAGED = "staged"
    APPLIED = "applied"
    REPORTED = "reported"


class Phase(StrEnum):
    """Rows are applied phase by phase, in the order of time within one."""

    SALES = "1-sales"
    REVERSALS = "2-reversals"  # so that a reversal finds its payment, wherever that stands
    AGAIN = "3-again"  # rows that found no subscription, once all are there


class ImportRunning(Exception):
    """Another import of this account is under way."""

    def __init__(self, since: datetime, seconds: int) -> None:
        super().__init__(since, seconds)
        self.since = since
        self.seconds = seconds  # until it counts as dead, if it gives no sign


class HoldLost(Exception):
    """Another process has taken this run over; nothing more is written here."""


@dataclass(slots=True)
class Totals:
    """What a run did so far; amounts in minor units of its currency."""

    read: int = 0
    known: int = 0
    applied: int = 0
    linked: int = 0  # of those applied: what they say was there already, from the processor
    reported: int = 0
    notes: int = 0
    customers: int = 0
    products: int = 0
    purchases: int = 0
    subscriptions: int = 0
    payments: int = 0
    failed: int = 0
    refunds: int = 0
    disputes: int = 0
    captured_minor: int = 0
    refunded_minor: int = 0
    disputed_minor: int = 0

    def facts(self) -> Facts:
        """For the journal, and as stored."""
        return {f.name: getattr(self, f.name) for f in fields(self)}


@dataclass(slots=True)
class Run:
    """One import of one file, staged up to `line`; nobody else goes on with it before `held_until`."""

    id: ImportId
    source: str
    file_name: str
    fingerprint: str
    currency: str
    state: RunState
    line: int
    totals: Totals
    holder: str
    held_until: datetime
    started_at: datetime
    finished_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """The keys under which rows look for what is known already."""

    customers: Collection[str]
    products: Collection[tuple[str, str]]
    agreements: Collection[str]
    order_ids: Collection[str]
    charges: Collection[str]
    reversed_charges: Collection[str]
    processor_agreements: Mapping[str, str]  # what the processor calls those of `agreements`


@dataclass(frozen=True, slots=True)
class Known:
    """What was found under them."""

    customers: Mapping[str, CustomerDraft]
    products: Mapping[tuple[str, str], ProductDraft]
    agreements: Mapping[str, AgreementDraft]
    order_ids: Collection[str]
    payments: Sequence[PaymentDraft]
    processor_agreements: Sequence[AgreementDraft]  # that the processor brought, without a ref
    owners: Mapping[CustomerId, Owner]
    invoiced: Collection[str]  # charges that no payment has, and that an invoice of the processor's names


class ImportRuns(Protocol):
    """The runs of one account, and what they have to report."""

    async def find_open(self) -> Run | None: ...
    async def add(self, run: Run) -> None:
        """Raises `ImportRunning` if the account has an open run: the database holds that."""
        ...

    async def take(self, run: Run, *, holder: str, until: datetime) -> None:
        """The run changes hands if it is held as `run` says; raises `ImportRunning` if somebody was first."""
        ...

    async def save(self, run: Run) -> None:
        """Conditional on the holder: raises `HoldLost`."""
        ...

    async def add_findings(self, run_id: ImportId, findings: Sequence[Finding]) -> None: ...
    async def list_findings(self, run_id: ImportId, *, after: int, limit: int) -> Sequence[Finding]:
        """Those of lines behind `after`, in their order; all of a line or none."""
        ...


class StagedRows(Protocol):
    """The rows of one account and source: every ID that was ever read, and those that wait."""

    async def find_digests(self, numbers: Collection[int]) -> Mapping[int, tuple[str, RowState]]: ...
    async def stage(self, run_id: ImportId, phase: Phase, rows: Sequence[PastRow]) -> None:
        """New ones, and such as were reported before and are tried again."""
        ...

    async def count(self) -> int: ...
    async def next(self, limit: int) -> Sequence[PastRow]:
        """The next to apply, all of one phase."""
        ...

    async def settle(
        self, numbers: Collection[int], reported: Collection[int], renamed_by: Collection[int]
    ) -> None:
        """These were applied, or reported; the Order ID of those was taken over by a payment."""
        ...

    async def try_again(self, run_id: ImportId) -> int:
        """Stage once more what found no subscription, unless that was done; how many were."""
        ...

    async def drop(self) -> None:
        """Forget what waits."""
        ...


class PastSales(Protocol):
    """Sales, read and written in bulk."""

    async def load(self, wanted: Wanted) -> Known:
        """Whoever takes in from the processor waits until this transaction ends: nothing twice."""
        ...

    async def list_payments(self, customer_ids: Collection[CustomerId]) -> Sequence[PaymentDraft]:
        """All their succeeded payments."""
        ...

    async def write(self, changes: Changes) -> None: ...


class ImportWork(Protocol):
    """The repositories of an import, inside one transaction."""

    runs: ImportRuns
    rows: StagedRows
    sales: PastSales


# Binds them to a transaction that is open.
ImportsOf = Callable[[UnitOfWork, str], ImportWork]
