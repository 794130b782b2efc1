"""How every letter to somebody with a name begins."""

from billing.records import Customer, Staff
from locales.translator import Translator
from portal.letters.parts import Paragraph


def greet(to: Customer | Staff, say: Translator) -> Paragraph:
    """By their name, if it is known."""
    return Paragraph(say.text("Hello {name},", name=to.name) if to.name else say.text("Hello,"))
