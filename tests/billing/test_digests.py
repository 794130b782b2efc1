"""The daily digest: what it counts, and that it is sent once on every working day."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from billing.deciding import approve_request, deny_request
from billing.digests import show_digest
from billing.errors import Forbidden, Invalid, NotFound, Stale
from billing.helpdesks import archive_helpdesk
from billing.hours import Hours, default_hours
from billing.money import Money
from billing.states import AlarmKind, Surface
from billing.tickets import ask_customer, open_ticket
from billing.working_hours import set_hours, show_hours
from tests.billing.bench import Bench
from tests.billing.waiting import ask, clock_of, told
from tests.make import USD
from tests.people import alice, bob, dana, erin, frank, heidi

# The world begins on Friday, November 20, at noon.
MONDAY = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)


def usual(bench: Bench, digest_at: int | None = 8 * 60 + 30) -> Hours:
    return replace(default_hours(bench.lumen.id, bench.world.desk.id), digest_at=digest_at)


async def ring(bench: Bench, at: datetime, workers: int = 1) -> None:
    bench.clock.at = at
    await asyncio.gather(*(clock_of(bench).ring_due() for _ in range(workers)))


async def test_a_digest_is_sent_once_on_every_working_day(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await set_hours(bench.ctx, usual(bench), by=bench.staff(erin))
    await ring(bench, MONDAY - timedelta(seconds=1))
    assert await told(bench) == []
    await ring(bench, MONDAY, workers=4)
    assert await told(bench) == ["slack-digest 2026-11-23"]
    # Switched off and on again, and a worker that was killed: still one.
    await set_hours(bench.ctx, usual(bench, None), by=bench.staff(erin))
    await set_hours(bench.ctx, usual(bench, 8 * 60 + 31), by=bench.staff(erin))
    await ring(bench, MONDAY + timedelta(minutes=1))
    assert await told(bench) == ["slack-digest 2026-11-23"]
    for days in range(1, 7):
        await ring(bench, MONDAY + timedelta(days=days, hours=1))
    assert await told(bench) == [f"slack-digest 2026-11-{day}" for day in range(23, 28)]


async def test_who_slept_over_a_day_sends_that_of_today_alone(bench: Bench) -> None:
    await set_hours(bench.ctx, usual(bench), by=bench.staff(dana))
    await ring(bench, MONDAY + timedelta(days=3, hours=-2))
    assert await told(bench) == []
    await ring(bench, MONDAY + timedelta(days=3))
    assert await told(bench) == ["slack-digest 2026-11-26"]


async def test_an_archived_helpdesk_sends_none(bench: Bench) -> None:
    await set_hours(bench.ctx, usual(bench), by=bench.staff(dana))
    await archive_helpdesk(bench.ctx, bench.world.desk.id, by=bench.system())
    await ring(bench, MONDAY)
    assert await told(bench) == []
    async with bench.ctx.read(bench.lumen.id) as work:
        assert await work.timing.find_alarm(AlarmKind.DIGEST, bench.world.desk.id) is None


async def test_a_digest_counts_what_waits_and_what_was_decided(bench: Bench) -> None:
    await ask(bench)
    denied = await bench.ask_refund(
        bob.order_id, by=bench.customer(bob, surface=Surface.HELPDESK), surface=Surface.HELPDESK
    )
    await deny_request(bench.ctx, denied.id, by=bench.staff(dana), answer="No.")
    bench.processor.state.faults.add("refund_unfunded")
    failed = await bench.ask_refund(alice.subscription_order_id, surface=Surface.HELPDESK)
    await approve_request(bench.ctx, failed.id, by=bench.staff(dana))
    await bench.settle()
    cancel = await bench.ask_cancel(surface=Surface.HELPDESK)
    await ask_customer(bench.ctx, cancel.id, by=bench.staff(dana), text="Why?", once_key="w")
    await open_ticket(
        bench.ctx,
        by=bench.customer(surface=Surface.HELPDESK),
        subject="Where?",
        text="Where?",
        department_id=None,
        once_key="q",
    )
    asked_at, bench.clock.at = bench.clock.at, MONDAY
    digest = await show_digest(bench.ctx, bench.lumen.id, bench.world.desk.id, MONDAY.date())
    assert (digest.waiting, digest.totals, digest.oldest_at) == (1, (Money(14900, USD),), asked_at)
    assert (digest.failed, digest.questions, digest.on_customer, digest.overdue) == (1, 1, 1, 0)
    assert (digest.since, digest.approved, digest.denied, digest.withdrawn) == (date(2026, 11, 20), 1, 1, 0)
    bench.clock.turn(hours=2)
    later = await show_digest(bench.ctx, bench.lumen.id, bench.world.desk.id, date(2026, 11, 24))
    assert (later.overdue, later.approved, later.is_empty) == (1, 0, False)


async def test_working_hours_are_for_owners_and_managers(bench: Bench) -> None:
    hours = usual(bench)
    with pytest.raises(Forbidden):
        await set_hours(bench.ctx, hours, by=bench.staff(frank))
    with pytest.raises(Forbidden):
        await show_hours(bench.ctx, hours.helpdesk_id, by=bench.staff(frank))
    with pytest.raises(NotFound):
        await show_hours(bench.ctx, hours.helpdesk_id, by=bench.staff(heidi))
    with pytest.raises(Stale):
        await set_hours(bench.ctx, hours, by=bench.staff(dana), seen="another")
    for wrong in ({"days": ()}, {"days": (8,)}, {"opens": -1}, {"closes": 1441}, {"digest_at": 1440}):
        with pytest.raises(Invalid):
            await set_hours(bench.ctx, replace(hours, **wrong), by=bench.staff(dana))
    await set_hours(bench.ctx, hours, by=bench.staff(dana))
    await set_hours(bench.ctx, hours, by=bench.staff(dana))
    lines = await bench.lines(f"helpdesk:{hours.helpdesk_id.hex}")
    assert [line.verb for line in lines].count("helpdesk.hours_set") == 1
    assert lines[-1].facts["digest_at"] == 510
