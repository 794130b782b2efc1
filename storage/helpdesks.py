"""Helpdesks, their departments, and the Self billing settings of each surface."""

import builtins
from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import bindparam, delete, func, select, update

from billing import records as r
from billing.errors import Invalid
from billing.ids import DepartmentId, HelpdeskId, StaffId
from billing.states import Surface, TicketState
from storage.bound import ACCOUNT, Bound, Shape, next_place
from storage.rows import plain_values
from storage.shapes import HELPDESK
from storage.tables.files import logos
from storage.tables.helpdesks import departments as department_table
from storage.tables.helpdesks import helpdesk_staff, helpdesks, self_billing, tickets

_PORTAL = UUID(int=0)

_h, _d, _s, _t = helpdesks.c, department_table.c, self_billing.c, helpdesk_staff.c
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
_DEPARTMENT_OF = select(*_DEPARTMENT.columns).where(
    _d.account_id == ACCOUNT, _d.id == bindparam("department_id")
)
_TEAM = select(_t.staff_id).where(_t.account_id == ACCOUNT, _t.helpdesk_id == bindparam("helpdesk"))
_OPEN_TICKETS = (
    select(tickets.c.helpdesk_id, func.count())
    .where(
        tickets.c.account_id == ACCOUNT,
        tickets.c.state.in_([each for each in TicketState if each is not TicketState.CLOSED]),
    )
    .group_by(tickets.c.helpdesk_id)
)
_LOGO = select(logos.c.content).where(
    logos.c.account_id == ACCOUNT, logos.c.digest == bindparam("the_digest")
)
_ALL_SETTINGS = (
    select(*_SELF_BILLING.columns).where(_s.account_id == ACCOUNT).order_by(_s.surface, _s.place_id)
)
_SETTINGS = _ALL_SETTINGS.where(_s.surface == bindparam("the_surface"), _s.place_id == bindparam("the_place"))


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

    async def save(self, helpdesk: r.Helpdesk) -> None:
        """All but its id; raises `Invalid` (slug, `taken`) where another helpdesk has it."""
        other = await self.find_by_slug(helpdesk.slug)
        if other is not None and other.id != helpdesk.id:
            raise Invalid("slug", "taken")
        own = (_h.account_id == self.account_id, _h.id == helpdesk.id)
        await self.connection.execute(
            update(helpdesks).where(*own).values(self._own(plain_values(helpdesk, "id")))
        )

    async def get_department(self, department_id: DepartmentId) -> r.Department:
        """Raises `NotFound`."""
        return await self._get(_DEPARTMENT, _DEPARTMENT_OF, department_id=department_id)

    async def add_department(self, department: r.Department) -> None:
        """One more, after the others."""
        await self._insert(department_table, {**plain_values(department), "place": next_place()})

    async def save_department(self, department: r.Department) -> None:
        """Its name, and whether it is archived."""
        own = (_d.account_id == self.account_id, _d.id == department.id)
        await self.connection.execute(
            update(department_table)
            .where(*own)
            .values(name=department.name, archived_at=department.archived_at)
        )

    async def list_team(self, helpdesk_id: HelpdeskId) -> builtins.list[StaffId]:
        """Who was chosen to work there; none means everybody."""
        return [StaffId(row[0]) for row in await self._rows(_TEAM, helpdesk=helpdesk_id)]

    async def put_team(self, helpdesk_id: HelpdeskId, team: Sequence[StaffId]) -> None:
        """These and nobody else."""
        own = (_t.account_id == self.account_id, _t.helpdesk_id == helpdesk_id)
        await self.connection.execute(delete(helpdesk_staff).where(*own))
        for staff_id in team:
            await self._insert(helpdesk_staff, {"helpdesk_id": helpdesk_id, "staff_id": staff_id})

    async def count_open_tickets(self) -> Mapping[HelpdeskId, int]:
        """Of each helpdesk that has any."""
        rows = [tuple(row) for row in await self._rows(_OPEN_TICKETS)]
        return {HelpdeskId(row[0]): int(row[-1]) for row in rows}

    async def put_logo(self, digest: str, media_type: str, content: bytes) -> None:
        """Kept once, by its content."""
        await self._insert_once(logos, {"digest": digest, "media_type": media_type, "content": content})

    async def find_logo(self, digest: str) -> bytes | None:
        """The picture with this digest."""
        rows = await self._rows(_LOGO, the_digest=digest)
        return bytes(rows[0][0]) if rows else None

    async def list_self_billing(self) -> builtins.list[r.SelfBilling]:
        """Of all surfaces, the archived helpdesks' too."""
        return await self._list(_SELF_BILLING, _ALL_SETTINGS)

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
