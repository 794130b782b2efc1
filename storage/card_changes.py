"""Card changes and their steps."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam, case, func, literal, select, update

from billing.errors import AlreadyDecided, NotFound
from billing.ids import CardChangeId, CardStepId, CustomerId, SubscriptionId
from billing.money import Money
from billing.processing.records import CardChange, CardStep, Overdue
from billing.records import Card
from billing.states import CARD_CHANGE_MOVES, OPEN_OPERATION, OPERATION_MOVES, CardChangeState, OperationState
from storage.bound import ACCOUNT, Bound, Shape, next_place
from storage.moves import move_row
from storage.rows import Values, plain_values
from storage.shapes import currency_of, money_of
from storage.tables.processing import OPEN_CHANGE, card_changes, card_steps, processor_customers
from storage.tables.sales import subscriptions
from storage.types import UtcDateTime

_c, _s = card_changes.c, card_steps.c
# What never changes once it is there.
_FIXED = (
    "id",
    "account_id",
    "customer_id",
    "subscription_id",
    "surface",
    "helpdesk_id",
    "asked_by",
    "asked_at",
)


def _card(brand: str | None, last_four: str | None, expires_on: date | None) -> Card | None:
    return None if brand is None or last_four is None else Card(brand, last_four, expires_on)


def _overdue(facts: dict[str, Any]) -> Overdue:
    return Overdue(
        invoice=facts["invoice"],
        subscription=facts["subscription"],
        number=facts["number"],
        product=facts["product"],
        due=Money(facts["minor"], currency_of(facts["currency"])),
        since=datetime.fromisoformat(facts["since"]),
    )


def _change(*values: Any) -> CardChange:
    *before, brand, last_four, expires_on = values[:17]
    *rest, moves, overdue = values[17:]
    card = _card(brand, last_four, expires_on)
    return CardChange(*(*before, card, *rest, tuple(moves), tuple(_overdue(each) for each in overdue)))


def _step(*values: Any) -> CardStep:
    *before, minor, code = values[:9]
    return CardStep(*(*before, money_of(minor, code), *values[9:]))


CHANGE = Shape(
    (
        _c.id,
        _c.account_id,
        _c.customer_id,
        _c.subscription_id,
        _c.surface,
        _c.helpdesk_id,
        _c.state,
        _c.key,
        _c.processor_customer,
        _c.page,
        _c.session,
        _c.link,
        _c.method_before,
        _c.method,
        _c.card_brand,
        _c.card_last_four,
        _c.card_expires_on,
        _c.pays_overdue,
        _c.problem,
        _c.asked_by,
        _c.asked_at,
        _c.moved_at,
        _c.expires_at,
        _c.old_method,
        _c.moves,
        _c.overdue,
    ),
    _change,
)
STEP = Shape(
    (
        _s.id,
        _s.account_id,
        _s.change_id,
        _s.kind,
        _s.state,
        _s.key,
        _s.target,
        _s.amount_minor,
        _s.currency,
        _s.link,
        _s.failure,
        _s.tries,
        _s.first_sent_at,
        _s.last_sent_at,
        _s.moved_at,
    ),
    _step,
)
_CHANGES = select(*CHANGE.columns).where(_c.account_id == ACCOUNT)
_ONE = _CHANGES.where(_c.id == bindparam("change"))
_OPEN = _CHANGES.where(_c.subscription_id == bindparam("subscription"), OPEN_CHANGE)
_OF_SESSION = _CHANGES.where(_c.session == bindparam("the_session"))
_OPEN_AT = _CHANGES.where(_c.processor_customer == bindparam("at_processor"), OPEN_CHANGE)
_OF_CUSTOMER = _CHANGES.where(_c.customer_id == bindparam("customer")).order_by(_c.asked_at.desc()).limit(20)
_STEPS = select(*STEP.columns).where(_s.account_id == ACCOUNT)
_ONE_STEP = _STEPS.where(_s.id == bindparam("step"))
_OF_CHANGE = _STEPS.where(_s.change_id == bindparam("change")).order_by(_s.place)
_AT_TARGET = _STEPS.where(_s.target == bindparam("the_target"), _s.state.in_(sorted(OPEN_OPERATION)))
_LINK = select(processor_customers.c.customer_id).where(
    processor_customers.c.account_id == ACCOUNT,
    processor_customers.c.processor_id == bindparam("at_processor"),
)


class StoredCards(Bound):
    """`billing.ports.Cards`."""

    async def add(self, change: CardChange) -> bool:
        """False where the subscription has an open one already; waits for whoever is just adding one."""
        return await self._insert_once(card_changes, _change_values(change))

    async def get(self, change_id: CardChangeId) -> CardChange:
        """Raises `NotFound`."""
        return await self._get(CHANGE, _ONE, change=change_id)

    async def hold(self, change_id: CardChangeId) -> CardChange:
        """As it is now, and nobody else changes it or its steps before this transaction ends."""
        row = await self._change(
            update(card_changes)
            .where(_c.account_id == self.account_id, _c.id == change_id)
            .values(key=_c.key)
            .returning(*CHANGE.columns)
        )
        if row is None:
            raise NotFound
        return CHANGE.read(row)

    async def find_open(self, subscription_id: SubscriptionId) -> CardChange | None:
        """At most one is open for a subscription."""
        return await self._find(CHANGE, _OPEN, subscription=subscription_id)

    async def find_by_session(self, session: str) -> CardChange | None:
        """Whose page this is; an empty id is nobody's."""
        if not session:
            return None
        return await self._find(CHANGE, _OF_SESSION, the_session=session)

    async def list_open_at(self, processor_customer: str) -> Sequence[CardChange]:
        """The open ones of one customer of the processor."""
        if not processor_customer:
            return ()
        return await self._list(CHANGE, _OPEN_AT, at_processor=processor_customer)

    async def list_of_customer(self, customer_id: CustomerId) -> Sequence[CardChange]:
        """Newest first, at most 20."""
        return await self._list(CHANGE, _OF_CUSTOMER, customer=customer_id)

    async def save(self, change: CardChange, *, expected: CardChangeState) -> CardChange:
        """What it says now, its state along the arrows; raises `AlreadyDecided` where it stands elsewhere."""
        values = {name: v for name, v in _change_values(change).items() if name not in _FIXED}
        if change.state is expected:
            statement = update(card_changes).where(
                _c.account_id == self.account_id, _c.id == change.id, _c.state == expected
            )
        else:
            statement = move_row(
                card_changes, self.account_id, change.id, expected, change.state, along=CARD_CHANGE_MOVES
            )
        row = await self._change(statement.values(**values).returning(*CHANGE.columns))
        if row is None:
            now = await self.get(change.id)
            raise AlreadyDecided(who="", when=now.moved_at, state=now.state)
        return CHANGE.read(row)

    async def add_steps(self, steps: Sequence[CardStep]) -> None:
        """In the order in which they are done."""
        for step in steps:
            await self._insert(card_steps, {**_step_values(step), "place": next_place()})

    async def get_step(self, step_id: CardStepId) -> CardStep:
        """Raises `NotFound`."""
        return await self._get(STEP, _ONE_STEP, step=step_id)

    async def list_steps(self, change_id: CardChangeId) -> Sequence[CardStep]:
        """In the order in which they are done."""
        return await self._list(STEP, _OF_CHANGE, change=change_id)

    async def list_open_steps_at(self, target: str) -> Sequence[CardStep]:
        """The open ones that concern this object of the processor."""
        return await self._list(STEP, _AT_TARGET, the_target=target)

    async def begin_step(self, step_id: CardStepId, *, at: datetime) -> CardStep:
        """Raises `AlreadyDecided` (when, state) for a closed one, and `NotFound`."""
        planned = _s.state == OperationState.PLANNED
        # Inside an expression a bare time would be bound as the driver's own type, not as ours.
        now = literal(at, UtcDateTime())
        row = await self._change(
            update(card_steps)
            .where(_s.account_id == self.account_id, _s.id == step_id, _s.state.in_(sorted(OPEN_OPERATION)))
            .values(
                state=case((planned, OperationState.SENT), else_=_s.state),
                moved_at=case((planned, now), else_=_s.moved_at),
                tries=_s.tries + 1,
                first_sent_at=func.coalesce(_s.first_sent_at, now),
                last_sent_at=at,
            )
            .returning(*STEP.columns)
        )
        if row is None:
            raise await self._already_decided(step_id)
        return STEP.read(row)

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
        statement = move_row(card_steps, self.account_id, step_id, expected, to, along=OPERATION_MOVES)
        gone = {} if to in OPEN_OPERATION else {"link": None}
        row = await self._change(
            statement.values(moved_at=at, failure=failure, **gone).returning(*STEP.columns)
        )
        if row is None:
            raise await self._already_decided(step_id)
        return STEP.read(row)

    async def note_link(self, step_id: CardStepId, link: str) -> None:
        """Sealed: where the bank wants the customer's yes. A closed step takes none."""
        await self.connection.execute(
            update(card_steps)
            .where(_s.account_id == self.account_id, _s.id == step_id, _s.state.in_(sorted(OPEN_OPERATION)))
            .values(link=link)
        )

    async def keep_card(self, subscription_id: SubscriptionId, card: Card) -> None:
        """The card that pays this subscription now."""
        await self.connection.execute(
            update(subscriptions)
            .where(subscriptions.c.account_id == self.account_id, subscriptions.c.id == subscription_id)
            .values(card_brand=card.brand, card_last_four=card.last_four, card_expires_on=card.expires_on)
        )

    async def find_customer(self, processor_customer: str) -> CustomerId | None:
        """Which of our customers this one of the processor is, as far as that is known."""
        rows = await self._rows(_LINK, at_processor=processor_customer)
        return CustomerId(rows[0][0]) if rows else None

    async def _already_decided(self, step_id: CardStepId) -> AlreadyDecided:
        step = await self.get_step(step_id)
        return AlreadyDecided(who="", when=step.moved_at, state=step.state)


def _change_values(change: CardChange) -> Values:
    card = change.card
    return {
        **plain_values(change, "card", "moves", "overdue"),
        "card_brand": card.brand if card else None,
        "card_last_four": card.last_four if card else None,
        "card_expires_on": card.expires_on if card else None,
        "moves": list(change.moves),
        "overdue": [
            {
                "invoice": each.invoice,
                "subscription": each.subscription,
                "number": each.number,
                "product": each.product,
                "minor": each.due.minor,
                "currency": each.due.currency.code,
                "since": each.since.isoformat(),
            }
            for each in change.overdue
        ],
    }


def _step_values(step: CardStep) -> Values:
    return {
        **plain_values(step, "amount"),
        "amount_minor": None if step.amount is None else step.amount.minor,
        "currency": None if step.amount is None else step.amount.currency.code,
    }
