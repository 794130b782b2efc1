"""The words of the mail to owners: something about money must be looked at."""

from billing.processing.records import Alert
from billing.records import Account, Staff
from locales.alert_words import alert_sentence
from locales.labels import label
from locales.translator import Translator
from portal.letters.greeting import greet
from portal.letters.parts import Action, Letter, Paragraph


def alert_letter(account: Account, staff: Staff, alert: Alert, *, address: str, say: Translator) -> Letter:
    """What happened, what it means, what to do; `address` is the desk's inbox, where it stands above all."""
    return Letter(
        staff.email,
        say.text("{what} – {merchant}", what=label(alert.kind, say), merchant=account.name),
        (
            greet(staff, say),
            Paragraph(alert_sentence(alert, say)),
            Paragraph(say.text("It stands above the desk's inbox until somebody has looked at it.")),
            Action(say.text("Open the desk"), address),
        ),
    )
