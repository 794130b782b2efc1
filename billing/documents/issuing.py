"""Invoices and credit notes: issued once, numbered without gaps, with everything that is printed frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from uuid import UUID

from billing import policy
from billing.actors import CustomerActor, StaffActor
from billing.context import Context
from billing.declaring import surface_settings
from billing.errors import CodeNeeded, Forbidden, NotFound, NotOffered, SwitchedOff
from billing.ids import DocumentId, PaymentId, RefundId, new_id
from billing.money import Money
from billing.policy import Blocked
from billing.ports import UnitOfWork
from billing.records import Document, Payment, Refund
from billing.states import DocumentKind, PaymentState

PREFIX: Mapping[DocumentKind, str] = {DocumentKind.INVOICE: "INV", DocumentKind.CREDIT_NOTE: "CN"}


class _IssuedMeanwhile(Exception):
    """Somebody issued it while we waited for the series; what we took is rolled back."""


async def issue_invoice(ctx: Context, payment_id: PaymentId, *, by: CustomerActor | StaffActor) -> Document:
    """The invoice of a payment, issued now unless it was before; raises `SwitchedOff`, `CodeNeeded`,
    `NotFound`, or `NotOffered` for a payment that failed."""
    try:
        async with ctx.begin(by.account_id) as work:
            payment = await _may_have(work, payment_id, by=by)
            return await _invoice_of(work, payment, by=by, at=ctx.now())
    except _IssuedMeanwhile:
        async with ctx.read(by.account_id) as work:
            return _there(await work.documents.find_invoice(payment_id))


async def issue_credit_note(ctx: Context, refund_id: RefundId, *, by: CustomerActor | StaffActor) -> Document:
    """The credit note of a refund, and first the invoice that it names; raises as `issue_invoice`, and
    `NotOffered` for a refund that the processor took back."""
    try:
        async with ctx.begin(by.account_id) as work:
            refund = await work.purchases.get_refund(refund_id)
            payment = await _may_have(work, refund.payment_id, by=by)
            return await _credit_note_of(work, refund, payment, by=by, at=ctx.now())
    except _IssuedMeanwhile:
        # The other one may have issued the invoice alone.
        return await issue_credit_note(ctx, refund_id, by=by)


async def consider_invoice(ctx: Context, payment_id: PaymentId, *, by: CustomerActor) -> None:
    """Whether asking for it would succeed; raises what `issue_invoice` would. Nothing is issued."""
    async with ctx.read(by.account_id) as work:
        await _may_have(work, payment_id, by=by)


async def consider_credit_note(ctx: Context, refund_id: RefundId, *, by: CustomerActor) -> None:
    """The same for the credit note of a refund."""
    async with ctx.read(by.account_id) as work:
        await _may_have(work, (await work.purchases.get_refund(refund_id)).payment_id, by=by)


async def show_document(ctx: Context, document_id: DocumentId, *, by: CustomerActor | StaffActor) -> Document:
    """A document as it was issued; raises `SwitchedOff`, `CodeNeeded` or `NotFound`."""
    async with ctx.read(by.account_id) as work:
        document = await work.documents.get(document_id)
        await _may_have(work, document.payment_id, by=by)
        return document


async def _may_have(work: UnitOfWork, payment_id: PaymentId, *, by: CustomerActor | StaffActor) -> Payment:
    payment = await work.purchases.get_payment(payment_id)
    if isinstance(by, StaffActor):
        if not (await work.staff.get(by.staff_id)).active:
            raise Forbidden
    else:
        settings = await surface_settings(work, by)
        if not settings.invoices:
            raise SwitchedOff
        if payment.customer_id != by.customer_id:
            raise NotFound
        if policy.needs_code(settings.code_for_documents, by):
            raise CodeNeeded
    if payment.state is PaymentState.FAILED:
        raise NotOffered(why=Blocked.PAYMENT_FAILED)
    return payment


async def _invoice_of(
    work: UnitOfWork, payment: Payment, *, by: CustomerActor | StaffActor, at: datetime
) -> Document:
    if found := await work.documents.find_invoice(payment.id):
        return found
    number = await _take_number(work, DocumentKind.INVOICE)
    # Whoever held the series before us may have issued this very one.
    if await work.documents.find_invoice(payment.id):
        raise _IssuedMeanwhile
    frozen = await _freeze(work, payment, payment.captured, payment.tax)
    document = _document(DocumentKind.INVOICE, number, payment, frozen, refund_id=None, at=at)
    return await _issue(work, document, by=by)


async def _credit_note_of(
    work: UnitOfWork, refund: Refund, payment: Payment, *, by: CustomerActor | StaffActor, at: datetime
) -> Document:
    if found := await work.documents.find_credit_note(refund.id):
        return found
    if refund.reversed_at is not None:
        raise NotOffered
    invoice = await _invoice_of(work, payment, by=by, at=at)
    number = await _take_number(work, DocumentKind.CREDIT_NOTE)
    if await work.documents.find_credit_note(refund.id):
        raise _IssuedMeanwhile
    frozen = {
        **await _freeze(work, payment, refund.amount, _tax_share(payment, refund.amount)),
        "tax_rate": invoice.frozen["tax_rate"],
        "invoice_number": invoice.number,
        "invoice_issued_at": invoice.issued_at.isoformat(),
        "refunded_at": refund.refunded_at.isoformat(),
    }
    document = _document(DocumentKind.CREDIT_NOTE, number, payment, frozen, refund_id=refund.id, at=at)
    return await _issue(work, document, by=by)


async def _take_number(work: UnitOfWork, kind: DocumentKind) -> str:
    return f"{PREFIX[kind]}-{await work.documents.next_number(kind):06d}"


async def _freeze(work: UnitOfWork, payment: Payment, gross: Money, tax: Money) -> dict[str, object]:
    """Everything that is printed, as it is at this moment: amounts in minor units, times as ISO 8601."""
    account = await work.accounts.get()
    customer = await work.customers.get(payment.customer_id)
    product = (await work.purchases.get_view(payment.purchase_id)).product
    net = gross - tax
    amounts = {"net_minor": net.minor, "tax_minor": tax.minor, "gross_minor": gross.minor}
    line = {"product": product.name, "price_point": product.price_point, "quantity": 1, **amounts}
    return {
        "seller": asdict(account.seller),
        "buyer": asdict(payment.buyer),
        "buyer_email": payment.buyer.email or customer.email,
        "order_id": payment.order_id,
        "payment_number": payment.number,
        "paid_at": payment.paid_at.isoformat(),
        "currency": gross.currency.code,
        "lines": [line],
        **amounts,
        "tax_rate": find_tax_rate(net, tax),
        "locale": customer.locale or account.locale,
        "time_zone": account.time_zone,
        "colour": account.colour,
    }


def _tax_share(payment: Payment, amount: Money) -> Money:
    """The tax within a part of a payment, in the payment's own proportion."""
    if not payment.captured:
        return Money.zero(amount.currency)
    return amount.split([payment.captured.minor - payment.tax.minor, payment.tax.minor])[1]


