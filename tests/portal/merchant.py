"""A merchant with a little past, written straight into a real database: who works there, who bought."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from argon2 import PasswordHasher
from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import create_async_engine

from billing.accounts import create_account
from billing.actors import CustomerActor, SystemActor
from billing.context import Context
from billing.emails import email_key
from billing.helpdesks import add_helpdesk
from billing.ids import (
    AccountId,
    CustomerId,
    DepartmentId,
    HelpdeskId,
    PaymentId,
    ProductId,
    PurchaseId,
    SubscriptionId,
    new_id,
)
from billing.money import Currency, Money
from billing.names import name_words
from billing.records import (
    Account,
    Address,
    Customer,
    Department,
    Helpdesk,
    Payment,
    Product,
    Purchase,
    Staff,
    Subscription,
)
from billing.staff import add_staff
from billing.states import PaymentState, PlanName, ProductKind, Role, SubscriptionState, Surface
from storage.engine import with_driver
from storage.rows import (
    customer_values,
    payment_values,
    product_values,
    purchase_values,
    subscription_values,
)
from storage.tables import sales

PASSWORD = "a long and quiet password"
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)  # the real cost would be most of each test
USD = Currency("USD")


@dataclass(frozen=True)
class Bought:
    """A customer with one payment of a one-time product and one of a subscription."""

    customer: Customer
    payment: Payment
    renewal: Payment
    subscription: Subscription


@dataclass(frozen=True)
class Merchant:
    """An account, its helpdesk, its staff by name."""

    account: Account
    helpdesk: Helpdesk
    staff: dict[str, Staff]
    url: str

    def customer_actor(self, bought: Bought) -> CustomerActor:
        """The customer in the helpdesk, the code given."""
        return CustomerActor(
            self.account.id, bought.customer.id, Surface.HELPDESK, self.helpdesk.id, True, "127.0.0.1", "test"
        )


async def open_merchant(
    ctx: Context, url: str, slug: str, people: dict[str, tuple[Role, int | None]]
) -> Merchant:
    """A business with a helpdesk `support` and these staff; agents with a limit in cents."""
    account = Account(
        id=new_id(AccountId),
        slug=slug,
        directory=slug,
        name=f"{slug.title()} & Co.",
        plan=PlanName.GROWTH,
        currency=USD,
        locale="en",
        time_zone="America/New_York",
        seller=Address(name=f"{slug.title()} LLC", email=f"hello@{slug}.example"),
        colour="#1d5bbf",
        second_factor=False,  # its own tests have it
    )
    by = SystemActor(account.id, "test", "test")
    await create_account(ctx, account, by=by)
    helpdesk = Helpdesk(new_id(HelpdeskId), account.id, "support", "Support", None, True, None)
    department = Department(new_id(DepartmentId), account.id, helpdesk.id, "Billing")
    await add_helpdesk(ctx, helpdesk, [department], by=by)
    staff = {
        name: await add_staff(
            ctx,
            email=f"{name}@{slug}.example",
            name=name.title(),
            role=role,
            password=PASSWORD,
            limit_minor=limit,
            locale="en",
            by=by,
        )
        for name, (role, limit) in people.items()
    }
    return Merchant(account, helpdesk, staff, url)


async def sell(merchant: Merchant, name: str, email: str, *, now: datetime, order: int) -> Bought:
    """A customer who paid 59.00 ten days ago, and 20.00 for a subscription yesterday."""
    customer = Customer(new_id(CustomerId), merchant.account.id, name, email, None)
    course, club = (
        _product(merchant, "Watercolour course", ProductKind.ONE_TIME),
        _product(merchant, "Painters' club", ProductKind.SUBSCRIPTION),
    )
    bought = _purchase(customer, course, None, now - timedelta(days=10))
    agreement = new_id(SubscriptionId)
    joined = _purchase(customer, club, agreement, now - timedelta(days=1))
    subscription = Subscription(
        agreement,
        merchant.account.id,
        customer.id,
        joined.id,
        SubscriptionState.ACTIVE,
        now + timedelta(days=29),
        None,
        f"sub_{order}",
        None,
    )
    payment = _payment(customer, bought, 5900, f"{order}")
    renewal = _payment(customer, joined, 2000, f"{order + 1}")
    await _write(
        merchant.url,
        [
            (sales.products, [product_values(course), product_values(club)]),
            (sales.customers, [customer_values(customer)]),
            (sales.customer_emails, [_email_values(customer)]),
            (sales.customer_words, _word_values(customer)),
            (sales.purchases, [purchase_values(bought), purchase_values(joined)]),
            (sales.subscriptions, [subscription_values(subscription)]),
            (sales.payments, [payment_values(payment), payment_values(renewal)]),
        ],
    )
    return Bought(customer, payment, renewal, subscription)


async def sell_one(merchant: Merchant, bought: Bought, *, now: datetime, order: int) -> Payment:
    """One more payment of 59.00 by somebody who bought before."""
    product = _product(merchant, "Oil course", ProductKind.ONE_TIME)
    purchase = _purchase(bought.customer, product, None, now - timedelta(days=2))
    payment = _payment(bought.customer, purchase, 5900, f"{order}")
    await _write(
        merchant.url,
        [
            (sales.products, [product_values(product)]),
            (sales.purchases, [purchase_values(purchase)]),
            (sales.payments, [payment_values(payment)]),
        ],
    )
    return payment


async def pay_again(merchant: Merchant, bought: Bought, *, times: int) -> None:
    """So many earlier renewals of their subscription, a day apart."""
    one = bought.renewal
    renewals = [
        replace(
            one,
            id=new_id(PaymentId),
            order_id=f"{70_000_000 + n}",
            paid_at=one.paid_at - timedelta(days=n + 1),
            processor_id=f"ch_again_{n}",
        )
        for n in range(times)
    ]
    await _write(merchant.url, [(sales.payments, [payment_values(each) for each in renewals])])


def _product(merchant: Merchant, name: str, kind: ProductKind) -> Product:
    return Product(new_id(ProductId), merchant.account.id, name, "", kind, 30)


def _purchase(
    customer: Customer, product: Product, subscription_id: SubscriptionId | None, at: datetime
) -> Purchase:
    return Purchase(new_id(PurchaseId), customer.account_id, customer.id, product.id, subscription_id, at)


def _payment(customer: Customer, purchase: Purchase, minor: int, order_id: str) -> Payment:
    nothing = Money.zero(USD)
    return Payment(
        id=new_id(PaymentId),
        account_id=customer.account_id,
        purchase_id=purchase.id,
        customer_id=customer.id,
        order_id=order_id,
        state=PaymentState.SUCCEEDED,
        captured=Money(minor, USD),
        tax=nothing,
        refunded=nothing,
        reserved=nothing,
        disputed=nothing,
        paid_at=purchase.purchased_at,
        number=1,
        processor_id=f"ch_{order_id}",
        buyer=Address(name=customer.name, email=customer.email),
    )


def _email_values(customer: Customer) -> dict[str, object]:
    return {
        "account_id": customer.account_id,
        "customer_id": customer.id,
        "email_key": email_key(customer.email),
    }


def _word_values(customer: Customer) -> list[dict[str, object]]:
    owner = {"account_id": customer.account_id, "customer_id": customer.id}
    return [{**owner, "word": word} for word in name_words(customer.name)]


async def _write(url: str, tables: list[tuple[Table, list[dict[str, object]]]]) -> None:
    engine = create_async_engine(with_driver(url))
    async with engine.begin() as connection:
        for table, rows in tables:
            await connection.execute(insert(table), rows)
    await engine.dispose()
