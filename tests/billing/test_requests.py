"""Asking and deciding: policy decides at once, or people do; nothing is asked or decided twice."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import func, select, update

from billing import asking
from billing.deciding import approve_request, consider_request, deny_request, retry_request
from billing.errors import (
    AboveLimit,
    AlreadyDecided,
    AlreadyPending,
    CodeNeeded,
    Forbidden,
    Invalid,
    NotFound,
    NotOffered,
    OwnRequest,
    Refusal,
    Repeated,
    SwitchedOff,
)
from billing.money import Money
from billing.policy import Blocked
from billing.ports import InboxQuery, RequestFilter
from billing.records import Request
from billing.requests import list_inbox, show_request
from billing.states import (
    AskCode,
    Decision,
    RequestState,
    Surface,
    TicketState,
)
from storage.tables.accounts import staff
from storage.tables.helpdesks import helpdesks
from storage.tables.requests import requests
from tests.billing.bench import Bench, patiently
from tests.people import CustomerPerson, StaffPerson, alice, bob, charlie, dana, erin, frank, grace, heidi

FULL = 14900
SMALL = "40001003"  # below frank's limit
RECEIVED, DENIED, WITHDRAWN = (f"request-outcome {s}" for s in ("pending", "denied", "withdrawn"))


async def ticket_state(bench: Bench, request: Request) -> TicketState:
    assert request.ticket_id is not None
    async with bench.ctx.read(bench.lumen.id) as work:
        return (await work.tickets.get(request.ticket_id)).state


async def test_outside_the_period_it_is_denied_at_once_with_the_reason(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request = await bench.ask_refund("40001002")  # 34 days old, the period is 14
    assert request.state is RequestState.DENIED
    assert (request.decided_by, request.policy.within_period) == ("system:policy", False)
    assert request.policy.period_ends_at == bench.clock() - timedelta(days=20)
    assert await bench.sums("40001002") == (0, 0)
    assert await bench.mails() == [RECEIVED, DENIED]
    await bench.settle()
    assert bench.refunds("40001002") == []
    async with bench.ctx.read(bench.lumen.id) as work:
        (approval,) = await work.requests.list_approvals(request.id)
        assert await work.operations.find_latest(request.id) is None
    assert (approval.by, approval.says) == ("system:policy", Decision.NO)
    assert await bench.verbs(request.id) == ["request.asked", "request.denied"]


async def test_the_period_ends_with_its_last_second(bench: Bench) -> None:
    bench.clock.turn(days=27)  # paid three days ago, thirty days
    assert (await bench.ask_refund()).state is RequestState.APPROVED
    bench.clock.turn(seconds=1)
    by = bench.customer(bob)
    assert (await bench.ask_refund(bob.order_id, by=by)).state is RequestState.DENIED


async def test_manual_opens_a_ticket_for_people(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request = await bench.ask_refund(surface=Surface.HELPDESK, message="  Not for me.\r\nSorry! ")
    assert (request.state, request.message) == (RequestState.PENDING, "Not for me.\nSorry!")
    assert request.ticket_id is not None
    async with bench.ctx.read(bench.lumen.id) as work:
        view = await work.tickets.get_view(request.ticket_id, internal=True)
        departments = await work.helpdesks.list_departments(bench.world.desk.id)
    assert view.ticket.state is TicketState.OPEN
    assert (view.ticket.helpdesk_id, view.ticket.department_id) == (bench.world.desk.id, departments[0].id)
    assert [entry.verb for entry in view.entries] == ["request.asked"]
    assert await bench.sums() == (FULL, 0)
    assert await bench.mails() == [RECEIVED]
    await approve_request(bench.ctx, request.id, by=bench.staff(erin), answer="Gladly.")
    await bench.settle()
    page = await show_request(bench.ctx, request.id, by=bench.customer())
    assert page.view.request.answer == "Gladly."
    assert (page.view.request.state, page.right) == (RequestState.DONE, None)
    told = ["request.asked", "request.approved", "operation.sent", "operation.succeeded"]
    assert [entry.verb for entry in page.entries] == told
    assert await bench.verbs(request.id) == told
    assert await ticket_state(bench, request) is TicketState.CLOSED


async def test_the_same_form_twice_leads_to_the_first_result(bench: Bench) -> None:
    first = await bench.ask_refund(once_key="a form")
    with pytest.raises(Repeated) as refused:
        await bench.ask_refund(once_key="a form")
    assert refused.value.data["first"] == first.id


async def test_a_refused_form_may_be_sent_again(bench: Bench) -> None:
    with pytest.raises(CodeNeeded):
        await bench.ask_refund(by=bench.customer(proved=False), once_key="a form")
    assert await bench.ask_refund(once_key="a form")


async def test_what_is_pending_is_not_asked_again(bench: Bench) -> None:
    first = await bench.ask_refund(surface=Surface.HELPDESK)
    for surface in Surface:
        with pytest.raises(AlreadyPending) as refused:
            await bench.ask_refund(surface=surface)
        assert refused.value.data == {"reference": first.reference, "since": first.asked_at}
    cancel = await bench.ask_cancel(surface=Surface.HELPDESK)
    with pytest.raises(AlreadyPending) as refused:
        await bench.ask_cancel()
    assert refused.value.data["reference"] == cancel.reference


@pytest.mark.parametrize("person", [bob, charlie], ids=lambda person: str(person.name))
async def test_nobody_asks_for_the_payment_of_somebody_else(bench: Bench, person: CustomerPerson) -> None:
    by = bench.customer(person)
    payment, subscription = bench.world.payments[alice.order_id], bench.world.alices_subscription
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    for act in (
        partial(asking.preview_refund, bench.ctx, payment, by=by),
        partial(asking.preview_cancel, bench.ctx, subscription, by=by),
        partial(bench.ask_refund, by=by),
        partial(asking.undo_cancel, bench.ctx, subscription, by=by, once_key="x"),
        partial(asking.withdraw_request, bench.ctx, request.id, by=by),
        partial(show_request, bench.ctx, request.id, by=by),
    ):
        with pytest.raises(NotFound):
            await act()
    assert await bench.sums() == (FULL, 0)


async def test_what_is_switched_off_is_not_asked(bench: Bench) -> None:
    settings = await bench.settings()
    await bench.put_settings(replace(settings, refund=None, cancel=None))
    with pytest.raises(SwitchedOff):
        await bench.ask_refund()
    with pytest.raises(SwitchedOff):
        await bench.ask_cancel()
    await bench.change(
        update(helpdesks).where(helpdesks.c.id == bench.world.desk.id).values(billing_shown=False)
    )
    with pytest.raises(SwitchedOff):
        await bench.ask_refund(surface=Surface.HELPDESK)


async def test_a_refund_needs_the_code_and_a_cancellation_does_not(bench: Bench) -> None:
    unproved = bench.customer(proved=False)
    with pytest.raises(CodeNeeded):
        await asking.preview_refund(bench.ctx, bench.world.payments[alice.order_id], by=unproved)
    with pytest.raises(CodeNeeded):
        await bench.ask_refund(by=unproved)
    assert (await bench.ask_cancel()).state is RequestState.APPROVED
    await bench.put_settings(replace(await bench.settings(), code_for_refund=AskCode.NEVER))
    assert await bench.ask_refund(by=unproved)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"disputed_minor": 1}, Blocked.DISPUTED),
        ({"refunded_minor": FULL}, Blocked.NOTHING_LEFT),
        ({"processor_id": None}, Blocked.NO_PROCESSOR),
        ({"state": "failed", "order_id": None}, Blocked.PAYMENT_FAILED),
    ],
    ids=lambda value: str(value) if isinstance(value, Blocked) else "",
)
async def test_what_cannot_be_refunded_is_not_offered(
    bench: Bench, values: dict[str, Any], why: Blocked
) -> None:
    await bench.set_payment(**values)
    with pytest.raises(NotOffered) as refused:
        await bench.ask_refund()
    assert refused.value.data == {"why": why}


async def test_only_what_is_left_is_refunded(bench: Bench) -> None:
    await bench.set_payment(refunded_minor=900)
    request = await bench.ask_refund()
    assert request.amount == Money(14000, bench.lumen.currency)


async def test_a_dispute_stops_the_decision(bench: Bench) -> None:
    request = await bench.ask_refund(SMALL, surface=Surface.HELPDESK)
    await bench.set_payment(SMALL, captured_minor=3901, disputed_minor=1)
    with pytest.raises(NotOffered):
        await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    assert (await bench.request(request.id)).state is RequestState.PENDING
    denied = await deny_request(bench.ctx, request.id, by=bench.staff(dana), answer="It is disputed.")
    assert denied.state is RequestState.DENIED


async def test_withdrawing_frees_the_money_and_closes_the_ticket(bench: Bench) -> None:
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    withdrawn = await asking.withdraw_request(bench.ctx, request.id, by=bench.customer())
    assert withdrawn.state is RequestState.WITHDRAWN
    assert await bench.sums() == (0, 0)
    assert await ticket_state(bench, request) is TicketState.CLOSED
    assert await bench.mails() == [RECEIVED, WITHDRAWN]
    assert await bench.verbs(request.id) == ["request.asked", "request.withdrawn"]
    with pytest.raises(AlreadyDecided) as refused:
        await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    assert refused.value.data["who"] == alice.name
    assert (await bench.ask_refund()).state is RequestState.APPROVED


async def test_who_is_late_is_told_who_won_and_when(bench: Bench) -> None:
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    await approve_request(bench.ctx, request.id, by=bench.staff(erin))
    decided_at = bench.clock()
    bench.clock.turn(minutes=1)
    late = (
        partial(asking.withdraw_request, bench.ctx, request.id, by=bench.customer()),
        partial(approve_request, bench.ctx, request.id, by=bench.staff(dana)),
        partial(deny_request, bench.ctx, request.id, by=bench.staff(dana), answer="No."),
        partial(consider_request, bench.ctx, request.id, by=bench.staff(dana)),
    )
    for act in late:
        with pytest.raises(AlreadyDecided) as refused:
            await act()
        data = refused.value.data
        assert data == {"who": erin.name, "when": decided_at, "state": RequestState.APPROVED}
    await bench.settle()
    assert bench.refunds() == [(FULL, "succeeded")]


async def test_a_denial_tells_why_and_frees_the_money(bench: Bench) -> None:
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    for empty in ("", "  \r\n "):
        with pytest.raises(Invalid) as refused:
            await deny_request(bench.ctx, request.id, by=bench.staff(dana), answer=empty)
        assert (refused.value.field, refused.value.problem) == ("answer", "missing")
    denied = await deny_request(bench.ctx, request.id, by=bench.staff(dana), answer="It was used.")
    assert (denied.state, denied.answer, denied.decided_by_name) == ("denied", "It was used.", dana.name)
    assert await bench.sums() == (0, 0)
    assert await ticket_state(bench, request) is TicketState.CLOSED
    assert await bench.mails() == [RECEIVED, DENIED]


@pytest.mark.parametrize(
    ("person", "order_id", "refusal"),
    [
        (dana, alice.order_id, None),
        (erin, alice.order_id, None),
        (frank, SMALL, None),
        (frank, alice.order_id, AboveLimit),
        (grace, SMALL, Forbidden),
        (heidi, SMALL, NotFound),
    ],
    ids=lambda value: value.name.split()[0].lower() if isinstance(value, StaffPerson) else "",
)
async def test_who_may_decide(
    bench: Bench, person: StaffPerson, order_id: str, refusal: type[Refusal] | None
) -> None:
    request = await bench.ask_refund(order_id, surface=Surface.HELPDESK)
    by = bench.staff(person)
    acts = (
        partial(consider_request, bench.ctx, request.id, by=by),
        partial(deny_request, bench.ctx, request.id, by=by, answer="No."),
        partial(approve_request, bench.ctx, request.id, by=by),
        partial(retry_request, bench.ctx, request.id, by=by),
    )
    if refusal is None:
        page = await show_request(bench.ctx, request.id, by=by)
        assert page.right is not None
        assert page.right.may
        assert (await approve_request(bench.ctx, request.id, by=by)).state is RequestState.APPROVED
        return
    for act in acts:
        with pytest.raises(refusal) as refused:
            await act()
        assert type(refused.value) is refusal
    assert (await bench.request(request.id)).state is RequestState.PENDING


async def test_a_limit_binds_refunds_only(bench: Bench) -> None:
    request = await bench.ask_cancel(surface=Surface.HELPDESK)
    await bench.change(update(staff).where(staff.c.email_key == frank.email).values(limit_minor=0))
    assert (await approve_request(bench.ctx, request.id, by=bench.staff(frank))).state == "approved"


async def test_role_and_limit_are_those_of_the_moment(bench: Bench) -> None:
    request = await bench.ask_refund(SMALL, surface=Surface.HELPDESK)
    await bench.change(update(staff).where(staff.c.email_key == frank.email).values(limit_minor=3899))
    with pytest.raises(AboveLimit) as refused:
        await approve_request(bench.ctx, request.id, by=bench.staff(frank))
    assert refused.value.data == {"limit": Money(3899, bench.lumen.currency)}
    await bench.change(update(staff).where(staff.c.email_key == erin.email).values(active=False))
    with pytest.raises(Forbidden):
        await approve_request(bench.ctx, request.id, by=bench.staff(erin))


async def test_nobody_decides_their_own_request(bench: Bench) -> None:
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    await bench.change(
        update(staff)
        .where(staff.c.email_key == dana.email)
        .values(email_key=alice.email, email="Alice@Example.net")
    )
    with pytest.raises(OwnRequest):
        await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    right = (await show_request(bench.ctx, request.id, by=bench.staff(dana))).right
    assert right is not None
    assert (right.may, right.why_not) == (False, "own-request")


async def test_texts_are_at_most_three_thousand_characters(bench: Bench) -> None:
    request = await bench.ask_refund(surface=Surface.HELPDESK, message="x" * 3000)
    long = "x" * 3001
    for act in (
        partial(bench.ask_refund, SMALL, message=long),
        partial(deny_request, bench.ctx, request.id, by=bench.staff(dana), answer=long),
        partial(approve_request, bench.ctx, request.id, by=bench.staff(dana), answer=long),
    ):
        with pytest.raises(Invalid) as refused:
            await act()
        assert (refused.value.problem, refused.value.data) == ("too-long", {"most": 3000})


async def test_twenty_who_ask_at_once_are_one_request(bench_on_each: Bench) -> None:
    bench = bench_on_each
    answers = await asyncio.gather(
        *(patiently(partial(bench.ask_refund, surface=Surface.HELPDESK)) for _ in range(20)),
        return_exceptions=True,
    )
    (request,) = (each for each in answers if isinstance(each, Request))
    told = [each.data["reference"] for each in answers if isinstance(each, AlreadyPending)]
    assert told == [request.reference] * 19
    assert await bench.sums() == (FULL, 0)
    assert (await bench.rows(select(func.count()).select_from(requests)))[0][0] == 1


async def test_a_failed_request_that_is_asked_anew_is_not_retried(bench: Bench) -> None:
    for ask, fault in ((bench.ask_refund, "refund_unfunded"), (bench.ask_cancel, "")):
        first = await ask()
        if fault:
            bench.processor.state.faults.add(fault)
        else:
            bench.processor.state.faults.add("status_before", path="/v1/subscriptions/*", status=400)
        await bench.settle()
        assert (await bench.request(first.id)).state is RequestState.FAILED
        anew = await ask(surface=Surface.HELPDESK)
        with pytest.raises(AlreadyPending) as refused:
            await retry_request(bench.ctx, first.id, by=bench.staff(dana))
        assert refused.value.data["reference"] == anew.reference


async def test_the_inbox_counts_and_lists_what_waits(bench: Bench) -> None:
    waiting = await bench.ask_refund(surface=Surface.HELPDESK)
    await bench.ask_cancel()
    inbox = await list_inbox(bench.ctx, InboxQuery(), by=bench.staff(grace))
    assert [view.request.id for view in inbox.requests] == [waiting.id]
    assert (inbox.counts[RequestFilter.WAITING], inbox.counts[RequestFilter.UNDER_WAY]) == (1, 1)
    with pytest.raises(NotFound):
        await show_request(bench.ctx, waiting.id, by=bench.staff(heidi))
    theirs = await list_inbox(bench.ctx, InboxQuery(RequestFilter.ALL), by=bench.staff(heidi))
    assert theirs.requests == ()
