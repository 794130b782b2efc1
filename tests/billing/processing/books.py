"""A bench whose books and whose processor's agree on everything, and what makes one of the two differ."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from sqlalchemy import insert, update

from billing.actors import SystemActor
from billing.deciding import approve_request
from billing.ids import PaymentId, PurchaseId, RefundId, SubscriptionId, new_id
from billing.money import Currency, Money
from billing.processing.asking_again import Looks
from billing.processing.compared import DifferenceKind
from billing.processing.reconciling import Compared, Span, reconcile
from billing.processing.records import Dispute
from billing.providers.stripe import StripeProvider
from billing.providers.stripe_client import OPERATION_MARK
from billing.records import Operation
from billing.states import DisputeState, OperationState, PaymentState, Surface
from storage.rows import purchase_values, subscription_values
from storage.tables.sales import payments, purchases, refunds, subscriptions
from tests.billing.bench import Bench
from tests.people import alice, dana

USD = Currency("USD")
FULL, SECOND, THIRD = alice.order_id, "40001002", "40001003"
BOBS = "40002001"


class Books:
    """Both sides of lumen's, in the hands of a test; everything in it is old enough to be compared."""

    def __init__(self, bench: Bench, provider: StripeProvider) -> None:
        self.bench = bench
        self.provider = provider
        self.hands = bench.processor

    async def compare(
        self, *, days: int = 900, provider: Looks | None = None, pause: Any = None
    ) -> list[Compared]:
        """One run to its end."""
        now = self.bench.ctx.now()
        by = SystemActor(self.bench.lumen.id, "reconcile", "trace-reconcile")
        more = {} if pause is None else {"pause": pause}
        pages = reconcile(
            self.bench.ctx,
            provider or self.provider,
            Span(now - timedelta(days=days), now),
            by=by,
            **more,
        )
        return [page async for page in pages]

    async def kinds(self, **more: Any) -> list[DifferenceKind]:
        """What a run finds, in order of their names."""
        return sorted(each.kind for page in await self.compare(**more) for each in page.differences)

    async def payment(self, charge: str, amount: int, **values: Any) -> PaymentId:
        """A payment of alice's on our side."""
        known = await self.bench.payment(FULL)
        row = {
            "account_id": known.account_id,
            "id": (made := new_id(PaymentId)),
            "purchase_id": known.purchase_id,
            "customer_id": known.customer_id,
            "order_id": f"B-{made.hex[:8]}",
            "state": PaymentState.SUCCEEDED,
            "currency": "USD",
            "captured_minor": amount,
            "tax_minor": 0,
            "refunded_minor": 0,
            "reserved_minor": 0,
            "disputed_minor": 0,
            "paid_at": self.bench.clock(),
            "processor_id": charge,
            "buyer": {"name": "", "email": ""},
        }
        await self.bench.change(insert(payments).values({**row, **values}))
        return made

    async def refund(self, processor_id: str, amount: int) -> None:
        """A refund of bob's on our side, made elsewhere."""
        await self.bench.change(
            insert(refunds).values(
                account_id=self.bench.lumen.id,
                id=new_id(RefundId),
                payment_id=self.bench.world.payments[BOBS],
                amount_minor=amount,
                currency="USD",
                processor_id=processor_id,
                refunded_at=self.bench.clock(),
            )
        )

    def refund_there(self, amount: int, order_id: str = BOBS, mark: Operation | None = None) -> str:
        """A refund in the processor's dashboard, or one that carries our mark."""
        metadata = {OPERATION_MARK: mark.id.hex} if mark else None
        made = self.hands.refund_elsewhere(self.bench.world.charges[order_id], amount, metadata=metadata)
        return str(made["id"])

    def sell_there(self, amount: int) -> str:
        """A charge of alice's that we know nothing of."""
        return str(self.hands.sell(amount, customer="cus_alice")["id"])

    async def dispute(self, amount: int = 2000) -> None:
        """A dispute of a new payment, which both sides know, here with this sum."""
        charge = self.sell_there(2000)
        payment_id = await self.payment(charge, 2000)
        await self.dispute_here(str(self.hands.open_dispute(charge)["id"]), amount, payment_id)

    async def dispute_here(self, processor_id: str, amount: int, payment_id: PaymentId | None = None) -> None:
        """On our side alone; of bob's payment unless another is named."""
        bench, now = self.bench, self.bench.clock()
        payment_id = payment_id or bench.world.payments[BOBS]
        money, reason = Money(amount, USD), "fraudulent"
        known = Dispute(bench.lumen.id, processor_id, payment_id, money, DisputeState.OPEN, reason, now, now)
        async with bench.ctx.begin(bench.lumen.id) as work:
            await work.disputes.put(known)

    async def subscription(self, processor_id: str) -> None:
        """One of alice's that runs on our side alone."""
        bench = self.bench
        known = await bench.subscription()
        async with bench.ctx.read(bench.lumen.id) as work:
            purchase = (await work.purchases.get_view(known.purchase_id)).purchase
        bought = replace(purchase, id=new_id(PurchaseId), subscription_id=None)
        made = replace(known, id=new_id(SubscriptionId), purchase_id=bought.id, processor_id=processor_id)
        await bench.change(
            insert(purchases).values(purchase_values(bought)),
            insert(subscriptions).values(subscription_values(made)),
        )

    async def operation(self, order_id: str, *, fault: str = "", amount: int = 1000) -> Operation:
        """A refund that people approved, tried once; with a fault of the processor's if it is named."""
        request = await self.bench.ask_refund(order_id, surface=Surface.HELPDESK)
        await approve_request(
            self.bench.ctx, request.id, by=self.bench.staff(dana), amount=Money(amount, USD)
        )
        if fault:
            self.hands.state.faults.add(fault, method="POST", path="/v1/refunds")
        await self.bench.settle()
        return await self.bench.operation(request.id)


