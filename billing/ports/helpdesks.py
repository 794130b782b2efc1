"""Helpdesks with Self billing, and tickets."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from billing import records as r
from billing.edges import CardPlace
from billing.ids import (
    CustomerId,
    DepartmentId,
    HelpdeskId,
    StaffId,
    TicketId,
)
from billing.states import (
    Surface,
    TicketState,
)
from billing.views import TicketView


class Helpdesks(Protocol):
    """Helpdesks, departments, and the Self billing settings of each surface."""

    async def get(self, helpdesk_id: HelpdeskId) -> r.Helpdesk: ...
    async def find_by_slug(self, slug: str) -> r.Helpdesk | None: ...
    async def list(self) -> Sequence[r.Helpdesk]: ...
    async def add(self, helpdesk: r.Helpdesk, departments: Sequence[r.Department]) -> None: ...
    async def save(self, helpdesk: r.Helpdesk) -> None:
        """All but its id. Raises `Invalid` (slug, `taken`)."""
        ...

    async def list_departments(self, helpdesk_id: HelpdeskId) -> Sequence[r.Department]:
        """In the order in which they were added, the archived too."""
        ...

    async def get_department(self, department_id: DepartmentId) -> r.Department: ...
    async def add_department(self, department: r.Department) -> None: ...
    async def save_department(self, department: r.Department) -> None: ...
    async def list_team(self, helpdesk_id: HelpdeskId) -> Sequence[StaffId]:
        """Who was chosen to work there; none means everybody."""
        ...

    async def put_team(self, helpdesk_id: HelpdeskId, team: Sequence[StaffId]) -> None: ...
    async def count_open_tickets(self) -> Mapping[HelpdeskId, int]:
        """Of each helpdesk that has any, those that are not closed."""
        ...

    async def put_logo(self, digest: str, media_type: str, content: bytes) -> None: ...
    async def find_logo(self, digest: str) -> bytes | None: ...
    async def list_self_billing(self) -> Sequence[r.SelfBilling]:
        """Of all surfaces, the archived helpdesks' too."""
        ...

    async def get_self_billing(self, surface: Surface, helpdesk_id: HelpdeskId | None) -> r.SelfBilling: ...
    async def put_self_billing(self, settings: r.SelfBilling) -> None: ...


@dataclass(frozen=True, slots=True)
class TicketFilter:
    """Of which helpdesk and whose; None is all of them."""

    helpdesk_id: HelpdeskId | None = None
    assignee_id: StaffId | None = None
    unassigned: bool = False


ALL_TICKETS = TicketFilter()


class Tickets(Protocol):
    """Conversations, their timelines, and where their Slack cards stand."""

    async def add(self, ticket: r.Ticket) -> None: ...
    async def get(self, ticket_id: TicketId) -> r.Ticket: ...
    async def get_view(self, ticket_id: TicketId, *, internal: bool) -> TicketView:
        """`internal` False leaves notes out: what the customer may read."""
        ...

    async def list_of_customer(self, customer_id: CustomerId) -> Sequence[r.Ticket]: ...
    async def list_views(
        self,
        states: Sequence[TicketState],
        *,
        questions_only: bool,
        limit: int,
        only: TicketFilter = ALL_TICKETS,
    ) -> Sequence[TicketView]:
        """Oldest move first, without entries."""
        ...

    async def assign(self, ticket_id: TicketId, staff_id: StaffId | None) -> r.Ticket:
        """Whose it is from now on; raises `NotFound`."""
        ...

    async def add_entry(self, entry: r.Entry) -> None: ...
    async def get_entry(self, ticket_id: TicketId, entry_id: object) -> r.Entry: ...
    async def move(
        self, ticket_id: TicketId, expected: TicketState, to: TicketState, *, at: datetime
    ) -> r.Ticket: ...

    async def list_views_of(self, ticket_ids: Sequence[TicketId]) -> Sequence[TicketView]:
        """In no order, without entries."""
        ...

    async def find_by_reference(self, reference: str) -> r.Ticket | None: ...
    async def find_card(self, ticket_id: TicketId) -> CardPlace | None: ...
    async def list_cards(self, ticket_ids: Sequence[TicketId]) -> Sequence[CardPlace]: ...
    async def put_card(self, place: CardPlace) -> None: ...
    async def find_ticket_by_card(self, team_id: str, channel: str, ts: str) -> r.Ticket | None: ...
