"""What the typst page prints: all words and amounts ready, in the document's locale; nothing to compute."""

from collections.abc import Callable
from decimal import Decimal

from billing.records import Address
from billing.states import DocumentKind
from locales.labels import label
from locales.translator import Translator
from portal.documents.colour import accent_of
from portal.documents.countries import country_name
from portal.documents.frozen import Line, Printed
from portal.documents.glyphs import clean


def lay_out(printed: Printed, say: Translator) -> object:
    """Strings in lists and mappings, as JSON and typst both know them; each character can be drawn."""
    title = label(printed.kind, say)
    page = {
        "language": say.language,
        "direction": say.direction,
        "accent": accent_of(printed.colour),
        "title": title,
        "document_title": f"{title} {printed.number}",
        "author": printed.seller.company or printed.seller.name,
        "order_id": [say.text("Order ID"), printed.order_id],
        "facts": _facts(printed, say),
        "seller": [say.text("From"), *_address_lines(printed.seller, say)],
        "buyer": [say.text("To"), *_address_lines(printed.buyer, say)],
        "columns": [say.text("Description"), say.text("Quantity"), say.text("Net"), say.text("Amount")],
        "rows": [_row(line, printed, say) for line in printed.lines],
        "totals": _totals(printed, say),
        "total": [_total_label(printed, say), say.money(printed.gross)],
        "closing": _closing(printed, say),
        "footer": " · ".join(filter(None, (printed.seller.company or printed.seller.name, printed.number))),
    }
    return change_strings(page, clean)


def _facts(printed: Printed, say: Translator) -> list[list[str]]:
    number = (
        say.text("Invoice number") if printed.kind is DocumentKind.INVOICE else say.text("Credit note number")
    )
    facts = [[number, printed.number], [say.text("Issued on"), say.date(printed.issued_at)]]
    if printed.invoice_number and printed.invoice_issued_at:
        of = say.text(
            "{number} of {day}", number=printed.invoice_number, day=say.date(printed.invoice_issued_at)
        )
        facts.append([say.text("For invoice"), of])
    facts.append([say.text("Paid on"), say.date(printed.paid_at)])
    if printed.refunded_at:
        facts.append([say.text("Refunded on"), say.date(printed.refunded_at)])
    return facts


def _address_lines(address: Address, say: Translator) -> list[str]:
    """Company and name, then the address, then what identifies them for tax; never an empty line."""
    names = [address.company, address.name] if address.company != address.name else [address.name]
    city = " ".join(filter(None, (address.postcode, address.city)))
    tax = say.text("Tax ID: {tax_id}", tax_id=address.tax_id) if address.tax_id else ""
    country = country_name(address.country, say.locale)
    lines = (*names, address.street, city, address.region, country, address.email, tax)
    return [line for line in lines if line]


def _row(line: Line, printed: Printed, say: Translator) -> list[str]:
    about = [line.price_point] if line.price_point else []
    if printed.payment_number:
        about.append(say.text("Payment {number}", number=printed.payment_number))
    return [
        line.product,
        " · ".join(about),
        say.number(line.quantity),
        say.money(line.net),
        say.money(line.gross),
    ]


def _totals(printed: Printed, say: Translator) -> list[list[str]]:
    if not printed.tax:
        return []
    rate = printed.tax_rate
    tax = say.text("Tax ({rate})", rate=say.percent(Decimal(rate) / 100)) if rate else say.text("Tax")
    return [[say.text("Net"), say.money(printed.net)], [tax, say.money(printed.tax)]]


def _total_label(printed: Printed, say: Translator) -> str:
    return say.text("Total") if printed.kind is DocumentKind.INVOICE else say.text("Total refunded")


def _closing(printed: Printed, say: Translator) -> str:
    if printed.refunded_at:
        return say.text(
            "{amount} went back on {day} the way it was paid.",
            amount=printed.gross,
            day=say.date(printed.refunded_at),
        )
    return say.text("Paid in full on {day}. Nothing is left to pay.", day=say.date(printed.paid_at))


def change_strings(value: object, change: Callable[[str], str]) -> object:
    """The same data with every string in it changed."""
    match value:
        case str():
            return change(value)
        case list():
            return [change_strings(one, change) for one in value]
        case dict():
            return {name: change_strings(one, change) for name, one in value.items()}
        case _:
            return value
