"""Countries as buyers wrote them: their ISO code, and their name in the reader's language."""

from functools import cache

from babel import Locale


def country_code(country: str) -> str:
    """ISO 3166-1 of an English country name, or of a code as it is; empty if neither."""
    if len(country) == 2 and country.isascii() and country.isalpha():
        return country.upper()
    return _codes_by_name().get(country.casefold(), "")


def country_name(country: str, locale: Locale) -> str:
    """The name in this locale; as it was written where we do not know it."""
    return str(locale.territories.get(country_code(country), country))


@cache
def _codes_by_name() -> dict[str, str]:
    names = Locale("en").territories
    return {name.casefold(): code for code, name in names.items() if len(code) == 2 and code.isalpha()}
