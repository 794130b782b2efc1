"""Who is who in Slack."""

from sqlalchemy import bindparam, or_, select

from billing.edges import SlackLink
from billing.ids import StaffId
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.helpdesks import slack_links

_c = slack_links.c
SLACK_LINK = Shape((_c.account_id, _c.team_id, _c.user_id, _c.staff_id), SlackLink)
_ALL = select(*SLACK_LINK.columns).where(_c.account_id == ACCOUNT)
_OF_USER = _ALL.where(_c.team_id == bindparam("the_team"), _c.user_id == bindparam("the_user"))
_OF_STAFF = _ALL.where(_c.staff_id == bindparam("the_staff"))


class StoredChannels(Bound):
    """`billing.ports.Channels`."""

    async def find_link(self, team_id: str, user_id: str) -> SlackLink | None:
        """Who this Slack user is here."""
        return await self._find(SLACK_LINK, _OF_USER, the_team=team_id, the_user=user_id)

    async def find_link_of_staff(self, staff_id: StaffId) -> SlackLink | None:
        """Who this staff member is in Slack."""
        return await self._find(SLACK_LINK, _OF_STAFF, the_staff=staff_id)

    async def put_link(self, link: SlackLink) -> None:
        """One Slack user for each staff member and the other way round: what was before ends."""
        same_user = (_c.team_id == link.team_id) & (_c.user_id == link.user_id)
        await self.connection.execute(
            slack_links.delete().where(
                _c.account_id == self.account_id, or_(same_user, _c.staff_id == link.staff_id)
            )
        )
        await self._insert(slack_links, plain_values(link))
