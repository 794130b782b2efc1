"""What the outbox carries to Slack beside cards, threads and whispers; and the mails where Slack is lost."""

from __future__ import annotations

from dataclasses import dataclass

from billing.ids import (
    ConnectingId,
    HelpdeskId,
    InstallationId,
    LinkOfferId,
    StaffId,
    TicketId,
)
from billing.messages import Destination, Message


@dataclass(frozen=True, slots=True)
class ExchangeDue(Message):
    """A merchant came back from Slack: the code (sealed) must be exchanged for tokens."""

    destination = Destination.SLACK
    kind = "slack-exchange"
    connecting_id: ConnectingId
    code: str


@dataclass(frozen=True, slots=True)
class TokensDue(Message):
    """The tokens of a workspace must be rotated; `refresh` is the digest of the sealed token to use."""

    destination = Destination.SLACK
    kind = "slack-tokens"
    installation_id: InstallationId
    refresh: str


@dataclass(frozen=True, slots=True)
class RevokeDue(Message):
    """A workspace was disconnected in the desk: Slack is told to forget the token."""

    destination = Destination.SLACK
    kind = "slack-revoke"
    installation_id: InstallationId


@dataclass(frozen=True, slots=True)
class ChannelsDue(Message):
    """The list of channels must be read anew."""

    destination = Destination.SLACK
    kind = "slack-channels"


@dataclass(frozen=True, slots=True)
class TestDue(Message):
    """Somebody wants to see a message arrive in a helpdesk's channel."""

    destination = Destination.SLACK
    kind = "slack-test"
    helpdesk_id: HelpdeskId
    staff_id: StaffId


@dataclass(frozen=True, slots=True)
class ProfileDue(Message):
    """Who somebody is in Slack must be read anew."""

    destination = Destination.SLACK
    kind = "slack-profile"
    team_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class PeopleDue(Message):
    """The list of people in the workspace must be read anew."""

    destination = Destination.SLACK
    kind = "slack-people"


@dataclass(frozen=True, slots=True)
class LinkOfferDue(Message):
    """A direct message with a button to the page where somebody says who they are; `token` is sealed."""

    destination = Destination.SLACK
    kind = "slack-link-offer"
    offer_id: LinkOfferId
    token: str


@dataclass(frozen=True, slots=True)
class HomeDue(Message):
    """Somebody's App Home must be drawn anew."""

    destination = Destination.SLACK
    kind = "slack-home"
    team_id: str
    user_id: str


@dataclass(frozen=True, slots=True)
class HomesDue(Message):
    """What the open Homes of the account list has changed."""

    destination = Destination.SLACK
    kind = "slack-homes"


@dataclass(frozen=True, slots=True)
class PreviewDue(Message):
    """Somebody posted links to pages of the desk; `links` are separated by spaces."""

    destination = Destination.SLACK
    kind = "slack-preview"
    channel: str
    ts: str
    user_id: str
    links: str


@dataclass(frozen=True, slots=True)
class ReminderDue(Message):
    """A ticket still waits: said in its thread."""

    destination = Destination.SLACK
    kind = "slack-reminder"
    ticket_id: TicketId
    step: int


@dataclass(frozen=True, slots=True)
class NudgeDue(Message):
    """A ticket still waits: said to one person alone, as a direct message."""

    destination = Destination.SLACK
    kind = "slack-nudge"
    ticket_id: TicketId
    staff_id: StaffId
    step: int


@dataclass(frozen=True, slots=True)
class DigestDue(Message):
    """What waits in a helpdesk, once a day; `day` is an ISO date in the account's zone."""

    destination = Destination.SLACK
    kind = "slack-digest"
    helpdesk_id: HelpdeskId
    day: str


@dataclass(frozen=True, slots=True)
class SlackLostMail(Message):
    """To an owner: a workspace ended (`what`: an `Ended`) or a channel takes nothing (Slack's code)."""

    destination = Destination.MAIL
    kind = "slack-lost"
    staff_id: StaffId
    what: str
    helpdesk_id: HelpdeskId | None = None


@dataclass(frozen=True, slots=True)
class WaitingMail(Message):
    """To a staff member whom Slack does not reach: a ticket waits. `step` 0: it has just come."""

    destination = Destination.MAIL
    kind = "slack-waiting"
    ticket_id: TicketId
    staff_id: StaffId
    step: int
