"""Member sites of the account, where their help icons lead, and how far its set-up has come."""

import builtins

from sqlalchemy import and_, bindparam, exists, func, or_, select, true, update

from billing.checklist import SetupFacts
from billing.errors import NotFound
from billing.ids import MembershipId
from billing.merchant import Membership
from billing.plans import Usage
from billing.states import Surface
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.accounts import staff
from storage.tables.helpdesks import helpdesks, slack_links
from storage.tables.ledger import journal
from storage.tables.places import HELD, domains, memberships
from storage.tables.processing import LIVE_CONNECTION, processor_connections
from storage.tables.requests import requests
from storage.tables.sales import products
from storage.tables.slack import LIVE, slack_installations
from storage.tables.visits import visits

_m, _h, _j = memberships.c, helpdesks.c, journal.c
_MEMBERSHIP = Shape(
    (
        _m.id,
        _m.account_id,
        _m.name,
        _m.site_url,
        _m.support,
        _m.helpdesk_id,
        _m.external_url,
        _m.email,
        _m.made_at,
        _m.archived_at,
    ),
    Membership,
)
_ALL = select(*_MEMBERSHIP.columns).where(_m.account_id == ACCOUNT).order_by(_m.name, _m.id)
_ONE = _ALL.where(_m.id == bindparam("membership_id"))


class StoredMemberships(Bound):
    """`billing.ports.Memberships`."""

    async def get(self, membership_id: MembershipId) -> Membership:
        """Raises `NotFound`."""
        return await self._get(_MEMBERSHIP, _ONE, membership_id=membership_id)

    async def list(self) -> builtins.list[Membership]:
        """All, by name, the archived too."""
        return await self._list(_MEMBERSHIP, _ALL)

    async def add(self, membership: Membership) -> None:
        """One more."""
        await self._insert(memberships, plain_values(membership))

    async def save(self, membership: Membership) -> None:
        """All but its id and account; raises `NotFound`."""
        row = await self._change(
            update(memberships)
            .where(_m.account_id == self.account_id, _m.id == membership.id)
            .values(**plain_values(membership, "id", "account_id", "made_at"))
            .returning(_m.id)
        )
        if row is None:
            raise NotFound


_LIVE_HELPDESKS = and_(_h.account_id == ACCOUNT, _h.archived_at.is_(None))
_USAGE = select(
    select(func.count()).select_from(helpdesks).where(_LIVE_HELPDESKS).scalar_subquery(),
    select(func.count())
    .select_from(staff)
    .where(staff.c.account_id == ACCOUNT, staff.c.active == true())
    .scalar_subquery(),
    select(func.count())
    .select_from(memberships)
    .where(_m.account_id == ACCOUNT, _m.archived_at.is_(None))
    .scalar_subquery(),
    select(func.count()).select_from(domains).where(domains.c.account_id == ACCOUNT, HELD).scalar_subquery(),
)
# Each stops at the first row it finds, so that it costs the same however much there is.
_PORTAL_SEEN = or_(
    exists().where(_j.account_id == ACCOUNT, _j.subject == "self_billing:portal"),
    exists().where(visits.c.account_id == ACCOUNT, visits.c.surface == Surface.PORTAL),
)
_FACTS = select(
    exists().where(products.c.account_id == ACCOUNT),
    exists().where(processor_connections.c.account_id == ACCOUNT, LIVE_CONNECTION),
    _PORTAL_SEEN,
    exists().where(_LIVE_HELPDESKS),
    exists().where(slack_installations.c.account_id == ACCOUNT, LIVE),
    exists().where(_LIVE_HELPDESKS, _h.slack_channel.is_not(None)),
    exists().where(slack_links.c.account_id == ACCOUNT),
    exists().where(requests.c.account_id == ACCOUNT),
)


class StoredSetup(Bound):
    """`billing.ports.Setup`."""

    async def read_usage(self) -> Usage:
        """What of the plan is used, in one statement."""
        return Usage(*map(int, (await self._rows(_USAGE))[0]))

    async def read_facts(self) -> SetupFacts:
        """What is there already, in one statement."""
        return SetupFacts(*map(bool, (await self._rows(_FACTS))[0]))
