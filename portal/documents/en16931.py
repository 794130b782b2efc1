"""What EN 16931 wants to know of a document: categories of VAT, and amounts that add up as it adds them."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from billing.money import Money
from billing.states import TaxTreatment
from locales.translator import Translator
from portal.documents.countries import vat_country
from portal.documents.frozen import Line, Printed, TaxSum
from portal.documents.glyphs import visible
from portal.documents.notes import tax_note

_Kind = tuple[TaxTreatment, str | None]
_T = TaxTreatment

# UNTDID 5305, and the code of why there is no tax (VATEX); a small business is exempt like others.
_CATEGORY = {
    _T.STANDARD: "S",
    _T.ZERO: "Z",
    _T.EXEMPT: "E",
    _T.SMALL_BUSINESS: "E",
    _T.REVERSE_CHARGE: "AE",
    _T.EXPORT: "G",
    _T.OUTSIDE: "O",
}
_REASON_CODE = {"AE": "VATEX-EU-AE", "G": "VATEX-EU-G", "O": "VATEX-EU-O"}
_MOST_DIGITS = 2  # of every amount but a price (BR-DEC-01 and those after it)
_PRICE_DIGITS = 4
_TOLERANCE = 1  # BR-CO-17: what a tax may differ from basis times rate, in whole units of the currency


@dataclass(frozen=True, slots=True)
class BilledLine:
    """Amounts as text. `price` is of `price_of` pieces; `rate` is empty outside the scope of VAT."""

    name: str
    about: str
    quantity: int
    price: str
    price_of: int
    discount: str
    why_discount: str
    net: str
    category: str
    rate: str


@dataclass(frozen=True, slots=True)
class BilledTax:
    """One row of the breakdown by category and rate."""

    category: str
    rate: str
    net: str
    tax: str
    reason: str
    reason_code: str


@dataclass(frozen=True, slots=True)
class Billed:
    """A document in the terms of the standard; nothing is left to pay."""

    lines: tuple[BilledLine, ...]
    taxes: tuple[BilledTax, ...]
    net: str
    tax: str
    gross: str
    nothing: str
    seller_id: str
    notes: tuple[str, ...]
    is_outside: bool


def bill(printed: Printed, say: Translator) -> Billed:
    """With sums that hold after rounding, too.

    The standard knows two digits at most. Amounts of currencies with three (KWD, BHD, …) are rounded where
    they stand lowest, lines and taxes, and everything above is the sum of what was rounded; so sums hold
    (BR-CO-10 to 17), the total may differ by some thousandths, and a note says the exact one.
    """
    kinds = {(tax.treatment, tax.rate): _kind(tax, printed) for tax in printed.taxes}
    lines = [_line(line, kinds[line.treatment, line.rate], say) for line in printed.lines]
    taxes = list(_taxes(printed, kinds, say))
    net = sum((Decimal(line.net) for line in lines), Decimal(0))
    tax = sum((Decimal(one.tax) for one in taxes), Decimal(0))
    digits = min(printed.gross.currency.exponent, _MOST_DIGITS)
    is_outside = any(category == "O" for category, _ in kinds.values())
    exact = say.text("Exact total: {amount}", amount=printed.gross)
    return Billed(
        lines=tuple(lines),
        taxes=tuple(taxes),
        net=_text(net, digits),
        tax=_text(tax, digits),
        gross=_text(net + tax, digits),
        nothing=_text(Decimal(0), digits),
        seller_id="" if vat_country(printed.seller.tax_id) and not is_outside else _other_id(printed),
        notes=(exact,) if net + tax != printed.gross.decimal else (),
        is_outside=is_outside,
    )


def _kind(tax: TaxSum, printed: Printed) -> tuple[str, str]:
    """Category and rate: those of the treatment, where seller and buyer have the ids that it asks for."""
    seller, buyer = printed.seller.tax_id, printed.buyer.tax_id
    category = _CATEGORY[tax.treatment]
    if category == "S" and (not printed.tax or (not tax.tax and tax.rate is None)):
        category = "Z"  # a small refund's share of the tax may round to nothing
    if category == "AE" and not (vat_country(seller) and vat_country(buyer)):
        category = "E"
    if category == "G" and not vat_country(seller):
        category = "E"
    if not seller and not printed.tax:
        category = "O"  # who has no number is not named in any other category
    if category == "S":
        return category, _rate(tax)
    return category, "" if category == "O" else "0"


def _rate(tax: TaxSum) -> str:
    """The stated one where it makes this tax, else the one that does, with as few digits as do."""
    if tax.rate is not None and _makes(Decimal(tax.rate), tax):
        return tax.rate
    if not tax.net:
        return tax.rate or "0"
    share = Decimal(tax.tax.minor) * 100 / tax.net.minor
    for digits in range(2, 8):
        rate = round(share, digits)
        if _makes(rate, tax):
            break
    return f"{rate:f}"


def _makes(rate: Decimal, tax: TaxSum) -> bool:
    return abs(tax.net.decimal * rate / 100 - tax.tax.decimal) < _TOLERANCE


def _line(line: Line, kind: tuple[str, str], say: Translator) -> BilledLine:
    full, net = _rounded(line.net + line.discount), _rounded(line.net)
    digits = min(line.net.currency.exponent, _MOST_DIGITS)
    price, price_of = full / line.quantity, 1
    if round(price, _PRICE_DIGITS) * line.quantity != full:
        price, price_of = full, line.quantity  # exact: so much for so many
    category, rate = kind
    return BilledLine(
        name=say.text("Shipping") if line.is_shipping else _named(line),
        about="" if line.is_shipping else line.price_point,
        quantity=line.quantity,
        price=_price(price, digits),
        price_of=price_of,
        discount=_text(full - net, digits) if line.discount else "",
        why_discount=say.text("Discount"),
        net=_text(net, digits),
        category=category,
        rate=rate,
    )


def _named(line: Line) -> str:
    """What was sold must have a name (BR-25), and not every processor is told one."""
    return next((each for each in (line.product, line.price_point) if visible(each)), "–")


def _taxes(printed: Printed, kinds: dict[_Kind, tuple[str, str]], say: Translator) -> Iterator[BilledTax]:
    """One for each category and rate; a basis is the sum of its lines (BR-S-08 and its like)."""
    digits = min(printed.gross.currency.exponent, _MOST_DIGITS)
    for kind in dict.fromkeys(kinds.values()):
        category, rate = kind
        net = sum((_rounded(e.net) for e in printed.lines if kinds[e.treatment, e.rate] == kind), Decimal(0))
        sums = [one for one in printed.taxes if kinds[one.treatment, one.rate] == kind]
        tax = sum((_rounded(one.tax) for one in sums), Decimal(0))
        yield BilledTax(
            category=category,
            rate=rate,
            net=_text(net, digits),
            tax=_text(tax, digits),
            reason=_reason(category, sums, say),
            reason_code=_REASON_CODE.get(category, ""),
        )


def _reason(category: str, sums: list[TaxSum], say: Translator) -> str:
    """Why there is no tax, in the words on the paper; every category but S and Z asks for it."""
    if category in {"S", "Z"}:
        return ""
    said = (tax_note(one.treatment, say) for one in sums)
    fallback = tax_note(_T.OUTSIDE if category == "O" else _T.EXEMPT, say)
    return " ".join(dict.fromkeys(filter(None, said))) or fallback


def _other_id(printed: Printed) -> str:
    """Who sells must be named by some id (BR-CO-26): where it is no VAT id, by another that buyers know."""
    return printed.seller.tax_id or printed.seller.email or printed.seller_name


def _rounded(money: Money) -> Decimal:
    digits = min(money.currency.exponent, _MOST_DIGITS)
    return money.decimal.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _price(price: Decimal, digits: int) -> str:
    """With the digits of the currency at least, and more only where they say something."""
    exact = round(price, _PRICE_DIGITS)
    return _text(price, digits) if exact == round(price, digits) else f"{exact.normalize():f}"


def _text(amount: Decimal, digits: int) -> str:
    return f"{round(amount, digits):f}"
