"""What happens at a time: working hours, alarms, snoozes; and the answers that helpdesks keep ready."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol
from uuid import UUID

from billing.hours import Alarm, Hours, Snooze
from billing.ids import HelpdeskId, TemplateId, TicketId
from billing.merchant import AnswerTemplate
from billing.money import Money
from billing.states import AlarmKind, RequestState


@dataclass(frozen=True, slots=True)
class Undone:
    """A request or question (`state` None) that is not settled; `since`: its ticket's last move."""

    state: RequestState | None
    on_customer: bool
    since: datetime
    amount: Money | None


class Timing(Protocol):
    """Working hours, alarms and snoozes."""

    async def find_hours(self, helpdesk_id: HelpdeskId) -> Hours | None:
        """None: nothing was chosen."""
        ...

    async def put_hours(self, hours: Hours) -> None: ...
    async def find_alarm(self, kind: AlarmKind, subject: UUID) -> Alarm | None: ...
    async def set_alarm(self, alarm: Alarm) -> None:
        """Instead of the one there was of this kind and subject."""
        ...

    async def move_alarm(self, alarm: Alarm, *, due_at: datetime, step: int) -> bool:
        """To its next time; False: it is not as it was seen, so somebody else did this."""
        ...

    async def drop_alarm(self, kind: AlarmKind, subject: UUID) -> None: ...
    async def find_snooze(self, ticket_id: TicketId) -> Snooze | None: ...
    async def put_snooze(self, snooze: Snooze) -> None: ...
    async def drop_snooze(self, ticket_id: TicketId) -> bool:
        """False: there was none."""
        ...

    async def list_undone(self, helpdesk_id: HelpdeskId, *, limit: int) -> Sequence[Undone]:
        """Requests that are pending or failed, and open questions; each kind oldest first."""
        ...

    async def count_answered(
        self, helpdesk_id: HelpdeskId, *, since: datetime, until: datetime
    ) -> Mapping[RequestState, int]:
        """Requests of the helpdesk by where they stand now, of those first answered in this time."""
        ...


class Answers(Protocol):
    """Templates of answers, by helpdesk."""

    async def list(self, helpdesk_id: HelpdeskId) -> Sequence[AnswerTemplate]:
        """In the order in which they were added."""
        ...

    async def get(self, template_id: TemplateId) -> AnswerTemplate: ...
    async def add(self, template: AnswerTemplate) -> None: ...
    async def save(self, template: AnswerTemplate) -> None: ...
    async def drop(self, template_id: TemplateId) -> None: ...
