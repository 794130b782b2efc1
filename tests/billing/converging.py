"""Webhooks converge: whatever was heard, lost, repeated or swapped, one read of everything is the truth.

`converge(bench, seed)` sells a charge of its own, so that many seeds share one bench; it is replayed by seed.
"""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from billing import asking
from billing.deciding import approve_request, deny_request, retry_request
from billing.errors import Refusal
from billing.ids import PaymentId, RequestId
from billing.records import Request
from billing.states import DISPUTED, AlertKind, RefundReason, RequestState, Surface
from billing.waits import READ_AGAIN
from selfbill.sandbox.processor.errors import ApiError
from storage.tables.processing import alerts
from tests.billing.bench import Bench
from tests.people import alice, dana

MOST_DEEDS = 12
MOST_EVENTS = 6
PRICE = 10_000


@dataclass
class Story:
    """What happens to one charge; `events` are those that nobody has told us yet."""

    bench: Bench
    chance: random.Random
    charge: str
    payment_id: PaymentId
    told: list[str] = field(default_factory=list)
    events: list[tuple[str, str]] = field(default_factory=list)
    requests: list[RequestId] = field(default_factory=list)

    def happens(self, what: str, kind: str, thing: dict[str, Any]) -> None:
        """At the processor, which makes an event of it."""
        self.told.append(what)
        self.events.append((kind, str(thing["id"])))

    def disputes(self, *statuses: str) -> list[dict[str, Any]]:
        found = self.bench.processor.state.every("dispute", {"charge": self.charge})
        return [each for each in found if not statuses or each["status"] in statuses]

    async def newest(self) -> Request | None:
        return await self.bench.request(self.requests[-1]) if self.requests else None


async def _ask(story: Story) -> None:
    surface = story.chance.choice(list(Surface))
    request = await asking.ask_refund(
        story.bench.ctx,
        story.payment_id,
        by=story.bench.customer(surface=surface),
        reason=RefundReason.OTHER,
        message="",
        once_key=uuid4().hex,
    )
    story.told.append(f"ask on {surface}")
    story.requests.append(request.id)


async def _decide(story: Story) -> None:
    request, by = await story.newest(), story.bench.staff(dana)
    if request is None:
        return
    if request.state is RequestState.FAILED:
        await retry_request(story.bench.ctx, request.id, by=by)
        story.told.append("try again")
    elif story.chance.random() < 0.7:
        await approve_request(story.bench.ctx, request.id, by=by)
        story.told.append("approve")
    else:
        await deny_request(story.bench.ctx, request.id, by=by, answer="No.")
        story.told.append("deny")


async def _stumble(story: Story) -> None:
    """The next refund of ours meets trouble."""
    kind = story.chance.choice(["lost_after", "lost_before", "refund_pending"])
    more = {"seconds": 40.0} if kind == "refund_pending" else {"method": "POST", "path": "/v1/refunds"}
    story.bench.processor.state.faults.add(kind, **more)
    story.told.append(kind)


async def _send(story: Story) -> None:
    await story.bench.settle(seconds=story.chance.choice([0, 5, 30]))
    story.told.append("deliver")


async def _refund(story: Story) -> None:
    amount = story.chance.choice([None, 2500, 4000])
    story.happens("refund", "refund", story.bench.processor.refund_elsewhere(story.charge, amount))


async def _take_back(story: Story) -> None:
    refunds = [each for each in story.bench.processor.refunds(story.charge) if each["status"] == "succeeded"]
    if refunds:
        refund = story.chance.choice(refunds)
        story.happens("taken back", "refund", story.bench.processor.settle_refund(refund["id"], "failed"))


async def _dispute(story: Story) -> None:
    is_inquiry = story.chance.random() < 0.3
    amount = story.chance.choice([None, 3000])
    made = story.bench.processor.open_dispute(story.charge, amount, is_inquiry=is_inquiry)
    story.happens("inquiry" if is_inquiry else "dispute", "dispute", made)


async def _end_dispute(story: Story) -> None:
    waiting = story.disputes("needs_response", "warning_needs_response")
    if waiting:
        name, end = waiting[0]["id"], story.chance.choice(["won", "lost", "grow"])
        if end == "grow" and waiting[0]["status"].startswith("warning"):
            story.happens("dispute grows", "dispute", story.bench.processor.escalate_dispute(name))
        elif end != "grow":
            story.happens(f"dispute {end}", "dispute", story.bench.processor.close_dispute(name, end))


