"""A merchant whose past is brought in, on a real database."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from billing.addresses import Addresses
from billing.context import Context
from billing.documents.records import Snapshot
from billing.ids import AccountId, new_id
from billing.imports.ports import Run
from billing.imports.rows import Cause, Finding
from billing.money import Currency
from billing.records import Account, Address, Customer
from billing.states import PlanName
from billing.views import PurchaseView
from selfbill.importing import list_findings, take_in_file
from selfbill.vault import SettingsVault
from storage.store import SqlStore
from tests.billing.imports.exports import Row, write

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Outcome:
    """A finished run and what it reported."""

    run: Run
    findings: list[Finding]

    @property
    def causes(self) -> list[tuple[str, Cause]]:
        """ID and cause of each finding, in the order of the file."""
        return [(each.number, each.cause) for each in self.findings]


@dataclass(frozen=True)
class Shop:
    """An account, and how tests bring its past in and look at it."""

    ctx: Context
    account: Account
    folder: Path
    files: list[Path] = field(default_factory=list)

    async def take_in(self, *rows: Row) -> Outcome:
        """Import these rows, as a file of their own."""
        self.files.append(write(self.folder / f"{len(self.files)}.csv", rows))
        return await self.take_in_file(self.files[-1])

    async def take_in_file(self, file: Path) -> Outcome:
        run = await take_in_file(self.ctx, self.account, file)
        return Outcome(run, [each async for each in list_findings(self.ctx, self.account, run)])

    async def sign_in(self, order_id: str, email: str) -> Customer | None:
        async with self.ctx.read(self.account.id) as unit:
            return await unit.customers.find_by_pair(order_id, email)

    async def views(self, order_id: str, email: str = "alice@example.com") -> list[PurchaseView]:
        """The purchases of whoever signs in with these."""
        async with self.ctx.read(self.account.id) as unit:
            customer = await unit.customers.find_by_pair(order_id, email)
            assert customer is not None
            return list(await unit.purchases.list_views(customer.id))

    async def snapshot(self, order_id: str) -> Snapshot | None:
        """What was sold with alice's payment of this Order ID."""
        async with self.ctx.read(self.account.id) as unit:
            views = await self.views(order_id)
            paid = next(p for view in views for p in view.payments if p.order_id == order_id)
            return await unit.papers.find_snapshot(paid.id)

    async def view(self, order_id: str) -> PurchaseView:
        """Alice's one purchase."""
        (one,) = await self.views(order_id)
        return one


async def open_shop(store: SqlStore, vault: SettingsVault, folder: Path, slug: str = "lumen") -> Shop:
    """A new account in this database, in New York, whose money is dollars."""
    ctx = Context(store=store, vault=vault, addresses=Addresses("http://127.0.0.1"), now=lambda: NOW)
    account = Account(
        id=new_id(AccountId),
        slug=slug,
        directory=slug,
        name="Lumen",
        plan=PlanName.GROWTH,
        currency=Currency("USD"),
        locale="en",
        time_zone="America/New_York",
        seller=Address("Lumen"),
        colour="#123456",
    )
    async with ctx.begin(account.id) as unit:
        await unit.accounts.add(account)
    return Shop(ctx, account, folder)
