"""The words of mails about a conversation: a question confirmed, or an answer."""

from billing.records import Account, Customer, Entry, Ticket
from locales.translator import N_, Translator
from portal.letters.greeting import greet
from portal.letters.parts import Action, Letter, Paragraph, Quotation


def ticket_letter(
    to: Customer, account: Account, ticket: Ticket, entry: Entry, *, address: str, say: Translator
) -> Letter:
    """The customer's own question, confirmed, or what staff replied."""
    is_own = entry.by.startswith("customer:")
    if is_own:
        subject = say.text("We received your question {reference}", reference=ticket.reference)
        first = say.text("We received this on {when}:", when=entry.at)
        then = say.text("{merchant} will answer, and you get another mail then.", merchant=account.name)
    else:
        is_question = entry.verb == "ticket.asked"
        words = N_("A question about {reference}") if is_question else N_("Answer to {reference}")
        subject = say.text(words, reference=ticket.reference)
        first = say.text("{who} of {merchant} writes:", who=entry.by_name, merchant=account.name)
        then = say.text("Please answer there; replies to this mail are not read.")
    if ticket.subject:
        subject = f"{subject}: {ticket.subject}"
    there = Action(say.text("The whole conversation"), address)
    return Letter(to.email, subject, (greet(to, say), Quotation(first, entry.text), there, Paragraph(then)))
