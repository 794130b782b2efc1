"""A small shop, written straight into the tables, and the records that its tests begin with."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import records as r
from billing.actors import CustomerActor, StaffActor, SystemActor, Via
from billing.ids import (
    AccountId,
    CustomerId,
    DepartmentId,
    EntryId,
    HelpdeskId,
    OperationId,
    PaymentId,
    ProductId,
    PurchaseId,
    RequestId,
    StaffId,
    SubscriptionId,
    TicketId,
    new_id,
    new_reference,
)
from billing.money import Currency, Money
from billing.ports import UnitOfWork
from billing.states import (
    CancelWhen,
    EntryKind,
    Handling,
    OperationKind,
    OperationState,
    PaymentState,
    PlanName,
    ProductKind,
    RequestKind,
    RequestState,
    Role,
    SubscriptionState,
    Surface,
    TicketState,
)
from storage import rows
from storage.bound import Bound
from storage.store import SqlStore
from storage.tables import sales

USD = Currency("USD")
NOW = datetime(2026, 11, 20, 12, 0, 0, 123456, tzinfo=UTC)
_Result = TypeVar("_Result")


def usd(minor: int) -> Money:
    """Cents."""
    return Money(minor, USD)


def connection_of(work: UnitOfWork) -> AsyncConnection:
    """What a unit of work stands on, for what no port offers."""
    assert isinstance(work.accounts, Bound)
    return work.accounts.connection


@dataclass(frozen=True)
class Shop:
    """One account; alice bought a course for 100.00 and pays 39.00 a month."""

    store: SqlStore
    account: r.Account
    staff: r.Staff
    helpdesk: r.Helpdesk
    department: r.Department
    alice: r.Customer
    course: r.Product
    course_bought: r.Purchase
    paid: r.Payment
    membership: r.Product
    joined: r.Purchase
    subscription: r.Subscription
    renewals: tuple[r.Payment, ...]

    @property
    def id(self) -> AccountId:
        """The account's."""
        return self.account.id

    @property
    def by(self) -> StaffActor:
        """Somebody who decides."""
        return StaffActor(self.id, self.staff.id, Via.WEB, "192.0.2.1", "trace")

    @property
    def customer(self) -> CustomerActor:
        """Alice, on the portal."""
        return CustomerActor(self.id, self.alice.id, Surface.PORTAL, None, True, "192.0.2.2", "trace")

    @property
    def system(self) -> SystemActor:
        """Selfbill itself."""
        return SystemActor(self.id, "test", "trace")

    async def write(self, deed: Callable[[UnitOfWork], Awaitable[_Result]]) -> _Result:
        """A transaction of its own."""
        async with self.store.begin(self.id) as work:
            return await deed(work)

    async def left(self) -> r.Payment:
        """The course's payment, as it is now."""
        async with self.store.read(self.id) as work:
            return await work.purchases.get_payment(self.paid.id)

    def refund_request(self, **changes: Any) -> r.Request:
        """Alice wants the course's money back."""
        return r.Request(
            **{
                "id": new_id(RequestId),
                "account_id": self.id,
                "reference": new_reference("R"),
                "kind": RequestKind.REFUND,
                "state": RequestState.PENDING,
                "surface": Surface.PORTAL,
                "helpdesk_id": None,
                "customer_id": self.alice.id,
                "purchase_id": self.course_bought.id,
                "payment_id": self.paid.id,
                "subscription_id": None,
                "ticket_id": None,
                "amount": usd(10_000),
                "reason": "other",
                "message": "It is not for me. 日本",
                "policy": r.PolicySnapshot(Handling.MANUAL, 30, NOW, True, None),
                "asked_at": NOW,
                "moved_at": NOW,
                "decided_at": None,
                "decided_by": None,
                "decided_by_name": None,
                "answer": "",
                "failure": None,
                **changes,
            }
        )

    def cancel_request(self, **changes: Any) -> r.Request:
        """Alice wants to leave."""
        return self.refund_request(
            **{
                "kind": RequestKind.CANCEL,
                "purchase_id": self.joined.id,
                "payment_id": None,
                "subscription_id": self.subscription.id,
                "amount": None,
                "policy": r.PolicySnapshot(Handling.AUTOMATED, None, None, None, CancelWhen.PERIOD_END),
                **changes,
            }
        )

    def operation(self, request: r.Request, **changes: Any) -> r.Operation:
        """What carries a refund request out."""
        return r.Operation(
            **{
                "id": new_id(OperationId),
                "account_id": self.id,
                "request_id": request.id,
                "kind": OperationKind.REFUND,
                "state": OperationState.PLANNED,
                "key": new_id(OperationId).hex,
                "payment_id": request.payment_id,
                "subscription_id": request.subscription_id,
                "processor_target": "ch_1",
                "amount": request.amount,
                "tries": 0,
                "first_sent_at": None,
                "last_sent_at": None,
                "processor_id": None,
                "failure": None,
                "moved_at": NOW,
                **changes,
            }
        )

    def ticket(self, **changes: Any) -> r.Ticket:
        """A question of alice."""
        return r.Ticket(
            **{
                "id": new_id(TicketId),
                "account_id": self.id,
                "reference": new_reference("T"),
                "helpdesk_id": self.helpdesk.id,
                "department_id": self.department.id,
                "customer_id": self.alice.id,
                "request_id": None,
                "subject": "A question",
                "state": TicketState.OPEN,
                "opened_at": NOW,
                "moved_at": NOW,
                **changes,
            }
        )

    def entry(self, ticket: r.Ticket, text: str, kind: EntryKind = EntryKind.MESSAGE) -> r.Entry:
        """A line of a ticket; all at one instant."""
        return r.Entry(
            id=new_id(EntryId),
            account_id=self.id,
            ticket_id=ticket.id,
            kind=kind,
            by=self.by.key,
            by_name="Dana",
            text=text,
            verb="",
            facts={"amount_minor": 5, "answer": None},
            at=NOW,
        )


