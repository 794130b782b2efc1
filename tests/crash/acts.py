"""What the service is killed in: acts of several steps, and what must have come of each in the end.

A step is done by a person or by the outside world. It may be done again, as by somebody who got no answer:
then it is refused, or changes nothing. Between the steps the relay delivers what is due.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import aiohttp
from sqlalchemy import select

from billing import asking
from billing.deciding import approve_request, deny_request
from billing.ids import RequestId
from billing.inbox import ProcessorEvent, take_in_event
from billing.money import Money
from billing.processing.card_asking import ask_card_change, look_at_return, show_card_change
from billing.records import Request
from billing.states import CancelReason, CancelWhen, Surface
from selfbill.sandbox.processor import ProcessorSandbox
from selfbill.sandbox.processor.errors import Json
from storage.tables.requests import requests
from tests.billing.bench import Bench
from tests.make import USD
from tests.people import alice, dana

FULL, PART = 14900, 5000
OLD_CARD, NEW_CARD = "4242424242424242", "5555555555554444"
DONE, FAILED, DENIED, WITHDRAWN = "done", "failed", "denied", "withdrawn"
Step = Callable[[Bench], Awaitable[object]]


@dataclass(frozen=True)
class Act:
    """Steps, and in the end: states of the requests in order, refunds at the processor, sums of the payment.

    `refunds` are (amount, status), newest first; `sums` are reserved and refunded, in minor units.
    `subscription` is its state there: active, cancel_scheduled or canceled; `card`: what pays it then, if
    that was changed. `past`: what the processor knows before.
    """

    name: str
    steps: Sequence[Step]
    states: Sequence[str]
    refunds: Sequence[tuple[int, str]] = ()
    sums: tuple[int, int] = (0, 0)
    subscription: str = "active"
    operations: Sequence[str] = ()
    prepare: Step | None = None
    past: Callable[[ProcessorSandbox, str], None] | None = None
    card: str = ""

    @property
    def may_come_late(self) -> bool:
        """One person and one operation: what they do a day later is the same."""
        return self.name in {"refund-automated", "refund-manual", "refund-in-part", "cancel", "cancel-now"}


async def newest(bench: Bench) -> Request:
    """The request that was asked last."""
    rows = await bench.rows(select(requests.c.id).order_by(requests.c.asked_at.desc()).limit(1))
    return await bench.request(RequestId(UUID(str(rows[0][0]))))


def ask(surface: Surface) -> Step:
    async def step(bench: Bench) -> None:
        await bench.ask_refund(surface=surface, once_key="the form of the refund", message="It does not fit.")

    return step


async def ask_cancel(bench: Bench) -> None:
    await asking.ask_cancel(
        bench.ctx,
        bench.world.alices_subscription,
        by=bench.customer(proved=False),
        reason=CancelReason.UNUSED,
        message="",
        once_key="the form of the cancellation",
    )


async def undo(bench: Bench) -> None:
    await asking.undo_cancel(
        bench.ctx, bench.world.alices_subscription, by=bench.customer(), once_key="the form of the undo"
    )


def approve(amount: int | None = None) -> Step:
    async def step(bench: Bench) -> None:
        part = None if amount is None else Money(amount, USD)
        request = await newest(bench)
        await approve_request(bench.ctx, request.id, by=bench.staff(dana), amount=part)

    return step


async def deny(bench: Bench) -> None:
    await deny_request(bench.ctx, (await newest(bench)).id, by=bench.staff(dana), answer="Too late, sorry.")


async def withdraw(bench: Bench) -> None:
    await asking.withdraw_request(
        bench.ctx, (await newest(bench)).id, by=bench.customer(surface=Surface.HELPDESK)
    )


async def outside(bench: Bench, deed: str, *what: object, **how: object) -> Json:
    """What somebody does at the processor, who is not us; see `Hands`."""
    address = f"{bench.processor.url}/_hands/{deed}"
    asked = {"what": what, "how": how}
    async with aiohttp.ClientSession() as session, session.post(address, json=asked) as answer:
        told: Json = await answer.json()
        return told


def charge_of(bench: Bench) -> str:
    """Alice's course, as the processor names its payment."""
    return bench.world.charges[alice.order_id]


async def hear(bench: Bench, event_id: str, object_kind: str, object_id: str) -> bool:
    """The processor's event comes in; False if it was here before."""
    event = ProcessorEvent("stripe", event_id, f"{object_kind}.updated", object_kind, object_id)
    return await take_in_event(bench.ctx, bench.lumen.id, event, trace_id="trace-event")


async def fail_later(bench: Bench) -> bool:
    """The bank sends the money back, and the processor says so."""
    operation = await bench.operation((await newest(bench)).id)
    assert operation.processor_id is not None
    await outside(bench, "settle_refund", operation.processor_id, "failed", "lost_or_stolen_card")
    return await hear(bench, "evt_failed_later", "refund", operation.processor_id)


