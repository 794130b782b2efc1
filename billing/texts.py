"""How long people's texts may be, and one place that checks them."""

from billing.errors import Invalid

MOST_TEXT = 3000
MOST_SUBJECT = 150


def checked_text(field: str, text: str, *, most: int = MOST_TEXT, required: bool = True) -> str:
    """The text without outer white space; raises `Invalid` (`missing`, or `too-long` with most)."""
    text = text.replace("\r\n", "\n").strip()
    if required and not text:
        raise Invalid(field, "missing")
    if len(text) > most:
        raise Invalid(field, "too-long", most=most)
    return text