async def open_shop(store: SqlStore, slug: str) -> Shop:
    """A shop, migrated and stocked."""
    shop = _shop(store, slug)
    async with store.begin(shop.id) as work:
        await work.accounts.add(shop.account)
        await work.staff.add(shop.staff)
        await work.helpdesks.add(shop.helpdesk, [shop.department])
        for table, values in _stock(shop):
            await connection_of(work).execute(table.insert(), values)
    return shop


def _stock(shop: Shop) -> list[tuple[Table, dict[str, Any]]]:
    key = {"account_id": shop.id, "customer_id": shop.alice.id, "email_key": "alice@example.com"}
    return [
        (sales.products, rows.product_values(shop.course)),
        (sales.products, rows.product_values(shop.membership)),
        (sales.customers, rows.customer_values(shop.alice)),
        (sales.customer_emails, key),
        (sales.purchases, rows.purchase_values(shop.course_bought)),
        (sales.purchases, rows.purchase_values(shop.joined)),
        (sales.subscriptions, rows.subscription_values(shop.subscription)),
        *((sales.payments, rows.payment_values(payment)) for payment in (shop.paid, *shop.renewals)),
    ]


def _shop(store: SqlStore, slug: str) -> Shop:
    account_id, helpdesk_id = new_id(AccountId), new_id(HelpdeskId)
    alice = r.Customer(new_id(CustomerId), account_id, "Alice", "Alice@Example.com", None)
    course = r.Product(new_id(ProductId), account_id, "Course", "Full", ProductKind.ONE_TIME, 30)
    gold = r.Product(new_id(ProductId), account_id, "Gold", "Monthly", ProductKind.SUBSCRIPTION, None)
    subscription_id = new_id(SubscriptionId)
    bought = r.Purchase(new_id(PurchaseId), account_id, alice.id, course.id, None, NOW)
    began = NOW - timedelta(days=100)
    joined = r.Purchase(new_id(PurchaseId), account_id, alice.id, gold.id, subscription_id, began)
    return Shop(
        store=store,
        account=r.Account(
            id=account_id,
            slug=slug,
            directory=slug,
            name="Lumen",
            plan=PlanName.GROWTH,
            currency=USD,
            locale="en",
            time_zone="Europe/Berlin",
            seller=r.Address(name="Lumen", city="Berlin"),
            colour="#2f5bd3",
        ),
        staff=r.Staff(
            new_id(StaffId), account_id, "Dana@example.com", "Dana", Role.OWNER, None, "hash", "en", True
        ),
        helpdesk=r.Helpdesk(helpdesk_id, account_id, "support", "Support", "C1", True, None),
        department=r.Department(new_id(DepartmentId), account_id, helpdesk_id, "Billing"),
        alice=alice,
        course=course,
        course_bought=bought,
        paid=payment_of(bought, "1001", 10_000, NOW),
        membership=gold,
        joined=joined,
        subscription=r.Subscription(
            id=subscription_id,
            account_id=account_id,
            customer_id=alice.id,
            purchase_id=joined.id,
            state=SubscriptionState.ACTIVE,
            period_ends_at=NOW + timedelta(days=10),
            ended_at=None,
            processor_id="sub_1",
            card=r.Card("visa", "4242", None),
        ),
        renewals=tuple(
            payment_of(joined, f"200{n}", 3_900, began + timedelta(days=30 * n), number=n) for n in (1, 2, 3)
        ),
    )


def payment_of(
    purchase: r.Purchase, order_id: str, minor: int, at: datetime, *, number: int | None = None
) -> r.Payment:
    """A payment that went through."""
    return r.Payment(
        id=new_id(PaymentId),
        account_id=purchase.account_id,
        purchase_id=purchase.id,
        customer_id=purchase.customer_id,
        order_id=order_id,
        state=PaymentState.SUCCEEDED,
        captured=usd(minor),
        tax=usd(0),
        refunded=usd(0),
        reserved=usd(0),
        disputed=usd(0),
        paid_at=at,
        number=number,
        processor_id=f"ch_{order_id}",
        buyer=r.Address(name="Alice", country="France"),
    )
