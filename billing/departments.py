"""The parts of a helpdesk that tickets go to: add, rename, archive."""

from dataclasses import replace

from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.errors import InUse, Invalid, NotFound
from billing.ids import DepartmentId, HelpdeskId, new_id
from billing.ports import UnitOfWork
from billing.records import Department, Facts, SelfBilling
from billing.rights import must_manage
from billing.states import Handling
from billing.texts import checked_text
from billing.versions import must_be_seen

Setter = StaffActor | SystemActor
MOST_NAME = 60
MOST_DEPARTMENTS = 50


async def show_department(ctx: Context, department_id: DepartmentId, *, by: Setter) -> Department:
    """One that is not archived, for owners and managers; raises `NotFound`, `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        department = await work.helpdesks.get_department(department_id)
        if department.archived_at is not None:
            raise NotFound
        return department


async def add_department(
    ctx: Context, helpdesk_id: HelpdeskId, *, name: str, by: Setter, once_key: str
) -> Department:
    """One more, after the others; raises `Invalid` (department: missing, too-long, taken), `Repeated`."""
    name = checked_text("department", name, most=MOST_NAME)
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        department = Department(new_id(DepartmentId), by.account_id, helpdesk_id, name)
        await work.once.claim(once_key, department.id, at=ctx.now())
        await work.accounts.hold()
        helpdesk = await work.helpdesks.get(helpdesk_id)
        await _must_be_free(work, department)
        await work.helpdesks.add_department(department)
        facts = {"helpdesk": helpdesk.name, "department": name}
        await _tell(ctx, work, department, "department.added", by=by, facts=facts)
        return department


async def rename_department(
    ctx: Context, department_id: DepartmentId, *, name: str, by: Setter, seen: str | None = None
) -> Department:
    """Raises `Invalid` (department), `Stale`, `NotFound`."""
    name = checked_text("department", name, most=MOST_NAME)
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        before = must_be_seen(await work.helpdesks.get_department(department_id), seen)
        after = replace(before, name=name)
        await _must_be_free(work, after)
        if after != before:
            await work.helpdesks.save_department(after)
            facts = {"department_before": before.name, "department": name}
            await _tell(ctx, work, after, "department.renamed", by=by, facts=facts)
        return after


async def archive_department(ctx: Context, department_id: DepartmentId, *, by: Setter) -> Department:
    """Nothing new goes there; its tickets keep its name.

    Raises `InUse` (what, surfaces) while Manual tickets of a surface open in it.
    """
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        department = await work.helpdesks.get_department(department_id)
        if department.archived_at is not None:
            return department
        if surfaces := await _surfaces_that_need(work, department_id):
            raise InUse(what="department", surfaces=surfaces, department=department.name)
        department = replace(department, archived_at=ctx.now())
        await work.helpdesks.save_department(department)
        await _tell(
            ctx, work, department, "department.archived", by=by, facts={"department": department.name}
        )
        return department


async def _must_be_free(work: UnitOfWork, department: Department) -> None:
    others = [
        each
        for each in await work.helpdesks.list_departments(department.helpdesk_id)
        if each.archived_at is None and each.id != department.id
    ]
    if department.name.casefold() in {each.name.casefold() for each in others}:
        raise Invalid("department", "taken")
    if len(others) >= MOST_DEPARTMENTS:
        raise Invalid("department", "too-many-departments", most=MOST_DEPARTMENTS)


async def _surfaces_that_need(work: UnitOfWork, department_id: DepartmentId) -> tuple[SelfBilling, ...]:
    """Surfaces whose Manual tickets open in it, those of archived helpdesks left out."""
    archived = {each.id for each in await work.helpdesks.list() if each.archived_at is not None}
    return tuple(
        each
        for each in await work.helpdesks.list_self_billing()
        if each.ticket_department_id == department_id and each.helpdesk_id not in archived
        if Handling.MANUAL in {each.refund, each.cancel}
    )


async def _tell(
    ctx: Context, work: UnitOfWork, department: Department, verb: str, *, by: Setter, facts: Facts
) -> None:
    subject = f"helpdesk:{department.helpdesk_id.hex}"
    await work.journal.write(by, verb, subject, at=ctx.now(), facts=facts)
