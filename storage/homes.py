"""App Homes that people have opened in Slack."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, exists, select, update

from billing.slack.records import OpenHome
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.helpdesks import slack_links
from storage.tables.slack import slack_homes
from storage.types import UtcDateTime

_h, _l = slack_homes.c, slack_links.c
_HOME = Shape((_h.account_id, _h.team_id, _h.user_id, _h.shows, _h.after, _h.hash, _h.opened_at), OpenHome)
_ALL = select(*_HOME.columns).where(_h.account_id == ACCOUNT)
_ONE = _ALL.where(_h.team_id == bindparam("the_team"), _h.user_id == bindparam("the_user"))
# Anybody in the workspace may look at their Home; only of who is linked it shows what changes.
_LINKED = exists().where(_l.account_id == _h.account_id, _l.team_id == _h.team_id, _l.user_id == _h.user_id)
_OPEN = (
    _ALL.where(_h.opened_at >= bindparam("the_time", type_=UtcDateTime()), _LINKED)
    .order_by(_h.opened_at.desc())
    .limit(bindparam("at_most"))
)


class StoredHomes(Bound):
    """`billing.ports.Homes`."""

    async def find(self, team_id: str, user_id: str) -> OpenHome | None:
        """This person's."""
        return await self._find(_HOME, _ONE, the_team=team_id, the_user=user_id)

    async def is_any_open(self, *, since: datetime) -> bool:
        """Whether anybody who is linked opened theirs since."""
        return await self._find(_HOME, _OPEN, the_time=since, at_most=1) is not None

    async def list_open(self, *, since: datetime, limit: int) -> Sequence[OpenHome]:
        """Those of linked people that were opened since, newest first."""
        return await self._list(_HOME, _OPEN, the_time=since, at_most=limit)

    async def put(self, home: OpenHome) -> None:
        """Instead of what it was."""
        await self._put(slack_homes, plain_values(home))

    async def keep_hash(self, team_id: str, user_id: str, new_hash: str) -> None:
        """Of what was published last."""
        which = (_h.account_id == self.account_id, _h.team_id == team_id, _h.user_id == user_id)
        await self.connection.execute(update(slack_homes).where(*which).values(hash=new_hash))
