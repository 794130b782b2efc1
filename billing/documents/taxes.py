"""Taxes of documents, pure: VAT ids, why there is no tax, the one rate of an amount, shares of an invoice."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

from billing.documents.records import SoldLine
from billing.errors import Invalid
from billing.states import TaxTreatment

# What follows the country in a VAT id of the European Union; Greece writes EL, Northern Ireland XI.
_SHAPES: Mapping[str, str] = {
    "AT": r"U\d{8}",
    "BE": r"[01]\d{9}",
    "BG": r"\d{9,10}",
    "CY": r"\d{8}[A-Z]",
    "CZ": r"\d{8,10}",
    "DE": r"\d{9}",
    "DK": r"\d{8}",
    "EE": r"\d{9}",
    "EL": r"\d{9}",
    "ES": r"[A-Z0-9]\d{7}[A-Z0-9]",
    "FI": r"\d{8}",
    "FR": r"[A-Z0-9]{2}\d{9}",
    "HR": r"\d{11}",
    "HU": r"\d{8}",
    "IE": r"\d[A-Z0-9+*]\d{5}[A-Z]{1,2}",
    "IT": r"\d{11}",
    "LT": r"(?:\d{9}|\d{12})",
    "LU": r"\d{8}",
    "LV": r"\d{11}",
    "MT": r"\d{8}",
    "NL": r"[A-Z0-9+*]{12}",
    "PL": r"\d{10}",
    "PT": r"\d{9}",
    "RO": r"\d{2,10}",
    "SE": r"\d{12}",
    "SI": r"\d{8}",
    "SK": r"\d{10}",
    "XI": r"(?:\d{9}|\d{12}|(?:GD|HA)\d{3})",
}
MOST_TAX_ID = 40
_SIGNS = re.compile(r"[\s.\-/]")
_T = TaxTreatment


def vat_country(tax_id: str) -> str:
    """The country of a VAT id of the European Union, by its prefix and shape; empty for any other id."""
    plain = _SIGNS.sub("", tax_id).upper()
    shape = _SHAPES.get(plain[:2])
    return plain[:2] if shape and re.fullmatch(shape, plain[2:], re.ASCII) else ""


def checked_tax_id(tax_id: str) -> str:
    """As typed, without white space around; raises `Invalid` (tax_id) for one that its country cannot have.

    Ids of countries whose shape we do not know are taken as they are.
    """
    tax_id = " ".join(tax_id.split())
    if len(tax_id) > MOST_TAX_ID:
        raise Invalid("tax_id", "too-long", most=MOST_TAX_ID)
    if _SIGNS.sub("", tax_id)[:2].upper() in _SHAPES and not vat_country(tax_id):
        raise Invalid("tax_id", "bad-tax-id")
    return tax_id


def with_treatments(
    lines: Sequence[SoldLine], *, seller_id: str, buyer_id: str, is_small_business: bool
) -> tuple[SoldLine, ...]:
    """Every line with why it bears the tax it bears, and at which rate, where one can be told.

    What stands outside of all tax does not stand beside what does not: there it is taxed at zero.
    """
    untaxed = _why_untaxed(seller_id, buyer_id, is_small_business=is_small_business)
    told = [_treated(line, untaxed) for line in lines]
    if len({line.treatment for line in told}) > 1:
        told = [replace(e, treatment=_T.ZERO) if e.treatment is _T.OUTSIDE else e for e in told]
    known = {line.tax_rate for line in told if line.tax_rate and line.treatment is _T.STANDARD}
    return tuple(_rated(line, known) for line in told)


def _why_untaxed(seller_id: str, buyer_id: str, *, is_small_business: bool) -> TaxTreatment:
    """Where nobody said why there is no tax."""
    if is_small_business:
        return _T.SMALL_BUSINESS
    seller, buyer = vat_country(seller_id), vat_country(buyer_id)
    if seller and buyer and seller != buyer:
        return _T.REVERSE_CHARGE
    return _T.ZERO if seller_id.strip() else _T.OUTSIDE


def _treated(line: SoldLine, untaxed: TaxTreatment) -> SoldLine:
    if line.tax_minor > 0:
        rate = line.tax_rate or find_tax_rate(line.net_minor, line.tax_minor)
        return replace(line, treatment=_T.STANDARD, tax_rate=rate)
    treatment = line.treatment if line.treatment not in {None, _T.STANDARD} else untaxed
    return replace(line, treatment=treatment)


def _rated(line: SoldLine, known: set[str]) -> SoldLine:
    """A small amount fits many rates: the one that another line has is its rate as well."""
    if line.treatment is not _T.STANDARD:
        return replace(line, tax_rate=None if line.treatment is _T.OUTSIDE else "0")
    if line.tax_rate is None:
        fitting = [each for each in known if _fits(Decimal(each), line.net_minor, line.tax_minor)]
        return replace(line, tax_rate=fitting[0]) if len(fitting) == 1 else line
    return line


@lru_cache(maxsize=4096)
def find_tax_rate(net_minor: int, tax_minor: int) -> str | None:
    """The one rate in per cent, e.g. `19` or `7.7`, that makes this tax of this net; None if there is no one.

    Amounts are rounded, so a small one fits many rates: then none is claimed.
    """
    if not tax_minor:
        return "0"
    if net_minor <= 0 or tax_minor < 0:
        return None
    share = Decimal(tax_minor) * 100 / net_minor
    for digits in ("1", "0.1", "0.01"):
        step = Decimal(digits)
        middle = share.quantize(step)
        fitting = [r for r in (middle - step, middle, middle + step) if _fits(r, net_minor, tax_minor)]
        if len(fitting) == 1:
            return f"{fitting[0].normalize():f}"
        if fitting:
            return None
    return None


def _fits(rate: Decimal, net_minor: int, tax_minor: int) -> bool:
    return (net_minor * rate / 100).quantize(Decimal(1), ROUND_HALF_UP) == tax_minor


def share_out(whole: Sequence[int], given: Sequence[int], amount: int) -> list[int]:
    """What a further `amount` takes of each part of `whole`, after `given` was taken of them.

    By largest remainder over all that was taken so far, so that shares do not drift, add up, and are all
    of it in the end; and never less than nothing. ValueError for more than is left.
    """
    total, taken = sum(whole), sum(given) + amount
    if amount < 0 or taken > total:
        raise ValueError(f"{taken} of {total}")
    floors = [part * taken // total if total else 0 for part in whole]
    now = [max(each) for each in zip(floors, given, strict=True)]
    by_remainder = sorted(range(len(whole)), key=lambda i: (whole[i] * taken % total if total else 0, -i))
    rest = taken - sum(now)
    while rest > 0:  # one each to the largest remainders; who was rounded up before has theirs already
        for i in reversed(by_remainder):
            if rest and now[i] == floors[i] < whole[i]:
                now[i] += 1
                rest -= 1
    while rest < 0:  # more were rounded up before than there is room for now: the others wait
        for i in by_remainder:
            if rest and now[i] > given[i]:
                now[i] -= 1
                rest += 1
    return [after - before for after, before in zip(now, given, strict=True)]
