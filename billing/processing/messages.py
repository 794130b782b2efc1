"""What the outbox carries to the processor beside operations and hints, and the mails that follow."""

from __future__ import annotations

from dataclasses import dataclass

from billing.ids import AlertId, CardChangeId, CardStepId, ConnectionId, StaffId
from billing.messages import Destination, Message


@dataclass(frozen=True, slots=True)
class ConnectionCheckDue(Message):
    """A key was taken down: the processor must say whose it is and what it may do."""

    destination = Destination.PROCESSOR
    kind = "connection-check"
    connection_id: ConnectionId


@dataclass(frozen=True, slots=True)
class WebhookDropDue(Message):
    """A connection ended, or has another endpoint: the one that we made there (or `webhook_id`) must go."""

    destination = Destination.PROCESSOR
    kind = "webhook-drop"
    connection_id: ConnectionId
    webhook_id: str = ""


@dataclass(frozen=True, slots=True)
class CardPageDue(Message):
    """A customer wants to change their card: the processor must make its page."""

    destination = Destination.PROCESSOR
    kind = "card-page"
    change_id: CardChangeId


@dataclass(frozen=True, slots=True)
class CardLookDue(Message):
    """Read what became of the page: by its schedule until it is closed, or as somebody came back from it."""

    destination = Destination.PROCESSOR
    kind = "card-look"
    change_id: CardChangeId
    is_return: bool = False


@dataclass(frozen=True, slots=True)
class CardStepDue(Message):
    """A new card waits to be put to use, one call."""

    destination = Destination.PROCESSOR
    kind = "card-step"
    step_id: CardStepId


@dataclass(frozen=True, slots=True)
class SyncDue(Message):
    """What the processor has new must be taken in; it puts the next one of itself."""

    destination = Destination.PROCESSOR
    kind = "sync"
    connection_id: ConnectionId


@dataclass(frozen=True, slots=True)
class CardMail(Message):
    """To the purchase e-mail: a card change was asked for, is done, or was not wholly possible (`state`)."""

    destination = Destination.MAIL
    kind = "card-change"
    change_id: CardChangeId
    state: str


@dataclass(frozen=True, slots=True)
class AlertMail(Message):
    """To an owner: something about money must be looked at."""

    destination = Destination.MAIL
    kind = "alert"
    alert_id: AlertId
    staff_id: StaffId
