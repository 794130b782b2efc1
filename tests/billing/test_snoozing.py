"""Watching tickets, and putting them off: whose turn it is, until when, and who may say so."""

from datetime import UTC, date, datetime, timedelta

import pytest

from billing import snoozing
from billing.deciding import approve_request, deny_request, retry_request
from billing.errors import AlreadyDecided, Forbidden, Invalid, NotFound
from billing.records import Request
from billing.snoozing import SnoozeFor, show_snooze_choices, snooze_ticket, snooze_until_day, wake_ticket
from billing.states import Surface
from billing.tickets import ask_customer, close_ticket, open_ticket, reply_ticket
from billing.views import RequestView
from tests.billing.bench import Bench
from tests.billing.waiting import alarm_of, ask, rings_at
from tests.people import dana, erin, frank, grace, heidi

# The world begins on a Friday noon; the helpdesk works from Monday to Friday, 9 to 18, UTC.
FRIDAY = date(2026, 11, 20)
MONDAY_MORNING = datetime(2026, 11, 23, 9, tzinfo=UTC)
ADVANCE = timedelta(hours=3)


async def view_of(bench: Bench, request: Request) -> RequestView:
    async with bench.ctx.read(bench.lumen.id) as work:
        return await work.requests.get_view(request.id)


async def test_a_manual_request_is_watched_until_it_is_decided(bench: Bench) -> None:
    request, ticket_id = await ask(bench)
    assert await rings_at(bench, ticket_id) == MONDAY_MORNING
    assert (await view_of(bench, request)).due_at == MONDAY_MORNING
    bench.processor.state.faults.add("refund_unfunded")
    await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    assert await alarm_of(bench, ticket_id) is None
    assert (await view_of(bench, request)).due_at is None
    await bench.settle()  # it fails, and is for somebody here again
    assert await rings_at(bench, ticket_id) == MONDAY_MORNING
    await retry_request(bench.ctx, request.id, by=bench.staff(dana))
    assert await alarm_of(bench, ticket_id) is None


async def test_nobody_is_reminded_of_what_was_denied_or_is_automated(bench: Bench) -> None:
    request, ticket_id = await ask(bench)
    await deny_request(bench.ctx, request.id, by=bench.staff(dana), answer="No.")
    assert await alarm_of(bench, ticket_id) is None
    automated = await bench.ask_refund(surface=Surface.PORTAL)
    assert (await view_of(bench, automated)).due_at is None


async def test_reminders_pause_while_the_customer_must_answer(bench: Bench) -> None:
    request, ticket_id = await ask(bench)
    await snooze_ticket(bench.ctx, ticket_id, bench.ctx.now() + ADVANCE, by=bench.staff(dana))
    await ask_customer(bench.ctx, request.id, by=bench.staff(dana), text="Which one?", once_key="a")
    assert await alarm_of(bench, ticket_id) is None
    assert (await view_of(bench, request)).due_at is None
    bench.clock.turn(days=3)
    customer = bench.customer(surface=Surface.HELPDESK)
    await reply_ticket(bench.ctx, ticket_id, by=customer, text="This one.", once_key="b")
    view = await view_of(bench, request)
    assert view.due_at == await rings_at(bench, ticket_id) == datetime(2026, 11, 24, 12, tzinfo=UTC)
    assert view.snooze is None


async def test_a_question_is_watched_while_it_is_open(bench: Bench) -> None:
    customer = bench.customer(surface=Surface.HELPDESK)
    ticket = await open_ticket(
        bench.ctx, by=customer, subject="Where?", text="Where?", department_id=None, once_key="q"
    )
    assert await rings_at(bench, ticket.id) == MONDAY_MORNING
    await close_ticket(bench.ctx, ticket.id, by=bench.staff(frank))
    assert await alarm_of(bench, ticket.id) is None
    with pytest.raises(AlreadyDecided):
        await snooze_ticket(bench.ctx, ticket.id, bench.ctx.now() + ADVANCE, by=bench.staff(dana))


async def test_a_snooze_puts_reminders_off_and_is_told(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request, ticket_id = await ask(bench)
    until = datetime(2026, 11, 28, 20, tzinfo=UTC)  # a Saturday
    await snooze_ticket(bench.ctx, ticket_id, until, by=bench.staff(erin))
    assert await rings_at(bench, ticket_id) == datetime(2026, 11, 30, 9, tzinfo=UTC)
    snooze = (await view_of(bench, request)).snooze
    assert snooze is not None
    assert (snooze.until, snooze.by_name, snooze.holds(bench.ctx.now())) == (until, erin.name, True)
    sooner = await snooze_ticket(bench.ctx, ticket_id, bench.ctx.now() + ADVANCE, by=bench.staff(frank))
    assert (await view_of(bench, request)).snooze == sooner
    await wake_ticket(bench.ctx, ticket_id, by=bench.staff(frank))
    await wake_ticket(bench.ctx, ticket_id, by=bench.staff(frank))
    assert (await view_of(bench, request)).snooze is None
    assert await rings_at(bench, ticket_id) == MONDAY_MORNING
    lines = await bench.lines(f"ticket:{ticket_id.hex}")
    assert [line.verb for line in lines] == ["ticket.snoozed", "ticket.snoozed", "ticket.woken"]
    assert lines[0].facts["until"] == until.isoformat()


@pytest.mark.parametrize("ahead", [timedelta(0), timedelta(days=-1), timedelta(days=60, seconds=1)])
async def test_a_snooze_is_ahead_and_at_most_sixty_days(bench: Bench, ahead: timedelta) -> None:
    _, ticket_id = await ask(bench)
    with pytest.raises(Invalid) as refused:
        await snooze_ticket(bench.ctx, ticket_id, bench.ctx.now() + ahead, by=bench.staff(dana))
    assert (refused.value.field, refused.value.problem) == ("until", "snooze-range")


async def test_who_may_not_decide_may_not_snooze(bench: Bench) -> None:
    request, ticket_id = await ask(bench)
    until = bench.ctx.now() + ADVANCE
    with pytest.raises(Forbidden):
        await snooze_ticket(bench.ctx, ticket_id, until, by=bench.staff(grace))
    with pytest.raises(Forbidden):
        await wake_ticket(bench.ctx, ticket_id, by=bench.staff(grace))
    with pytest.raises(NotFound):
        await snooze_ticket(bench.ctx, ticket_id, until, by=bench.staff(heidi))
    await deny_request(bench.ctx, request.id, by=bench.staff(dana), answer="No.")
    with pytest.raises(AlreadyDecided):
        await snooze_ticket(bench.ctx, ticket_id, until, by=bench.staff(dana))


async def test_what_is_offered_ends_in_working_hours(bench: Bench) -> None:
    _, ticket_id = await ask(bench)
    assert await show_snooze_choices(bench.ctx, ticket_id, by=bench.staff(dana)) == {
        SnoozeFor.HOURS: datetime(2026, 11, 20, 16, tzinfo=UTC),
        SnoozeFor.TOMORROW: MONDAY_MORNING,
        SnoozeFor.NEXT_WEEK: MONDAY_MORNING,
    }
    snooze = await snooze_until_day(bench.ctx, ticket_id, FRIDAY + timedelta(days=8), by=bench.staff(dana))
    assert snooze.until == datetime(2026, 11, 30, 9, tzinfo=UTC)
    for day in (FRIDAY, date(1, 1, 1), date.max, FRIDAY + timedelta(days=snoozing.MOST_DAYS + 1)):
        with pytest.raises(Invalid):
            await snooze_until_day(bench.ctx, ticket_id, day, by=bench.staff(dana))
