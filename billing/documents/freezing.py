"""Everything that is printed, frozen: version 2 of the facts that `portal/documents/frozen.py` reads.

Amounts are minor units, times ISO 8601. Version 1 is lifted where a later document rests on an older one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields, replace
from datetime import datetime
from typing import Any

from billing.documents.records import PaidBy, SellerProfile, SoldLine
from billing.documents.taxes import find_tax_rate, share_out, with_treatments
from billing.ports import UnitOfWork
from billing.records import Account, Address, Document, Payment
from billing.states import TaxTreatment

VERSION = 2
Frozen = Mapping[str, object]


async def seller_at(work: UnitOfWork, at: datetime) -> SellerProfile:
    """Who sold at this moment, as printed: whoever changed it later left behind what was."""
    past = await work.papers.find_past_seller(at)
    return past.profile if past is not None else await present_seller(work, await work.accounts.get())


async def present_seller(work: UnitOfWork, account: Account) -> SellerProfile:
    """The seller as the account and its settings have it now."""
    settings = await work.papers.get_settings()
    return SellerProfile(
        seller=account.seller,
        colour=account.colour,
        logo=settings.logo,
        small_business=settings.small_business,
        footer=settings.footer,
    )


async def freeze_payment(work: UnitOfWork, payment: Payment, *, buyer: Address | None = None) -> Frozen:
    """All of a payment, sold by the seller of its day; `buyer` None: as checkout took it down."""
    account = await work.accounts.get()
    customer = await work.customers.get(payment.customer_id)
    seller = await seller_at(work, payment.paid_at)
    snapshot = await work.papers.find_snapshot(payment.id)
    paid_by = snapshot.paid_by if snapshot else PaidBy()
    told = snapshot.lines if snapshot else ()
    lines = told if _is_all(told, payment) else await _only_line(work, payment)
    buyer = buyer or payment.buyer
    facts: Frozen = {
        "version": VERSION,
        **_seller_facts(seller),
        "buyer": asdict(buyer),
        "buyer_email": payment.buyer.email or customer.email,
        "order_id": payment.order_id,
        "payment_number": payment.number,
        "paid_at": payment.paid_at.isoformat(),
        "paid_by": asdict(paid_by),
        "currency": payment.captured.currency.code,
        "locale": customer.locale or account.locale,
        "time_zone": account.time_zone,
    }
    treated = with_treatments(
        lines,
        seller_id=seller.seller.tax_id,
        buyer_id=buyer.tax_id,
        is_small_business=seller.small_business,
    )
    return with_lines(facts, treated)


def with_seller(frozen: Frozen, seller: SellerProfile) -> Frozen:
    """The same, by another seller."""
    return {**frozen, **_seller_facts(seller)}


def _seller_facts(seller: SellerProfile) -> dict[str, object]:
    return {
        "seller": asdict(seller.seller),
        "colour": seller.colour,
        "logo": seller.logo,
        "footer": seller.footer,
    }


def _is_all(lines: Sequence[SoldLine], payment: Payment) -> bool:
    """Whether they come to what was captured: an invoice over anything else would be wrong."""
    return bool(lines) and sum(e.net_minor + e.tax_minor for e in lines) == payment.captured.minor


async def _only_line(work: UnitOfWork, payment: Payment) -> tuple[SoldLine, ...]:
    """Where nobody told the lines: the product, for all that was captured.

    More tax than was paid at all is a mistake of whoever told it, and nothing is claimed by it.
    """
    product = (await work.purchases.get_view(payment.purchase_id)).product
    tax = payment.tax.minor if payment.tax.minor <= payment.captured.minor else 0
    return (SoldLine(product.name, product.price_point, 1, 0, payment.captured.minor - tax, tax),)


def with_lines(facts: Frozen, lines: Sequence[SoldLine], places: Sequence[int] | None = None) -> Frozen:
    """These facts about these lines: with taxes by treatment and rate, and totals.

    `places`: where each stands on the invoice; None: as they are.
    """
    net, tax = sum(e.net_minor for e in lines), sum(e.tax_minor for e in lines)
    at = places if places is not None else range(len(lines))
    return {
        **facts,
        "lines": [_line_facts(*each) for each in zip(lines, at, strict=True)],
        "taxes": _taxes(lines),
        "net_minor": net,
        "tax_minor": tax,
        "gross_minor": net + tax,
    }


def _line_facts(line: SoldLine, place: int) -> dict[str, object]:
    assert line.treatment is not None
    return {
        "product": line.product,
        "price_point": line.price_point,
        "quantity": line.quantity,
        "discount_minor": line.discount_minor,
        "net_minor": line.net_minor,
        "tax_minor": line.tax_minor,
        "gross_minor": line.net_minor + line.tax_minor,
        "tax_rate": line.tax_rate,
        "treatment": line.treatment.value,
        "shipping": line.is_shipping,
        "place": place,
    }


def _taxes(lines: Iterable[SoldLine]) -> list[dict[str, object]]:
    """By treatment and rate, in the order in which they appear first."""
    sums: dict[tuple[TaxTreatment | None, str | None], tuple[int, int]] = {}
    for line in lines:
        net, tax = sums.get((line.treatment, line.tax_rate), (0, 0))
        sums[line.treatment, line.tax_rate] = net + line.net_minor, tax + line.tax_minor
    return [
        {"treatment": treatment and treatment.value, "rate": rate, "net_minor": net, "tax_minor": tax}
        for (treatment, rate), (net, tax) in sums.items()
    ]


def freeze_share(invoice: Frozen, earlier: Iterable[Frozen], amount: int) -> Frozen:
    """What a refund of `amount` takes of an invoice, per line and tax, after what `earlier` notes took."""
    lines = read_lines(invoice)
    given = _taken(len(lines), earlier)
    if not any(given) and amount == sum(e.net_minor + e.tax_minor for e in lines):
        return with_lines(invoice, lines)
    shares = share_out([part for e in lines for part in (e.net_minor, e.tax_minor)], given, amount)
    parts = [
        (replace(line, quantity=1, discount_minor=0, net_minor=net, tax_minor=tax), place)
        for place, (line, net, tax) in enumerate(zip(lines, shares[::2], shares[1::2], strict=True))
        if net or tax
    ]
    return with_lines(invoice, [line for line, _ in parts], [place for _, place in parts])


def _taken(count: int, notes: Iterable[Frozen]) -> list[int]:
    """Net and tax of each of so many lines; notes of version 1 have one line, as their invoices have."""
    given = [0] * (2 * count)
    for note in notes:
        facts: Mapping[str, Any] = note
        for line in facts["lines"]:
            place = line.get("place", 0)
            given[2 * place] += line["net_minor"]
            given[2 * place + 1] += line["tax_minor"]
    return given


def read_lines(frozen: Frozen) -> tuple[SoldLine, ...]:
    """The lines of version 2."""
    facts: Mapping[str, Any] = frozen
    return tuple(
        SoldLine(
            product=each["product"],
            price_point=each["price_point"],
            quantity=each["quantity"],
            discount_minor=each["discount_minor"],
            net_minor=each["net_minor"],
            tax_minor=each["tax_minor"],
            tax_rate=each["tax_rate"],
            treatment=TaxTreatment(each["treatment"]),
            is_shipping=each["shipping"],
        )
        for each in facts["lines"]
    )


def buyer_of(document: Document) -> Address:
    """Whom a document is made out to."""
    facts: Mapping[str, Any] = document.frozen
    return read_address(facts["buyer"])


def read_address(facts: Mapping[str, Any]) -> Address:
    """An address as it was frozen."""
    return Address(**{each.name: str(facts[each.name]) for each in fields(Address)})


def lift(document: Document) -> Frozen:
    """What a document was frozen with, as version 2; what belongs to its kind alone is left out."""
    facts: Mapping[str, Any] = document.frozen
    if facts.get("version") == VERSION:
        own = {"why", "invoice_number", "invoice_issued_at", "refunded_at"}
        own |= {"replaces_number", "replaces_issued_at"}
        return {name: value for name, value in facts.items() if name not in own}
    lines = [
        SoldLine(
            product=each["product"],
            price_point=each["price_point"],
            quantity=each["quantity"],
            discount_minor=0,
            net_minor=each["net_minor"],
            tax_minor=each["tax_minor"],
            tax_rate=find_tax_rate(each["net_minor"], each["tax_minor"]) if each["tax_minor"] else None,
        )
        for each in facts["lines"]
    ]
    seller, buyer = read_address(facts["seller"]), read_address(facts["buyer"])
    kept = ("buyer_email", "order_id", "payment_number", "paid_at", "currency", "locale", "time_zone")
    lifted: Frozen = {
        "version": VERSION,
        **_seller_facts(SellerProfile(seller, facts["colour"], None, small_business=False, footer="")),
        "buyer": asdict(buyer),
        **{name: facts[name] for name in kept},
        "paid_by": asdict(PaidBy()),
    }
    treated = with_treatments(lines, seller_id=seller.tax_id, buyer_id=buyer.tax_id, is_small_business=False)
    return with_lines(lifted, treated)
