"""Reports say what the rows say, whether a day was counted before or not."""

from collections import Counter
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from uuid import uuid4

import pytest
from sqlalchemy import select

from billing import asking
from billing.deciding import approve_request, deny_request
from billing.errors import NotFound
from billing.ids import RefundId, new_id
from billing.money import Money
from billing.ports.reports import Counts
from billing.records import Refund
from billing.report_facts import (
    BUCKETS,
    GROWTH,
    Answer,
    add_up,
    answered,
    asked,
    bucket_ends,
    median_wait,
    money,
    products,
    reasons,
)
from billing.reports import (
    Pace,
    Report,
    Span,
    count_days,
    days_of,
    pace_of,
    show_report,
    steps_of,
)
from billing.states import RefundReason, RequestKind, Surface
from storage.past_sales import StoredPastSales
from storage.reports import forget_days
from storage.tables.reports import report_days
from tests.billing.bench import Bench
from tests.make import START, USD, Till
from tests.people import alice, bob, charlie, dana, erin, heidi


async def counted(bench: Bench, span: Span = Span.LAST_90) -> Report:
    """All days that are over, then the report."""
    while await count_days(bench.ctx, span, by=bench.staff(dana)):
        pass
    return await show_report(bench.ctx, span, by=bench.staff(dana))


async def some_past(bench: Bench) -> None:
    """Two requests answered by people, one by policy, one withdrawn; 149.00 went back and came back."""
    first = await bench.ask_refund(surface=Surface.HELPDESK)
    second = await bench.ask_refund(alice.subscription_order_id, surface=Surface.HELPDESK)
    cancel = await bench.ask_cancel(surface=Surface.HELPDESK)
    bench.clock.turn(hours=2)
    await approve_request(bench.ctx, first.id, by=bench.staff(erin))
    await bench.settle()
    bench.clock.turn(hours=6)
    await deny_request(bench.ctx, second.id, by=bench.staff(erin), answer="No")
    bench.clock.turn(days=1)
    await asking.withdraw_request(bench.ctx, cancel.id, by=bench.customer())
    await bench.ask_refund(bob.order_id, by=bench.customer(bob))
    await bench.settle()
    bench.clock.turn(days=4)


def told(report: Report) -> tuple[object, ...]:
    """What the page says of some_past."""
    total = report.total
    return (
        [asked(total, kind) for kind in RequestKind],
        {answer.value: answered(total, answer) for answer in Answer},
        reasons(total, RequestKind.REFUND),
        (money(total, "captured", USD).minor, money(total, "returned", USD).minor),
        report.missing,
    )


PAST = (
    [3, 1, 0],
    {"approved": 1, "approved_by_policy": 1, "denied": 1, "denied_by_policy": 0, "withdrawn": 1},
    {RefundReason.NOT_AS_EXPECTED: 3},
    (14900 + 3900 + 3900 + 14900, 29800),
    0,
)


