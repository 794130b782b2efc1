"""Pure: the modals that decide: denying in words of one's own or ready ones, and saying yes to a part."""

from collections.abc import Sequence

from billing.emails import mask_email
from billing.merchant import AnswerTemplate
from billing.money import Money
from billing.text_places import Place, fill_places
from billing.views import RequestView
from bot.actions import ANSWER_ACTION, ANSWER_BLOCK, DENY_VIEW, PART_VIEW, PREVIEW_BLOCK
from bot.facts import consent_of, summary, two_people
from bot.marks import Block, bold, clean, escape, plain
from bot.modals import field, modal, option, paragraph, small, text_field
from bot.story import with_place
from locales.amounts import typed_amount
from locales.translator import Translator

TEMPLATE_BLOCK = "template"
AMOUNT_BLOCK = "amount"
MOST_AMOUNT = 30


def deny_view(
    view: RequestView, metadata: str, say: Translator, answers: Sequence[AnswerTemplate] = ()
) -> Block:
    """The modal that asks why. A ready answer is shown before it is sent; one's own words go at once."""
    choices = [option(each.name, each.id.hex) for each in answers]
    ready = [_template_field(choices, say)] if choices else []
    own = text_field(
        ANSWER_BLOCK,
        say.text("Message to the customer"),
        hint=say.text("The customer reads it on their page and in an e-mail."),
        optional=bool(choices),
    )
    return _deny_frame(metadata, [paragraph(summary(view, say)), *ready, own], say)


def _template_field(choices: list[Block], say: Translator) -> Block:
    menu = {
        "type": "static_select",
        "action_id": ANSWER_ACTION,
        "placeholder": plain(say.text("Choose an answer template"), 150),
        "options": choices,
    }
    hint = say.text("Deny then shows the message as the customer will read it, still to be changed.")
    return field(TEMPLATE_BLOCK, say.text("Answer template"), menu, hint=hint, optional=True)


def deny_preview(view: RequestView, metadata: str, text: str, say: Translator) -> Block:
    """The second step: the message as the customer will read it, still to be changed."""
    blocks = [
        paragraph(summary(view, say)),
        {"type": "divider"},
        small(say.text("The customer will read:")),
        paragraph(fill_places(text, {Place.CUSTOMER_NAME: say.text("[the customer's name]")})),
        {"type": "divider"},
        text_field(PREVIEW_BLOCK, say.text("Message to the customer"), initial=text),
    ]
    if Place.CUSTOMER_NAME.written in text:
        place = Place.CUSTOMER_NAME.written
        blocks.append(
            small(say.text("{place} becomes the customer's name, which is not shown in Slack.", place=place))
        )
    return _deny_frame(metadata, blocks, say)


def _deny_frame(metadata: str, blocks: list[Block], say: Translator) -> Block:
    return modal(
        DENY_VIEW, metadata, blocks, say, title=say.text("Deny this request"), submit=say.text("Deny")
    )


def part_view(view: RequestView, metadata: str, say: Translator) -> Block:
    """Yes to a part, or with a message: what was asked, what went back before, what is left."""
    request, consent = view.request, consent_of(view)
    blocks = [paragraph(summary(view, say))]
    if request.amount is not None and view.payment is not None:
        blocks.append({"type": "section", "fields": _money_fields(view, say)})
        blocks.append(_amount_field(request.amount, consent.amount or request.amount, say))
    blocks.append(
        text_field(
            ANSWER_BLOCK,
            say.text("Message to the customer"),
            hint=say.text("The customer reads it on their page and in an e-mail."),
            initial=with_place(consent.first.answer, view.customer) if consent.first else "",
            optional=True,
        )
    )
    blocks.append(small(_warning(view, say)))
    return modal(PART_VIEW, metadata, blocks, say, title=say.text("Approve"), submit=say.text("Approve"))


def _money_fields(view: RequestView, say: Translator) -> list[Block]:
    payment, asked = view.payment, view.request.amount
    assert payment is not None
    assert asked is not None
    left = payment.captured - payment.refunded - payment.disputed
    facts = {
        say.text("Asked for"): asked,
        say.text("Paid"): payment.captured,
        say.text("Already refunded"): payment.refunded,
        say.text("Left to refund"): left,
    }
    return [bold(what, escape(say.money(amount))) for what, amount in facts.items()]


def _amount_field(asked: Money, proposed: Money, say: Translator) -> Block:
    return text_field(
        AMOUNT_BLOCK,
        say.text("Amount"),
        hint=say.text(
            "All of {amount} that was asked for, or less. What is not refunded stays paid.", amount=asked
        ),
        initial=typed_amount(proposed, say),
        multiline=False,
        most=MOST_AMOUNT,
    )


def _warning(view: RequestView, say: Translator) -> str:
    """What pressing the button means."""
    consent, customer = consent_of(view), clean(mask_email(view.customer.email), 80)
    if view.request.amount is None:
        return say.text("The subscription of {customer} ends as they asked.", customer=customer)
    sentence = say.text("The amount goes back to {customer}. This cannot be undone.", customer=customer)
    if consent.first is not None:
        facts = {"who": clean(consent.first.by_name, 100), "amount": consent.first.amount}
        first = say.text("{who} said yes to {amount}; yours to the same amount completes it.", **facts)
        return f"{first} {sentence}"
    return (
        f"{two_people(view, say)} {sentence}" if view.account.two_people_above_minor is not None else sentence
    )
