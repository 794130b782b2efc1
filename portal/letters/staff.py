"""The words of the mails to people who work here, or who are asked to: records in, subject and text out."""

from datetime import datetime

from billing.merchant import Invitation
from billing.messages import Notice
from billing.records import Account, Staff
from locales.labels import label
from locales.translator import N_, Translator
from portal.letters.greeting import greet
from portal.letters.parts import Action, Letter, Paragraph, SmallPrint

_HAPPENED = {
    Notice.NEW_PASSWORD: N_("Your password was changed on {when}. Everywhere else you were signed out."),
    Notice.FACTOR_SET: N_("A second factor was set up for you on {when}. An earlier one counts no more."),
    Notice.FACTOR_REMOVED: N_("Your second factor was removed on {when}. Your password alone signs you in."),
    Notice.FACTOR_RESET: N_(
        "An owner reset your second factor on {when}, and you were signed out everywhere. "
        "Your app and your recovery codes count no more."
    ),
    Notice.CODES_MADE: N_("New recovery codes were made for you on {when}. Earlier ones count no more."),
    Notice.CODE_USED: N_("One of your recovery codes was used on {when}. It counts no more."),
    Notice.SLACK_LINKED: N_(
        "You were linked to a Slack user on {when}. What that user does in Slack counts as yours from now on."
    ),
    Notice.SLACK_UNLINKED: N_("Your link to Slack was taken away on {when}. You decide at the desk only."),
}
_SUBJECT = {
    Notice.NEW_PASSWORD: N_("Your password at {merchant} was changed"),
    Notice.FACTOR_SET: N_("Your second factor at {merchant} was set up"),
    Notice.FACTOR_REMOVED: N_("Your second factor at {merchant} was removed"),
    Notice.FACTOR_RESET: N_("Your second factor at {merchant} was reset"),
    Notice.CODES_MADE: N_("New recovery codes at {merchant}"),
    Notice.CODE_USED: N_("A recovery code at {merchant} was used"),
    Notice.SLACK_LINKED: N_("You were linked to Slack at {merchant}"),
    Notice.SLACK_UNLINKED: N_("Your link to Slack at {merchant} was taken away"),
}


def invitation_letter(
    account: Account, invitation: Invitation, *, by_name: str, address: str, say: Translator
) -> Letter:
    """Who asks, as what, and the link that can be used once."""
    hello = say.text("Hello {name},", name=invitation.name) if invitation.name else say.text("Hello,")
    role = label(invitation.role, say)
    if by_name:
        asks = say.text(
            "{who} invites you to the desk of {merchant}. Your role: {role}.",
            who=by_name,
            merchant=account.name,
            role=role,
        )
    else:
        asks = say.text(
            "You are invited to the desk of {merchant}. Your role: {role}.", merchant=account.name, role=role
        )
    return Letter(
        invitation.email,
        say.text("Invitation to the desk of {merchant}", merchant=account.name),
        (
            Paragraph(hello),
            Paragraph(asks),
            Action(say.text("Choose your password"), address),
            Paragraph(say.text("The link works once, until {when}.", when=invitation.expires_at)),
            SmallPrint(say.text("If you do not know what this is about, you need not do anything.")),
        ),
    )


def notice_letter(
    account: Account, staff: Staff, notice: Notice, *, at: datetime, address: str, say: Translator
) -> Letter:
    """What was changed about somebody's own access, and what to do if it was not them."""
    return Letter(
        staff.email,
        say.text(_SUBJECT[notice], merchant=account.name),
        (
            greet(staff, say),
            Paragraph(say.text(_HAPPENED[notice], when=at)),
            Paragraph(
                say.text(
                    "If this was not you, please tell an owner of {merchant} at once.", merchant=account.name
                )
            ),
            Action(say.text("My account"), address),
        ),
    )
