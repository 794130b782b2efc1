"""The cast's world in a database of its own, and what imports and processors would have written in it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import update

from billing.context import Context
from billing.documents.records import PaidBy, Snapshot, SoldLine
from billing.documents.settings import Business, change_business, show_business
from billing.ids import AccountId, DocumentId, PaymentId, RefundId, new_id
from billing.money import Currency, Money
from billing.records import Document, Refund
from billing.states import Surface
from storage.bound import Bound
from storage.tables import sales
from tests.make import TurnedClock, World
from tests.people import dana

USD = Currency("USD")
NOT_TOLD = PaidBy()


@dataclass
class Shop:
    """Lumen's, with alice as its customer."""

    ctx: Context
    clock: TurnedClock
    world: World

    @property
    def lumen(self) -> AccountId:
        return self.world.accounts["lumen"].id

    def payment(self, order_id: str) -> PaymentId:
        return self.world.payments[order_id]

    async def change_payment(self, which: str, **values: object) -> None:
        """What an import would have written otherwise."""
        async with self.ctx.begin(self.lumen) as work:
            assert isinstance(work.accounts, Bound)
            row = sales.payments.c.id == self.payment(which)
            await work.accounts.connection.execute(update(sales.payments).where(row).values(**values))

    async def sold(self, which: str, *lines: SoldLine, paid_by: PaidBy = NOT_TOLD) -> None:
        """The snapshot of a payment, which captures what these lines come to."""
        whole = sum(each.net_minor + each.tax_minor for each in lines)
        if lines:
            tax = sum(each.tax_minor for each in lines)
            await self.change_payment(which, captured_minor=whole, tax_minor=tax)
        async with self.ctx.begin(self.lumen) as work:
            await work.papers.keep_snapshots([Snapshot(self.payment(which), self.lumen, lines, paid_by)])

    async def refund(self, order_id: str, minor: int, currency: Currency = USD) -> RefundId:
        """Money that went back for a payment of lumen."""
        self.clock.turn(minutes=1)
        refund = Refund(
            id=new_id(RefundId),
            account_id=self.lumen,
            payment_id=self.payment(order_id),
            operation_id=None,
            amount=Money(minor, currency),
            processor_id=f"re_{order_id}_{minor}_{self.clock().timestamp()}",
            refunded_at=self.clock(),
            reversed_at=None,
        )
        async with self.ctx.begin(refund.account_id) as work:
            assert await work.purchases.settle_refund(refund)
        return refund.id

    async def reverse(self, refund_id: RefundId) -> None:
        """The processor takes a refund back."""
        async with self.ctx.begin(self.lumen) as work:
            assert await work.purchases.reverse_refund(refund_id, self.clock())

    async def set_portal(self, **changes: object) -> None:
        """Other Self billing settings for lumen's portal."""
        async with self.ctx.begin(self.lumen) as work:
            settings = await work.helpdesks.get_self_billing(Surface.PORTAL, None)
            await work.helpdesks.put_self_billing(replace(settings, **changes))  # type: ignore[arg-type]

    async def set_business(self, **changes: object) -> Business:
        """What dana changes on the page of business details, a while later."""
        self.clock.turn(minutes=1)
        by = self.world.member(dana)
        now = await show_business(self.ctx, by=by)
        seller = {k: v for k, v in changes.items() if k not in Business.__dataclass_fields__}
        rest = {k: v for k, v in changes.items() if k not in seller}
        changed = replace(now, seller=replace(now.seller, **seller), **rest)  # type: ignore[arg-type]
        return await change_business(self.ctx, changed, by=by)

    async def documents(self, order_id: str) -> Sequence[Document]:
        """All of a payment."""
        async with self.ctx.read(self.lumen) as work:
            return await work.documents.list_of_payment(self.payment(order_id))

    async def verbs(self, document_id: DocumentId) -> list[str]:
        """The journal of a document."""
        async with self.ctx.read(self.lumen) as work:
            return [line.verb for line in await work.journal.list_of(f"document:{document_id.hex}")]
