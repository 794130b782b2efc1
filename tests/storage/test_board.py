"""What App Home and a search in Slack list: right, in order, and by walking indexes."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from billing.ports import BoardQuery, Shows, Spot, UnitOfWork
from billing.records import Payment, Request, Ticket
from billing.states import RequestState, TicketState
from storage.board import BY_CUSTOMERS, BY_ORDER_ID, count_of, page_of, sum_of
from storage.store import open_store
from tests.storage.shop import NOW, Shop, open_shop, usd
from tests.storage.test_plans import explain

HOUR = timedelta(hours=1)


def board(shop: Shop, shows: Shows, **changes: Any) -> BoardQuery:
    """What the shop's own decider asks for."""
    asked = BoardQuery(shows, shop.staff.id, may_decide=True, limit=None, since=NOW - 24 * HOUR)
    return replace(asked, **changes)


@pytest.mark.parametrize("shows", Shows)
async def test_every_list_walks_indexes(sqlite_url: str, shows: Shows) -> None:
    async with open_store(sqlite_url) as store:
        shop = await open_shop(store, "lumen")
        query = board(shop, shows, limit=usd(5000))
        async with store.read(shop.id) as work:
            for statement in (
                page_of(shop.id, query, skip=20, limit=10),
                count_of(shop.id, query, 100),
                sum_of(shop.id, query, 100),
            ):
                assert await walks(work, statement) == []


async def test_searches_walk_indexes(sqlite_url: str) -> None:
    async with open_store(sqlite_url) as store:
        shop = await open_shop(store, "lumen")
        async with store.read(shop.id) as work:
            assert await walks(work, BY_ORDER_ID) == []
            given = {"the_account": shop.id, "the_customers": [shop.alice.id], "at_most": 5}
            assert await walks(work, BY_CUSTOMERS.params(given)) == []


async def walks(work: UnitOfWork, statement: Any) -> list[str]:
    """The steps that look through a whole table, or a whole account."""
    plan = await explain(work, statement)
    assert plan
    tables = ("SCAN requests", "SCAN tickets", "SCAN payments")
    return [step for step in plan if step.startswith(tables) or step.endswith("(account_id=?)")]


async def test_each_list_holds_what_it_says_in_its_order(shop: Shop) -> None:
    new, mine, asked, failed, done = await keep_five(shop)
    first, question, waiting, closed = await keep_questions(shop)
    async with shop.store.read(shop.id) as work:

        async def shown(shows: Shows, **changes: Any) -> list[object]:
            spots = await work.board.list_spots(board(shop, shows, **changes), skip=0, limit=20)
            assert await work.board.count(board(shop, shows, **changes), most=20) == len(spots)
            return ids(spots)

        assert await shown(Shows.MINE) == [first.id, mine.id, new.id, failed.id, question.id]
        assert await shown(Shows.MINE, may_decide=False) == [mine.id]
        assert await shown(Shows.MINE, limit=usd(5000)) == [first.id, mine.id, new.id, question.id]
        everything = [first.id, mine.id, new.id, asked.id, failed.id, question.id, waiting.id]
        assert await shown(Shows.ALL) == everything
        assert await shown(Shows.WAITING) == [asked.id, waiting.id]
        assert await shown(Shows.DONE) == [closed.id, done.id]
        assert await shown(Shows.DONE, since=NOW + 9 * HOUR) == []


async def test_pages_follow_one_another_and_sums_are_by_currency(shop: Shop) -> None:
    await keep_five(shop)
    await keep_questions(shop)
    async with shop.store.read(shop.id) as work:
        query = board(shop, Shows.ALL)
        whole = ids(await work.board.list_spots(query, skip=0, limit=20))
        pages = [ids(await work.board.list_spots(query, skip=at, limit=3)) for at in (0, 3, 6, 9)]
        assert [each for page in pages for each in page] == whole
        assert await work.board.count(query, most=4) == 4
        assert await work.board.sum_refunds(query, most=20) == [usd(3 * 3900 + 10_000)]
        assert await work.board.sum_refunds(board(shop, Shows.DONE), most=20) == []
        assert await work.board.sum_refunds(board(shop, Shows.WAITING), most=20) == [usd(3900)]


async def test_requests_are_found_by_order_id_and_customer(shop: Shop) -> None:
    new, mine, *_, cancel = await keep_five(shop)
    async with shop.store.read(shop.id) as work:
        found = await work.board.find_by_order_id("2001", limit=10)
        # of a payment its own, and what is about the whole purchase
        assert set(found) == {mine.id, cancel.id}
        assert len(await work.board.find_by_customers([shop.alice.id], limit=3)) == 3
        assert list(await work.board.find_by_customers([], limit=3)) == []
        assert list(await work.board.find_by_order_id("nothing", limit=3)) == []
        assert new.id in await work.board.find_by_customers([shop.alice.id], limit=10)


def ids(spots: Sequence[Spot]) -> list[object]:
    """Whatever they name."""
    return [spot.request_id or spot.ticket_id for spot in spots]


async def keep_five(shop: Shop) -> tuple[Request, ...]:
    """New, given to dana, asked back, failed, and denied today; an hour apart."""

    def refund(payment: Payment, hours: int, **changes: Any) -> Request:
        at = NOW + hours * HOUR
        purchase = {"purchase_id": payment.purchase_id, "payment_id": payment.id, "amount": payment.captured}
        return shop.refund_request(**{**purchase, "asked_at": at, "moved_at": at, **changes})

    first, second, third = shop.renewals
    mine, new, asked = refund(first, 1), refund(second, 2), refund(third, 3)
    failed = refund(shop.paid, 4, state=RequestState.PENDING)
    cancel = shop.cancel_request(asked_at=NOW + 5 * HOUR)

    async def keep(work: UnitOfWork) -> None:
        for request in (mine, new, asked, failed, cancel):
            await work.requests.add(request)
            state = TicketState.WAITING if request is asked else TicketState.OPEN
            ticket = shop.ticket(request_id=request.id, state=state, moved_at=request.asked_at)
            await work.tickets.add(ticket)
            await work.requests.set_ticket(request.id, ticket.id)
        await work.requests.assign(mine.id, shop.staff.id)
        await work.requests.move(
            failed.id, RequestState.PENDING, RequestState.APPROVED, at=NOW + 6 * HOUR, by=shop.by
        )
        await work.requests.move(
            failed.id, RequestState.APPROVED, RequestState.FAILED, at=NOW + 6 * HOUR, by=shop.by
        )
        await work.requests.move(
            cancel.id, RequestState.PENDING, RequestState.DENIED, at=NOW + 7 * HOUR, by=shop.by
        )

    await shop.write(keep)
    return new, mine, asked, failed, cancel


async def keep_questions(shop: Shop) -> tuple[Ticket, ...]:
    """The oldest, the newest, one that waits on the customer, one that is closed."""
    moments = {TicketState.WAITING: 9, TicketState.CLOSED: 8}
    kept = [
        shop.ticket(state=state, moved_at=NOW + moments.get(state, hours) * HOUR)
        for hours, state in enumerate(
            (TicketState.OPEN, TicketState.OPEN, TicketState.WAITING, TicketState.CLOSED)
        )
    ]
    kept[1] = replace(kept[1], moved_at=NOW + 8 * HOUR)

    async def keep(work: UnitOfWork) -> None:
        for ticket in kept:
            await work.tickets.add(ticket)

    await shop.write(keep)
    return tuple(kept)
