"""The clock: one worker of many rings an alarm, and one that fails holds nobody up."""

import asyncio
from collections import Counter
from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from billing.alarms import AGAIN, Clock, Ring, claim
from billing.context import Context
from billing.errors import Unavailable
from billing.hours import Alarm
from billing.states import AlarmKind
from tests.billing.bench import Bench

A_DAY = timedelta(days=1)


async def set_alarms(bench: Bench, count: int, kind: AlarmKind = AlarmKind.PROFILES) -> list[UUID]:
    subjects = [uuid4() for _ in range(count)]
    async with bench.ctx.begin(bench.lumen.id) as work:
        for subject in subjects:
            await work.timing.set_alarm(Alarm(bench.lumen.id, kind, subject, bench.ctx.now(), 0))
    return subjects


async def find(bench: Bench, subject: UUID, kind: AlarmKind = AlarmKind.PROFILES) -> Alarm:
    async with bench.ctx.read(bench.lumen.id) as work:
        alarm = await work.timing.find_alarm(kind, subject)
    assert alarm is not None
    return alarm


def counting(rung: Counter[UUID]) -> Ring:
    async def ring(ctx: Context, alarm: Alarm) -> None:
        async with ctx.begin(alarm.account_id) as work:
            if await claim(ctx, work, alarm) is None:
                return
            again = Alarm(alarm.account_id, alarm.kind, alarm.subject, ctx.now() + A_DAY, alarm.step + 1)
            await work.timing.set_alarm(again)
            rung[alarm.subject] += 1

    return ring


async def test_of_many_workers_one_rings_an_alarm(bench_on_each: Bench) -> None:
    bench, rung = bench_on_each, Counter[UUID]()
    subjects = await set_alarms(bench, 12)
    workers = [Clock(bench.ctx, {AlarmKind.PROFILES: counting(rung)}) for _ in range(4)]
    await asyncio.gather(*(worker.ring_due() for worker in workers))
    assert rung == dict.fromkeys(subjects, 1)
    assert {(await find(bench, each)).step for each in subjects} == {1}
    assert await workers[0].ring_due() == 0
    bench.clock.turn(days=1)
    assert await workers[0].ring_due() == 12


async def test_an_alarm_that_breaks_is_tried_again_later_and_holds_nobody_up(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    rung = Counter[UUID]()
    bad, *good = await set_alarms(bench, 5)
    count = counting(rung)

    async def ring(ctx: Context, alarm: Alarm) -> None:
        if alarm.subject == bad and not rung[bad]:
            rung[bad] += 1
            raise ArithmeticError("a bug")
        await count(ctx, alarm)

    clock = Clock(bench.ctx, {AlarmKind.PROFILES: ring})
    await clock.ring_due()
    assert rung == dict.fromkeys([bad, *good], 1)
    assert "an alarm broke" in caplog.text
    assert (await find(bench, bad)).due_at == bench.ctx.now() + AGAIN
    assert await clock.ring_due() == 0
    bench.clock.turn(seconds=AGAIN.total_seconds())
    assert await clock.ring_due() == 1
    assert (rung[bad], (await find(bench, bad)).step) == (2, 1)


async def test_what_was_not_committed_is_rung_again(bench: Bench) -> None:
    (subject,) = await set_alarms(bench, 1)

    async def killed(ctx: Context, alarm: Alarm) -> None:
        async with ctx.begin(alarm.account_id) as work:
            assert await claim(ctx, work, alarm)
            raise Unavailable

    await Clock(bench.ctx, {AlarmKind.PROFILES: killed}).ring_due()
    assert (await find(bench, subject)).due_at == bench.ctx.now()
    rung = Counter[UUID]()
    await Clock(bench.ctx, {AlarmKind.PROFILES: counting(rung)}).ring_due()
    assert rung == {subject: 1}


async def test_an_alarm_that_nobody_here_rings_waits_for_somebody_who_does(bench: Bench) -> None:
    (subject,) = await set_alarms(bench, 1, AlarmKind.ROTATION)
    await Clock(bench.ctx, {}).ring_due()
    assert (await find(bench, subject, AlarmKind.ROTATION)).due_at == bench.ctx.now() + AGAIN


async def test_the_clock_rings_by_itself(bench: Bench) -> None:
    rung, heard = Counter[UUID](), asyncio.Event()
    count = counting(rung)

    async def ring(ctx: Context, alarm: Alarm) -> None:
        await count(ctx, alarm)
        heard.set()

    (subject,) = await set_alarms(bench, 1)
    running = asyncio.create_task(Clock(bench.ctx, {AlarmKind.PROFILES: ring}).run())
    async with asyncio.timeout(30):
        await heard.wait()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    assert rung == {subject: 1}
