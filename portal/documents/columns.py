"""The table of a document: which columns it needs, its rows, and the sums below."""

from decimal import Decimal

from billing.money import total
from billing.states import DocumentKind
from locales.translator import Translator
from portal.documents.frozen import Line, Printed, TaxSum
from portal.documents.notes import note_mark


def columns(printed: Printed, say: Translator) -> list[str]:
    """The headings; the first column takes all room that the others leave."""
    if printed.kind is DocumentKind.RECEIPT:
        return [say.text("Description"), say.text("Quantity"), say.text("Amount")]
    optional = [(_has_discount(printed), say.text("Discount")), (len(printed.taxes) > 1, say.text("Tax"))]
    return [
        say.text("Description"),
        say.text("Quantity"),
        say.text("Unit price"),
        *(heading for is_needed, heading in optional if is_needed),
        say.text("Net") if printed.tax else say.text("Amount"),
    ]


def row(line: Line, printed: Printed, say: Translator) -> list[str]:
    """Name, what is said about it, and a cell for each column after the first."""
    name = say.text("Shipping") if line.is_shipping else line.product
    about = [] if line.is_shipping or not line.price_point else [line.price_point]
    if printed.payment_number and not line.is_shipping:
        about.append(say.text("Payment {number}", number=printed.payment_number))
    words = [name, " · ".join(about), say.number(line.quantity)]
    if printed.kind is DocumentKind.RECEIPT:
        return [*words, say.money(line.gross)]
    words.append(say.price(line.unit_price, line.net.currency))
    if _has_discount(printed):
        words.append(say.money(-line.discount) if line.discount else "–")
    if len(printed.taxes) > 1:
        words.append(_rate(line, printed, say))
    return [*words, say.money(line.net)]


def totals(printed: Printed, say: Translator) -> list[list[str]]:
    """What the total is made of; nothing where that would only say it again. Receipts say the total alone."""
    if printed.kind is DocumentKind.RECEIPT:
        return []
    sums = []
    if _has_discount(printed):
        discount = total((line.discount for line in printed.lines), printed.net.currency)
        sums += [
            [say.text("Subtotal"), say.money(printed.net + discount)],
            [say.text("Discount"), say.money(-discount)],
        ]
    if printed.tax:
        sums.append([say.text("Net"), say.money(printed.net)])
    if printed.tax or len(printed.taxes) > 1:
        sums += [[_tax_label(one, printed, say), say.money(one.tax)] for one in printed.taxes]
    return sums


def _has_discount(printed: Printed) -> bool:
    return any(line.discount for line in printed.lines)


def _rate(line: Line, printed: Printed, say: Translator) -> str:
    """The line's rate with the mark of the note that explains why there is none."""
    rate = say.percent(Decimal(line.rate) / 100) if line.rate is not None else "–"
    return f"{rate}{note_mark(line.treatment, printed)}"


def _tax_label(one: TaxSum, printed: Printed, say: Translator) -> str:
    if one.rate is None:
        return say.text("Tax") + note_mark(one.treatment, printed)
    rate = say.percent(Decimal(one.rate) / 100)
    if len(printed.taxes) == 1:
        return say.text("Tax ({rate})", rate=rate)
    return say.text("Tax ({rate}) on {amount}", rate=rate, amount=one.net) + note_mark(one.treatment, printed)
