"""Countries as buyers wrote them: their ISO code, and their name in the reader's language."""

from collections.abc import Mapping
from functools import cache

from babel import Locale

from locales.catalogues import AVAILABLE

# What forms of checkouts call countries that CLDR calls otherwise.
_ALSO: Mapping[str, str] = {
    "bolivia, plurinational state of": "BO",
    "brunei darussalam": "BN",
    "burma": "MM",
    "cape verde": "CV",
    "czech republic": "CZ",
    "england": "GB",
    "great britain": "GB",
    "holland": "NL",
    "hong kong": "HK",
    "iran, islamic republic of": "IR",
    "ivory coast": "CI",
    "korea, republic of": "KR",
    "korea": "KR",
    "lao people's democratic republic": "LA",
    "macao": "MO",
    "macau": "MO",
    "macedonia": "MK",
    "moldova, republic of": "MD",
    "northern ireland": "GB",
    "palestine": "PS",
    "republic of ireland": "IE",
    "republic of korea": "KR",
    "russian federation": "RU",
    "scotland": "GB",
    "slovak republic": "SK",
    "swaziland": "SZ",
    "syrian arab republic": "SY",
    "taiwan, province of china": "TW",
    "tanzania, united republic of": "TZ",
    "the netherlands": "NL",
    "turkey": "TR",
    "u.k.": "GB",
    "u.s.": "US",
    "u.s.a.": "US",
    "uae": "AE",
    "uk": "GB",
    "united states of america": "US",
    "usa": "US",
    "vatican city": "VA",
    "venezuela, bolivarian republic of": "VE",
    "viet nam": "VN",
    "wales": "GB",
}
# VAT numbers of Greece and of Northern Ireland start with other letters than their countries' codes.
_VAT_PREFIXES: Mapping[str, str] = {"EL": "GR", "XI": "GB"}


def country_code(country: str) -> str:
    """ISO 3166-1 of a country's name in English or another of our languages, or of a code as it is.

    Empty if it is neither.
    """
    code = country.strip().upper()
    if code in _codes():
        return code
    return _codes_by_name().get(country.strip().casefold(), "")


def country_name(country: str, locale: Locale) -> str:
    """The name in this locale; as it was written where we do not know it."""
    return str(locale.territories.get(country_code(country), country))


def vat_country(tax_id: str) -> str:
    """The code of the country in front of a VAT number; empty for a number that has none in front."""
    prefix = tax_id.strip()[:2].upper()
    return _VAT_PREFIXES.get(prefix, prefix if prefix in _codes() else "")


@cache
def _codes() -> frozenset[str]:
    """Two letters; CLDR's own for what is no country are left out."""
    names = [str(code) for code in Locale("en").territories]
    return frozenset(c for c in names if len(c) == 2 and c.isalpha()) - {
        "EU",
        "EZ",
        "QO",
        "UN",
        "ZZ",
        "XA",
        "XB",
    }


@cache
def _codes_by_name() -> dict[str, str]:
    """English names win where two languages call two countries the same."""
    languages = [*(tag for tag in AVAILABLE if tag != "en"), "en"]
    named = [Locale.parse(tag, sep="-").territories for tag in languages]
    found = {str(names[code]).casefold(): code for names in named for code in _codes() if code in names}
    return {**_ALSO, **found}
