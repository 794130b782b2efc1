"""The words of mails to who wants to sign in: the code, and one's own Order IDs."""

from collections.abc import Sequence
from datetime import datetime

from billing.records import Account
from locales.translator import Translator
from portal.letters.parts import Action, Code, Items, Letter, Paragraph, SmallPrint


def code_letter(
    to: str, account: Account, *, purpose: str, number: str, minutes: int, say: Translator
) -> Letter:
    """The code and what it is for. No link: whoever reads it types it where they asked for it."""
    if purpose == "sign-in":
        what_for = say.text("Use this code to sign in at {merchant}:", merchant=account.name)
    else:
        what_for = say.text(
            "Use this code at {merchant} before you open documents, change your card or ask for a refund:",
            merchant=account.name,
        )
    valid = say.plural(
        "It is valid for {n} minute, once, in the browser that asked for it.",
        "It is valid for {n} minutes, once, in the browser that asked for it.",
        minutes,
    )
    warning = say.text(
        "If you did not ask for it, you need not do anything. Give this code to nobody; we never ask for it."
    )
    subject = say.text("Your code for {merchant}", merchant=account.name)
    return Letter(to, subject, (Paragraph(what_for), Code(number), Paragraph(valid), SmallPrint(warning)))


def order_ids_letter(
    to: str,
    account: Account,
    orders: Sequence[tuple[str, datetime, str]],
    *,
    address: str,
    say: Translator,
) -> Letter:
    """All Order IDs of a customer, newest first, and where they sign in."""
    lines = tuple(
        say.text("{order_id}: {product}, paid on {day}", order_id=one, product=what, day=say.date(at))
        for one, at, what in orders
    )
    none = Paragraph(say.text("There are none: no payment of yours has gone through."))
    return Letter(
        to,
        say.text("Your Order IDs at {merchant}", merchant=account.name),
        (
            Paragraph(say.text("These are your Order IDs at {merchant}:", merchant=account.name)),
            Items(lines) if lines else none,
            Paragraph(say.text("Any of them signs you in, together with this e-mail address.")),
            Action(say.text("Sign in"), address),
            SmallPrint(say.text("If you did not ask for this, you need not do anything.")),
        ),
    )
