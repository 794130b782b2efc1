"""Partial amounts, and the rule of two people: who is first, who is second, and what ends it."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import update

from billing.assigning import assign_ticket
from billing.deciding import approve_request, deny_request, retry_request
from billing.deciding_rules import set_deciding_rules
from billing.errors import (
    ActedFor,
    AlreadyDecided,
    Forbidden,
    Invalid,
    NeedsAnother,
    NotFound,
    ProofNeeded,
    RefundTooLarge,
    Refusal,
    Stale,
)
from billing.money import Currency, Money
from billing.records import Request
from billing.states import RequestState, Surface, TicketState
from billing.tickets import ask_customer, reply_ticket
from billing.versions import version_of
from storage.tables.accounts import staff
from storage.tables.requests import requests
from tests.billing.bench import Bench, patiently
from tests.make import USD
from tests.people import StaffPerson, alice, dana, erin, frank, grace

WHOLE, PART = Money(14900, USD), Money(5000, USD)


async def ask(bench: Bench) -> Request:
    """Alice asks for 149.00 in the helpdesk."""
    return await bench.ask_refund(surface=Surface.HELPDESK)


async def yes(bench: Bench, request: Request, who: StaffPerson, amount: Money | None = None) -> Request:
    return await approve_request(bench.ctx, request.id, by=bench.staff(who), amount=amount)


async def two_above(bench: Bench, minor: int | None) -> None:
    async with bench.ctx.begin(bench.lumen.id) as work:
        account = await work.accounts.hold()
        await work.accounts.save(replace(account, two_people_above_minor=minor))


async def approvals(bench: Bench, request: Request) -> list[tuple[str, str, int | None]]:
    async with bench.ctx.read(bench.lumen.id) as work:
        said = await work.requests.list_approvals(request.id)
    return [(each.by_name, each.says.value, each.amount.minor if each.amount else None) for each in said]


async def test_a_part_is_refunded_and_the_rest_is_free_again(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request = await ask(bench)
    assert await bench.sums() == (14900, 0)
    approved = await yes(bench, request, dana, PART)
    assert (approved.approved_amount, approved.refund_amount, approved.is_partial) == (PART, PART, True)
    assert await bench.sums() == (5000, 0)
    assert (await bench.operation(request.id)).amount == PART
    await bench.settle()
    assert await bench.sums() == (0, 5000)
    assert bench.refunds() == [(5000, "succeeded")]
    again = await ask(bench)
    assert again.amount == Money(9900, USD)


async def test_a_failed_part_is_tried_again_as_a_part(bench: Bench) -> None:
    request = await ask(bench)
    bench.processor.state.faults.add("refund_unfunded")
    await yes(bench, request, dana, PART)
    await bench.settle()
    assert (await bench.request(request.id)).state is RequestState.FAILED
    assert await bench.sums() == (0, 0)
    await retry_request(bench.ctx, request.id, by=bench.staff(erin))
    assert await bench.sums() == (5000, 0)
    await bench.settle()
    assert await bench.sums() == (0, 5000)


@pytest.mark.parametrize(
    ("amount", "refusal"),
    [
        (Money(0, USD), Invalid),
        (Money(-1, USD), Invalid),
        (Money(14901, USD), RefundTooLarge),
        (Money(100, Currency("EUR")), Invalid),
    ],
)
async def test_more_than_was_asked_and_nothing_are_refused(
    bench: Bench, amount: Money, refusal: type[Refusal]
) -> None:
    request = await ask(bench)
    with pytest.raises(refusal):
        await yes(bench, request, dana, amount)
    assert await bench.sums() == (14900, 0)
    assert (await bench.request(request.id)).approved_amount is None


async def test_above_the_amount_two_people_say_yes(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await two_above(bench, 10000)
    request = await ask(bench)
    first = await yes(bench, request, dana)
    assert (first.state, first.approved_amount) == (RequestState.PENDING, WHOLE)
    assert await bench.mails() == ["request-outcome pending"]
    with pytest.raises(NeedsAnother) as refused:
        await yes(bench, request, dana)
    assert refused.value.data == {"amount": WHOLE, "when": bench.ctx.now()}
    second = await yes(bench, request, erin)
    assert (second.state, second.decided_by_name) == (RequestState.APPROVED, erin.name)
    await bench.settle()
    assert bench.refunds() == [(14900, "succeeded")]
    said = [(dana.name, "yes", 14900), (erin.name, "yes", 14900)]
    assert await approvals(bench, request) == said
    assert (await bench.verbs(request.id))[1:3] == ["request.half_approved", "request.approved"]


async def test_another_amount_voids_the_first_yes(bench: Bench) -> None:
    await two_above(bench, 1000)
    request = await ask(bench)
    await yes(bench, request, dana)
    changed = await yes(bench, request, erin, PART)
    assert (changed.state, changed.approved_amount) == (RequestState.PENDING, PART)
    with pytest.raises(NeedsAnother):
        await yes(bench, request, erin, PART)
    assert (await yes(bench, request, dana, PART)).state is RequestState.APPROVED
    assert await bench.sums() == (5000, 0)


async def test_a_button_means_the_yes_that_it_showed(bench: Bench) -> None:
    await two_above(bench, 1000)
    request = await ask(bench)
    await yes(bench, request, dana, PART)
    async with bench.ctx.read(bench.lumen.id) as work:
        (shown,) = await work.requests.list_approvals(request.id)
    done = await approve_request(bench.ctx, request.id, by=bench.staff(erin), second_to=shown.id)
    assert (done.state, done.refund_amount) == (RequestState.APPROVED, PART)


async def test_up_to_the_amount_one_person_is_enough(bench: Bench) -> None:
    await two_above(bench, 5000)
    request = await ask(bench)
    assert (await yes(bench, request, dana, PART)).state is RequestState.APPROVED


async def test_small_parts_one_after_another_take_two_people_like_one_large_refund(bench: Bench) -> None:
    await two_above(bench, 5000)
    await yes(bench, await ask(bench), dana, PART)
    await bench.settle()
    again = await yes(bench, await ask(bench), dana, PART)
    assert again.state is RequestState.PENDING, "10,000 would have gone back by one person's word"
    assert (await yes(bench, again, erin, PART)).state is RequestState.APPROVED


async def test_any_no_ends_it_and_frees_the_money(bench: Bench) -> None:
    await two_above(bench, 1000)
    request = await ask(bench)
    await yes(bench, request, dana, PART)
    denied = await deny_request(bench.ctx, request.id, by=bench.staff(erin), answer="No.")
    assert (denied.state, denied.approved_amount) == (RequestState.DENIED, None)
    assert await bench.sums() == (0, 0)
    with pytest.raises(AlreadyDecided):
        await yes(bench, request, dana)


async def test_the_first_words_to_the_customer_are_kept_for_the_second(bench: Bench) -> None:
    await two_above(bench, 1000)
    request = await ask(bench)
    by = bench.staff(dana)
    first = await approve_request(bench.ctx, request.id, by=by, answer="With pleasure")
    assert first.answer == "", "the customer reads nothing yet"
    assert (await yes(bench, request, erin)).answer == "With pleasure"


async def test_who_acted_for_the_customer_is_none_of_the_two(bench: Bench) -> None:
    await two_above(bench, 10000)
    request = await ask(bench)
    acted = update(requests).where(requests.c.id == request.id).values(asked_by=bench.staff(dana).key)
    await bench.change(acted)
    with pytest.raises(ActedFor):
        await yes(bench, request, dana)
    assert (await yes(bench, request, dana, PART)).state is RequestState.APPROVED


async def test_who_left_has_not_said_yes(bench: Bench) -> None:
    await two_above(bench, 1000)
    request = await ask(bench)
    await yes(bench, request, dana)
    await bench.change(update(staff).where(staff.c.id == bench.world.staff[dana.name]).values(active=False))
    assert (await yes(bench, request, erin)).state is RequestState.PENDING


async def test_two_at_once_are_first_and_second(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await two_above(bench, 1000)
    request = await ask(bench)

    async def say(who: StaffPerson) -> str:
        try:
            return (await patiently(lambda: yes(bench, request, who))).state.value
        except Refusal as refusal:
            return refusal.code

    ends = sorted(await asyncio.gather(*[say(who) for who in (dana, erin) * 4]))
    assert ends.count("approved") == 1
    assert ends.count("pending") == 1
    assert set(ends) <= {"approved", "pending", "already-decided", "needs-another"}
    assert sorted(name for name, _, _ in await approvals(bench, request)) == sorted([dana.name, erin.name])
    await bench.settle()
    assert bench.refunds() == [(14900, "succeeded")]


async def test_the_rules_are_the_owners_and_take_a_proof(bench: Bench) -> None:
    by, hundred = bench.staff(dana), Money(10000, USD)
    with pytest.raises(ProofNeeded):
        await set_deciding_rules(bench.ctx, hundred, None, by=by)
    manager = replace(bench.staff(erin), proved_at=bench.ctx.now())
    with pytest.raises(Forbidden):
        await set_deciding_rules(bench.ctx, hundred, None, by=manager)
    proved = replace(by, proved_at=bench.ctx.now())
    seen = version_of((None, None))
    changed = await set_deciding_rules(bench.ctx, hundred, PART, by=proved, seen=seen)
    assert (changed.two_people_above_minor, changed.bulk_up_to_minor) == (10000, 5000)
    with pytest.raises(Stale):
        await set_deciding_rules(bench.ctx, None, None, by=proved, seen=seen)
    with pytest.raises(Invalid):
        await set_deciding_rules(bench.ctx, Money(1, Currency("EUR")), None, by=proved)
    assert [line.verb for line in await bench.lines(f"account:{bench.lumen.id.hex}")][-1:] == [
        "deciding_rules.set"
    ]


async def test_two_people_need_two_who_decide(bench: Bench) -> None:
    alone = staff.c.id != bench.world.staff[dana.name]
    await bench.change(update(staff).where(alone).values(active=False))
    proved = replace(bench.staff(dana), proved_at=bench.ctx.now())
    with pytest.raises(Invalid) as refused:
        await set_deciding_rules(bench.ctx, PART, None, by=proved)
    assert (refused.value.field, refused.value.problem) == ("two_people_above", "alone")


async def test_a_question_waits_on_the_customer_until_they_reply(bench: Bench) -> None:
    request = await ask(bench)
    assert request.ticket_id is not None
    await ask_customer(bench.ctx, request.id, by=bench.staff(dana), text="Which of the two?", once_key="1")
    assert await bench.mails() == ["request-outcome pending", "ticket-reply"]
    async with bench.ctx.read(bench.lumen.id) as work:
        assert (await work.tickets.get(request.ticket_id)).state is TicketState.WAITING
    customer = bench.customer(surface=Surface.HELPDESK)
    await reply_ticket(bench.ctx, request.ticket_id, by=customer, text="The first.", once_key="2")
    async with bench.ctx.read(bench.lumen.id) as work:
        assert (await work.tickets.get(request.ticket_id)).state is TicketState.OPEN
    with pytest.raises(Forbidden):
        await ask_customer(bench.ctx, request.id, by=bench.staff(grace), text="Hm?", once_key="3")
    automated = await bench.ask_refund(alice.subscription_order_id)
    with pytest.raises(NotFound):
        await ask_customer(bench.ctx, automated.id, by=bench.staff(dana), text="Hm?", once_key="4")


async def test_a_ticket_is_given_to_who_may_decide_or_to_nobody(bench: Bench) -> None:
    request = await ask(bench)
    ticket_id, by = request.ticket_id, bench.staff(dana)
    assert ticket_id is not None
    given = await assign_ticket(bench.ctx, ticket_id, bench.world.staff[frank.name], by=by)
    assert given.assignee_id == bench.world.staff[frank.name]
    with pytest.raises(Invalid):
        await assign_ticket(bench.ctx, ticket_id, bench.world.staff[grace.name], by=by)
    with pytest.raises(Forbidden):
        await assign_ticket(bench.ctx, ticket_id, None, by=bench.staff(grace))
    assert (await assign_ticket(bench.ctx, ticket_id, None, by=by)).assignee_id is None
    async with bench.ctx.read(bench.lumen.id) as work:
        entries = (await work.tickets.get_view(ticket_id, internal=True)).entries
    assert [each.verb for each in entries][1:] == ["ticket.assigned", "ticket.unassigned"]
    assert entries[1].facts == {"whom": frank.name}
