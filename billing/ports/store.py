"""The database: one transaction with its repositories, and the few reads across accounts."""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime, timedelta
from typing import Protocol

from billing import records as r
from billing.edges import Envelope, SlackLink
from billing.hours import Alarm
from billing.ids import (
    AccountId,
    EnvelopeId,
)
from billing.ports.audit import Audit
from billing.ports.board import Board
from billing.ports.bundles import Bundles, IssuedDocuments, YearDocuments
from billing.ports.domains import Domains
from billing.ports.drawn import Drawn
from billing.ports.files import Files
from billing.ports.helpdesks import Helpdesks, Tickets
from billing.ports.kept import InboxOfEvents, Journal, OnceKeys, Outbox
from billing.ports.memberships import Memberships, Setup
from billing.ports.papers import Papers
from billing.ports.people import Accounts, Budgets, Customers, StaffMembers, Visits
from billing.ports.processing_alerts import Alerts
from billing.ports.processing_cards import Cards
from billing.ports.processing_compared import Compared
from billing.ports.processing_connections import Connections
from billing.ports.processing_disputes import Disputes
from billing.ports.processing_syncs import OrderIds, SyncedSales, SyncWalks
from billing.ports.reports import Reports
from billing.ports.requests import Operations, Requests
from billing.ports.sales import Documents, Products, Purchases
from billing.ports.search import CustomerSearch
from billing.ports.slack import Channels, Homes, Installations
from billing.ports.team import Team
from billing.ports.timing import Answers, Timing
from billing.ports.words import Words
from billing.processing.records import Connection
from billing.slack.records import Installation


class UnitOfWork(Protocol):
    """One transaction, one account, its repositories."""

    account_id: AccountId
    accounts: Accounts
    staff: StaffMembers
    team: Team
    customers: Customers
    search: CustomerSearch
    purchases: Purchases
    products: Products
    helpdesks: Helpdesks
    memberships: Memberships
    setup: Setup
    reports: Reports
    audit: Audit
    alerts: Alerts
    compared: Compared
    board: Board
    requests: Requests
    operations: Operations
    cards: Cards
    tickets: Tickets
    files: Files
    answers: Answers
    timing: Timing
    installations: Installations
    channels: Channels
    homes: Homes
    connections: Connections
    documents: Documents
    years: YearDocuments
    issued: IssuedDocuments
    bundles: Bundles
    papers: Papers
    drawn: Drawn
    disputes: Disputes
    domains: Domains
    words: Words
    visits: Visits
    budgets: Budgets
    walks: SyncWalks
    synced: SyncedSales
    order_ids: OrderIds
    once: OnceKeys
    journal: Journal
    outbox: Outbox
    inbox: InboxOfEvents


class Store(Protocol):
    """The database, as use cases and the relay see it."""

    def begin(self, account_id: AccountId) -> AbstractAsyncContextManager[UnitOfWork]:
        """A writing transaction, committed at the end of the block, rolled back by any exception."""
        ...

    def read(self, account_id: AccountId) -> AbstractAsyncContextManager[UnitOfWork]:
        """A consistent view; writing in it fails."""
        ...

    # The few that see across accounts.
    async def find_account(self, directory: str) -> r.Account | None: ...
    async def find_account_by_domain(self, host: str) -> r.Account | None:
        """Whose proved domain this host is."""
        ...

    async def find_account_by_slug(self, slug: str) -> r.Account | None: ...
    async def list_accounts(self) -> Sequence[r.Account]: ...
    async def find_installation(self, team_id: str, enterprise_id: str = "") -> Installation | None:
        """The live one of this workspace: of the team, else of the whole enterprise."""
        ...

    async def find_last_installation(self, team_id: str, enterprise_id: str = "") -> Installation | None:
        """Where none is live: the one that ended last."""
        ...

    async def find_connecting(self, state_hash: str) -> AccountId | None:
        """Whose *Add to Slack* this state belongs to."""
        ...

    async def list_live_connections(self) -> Sequence[Connection]:
        """To payment processors, of all accounts."""
        ...

    async def find_live_connection(self, slug: str) -> Connection | None:
        """Of the account that is called so."""
        ...

    async def list_due_alarms(self, *, at: datetime, limit: int) -> Sequence[Alarm]:
        """Of all accounts, the earliest first."""
        ...

    async def find_slack_links(self, team_id: str, user_id: str) -> Sequence[SlackLink]: ...
    async def lease(
        self,
        destination: str,
        *,
        at: datetime,
        hold: timedelta,
        limit: int,
        most_each: int | None = None,
        not_of: Collection[AccountId] = (),
    ) -> Sequence[Envelope]:
        """Due envelopes that nobody holds, oldest first, now held by the caller; counts a try.

        Of one account at most `most_each` at once, and none of those in `not_of`.
        """
        ...

    async def free_leases(self) -> None:
        """At the start of the only process of a database (SQLite): nobody holds what a killed one held."""
        ...

    async def mark_delivered(self, envelope_id: EnvelopeId, *, at: datetime) -> None: ...
    async def put_back(
        self,
        envelope_id: EnvelopeId,
        *,
        due_at: datetime,
        why: str,
        given_up: bool,
        untouched: bool = False,
    ) -> None:
        """It did not arrive; `untouched`: the try is not counted."""
        ...

    async def count_waiting(self, destination: str | None = None) -> int:
        """Envelopes neither delivered nor given up."""
        ...

    async def is_ready(self) -> bool: ...
