"""Who is who in Slack, which channels there are, and which of them take no message."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import bindparam, delete, or_, select, update

from billing.edges import SlackLink
from billing.ids import HelpdeskId, StaffId
from billing.slack.records import ChannelTrouble, LinkOffer, SlackChannel, SlackProfile
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.helpdesks import slack_links
from storage.tables.slack import slack_channels, slack_link_offers, slack_profiles, slack_troubles
from storage.types import UtcDateTime

_c, _o, _p = slack_links.c, slack_link_offers.c, slack_profiles.c
_h, _t = slack_channels.c, slack_troubles.c
SLACK_LINK = Shape((_c.account_id, _c.team_id, _c.user_id, _c.staff_id), SlackLink)
_OFFER = Shape(
    (
        _o.id,
        _o.account_id,
        _o.token_hash,
        _o.team_id,
        _o.user_id,
        _o.user_name,
        _o.staff_id,
        _o.made_at,
        _o.expires_at,
        _o.used_at,
    ),
    LinkOffer,
)
_PROFILE = Shape(
    (
        _p.account_id,
        _p.team_id,
        _p.user_id,
        _p.name,
        _p.is_gone,
        _p.is_bot,
        _p.is_guest,
        _p.is_stranger,
        _p.locale,
        _p.time_zone,
        _p.looked_at,
    ),
    SlackProfile,
)
_CHANNEL = Shape(
    (_h.account_id, _h.channel, _h.name, _h.is_private, _h.is_member, _h.listed_at), SlackChannel
)
_TROUBLE = Shape((_t.account_id, _t.helpdesk_id, _t.channel, _t.problem, _t.since), ChannelTrouble)

_ALL = select(*SLACK_LINK.columns).where(_c.account_id == ACCOUNT)
_OF_USER = _ALL.where(_c.team_id == bindparam("the_team"), _c.user_id == bindparam("the_user"))
_OF_STAFF = _ALL.where(_c.staff_id == bindparam("the_staff"))
_BY_TOKEN = select(*_OFFER.columns).where(_o.account_id == ACCOUNT, _o.token_hash == bindparam("the_token"))
_OPEN_OFFERS = (
    select(*_OFFER.columns)
    .where(
        _o.account_id == ACCOUNT,
        _o.staff_id.is_not(None),
        _o.used_at.is_(None),
        _o.expires_at > bindparam("the_time", type_=UtcDateTime()),
    )
    .order_by(_o.made_at.desc())
)
_PROFILES = select(*_PROFILE.columns).where(_p.account_id == ACCOUNT, _p.team_id == bindparam("the_team"))
_ONE_PROFILE = _PROFILES.where(_p.user_id == bindparam("the_user"))
_CHANNELS = select(*_CHANNEL.columns).where(_h.account_id == ACCOUNT).order_by(_h.name, _h.channel)
_TROUBLES = select(*_TROUBLE.columns).where(_t.account_id == ACCOUNT)
_ONE_TROUBLE = _TROUBLES.where(_t.helpdesk_id == bindparam("the_helpdesk"))


class StoredChannels(Bound):
    """`billing.ports.Channels`."""

    async def find_link(self, team_id: str, user_id: str) -> SlackLink | None:
        """Who this Slack user is here."""
        return await self._find(SLACK_LINK, _OF_USER, the_team=team_id, the_user=user_id)

    async def find_link_of_staff(self, staff_id: StaffId) -> SlackLink | None:
        """Who this staff member is in Slack."""
        return await self._find(SLACK_LINK, _OF_STAFF, the_staff=staff_id)

    async def list_links(self) -> Sequence[SlackLink]:
        """Everybody's."""
        return await self._list(SLACK_LINK, _ALL)

    async def put_link(self, link: SlackLink) -> None:
        """One Slack user for each staff member and the other way round: what was before ends."""
        same_user = (_c.team_id == link.team_id) & (_c.user_id == link.user_id)
        await self.connection.execute(
            slack_links.delete().where(
                _c.account_id == self.account_id, or_(same_user, _c.staff_id == link.staff_id)
            )
        )
        await self._insert(slack_links, plain_values(link))

    async def drop_link(self, staff_id: StaffId) -> bool:
        """They are nobody in Slack from now on."""
        which = (_c.account_id == self.account_id, _c.staff_id == staff_id)
        return await self._change(delete(slack_links).where(*which).returning(_c.staff_id)) is not None

    async def add_offer(self, offer: LinkOffer) -> None:
        """One more way to say who somebody is."""
        await self._insert(slack_link_offers, plain_values(offer))

    async def find_offer(self, token_hash: str) -> LinkOffer | None:
        """The one with this token, used or not."""
        return await self._find(_OFFER, _BY_TOKEN, the_token=token_hash)

    async def use_offer(self, token_hash: str, *, at: datetime) -> bool:
        """One `UPDATE`, so that of two uses one counts."""
        change = (
            update(slack_link_offers)
            .where(
                _o.account_id == self.account_id,
                _o.token_hash == token_hash,
                _o.used_at.is_(None),
                _o.expires_at > at,
            )
            .values(used_at=at)
        )
        return await self._change(change.returning(_o.id)) is not None

    async def list_open_offers(self, *, at: datetime) -> Sequence[LinkOffer]:
        """Those that the desk made for somebody, newest first."""
        return await self._list(_OFFER, _OPEN_OFFERS, the_time=at)

    async def find_profile(self, team_id: str, user_id: str) -> SlackProfile | None:
        """What is known of them."""
        return await self._find(_PROFILE, _ONE_PROFILE, the_team=team_id, the_user=user_id)

    async def list_profiles(self, team_id: str) -> Sequence[SlackProfile]:
        """Of everybody in this workspace who was looked at."""
        return await self._list(_PROFILE, _PROFILES, the_team=team_id)

    async def put_profile(self, profile: SlackProfile) -> None:
        """Instead of an older one; a newer one stays."""
        values = self._own(plain_values(profile))
        new = self._upsert(slack_profiles).values(values)
        keys = list(slack_profiles.primary_key)
        is_newer = _p.looked_at <= new.excluded.looked_at
        await self.connection.execute(
            new.on_conflict_do_update(index_elements=keys, set_=values, where=is_newer)
        )

    async def list_channels(self) -> Sequence[SlackChannel]:
        """By name."""
        return await self._list(_CHANNEL, _CHANNELS)

    async def replace_channels(self, channels: Sequence[SlackChannel]) -> None:
        """What was listed now, and nothing else."""
        await self.connection.execute(delete(slack_channels).where(_h.account_id == self.account_id))
        rows = [self._own(plain_values(each)) for each in channels]
        if rows:
            await self.connection.execute(slack_channels.insert(), rows)

    async def list_troubles(self) -> Sequence[ChannelTrouble]:
        """One for each helpdesk that has one."""
        return await self._list(_TROUBLE, _TROUBLES)

    async def find_trouble(self, helpdesk_id: HelpdeskId) -> ChannelTrouble | None:
        """This helpdesk's."""
        return await self._find(_TROUBLE, _ONE_TROUBLE, the_helpdesk=helpdesk_id)

    async def put_trouble(self, trouble: ChannelTrouble) -> bool:
        """False: the same trouble with the same channel was known. One statement, so that one is first."""
        values = self._own(plain_values(trouble))
        new = self._upsert(slack_troubles).values(values)
        is_other = or_(_t.channel != new.excluded.channel, _t.problem != new.excluded.problem)
        keys = list(slack_troubles.primary_key)
        change = new.on_conflict_do_update(index_elements=keys, set_=values, where=is_other)
        return await self._change(change.returning(_t.helpdesk_id)) is not None

    async def drop_trouble(self, helpdesk_id: HelpdeskId) -> bool:
        """A message arrived again, or the channel is another."""
        which = (_t.account_id == self.account_id, _t.helpdesk_id == helpdesk_id)
        return await self._change(delete(slack_troubles).where(*which).returning(_t.helpdesk_id)) is not None
