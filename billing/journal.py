"""The journal as managers read it: page by page, filtered, with the names of whom it is about."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from billing.actors import StaffActor
from billing.context import Context
from billing.errors import NotFound
from billing.ids import CustomerId
from billing.ports import JournalQuery, UnitOfWork
from billing.records import JournalLine, Staff
from billing.rights import must_manage

_AT_ONCE = 500  # lines of an export that are held at once


@dataclass(frozen=True, slots=True)
class JournalPage:
    """`names`: of actors and subjects by their keys, e.g. `staff:<hex>`. `older`: the next page, or None."""

    lines: list[JournalLine]
    names: Mapping[str, str]
    staff: list[Staff]
    older: tuple[datetime, int] | None


async def list_journal(ctx: Context, query: JournalQuery, *, by: StaffActor) -> JournalPage:
    """One page, newest first. Raises `Forbidden` for who does not manage."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return await _page(work, query)


async def export_journal(ctx: Context, query: JournalQuery, *, by: StaffActor) -> AsyncIterator[JournalPage]:
    """All lines of the filter, page by page, each read by itself: a slow reader holds no transaction open."""
    page: JournalPage | None = None
    while page is None or page.older is not None:
        before = query.before if page is None else page.older
        page = await list_journal(ctx, replace(query, before=before, limit=_AT_ONCE), by=by)
        yield page


async def _page(work: UnitOfWork, query: JournalQuery) -> JournalPage:
    found = await work.journal.list_page(replace(query, limit=query.limit + 1))
    shown, has_more = found[: query.limit], len(found) > query.limit
    lines = [line for line, _ in shown]
    staff = list(await work.staff.list())
    names = {f"staff:{each.id.hex}": each.name for each in staff}
    names |= {f"helpdesk:{each.id.hex}": each.name for each in await work.helpdesks.list()}
    names |= {f"product:{each.id.hex}": each.name for each in await work.products.list()}
    names |= await _customers(work, lines)
    older = (shown[-1][0].at, shown[-1][1]) if has_more else None
    return JournalPage(lines, names, staff, older)


async def _customers(work: UnitOfWork, lines: Sequence[JournalLine]) -> dict[str, str]:
    keys = {key for line in lines for key in (line.by, line.subject) if key.startswith("customer:")}
    names: dict[str, str] = {}
    for key in keys:
        try:
            customer = await work.customers.get(CustomerId(UUID(hex=key.partition(":")[2])))
        except NotFound:  # erased since
            continue
        names[key] = customer.name or customer.email
    return names
