"""The product without its faces: a real database with the cast, the small Stripe, and the relay between."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

from sqlalchemy import Executable, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import asking
from billing.actors import CustomerActor, StaffActor, SystemActor
from billing.addresses import Addresses
from billing.auditing import audit_account
from billing.auditing_words import Finding
from billing.context import Context
from billing.errors import Unavailable
from billing.ids import AccountId, RequestId
from billing.inbox import ProcessorEvent, take_in_event
from billing.messages import Destination
from billing.providers.connected import ConnectedProviders
from billing.records import Account, JournalLine, Operation, Payment, Request, SelfBilling, Subscription
from billing.relay import Relay
from billing.states import CancelReason, RefundReason, Surface
from selfbill.sandbox.processor import ProcessorSandbox
from selfbill.wiring import processor_deliveries
from storage.bound import Bound
from storage.store import open_store
from storage.tables.guards import GUARDS
from storage.tables.ledger import journal, outbox
from storage.tables.sales import payments
from tests.make import TurnedClock, World, past_of
from tests.people import CustomerPerson, StaffPerson, alice
from tests.site import PATIENCE_S, QUICK_VAULT

_Answer = TypeVar("_Answer")


@dataclass
class Bench:
    """What tests of use cases hold in their hands."""

    url: str
    ctx: Context
    clock: TurnedClock
    world: World
    processor: ProcessorSandbox
    relay: Relay
    is_meddled_with: bool = False  # a test wrote what no use case writes

    @property
    def lumen(self) -> Account:
        return self.world.accounts["lumen"]

    def customer(self, person: CustomerPerson = alice, **kind: Any) -> CustomerActor:
        """This customer, the code given, on the portal unless said otherwise."""
        return self.world.customer(person, **kind)

    def staff(self, person: StaffPerson) -> StaffActor:
        return self.world.member(person)

    async def ask_refund(
        self,
        order_id: str = alice.order_id,
        *,
        surface: Surface = Surface.PORTAL,
        by: CustomerActor | None = None,
        message: str = "",
        once_key: str = "",
    ) -> Request:
        """Alice asks for a payment's money back: Automated on the portal, Manual in the helpdesk."""
        return await asking.ask_refund(
            self.ctx,
            self.world.payments[order_id],
            by=by or self.customer(surface=surface),
            reason=RefundReason.NOT_AS_EXPECTED,
            message=message,
            once_key=once_key or uuid4().hex,
        )

    async def ask_cancel(self, *, surface: Surface = Surface.PORTAL) -> Request:
        """Alice cancels her membership."""
        return await asking.ask_cancel(
            self.ctx,
            self.world.alices_subscription,
            by=self.customer(surface=surface, proved=False),
            reason=CancelReason.UNUSED,
            message="",
            once_key=uuid4().hex,
        )

    async def settle(self, **turn: float) -> None:
        """Turn the clock, then deliver all that is due for the processor."""
        self.clock.turn(**turn)
        await self.relay.drain()

    async def hear(self, object_kind: str, object_id: str) -> bool:
        """An event of the processor about this object comes in, and its hint is followed."""
        event = ProcessorEvent(
            "stripe", f"evt_{uuid4().hex}", f"{object_kind}.updated", object_kind, object_id
        )
        is_new = await take_in_event(self.ctx, self.lumen.id, event, trace_id="trace-event")
        await self.settle()
        return is_new

    def refunds(self, order_id: str = alice.order_id) -> list[tuple[int, str]]:
        """Amount and status of the refunds that the processor holds, newest first."""
        held = self.processor.refunds(self.world.charges[order_id])
        return [(each["amount"], each["status"]) for each in held]

    async def request(self, request_id: RequestId) -> Request:
        async with self.ctx.read(self.lumen.id) as work:
            return await work.requests.get(request_id)

    async def operation(self, request_id: RequestId) -> Operation:
        """The latest of a request."""
        async with self.ctx.read(self.lumen.id) as work:
            found = await work.operations.find_latest(request_id)
        assert found is not None
        return found

    async def payment(self, order_id: str = alice.order_id) -> Payment:
        async with self.ctx.read(self.lumen.id) as work:
            return await work.purchases.get_payment(self.world.payments[order_id])

    async def sums(self, order_id: str = alice.order_id) -> tuple[int, int]:
        """Reserved and refunded, in minor units."""
        payment = await self.payment(order_id)
        return payment.reserved.minor, payment.refunded.minor

    async def subscription(self) -> Subscription:
        async with self.ctx.read(self.lumen.id) as work:
            return await work.purchases.get_subscription(self.world.alices_subscription)

    async def settings(self, surface: Surface = Surface.PORTAL) -> SelfBilling:
        helpdesk_id = self.world.desk.id if surface is Surface.HELPDESK else None
        async with self.ctx.read(self.lumen.id) as work:
            return await work.helpdesks.get_self_billing(surface, helpdesk_id)

    async def put_settings(self, settings: SelfBilling) -> None:
        async with self.ctx.begin(self.lumen.id) as work:
            await work.helpdesks.put_self_billing(settings)

    async def lines(self, subject: str) -> list[JournalLine]:
        async with self.ctx.read(self.lumen.id) as work:
            return list(await work.journal.list_of(subject))

    async def verbs(self, request_id: RequestId) -> list[str]:
        """The journal of a request, oldest first."""
        return [line.verb for line in await self.lines(f"request:{request_id.hex}")]

    async def mails(self) -> list[str]:
        """What is to be mailed, oldest first: the kind, and of a request the state it tells."""
        rows = await self.rows(
            select(outbox.c.kind, outbox.c.payload)
            .where(outbox.c.destination == Destination.MAIL)
            .order_by(outbox.c.put_at, outbox.c.place)
        )
        return [f"{kind} {payload['state']}" if "state" in payload else kind for kind, payload in rows]

    async def journal_verbs(self) -> set[str]:
        return {row[0] for row in await self.rows(select(journal.c.verb))}

    async def rows(self, statement: Executable) -> Sequence[Any]:
        """Look into the tables."""
        async with self.ctx.read(self.lumen.id) as work:
            assert isinstance(work.accounts, Bound)
            return (await work.accounts.connection.execute(statement)).all()

    async def change(self, *statements: Executable) -> None:
        """Make something true that no use case makes."""
        self.is_meddled_with = True
        async with self.ctx.begin(self.lumen.id) as work:
            assert isinstance(work.accounts, Bound)
            await take_guards_off(work.accounts.connection)
            for statement in statements:
                await work.accounts.connection.execute(statement)

    async def set_payment(self, which: str = alice.order_id, /, **values: Any) -> None:
        await self.change(
            update(payments).where(payments.c.id == self.world.payments[which]).values(**values)
        )

    async def audit(self) -> list[Finding]:
        """What does not agree, in any account."""
        accounts = await self.ctx.store.list_accounts()
        pages = [page for each in accounts async for page in audit_account(self.ctx, each.id)]
        return [finding for page in pages for finding in page.findings]

    def system(self, account_id: AccountId | None = None) -> SystemActor:
        return SystemActor(account_id or self.lumen.id, "test", "trace-test")


