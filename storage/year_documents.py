"""Documents by the year of their payment or refund: counted, walked through, listed."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Select,
    and_,
    bindparam,
    exists,
    false,
    func,
    or_,
    select,
)

from billing import records as r
from billing.ids import CustomerId
from billing.ports.bundles import Due, Member, Place, Year, YearCount
from billing.states import DocumentKind, PaymentState
from storage.bound import ACCOUNT, Bound
from storage.documents import DOCUMENT
from storage.tables.documents import documents
from storage.tables.sales import payments, refunds
from storage.types import Id

_d, _p, _r = documents.c, payments.c, refunds.c
_ORDER = tuple(DocumentKind)
_ALL = select(*DOCUMENT.columns).where(_d.account_id == ACCOUNT)
_OF_PAYMENT = _ALL.where(_d.payment_id == bindparam("the_one", type_=Id()), _d.refund_id.is_(None))
_OF_REFUND = _ALL.where(_d.refund_id == bindparam("the_one", type_=Id()))


class InYear(Bound):
    """Statements on payments and refunds of a year, or of all times."""

    def paid(self, customer_id: CustomerId | None) -> Select[Any]:
        """Payments, of a customer or of all."""
        of_account = select(_p.id).select_from(payments).where(_p.account_id == self.account_id)
        return of_account if customer_id is None else of_account.where(_p.customer_id == customer_id)

    def refunded(self, customer_id: CustomerId | None) -> Select[Any]:
        """Refunds, of a customer or of all."""
        of_account = select(_r.id).select_from(refunds).where(_r.account_id == self.account_id)
        if customer_id is None:
            return of_account
        return of_account.join(payments, _is_paid_back()).where(_p.customer_id == customer_id)

    def paid_in(self, year: Year) -> Select[Any]:
        """Payments of the year."""
        return self.paid(year.customer_id).where(_between(_p.paid_at, year))

    def refunded_in(self, year: Year) -> Select[Any]:
        """Refunds of the year, beside their payments."""
        back = select(_r.id).select_from(refunds).join(payments, _is_paid_back())
        back = back.where(_r.account_id == self.account_id, _between(_r.refunded_at, year))
        return back if year.customer_id is None else back.where(_p.customer_id == year.customer_id)

    def ids_of(self, year: Year) -> CompoundSelect[Any]:
        """The ids of its documents."""
        paid = self.paid_in(year).join(documents, _is_of_payment()).with_only_columns(_d.id)
        back = self.refunded_in(year).join(documents, _is_of_refund()).with_only_columns(_d.id)
        return paid.union_all(back)


class StoredYears(InYear):
    """`billing.ports.YearDocuments`."""

    async def find_span(self, customer_id: CustomerId | None) -> tuple[datetime, datetime] | None:
        """The first and the last moment of a payment or refund."""
        paid, back = self.paid(customer_id), self.refunded(customer_id)
        # Each alone: an index knows its first and its last.
        asked = [
            paid.with_only_columns(func.min(_p.paid_at)),
            paid.with_only_columns(func.max(_p.paid_at)),
            back.with_only_columns(func.max(_r.refunded_at)),
        ]
        first, last, refunded = [(await self.connection.execute(each)).scalar_one() for each in asked]
        return None if first is None else (first, max(last, refunded or last))

    async def count(self, year: Year) -> YearCount:
        """Issued and missing."""
        paid, back = self.paid_in(year), self.refunded_in(year)
        of_payments = paid.join(documents, _is_of_payment()).with_only_columns(func.count())
        of_refunds = back.join(documents, _is_of_refund()).with_only_columns(func.count())
        invoices = paid.where(_succeeded(), ~_has_invoice()).with_only_columns(func.count())
        open_refunds = back.where(_succeeded(), _r.reversed_at.is_(None), ~_has_note())
        # A credit note names its invoice, which may be of a payment of another year.
        older = open_refunds.where(~_has_invoice(), ~_between(_p.paid_at, year))
        first_invoices = older.with_only_columns(func.count(func.distinct(_p.id)))
        notes = open_refunds.with_only_columns(func.count())
        issued = [await self._number(each) for each in (of_payments, of_refunds)]
        missing = [await self._number(each) for each in (invoices, notes)]
        return YearCount(sum(issued), sum(missing), await self._number(first_invoices))

    async def list_dues(
        self, year: Year, *, of_refunds: bool, after: Place | None, missing: bool, limit: int
    ) -> list[Due]:
        """In order of time, then id."""
        statement = self._refunds_due(year, missing) if of_refunds else self._payments_due(year, missing)
        time, own_id = (_r.refunded_at, _r.id) if of_refunds else (_p.paid_at, _p.id)
        if after is not None:
            at, last = after
            statement = statement.where(time >= at, or_(time > at, own_id > last))
        rows = await self.connection.execute(statement.order_by(time, own_id).limit(limit))
        return [Due(row[0], row[1], of_refunds, bool(row[2])) for row in rows]

    def _payments_due(self, year: Year, missing: bool) -> Select[Any]:
        has_any = exists().where(_is_of_payment())
        may_issue = and_(_succeeded(), ~_has_invoice()) if missing else false()
        paid = self.paid_in(year).with_only_columns(_p.id, _p.paid_at, may_issue)
        return paid.where(or_(has_any, _succeeded()) if missing else has_any)

    def _refunds_due(self, year: Year, missing: bool) -> Select[Any]:
        stands = and_(_succeeded(), _r.reversed_at.is_(None))
        may_issue = and_(stands, ~_has_note()) if missing else false()
        back = self.refunded_in(year).with_only_columns(_r.id, _r.refunded_at, may_issue)
        return back.where(or_(_has_note(), stands) if missing else _has_note())

    async def list_of(self, due: Due) -> list[r.Document]:
        """In order of their numbers' making."""
        found = await self._list(DOCUMENT, _OF_REFUND if due.is_refund else _OF_PAYMENT, the_one=due.id)
        return sorted(found, key=lambda each: (each.issued_at, each.number))

    async def list_members(self, year: Year, *, until: datetime) -> list[Member]:
        """By kind, then number: the shorter are the older."""
        columns = (_d.id, _d.kind, _d.number)
        of_payments = self.paid_in(year).join(documents, _is_of_payment()).with_only_columns(*columns)
        of_refunds = self.refunded_in(year).join(documents, _is_of_refund()).with_only_columns(*columns)
        rows: list[Any] = []
        for each in (of_payments, of_refunds):
            rows += (await self.connection.execute(each.where(_d.issued_at <= until))).all()
        members = [Member(*row) for row in rows]
        return sorted(members, key=lambda each: (_ORDER.index(each.kind), len(each.number), each.number))

    async def _number(self, statement: Select[Any]) -> int:
        return int((await self.connection.execute(statement)).scalar_one())


def _between(column: ColumnElement[datetime], year: Year) -> ColumnElement[bool]:
    return and_(column >= year.since, column < year.until)


def _succeeded() -> ColumnElement[bool]:
    return _p.state == PaymentState.SUCCEEDED


def _has_invoice() -> ColumnElement[bool]:
    return exists().where(_is_of_payment(), _d.kind == DocumentKind.INVOICE)


def _has_note() -> ColumnElement[bool]:
    return exists().where(_is_of_refund())


def _is_paid_back() -> ColumnElement[bool]:
    return and_(_p.account_id == _r.account_id, _p.id == _r.payment_id)


def _is_of_payment() -> ColumnElement[bool]:
    return and_(_d.account_id == _p.account_id, _d.payment_id == _p.id, _d.refund_id.is_(None))


def _is_of_refund() -> ColumnElement[bool]:
    return and_(_d.account_id == _r.account_id, _d.refund_id == _r.id)
