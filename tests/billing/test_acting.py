"""Staff act for a customer: the same rules, recorded as theirs; who may not approve may not do it at once."""

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from billing import asking
from billing.acting import stand_in, stand_in_for_payment
from billing.actors import CustomerActor
from billing.errors import AboveLimit, Forbidden, NotFound
from billing.ids import PaymentId, new_id
from billing.messages import RequestMail, read_message
from billing.records import Request
from billing.requests import show_request
from billing.states import CancelReason, Handling, RequestState, Surface
from storage.tables.ledger import outbox
from storage.tables.sales import payments
from tests.billing.bench import Bench
from tests.people import StaffPerson, alice, bob, charlie, dana, erin, frank, grace, heidi


def acting(bench: Bench, person: StaffPerson = dana) -> CustomerActor:
    """This staff member in alice's place."""
    return stand_in(bench.world.customers[alice.name], by=bench.staff(person))


async def set_handling(bench: Bench, handling: Handling) -> None:
    settings = await bench.settings()
    desk = bench.world.desk.id
    changed = replace(settings, refund=handling, cancel=handling, ticket_helpdesk_id=desk)
    await bench.put_settings(changed)


async def test_staff_ask_without_a_code_and_it_is_recorded_as_theirs(bench: Bench) -> None:
    await set_handling(bench, Handling.MANUAL)
    by = await stand_in_for_payment(bench.ctx, bench.world.payments[alice.order_id], by=bench.staff(dana))
    request = await bench.ask_refund(by=by, message="She called")
    assert (request.state, request.surface) == (RequestState.PENDING, Surface.PORTAL)
    assert request.asked_by == bench.staff(dana).key
    assert (await bench.request(request.id)).asked_by == bench.staff(dana).key
    line = (await bench.lines(f"request:{request.id.hex}"))[0]
    assert line.by == bench.staff(dana).key
    assert line.origin == f"web:192.0.2.2 for customer:{by.customer_id.hex}"
    assert (line.facts["by_name"], line.facts["for_customer"]) == (dana.name, alice.name)
    entries = (await show_request(bench.ctx, request.id, by=bench.staff(dana))).entries
    assert (entries[0].by, entries[0].by_name) == (bench.staff(dana).key, dana.name)
    assert await mails(bench) == [("pending", True, True)]


async def mails(bench: Bench) -> list[tuple[str, bool, bool]]:
    """State, whether it confirms, whether it says that support did it."""
    rows = await bench.rows(select(outbox.c.payload).where(outbox.c.kind == RequestMail.kind))
    read = [read_message(RequestMail, row.payload) for row in rows]
    return [(mail.state, mail.received, mail.by_support) for mail in read]


async def test_what_is_automated_is_done_at_once_and_counts_as_theirs(bench: Bench) -> None:
    request = await bench.ask_refund(by=acting(bench, erin))
    assert request.state is RequestState.APPROVED
    await bench.settle()
    assert bench.refunds() == [(14900, "succeeded")]
    assert await bench.verbs(request.id) == [
        "request.asked",
        "request.approved",
        "operation.sent",
        "operation.succeeded",
    ]


async def test_nobody_does_at_once_what_they_may_not_approve(bench: Bench) -> None:
    with pytest.raises(AboveLimit):
        await bench.ask_refund(by=acting(bench, frank))
    assert await bench.sums() == (0, 0)
    small = await bench.ask_refund(alice.subscription_order_id, by=acting(bench, frank))
    assert small.state is RequestState.APPROVED


async def test_what_takes_two_people_is_not_done_by_one_at_once(bench: Bench) -> None:
    async with bench.ctx.begin(bench.lumen.id) as work:
        account = await work.accounts.hold()
        await work.accounts.save(replace(account, two_people_above_minor=10000))
    with pytest.raises(AboveLimit) as refused:
        await bench.ask_refund(by=acting(bench, dana))
    assert str(refused.value.data["limit"].minor) == "10000"  # type: ignore[attr-defined]
    await set_handling(bench, Handling.MANUAL)
    assert (await bench.ask_refund(by=acting(bench, dana))).state is RequestState.PENDING


