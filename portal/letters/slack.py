"""The words of mails to owners about Slack itself: what is lost, what that means, what to do."""

from billing.records import Account, Staff
from locales.translator import N_, Translator
from portal.letters.greeting import greet
from portal.letters.parts import Action, Letter, Paragraph

_MORE = N_("See how Slack stands")


def slack_lost_letter(account: Account, staff: Staff, *, why: str, address: str, say: Translator) -> Letter:
    """The whole workspace is lost; `why` is a sentence, `address` the desk's page of Slack."""
    return Letter(
        staff.email,
        say.text("Slack is no longer connected to {merchant}", merchant=account.name),
        (
            greet(staff, say),
            Paragraph(why),
            Paragraph(
                say.text(
                    "No click in Slack counts from now on, and no new card is posted there. Requests wait in "
                    "the desk's inbox; who may decide is mailed when a new one comes."
                )
            ),
            Action(say.text(_MORE), address),
        ),
    )


def channel_lost_letter(
    account: Account, staff: Staff, *, helpdesk: str, why: str, address: str, say: Translator
) -> Letter:
    """One helpdesk's channel takes no message any more."""
    return Letter(
        staff.email,
        say.text(
            "No message reaches Slack from {helpdesk}, {merchant}", helpdesk=helpdesk, merchant=account.name
        ),
        (
            greet(staff, say),
            Paragraph(why),
            Paragraph(
                say.text(
                    "Until this is mended, no card of {helpdesk} appears in Slack. Its requests wait in the "
                    "inbox of the desk; who may decide is mailed when a new one comes.",
                    helpdesk=helpdesk,
                )
            ),
            Action(say.text(_MORE), address),
        ),
    )
