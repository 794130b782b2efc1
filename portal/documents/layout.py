"""What the typst page prints: all words and amounts ready, in the document's locale; nothing to compute."""

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from billing.records import Address, Card
from billing.states import DocumentKind
from locales.card_words import brand_name, card_name
from locales.labels import label
from locales.translator import Translator
from portal.documents.colour import accent_of
from portal.documents.columns import columns, row, totals
from portal.documents.countries import country_name
from portal.documents.frozen import Printed
from portal.documents.glyphs import clean, font_order
from portal.documents.notes import tax_notes

# A line of the footer holds about so many letters; characters of Chinese and Japanese are as wide as two.
_FOOTER_LETTERS = 120
_MOST_FOOTER_LINES = 8
_MOST_LETTERS = 600  # of one text on paper; the e-invoice has all of it
_UNBROKEN = 24  # letters without a space that fit wherever words stand
_MOST_BREAKS = 48  # of one text: typst takes some 500 in a paragraph, and an address is one of eight lines
_BREAK = "\u200b"  # nothing to see, but a line may end here
_LTR, _RTL = "\u200e", "\u200f"  # nothing to see: which way what is beside or between them is written
_POINTS = re.compile("[\u064b-\u0652]")
_OTHERS = {"letterhead", "seller", "buyer", "rows", "footer"}  # whose words are not ours


def lay_out(printed: Printed, say: Translator) -> object:
    """Strings in lists and mappings, as JSON and typst both know them; each character can be drawn."""
    title = label(printed.kind, say)
    language, _, region = say.language.partition("-")
    words: dict[str, object] = {
        "title": title,
        "letterhead": printed.seller_name,
        "order_id": [say.text("Order ID"), printed.order_id] if printed.order_id else [],
        "facts": _facts(printed, say),
        "seller": [_seller_label(printed, say), *_address_lines(printed.seller, say)],
        "buyer": [_buyer_label(printed, say), *_address_lines(printed.buyer, say)],
        "columns": columns(printed, say),
        "rows": [row(line, printed, say) for line in printed.lines],
        "totals": totals(printed, say),
        "total": [_total_label(printed, say), say.money(printed.gross)],
        "closing": _closing(printed, say),
        "notes": tax_notes(printed, say),
        "footer": _footer(printed),
        "running": " · ".join((f"{title} {printed.number}", printed.seller_name)),
    }
    words |= {name: change_strings(words[name], _shortened) for name in words}
    if say.direction == "rtl":
        words |= {name: change_strings(words[name], _for_rtl) for name in words}
        words |= {name: change_strings(words[name], _unpointed) for name in words if name not in _OTHERS}
    page = change_strings(words, lambda text: _breakable(clean(text)))
    assert isinstance(page, dict)
    return page | {
        "document_title": clean(f"{title} {printed.number}"),
        "author": _shortened(clean(printed.seller_name)),
        "logo_says": clean(say.text("Logo of {name}", name=printed.seller_name)),
        "language": language,
        "region": region,
        "direction": say.direction,
        "fonts": font_order(say.language, page),
        "accent": accent_of(printed.colour),
        "footer_lines": _count_lines(page["footer"]),
        "may_be_long": _may_be_long(page),
        "is_steered": any(mark in json.dumps(page, ensure_ascii=False) for mark in (_BREAK, _LTR, _RTL)),
    }


def _facts(printed: Printed, say: Translator) -> list[list[str]]:
    facts = [
        [_number_label(printed, say), printed.number],
        [say.text("Issued on"), say.date(printed.issued_at)],
    ]
    if printed.invoice_number and printed.invoice_issued_at:
        day = say.date(printed.invoice_issued_at)
        named = say.text("{number} of {day}", number=printed.invoice_number, day=day)
        facts.append([say.text("For invoice"), named])
    if printed.replaces_number and printed.replaces_issued_at:
        day = say.date(printed.replaces_issued_at)
        named = say.text("{number} of {day}", number=printed.replaces_number, day=day)
        facts.append([say.text("Replaces invoice"), named])
    facts.append([say.text("Paid on"), say.date(printed.paid_at)])
    if printed.refunded_at:
        facts.append([say.text("Refunded on"), say.date(printed.refunded_at)])
    if paid_with := _paid_with(printed):
        facts.append([say.text("Paid with"), paid_with])
    return facts


