"""All documents of a year: who may have them together, asked for, and there for a week."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from billing import budgets, policy
from billing.actors import CustomerActor, StaffActor
from billing.context import Context
from billing.declaring import surface_settings
from billing.documents.issuing import PREFIX
from billing.documents.records import Bundle
from billing.emails import email_key
from billing.errors import CodeNeeded, Forbidden, NotFound, Stale, SwitchedOff
from billing.ids import BundleId, CustomerId, new_id
from billing.messages import BundleDue
from billing.ports import UnitOfWork
from billing.ports.bundles import IssuedQuery, Year, YearCount
from billing.records import Account, Document
from billing.rights import MANAGING, must_manage
from billing.states import BundleForm, BundleState, DocumentKind

LASTS = timedelta(days=7)
MOST_A_DAY = 10  # of one person
PAGE = 50
_MOST_YEARS = 30

Asker = CustomerActor | StaffActor


@dataclass(frozen=True, slots=True)
class YearLine:
    """A year, and how many documents it has."""

    year: int
    count: YearCount


@dataclass(frozen=True, slots=True)
class YearsPage:
    """What a customer may have together: years newest first, and what they asked for."""

    years: tuple[YearLine, ...]
    bundles: tuple[Bundle, ...]


@dataclass(frozen=True, slots=True)
class IssuedPage:
    """Issued documents at the desk; `line` is of the chosen year, None for all of them.

    `may_gather`: owners and managers may have all of a year, and only they are shown `bundles`.
    """

    account: Account
    years: tuple[int, ...]
    line: YearLine | None
    documents: tuple[Document, ...]
    is_more: bool
    bundles: tuple[Bundle, ...]
    may_gather: bool


def year_of(account: Account, year: int, customer_id: CustomerId | None) -> Year:
    """From New Year to New Year in the account's zone."""
    zone = ZoneInfo(account.time_zone)
    return Year(
        since=datetime(year, 1, 1, tzinfo=zone).astimezone(UTC),
        until=datetime(year + 1, 1, 1, tzinfo=zone).astimezone(UTC),
        customer_id=customer_id,
    )


async def show_years(ctx: Context, *, by: CustomerActor) -> YearsPage:
    """All years of theirs that have documents; raises `SwitchedOff` or `CodeNeeded`."""
    async with ctx.read(by.account_id) as work:
        await _must_have(work, by)
        account = await work.accounts.get()
        lines = []
        for year in await _years(work, account, by.customer_id):
            count = await work.years.count(year_of(account, year, by.customer_id))
            lines.append(YearLine(year, count))
        found = await work.bundles.list_of(by.customer_id, at=ctx.now())
    return YearsPage(tuple(each for each in lines if each.count.total), tuple(found))


async def show_bundles(ctx: Context, *, by: Asker) -> Sequence[Bundle]:
    """What was asked for, newest first, for pages that follow it; raises as the page does."""
    async with ctx.read(by.account_id) as work:
        await _must_have(work, by)
        return await work.bundles.list_of(_whose(by), at=ctx.now())


async def show_issued(
    ctx: Context, kind: DocumentKind, *, by: StaffActor, year: int | None, words: str, number: int
) -> IssuedPage:
    """A page of issued documents for anybody who works here; raises `Forbidden`, `NotFound` (the year)."""
    async with ctx.read(by.account_id) as work:
        staff = await work.staff.get(by.staff_id)
        if not staff.active:
            raise Forbidden
        account = await work.accounts.get()
        years = await _years(work, account, None)
        if year is not None and year not in years:
            raise NotFound
        span = year_of(account, year, None) if year is not None else None
        found = await work.issued.search(_query(kind, span, words, number))
        line = YearLine(year, await work.years.count(span)) if year is not None and span else None
        may_gather = staff.role in MANAGING
        shown = await work.bundles.list_of(None, at=ctx.now()) if may_gather else ()
    return IssuedPage(
        account, years, line, tuple(found[:PAGE]), len(found) > PAGE, tuple(shown), may_gather=may_gather
    )


