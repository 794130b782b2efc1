"""A life of the service in one process: an act from where it stands, and what it has come to."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from billing.errors import Conflict
from billing.messages import Destination
from billing.states import RequestState
from storage.tables.ledger import WAITING, inbox, journal, outbox
from storage.tables.processing import card_changes, card_steps
from storage.tables.requests import operations, requests
from tests.billing.bench import Bench, patiently
from tests.crash.acts import Act
from tests.crash.shared import Shared
from tests.people import alice

MOST_TURNS = 100
SOON = timedelta(seconds=30)  # after a kill, all is well again


@dataclass(frozen=True)
class Told:
    """All that the database says in the end, without what differs from run to run: ids, times, tries."""

    states: Sequence[str]
    operations: Sequence[str]
    sums: tuple[int, int]
    subscription: str
    journal: Counter[str]
    messages: Counter[tuple[str, str, str]]
    events: int
    waiting: int
    cards: Sequence[str]
    findings: Sequence[str]


async def live(bench: Bench, act: Act, shared: Shared, *, again: bool = False) -> None:
    """Every step of the act, and after each what the relay has to do. `again`: others began it, and died."""
    if again:
        await bench.ctx.store.free_leases()  # as a worker does when it starts
        await settle(bench, SOON)
    for number, step in enumerate(act.steps):
        was_answered = shared.answered > number
        try:
            has_effect = await patiently(lambda step=step: step(bench)) is not False  # type: ignore[misc]
        except Conflict:
            assert again, "refused, although nobody had done it before"
            has_effect = False
        assert not (was_answered and has_effect), f"step {number} was answered, and then it was lost"
        shared.answered = max(shared.answered, number + 1)
        await settle(bench, SOON)


async def settle(bench: Bench, within: timedelta | None = None) -> None:
    """Deliver what is due for the processor, turning the clock to what is due next: `within` this, or all."""
    await bench.relay.drain()
    until = None if within is None else bench.clock() + within
    for _ in range(MOST_TURNS):
        due = await _next_due(bench)
        if due is None or (until is not None and due > until):
            return
        bench.clock.at = max(bench.clock.at, due)
        await bench.relay.drain()
    raise AssertionError("the relay comes to no end")


async def _next_due(bench: Bench) -> datetime | None:
    o = outbox.c
    waiting = select(o.due_at, o.leased_until).where(WAITING, o.destination == Destination.PROCESSOR)
    rows = await bench.rows(waiting)
    return min((max(filter(None, row)) for row in rows), default=None)


async def claims(bench: Bench) -> set[str]:
    """What customers are told that only the processor can make true: a page or a mail that says done."""
    done = await bench.rows(select(requests.c.kind).where(requests.c.state == RequestState.DONE))
    return {f"page {kind}" for (kind,) in done} | {
        mail for mail in await bench.mails() if mail.endswith("done")
    }


async def tell(bench: Bench) -> Told:
    """Read everything, and let the audit look at it."""
    o = outbox.c
    waits = (WAITING, o.destination == Destination.PROCESSOR, o.due_at <= bench.clock() + SOON)
    waiting = await bench.rows(select(o.id).where(*waits))
    # What is read once more at the processor is nobody's business.
    told = select(o.destination, o.kind, o.payload).where(o.destination != Destination.PROCESSOR)
    messages = await bench.rows(told)
    changes = await bench.rows(select(card_changes.c.state))
    steps = await bench.rows(select(card_steps.c.kind, card_steps.c.state))
    return Told(
        states=sorted(str(row[0]) for row in await bench.rows(select(requests.c.state))),
        operations=sorted(str(row[0]) for row in await bench.rows(select(operations.c.state))),
        sums=await bench.sums(alice.order_id),
        subscription=(await bench.subscription()).state,
        journal=Counter(row[0] for row in await bench.rows(select(journal.c.verb))),
        messages=Counter((str(to), kind, str(payload.get("state", ""))) for to, kind, payload in messages),
        events=len(await bench.rows(select(inbox.c.external_id))),
        waiting=len(waiting),
        cards=sorted(str(row[0]) for row in changes) + sorted(f"{kind} {state}" for kind, state in steps),
        findings=[f"{each.what} {each.subject}: {each.detail}" for each in await bench.audit()],
    )
