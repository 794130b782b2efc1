"""Issued documents and the series that number them."""

from uuid import UUID

from sqlalchemy import and_, bindparam, exists, func, select

from billing import records as r
from billing.errors import Repeated
from billing.ids import DocumentId, PaymentId, RefundId
from billing.ports.audit import AuditedDocuments
from billing.states import DocumentKind
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.shapes import PAYMENT, REFUND
from storage.tables.documents import documents, series
from storage.tables.sales import payments, refunds
from storage.types import Id

_d = documents.c
DOCUMENT = Shape(
    (
        _d.id,
        _d.account_id,
        _d.kind,
        _d.number,
        _d.payment_id,
        _d.refund_id,
        _d.issued_at,
        _d.frozen,
        _d.revision,
        _d.corrects_id,
    ),
    r.Document,
)
_ALL = select(*DOCUMENT.columns).where(_d.account_id == ACCOUNT)
_ONE = _ALL.where(_d.id == bindparam("document_id"))
_INVOICE = (
    _ALL.where(and_(_d.kind == DocumentKind.INVOICE, _d.payment_id == bindparam("payment")))
    .order_by(_d.revision.desc())
    .limit(1)
)
_CREDIT_NOTE = _ALL.where(and_(_d.kind == DocumentKind.CREDIT_NOTE, _d.refund_id == bindparam("refund")))
_RECEIPT = _ALL.where(and_(_d.kind == DocumentKind.RECEIPT, _d.payment_id == bindparam("payment")))
# Of one moment, as a correction issues two: the credit note first, then what stands in for the invoice.
_OF_PAYMENT = _ALL.where(_d.payment_id == bindparam("payment")).order_by(
    _d.issued_at, _d.revision, _d.kind == DocumentKind.INVOICE, _d.number
)
_NOTES = (
    _ALL.join(refunds, and_(refunds.c.account_id == _d.account_id, refunds.c.id == _d.refund_id))
    .where(_d.payment_id == bindparam("payment"))
    .order_by(_d.number)
)


_IDS = bindparam("ids", expanding=True, type_=Id())
_AUDITED = (
    select(*PAYMENT.columns)
    .where(payments.c.account_id == ACCOUNT, payments.c.id > bindparam("the_last", type_=Id()))
    .where(exists().where(_d.account_id == payments.c.account_id, _d.payment_id == payments.c.id))
    .order_by(payments.c.id)
    .limit(bindparam("at_most"))
)
_OF_PAYMENTS = _ALL.where(_d.payment_id.in_(_IDS)).order_by(_d.issued_at, _d.revision, _d.number)
_RETURNED = select(*REFUND.columns).where(refunds.c.account_id == ACCOUNT, refunds.c.payment_id.in_(_IDS))
_LAST = select(series.c.kind, series.c.last).where(series.c.account_id == ACCOUNT)
_COUNTED = (
    select(_d.kind, func.count(_d.id).label("how_many")).where(_d.account_id == ACCOUNT).group_by(_d.kind)
)
_STANDING = _NOTES.where(refunds.c.reversed_at.is_(None))


class StoredDocuments(Bound):
    """`billing.ports.Documents`."""

    async def find_invoice(self, payment_id: PaymentId) -> r.Document | None:
        """The payment's invoice that holds, if one was issued: the newest after corrections."""
        return await self._find(DOCUMENT, _INVOICE, payment=payment_id)

    async def find_credit_note(self, refund_id: RefundId) -> r.Document | None:
        """The refund's credit note, if it was issued."""
        return await self._find(DOCUMENT, _CREDIT_NOTE, refund=refund_id)

    async def find_receipt(self, payment_id: PaymentId) -> r.Document | None:
        """The payment's receipt, if it was issued."""
        return await self._find(DOCUMENT, _RECEIPT, payment=payment_id)

    async def list_of_payment(self, payment_id: PaymentId) -> list[r.Document]:
        """All that were issued for it and its refunds, in the order in which they were."""
        return await self._list(DOCUMENT, _OF_PAYMENT, payment=payment_id)

    async def find_notes(self, payment_id: PaymentId) -> list[r.Document]:
        """The credit notes of its refunds."""
        return await self._list(DOCUMENT, _NOTES, payment=payment_id)

    async def find_standing_notes(self, payment_id: PaymentId) -> list[r.Document]:
        """The credit notes of its refunds that the processor has not taken back."""
        return await self._list(DOCUMENT, _STANDING, payment=payment_id)

    async def get(self, document_id: DocumentId) -> r.Document:
        """Raises `NotFound`."""
        return await self._get(DOCUMENT, _ONE, document_id=document_id)

    async def list_audited(self, after: PaymentId | None, *, limit: int) -> list[AuditedDocuments]:
        """Of so many payments that have any, in the order of their ids."""
        paid = await self._list(PAYMENT, _AUDITED, the_last=after or UUID(int=0), at_most=limit)
        ids = [each.id for each in paid]
        issued = await self._list(DOCUMENT, _OF_PAYMENTS, ids=ids)
        returned = await self._list(REFUND, _RETURNED, ids=ids)
        return [
            AuditedDocuments(
                each,
                tuple(refund for refund in returned if refund.payment_id == each.id),
                tuple(document for document in issued if document.payment_id == each.id),
            )
            for each in paid
        ]

    async def count_series(self) -> tuple[dict[DocumentKind, int], dict[DocumentKind, int]]:
        """The number given last, and how many documents there are."""
        given, counted = await self._rows(_LAST), await self._rows(_COUNTED)
        return {row.kind: row.last for row in given}, {row.kind: row.how_many for row in counted}

    async def next_number(self, kind: DocumentKind) -> int:
        """From 1; whoever asks next waits for this transaction, so that none is lost by a rollback."""
        row = await self._change(
            self._upsert(series)
            .values(account_id=self.account_id, kind=kind, last=1)
            .on_conflict_do_update(
                index_elements=[series.c.account_id, series.c.kind], set_={"last": series.c.last + 1}
            )
            .returning(series.c.last)
        )
        assert row is not None
        return int(row[0])

    async def add(self, document: r.Document) -> None:
        """Raises `Repeated` (first) where the same was issued by another at that moment; roll back then."""
        if await self._insert_once(documents, {**plain_values(document), "frozen": dict(document.frozen)}):
            return
        found = await self.list_of_payment(document.payment_id)
        same = (document.kind, document.refund_id, document.revision)
        first = next((e for e in found if (e.kind, e.refund_id, e.revision) == same), None)
        if first is None:
            raise RuntimeError(f"the number {document.number} is another document's")
        raise Repeated(first=first.id)
