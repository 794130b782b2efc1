"""What the database refuses whoever writes around the use cases, on both engines."""

import pytest
from sqlalchemy import Executable, delete, update
from sqlalchemy.exc import DBAPIError

from billing.ids import OperationId, PaymentId, new_id
from billing.states import OPERATION_MOVES, OperationState
from storage.bound import Bound
from storage.tables.processing import card_steps
from storage.tables.requests import operations
from storage.tables.sales import refunds
from tests.billing.bench import Bench
from tests.billing.cards import open_desk
from tests.people import alice

_O = OperationState


async def execute(bench: Bench, statement: Executable) -> int:
    """Around every use case, with the guards on; how many rows it changed."""
    async with bench.ctx.begin(bench.lumen.id) as work:
        assert isinstance(work.accounts, Bound)
        return (await work.accounts.connection.execute(statement)).rowcount


async def is_refused(bench: Bench, statement: Executable) -> bool:
    """By the guard, and by nothing else."""
    try:
        await execute(bench, statement)
    except DBAPIError as error:
        assert "not rewritten" in str(error)  # noqa: PT017  that it is not refused is an answer too
        return True
    return False


@pytest.fixture
async def done(bench_on_each: Bench) -> Bench:
    """A refund that is done, and a card that was changed."""
    bench = bench_on_each
    await bench.ask_refund()
    await bench.settle()
    desk = open_desk(bench)
    change = await desk.ask()
    await desk.enter(change)
    await desk.come_back(change)
    assert await bench.sums() == (0, 14900)
    assert await bench.rows(card_steps.select())
    return bench


async def test_what_succeeded_is_reversed_and_nothing_else(done: Bench) -> None:
    for table in (operations, card_steps):
        for state in set(_O) - {_O.SUCCEEDED} - OPERATION_MOVES[_O.SUCCEEDED]:
            assert await is_refused(done, update(table).values(state=state)), (table.name, state)
    assert await execute(done, update(operations).values(state=_O.REVERSED)) == 1
    assert await is_refused(done, update(operations).values(state=_O.SUCCEEDED))
    done.is_meddled_with = True


async def test_what_was_sent_is_kept_as_it_was_sent(done: Bench) -> None:
    for statement in (
        update(operations).values(key="another"),
        update(operations).values(amount_minor=1),
        update(operations).values(processor_target="ch_other"),
        update(operations).values(first_sent_at=None),
        update(card_steps).values(key=card_steps.c.key + "x"),
        update(card_steps).values(target="sub_other"),
        delete(card_steps),
        delete(operations),
    ):
        assert await is_refused(done, statement), str(statement)


async def test_what_went_back_is_kept_as_it_went(done: Bench) -> None:
    for statement in (
        update(refunds).values(amount_minor=1),
        update(refunds).values(currency="EUR"),
        update(refunds).values(payment_id=new_id(PaymentId)),
        update(refunds).values(operation_id=new_id(OperationId)),
        update(refunds).values(operation_id=None),
        update(refunds).values(processor_id="re_other"),
    ):
        assert await is_refused(done, statement), str(statement)
    payment = await done.payment(alice.order_id)
    assert await execute(done, update(refunds).values(reversed_at=payment.paid_at)) == 1
    assert await is_refused(done, update(refunds).values(reversed_at=None))
    done.is_meddled_with = True


async def test_every_drawn_move_is_allowed(bench: Bench) -> None:
    await bench.ask_refund()
    for state in (_O.SENT, _O.UNKNOWN, _O.SUCCEEDED, _O.REVERSED):
        assert await execute(bench, update(operations).values(state=state)) == 1
    bench.is_meddled_with = True
