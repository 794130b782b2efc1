"""Finding customers as staff do: by what an address, a name or an Order ID begins with or is."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from billing import records as r
from billing.ids import CustomerId

# Where a page of a list ended: the key it is ordered by, and whose it was.
Edge = tuple[str, CustomerId]


class CustomerSearch(Protocol):
    """Customers by their search keys, in the order of the key; every answer is as short as `limit`."""

    async def list_by_email(
        self, beginning: str, *, after: Edge | None, limit: int
    ) -> Sequence[tuple[str, r.Customer]]:
        """Each with the `email_key` that begins so; a customer of several such comes several times."""
        ...

    async def list_by_word(
        self, beginning: str, others: Sequence[str], *, after: Edge | None, limit: int
    ) -> Sequence[tuple[str, r.Customer]]:
        """Each with the word of their name that begins so; other words must begin as `others` do."""
        ...

    async def find_by_order_id(self, order_id: str) -> r.Customer | None: ...
    async def list_emails(
        self, customer_ids: Collection[CustomerId]
    ) -> Mapping[CustomerId, Sequence[str]]: ...
    async def list_visits(self, customer_id: CustomerId, *, limit: int) -> Sequence[r.JournalLine]:
        """The newest lines on their visits: signed in, gave the code, signed out."""
        ...