_DEEDS: tuple[Callable[[Story], Awaitable[None]], ...] = (
    *[_ask] * 3,
    *[_decide] * 3,
    _stumble,
    *[_send] * 2,
    _refund,
    _take_back,
    *[_dispute] * 2,
    *[_end_dispute] * 2,
)


async def converge(bench: Bench, seed: int) -> list[str]:
    """What differs from the processor's truth at the end, with what had happened; empty: nothing does."""
    chance = random.Random(seed)
    charge = bench.processor.sell(PRICE, "usd", customer="cus_alice", email=alice.email)["id"]
    await bench.hear("charge", charge)
    async with bench.ctx.read(bench.lumen.id) as work:
        payment = await work.purchases.find_payment_by_processor(charge)
    assert payment is not None
    story = Story(bench, chance, charge, payment.id)
    heard = 0
    for _ in range(chance.randint(2, MOST_DEEDS)):
        try:
            await chance.choice(_DEEDS)(story)
        except (ApiError, Refusal) as no:
            story.told.append(f"({type(no).__name__})")
        if story.events and heard < MOST_EVENTS and chance.random() < 0.5:
            heard += 1
            await _hear_one(story)
    while story.events and heard < MOST_EVENTS:
        heard += 1
        await _hear_one(story)
    bench.processor.state.faults.clear()
    for wait in READ_AGAIN[:6]:
        await bench.settle(seconds=wait.total_seconds())
    await _read_everything(story)
    return [f"seed {seed}: {wrong}; {', '.join(story.told)}" for wrong in await _differences(story)]


async def _hear_one(story: Story) -> None:
    """Any of those that wait: once, twice, or never."""
    kind, name = story.events.pop(story.chance.randrange(len(story.events)))
    times = story.chance.choice([0, 1, 1, 2])
    story.told.append(f"hear {kind} {times} times")
    for _ in range(times):
        await story.bench.hear(kind, name)


async def _read_everything(story: Story) -> None:
    names = [("refund", each["id"]) for each in story.bench.processor.refunds(story.charge)]
    names += [("dispute", each["id"]) for each in story.disputes()]
    story.chance.shuffle(names)
    for kind, name in [*names, ("charge", story.charge)]:
        await story.bench.hear(kind, name)
    await story.bench.settle(seconds=5)


async def _differences(story: Story) -> list[str]:
    bench = story.bench
    async with bench.ctx.read(bench.lumen.id) as work:
        payment = await work.purchases.get_payment(story.payment_id)
        disputes = {each.processor_id: each for each in await work.disputes.list_of(payment.id)}
        view = await work.purchases.get_view(payment.purchase_id)
    there = {each["id"]: each["amount"] for each in _standing(story)}
    here = {each.processor_id: each.amount.minor for each in view.refunds if each.reversed_at is None}
    taken = sum(each.amount.minor for each in disputes.values() if each.state in DISPUTED)
    wrong = []
    if here != there or payment.refunded.minor != sum(there.values()):
        wrong.append(f"refunds are {here}, there {there}, in all {payment.refunded}")
    if set(disputes) != {each["id"] for each in story.disputes()}:
        wrong.append(f"disputes are {sorted(disputes)}")
    if taken != sum(each["amount"] for each in story.disputes("needs_response", "lost")):
        wrong.append(f"{taken} is disputed")
    if payment.disputed.minor != min(taken, PRICE - payment.refunded.minor - payment.reserved.minor):
        wrong.append(f"{payment.disputed} counts as disputed")
    is_twice = bool(taken and payment.refunded.minor and taken + payment.refunded.minor > PRICE)
    if await _is_called(story) is not is_twice:
        wrong.append("people were not called" if is_twice else "people were called in vain")
    wrong += [f"it is {each.state}" for each in view.requests if not _is_true(each, payment.refunded.minor)]
    return wrong + [str(each) for each in await bench.audit()]


def _standing(story: Story) -> list[dict[str, Any]]:
    return [each for each in story.bench.processor.refunds(story.charge) if each["status"] == "succeeded"]


def _is_true(request: Request, refunded: int) -> bool:
    """Nothing is under way for ever, and nobody reads "refunded" of money that is not."""
    if request.state is RequestState.DONE:
        return request.refund_amount is not None and request.refund_amount.minor <= refunded
    return request.state is not RequestState.APPROVED


async def _is_called(story: Story) -> bool:
    names = [f"dispute:{each['id']}" for each in story.disputes()]
    crossed = alerts.c.kind == AlertKind.REFUND_CROSSED_DISPUTE
    of_these = alerts.c.subject.in_(names)
    return bool(
        await story.bench.rows(select(alerts.c.id).where(crossed, of_these, alerts.c.closed_at.is_(None)))
    )
