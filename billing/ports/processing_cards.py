"""Card changes and their steps."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from billing.ids import CardChangeId, CardStepId, CustomerId, SubscriptionId
from billing.processing.records import CardChange, CardStep
from billing.records import Card
from billing.states import CardChangeState, OperationState


class Cards(Protocol):
    """Customers' changes of the card that pays, each with the calls that put a new card to use."""

    async def add(self, change: CardChange) -> bool:
        """False where the subscription has an open one already; waits for whoever is just adding one."""
        ...

    async def get(self, change_id: CardChangeId) -> CardChange:
        """Raises `NotFound`."""
        ...

    async def hold(self, change_id: CardChangeId) -> CardChange:
        """As it is now, and nobody else changes it or its steps before this transaction ends."""
        ...

    async def find_open(self, subscription_id: SubscriptionId) -> CardChange | None: ...
    async def find_by_session(self, session: str) -> CardChange | None:
        """Whose page this is."""
        ...

    async def list_open_at(self, processor_customer: str) -> Sequence[CardChange]:
        """The open ones of one customer of the processor."""
        ...

    async def list_of_customer(self, customer_id: CustomerId) -> Sequence[CardChange]:
        """Newest first, at most 20."""
        ...

    async def save(self, change: CardChange, *, expected: CardChangeState) -> CardChange:
        """What it says now, its state along the arrows; raises `AlreadyDecided` where it stands elsewhere."""
        ...

    async def add_steps(self, steps: Sequence[CardStep]) -> None: ...
    async def get_step(self, step_id: CardStepId) -> CardStep:
        """Raises `NotFound`."""
        ...

    async def list_steps(self, change_id: CardChangeId) -> Sequence[CardStep]:
        """In the order in which they are done."""
        ...

    async def list_open_steps_at(self, target: str) -> Sequence[CardStep]:
        """The open ones that concern this object of the processor, e.g. an invoice."""
        ...

    async def begin_step(self, step_id: CardStepId, *, at: datetime) -> CardStep:
        """A byte may go out; raises `AlreadyDecided` (when, state) for a closed one, and `NotFound`."""
        ...

    async def move_step(
        self,
        step_id: CardStepId,
        expected: OperationState,
        to: OperationState,
        *,
        at: datetime,
        failure: str | None = None,
    ) -> CardStep:
        """Its link goes with it once it is closed; raises `AlreadyDecided` (when, state), and `NotFound`."""
        ...

    async def note_link(self, step_id: CardStepId, link: str) -> None:
        """Sealed: where the bank wants the customer's yes. A closed step takes none."""
        ...

    async def keep_card(self, subscription_id: SubscriptionId, card: Card) -> None:
        """The card that pays this subscription now."""
        ...

    async def find_customer(self, processor_customer: str) -> CustomerId | None:
        """Which of our customers this one of the processor is, as far as that is known."""
        ...