async def take_guards_off(connection: AsyncConnection) -> None:
    """The database itself refuses some of what tests plant; from now on this one does not."""
    for trigger, table in GUARDS.items():
        where = f" ON {table}" if connection.dialect.name == "postgresql" else ""
        await connection.execute(text(f"DROP TRIGGER IF EXISTS {trigger}{where}"))


async def patiently(act: Callable[[], Awaitable[_Answer]]) -> _Answer:
    """As a person who reads "not now, nothing was changed" and tries again."""
    for _ in range(30):
        try:
            return await act()
        except Unavailable:
            continue
    raise AssertionError("the database never had time")


def relay_of(ctx: Context, providers: ConnectedProviders) -> Relay:
    """The relay as the service wires it, for the processor alone."""
    return Relay(ctx, {Destination.PROCESSOR: processor_deliveries(providers)})


@asynccontextmanager
async def open_bench(url: str, world: World, *, patience: float = PATIENCE_S) -> AsyncIterator[Bench]:
    """On a database that holds this world; a processor that hangs is given up after `patience` seconds."""
    clock = TurnedClock()
    async with open_store(url, PATIENCE_S) as store, ProcessorSandbox(clock=clock) as processor:
        processor.seed(past_of(world))
        ctx = Context(store, QUICK_VAULT, Addresses("http://127.0.0.1"), clock)
        providers = ConnectedProviders(ctx, api=processor.url, patience=patience)
        bench = Bench(url, ctx, clock, world, processor, relay_of(ctx, providers))
        try:
            yield bench
            assert bench.is_meddled_with or await bench.audit() == []
        finally:
            await providers.close()