async def preview_issuing(ctx: Context, year: int, *, by: StaffActor) -> YearLine:
    """What gathering a year would issue; raises `Forbidden`, `NotFound`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        account = await work.accounts.get()
        if year not in await _years(work, account, None):
            raise NotFound
        return YearLine(year, await work.years.count(year_of(account, year, None)))


async def ask_bundle(
    ctx: Context,
    year: int,
    form: BundleForm,
    *,
    by: Asker,
    issue_missing: bool,
    locale: str,
    once_key: str,
    numbers: int | None = None,
) -> Bundle:
    """All documents of a year are to be gathered; a customer's own, or (for owners and managers) all.

    `issue_missing`: first what nobody has asked for yet is issued; `numbers`: so many were read and agreed
    to. Raises `SwitchedOff`, `CodeNeeded`, `Forbidden`, `NotFound` (nothing in that year), `Stale` (other
    numbers), `TooMany`, and `Repeated` (first) while they have one under way.
    """
    now = ctx.now()
    async with ctx.begin(by.account_id) as work:
        await _must_have(work, by)
        account = await work.accounts.get()
        if year not in await _years(work, account, _whose(by)):
            raise NotFound
        count = await work.years.count(year_of(account, year, _whose(by)))
        if numbers is not None and numbers != count.numbers:
            raise Stale(theirs=count)
        total = count.total if issue_missing else count.issued
        if not total:
            raise NotFound
        bundle = _new_bundle(by, year, form, issue_missing=issue_missing, locale=locale, total=total, at=now)
        await work.once.claim(once_key, bundle.id, at=now)
        await work.bundles.drop_expired(now)
        await work.bundles.add(bundle)
        await _spend(work, by, at=now)
        facts = {"year": str(year), "form": form.value, "documents": total, "numbers": count.numbers}
        if not issue_missing:
            facts["numbers"] = 0
        await work.journal.write(by, "bundle.asked", f"bundle:{bundle.id.hex}", at=now, facts=facts)
        await work.outbox.put(BundleDue(bundle.id), at=now, trace_id=by.trace_id)
    return bundle


async def open_bundle(ctx: Context, bundle_id: BundleId, *, by: Asker) -> tuple[Account, Bundle]:
    """A bundle that is ready; one that is not, expired, or is another's is `NotFound`."""
    async with ctx.read(by.account_id) as work:
        await _must_have(work, by)
        bundle = await work.bundles.find(bundle_id, at=ctx.now())
        if bundle is None or bundle.customer_id != _whose(by) or bundle.state is not BundleState.READY:
            raise NotFound
        return await work.accounts.get(), bundle


def _whose(by: Asker) -> CustomerId | None:
    return by.customer_id if isinstance(by, CustomerActor) else None


async def _must_have(work: UnitOfWork, by: Asker) -> None:
    """A customer who may have documents here, with the code where it is asked for; or staff who manage."""
    if isinstance(by, StaffActor):
        await must_manage(work, by)
        return
    settings = await surface_settings(work, by)
    if not settings.invoices:
        raise SwitchedOff
    if policy.needs_code(settings.code_for_documents, by):
        raise CodeNeeded


async def _years(work: UnitOfWork, account: Account, customer_id: CustomerId | None) -> tuple[int, ...]:
    """Newest first."""
    span = await work.years.find_span(customer_id)
    if span is None:
        return ()
    zone = ZoneInfo(account.time_zone)
    first, last = (moment.astimezone(zone).year for moment in span)
    return tuple(range(last, max(first, last - _MOST_YEARS) - 1, -1))


async def _spend(work: UnitOfWork, by: Asker, *, at: datetime) -> None:
    budget = budgets.Budget(f"bundles:{by.key}", MOST_A_DAY, timedelta(days=1))
    if await budgets.take(work, [budget], at=at) is not None:
        raise budgets.too_many(budget, at)


def _new_bundle(
    by: Asker, year: int, form: BundleForm, *, issue_missing: bool, locale: str, total: int, at: datetime
) -> Bundle:
    return Bundle(
        id=new_id(BundleId),
        account_id=by.account_id,
        customer_id=_whose(by),
        asked_by=by.key,
        year=year,
        form=form,
        issue_missing=issue_missing,
        locale=locale,
        state=BundleState.GATHERING,
        total=total,
        done=0,
        asked_at=at,
        ready_at=None,
        expires_at=at + LASTS,
    )


def _query(kind: DocumentKind, year: Year | None, words: str, number: int) -> IssuedQuery:
    """What was typed is a number, an Order ID or an e-mail address; of a number the digits are enough."""
    typed = "".join(c for c in words if c.isprintable()).strip()  # PostgreSQL takes no NUL
    numbers = {typed, typed.upper()} if typed else set()
    if typed.isascii() and typed.isdigit():
        numbers.add(f"{PREFIX[kind]}-{typed:0>6}")
    return IssuedQuery(
        kind=kind,
        year=year,
        numbers=numbers,
        order_id=typed,
        email_key=email_key(typed),
        limit=PAGE + 1,
        offset=(number - 1) * PAGE,
    )
