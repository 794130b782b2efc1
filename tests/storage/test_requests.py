"""Requests, approvals, operations: who is second is told who was first."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.exc import IntegrityError

from billing import records as r
from billing.errors import AlreadyDecided, AlreadyPending, NotFound
from billing.hours import default_hours, due_at
from billing.ids import ApprovalId, OperationId, RequestId, new_id
from billing.money import Currency, Money
from billing.ports import InboxQuery, RequestFilter
from billing.states import Decision, OperationState, RequestKind, RequestState
from billing.views import RequestView
from tests.storage.shop import NOW, Shop, usd

PENDING, APPROVED, DENIED, DONE, FAILED = (
    RequestState.PENDING,
    RequestState.APPROVED,
    RequestState.DENIED,
    RequestState.DONE,
    RequestState.FAILED,
)
LATER = NOW + timedelta(minutes=1)


async def test_a_request_comes_back_as_it_was_made(shop: Shop) -> None:
    refund, cancel = shop.refund_request(), shop.cancel_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(refund)
        await work.requests.add(cancel)
        assert await work.requests.get(refund.id) == refund
        assert await work.requests.find_by_reference(cancel.reference) == cancel
        with pytest.raises(NotFound):
            await work.requests.get(new_id(RequestId))


async def test_the_same_payment_is_not_asked_about_twice(shop: Shop) -> None:
    first = shop.refund_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(first)
        with pytest.raises(AlreadyPending) as refused:
            await work.requests.add(shop.refund_request())
        assert refused.value.data == {"reference": first.reference, "since": NOW}
        await work.requests.move(first.id, PENDING, DENIED, at=LATER, by=shop.by)
        await work.requests.add(shop.refund_request())


async def test_cancel_and_undo_of_one_subscription_exclude_each_other(shop: Shop) -> None:
    first = shop.cancel_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(first)
        with pytest.raises(AlreadyPending):
            await work.requests.add(shop.cancel_request(kind=RequestKind.UNDO_CANCEL))


async def test_a_decision_says_who_and_when(shop: Shop) -> None:
    request = shop.refund_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        decided = await work.requests.move(
            request.id, PENDING, APPROVED, at=LATER, by=shop.by, by_name="Dana", answer="Gladly"
        )
        with pytest.raises(AlreadyDecided) as refused:
            await work.requests.move(request.id, PENDING, DENIED, at=LATER, by=shop.by, by_name="Erin")
    assert decided == replace(
        request,
        state=APPROVED,
        moved_at=LATER,
        decided_at=LATER,
        decided_by=shop.by.key,
        decided_by_name="Dana",
        answer="Gladly",
    )
    assert refused.value.data == {"who": "Dana", "when": LATER, "state": APPROVED}


async def test_the_decider_is_told_even_when_it_is_done(shop: Shop) -> None:
    request = shop.refund_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        await work.requests.move(request.id, PENDING, APPROVED, at=LATER, by=shop.by, by_name="Dana")
        done = LATER + timedelta(minutes=1)
        await work.requests.move(request.id, APPROVED, DONE, at=done, by=shop.system)
        with pytest.raises(AlreadyDecided) as refused:
            await work.requests.move(request.id, PENDING, DENIED, at=done, by=shop.by)
    assert refused.value.data == {"who": "Dana", "when": LATER, "state": DONE}


async def test_a_withdrawal_names_the_customer(shop: Shop) -> None:
    request = shop.refund_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        to = RequestState.WITHDRAWN
        moved = await work.requests.move(request.id, PENDING, to, at=LATER, by=shop.customer, by_name="Alice")
        with pytest.raises(AlreadyDecided) as refused:
            await work.requests.move(request.id, PENDING, APPROVED, at=LATER, by=shop.by)
    assert moved.decided_at is None
    assert refused.value.data == {"who": "Alice", "when": LATER, "state": to}


async def test_a_failure_is_cleared_when_it_is_done_after_all(shop: Shop) -> None:
    request = shop.refund_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        await work.requests.move(request.id, PENDING, APPROVED, at=LATER, by=shop.by)
        failed = await work.requests.move(
            request.id, APPROVED, FAILED, at=LATER, by=shop.system, failure="no-funds"
        )
        retried = await work.requests.move(request.id, FAILED, APPROVED, at=LATER, by=shop.by)
        done = await work.requests.move(request.id, APPROVED, DONE, at=LATER, by=shop.system)
    assert (failed.failure, retried.failure, done.failure) == ("no-funds", "no-funds", None)


async def test_an_undrawn_move_is_a_bug(shop: Shop) -> None:
    request = shop.refund_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        with pytest.raises(ValueError, match="no arrow"):
            await work.requests.move(request.id, DENIED, APPROVED, at=LATER, by=shop.by)
        with pytest.raises(NotFound):
            await work.requests.move(new_id(RequestId), PENDING, APPROVED, at=LATER, by=shop.by)


async def test_a_view_holds_all_that_a_card_needs(shop: Shop) -> None:
    earlier = shop.refund_request(state=DENIED, asked_at=NOW - timedelta(days=300))
    long_ago = shop.refund_request(state=DENIED, asked_at=NOW - timedelta(days=400))
    request = shop.refund_request()
    first, second = shop.operation(request, state=OperationState.FAILED), shop.operation(request)
    ticket = shop.ticket(request_id=request.id, subject="")
    async with shop.store.begin(shop.id) as work:
        for each in (earlier, long_ago, request):
            await work.requests.add(each)
        await work.operations.add(first)
        await work.operations.add(second)
        await work.tickets.add(ticket)
        await work.requests.set_ticket(request.id, ticket.id)
        view = await work.requests.get_view(request.id)
    assert view == RequestView(
        request=replace(request, ticket_id=ticket.id),
        account=shop.account,
        customer=shop.alice,
        product=shop.course,
        purchase=shop.course_bought,
        payment=shop.paid,
        subscription=None,
        operation=second,
        ticket=ticket,
        helpdesk=shop.helpdesk,
        earlier=1,
        became=(DENIED,),
        due_at=due_at(default_hours(shop.id, shop.helpdesk.id), ZoneInfo(shop.account.time_zone), NOW),
    )


async def test_the_inbox_lists_waiting_from_the_oldest_and_others_from_the_newest(shop: Shop) -> None:
    asked = [NOW - timedelta(days=n) for n in range(3)]
    denied = [shop.refund_request(state=DENIED, asked_at=at) for at in asked]
    waiting = [shop.refund_request(), shop.cancel_request(asked_at=NOW - timedelta(days=9))]
    async with shop.store.begin(shop.id) as work:
        for request in (*denied, *waiting):
            await work.requests.add(request)

        async def listed(
            which: RequestFilter, after: r.Request | None = None, limit: int = 9, **only: Any
        ) -> list[RequestId]:
            place = None if after is None else (after.asked_at, after.id)
            views = await work.requests.list_views(InboxQuery(which, after=place, **only), limit=limit)
            return [view.request.id for view in views]

        assert await listed(RequestFilter.WAITING) == [waiting[1].id, waiting[0].id]
        assert await listed(RequestFilter.WAITING, waiting[1]) == [waiting[0].id]
        assert await listed(RequestFilter.CLOSED) == [one.id for one in denied]
        assert await listed(RequestFilter.CLOSED, denied[0], 1) == [denied[1].id]
        assert await listed(RequestFilter.ALL, kind=RequestKind.CANCEL) == [waiting[1].id]
        assert await listed(RequestFilter.ALL, asked_before=NOW - timedelta(days=2)) == [
            denied[2].id,
            waiting[1].id,
        ]
        assert await listed(RequestFilter.WAITING, least=usd(10_000), most=usd(10_000)) == [waiting[0].id]
        assert await listed(RequestFilter.WAITING, least=usd(10_001)) == []
        euros = Money(1, Currency("EUR"))
        assert await listed(RequestFilter.WAITING, least=euros) == []
        counts = await work.requests.count_states(InboxQuery(), most=2)
        only_cancels = await work.requests.count_states(InboxQuery(kind=RequestKind.CANCEL), most=2)
    assert {state: count for state, count in counts.items() if count} == {PENDING: 2, DENIED: 2}
    assert {state: count for state, count in only_cancels.items() if count} == {PENDING: 1}


async def test_requests_of_one_instant_are_paged_without_losing_one(shop: Shop) -> None:
    asked = [shop.refund_request(state=DENIED) for _ in range(5)]
    async with shop.store.begin(shop.id) as work:
        for request in asked:
            await work.requests.add(request)
        seen: list[r.Request] = []
        while True:
            last = seen[-1] if seen else None
            place = (last.asked_at, last.id) if last else None
            views = await work.requests.list_views(InboxQuery(RequestFilter.ALL, after=place), limit=2)
            if not views:
                break
            seen += [view.request for view in views]
    assert sorted(each.id for each in seen) == sorted(each.id for each in asked)


async def test_the_inbox_finds_by_where_it_is_handled_and_whose_it_is(shop: Shop) -> None:
    request, other = shop.refund_request(), shop.cancel_request()
    ticket = shop.ticket(request_id=request.id)
    async with shop.store.begin(shop.id) as work:
        for each in (request, other):
            await work.requests.add(each)
        await work.tickets.add(ticket)
        await work.requests.set_ticket(request.id, ticket.id)

        async def listed(**only: Any) -> list[RequestId]:
            return [v.request.id for v in await work.requests.list_views(InboxQuery(**only), limit=9)]

        assert await listed(helpdesk_id=shop.helpdesk.id) == [request.id]
        assert set(await listed(unassigned=True)) == {request.id, other.id}
        await work.requests.assign(request.id, shop.staff.id)
        assert await listed(assignee_id=shop.staff.id) == [request.id]
        assert await listed(unassigned=True) == [other.id]
        assert [each.id for each in await work.requests.list_earlier(request, limit=9)] == [other.id]


async def test_a_proposal_waits_and_ends_with_a_no(shop: Shop) -> None:
    request = shop.refund_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        assert await work.requests.hold(request.id) == request
        proposed = await work.requests.propose(request.id, usd(4_000))
        assert proposed == replace(request, approved_amount=usd(4_000))
        said = r.Approval(
            new_id(ApprovalId), shop.id, request.id, shop.by.key, Decision.YES, NOW, usd(4_000), "Dana", "Hi"
        )
        await work.requests.add_approval(said)
        assert (await work.requests.get_view(request.id)).approvals == (said,)
        denied = await work.requests.move(request.id, PENDING, DENIED, at=LATER, by=shop.by)
        assert denied.approved_amount is None
        assert (await work.requests.get_view(request.id)).approvals == ()
        with pytest.raises(AlreadyDecided):
            await work.requests.propose(request.id, usd(1))
        with pytest.raises(NotFound):
            await work.requests.propose(new_id(RequestId), usd(1))
        with pytest.raises(NotFound):
            await work.requests.hold(new_id(RequestId))


async def test_approvals_are_kept_in_order(shop: Shop) -> None:
    request = shop.refund_request()
    said = [
        r.Approval(new_id(ApprovalId), shop.id, request.id, shop.by.key, says, NOW)
        for says in (Decision.YES, Decision.NO, Decision.YES)
    ]
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        for approval in said:
            await work.requests.add_approval(approval)
        assert list(await work.requests.list_approvals(request.id)) == said


async def test_a_try_is_counted_and_sent(shop: Shop) -> None:
    request = shop.refund_request()
    operation = shop.operation(request)
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        await work.operations.add(operation)
        first = await work.operations.begin_try(operation.id, at=NOW)
        second = await work.operations.begin_try(operation.id, at=LATER)
        unknown = await work.operations.move(
            operation.id, OperationState.SENT, OperationState.UNKNOWN, at=LATER
        )
        third = await work.operations.begin_try(operation.id, at=LATER)
    sent = OperationState.SENT
    assert first == replace(operation, state=sent, tries=1, first_sent_at=NOW, last_sent_at=NOW)
    assert second == replace(first, tries=2, last_sent_at=LATER)
    assert third == replace(unknown, tries=3)


async def test_a_closed_operation_is_not_tried(shop: Shop) -> None:
    request = shop.refund_request()
    operation = shop.operation(request)
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        await work.operations.add(operation)
        await work.operations.begin_try(operation.id, at=NOW)
        await work.operations.note_processor_id(operation.id, "re_0")
        sent, succeeded = OperationState.SENT, OperationState.SUCCEEDED
        done = await work.operations.move(operation.id, sent, succeeded, at=LATER, processor_id="re_1")
        with pytest.raises(AlreadyDecided):
            await work.operations.begin_try(operation.id, at=LATER)
        with pytest.raises(AlreadyDecided):
            await work.operations.move(operation.id, sent, OperationState.FAILED, at=LATER)
        with pytest.raises(NotFound):
            await work.operations.begin_try(new_id(OperationId), at=LATER)
        assert await work.operations.find_by_processor("re_1") == done
        assert await work.operations.find_latest(request.id) == done
        assert done.amount == usd(10_000)


async def test_a_request_has_one_operation_under_way(shop: Shop) -> None:
    request = shop.refund_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        await work.operations.add(shop.operation(request))
    with pytest.raises(IntegrityError):
        await shop.write(lambda work: work.operations.add(shop.operation(request)))


async def test_two_operations_never_share_a_key(shop: Shop) -> None:
    request = shop.refund_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        await work.operations.add(shop.operation(request, key="k", state=OperationState.FAILED))
    with pytest.raises(IntegrityError):
        await shop.write(lambda work: work.operations.add(shop.operation(request, key="k")))
