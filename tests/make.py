"""Builds the world of the cast in a real database: two accounts, a helpdesk, products, what was bought."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert

from billing.accounts import create_account, link_slack
from billing.actors import CustomerActor, StaffActor, SystemActor, Via
from billing.context import Context
from billing.edges import SlackLink
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
    StaffId,
    SubscriptionId,
    new_id,
)
from billing.money import Currency
from billing.names import name_words
from billing.ports import UnitOfWork
from billing.records import Account, Address, Department, Helpdesk
from billing.slack.records import SlackProfile
from billing.staff import add_staff
from billing.states import (
    AskCode,
    PaymentState,
    PlanName,
    ProductKind,
    SubscriptionState,
    Surface,
)
from storage.bound import Bound
from storage.tables import sales
from tests.connected import live_connection
from tests.people import CUSTOMERS, STAFF, CustomerPerson, StaffPerson, alice, bob, charlie

USD = Currency("USD")
START = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
TEAM = "T0SELFBILL"
CHANNEL = "C0SUPPORT1"


class TurnedClock:
    """Time that moves only when a test turns it."""

    def __init__(self, start: datetime = START) -> None:
        self.at = start

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        """Forward: `turn(hours=1)`."""
        self.at += timedelta(**by)


@dataclass
class World:
    """What was made, by name."""

    accounts: dict[str, Account] = field(default_factory=dict)
    helpdesk: Helpdesk | None = None
    staff: dict[str, StaffId] = field(default_factory=dict)
    customers: dict[str, CustomerId] = field(default_factory=dict)
    payments: dict[str, PaymentId] = field(default_factory=dict)  # by Order ID
    charges: dict[str, str] = field(default_factory=dict)  # by Order ID
    subscription: SubscriptionId | None = None
    processor_subscription: str = "sub_alice"

    @property
    def desk(self) -> Helpdesk:
        """The helpdesk of lumen."""
        assert self.helpdesk is not None
        return self.helpdesk

    @property
    def alices_subscription(self) -> SubscriptionId:
        """Alice's membership."""
        assert self.subscription is not None
        return self.subscription

    def customer(
        self, person: CustomerPerson, *, surface: Surface = Surface.PORTAL, proved: bool = True
    ) -> CustomerActor:
        """This customer as an actor, signed in on a surface."""
        helpdesk_id = self.desk.id if surface is Surface.HELPDESK else None
        account = self.accounts[person.account]
        customer_id = self.customers[person.name]
        return CustomerActor(account.id, customer_id, surface, helpdesk_id, proved, "192.0.2.1", "trace-test")

    def member(self, person: StaffPerson, via: Via = Via.WEB) -> StaffActor:
        """This staff member as an actor."""
        account = self.accounts[person.account]
        return StaffActor(account.id, self.staff[person.name], via, "192.0.2.2", "trace-test")


def system(account: Account) -> SystemActor:
    """Whoever sets up."""
    return SystemActor(account.id, "test", "trace-test")


async def make_world(ctx: Context) -> World:
    """Lumen (growth, portal Automated, helpdesk Manual) and its rival, with the whole cast."""
    world = World()
    for slug in ("lumen", "rival"):
        account = _account(slug)
        world.accounts[slug] = await create_account(ctx, account, by=system(account))
    await _connect(ctx, world.accounts["lumen"])
    await _make_helpdesk(ctx, world)
    for person in STAFF:
        await _hire(ctx, world, person)
    await _sell(ctx, world)
    return world


def _account(slug: str) -> Account:
    return Account(
        id=new_id(AccountId),
        slug=slug,
        directory=slug,
        name=f"{slug.title()} Studio",
        plan=PlanName.GROWTH,
        currency=USD,
        locale="en",
        time_zone="UTC",
        seller=Address(
            name=f"{slug.title()} Studio",
            company=f"{slug.title()} Studio GmbH",
            tax_id="DE123456789",
            email=f"billing@{slug}.example",
            street="Lindenallee 4",
            city="Berlin",
            postcode="10115",
            country="Germany",
        ),
        colour="#2f5bd3",
        second_factor=False,  # its own tests have it
    )


async def _connect(ctx: Context, account: Account) -> None:
    connection = live_connection(account, ctx.vault, by=system(account).key, at=ctx.now())
    async with ctx.begin(account.id) as work:
        await work.connections.add(connection)


