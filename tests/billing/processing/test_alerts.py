"""Alerts: raised once while open, mailed at most daily, closed by whoever looked or by what became true."""

import asyncio

import pytest
from sqlalchemy import func, select

from billing.actors import StaffActor
from billing.errors import Forbidden, NotFound
from billing.ids import AlertId, new_id
from billing.processing.alerts import (
    close_alert,
    list_alerts,
    list_open_alerts,
    raise_alert,
    settle_alert,
)
from billing.processing.records import Alert
from billing.records import Facts
from billing.states import AlertKind
from storage.tables.processing import alerts
from tests.billing.bench import Bench
from tests.people import dana, erin, frank, heidi

_FACTS: Facts = {"order_id": "LUM-1", "amount_minor": 4900, "currency": "EUR"}


async def raised(bench: Bench, subject: str = "dispute:dp_1") -> bool:
    async with bench.ctx.begin(bench.lumen.id) as work:
        return await raise_alert(
            work, AlertKind.DISPUTED, subject, _FACTS, by=bench.system(), at=bench.clock()
        )


async def settled(bench: Bench, subject: str = "dispute:dp_1") -> bool:
    async with bench.ctx.begin(bench.lumen.id) as work:
        return await settle_alert(work, AlertKind.DISPUTED, subject, by=bench.system(), at=bench.clock())


async def open_now(bench: Bench) -> list[Alert]:
    return list((await list_open_alerts(bench.ctx, by=bench.staff(dana))).alerts)


async def mails(bench: Bench) -> int:
    return (await bench.mails()).count("alert")


async def test_it_is_open_once_for_its_subject(bench_on_each: Bench) -> None:
    bench = bench_on_each
    assert await raised(bench)
    assert not await raised(bench)
    assert await raised(bench, "dispute:dp_2")
    assert len(await open_now(bench)) == 2
    assert {"alert.raised"} <= await bench.journal_verbs()


async def test_of_many_at_once_one_raises_it(bench_on_each: Bench) -> None:
    bench = bench_on_each
    assert sorted(await asyncio.gather(*(raised(bench) for _ in range(5)))) == [False] * 4 + [True]
    assert await mails(bench) == 1


async def test_owners_are_mailed_at_once_and_about_the_same_once_a_day(bench: Bench) -> None:
    await raised(bench)
    assert await mails(bench) == 1
    for hours, wanted in ((10, 1), (10, 1), (5, 2)):
        bench.clock.turn(hours=hours)
        assert await settled(bench)
        assert await raised(bench)
        assert await mails(bench) == wanted


async def test_what_became_untrue_needs_no_look(bench: Bench) -> None:
    assert not await settled(bench)
    await raised(bench)
    assert await settled(bench)
    assert await open_now(bench) == []
    assert "alert.settled" in await bench.journal_verbs()


async def test_who_looked_first_is_kept(bench: Bench) -> None:
    await raised(bench)
    (alert,) = await open_now(bench)
    closed = await close_alert(bench.ctx, alert.id, by=bench.staff(erin))
    assert (closed.closed_by_name, closed.closed_at) == (erin.name, bench.clock())
    bench.clock.turn(hours=1)
    assert await close_alert(bench.ctx, alert.id, by=bench.staff(dana)) == closed
    assert await open_now(bench) == []
    assert (await list_alerts(bench.ctx, None, by=bench.staff(dana))).alerts == [closed]


async def test_who_does_not_manage_may_not_close_it_nor_another_account(bench: Bench) -> None:
    await raised(bench)
    (alert,) = await open_now(bench)

    async def refused(by: StaffActor, why: type[Exception], alert_id: AlertId = alert.id) -> None:
        with pytest.raises(why):
            await close_alert(bench.ctx, alert_id, by=by)

    await refused(bench.staff(frank), Forbidden)
    await refused(bench.staff(heidi), NotFound)
    await refused(bench.staff(dana), NotFound, new_id(AlertId))
    assert len(await open_now(bench)) == 1


async def test_pages_of_all_of_them_leave_none_out(bench: Bench) -> None:
    async with bench.ctx.begin(bench.lumen.id) as work:
        for number in range(120):
            subject = f"dispute:{number}"
            await raise_alert(work, AlertKind.DISPUTED, subject, {}, by=bench.system(), at=bench.clock())
    found: list[str] = []
    before = None
    while True:
        page = await list_alerts(bench.ctx, before, by=bench.staff(dana))
        found += [each.subject for each in page.alerts]
        if (before := page.older) is None:
            break
    assert len(found) == len(set(found)) == 120
    assert (await list_open_alerts(bench.ctx, by=bench.staff(dana))).has_more
    assert (await bench.rows(select(func.count()).select_from(alerts)))[0][0] == 120
