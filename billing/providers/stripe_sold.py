"""The lines of Stripe's invoices as what was sold: pieces, discounts, and tax with why there is none."""

from __future__ import annotations

from collections.abc import Mapping

import stripe

from billing.documents.records import SoldLine
from billing.documents.taxes import find_tax_rate
from billing.providers.stripe_amounts import money_of
from billing.providers.stripe_client import told
from billing.states import TaxTreatment

# Why there is no tax, where that tells more than that there is none.
_UNTAXED: Mapping[str, TaxTreatment] = {
    "reverse_charge": TaxTreatment.REVERSE_CHARGE,
    "zero_rated": TaxTreatment.ZERO,
    "customer_exempt": TaxTreatment.EXEMPT,
    "product_exempt": TaxTreatment.EXEMPT,
    "product_exempt_holiday": TaxTreatment.EXEMPT,
    "portion_product_exempt": TaxTreatment.EXEMPT,
    "not_subject_to_tax": TaxTreatment.OUTSIDE,
}


def sold_line(line: stripe.InvoiceLineItem, product: str, price_point: str) -> SoldLine:
    """One line, after its discounts, its tax apart whether the price holds it or not."""
    off = sum(each.amount for each in told(line, "discount_amounts") or [])
    taxes = told(line, "taxes") or []
    tax = sum(each.amount for each in taxes)
    inside = sum(each.amount for each in taxes if each.tax_behavior == "inclusive")
    paid = line.amount - off
    net = paid - inside
    # Of a price that holds its tax, the discount does as well.
    net_off = (off * net + paid // 2) // paid if inside and paid > 0 else off
    currency = line.currency
    minor = [money_of(each, currency).minor for each in (net_off, net, tax)]
    reasons = [told(each, "taxability_reason") for each in taxes]
    return SoldLine(
        product=product,
        price_point=price_point,
        quantity=max(line.quantity or 1, 1),
        discount_minor=minor[0],
        net_minor=minor[1],
        tax_minor=minor[2],
        tax_rate=find_tax_rate(minor[1], minor[2]) if tax else None,
        treatment=None if tax else next((_UNTAXED[e] for e in reasons if e in _UNTAXED), None),
    )


def shipping_line(invoice: stripe.Invoice) -> tuple[SoldLine, ...]:
    """What was paid for shipping, if anything was."""
    cost = told(invoice, "shipping_cost")
    if cost is None or not cost.amount_total:
        return ()
    tax = money_of(cost.amount_tax, invoice.currency).minor
    net = money_of(cost.amount_total, invoice.currency).minor - tax
    rate = find_tax_rate(net, tax) if tax else None
    return (SoldLine("Shipping", "", 1, 0, net, tax, rate, is_shipping=True),)


def are_whole(lines: tuple[SoldLine, ...], invoice: stripe.Invoice) -> bool:
    """All lines were told, each for money or for nothing, and they come to the invoice's total.

    Credits for unused time are lines for less than nothing: such an invoice is told in one line.
    """
    if invoice.lines.has_more or any(min(e.net_minor, e.tax_minor, e.discount_minor) < 0 for e in lines):
        return False
    total = sum(each.net_minor + each.tax_minor for each in lines)
    return bool(lines) and total == money_of(invoice.total, invoice.currency).minor
