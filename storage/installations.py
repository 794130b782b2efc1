"""The Slack workspaces of an account, and the ways there: each *Add to Slack* with its state."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, select, update

from billing.errors import Invalid
from billing.ids import ConnectingId, InstallationId
from billing.slack.records import Connecting, Installation
from billing.states import ConnectingStep, Ended
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.slack import LIVE, slack_connectings, slack_installations

_i, _c = slack_installations.c, slack_connectings.c
INSTALLATION = Shape(
    (
        _i.id,
        _i.account_id,
        _i.team_id,
        _i.enterprise_id,
        _i.team_name,
        _i.app_id,
        _i.bot_user_id,
        _i.bot_token,
        _i.refresh_token,
        _i.expires_at,
        _i.scopes,
        _i.installed_by,
        _i.installed_at,
        _i.ended_at,
        _i.ended_why,
    ),
    Installation,
)
CONNECTING = Shape(
    (
        _c.id,
        _c.account_id,
        _c.state_hash,
        _c.staff_id,
        _c.visit_hash,
        _c.step,
        _c.problem,
        _c.made_at,
        _c.expires_at,
    ),
    Connecting,
)
# Across accounts.
BY_TEAM = select(*INSTALLATION.columns).where(_i.team_id == bindparam("the_team"), LIVE)
LAST_BY_TEAM = (
    select(*INSTALLATION.columns)
    .where(_i.team_id == bindparam("the_team"), _i.ended_at.is_not(None))
    .order_by(_i.ended_at.desc())
    .limit(1)
)
BY_STATE = select(_c.account_id).where(_c.state_hash == bindparam("the_state"))

_ALL = select(*INSTALLATION.columns).where(_i.account_id == ACCOUNT)
_ONE = _ALL.where(_i.id == bindparam("the_id"))
_LIVE = _ALL.where(LIVE)
_LATEST = _ALL.order_by(_i.ended_at.is_(None).desc(), _i.ended_at.desc()).limit(1)
_OF_TEAM = _ALL.where(_i.team_id == bindparam("the_team"))
_CONNECTING = select(*CONNECTING.columns).where(_c.account_id == ACCOUNT, _c.id == bindparam("the_id"))


class StoredInstallations(Bound):
    """`billing.ports.Installations`."""

    async def find_live(self) -> Installation | None:
        """The one that is connected."""
        return await self._find(INSTALLATION, _LIVE)

    async def find_latest(self) -> Installation | None:
        """The live one, else the one that ended last."""
        return await self._find(INSTALLATION, _LATEST)

    async def list_of_team(self, team_id: str) -> Sequence[Installation]:
        """The live one and those that ended."""
        return await self._list(INSTALLATION, _OF_TEAM, the_team=team_id)

    async def get(self, installation_id: InstallationId) -> Installation:
        """Raises `NotFound`."""
        return await self._get(INSTALLATION, _ONE, the_id=installation_id)

    async def add(self, installation: Installation) -> None:
        """Raises `Invalid` where the workspace is live for another account, or one is here."""
        if not await self._insert_once(slack_installations, plain_values(installation)):
            raise Invalid("workspace", "taken")

    async def keep_tokens(
        self,
        installation_id: InstallationId,
        *,
        instead_of: str | None,
        bot_token: str,
        refresh_token: str | None,
        expires_at: datetime | None,
    ) -> bool:
        """Where it is live and the refresh token is still the one that was used."""
        is_same = _i.refresh_token.is_(None) if instead_of is None else _i.refresh_token == instead_of
        change = (
            update(slack_installations)
            .where(_i.account_id == self.account_id, _i.id == installation_id, LIVE, is_same)
            .values(bot_token=bot_token, refresh_token=refresh_token, expires_at=expires_at)
        )
        return await self._change(change.returning(_i.id)) is not None

    async def keep_facts(
        self, installation_id: InstallationId, *, team_name: str, app_id: str, bot_user_id: str, scopes: str
    ) -> None:
        """What Slack said of it last."""
        which = (_i.account_id == self.account_id, _i.id == installation_id)
        change = update(slack_installations).where(*which)
        await self.connection.execute(
            change.values(team_name=team_name, app_id=app_id, bot_user_id=bot_user_id, scopes=scopes)
        )

    async def renew(self, installation_id: InstallationId, *, at: datetime) -> None:
        """It was connected anew."""
        which = (_i.account_id == self.account_id, _i.id == installation_id)
        await self.connection.execute(update(slack_installations).where(*which).values(installed_at=at))

    async def end(self, installation_id: InstallationId, why: Ended, *, at: datetime) -> bool:
        """From now on it is not connected."""
        change = (
            update(slack_installations)
            .where(_i.account_id == self.account_id, _i.id == installation_id, LIVE)
            .values(ended_at=at, ended_why=why)
        )
        return await self._change(change.returning(_i.id)) is not None

    async def add_connecting(self, connecting: Connecting) -> None:
        """One more way there."""
        await self._insert(slack_connectings, plain_values(connecting))

    async def get_connecting(self, connecting_id: ConnectingId) -> Connecting:
        """Raises `NotFound`."""
        return await self._get(CONNECTING, _CONNECTING, the_id=connecting_id)

    async def take_state(self, state_hash: str, *, at: datetime) -> Connecting | None:
        """asked → exchanging: one `UPDATE`, so that of several callbacks one goes on."""
        change = (
            update(slack_connectings)
            .where(
                _c.account_id == self.account_id,
                _c.state_hash == state_hash,
                _c.step == ConnectingStep.ASKED,
                _c.expires_at > at,
            )
            .values(step=ConnectingStep.EXCHANGING)
        )
        row = await self._change(change.returning(*CONNECTING.columns))
        return None if row is None else CONNECTING.read(row)

    async def end_connecting(
        self, connecting_id: ConnectingId, step: ConnectingStep, problem: str = ""
    ) -> bool:
        """exchanging → done or failed."""
        change = (
            update(slack_connectings)
            .where(
                _c.account_id == self.account_id,
                _c.id == connecting_id,
                _c.step == ConnectingStep.EXCHANGING,
            )
            .values(step=step, problem=problem)
        )
        return await self._change(change.returning(_c.id)) is not None
