"""Events of Slack: each taken in once, in the transaction of what follows from it."""

from dataclasses import dataclass
from datetime import datetime

from billing.ports import UnitOfWork

SOURCE = "slack"


@dataclass(frozen=True, slots=True)
class SlackEvent:
    """What Slack calls an event, and of which kind it is; it repeats one that was not answered in time."""

    id: str
    kind: str


async def take_in(work: UnitOfWork, event: SlackEvent, *, at: datetime, ignored: str = "") -> bool:
    """True the first time only; `ignored` says why nothing follows."""
    return await work.inbox.take_in(SOURCE, event.id, event.kind, at=at, ignored=ignored)