async def refund_elsewhere(bench: Bench) -> bool:
    """The merchant gives all of it back in the processor's own dashboard."""
    charge = charge_of(bench)
    await outside(bench, "refund_elsewhere", charge)
    return await hear(bench, "evt_refunded_elsewhere", "charge", charge)


async def dispute(bench: Bench) -> bool:
    """The bank takes the money."""
    await outside(bench, "open_dispute", charge_of(bench))
    return await _hear_dispute(bench, "evt_disputed")


def close_dispute(status: str) -> Step:
    """The bank decides."""

    async def step(bench: Bench) -> bool:
        named = await _dispute_of(bench)
        await outside(bench, "close_dispute", named, status)
        return await _hear_dispute(bench, "evt_dispute_closed")

    return step


async def _hear_dispute(bench: Bench, event_id: str) -> bool:
    return await hear(bench, event_id, "dispute", await _dispute_of(bench))


async def _dispute_of(bench: Bench) -> str:
    address = f"{bench.processor.url}/_sandbox/objects/dispute"
    async with aiohttp.ClientSession() as session, session.get(address) as answer:
        told: Any = await answer.json()
        found = told["data"] if isinstance(told, dict) else told
        return str(found[0]["id"])


async def cancel_now(bench: Bench) -> None:
    """From here on what is cancelled ends at once."""
    settings = await bench.settings()
    await bench.put_settings(replace(settings, cancel_when=CancelWhen.NOW))


async def stopped_elsewhere(bench: Bench) -> bool:
    """The merchant schedules the end in the processor's own dashboard."""
    subscription = bench.world.processor_subscription
    await outside(bench, "cancel_elsewhere", subscription, at_period_end=True)
    return await hear(bench, "evt_stopped_elsewhere", "subscription", subscription)


async def change_card(bench: Bench) -> None:
    """Alice wants to pay with another card."""
    await ask_card_change(
        bench.ctx,
        bench.world.alices_subscription,
        by=bench.customer(),
        pays_overdue=False,
        once_key="the form of the card",
    )


async def enter_card(bench: Bench) -> bool:
    """She enters it on the processor's page, once, and comes back."""
    by = bench.customer()
    async with bench.ctx.read(bench.lumen.id) as work:
        change = (await work.cards.list_of_customer(by.customer_id))[0]
    bench.clock.turn(seconds=5)
    link = (await show_card_change(bench.ctx, change.id, by=by)).link
    if link:
        await outside(bench, "enter_card", link, NEW_CARD)
    await look_at_return(bench.ctx, change.id, by=by)
    return False  # coming back again changes nothing


def pay_by_old_card(processor: ProcessorSandbox, subscription: str) -> None:
    """What pays the subscription before."""
    processor.change_card_elsewhere("cus_alice", OLD_CARD, subscription=subscription)


ACTS = (
    Act(
        "refund-automated",
        [ask(Surface.PORTAL)],
        [DONE],
        [(FULL, "succeeded")],
        (0, FULL),
        operations=["succeeded"],
    ),
    Act(
        "refund-manual",
        [ask(Surface.HELPDESK), approve()],
        [DONE],
        [(FULL, "succeeded")],
        (0, FULL),
        operations=["succeeded"],
    ),
    Act(
        "refund-in-part",
        [ask(Surface.HELPDESK), approve(PART)],
        [DONE],
        [(PART, "succeeded")],
        (0, PART),
        operations=["succeeded"],
    ),
    Act("refund-denied", [ask(Surface.HELPDESK), deny], [DENIED]),
    Act("refund-withdrawn", [ask(Surface.HELPDESK), withdraw], [WITHDRAWN]),
    Act(
        "refund-failed-later",
        [ask(Surface.PORTAL), fail_later],
        [FAILED],
        [(FULL, "failed")],
        (0, 0),
        operations=["reversed"],
    ),
    Act("cancel", [ask_cancel], [DONE], subscription="cancel_scheduled", operations=["succeeded"]),
    Act(
        "cancel-now",
        [ask_cancel],
        [DONE],
        subscription="canceled",
        operations=["succeeded"],
        prepare=cancel_now,
    ),
    Act("undo", [ask_cancel, undo], [DONE, DONE], operations=["succeeded", "succeeded"]),
    Act("stopped-elsewhere", [stopped_elsewhere], [], subscription="cancel_scheduled"),
    Act(
        "refunded-elsewhere",
        [ask(Surface.HELPDESK), refund_elsewhere],
        [DONE],
        [(FULL, "succeeded")],
        (0, FULL),
    ),
    Act(
        "dispute-won",
        [ask(Surface.HELPDESK), dispute, close_dispute("won"), approve()],
        [DONE],
        [(FULL, "succeeded")],
        (0, FULL),
        operations=["succeeded"],
    ),
    Act("dispute-lost", [ask(Surface.HELPDESK), dispute, close_dispute("lost")], [DENIED]),
    Act("card-change", [change_card, enter_card], [], past=pay_by_old_card, card="4444"),
)
