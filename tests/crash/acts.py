"""What the service is killed in: acts of several steps, and what must have come of each in the end.

A step is done by a person or by the outside world. It may be done again, as by somebody who got no answer:
then it is refused, or changes nothing. Between the steps the relay delivers what is due.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import aiohttp
from sqlalchemy import select

from billing import asking
from billing.deciding import approve_request, deny_request
from billing.ids import RequestId
from billing.inbox import ProcessorEvent, take_in_event
from billing.money import Money
from billing.records import Request
from billing.states import CancelReason, CancelWhen, Surface
from selfbill.sandbox.processor.errors import Json
from storage.tables.requests import requests
from tests.billing.bench import Bench
from tests.crash.shared import OUTSIDE
from tests.make import USD
from tests.people import alice, dana

FULL, PART = 14900, 5000
DONE, FAILED, DENIED, WITHDRAWN = "done", "failed", "denied", "withdrawn"
Step = Callable[[Bench], Awaitable[object]]


@dataclass(frozen=True)
class Act:
    """Steps, and in the end: states of the requests in order, refunds at the processor, sums of the payment.

    `refunds` are (amount, status), newest first; `sums` are reserved and refunded, in minor units.
    `subscription` is its state there: active, cancel_scheduled or canceled.
    """

    name: str
    steps: Sequence[Step]
    states: Sequence[str]
    refunds: Sequence[tuple[int, str]] = ()
    sums: tuple[int, int] = (0, 0)
    subscription: str = "active"
    operations: Sequence[str] = ()
    prepare: Step | None = None


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


async def outside(bench: Bench, method: str, path: str, **fields: Json | str) -> Json:
    """What somebody does at the processor, who is not us."""
    headers = {OUTSIDE: "1", "Authorization": f"Bearer {bench.processor.secret_key}"}
    if "key" in fields:
        headers["Idempotency-Key"] = str(fields.pop("key"))
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, bench.processor.url + path, headers=headers, **fields) as answer,  # type: ignore[arg-type]
    ):
        told: Json = await answer.json()
        return told


async def refunds_of(bench: Bench, charge: str) -> list[Json]:
    listed: list[Json] = (await outside(bench, "GET", f"/v1/refunds?charge={charge}&limit=100"))["data"]
    return listed


async def hear(bench: Bench, event_id: str, object_kind: str, object_id: str) -> bool:
    """The processor's event comes in; False if it was here before."""
    event = ProcessorEvent("stripe", event_id, f"{object_kind}.updated", object_kind, object_id)
    return await take_in_event(bench.ctx, bench.lumen.id, event, trace_id="trace-event")


async def fail_later(bench: Bench) -> bool:
    """The bank sends the money back, and the processor says so."""
    (refund,) = await refunds_of(bench, bench.world.charges[alice.order_id])
    await outside(
        bench,
        "POST",
        f"/_sandbox/refunds/{refund['id']}/settle",
        json={"status": "failed", "reason": "lost_or_stolen_card"},
    )
    return await hear(bench, "evt_failed_later", "refund", refund["id"])


async def cancel_now(bench: Bench) -> None:
    """From here on what is cancelled ends at once."""
    settings = await bench.settings()
    await bench.put_settings(replace(settings, cancel_when=CancelWhen.NOW))


async def stopped_elsewhere(bench: Bench) -> bool:
    """The merchant schedules the end in the processor's own dashboard."""
    subscription = bench.world.processor_subscription
    path, fields = f"/v1/subscriptions/{subscription}", {"cancel_at_period_end": "true"}
    await outside(bench, "POST", path, key="outside", data=fields)
    return await hear(bench, "evt_stopped_elsewhere", "subscription", subscription)


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
)