async def agree(books: Books) -> None:
    """Something of everything, the same on both sides."""
    bench, hands = books.bench, books.hands
    # Of the other account of this world: there is one processor for both here.
    charge = hands.state.get("charge", bench.world.charges["40003001"])
    hands.state.store.put({**charge, "captured": False, "amount_captured": 0})
    await books.refund(books.refund_there(100), 100)
    await books.payment(books.sell_there(700), 700)
    await books.payment(books.sell_there(800), 800, paid_at=bench.clock() - timedelta(hours=20))
    await books.dispute()
    bench.clock.turn(minutes=20)


async def refund_unknown_here(books: Books) -> None:
    books.refund_there(210)


async def refund_missing_there(books: Books) -> None:
    await books.refund("re_gone", 220)


async def refund_of_another_amount(books: Books) -> None:
    await books.refund(books.refund_there(230), 231)


async def refund_that_came_back(books: Books) -> None:
    made = books.refund_there(240)
    await books.refund(made, 240)
    books.hands.settle_refund(made, "failed")


async def refund_that_came_back_here_only(books: Books) -> None:
    made = books.refund_there(250)
    await books.refund(made, 250)
    gone = update(refunds).where(refunds.c.processor_id == made).values(reversed_at=books.bench.clock())
    await books.bench.change(gone)


async def unknown_operation_that_happened(books: Books) -> None:
    operation = await books.operation(SECOND, fault="lost_after")
    assert operation.state is OperationState.UNKNOWN


async def failed_operation_that_happened(books: Books) -> None:
    operation = await books.operation(THIRD, fault="refund_unfunded")
    assert operation.state is OperationState.FAILED
    books.refund_there(1000, THIRD, mark=operation)


async def two_refunds_for_one_operation(books: Books) -> None:
    operation = await books.operation(FULL)
    assert operation.state is OperationState.SUCCEEDED
    books.refund_there(1000, FULL, mark=operation)


async def charge_unknown_here(books: Books) -> None:
    books.sell_there(810)


async def payment_missing_there(books: Books) -> None:
    await books.payment("ch_gone", 820)


async def charge_of_another_amount(books: Books) -> None:
    await books.payment(books.sell_there(830), 831)


async def charge_in_another_currency(books: Books) -> None:
    await books.payment(books.sell_there(840), 840, currency="EUR")


async def charge_that_failed_here(books: Books) -> None:
    await books.payment(books.sell_there(850), 0, state=PaymentState.FAILED, order_id=None)


async def dispute_unknown_here(books: Books) -> None:
    charge = books.sell_there(900)
    await books.payment(charge, 900)
    books.hands.open_dispute(charge)


async def dispute_of_another_sum(books: Books) -> None:
    await books.dispute(1999)


async def dispute_missing_there(books: Books) -> None:
    await books.dispute_here("dp_gone", 950)


async def subscription_in_another_state(books: Books) -> None:
    books.hands.set_subscription(books.bench.world.processor_subscription, status="past_due")


async def subscription_missing_there(books: Books) -> None:
    await books.subscription("sub_gone")


K = DifferenceKind
Plant = Callable[[Books], Awaitable[None]]
PLANTED: dict[Plant, DifferenceKind] = {
    refund_unknown_here: K.REFUND_UNKNOWN_HERE,
    refund_missing_there: K.REFUND_MISSING_THERE,
    refund_of_another_amount: K.REFUND_AMOUNT,
    refund_that_came_back: K.REFUND_STATE,
    refund_that_came_back_here_only: K.REFUND_STATE,
    unknown_operation_that_happened: K.OPERATION_HAPPENED,
    failed_operation_that_happened: K.FAILED_OPERATION_HAPPENED,
    two_refunds_for_one_operation: K.REFUNDED_TWICE,
    charge_unknown_here: K.CHARGE_UNKNOWN_HERE,
    payment_missing_there: K.PAYMENT_MISSING_THERE,
    charge_of_another_amount: K.CHARGE_AMOUNT,
    charge_in_another_currency: K.CHARGE_AMOUNT,
    charge_that_failed_here: K.CHARGE_STATE,
    dispute_unknown_here: K.DISPUTE_UNKNOWN_HERE,
    dispute_of_another_sum: K.DISPUTE_DIFFERS,
    dispute_missing_there: K.DISPUTE_MISSING_THERE,
    subscription_in_another_state: K.SUBSCRIPTION_DIFFERS,
    subscription_missing_there: K.SUBSCRIPTION_MISSING_THERE,
}
