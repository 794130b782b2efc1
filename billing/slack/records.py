"""What is known of Slack, as frozen records: workspaces, people, channels, open Homes. Nothing asks Slack."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from billing.ids import (
    AccountId,
    ConnectingId,
    HelpdeskId,
    InstallationId,
    LinkOfferId,
    StaffId,
)
from billing.states import ConnectingStep, Ended

# Authority read from a profile that is older than this is none.
PROFILE_LASTS = timedelta(hours=24)


class Outsider(StrEnum):
    """Why somebody in Slack decides nothing, whoever they are at the desk."""

    GONE = "gone"
    BOT = "bot"
    STRANGER = "stranger"  # of another workspace, who looks in through a shared channel
    GUEST = "guest"


@dataclass(frozen=True, slots=True)
class Installation:
    """A Slack workspace that is, or was, connected. Tokens are sealed; an account has one that is live."""

    id: InstallationId
    account_id: AccountId
    team_id: str  # the enterprise's id, where the whole of it is connected
    enterprise_id: str  # empty: none
    team_name: str
    app_id: str
    bot_user_id: str
    bot_token: str
    refresh_token: str | None  # None: the bot token does not expire
    expires_at: datetime | None
    scopes: str  # as Slack granted them, comma-separated
    installed_by: str  # Actor.key
    installed_at: datetime
    ended_at: datetime | None = None
    ended_why: Ended | None = None

    @property
    def is_live(self) -> bool:
        """It is connected."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True)
class Connecting:
    """One *Add to Slack*: bound to the visit of the staff member who began it, its state used once."""

    id: ConnectingId
    account_id: AccountId
    state_hash: str
    staff_id: StaffId
    visit_hash: str  # the vault's digest of what tells their visit from any other
    step: ConnectingStep
    problem: str  # why it failed, a stable code, or empty
    made_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class LinkOffer:
    """A way for one Slack user to say at the desk who they are; its token went to that user alone."""

    id: LinkOfferId
    account_id: AccountId
    token_hash: str
    team_id: str
    user_id: str
    user_name: str  # as Slack shows them, or empty where it was not known yet
    staff_id: StaffId | None  # whom the desk thought of; None: whoever signs in
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SlackProfile:
    """What Slack said of somebody at `looked_at`. Guests, strangers, bots and who has left decide nothing."""

    account_id: AccountId
    team_id: str
    user_id: str
    name: str
    is_gone: bool  # `deleted`
    is_bot: bool
    is_guest: bool  # `is_restricted` or `is_ultra_restricted`
    is_stranger: bool
    locale: str | None  # a BCP 47 tag, as Slack gives it
    time_zone: str | None  # an IANA name
    looked_at: datetime

    @property
    def outsider(self) -> Outsider | None:
        """Why they decide nothing; None: a full member of the workspace."""
        if self.is_gone:
            return Outsider.GONE
        if self.is_bot:
            return Outsider.BOT
        if self.is_stranger:
            return Outsider.STRANGER
        return Outsider.GUEST if self.is_guest else None

    def is_old(self, now: datetime) -> bool:
        """Too old to go by."""
        return self.looked_at < now - PROFILE_LASTS


@dataclass(frozen=True, slots=True)
class SlackChannel:
    """A channel that the bot can see, as last listed."""

    account_id: AccountId
    channel: str  # Slack's id
    name: str
    is_private: bool
    is_member: bool  # the bot is
    listed_at: datetime


@dataclass(frozen=True, slots=True)
class ChannelTrouble:
    """A helpdesk's channel takes no message any more, and why; gone as soon as one arrives again."""

    account_id: AccountId
    helpdesk_id: HelpdeskId
    channel: str
    problem: str  # Slack's own code, e.g. `is_archived`
    since: datetime


@dataclass(frozen=True, slots=True)
class OpenHome:
    """Somebody's App Home: what it lists, from where, and the hash of what was last published."""

    account_id: AccountId
    team_id: str
    user_id: str
    shows: str  # `mine`, `all`, `waiting` or `done`; empty until they choose
    after: str  # the number of its page, or empty
    hash: str
    opened_at: datetime
