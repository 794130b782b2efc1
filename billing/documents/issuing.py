"""Invoices, receipts and credit notes: issued once, numbered without gaps, all that is printed frozen."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from uuid import UUID

from billing import policy
from billing.actors import Actor, CustomerActor, StaffActor, SystemActor
from billing.context import Context
from billing.declaring import surface_settings
from billing.documents.freezing import (
    Frozen,
    buyer_of,
    freeze_payment,
    freeze_share,
    lift,
    seller_at,
    with_seller,
)
from billing.errors import CodeNeeded, Forbidden, NotFound, NotOffered, SwitchedOff
from billing.ids import DocumentId, PaymentId, RefundId, new_id
from billing.policy import Blocked
from billing.ports import UnitOfWork
from billing.records import Document, Payment, Refund
from billing.states import DocumentKind, PaymentState, Role

PREFIX: Mapping[DocumentKind, str] = {
    DocumentKind.INVOICE: "INV",
    DocumentKind.CREDIT_NOTE: "CN",
    DocumentKind.RECEIPT: "REC",
}
Reader = CustomerActor | StaffActor
Issuer = Reader | SystemActor


class IssuedMeanwhile(Exception):
    """Somebody issued it while we waited for the series; what we took is rolled back."""


async def issue_invoice(ctx: Context, payment_id: PaymentId, *, by: Issuer) -> Document:
    """The invoice of a payment that holds, issued now unless it was before; raises `SwitchedOff`,
    `CodeNeeded`, `NotFound`, `NotOffered` for a payment that failed, or `Forbidden` for who only reads."""

    async def issue(work: UnitOfWork) -> Document:
        return await invoice_of(work, await _may_issue(work, payment_id, by=by), by=by, at=ctx.now())

    return await once(ctx, issue, by=by)


async def issue_receipt(ctx: Context, payment_id: PaymentId, *, by: Issuer) -> Document:
    """The receipt of a payment, issued now unless it was before; raises as `issue_invoice`."""

    async def issue(work: UnitOfWork) -> Document:
        return await _receipt_of(work, await _may_issue(work, payment_id, by=by), by=by, at=ctx.now())

    return await once(ctx, issue, by=by)


async def issue_credit_note(ctx: Context, refund_id: RefundId, *, by: Issuer) -> Document:
    """The credit note of a refund, and first the invoice that it names; raises as `issue_invoice`, and
    `NotOffered` for a refund that the processor took back."""

    async def issue(work: UnitOfWork) -> Document:
        refund = await work.purchases.get_refund(refund_id)
        payment = await _may_issue(work, refund.payment_id, by=by)
        return await _credit_note_of(work, refund, payment, by=by, at=ctx.now())

    return await once(ctx, issue, by=by)


async def once(ctx: Context, issue: Callable[[UnitOfWork], Awaitable[Document]], *, by: Issuer) -> Document:
    """In a transaction of its own; again where somebody was first, and then it is found."""
    while True:
        try:
            async with ctx.begin(by.account_id) as work:
                return await issue(work)
        except IssuedMeanwhile:
            continue


async def consider_invoice(ctx: Context, payment_id: PaymentId, *, by: Reader) -> None:
    """Whether asking for it would succeed; raises what `issue_invoice` would. Nothing is issued."""
    async with ctx.read(by.account_id) as work:
        await may_have(work, payment_id, by=by)


async def consider_receipt(ctx: Context, payment_id: PaymentId, *, by: Reader) -> None:
    """The same for the receipt of a payment."""
    await consider_invoice(ctx, payment_id, by=by)


async def consider_credit_note(ctx: Context, refund_id: RefundId, *, by: Reader) -> None:
    """The same for the credit note of a refund."""
    async with ctx.read(by.account_id) as work:
        await may_have(work, (await work.purchases.get_refund(refund_id)).payment_id, by=by)


async def show_document(ctx: Context, document_id: DocumentId, *, by: Reader) -> Document:
    """A document as it was issued; raises `SwitchedOff`, `CodeNeeded` or `NotFound`."""
    async with ctx.read(by.account_id) as work:
        document = await work.documents.get(document_id)
        await may_have(work, document.payment_id, by=by)
        return document


async def may_have(work: UnitOfWork, payment_id: PaymentId, *, by: Issuer) -> Payment:
    """The payment, if they may have documents of it; raises as `issue_invoice`."""
    payment = await work.purchases.get_payment(payment_id)
    if isinstance(by, StaffActor):
        if not (await work.staff.get(by.staff_id)).active:
            raise Forbidden
    elif isinstance(by, CustomerActor):
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


async def may_take_numbers(work: UnitOfWork, by: Issuer) -> bool:
    """Whether they may issue at all: who only reads takes no number of a series."""
    return not isinstance(by, StaffActor) or (await work.staff.get(by.staff_id)).role is not Role.VIEWER


async def _may_issue(work: UnitOfWork, payment_id: PaymentId, *, by: Issuer) -> Payment:
    payment = await may_have(work, payment_id, by=by)
    if not await may_take_numbers(work, by):
        raise Forbidden
    return payment


async def invoice_of(work: UnitOfWork, payment: Payment, *, by: Actor, at: datetime) -> Document:
    """The one that holds, issued now if there is none; raises `IssuedMeanwhile`."""
    if found := await work.documents.find_invoice(payment.id):
        return found
    number = await take_number(work, DocumentKind.INVOICE)
    # Whoever held the series before us may have issued this very one.
    if await work.documents.find_invoice(payment.id):
        raise IssuedMeanwhile
    frozen = await freeze_payment(work, payment)
    return await put_document(work, DocumentKind.INVOICE, number, payment, frozen, by=by, at=at)


async def _receipt_of(work: UnitOfWork, payment: Payment, *, by: Actor, at: datetime) -> Document:
    if found := await work.documents.find_receipt(payment.id):
        return found
    number = await take_number(work, DocumentKind.RECEIPT)
    if await work.documents.find_receipt(payment.id):
        raise IssuedMeanwhile
    invoice = await work.documents.find_invoice(payment.id)
    # Once corrected: then the receipt is for the same buyer.
    buyer = buyer_of(invoice) if invoice is not None and invoice.revision else None
    frozen = await freeze_payment(work, payment, buyer=buyer)
    return await put_document(work, DocumentKind.RECEIPT, number, payment, frozen, by=by, at=at)


async def _credit_note_of(
    work: UnitOfWork, refund: Refund, payment: Payment, *, by: Actor, at: datetime
) -> Document:
    if found := await work.documents.find_credit_note(refund.id):
        return found
    if refund.reversed_at is not None:
        raise NotOffered
    invoice = await invoice_of(work, payment, by=by, at=at)
    number = await take_number(work, DocumentKind.CREDIT_NOTE)
    if await work.documents.find_credit_note(refund.id):
        raise IssuedMeanwhile
    holds = await work.documents.find_invoice(payment.id)
    if holds is not None and holds.revision != invoice.revision:
        raise IssuedMeanwhile  # it was corrected while we waited
    earlier = [each.frozen for each in await work.documents.find_standing_notes(payment.id)]
    frozen = {
        **with_seller(
            freeze_share(lift(invoice), earlier, refund.amount.minor),
            await seller_at(work, refund.refunded_at),
        ),
        "why": "refund",
        **names_invoice(invoice),
        "refunded_at": refund.refunded_at.isoformat(),
    }
    return await put_document(
        work, DocumentKind.CREDIT_NOTE, number, payment, frozen, by=by, at=at, refund_id=refund.id
    )


def names_invoice(invoice: Document) -> dict[str, object]:
    """What a credit note says of its invoice."""
    return {"invoice_number": invoice.number, "invoice_issued_at": invoice.issued_at.isoformat()}


async def take_number(work: UnitOfWork, kind: DocumentKind) -> str:
    """The next of the series; whoever asks after us waits until our transaction ends."""
    return f"{PREFIX[kind]}-{await work.documents.next_number(kind):06d}"


async def put_document(
    work: UnitOfWork,
    kind: DocumentKind,
    number: str,
    payment: Payment,
    frozen: Frozen,
    *,
    by: Actor,
    at: datetime,
    refund_id: RefundId | None = None,
    corrects: Document | None = None,
) -> Document:
    """Issued for good, and in the journal."""
    document = Document(
        id=new_id(DocumentId),
        account_id=payment.account_id,
        kind=kind,
        number=number,
        payment_id=payment.id,
        refund_id=refund_id,
        issued_at=at,
        frozen=frozen,
        revision=corrects.revision + 1 if corrects else 0,
        corrects_id=corrects.id if corrects else None,
    )
    await work.documents.add(document)
    about: UUID = refund_id or payment.id
    facts = {"kind": kind.value, "number": number, "about": about.hex}
    if corrects is not None:
        facts["corrects"] = corrects.number
    await work.journal.write(by, "document.issued", f"document:{document.id.hex}", at=at, facts=facts)
    return document
