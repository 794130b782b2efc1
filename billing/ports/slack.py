"""What is kept of Slack: connected workspaces, who is who, channels, open Homes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from billing.edges import SlackLink
from billing.ids import ConnectingId, HelpdeskId, InstallationId, StaffId
from billing.slack.records import (
    ChannelTrouble,
    Connecting,
    Installation,
    LinkOffer,
    OpenHome,
    SlackChannel,
    SlackProfile,
)
from billing.states import ConnectingStep, Ended


class Installations(Protocol):
    """The account's Slack workspace: one is live, those before it are kept."""

    async def find_live(self) -> Installation | None: ...
    async def find_latest(self) -> Installation | None:
        """The live one, else the one that ended last."""
        ...

    async def list_of_team(self, team_id: str) -> Sequence[Installation]:
        """Of this workspace, the live one and those that ended."""
        ...

    async def get(self, installation_id: InstallationId) -> Installation: ...
    async def add(self, installation: Installation) -> None:
        """Raises `Invalid` (workspace, `taken`) where it is live for another account, or one is here."""
        ...

    async def keep_tokens(
        self,
        installation_id: InstallationId,
        *,
        instead_of: str | None,
        bot_token: str,
        refresh_token: str | None,
        expires_at: datetime | None,
    ) -> bool:
        """Where it is live and the sealed refresh token is still `instead_of`; False: somebody was first."""
        ...

    async def keep_facts(
        self, installation_id: InstallationId, *, team_name: str, app_id: str, bot_user_id: str, scopes: str
    ) -> None:
        """What Slack said of it last."""
        ...

    async def renew(self, installation_id: InstallationId, *, at: datetime) -> None:
        """It was connected anew: what Slack tells of the time before is not about it any more."""
        ...

    async def end(self, installation_id: InstallationId, why: Ended, *, at: datetime) -> bool:
        """False: it had ended before."""
        ...

    async def add_connecting(self, connecting: Connecting) -> None: ...
    async def get_connecting(self, connecting_id: ConnectingId) -> Connecting: ...
    async def take_state(self, state_hash: str, *, at: datetime) -> Connecting | None:
        """asked → exchanging, once; None: unknown, used before, or too late."""
        ...

    async def end_connecting(
        self, connecting_id: ConnectingId, step: ConnectingStep, problem: str = ""
    ) -> bool:
        """exchanging → done or failed; False: it was not exchanging."""
        ...


class Channels(Protocol):
    """Who is who in Slack, and which channels there are."""

    async def find_link(self, team_id: str, user_id: str) -> SlackLink | None: ...
    async def find_link_of_staff(self, staff_id: StaffId) -> SlackLink | None: ...
    async def list_links(self) -> Sequence[SlackLink]: ...
    async def put_link(self, link: SlackLink) -> None: ...
    async def drop_link(self, staff_id: StaffId) -> bool:
        """False: there was none."""
        ...

    async def add_offer(self, offer: LinkOffer) -> None: ...
    async def find_offer(self, token_hash: str) -> LinkOffer | None: ...
    async def use_offer(self, token_hash: str, *, at: datetime) -> bool:
        """Once, and before it expires."""
        ...

    async def list_open_offers(self, *, at: datetime) -> Sequence[LinkOffer]:
        """Those that the desk made for somebody, unused and not over, newest first."""
        ...

    async def find_profile(self, team_id: str, user_id: str) -> SlackProfile | None: ...
    async def list_profiles(self, team_id: str) -> Sequence[SlackProfile]: ...
    async def put_profile(self, profile: SlackProfile) -> None:
        """Instead of an older one; a newer one stays."""
        ...

    async def list_channels(self) -> Sequence[SlackChannel]:
        """By name."""
        ...

    async def replace_channels(self, channels: Sequence[SlackChannel]) -> None: ...
    async def list_troubles(self) -> Sequence[ChannelTrouble]: ...
    async def find_trouble(self, helpdesk_id: HelpdeskId) -> ChannelTrouble | None: ...
    async def put_trouble(self, trouble: ChannelTrouble) -> bool:
        """False: the same trouble with the same channel was known."""
        ...

    async def drop_trouble(self, helpdesk_id: HelpdeskId) -> bool:
        """False: there was none."""
        ...


class Homes(Protocol):
    """App Homes that people have opened. Only of those who are linked one counts as open."""

    async def find(self, team_id: str, user_id: str) -> OpenHome | None: ...
    async def is_any_open(self, *, since: datetime) -> bool: ...
    async def list_open(self, *, since: datetime, limit: int) -> Sequence[OpenHome]:
        """Those opened since, newest first."""
        ...

    async def put(self, home: OpenHome) -> None: ...
    async def keep_hash(self, team_id: str, user_id: str, new_hash: str) -> None: ...
