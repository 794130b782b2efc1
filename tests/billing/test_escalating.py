"""Reminders: in the thread, to a person, to a manager; in working hours, later and later."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import delete

from billing.assigning import assign_ticket
from billing.deciding import approve_request, deny_request
from billing.escalating import mail_instead
from billing.hours import default_hours
from billing.records import Request
from billing.slack.messages import NudgeDue
from billing.snoozing import snooze_ticket
from billing.states import AlarmKind, RequestState, Surface
from billing.tickets import ask_customer, open_ticket, reply_ticket
from billing.working_hours import set_hours
from storage.migrations.versions.slack import WATCH_WHAT_WAITS
from storage.tables.timing import alarms
from tests.billing.bench import Bench, patiently
from tests.billing.waiting import alarm_of, ask, clock_of, connect, rings_at, told
from tests.people import dana, erin, frank

# The world begins on Friday, November 20, at noon.
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


async def turn_to(bench: Bench, at: datetime) -> None:
    bench.clock.at = at
    await clock_of(bench).ring_due()


async def ring_next(bench: Bench, request: Request) -> datetime:
    assert request.ticket_id is not None
    await turn_to(bench, await rings_at(bench, request.ticket_id))
    return bench.clock.at


async def test_reminders_climb_and_come_later_and_later(bench: Bench) -> None:
    await connect(bench)
    request, _ = await ask(bench)
    await turn_to(bench, MONDAY - timedelta(seconds=1))
    assert await told(bench) == []
    came = [await ring_next(bench, request) for _ in range(7)]
    assert [at.day for at in came] == [23, 24, 25, 27, 1, 8, 15]
    assert {(at.hour, at.isoweekday() < 6) for at in came} == {(9, True)}
    # 149.00 is above what frank may decide; grace reads only.
    assert await told(bench) == [
        "slack-reminder 1",
        "slack-nudge 2 Dana",
        "slack-nudge 2 Erin",
        *(f"slack-nudge {step} Erin" for step in range(3, 8)),
    ]


async def test_a_person_whose_it_is_hears_of_it_alone(bench: Bench) -> None:
    await connect(bench)
    request, ticket_id = await ask(bench)
    await assign_ticket(bench.ctx, ticket_id, bench.world.staff[dana.name], by=bench.staff(dana))
    for _ in range(3):
        await ring_next(bench, request)
    assert await told(bench) == ["slack-reminder 1", "slack-nudge 2 Dana", "slack-nudge 3 Erin"]


async def test_of_two_people_the_first_is_not_reminded(bench: Bench) -> None:
    await connect(bench)
    async with bench.ctx.begin(bench.lumen.id) as work:
        account = await work.accounts.hold()
        await work.accounts.save(replace(account, two_people_above_minor=5000))
    request, ticket_id = await ask(bench)
    await assign_ticket(bench.ctx, ticket_id, bench.world.staff[erin.name], by=bench.staff(dana))
    await approve_request(bench.ctx, request.id, by=bench.staff(erin))
    for _ in range(3):
        await ring_next(bench, request)
    assert await told(bench) == ["slack-reminder 1", "slack-nudge 2 Dana", "slack-nudge 3 Dana"]


async def test_whom_slack_does_not_reach_is_mailed(bench: Bench) -> None:
    request, _ = await ask(bench)
    for _ in range(3):
        await ring_next(bench, request)
    assert await told(bench) == [
        "slack-waiting 1 Dana",
        "slack-waiting 1 Erin",
        "slack-waiting 2 Dana",
        "slack-waiting 2 Erin",
        "slack-waiting 3 Erin",
    ]


async def test_who_is_not_linked_is_mailed(bench: Bench) -> None:
    await connect(bench)
    request, _ = await ask(bench)
    async with bench.ctx.begin(bench.lumen.id) as work:
        assert await work.channels.drop_link(bench.world.staff[erin.name])
    for _ in range(3):
        await ring_next(bench, request)
    assert await told(bench) == [
        "slack-reminder 1",
        "slack-nudge 2 Dana",
        "slack-waiting 2 Erin",
        "slack-waiting 3 Erin",
    ]


async def test_a_message_that_slack_did_not_take_is_mailed_once(bench: Bench) -> None:
    _, ticket_id = await ask(bench)
    nudge = NudgeDue(ticket_id, bench.world.staff[erin.name], 2)
    for _ in range(2):
        await mail_instead(bench.ctx, nudge, once="that", by=bench.system())
    assert await told(bench) == ["slack-waiting 2 Erin"]


@pytest.mark.parametrize("hour", [0, 8, 18, 23])
async def test_nobody_is_reminded_outside_of_working_hours(bench: Bench, hour: int) -> None:
    await connect(bench)
    _, ticket_id = await ask(bench)
    # No worker ran for a week and a half; it is Saturday, or a weekday's night.
    await turn_to(bench, datetime(2026, 12, 2, hour, tzinfo=UTC))
    assert await told(bench) == []
    opens = datetime(2026, 12, 2 if hour < 9 else 3, 9, tzinfo=UTC)
    assert await rings_at(bench, ticket_id) == opens
    await turn_to(bench, opens)
    assert await told(bench) == ["slack-reminder 1"]


async def test_more_time_that_was_given_counts(bench: Bench) -> None:
    await connect(bench)
    _, ticket_id = await ask(bench)
    hours = replace(default_hours(bench.lumen.id, bench.world.desk.id), answer_hours=100)
    await set_hours(bench.ctx, hours, by=bench.staff(dana))
    await turn_to(bench, MONDAY)
    assert await told(bench) == []
    assert await rings_at(bench, ticket_id) == datetime(2026, 11, 24, 16, tzinfo=UTC)


async def test_a_snoozed_one_waits_and_wakes_by_itself(bench: Bench) -> None:
    await connect(bench)
    request, ticket_id = await ask(bench)
    await snooze_ticket(bench.ctx, ticket_id, MONDAY + timedelta(days=2, hours=2), by=bench.staff(dana))
    await turn_to(bench, MONDAY)
    assert await told(bench) == []
    await ring_next(bench, request)
    async with bench.ctx.read(bench.lumen.id) as work:
        view = await work.requests.get_view(request.id)
        entries = (await work.tickets.get_view(ticket_id, internal=True)).entries
    assert (view.snooze, entries[-1].verb, entries[-1].at.day) == (None, "ticket.woke", 25)
    assert await told(bench) == []  # its thread has heard that it woke
    await ring_next(bench, request)
    assert await told(bench) == ["slack-nudge 2 Dana", "slack-nudge 2 Erin"]


async def test_nobody_is_reminded_while_the_customer_must_answer(bench: Bench) -> None:
    await connect(bench)
    request, ticket_id = await ask(bench)
    await ring_next(bench, request)
    await ask_customer(bench.ctx, request.id, by=bench.staff(dana), text="Which?", once_key="a")
    await turn_to(bench, MONDAY + timedelta(days=30))
    assert await told(bench) == ["slack-reminder 1"]
    customer = bench.customer(surface=Surface.HELPDESK)
    await reply_ticket(bench.ctx, ticket_id, by=customer, text="This.", once_key="b")
    await ring_next(bench, request)
    assert await told(bench) == ["slack-reminder 1"] * 2


async def test_a_failed_request_is_reminded_of_again(bench: Bench) -> None:
    await connect(bench)
    request, ticket_id = await ask(bench)
    bench.processor.state.faults.add("refund_unfunded")
    await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    assert await alarm_of(bench, ticket_id) is None
    await bench.settle()
    await ring_next(bench, request)
    assert await told(bench) == ["slack-reminder 1"]


async def test_a_question_is_reminded_of_in_its_thread_alone(bench: Bench) -> None:
    await connect(bench)
    by = bench.customer(surface=Surface.HELPDESK)
    ticket = await open_ticket(
        bench.ctx, by=by, subject="Where?", text="Where?", department_id=None, once_key="q"
    )
    for _ in range(3):
        await turn_to(bench, await rings_at(bench, ticket.id))
    assert await told(bench) == [f"slack-reminder {step}" for step in (1, 2, 3)]


async def test_two_workers_remind_once(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await connect(bench)
    await ask(bench)
    bench.clock.at = MONDAY
    await asyncio.gather(*(clock_of(bench).ring_due() for _ in range(4)))
    assert await told(bench) == ["slack-reminder 1"]


async def test_who_decides_while_it_rings_is_not_reminded_after(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request, ticket_id = await ask(bench)
    bench.clock.at = MONDAY

    async def decide() -> None:
        await patiently(lambda: deny_request(bench.ctx, request.id, by=bench.staff(dana), answer="No."))

    await asyncio.gather(*(clock_of(bench).ring_due() for _ in range(3)), decide())
    assert await alarm_of(bench, ticket_id) is None
    assert len(await told(bench)) in {0, 2}  # before it was decided, dana and erin; else nobody


async def test_what_waited_before_there_were_reminders_is_watched(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await connect(bench)
    request, ticket_id = await ask(bench)
    cancel = await bench.ask_cancel(surface=Surface.HELPDESK)
    await deny_request(bench.ctx, cancel.id, by=bench.staff(dana), answer="No.")
    await bench.change(delete(alarms).where(alarms.c.kind == AlarmKind.REMINDER), WATCH_WHAT_WAITS)
    await clock_of(bench).ring_due()
    assert await told(bench) == []
    assert await rings_at(bench, ticket_id) == MONDAY
    assert cancel.ticket_id is not None
    assert await alarm_of(bench, cancel.ticket_id) is None
    await ring_next(bench, request)
    assert await told(bench) == ["slack-reminder 1"]


async def test_a_year_decides_nothing(bench: Bench) -> None:
    await connect(bench)
    request, ticket_id = await ask(bench)
    cancel = await bench.ask_cancel(surface=Surface.HELPDESK)
    await assign_ticket(bench.ctx, ticket_id, bench.world.staff[frank.name], by=bench.staff(dana))
    end = bench.clock.at + timedelta(days=365)
    while bench.clock.at < end:
        bench.clock.turn(days=5)
        await clock_of(bench).ring_due()
        await bench.settle()
    for each in (request, cancel):
        assert (await bench.request(each.id)).state is RequestState.PENDING
    assert bench.refunds() == []
    assert await bench.sums() == (14900, 0)
    assert len(await told(bench)) > 50