async def _make_helpdesk(ctx: Context, world: World) -> None:
    account = world.accounts["lumen"]
    helpdesk = Helpdesk(
        id=new_id(HelpdeskId),
        account_id=account.id,
        slug="support",
        name="Lumen Support",
        slack_channel=CHANNEL,
        billing_shown=True,
        archived_at=None,
    )
    department = Department(new_id(DepartmentId), account.id, helpdesk.id, "Billing")
    world.helpdesk = await add_helpdesk(ctx, helpdesk, [department], by=system(account))


async def _hire(ctx: Context, world: World, person: StaffPerson) -> None:
    account = world.accounts[person.account]
    staff = await add_staff(
        ctx,
        email=person.email,
        name=person.name,
        role=person.role,
        password=person.password,
        limit_minor=person.limit_minor,
        locale="en",
        by=system(account),
    )
    world.staff[person.name] = staff.id
    if person.slack:
        async with ctx.begin(account.id) as work:
            await work.channels.put_profile(profile_of(account, person.slack, person.name, at=ctx.now()))
        link = SlackLink(account.id, TEAM, person.slack, staff.id)
        await link_slack(ctx, link, by=system(account))


def profile_of(account: Account, user_id: str, name: str, *, at: datetime) -> SlackProfile:
    """A full member of the workspace, looked at just now."""
    return SlackProfile(
        account_id=account.id,
        team_id=TEAM,
        user_id=user_id,
        name=name,
        is_gone=False,
        is_bot=False,
        is_guest=False,
        is_stranger=False,
        locale="en-US",
        time_zone="UTC",
        looked_at=at,
    )


async def ask_no_code(ctx: Context, world: World, surface: Surface) -> None:
    """Lumen's surface without the e-mailed code, for tests that are about something else."""
    account = world.accounts["lumen"]
    helpdesk_id = world.desk.id if surface is Surface.HELPDESK else None
    async with ctx.begin(account.id) as work:
        settings = await work.helpdesks.get_self_billing(surface, helpdesk_id)
        await work.helpdesks.put_self_billing(
            replace(settings, code_for_documents=AskCode.NEVER, code_for_refund=AskCode.NEVER)
        )


async def _sell(ctx: Context, world: World) -> None:
    now, lumen, rival = ctx.now(), world.accounts["lumen"], world.accounts["rival"]
    recent = now - timedelta(days=3)
    async with ctx.begin(lumen.id) as work:
        till = Till(work, world, lumen)
        await till.welcome(alice)
        await till.welcome(bob)
        course = await till.offer("Photography Masterclass", ProductKind.ONE_TIME, 30)
        gold = await till.offer("Membership Gold", ProductKind.SUBSCRIPTION, 14)
        await till.sell(alice, course, [("40001001", 14900, recent)])
        renewals = [("40001002", 3900, now - timedelta(days=34)), ("40001003", 3900, recent)]
        await till.sell(alice, gold, renewals, period_ends_at=now + timedelta(days=26))
        await till.sell(bob, course, [("40002001", 14900, recent)])
    async with ctx.begin(rival.id) as work:
        till = Till(work, world, rival)
        await till.welcome(charlie)
        school = await till.offer("Cooking School", ProductKind.ONE_TIME, 30)
        await till.sell(charlie, school, [("40003001", 9900, recent)])