async def test_other_money_is_above_every_limit(bench: Bench) -> None:
    """49.00 of one currency may be more than 50.00 of another."""
    await bench.change(update(payments).values(currency="GBP", captured_minor=4900, tax_minor=0))
    with pytest.raises(AboveLimit) as refused:
        await bench.ask_refund(by=acting(bench, frank))
    assert refused.value.data["limit"].currency == bench.lumen.currency  # type: ignore[attr-defined]
    async with bench.ctx.begin(bench.lumen.id) as work:
        account = await work.accounts.hold()
        await work.accounts.save(replace(account, two_people_above_minor=10**9))
    with pytest.raises(AboveLimit):
        await bench.ask_refund(by=acting(bench, dana))


async def test_above_their_limit_an_agent_may_still_open_a_ticket(bench: Bench) -> None:
    await set_handling(bench, Handling.MANUAL)
    request = await bench.ask_refund(by=acting(bench, frank))
    assert request.state is RequestState.PENDING
    assert request.ticket_id is not None


async def test_what_policy_denies_at_once_needs_no_limit(bench: Bench) -> None:
    bench.clock.turn(days=60)
    assert (await bench.ask_refund(by=acting(bench, frank))).state is RequestState.DENIED


async def test_a_viewer_does_nothing_for_anybody(bench: Bench) -> None:
    by = acting(bench, grace)
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    subscription = bench.world.alices_subscription
    for deed in (
        asking.preview_refund(bench.ctx, bench.world.payments[alice.subscription_order_id], by=by),
        bench.ask_refund(alice.subscription_order_id, by=by),
        asking.preview_cancel(bench.ctx, subscription, by=by),
        cancel(bench, by),
        asking.undo_cancel(bench.ctx, subscription, by=by, once_key="undo"),
        asking.withdraw_request(bench.ctx, request.id, by=by),
    ):
        with pytest.raises(Forbidden):
            await deed


async def cancel(bench: Bench, by: CustomerActor) -> Request:
    return await asking.ask_cancel(
        bench.ctx,
        bench.world.alices_subscription,
        by=by,
        reason=CancelReason.UNUSED,
        message="",
        once_key="cancel",
    )


async def test_a_cancellation_is_made_and_taken_back_for_a_customer(bench: Bench) -> None:
    assert (await cancel(bench, acting(bench, frank))).state is RequestState.APPROVED
    await bench.settle()
    undo = await asking.undo_cancel(
        bench.ctx, bench.world.alices_subscription, by=acting(bench, erin), once_key="undo"
    )
    assert (undo.state, undo.asked_by) == (RequestState.APPROVED, bench.staff(erin).key)
    assert (await mails(bench))[-1] == ("pending", True, True)


async def test_a_withdrawal_for_a_customer_says_who_did_it(bench: Bench) -> None:
    request = await bench.ask_refund(surface=Surface.HELPDESK)
    withdrawn = await asking.withdraw_request(bench.ctx, request.id, by=acting(bench, frank))
    assert (withdrawn.state, withdrawn.withdrawn_by) == (RequestState.WITHDRAWN, frank.name)
    last = (await bench.lines(f"request:{request.id.hex}"))[-1]
    assert (last.by, last.facts["by_name"]) == (bench.staff(frank).key, frank.name)
    assert (await mails(bench))[-1] == ("withdrawn", False, True)


async def test_another_accounts_payment_is_absent(bench: Bench) -> None:
    for payment_id, person in (
        (bench.world.payments[charlie.order_id], dana),
        (bench.world.payments[alice.order_id], heidi),
        (new_id(PaymentId), dana),
    ):
        with pytest.raises(NotFound):
            await stand_in_for_payment(bench.ctx, payment_id, by=bench.staff(person))
    with pytest.raises(NotFound):
        await bench.ask_refund(bob.order_id, by=acting(bench))
