"""Correcting an invoice's buyer: a credit note over all of it, and a new invoice. No money moves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from billing.actors import CustomerActor
from billing.context import Context
from billing.documents.freezing import Frozen, buyer_of, freeze_payment, lift
from billing.documents.issuing import (
    IssuedMeanwhile,
    Reader,
    invoice_of,
    may_have,
    names_invoice,
    once,
    put_document,
    take_number,
)
from billing.documents.taxes import checked_tax_id
from billing.errors import Invalid, NotOffered, Refusal
from billing.ids import PaymentId
from billing.policy import Blocked
from billing.ports import UnitOfWork
from billing.records import Address, Document, Payment
from billing.rights import must_manage
from billing.states import DocumentKind

MOST = 200  # characters of a line of an address


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of the buyer's postal address, which staff may correct as well."""

    street: str
    city: str
    postcode: str
    region: str
    country: str


@dataclass(frozen=True, slots=True)
class Correctable:
    """An invoice that may be corrected: for whom it is made out now, and its number if it was issued."""

    payment: Payment
    buyer: Address
    number: str | None


async def consider_correction(ctx: Context, payment_id: PaymentId, *, by: Reader) -> Correctable:
    """Whether it is offered; raises what `correct_invoice` would for this person. Nothing is issued."""
    async with ctx.read(by.account_id) as work:
        payment = await may_have(work, payment_id, by=by)
        invoice = await work.documents.find_invoice(payment_id)
        await _must_be_offered(work, payment, invoice, by=by)
        if invoice is None:
            return Correctable(payment, payment.buyer, None)
        return Correctable(payment, buyer_of(invoice), invoice.number)


async def is_correctable(work: UnitOfWork, payment: Payment, *, by: Reader) -> bool:
    """Whether it is offered to this person, within a view."""
    try:
        await _must_be_offered(work, payment, await work.documents.find_invoice(payment.id), by=by)
    except Refusal:
        return False
    return True


async def correct_invoice(
    ctx: Context,
    payment_id: PaymentId,
    *,
    by: Reader,
    name: str,
    company: str,
    tax_id: str,
    lines: Lines | None = None,
) -> Document:
    """The invoice in other words: customers once, if the merchant allows it; owners and managers always.

    Raises as `issue_invoice`; `Forbidden` for other staff, `Invalid` (name, tax_id), `NotOffered` once
    money of this payment went back, or may. `lines` None leaves the address as it is.
    """
    given = _checked(name, company, tax_id, lines if not isinstance(by, CustomerActor) else None)

    async def issue(work: UnitOfWork) -> Document:
        payment = await may_have(work, payment_id, by=by)
        await _must_be_offered(work, payment, await work.documents.find_invoice(payment_id), by=by)
        return await _correct(work, payment, given, by=by, at=ctx.now())

    return await once(ctx, issue, by=by)


async def _must_be_offered(
    work: UnitOfWork, payment: Payment, invoice: Document | None, *, by: Reader
) -> None:
    if isinstance(by, CustomerActor):
        if not (await work.papers.get_settings()).corrections:
            raise NotOffered(why=Blocked.SWITCHED_OFF)
        if invoice is not None and invoice.revision:
            raise NotOffered(why=Blocked.CORRECTED)
    else:
        await must_manage(work, by)
    notes = await work.documents.find_notes(payment.id)
    if notes or payment.refunded or payment.reserved or payment.disputed:
        raise NotOffered(why=Blocked.MONEY_BACK)


def _checked(name: str, company: str, tax_id: str, lines: Lines | None) -> Mapping[str, str]:
    given = {"name": _line("name", name), "company": _line("company", company)}
    if not given["name"] and not given["company"]:
        raise Invalid("name", "missing")
    given["tax_id"] = checked_tax_id(tax_id)
    if lines is not None:
        for field in ("street", "city", "postcode", "region", "country"):
            given[field] = _line(field, getattr(lines, field))
    return given


def _line(field: str, text: str) -> str:
    text = " ".join(text.split())
    if len(text) > MOST:
        raise Invalid(field, "too-long", most=MOST)
    return text


async def _correct(
    work: UnitOfWork, payment: Payment, given: Mapping[str, str], *, by: Reader, at: datetime
) -> Document:
    """Numbers in the order in which whoever issues a credit note takes them."""
    before = await invoice_of(work, payment, by=by, at=at)
    old = buyer_of(before)
    buyer = replace(old, **given)
    if buyer == old:
        raise Invalid("name", "unchanged")
    number = await take_number(work, DocumentKind.INVOICE)
    note_number = await take_number(work, DocumentKind.CREDIT_NOTE)
    holds = await work.documents.find_invoice(payment.id)
    if holds is None or holds.id != before.id or await work.documents.find_notes(payment.id):
        raise IssuedMeanwhile
    whole = lift(before)
    note: Frozen = {**whole, "why": "correction", **names_invoice(before), "refunded_at": None}
    await put_document(
        work, DocumentKind.CREDIT_NOTE, note_number, payment, note, by=by, at=at, corrects=before
    )
    frozen = await _renewed(work, payment, whole, buyer, before)
    return await put_document(
        work, DocumentKind.INVOICE, number, payment, frozen, by=by, at=at, corrects=before
    )


async def _renewed(
    work: UnitOfWork, payment: Payment, whole: Frozen, buyer: Address, before: Document
) -> Frozen:
    """The same facts for another buyer, whose VAT id may say why there is no tax; no amount changes."""
    again = await freeze_payment(work, payment, buyer=buyer)
    # An import may have learned the tax since: what is corrected is the buyer, so the amounts stay.
    is_same = all(again[name] == whole[name] for name in ("net_minor", "tax_minor", "gross_minor"))
    taxed = {name: again[name] for name in (("buyer", "lines", "taxes") if is_same else ("buyer",))}
    return {
        **whole,
        **taxed,
        "replaces_number": before.number,
        "replaces_issued_at": before.issued_at.isoformat(),
    }
