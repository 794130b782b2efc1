"""The Self billing settings of a surface: what is allowed, and Automated or Manual."""

from dataclasses import dataclass, replace

from billing import plans
from billing.actors import StaffActor, SystemActor
from billing.changes import find_changes
from billing.context import Context
from billing.errors import Invalid, NotFound
from billing.ids import DepartmentId, HelpdeskId
from billing.ports import UnitOfWork
from billing.records import Account, Department, Facts, Helpdesk, SelfBilling
from billing.rights import must_manage
from billing.states import Handling, Surface
from billing.versions import must_be_seen

Setter = StaffActor | SystemActor


@dataclass(frozen=True, slots=True)
class TicketPlace:
    """A helpdesk that is open, with its departments, where Manual tickets may appear."""

    helpdesk: Helpdesk
    departments: tuple[Department, ...]


@dataclass(frozen=True, slots=True)
class SurfaceSettings:
    """A surface's settings with what there is to choose from; `helpdesk` None is the portal."""

    account: Account
    settings: SelfBilling
    helpdesk: Helpdesk | None
    places: tuple[TicketPlace, ...]


async def show_surface(
    ctx: Context, surface: Surface, helpdesk_id: HelpdeskId | None, *, by: StaffActor
) -> SurfaceSettings:
    """What owners and managers see before they set it; raises `NotFound`, `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return SurfaceSettings(
            account=await work.accounts.get(),
            settings=await work.helpdesks.get_self_billing(surface, helpdesk_id),
            helpdesk=await work.helpdesks.get(helpdesk_id) if helpdesk_id else None,
            places=await _list_places(work),
        )


async def show_self_billing(
    ctx: Context, surface: Surface, helpdesk_id: HelpdeskId | None, *, by: Setter
) -> SelfBilling:
    """The settings as they are; raises `NotFound`, `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return await work.helpdesks.get_self_billing(surface, helpdesk_id)


async def set_self_billing(
    ctx: Context, settings: SelfBilling, *, by: Setter, seen: str | None = None
) -> SelfBilling:
    """Owners and managers set them. Manual needs a helpdesk, and a plan that includes one.

    `seen` is `version_of` the settings that the form showed. Raises `Forbidden`, `NotFound` (no such
    surface), `Stale` (theirs), `NotInPlan`, `Invalid` (ticket_helpdesk_id, ticket_department_id).
    """
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        account = await work.accounts.hold()
        current = await _get_current(work, settings)
        must_be_seen(current, seen)
        settings = await _with_ticket_place(work, account, settings)
        if settings != current:
            await work.helpdesks.put_self_billing(settings)
            await _tell(ctx, work, current, settings, by=by)
        return settings


async def _get_current(work: UnitOfWork, settings: SelfBilling) -> SelfBilling:
    if settings.account_id != work.account_id:
        raise NotFound
    if settings.helpdesk_id is not None:
        helpdesk = await work.helpdesks.get(settings.helpdesk_id)
        if helpdesk.archived_at is not None:
            raise NotFound
    return await work.helpdesks.get_self_billing(settings.surface, settings.helpdesk_id)


async def _with_ticket_place(work: UnitOfWork, account: Account, settings: SelfBilling) -> SelfBilling:
    """Manual must have an open helpdesk. Where nothing is Manual one that was closed is forgotten."""
    if Handling.MANUAL in {settings.refund, settings.cancel}:
        plans.must_have_helpdesks(account)
        if settings.ticket_helpdesk_id is None:
            raise Invalid("ticket_helpdesk_id", "missing")
        await _must_be_open(work, settings.ticket_helpdesk_id, settings.ticket_department_id)
        return settings
    if settings.ticket_helpdesk_id is None:
        return replace(settings, ticket_department_id=None)
    try:
        await _must_be_open(work, settings.ticket_helpdesk_id, settings.ticket_department_id)
    except Invalid:
        return replace(settings, ticket_helpdesk_id=None, ticket_department_id=None)
    return settings


async def _must_be_open(
    work: UnitOfWork, helpdesk_id: HelpdeskId, department_id: DepartmentId | None
) -> None:
    """Another account's is as unknown as one that never was."""
    try:
        helpdesk = await work.helpdesks.get(helpdesk_id)
    except NotFound:
        raise Invalid("ticket_helpdesk_id", "unknown") from None
    if helpdesk.archived_at is not None:
        raise Invalid("ticket_helpdesk_id", "unknown")
    if department_id is not None:
        departments = await work.helpdesks.list_departments(helpdesk_id)
        if department_id not in {each.id for each in departments if each.archived_at is None}:
            raise Invalid("ticket_department_id", "unknown")


async def _list_places(work: UnitOfWork) -> tuple[TicketPlace, ...]:
    places = []
    for helpdesk in await work.helpdesks.list():
        if helpdesk.archived_at is None:
            departments = await work.helpdesks.list_departments(helpdesk.id)
            places.append(TicketPlace(helpdesk, tuple(d for d in departments if d.archived_at is None)))
    return tuple(places)


async def _tell(
    ctx: Context, work: UnitOfWork, before: SelfBilling, after: SelfBilling, *, by: Setter
) -> None:
    was, now = _facts(before, await _place_name(work, before)), _facts(after, await _place_name(work, after))
    facts = {"surface": after.surface.value, **find_changes(was, now)}
    subject = f"self_billing:{after.helpdesk_id.hex if after.helpdesk_id else 'portal'}"
    await work.journal.write(by, "self_billing.set", subject, at=ctx.now(), facts=facts)


async def _place_name(work: UnitOfWork, settings: SelfBilling) -> str | None:
    """Where Manual tickets open, as it is called at this moment: people read the journal."""
    if settings.ticket_helpdesk_id is None:
        return None
    helpdesk = await work.helpdesks.get(settings.ticket_helpdesk_id)
    departments = await work.helpdesks.list_departments(helpdesk.id)
    name = next((each.name for each in departments if each.id == settings.ticket_department_id), None)
    return f"{helpdesk.name}: {name}" if name else helpdesk.name


def _facts(settings: SelfBilling, tickets: str | None) -> Facts:
    return {
        "invoices": settings.invoices,
        "card_update": settings.card_update,
        "refund": settings.refund.value if settings.refund else None,
        "cancel": settings.cancel.value if settings.cancel else None,
        "cancel_when": settings.cancel_when.value,
        "tickets": tickets,
        "code_for_documents": settings.code_for_documents.value,
        "code_for_refund": settings.code_for_refund.value,
        "code_for_card": settings.code_for_card.value,
    }
