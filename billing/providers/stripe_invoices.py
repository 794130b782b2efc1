"""Stripe's invoices in our words: what was sold, what of it is tax, and which payments go with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import stripe

from billing.documents.records import SoldLine
from billing.processor_facts import ProcessorInvoice
from billing.providers.stripe_amounts import money_of
from billing.providers.stripe_catalogue import Catalogue, Wares, written
from billing.providers.stripe_client import told
from billing.providers.stripe_facts import id_of, moment
from billing.providers.stripe_sold import are_whole, shipping_line, sold_line

_OF_SUBSCRIPTION = "subscription_item_details"


async def learn_wares(catalogue: Catalogue, invoices: Iterable[stripe.Invoice]) -> Wares:
    """The names of what these invoices are about."""
    lines = [line for each in invoices for line in each.lines.data]
    prices = [_price(line) for line in lines if _recurs(line)]
    return await catalogue.learn([_product(line) for line in lines], prices)


def invoice_fact(invoice: stripe.Invoice, wares: Wares) -> ProcessorInvoice:
    """An invoice, with its payments if they are expanded; ValueError for a currency that ISO does not know.

    Several lines are told by the one that says most: of the subscription, then the largest amount.
    """
    line = _main_line(invoice)
    details = told(told(invoice, "parent"), "subscription_details")
    tax = sum(each.amount for each in told(invoice, "total_taxes") or [])
    return ProcessorInvoice(
        id=invoice.id,
        customer=id_of(invoice.customer),
        subscription=id_of(told(details, "subscription")),
        payment_intents=payment_intents_of(invoice),
        number=invoice.number or "",
        product=_ware(line, wares) or invoice.description or "",
        price_point=_point(line, invoice.currency, wares),
        total=money_of(invoice.total, invoice.currency),
        tax=money_of(tax, invoice.currency),
        due=money_of(invoice.amount_remaining, invoice.currency),
        is_open=invoice.status == "open",
        made_at=moment(invoice.created),
        link=told(invoice, "hosted_invoice_url") or "",
        lines=_sold(invoice, wares),
    )


def _sold(invoice: stripe.Invoice, wares: Wares) -> tuple[SoldLine, ...]:
    """Its lines, if they are all of it; else none."""
    names = ((each, _ware(each, wares), _point(each, invoice.currency, wares)) for each in invoice.lines.data)
    lines = (*(sold_line(*each) for each in names), *shipping_line(invoice))
    return lines if are_whole(lines, invoice) else ()


def payment_intents_of(invoice: stripe.Invoice) -> tuple[str, ...]:
    """Of all payments that were tried for it; a charge made without an intent stands for itself."""
    payments = told(invoice, "payments")
    said = [each.payment for each in payments.data] if payments else []
    ids = [id_of(told(each, "payment_intent")) or id_of(told(each, "charge")) for each in said]
    return tuple(each for each in ids if each)


def _main_line(invoice: stripe.Invoice) -> stripe.InvoiceLineItem | None:
    lines: Sequence[stripe.InvoiceLineItem] = invoice.lines.data
    return max(lines, key=lambda line: (_recurs(line), line.amount), default=None)


def _recurs(line: stripe.InvoiceLineItem) -> bool:
    return bool(told(told(line, "parent"), "type") == _OF_SUBSCRIPTION)


def _product(line: stripe.InvoiceLineItem) -> str:
    return id_of(told(told(told(line, "pricing"), "price_details"), "product"))


def _price(line: stripe.InvoiceLineItem) -> str:
    return id_of(told(told(told(line, "pricing"), "price_details"), "price"))


def _ware(line: stripe.InvoiceLineItem | None, wares: Wares) -> str:
    return "" if line is None else wares.name_of(_product(line)) or line.description or ""


def _point(line: stripe.InvoiceLineItem | None, currency: str, wares: Wares) -> str:
    if line is None:
        return ""
    if _recurs(line):
        return wares.point_of(_price(line))
    return written(told(told(line, "pricing"), "unit_amount_decimal"), currency)
