"""Finding requests from Slack, by what people have at hand: a reference, an Order ID, an address, a name."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from billing import budgets
from billing.actors import StaffActor
from billing.budgets import Budget
from billing.context import Context
from billing.customers import look_up
from billing.emails import order_id_key
from billing.ids import RequestId
from billing.ports import Spot, UnitOfWork
from billing.records import Customer, Staff
from billing.slack.homes import BoardRow, rows_of

MOST_FOUND = 10
MOST_PAGES = 4  # of customers who are like it
# Enough for people in a hurry, too few to copy the list of customers.
_SEARCHES = ((20, timedelta(minutes=1)), (300, timedelta(days=1)))
_REFERENCE = re.compile(r"(?:([RT])-?)?([2-9A-HJ-NP-Z]{8})")


@dataclass(frozen=True, slots=True)
class Found:
    """Newest first, at most `MOST_FOUND`; `customers` are those found who asked for nothing.

    `is_cut`: more customers are like it than these or those whose requests were looked at.
    """

    staff: Staff
    rows: tuple[BoardRow, ...]
    has_more: bool
    customers: tuple[Customer, ...] = ()
    is_cut: bool = False


async def find_in_slack(ctx: Context, text: str, *, by: StaffActor) -> Found:
    """What this may mean, the surest first: a reference, an Order ID, then whose address or name begins so.

    Raises `TooMany` (retry_after).
    """
    async with ctx.begin(by.account_id) as work:
        spent = await budgets.take(work, _budgets(ctx, by), at=ctx.now())
    if spent is not None:
        raise budgets.too_many(spent, ctx.now())
    async with ctx.read(by.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(by.staff_id)
        customers: tuple[Customer, ...] = ()
        is_cut = False
        spots = await _by_reference(work, text)
        if not spots:
            order_id = order_id_key(text)
            ids = await work.board.find_by_order_id(order_id, limit=MOST_FOUND + 1) if order_id else ()
            spots = _spots(ctx, ids)
        if not spots:
            customers, is_cut = await _customers_like(work, text)
            spots = await _by_customers(ctx, work, customers)
        rows = await rows_of(work, spots[:MOST_FOUND], account=account, staff=staff)
        return Found(staff, rows, len(spots) > MOST_FOUND, () if rows else customers, is_cut)


def _budgets(ctx: Context, by: StaffActor) -> list[Budget]:
    key = ctx.vault.digest(f"slack-search:{by.staff_id.hex}")
    return [Budget(key, most, span) for most, span in _SEARCHES]


async def _by_reference(work: UnitOfWork, text: str) -> list[Spot]:
    """`R-…` is a request, `T-…` a ticket; without the letter it may be either."""
    named = _REFERENCE.fullmatch(text.strip().upper())
    if named is None:
        return []
    letter, rest = named.groups()
    request = await work.requests.find_by_reference(f"R-{rest}") if letter != "T" else None
    if request is not None:
        return [Spot(request.id, None, request.asked_at)]
    ticket = await work.tickets.find_by_reference(f"T-{rest}") if letter != "R" else None
    if ticket is None:
        return []
    return [Spot(ticket.request_id, None if ticket.request_id else ticket.id, ticket.opened_at)]


async def _customers_like(work: UnitOfWork, text: str) -> tuple[tuple[Customer, ...], bool]:
    """Whom this may mean, as many as are worth looking at, and whether there are more."""
    customers: list[Customer] = []
    after = None
    for _ in range(MOST_PAGES):
        page = await look_up(work, text, after=after)
        customers += page.customers
        after = page.after
        if after is None:
            break
    return tuple(customers), after is not None


async def _by_customers(ctx: Context, work: UnitOfWork, customers: Sequence[Customer]) -> list[Spot]:
    """What these asked for, newest first."""
    if not customers:
        return []
    ids = await work.board.find_by_customers([each.id for each in customers], limit=MOST_FOUND + 1)
    return _spots(ctx, ids)


def _spots(ctx: Context, ids: Sequence[RequestId]) -> list[Spot]:
    return [Spot(request_id, None, ctx.now()) for request_id in ids]
