"""What an App Home and a search in Slack list: requests and questions side by side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from billing.ids import CustomerId, RequestId, StaffId, TicketId
from billing.money import Money


class Shows(StrEnum):
    """Which of them a person looks at."""

    MINE = "mine"  # given to them, or to nobody and theirs to decide; nothing that waits on the customer
    ALL = "all"  # all that is not settled
    WAITING = "waiting"  # on the customer
    DONE = "done"  # since `since`


@dataclass(frozen=True, slots=True)
class BoardQuery:
    """What a board is asked for. Only MINE depends on who asks, only DONE on `since`."""

    shows: Shows
    staff_id: StaffId
    may_decide: bool
    limit: Money | None  # how much they may decide; None: no limit
    since: datetime


@dataclass(frozen=True, slots=True)
class Spot:
    """A place in the list: a request, or a question without one."""

    request_id: RequestId | None
    ticket_id: TicketId | None
    at: datetime


class Board(Protocol):
    """Lists that walk indexes; DONE newest first, all others oldest first. And finding as people type."""

    async def list_spots(self, query: BoardQuery, *, skip: int, limit: int) -> Sequence[Spot]: ...
    async def count(self, query: BoardQuery, *, most: int) -> int:
        """How many, counted up to `most`."""
        ...

    async def sum_refunds(self, query: BoardQuery, *, most: int) -> Sequence[Money]:
        """What refunds among the first `most` come to: asked for, or, of DONE, approved; by currency."""
        ...

    async def find_by_order_id(self, order_id: str, *, limit: int) -> Sequence[RequestId]:
        """What was asked for about a payment, or the purchase it belongs to; newest first."""
        ...

    async def find_by_customers(
        self, customer_ids: Sequence[CustomerId], *, limit: int
    ) -> Sequence[RequestId]:
        """What these customers asked for, newest first."""
        ...
