"""A card change on the bench, step by step, as a customer and the processor's page make it."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from billing.processing.card_asking import (
    CardChangePage,
    ask_card_change,
    look_at_return,
    show_card_change,
)
from billing.processing.records import CardChange, CardStep
from billing.states import CardStepKind
from selfbill.sandbox.processor.entering import Entered
from tests.billing.bench import Bench

WORKS, ASKS_THE_BANK, DECLINED, FAILS_LATER = (
    "5555555555554444",
    "4000002760003184",
    "4000000000000002",
    "4000000000000341",
)
OLD = "4242424242424242"


@dataclass
class CardDesk:
    """A bench on which alice pays her membership with an old card."""

    bench: Bench
    old: str  # the processor's id of the old card

    @property
    def subscription(self) -> str:
        return self.bench.world.processor_subscription

    async def ask(self, *, pays_overdue: bool = False, **kind: Any) -> CardChange:
        """Asked, and the page made."""
        change = await ask_card_change(
            self.bench.ctx,
            self.bench.world.alices_subscription,
            by=self.bench.customer(**kind),
            pays_overdue=pays_overdue,
            once_key=uuid4().hex,
        )
        await self.bench.settle()
        return await self.change(change)

    async def change(self, change: CardChange) -> CardChange:
        async with self.bench.ctx.read(change.account_id) as work:
            return await work.cards.get(change.id)

    async def shown(self, change: CardChange) -> CardChangePage:
        return await show_card_change(self.bench.ctx, change.id, by=self.bench.customer())

    async def enter(self, change: CardChange, number: str = WORKS, **how: Any) -> Entered:
        """On the processor's page, without coming back."""
        return self.bench.processor.enter_card((await self.shown(change)).link, number, **how)

    async def come_back(self, change: CardChange) -> CardChange:
        self.bench.clock.turn(seconds=5)  # which it takes to enter a card
        await look_at_return(self.bench.ctx, change.id, by=self.bench.customer())
        await self.bench.settle()
        return await self.change(change)

    async def steps(self, change: CardChange) -> list[CardStep]:
        async with self.bench.ctx.read(change.account_id) as work:
            return list(await work.cards.list_steps(change.id))

    async def step(self, change: CardChange, kind: CardStepKind) -> CardStep:
        return next(each for each in await self.steps(change) if each.kind is kind)

    def there(self, processor_id: str) -> dict[str, Any]:
        """An object as the processor holds it."""
        found = self.bench.processor.state.store.find(processor_id)
        assert found is not None
        return dict(found)

    def pays_with(self) -> str | None:
        """The processor's id of the card that pays alice's membership there."""
        own: str | None = self.there(self.subscription)["default_payment_method"]
        default: str | None = self.there("cus_alice")["invoice_settings"]["default_payment_method"]
        return own or default

    def fall_behind(self) -> str:
        """The next payment fails, so that it is overdue; the processor's id of its invoice."""
        return str(self.bench.processor.renew(self.subscription)["latest_invoice"])


def open_desk(bench: Bench, number: str = OLD, *, own: bool = True) -> CardDesk:
    """With a card of the subscription's own, or the customer's default."""
    card = bench.processor.change_card_elsewhere(
        "cus_alice", number, subscription=bench.world.processor_subscription if own else None
    )
    return CardDesk(bench, card["id"])
