"""Days of a report: counted from the rows by ranges of moments, and kept in `report_days`."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Float,
    Label,
    Select,
    Text,
    and_,
    bindparam,
    case,
    cast,
    delete,
    func,
    literal_column,
    select,
    text,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from billing.ids import AccountId
from billing.ports.reports import Counts, DayAt
from billing.report_facts import Answer, bucket_ends
from billing.states import Handling, PaymentState, RequestKind, RequestState
from storage.bound import ACCOUNT, Bound
from storage.tables.reports import report_days
from storage.tables.requests import requests
from storage.tables.sales import payments, purchases, refunds

_q, _p, _f, _b, _d = requests.c, payments.c, refunds.c, purchases.c, report_days.c
_Found = Mapping[date, Counter[str]]
# On PostgreSQL, where an import and whoever counts days might otherwise not see each other's rows.
_LOCK = text("SELECT pg_advisory_xact_lock(hashtextextended(:the_account, 7301))")
_A_DAY = timedelta(days=1)


class _Seconds(FunctionElement[float]):
    """From one moment to another."""

    type = Float()
    inherit_cache = True


@compiles(_Seconds, "sqlite")
def _on_sqlite(element: _Seconds, compiler: Any, **kwargs: Any) -> str:
    begin, end = (compiler.process(each, **kwargs) for each in element.clauses)
    return f"(({end}) - ({begin})) / 1000000"


@compiles(_Seconds, "postgresql")
def _on_postgresql(element: _Seconds, compiler: Any, **kwargs: Any) -> str:
    begin, end = (compiler.process(each, **kwargs) for each in element.clauses)
    return f"EXTRACT(EPOCH FROM ({end}) - ({begin}))"


# Numbers of ours are written out: bound, the same expression would be another one in GROUP BY.
_WAIT = case(
    *(
        (_Seconds(_q.asked_at, _q.answered_at) < literal_column(str(end)), literal_column(str(place)))
        for place, end in enumerate(bucket_ends())
    ),
    else_=literal_column(str(len(bucket_ends()))),
).label("wait")
_HANDLING = _q.policy["handling"].as_string().label("handling")
_OF_PAYMENT = and_(_b.account_id == _p.account_id, _b.id == _p.purchase_id)
_PAID = (
    select(_b.product_id, _p.currency)
    .select_from(payments)
    .join(purchases, _OF_PAYMENT)
    .where(_p.account_id == ACCOUNT, _p.state == PaymentState.SUCCEEDED)
)
_RETURNED = (
    select(_b.product_id, _f.currency)
    .select_from(refunds)
    .join(payments, and_(_p.account_id == _f.account_id, _p.id == _f.payment_id))
    .join(purchases, _OF_PAYMENT)
    .where(_f.account_id == ACCOUNT)
)
_ASKED = (
    select(_b.product_id, _q.kind, _q.reason)
    .select_from(requests)
    .join(purchases, and_(_b.account_id == _q.account_id, _b.id == _q.purchase_id))
    .where(_q.account_id == ACCOUNT)
)
_ANSWERED = select(_q.kind, _q.state, _HANDLING, _WAIT).where(_q.account_id == ACCOUNT)
_NUMBER = func.count().label("n")
_KEPT = select(_d.day, cast(_d.facts, Text).label("facts")).where(
    _d.account_id == ACCOUNT, _d.day >= bindparam("first"), _d.day <= bindparam("last")
)
_WAITING = (
    select(_q.kind, _NUMBER)
    .where(_q.account_id == ACCOUNT, _q.state == RequestState.PENDING)
    .group_by(_q.kind)
)
_BEGINNINGS = tuple(
    select(func.min(column)).where(column.table.c.account_id == ACCOUNT)
    for column in (_q.asked_at, _p.paid_at, _f.refunded_at)
)


class StoredReports(Bound):
    """`billing.ports.Reports`."""

    async def list_days(self, first: date, last: date, *, zone: str) -> dict[date, Counts]:
        """Days that were counted in another time zone are as good as not counted."""
        rows = await self._rows(_KEPT, first=first, last=last)
        # Read as one text, so that days share the paths: a year has the same hundred every day.
        kept = json.loads(f"[{','.join(row.facts for row in rows)}]")
        days = zip(rows, kept, strict=True)
        return {row.day: facts["counts"] for row, facts in days if facts["zone"] == zone}

    async def count(self, days: Sequence[DayAt]) -> dict[date, Counts]:
        """Five statements, however many days."""
        found: _Found = {each.day: Counter() for each in days}
        for day, product, kind, reason, n in await self._by_day(_ASKED, _q.asked_at, days):
            found[day] += Counter(
                {
                    f"asked/{kind}": n,
                    f"reason/{kind}/{reason}": n,
                    f"product/{product.hex}/asked/{kind}": n,
                }
            )
        for day, kind, state, handling, wait, n in await self._by_day(_ANSWERED, _q.answered_at, days):
            answer = _answer(state, handling)
            found[day][f"answer/{kind}/{answer}"] += n
            if answer in {Answer.APPROVED, Answer.DENIED}:
                found[day][f"wait/{wait}"] += n
        await self._count_money(found, days)
        return dict(found)

    async def _count_money(self, found: _Found, days: Sequence[DayAt]) -> None:
        """A refund that was taken back counts for less on the day when that was."""
        for statement, at, of, sign in (
            (_PAID, _p.paid_at, _p.captured_minor, 1),
            (_RETURNED, _f.refunded_at, _f.amount_minor, 1),
            (_RETURNED, _f.reversed_at, _f.amount_minor, -1),
        ):
            number, amount = ("paid", "captured") if statement is _PAID else ("returns", "returned")
            total = func.sum(of).label("total")
            for day, product, code, n, minor in await self._by_day(statement, at, days, total):
                found[day][f"{number}/{code}"] += sign * n
                found[day][f"{amount}/{code}"] += sign * int(minor)
                found[day][f"product/{product.hex}/{amount}/{code}"] += sign * int(minor)

    async def _by_day(
        self, statement: Select[Any], at: ColumnElement[Any], days: Sequence[DayAt], *sums: ColumnElement[Any]
    ) -> Sequence[tuple[Any, ...]]:
        """The statement's rows of each day, each once: the day, what it selects, how many there are, sums."""
        ends: list[tuple[ColumnElement[bool], ColumnElement[int]]] = [
            (at < each.ends_at, literal_column(str(place))) for place, each in enumerate(days[:-1])
        ]
        last: ColumnElement[int] = literal_column(str(len(days) - 1))
        which = (case(*ends, else_=last) if ends else last).label("which")
        keys = [key.name if isinstance(key, Label) else key for key in statement.selected_columns]
        grouped = (
            statement.add_columns(_NUMBER, *sums, which)
            .where(at >= days[0].begins_at, at < days[-1].ends_at)
            .group_by(*keys, which.name)
        )
        return [(days[row.which].day, *row[:-1]) for row in await self._rows(grouped)]

    async def hold(self) -> None:
        """An advisory lock, which nobody else waits for; SQLite has one writer anyhow."""
        await hold_the_past(self.connection, self.account_id)

    async def keep(self, counted: Mapping[date, Counts], *, zone: str, at: datetime) -> None:
        """Whoever counted the same day before is overwritten."""
        rows = [
            self._own({"day": day, "facts": {"zone": zone, "counts": dict(counts)}, "made_at": at})
            for day, counts in counted.items()
        ]
        if rows:
            new = self._upsert(report_days)
            again = {"facts": new.excluded.facts, "made_at": new.excluded.made_at}
            statement = new.on_conflict_do_update(index_elements=[_d.account_id, _d.day], set_=again)
            await self.connection.execute(statement, rows)

    async def find_beginning(self) -> datetime | None:
        """Of requests, payments and refunds."""
        found = [(await self._rows(statement))[0][0] for statement in _BEGINNINGS]
        return min((each for each in found if each is not None), default=None)

    async def count_waiting(self) -> dict[RequestKind, int]:
        """By kind."""
        return {row.kind: row.n for row in await self._rows(_WAITING)}


async def hold_the_past(connection: AsyncConnection, account_id: AccountId) -> None:
    """Whoever adds to the past, and whoever counts it, do so one after the other."""
    if connection.dialect.name == "postgresql":
        await connection.execute(_LOCK, {"the_account": account_id.hex})


async def forget_days(
    connection: AsyncConnection, account_id: AccountId, moments: Iterable[datetime]
) -> None:
    """Something was added at these moments: their days, in whichever time zone, are to be counted anew."""
    if not (found := list(moments)):
        return
    await hold_the_past(connection, account_id)
    await connection.execute(
        delete(report_days).where(
            _d.account_id == account_id,
            _d.day >= min(found).date() - _A_DAY,
            _d.day <= max(found).date() + _A_DAY,
        )
    )


def _answer(state: RequestState, handling: str) -> Answer:
    """Whatever came of an approval later, it was one."""
    if state is RequestState.WITHDRAWN:
        return Answer.WITHDRAWN
    by_policy = handling == Handling.AUTOMATED
    if state is RequestState.DENIED:
        return Answer.DENIED_BY_POLICY if by_policy else Answer.DENIED
    return Answer.APPROVED_BY_POLICY if by_policy else Answer.APPROVED