def find_tax_rate(net: Money, tax: Money) -> str | None:
    """The one rate in per cent, e.g. `19` or `7.7`, that makes this tax of this net; None if there is no one.

    Amounts are rounded, so a small one fits many rates: then none is claimed.
    """
    if not tax:
        return "0"
    if net.minor <= 0 or tax.minor < 0:
        return None
    share = Decimal(tax.minor) * 100 / net.minor
    for digits in ("1", "0.1", "0.01"):
        step = Decimal(digits)
        middle = share.quantize(step)
        fitting = [rate for rate in (middle - step, middle, middle + step) if _fits(rate, net, tax)]
        if len(fitting) == 1:
            return f"{fitting[0].normalize():f}"
        if fitting:
            return None
    return None


def _fits(rate: Decimal, net: Money, tax: Money) -> bool:
    return (net.minor * rate / 100).quantize(Decimal(1), ROUND_HALF_UP) == tax.minor


def _document(
    kind: DocumentKind,
    number: str,
    payment: Payment,
    frozen: Mapping[str, object],
    *,
    refund_id: RefundId | None,
    at: datetime,
) -> Document:
    return Document(
        id=new_id(DocumentId),
        account_id=payment.account_id,
        kind=kind,
        number=number,
        payment_id=payment.id,
        refund_id=refund_id,
        issued_at=at,
        frozen=frozen,
    )


async def _issue(work: UnitOfWork, document: Document, *, by: CustomerActor | StaffActor) -> Document:
    await work.documents.add(document)
    about: UUID = document.refund_id or document.payment_id
    facts = {"kind": document.kind.value, "number": document.number, "about": about.hex}
    subject = f"document:{document.id.hex}"
    await work.journal.write(by, "document.issued", subject, at=document.issued_at, facts=facts)
    return document


def _there(document: Document | None) -> Document:
    assert document is not None, "it was issued meanwhile, and documents are never deleted"
    return document