async def test_a_report_says_what_the_rows_say(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await some_past(bench)
    report = await counted(bench)
    assert told(report) == PAST
    wait = median_wait(report.total)
    assert wait is not None
    assert timedelta(hours=2) * 0.85 < wait < timedelta(hours=2) * 1.15
    by_name = {report.products[key].name: counts for key, counts in products(report.total).items()}
    assert by_name["Photography Masterclass"][f"asked/{RequestKind.REFUND}"] == 2
    assert by_name["Photography Masterclass"]["returned/USD"] == 29800
    assert by_name["Membership Gold"]["captured/USD"] == 7800
    assert report.waiting == {}
    assert add_up(step.counts for step in report.steps) == report.total
    assert report.pace is Pace.WEEK
    # Once more, from what was kept: nothing is counted again, and nothing is different.
    assert await count_days(bench.ctx, Span.LAST_90, by=bench.staff(dana)) == 0
    assert told(await show_report(bench.ctx, Span.LAST_90, by=bench.staff(dana))) == PAST


async def test_today_is_counted_as_it_is_now(bench: Bench) -> None:
    before = await counted(bench)
    await bench.ask_refund(surface=Surface.HELPDESK)
    after = await show_report(bench.ctx, Span.LAST_90, by=bench.staff(dana))
    kinds = [asked(report.total, RequestKind.REFUND) for report in (before, after)]
    assert kinds == [0, 1]
    assert after.waiting == {RequestKind.REFUND: 1}
    assert asked(after.steps[-1].counts, RequestKind.REFUND) == 1


async def test_a_day_is_kept_when_it_has_settled_and_says_what_is_missing(bench: Bench) -> None:
    """The clock stands at noon of the 20th; ten minutes after midnight the 20th is still counted live."""
    report = await show_report(bench.ctx, Span.LAST_30, by=bench.staff(dana))
    assert report.missing == 29
    await bench.ask_refund(surface=Surface.HELPDESK)
    bench.clock.turn(hours=12, minutes=10)
    report = await counted(bench, Span.LAST_30)
    assert (report.missing, asked(report.total, RequestKind.REFUND)) == (0, 1)
    assert date(2026, 11, 20) not in await kept(bench)
    bench.clock.turn(hours=1)
    await counted(bench, Span.LAST_30)
    assert date(2026, 11, 20) in await kept(bench)


async def kept(bench: Bench) -> set[date]:
    """Days of lumen that were counted."""
    mine = report_days.c.account_id == bench.lumen.id
    return {row.day for row in await bench.rows(select(report_days.c.day).where(mine))}


async def test_a_reversed_refund_counts_for_less_on_the_day_of_its_reversal(bench: Bench) -> None:
    refund = Refund(
        new_id(RefundId),
        bench.lumen.id,
        bench.world.payments[alice.order_id],
        None,
        Money(1000, USD),
        "re_elsewhere",
        bench.clock(),
        None,
    )
    async with bench.ctx.begin(bench.lumen.id) as work:
        await work.purchases.settle_refund(refund)
    bench.clock.turn(days=2)
    async with bench.ctx.begin(bench.lumen.id) as work:
        await work.purchases.reverse_refund(refund.id, bench.clock())
    bench.clock.turn(days=2)
    report = await counted(bench, Span.LAST_30)
    returned = [money(step.counts, "returned", USD).minor for step in report.steps]
    assert [minor for minor in returned if minor] == [1000, -1000]


async def test_past_sales_that_come_later_are_counted(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await counted(bench)
    past = START - timedelta(days=20)
    async with bench.ctx.begin(bench.lumen.id) as work:
        till = Till(work, replace(bench.world, customers=dict(bench.world.customers)), bench.lumen)
        course = (await work.products.list())[0]
        await till.sell(bob, course.id, [(uuid4().hex, 700, past)])
        sales = StoredPastSales(till.work.accounts.connection, bench.lumen.id, "kartra")  # type: ignore[attr-defined]
        await forget_days(sales.connection, bench.lumen.id, [past])
    assert past.date() not in await kept(bench)
    assert len(await kept(bench)) == 89 - 3
    report = await counted(bench)
    assert money(report.total, "captured", USD).minor == 14900 + 3900 + 3900 + 14900 + 700


async def test_another_time_zone_has_other_days(bench: Bench) -> None:
    await some_past(bench)
    assert told(await counted(bench)) == PAST
    async with bench.ctx.begin(bench.lumen.id) as work:
        account = await work.accounts.hold()
        await work.accounts.save(replace(account, time_zone="Pacific/Auckland"))
    report = await show_report(bench.ctx, Span.LAST_90, by=bench.staff(dana))
    assert report.missing == 89
    assert told(await counted(bench)) == PAST


async def test_accounts_have_their_own_reports(bench: Bench) -> None:
    await some_past(bench)
    report = await show_report(bench.ctx, Span.LAST_30, by=bench.staff(heidi))
    while await count_days(bench.ctx, Span.LAST_30, by=bench.staff(heidi)):
        pass
    report = await show_report(bench.ctx, Span.LAST_30, by=bench.staff(heidi))
    assert [asked(report.total, kind) for kind in RequestKind] == [0, 0, 0]
    assert money(report.total, "captured", USD).minor == 9900
    assert charlie.account == "rival"
    stranger = replace(bench.staff(heidi), account_id=bench.lumen.id)
    with pytest.raises(NotFound):
        await show_report(bench.ctx, Span.LAST_30, by=stranger)


@pytest.mark.parametrize(
    ("span", "first", "last", "pace"),
    [
        (Span.LAST_30, date(2026, 2, 1), date(2026, 3, 2), Pace.DAY),
        (Span.LAST_90, date(2025, 12, 3), date(2026, 3, 2), Pace.WEEK),
        (Span.LAST_365, date(2025, 3, 3), date(2026, 3, 2), Pace.MONTH),
        (Span.THIS_MONTH, date(2026, 3, 1), date(2026, 3, 2), Pace.DAY),
        (Span.LAST_MONTH, date(2026, 2, 1), date(2026, 2, 28), Pace.DAY),
    ],
)
def test_spans_and_steps(span: Span, first: date, last: date, pace: Pace) -> None:
    assert days_of(span, date(2026, 3, 2)) == (first, last)
    assert pace_of(first, last) is pace
    steps = list(steps_of(first, last, pace))
    assert steps[0][0] == first
    assert steps[-1][1] == last
    gaps = {(after[0] - before[1]).days for before, after in pairwise(steps)}
    assert gaps <= {1}
    assert len(steps) <= 31


def test_medians_of_added_days_are_about_right() -> None:
    seconds = [90, 700, 700, 5000, 80000, 10**9]
    ends = bucket_ends()
    days: list[Counts] = [
        Counter({f"wait/{next((n for n, end in enumerate(ends) if each < end), BUCKETS - 1)}": 1})
        for each in seconds
    ]
    middle = median_wait(add_up(days))
    assert middle is not None
    assert 700 / GROWTH < middle.total_seconds() < 700 * GROWTH
    assert median_wait({}) is None
