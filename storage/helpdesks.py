"""Helpdesks, their departments, and the Self billing settings of each surface."""

import builtins
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, select

from billing import records as r
from billing.ids import HelpdeskId
from billing.states import Surface
from storage.bound import ACCOUNT, Bound, Shape, next_place
from storage.rows import plain_values
from storage.shapes import HELPDESK
from storage.tables.helpdesks import departments as department_table
from storage.tables.helpdesks import helpdesks, self_billing

_PORTAL = UUID(int=0)

_h, _d, _s = helpdesks.c, department_table.c, self_billing.c
_DEPARTMENT = Shape((_d.id, _d.account_id, _d.helpdesk_id, _d.name, _d.archived_at), r.Department)
_SELF_BILLING = Shape(
    (
        _s.account_id,
        _s.surface,
        _s.helpdesk_id,
        _s.invoices,
        _s.card_update,
        _s.refund,
        _s.cancel,
        _s.cancel_when,
        _s.ticket_helpdesk_id,
        _s.ticket_department_id,
        _s.code_for_documents,
        _s.code_for_refund,
        _s.code_for_card,
    ),
    r.SelfBilling,
)
_ALL = select(*HELPDESK.columns).where(_h.account_id == ACCOUNT).order_by(_h.name, _h.id)
_ONE = _ALL.where(_h.id == bindparam("helpdesk_id"))
_BY_SLUG = _ALL.where(_h.slug == bindparam("the_slug"))
_DEPARTMENTS = (
    select(*_DEPARTMENT.columns)
    .where(_d.account_id == ACCOUNT, _d.helpdesk_id == bindparam("helpdesk"))
    .order_by(_d.place)
)
_SETTINGS = select(*_SELF_BILLING.columns).where(
    _s.account_id == ACCOUNT, _s.surface == bindparam("the_surface"), _s.place_id == bindparam("the_place")
)


class StoredHelpdesks(Bound):
    """`billing.ports.Helpdesks`."""

    async def get(self, helpdesk_id: HelpdeskId) -> r.Helpdesk:
        """Raises `NotFound`."""
        return await self._get(HELPDESK, _ONE, helpdesk_id=helpdesk_id)

    async def find_by_slug(self, slug: str) -> r.Helpdesk | None:
        """The helpdesk with this address."""
        return await self._find(HELPDESK, _BY_SLUG, the_slug=slug)

    async def list(self) -> builtins.list[r.Helpdesk]:
        """All, by name, the archived too."""
        return await self._list(HELPDESK, _ALL)

    async def list_departments(self, helpdesk_id: HelpdeskId) -> builtins.list[r.Department]:
        """In the order in which they were added."""
        return await self._list(_DEPARTMENT, _DEPARTMENTS, helpdesk=helpdesk_id)

    async def add(self, helpdesk: r.Helpdesk, departments: Sequence[r.Department]) -> None:
        """A new helpdesk with its departments."""
        await self._insert(helpdesks, plain_values(helpdesk))
        for department in departments:
            await self._insert(department_table, {**plain_values(department), "place": next_place()})

    async def get_self_billing(self, surface: Surface, helpdesk_id: HelpdeskId | None) -> r.SelfBilling:
        """Raises `NotFound` where nobody has put any."""
        place = helpdesk_id or _PORTAL
        return await self._get(_SELF_BILLING, _SETTINGS, the_surface=surface, the_place=place)

    async def put_self_billing(self, settings: r.SelfBilling) -> None:
        """The settings of a surface from now on."""
        values = self._own(plain_values(settings))
        place = settings.helpdesk_id or _PORTAL
        await self.connection.execute(
            self._upsert(self_billing)
            .values({**values, "place_id": place})
            .on_conflict_do_update(index_elements=[_s.account_id, _s.place_id], set_=values)
        )
