"""Documents: a button issues one, once; the file is read at its own address. For customers, and for staff."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime

from aiohttp import web

from billing.actors import CustomerActor, StaffActor
from billing.documents.correcting import Correctable, Lines, consider_correction, correct_invoice
from billing.documents.issuing import (
    consider_credit_note,
    consider_invoice,
    consider_receipt,
    issue_credit_note,
    issue_invoice,
    issue_receipt,
    show_document,
)
from billing.documents.listing import PaymentDocuments, list_documents
from billing.errors import Invalid
from billing.ids import CustomerId, DocumentId, PaymentId, RefundId, parse_id
from billing.money import Money
from billing.records import Document
from billing.states import DocumentKind
from locales.texts import label
from portal.documents.drawn import fetch_pdf
from portal.forms import Form, read_form
from portal.keys import CONTEXT, PLACE, SAY
from portal.render import render, see, url_for
from portal.session import customer, staff
from portal.views.desk.customers import SECTION

_BUYER = ("name", "company", "tax_id")
_LINES = tuple(each.name for each in fields(Lines))


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One button; shown where the code came between the customer and the file."""

    url: str
    kind: str
    is_credit_note: bool
    is_receipt: bool


@dataclass(frozen=True, slots=True)
class IssuedLine:
    """A document that is there; `replaced_by`: the number of the invoice that holds instead, or empty."""

    id: DocumentId
    kind: str
    number: str
    issued_at: datetime
    replaced_by: str


@dataclass(frozen=True, slots=True)
class CreditNoteLine:
    """A credit note that nobody has asked for yet."""

    id: RefundId
    amount: Money


@dataclass(frozen=True, slots=True)
class DocumentsPage:
    """All documents of a payment, and those to be had."""

    payment_id: PaymentId
    customer_id: CustomerId
    product: str
    order_id: str
    paid_at: datetime
    amount: Money
    issued: tuple[IssuedLine, ...]
    has_invoice: bool
    has_receipt: bool
    credit_notes: tuple[CreditNoteLine, ...]
    may_issue: bool
    may_correct: bool
    section: str = SECTION


@dataclass(frozen=True, slots=True)
class CorrectionPage:
    """The buyer as typed; `number` is the invoice's, or empty: it is not issued yet."""

    payment_id: PaymentId
    number: str
    form: Form
    lines: tuple[str, ...]  # of the postal address, for staff
    section: str = SECTION


async def show_all(http: web.Request) -> web.StreamResponse:
    """What there is of a payment, and what there may be."""
    found = await list_documents(http.app[CONTEXT], _payment_id(http), by=_reader(http))
    return render(http, _template(http, "payment_documents"), _documents_page(http, found))


async def show_invoice(http: web.Request) -> web.StreamResponse:
    """Where the code leads back to: reading it issues nothing."""
    await consider_invoice(http.app[CONTEXT], _payment_id(http), by=customer(http))
    return _ready(http, DocumentKind.INVOICE, url_for(http, "invoice", _payment_id(http)))


async def invoice(http: web.Request) -> web.StreamResponse:
    """Issued now unless it was before, then read."""
    read_form(http)
    document = await issue_invoice(http.app[CONTEXT], _payment_id(http), by=_reader(http))
    raise see(http, "document", document.id)


async def show_receipt(http: web.Request) -> web.StreamResponse:
    """Where the code leads back to: reading it issues nothing."""
    await consider_receipt(http.app[CONTEXT], _payment_id(http), by=customer(http))
    return _ready(http, DocumentKind.RECEIPT, url_for(http, "receipt", _payment_id(http)))


async def receipt(http: web.Request) -> web.StreamResponse:
    """Issued now unless it was before, then read."""
    read_form(http)
    document = await issue_receipt(http.app[CONTEXT], _payment_id(http), by=_reader(http))
    raise see(http, "document", document.id)


async def show_credit_note(http: web.Request) -> web.StreamResponse:
    """Where the code leads back to: reading it issues nothing."""
    await consider_credit_note(http.app[CONTEXT], _refund_id(http), by=customer(http))
    return _ready(http, DocumentKind.CREDIT_NOTE, url_for(http, "credit-note", _refund_id(http)))


async def credit_note(http: web.Request) -> web.StreamResponse:
    """Issued now unless it was before, then read."""
    read_form(http)
    document = await issue_credit_note(http.app[CONTEXT], _refund_id(http), by=_reader(http))
    raise see(http, "document", document.id)