@dataclass
class Till:
    """Writes what an import would have written, straight into the tables."""

    work: UnitOfWork
    world: World
    account: Account

    async def welcome(self, person: CustomerPerson) -> None:
        """A customer and their e-mail."""
        customer_id = new_id(CustomerId)
        self.world.customers[person.name] = customer_id
        await self._insert(sales.customers, id=customer_id, name=person.name, email=person.email)
        await self._insert(sales.customer_emails, customer_id=customer_id, email_key=email_key(person.email))
        for word in name_words(person.name):
            await self._insert(sales.customer_words, customer_id=customer_id, word=word)

    async def offer(self, name: str, kind: ProductKind, refund_days: int | None) -> ProductId:
        """A product."""
        product_id = new_id(ProductId)
        await self._insert(
            sales.products,
            id=product_id,
            name=name,
            price_point="Standard",
            kind=kind,
            refund_days=refund_days,
        )
        return product_id

    async def sell(
        self,
        person: CustomerPerson,
        product_id: ProductId,
        payments: list[tuple[str, int, datetime]],
        *,
        period_ends_at: datetime | None = None,
    ) -> None:
        """A purchase with its payments (Order ID, minor units, paid at); a period end makes it recurring."""
        world, purchase_id = self.world, new_id(PurchaseId)
        customer_id = world.customers[person.name]
        subscription_id = new_id(SubscriptionId) if period_ends_at else None
        await self._insert(
            sales.purchases,
            id=purchase_id,
            customer_id=customer_id,
            product_id=product_id,
            subscription_id=subscription_id,
            purchased_at=payments[0][2],
        )
        if subscription_id:
            world.subscription = subscription_id
            await self._insert(
                sales.subscriptions,
                id=subscription_id,
                customer_id=customer_id,
                purchase_id=purchase_id,
                state=SubscriptionState.ACTIVE,
                period_ends_at=period_ends_at,
                processor_id=world.processor_subscription,
            )
        for number, (order_id, minor, paid_at) in enumerate(payments, 1):
            world.payments[order_id] = new_id(PaymentId)
            world.charges[order_id] = f"ch_{order_id}"
            await self._insert(
                sales.payments,
                id=world.payments[order_id],
                purchase_id=purchase_id,
                customer_id=customer_id,
                order_id=order_id,
                state=PaymentState.SUCCEEDED,
                currency="USD",
                captured_minor=minor,
                tax_minor=0,
                refunded_minor=0,
                reserved_minor=0,
                disputed_minor=0,
                paid_at=paid_at,
                number=number if subscription_id else None,
                processor_id=world.charges[order_id],
                buyer={"name": person.name, "email": person.email, "country": "France"},
            )

    async def _insert(self, table: Table, **row: object) -> None:
        assert isinstance(self.work.accounts, Bound)
        statement = insert(table).values(account_id=self.account.id, **row)
        await self.work.accounts.connection.execute(statement)


async def sell_many(ctx: Context, world: World, count: int, *, first: int = 0) -> list[str]:
    """So many payments of bob's, 25.00 each and a day old, by Order ID."""
    orders = [f"7{number:07d}" for number in range(first, first + count)]
    async with ctx.begin(world.accounts["lumen"].id) as work:
        till = Till(work, world, world.accounts["lumen"])
        product = await till.offer("Workbook", ProductKind.ONE_TIME, 30)
        for order in orders:
            await till.sell(bob, product, [(order, 2500, ctx.now() - timedelta(days=1))])
    return orders


def charges_of(world: World, orders: list[str]) -> list[dict[str, Any]]:
    """The same payments as the processor's stand-in is seeded with them."""
    created = int(START.timestamp())
    fixed = {"object": "charge", "created": created, "amount": 2500, "currency": "usd", "customer": "cus_bob"}
    return [{**fixed, "id": world.charges[order]} for order in orders]


def past_of(world: World) -> list[dict[str, Any]]:
    """The same sales as the processor's stand-in is seeded with them."""
    began = int((START - timedelta(days=34)).timestamp())
    ends = int((START + timedelta(days=26)).timestamp())
    lines: list[dict[str, Any]] = [
        {
            "object": "subscription",
            "id": world.processor_subscription,
            "created": began,
            "customer": "cus_alice",
            "status": "active",
            "current_period_start": began,
            "current_period_end": ends,
            "price": {
                "product": "Membership Gold",
                "unit_amount": 3900,
                "currency": "usd",
                "interval": "month",
                "interval_count": 1,
            },
        }
    ]
    amounts = {"40001001": 14900, "40001002": 3900, "40001003": 3900, "40002001": 14900, "40003001": 9900}
    for order_id, amount in amounts.items():
        owner = next(each for each in CUSTOMERS if order_id.startswith(each.order_id[:5]))
        lines.append(
            {
                "object": "charge",
                "id": world.charges[order_id],
                "created": began,
                "amount": amount,
                "currency": "usd",
                "customer": f"cus_{owner.name.split()[0].lower()}",
            }
        )
    customers = [
        {"object": "customer", "id": f"cus_{p.name.split()[0].lower()}", "created": began, "email": p.email}
        for p in CUSTOMERS
    ]
    return [*customers, *lines]
