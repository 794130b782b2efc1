"""The words of the mail to a customer whose card was changed, or could not be: no link to the processor."""

from billing.processing.card_asking import NamedSteps
from billing.processing.records import CardChange
from billing.records import Account, Customer
from billing.states import CardChangeState, CardStepKind, OperationState
from locales.card_words import card_name, card_problem, step_sentence
from locales.translator import N_, Translator
from portal.letters.parts import Action, Items, Letter, Paragraph, SmallPrint, gather

_MORE = N_("See what became of it")
_NOT_YOU = N_("If it was not you who changed the card, please write to {merchant} at once.")


def changed_letter(
    customer: Customer,
    account: Account,
    change: CardChange,
    steps: NamedSteps,
    *,
    address: str,
    say: Translator,
) -> Letter:
    """The new card is in use: for what, and what was overdue. `steps` come with their products."""
    assert change.card is not None
    return Letter(
        customer.email,
        say.text("Your card at {merchant} was changed", merchant=account.name),
        (
            Paragraph(say.text("{card} pays from now on.", card=card_name(change.card))),
            Items(_sentences(steps, say)),
            Action(say.text(_MORE), address),
            SmallPrint(say.text(_NOT_YOU, merchant=account.name)),
        ),
    )


def confirmed_letter(
    customer: Customer,
    account: Account,
    change: CardChange,
    steps: NamedSteps,
    *,
    address: str,
    say: Translator,
) -> Letter:
    """After the bank's yes: what was overdue is paid. The mail before had said that the bank asks."""
    pays = (CardStepKind.PAY_INVOICE, OperationState.SUCCEEDED)
    paid = _sentences([each for each in steps if (each[0].kind, each[0].state) == pays], say)
    return Letter(
        customer.email,
        paid[-1].rstrip("."),
        (Items(paid), Action(say.text(_MORE), address)),
    )


def undone_letter(
    customer: Customer,
    account: Account,
    change: CardChange,
    steps: NamedSteps,
    *,
    address: str,
    say: Translator,
) -> Letter:
    """Something stayed undone, or all of it did."""
    if change.state is CardChangeState.FAILED:
        subject = say.text("Your card at {merchant} was not changed", merchant=account.name)
        why = card_problem(change.problem, say)
        told = say.text("You wanted to change the card that pays. Nothing was changed.")
        return Letter(
            customer.email,
            subject,
            gather(
                [Paragraph(told), Paragraph(why) if why else None, Action(say.text(_MORE), address)],
            ),
        )
    undone = [(step, product) for step, product in steps if step.state is OperationState.FAILED]
    is_serious = any(step.kind is not CardStepKind.DROP_CARD for step, _ in undone)
    return Letter(
        customer.email,
        say.text("Something about your new card at {merchant} is not done", merchant=account.name),
        gather(
            [
                Items(_sentences(undone, say)),
                Paragraph(say.text("You can try another card, or write to us.")) if is_serious else None,
                Action(say.text(_MORE), address),
            ]
        ),
    )


def _sentences(steps: NamedSteps, say: Translator) -> tuple[str, ...]:
    return tuple(text for step, product in steps if (text := step_sentence(step, product, say)))