async def show_correction(http: web.Request) -> web.StreamResponse:
    """Who it is made out to now, and what correcting it will do."""
    found = await consider_correction(http.app[CONTEXT], _payment_id(http), by=_reader(http))
    return _correction(http, found, Form(_typed(found)))


async def correct(http: web.Request) -> web.StreamResponse:
    """A credit note and a new invoice, both on the page of the payment's documents."""
    form, ctx, by = read_form(http, *_BUYER, *_LINES), http.app[CONTEXT], _reader(http)
    given = {name: form.text(name) for name in _BUYER}
    lines = Lines(**{name: form.text(name) for name in _LINES}) if isinstance(by, StaffActor) else None
    try:
        await correct_invoice(ctx, _payment_id(http), by=by, lines=lines, **given)
    except Invalid as refusal:
        found = await consider_correction(ctx, _payment_id(http), by=by)
        return _correction(http, found, form.refused(refusal, http[SAY]), status=422)
    raise see(http, "payment-documents", _payment_id(http))


async def download(http: web.Request) -> web.StreamResponse:
    """For customers and staff; to be kept, never shown as a page of ours."""
    document_id = parse_id(DocumentId, http.match_info["document_id"])
    document = await show_document(http.app[CONTEXT], document_id, by=_reader(http))
    pdf = await fetch_pdf(http.app[CONTEXT], document)
    name = "".join(c for c in document.number if c.isascii() and (c.isalnum() or c in "-_")) or "document"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.pdf"',
        "Content-Security-Policy": "sandbox",
    }
    return web.Response(body=pdf, content_type="application/pdf", headers=headers)


def _ready(http: web.Request, kind: DocumentKind, url: str) -> web.StreamResponse:
    page = DocumentPage(
        url=url,
        kind=label(kind, http[SAY]),
        is_credit_note=kind is DocumentKind.CREDIT_NOTE,
        is_receipt=kind is DocumentKind.RECEIPT,
    )
    return render(http, "customer/document.html", page)


def _documents_page(http: web.Request, found: PaymentDocuments) -> DocumentsPage:
    payment, kinds = found.payment, {each.kind for each in found.issued}
    credited = {each.refund_id for each in found.issued}
    return DocumentsPage(
        payment_id=payment.id,
        customer_id=payment.customer_id,
        product=found.product.name,
        order_id=payment.order_id or "",
        paid_at=payment.paid_at,
        amount=payment.captured,
        issued=tuple(_issued(http, found.issued)),
        has_invoice=DocumentKind.INVOICE in kinds,
        has_receipt=DocumentKind.RECEIPT in kinds,
        credit_notes=tuple(
            CreditNoteLine(each.id, each.amount) for each in found.refunds if each.id not in credited
        ),
        may_issue=found.may_issue,
        may_correct=found.may_correct,
    )


def _issued(http: web.Request, documents: tuple[Document, ...]) -> Iterator[IssuedLine]:
    successors: Mapping[DocumentId | None, str] = {
        each.corrects_id: each.number for each in documents if each.kind is DocumentKind.INVOICE
    }
    for each in documents:
        replaced_by = successors.get(each.id, "")
        yield IssuedLine(each.id, label(each.kind, http[SAY]), each.number, each.issued_at, replaced_by)


def _correction(
    http: web.Request, found: Correctable, form: Form, *, status: int = 200
) -> web.StreamResponse:
    lines = _LINES if http[PLACE].surface is None else ()
    page = CorrectionPage(found.payment.id, found.number or "", form, lines)
    return render(http, _template(http, "correction"), page, status=status)


def _typed(found: Correctable) -> dict[str, str]:
    return {name: getattr(found.buyer, name) for name in (*_BUYER, *_LINES)}


def _template(http: web.Request, name: str) -> str:
    return f"{'desk' if http[PLACE].surface is None else 'customer'}/{name}.html"


def _reader(http: web.Request) -> CustomerActor | StaffActor:
    return staff(http) if http[PLACE].surface is None else customer(http)


def _payment_id(http: web.Request) -> PaymentId:
    return parse_id(PaymentId, http.match_info["payment_id"])


def _refund_id(http: web.Request) -> RefundId:
    return parse_id(RefundId, http.match_info["refund_id"])