def _number_label(printed: Printed, say: Translator) -> str:
    match printed.kind:
        case DocumentKind.INVOICE:
            return say.text("Invoice number")
        case DocumentKind.CREDIT_NOTE:
            return say.text("Credit note number")
        case DocumentKind.RECEIPT:
            return say.text("Receipt number")


def _paid_with(printed: Printed) -> str:
    """The card as people know it from their bank's statement, else what the payment went through."""
    by = printed.paid_by
    card = Card(by.brand, by.last_four, None)
    return card_name(card).strip() if by.last_four else brand_name(card) or by.through


def _seller_label(printed: Printed, say: Translator) -> str:
    return say.text("Paid to") if printed.kind is DocumentKind.RECEIPT else say.text("From")


def _buyer_label(printed: Printed, say: Translator) -> str:
    return say.text("Received from") if printed.kind is DocumentKind.RECEIPT else say.text("To")


def _address_lines(address: Address, say: Translator) -> list[str]:
    """Company and name, then the address, then what identifies them for tax; never an empty line."""
    names = [address.company, address.name] if address.company != address.name else [address.name]
    city = " ".join(filter(None, (address.postcode, address.city)))
    tax = say.text("Tax ID: {tax_id}", tax_id=address.tax_id) if address.tax_id else ""
    country = country_name(address.country, say.locale)
    lines = (*names, address.street, city, address.region, country, address.email, tax)
    return [line for line in lines if line]


def _total_label(printed: Printed, say: Translator) -> str:
    if printed.kind is DocumentKind.RECEIPT:
        return say.text("Amount received")
    return say.text("Total refunded") if printed.refunded_at else say.text("Total")


def _closing(printed: Printed, say: Translator) -> str:
    if printed.why == "correction":
        return say.text(
            "This takes the invoice back, so that a corrected one can stand in for it. Nothing is paid back."
        )
    if printed.refunded_at:
        return say.text(
            "{amount} went back on {day} the way it was paid.",
            amount=printed.gross,
            day=say.date(printed.refunded_at),
        )
    return say.text("Paid in full on {day}. Nothing is left to pay.", day=say.date(printed.paid_at))


def _footer(printed: Printed) -> list[str]:
    """The merchant's own lines; without them, whose document this is."""
    own = [line for line in printed.footer.splitlines() if line.strip()]
    if len(own) > _MOST_FOOTER_LINES:
        own = [*own[: _MOST_FOOTER_LINES - 1], " · ".join(own[_MOST_FOOTER_LINES - 1 :])]
    return own or [" · ".join(filter(None, (printed.seller_name, printed.number)))]


def _count_lines(lines: Sequence[str]) -> int:
    """How many lines these take on paper."""
    widths = (sum(2 if ord(c) > 0x2E80 else 1 for c in line) for line in lines)
    return sum(1 + width // _FOOTER_LETTERS for width in widths)


def _may_be_long(page: Mapping[str, Sequence[Sequence[str]]]) -> bool:
    """Whether it might not fit one page. A page surely holds five lines beside ordinary addresses."""
    parties = max(len(page["seller"]), len(page["buyer"]))
    below = len(page["totals"]) + len(page["notes"]) + len(page["footer"])
    longest = max((len(words) for row in page["rows"] for words in row), default=0)
    return len(page["rows"]) > 5 or parties > 12 or below > 12 or longest > 120


def _shortened(text: str) -> str:
    """What nobody reads to its end must not keep a document from being drawn."""
    return text if len(text) <= _MOST_LETTERS else f"{text[: _MOST_LETTERS - 1]}…"


def _breakable(text: str) -> str:
    """The same with places to break in words that no line would hold, such as long addresses."""
    if len(text) <= _UNBROKEN:
        return text
    step = -(-len(text) // _MOST_BREAKS)
    return " ".join(_broken(word, step) if len(word) > _UNBROKEN else word for word in text.split(" "))


def _broken(word: str, step: int) -> str:
    return _BREAK.join(word[at : at + step] for at in range(0, len(word), step))


def _for_rtl(text: str) -> str:
    """A line without a letter that is read from right to left stays in order: `10115 Berlin`."""
    is_other = any(unicodedata.bidirectional(c) in {"R", "AL", "AN"} for c in text)
    if is_other or not any(c.isalpha() for c in text):
        return text
    return _LTR + text.replace(_LTR, "").replace(_RTL, "") + _LTR


def _unpointed(text: str) -> str:
    """Arabic as everyday writing has it: with vowel signs it would be garbled where it is copied out."""
    return _POINTS.sub("", text)


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
