"""Years as they stand in addresses and forms of ours."""

from billing.errors import NotFound


def read_year(text: str) -> int:
    """Four digits, since 1970; anything else is `NotFound`."""
    if not (text.isascii() and text.isdigit() and len(text) == 4 and int(text) >= 1970):
        raise NotFound
    return int(text)
