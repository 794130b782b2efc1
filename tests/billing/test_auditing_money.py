"""The audit of what the processor said: disputes, what was done there, card changes, who was called."""

from collections.abc import Awaitable, Callable

import pytest
from sqlalchemy import Executable, delete, update

from billing.auditing_words import Broken
from billing.ids import OperationId, SubscriptionId, new_id
from billing.states import (
    CardChangeState,
    CardStepKind,
    ConnectionState,
    DisputeState,
    OperationState,
    RequestState,
    Surface,
)
from storage.tables.ledger import outbox
from storage.tables.processing import (
    alerts,
    card_changes,
    card_steps,
    disputes,
    processor_connections,
    request_holds,
)
from storage.tables.requests import requests
from storage.tables.sales import payments, purchases, refunds
from tests.billing.bench import Bench
from tests.billing.cards import open_desk
from tests.people import alice


async def held(bench: Bench) -> None:
    """A pending request waits for a bank."""
    await bench.ask_refund(surface=Surface.HELPDESK)
    await bench.hear("dispute", bench.processor.open_dispute(bench.world.charges[alice.order_id])["id"])


async def done_elsewhere(bench: Bench) -> None:
    """A pending request was met by a refund in the processor's dashboard."""
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    refund = bench.processor.refund_elsewhere(bench.world.charges[alice.order_id])
    await bench.hear("refund", refund["id"])
    assert (await bench.request(request.id)).state is RequestState.DONE


async def unknown_for_long(bench: Bench) -> None:
    """The answer was lost, and so is what is read back, for hours."""
    await bench.ask_refund()
    bench.processor.state.faults.add("lost_before", method="*", path="/v1/*", times=None)
    await bench.settle()
    for hours in (0.1, 1, 1, 24, 1):
        await bench.settle(hours=hours)


async def refunded_twice(bench: Bench) -> None:
    """By us, and then by a bank."""
    await bench.ask_refund()
    await bench.settle()
    await bench.hear("dispute", bench.processor.open_dispute(bench.world.charges[alice.order_id])["id"])


async def card_opened(bench: Bench) -> None:
    """The processor's page is there, and nobody came back from it."""
    await open_desk(bench).ask()


async def card_changed(bench: Bench) -> None:
    """The new card is in use."""
    desk = open_desk(bench)
    change = await desk.ask()
    await desk.enter(change)
    assert (await desk.come_back(change)).state is CardChangeState.DONE


async def nothing(bench: Bench) -> None:
    """As the world is."""


Make = Callable[[Bench], Awaitable[None]]
STRANGER = new_id(OperationId)
LAST_STEP = card_steps.c.kind == CardStepKind.DROP_CARD
PLANTED: dict[str, tuple[Make, Executable, set[Broken]]] = {
    "another disputed sum": (
        held,
        update(payments).where(payments.c.disputed_minor > 0).values(disputed_minor=1),
        {Broken.DISPUTED_SUM},
    ),
    "a hold without a dispute": (
        held,
        update(disputes).values(state=DisputeState.WON),
        {Broken.HELD, Broken.DISPUTED_SUM},
    ),
    "a hold that was lost": (held, delete(request_holds), {Broken.RESERVED_SUM}),
    "a hold of what was decided": (
        held,
        update(requests).values(state=RequestState.WITHDRAWN),
        {Broken.HELD, Broken.JOURNAL},
    ),
    "done, and no refund says so": (
        done_elsewhere,
        delete(refunds),
        {Broken.NO_REFUND, Broken.REFUNDED_SUM},
    ),
    "done by the processor's refund, which came back": (
        done_elsewhere,
        update(refunds).values(reversed_at=payments.c.paid_at).where(payments.c.id == refunds.c.payment_id),
        {Broken.NO_REFUND, Broken.REFUNDED_SUM},
    ),
    "unknown for long, and nobody called": (unknown_for_long, delete(alerts), {Broken.NO_ALERT}),
    "refunded twice, and nobody called": (refunded_twice, delete(alerts), {Broken.NO_ALERT}),
    "a page that nobody will read": (card_opened, delete(outbox), {Broken.NO_NEXT_TRY}),
    "a change that moves without steps": (
        card_opened,
        update(card_changes).values(state=CardChangeState.MOVING),
        {Broken.CARD_STEPS, Broken.JOURNAL},
    ),
    "a step that failed in what is done": (
        card_changed,
        update(card_steps).where(LAST_STEP).values(state=OperationState.FAILED),
        {Broken.CARD_STEPS},
    ),
    "a step that nobody will try": (
        card_changed,
        update(card_steps).where(LAST_STEP).values(state=OperationState.UNKNOWN),
        {Broken.CARD_STEPS, Broken.NO_NEXT_TRY},
    ),
    "a key that nobody checks": (
        nothing,
        update(processor_connections).values(state=ConnectionState.CHECKING),
        {Broken.NO_NEXT_TRY},
    ),
    "a refund of a stranger": (
        done_elsewhere,
        update(refunds).values(operation_id=STRANGER),
        {Broken.STRANGER},
    ),
    "a purchase of a stranger": (
        nothing,
        update(purchases)
        .where(purchases.c.subscription_id.is_not(None))
        .values(subscription_id=new_id(SubscriptionId)),
        {Broken.STRANGER},
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
async def test_a_planted_fault_is_found_where_all_agreed_before(bench: Bench, planted: str) -> None:
    make, statement, wanted = PLANTED[planted]
    await make(bench)
    assert await bench.audit() == []
    await bench.change(statement)
    findings = await bench.audit()
    assert {each.what for each in findings} == wanted
    assert all(each.detail and each.subject for each in findings)
