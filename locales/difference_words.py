"""Sentences about differences between our books and the processor's: both sides, and what to do."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from billing.money import Currency, Money
from billing.processing.compared import DifferenceKind, RefundStands
from billing.records import Facts
from billing.states import DisputeState, OperationState, PaymentState, SubscriptionState
from locales.labels import label
from locales.translator import N_, Translator

# Each says what it means for money and what to do.
TO_DO: Mapping[DifferenceKind, str] = {
    DifferenceKind.REFUND_UNKNOWN_HERE: N_(
        "Until it is taken in (“selfbill import stripe”), this money looks as if it could be refunded "
        "once more."
    ),
    DifferenceKind.REFUND_MISSING_THERE: N_(
        "We told the customer that the money is on its way, and the processor knows of no refund. Look "
        "there before anybody refunds again."
    ),
    DifferenceKind.REFUND_AMOUNT: N_(
        "The customer got what the processor says. Compare the two, and make good what is missing there."
    ),
    DifferenceKind.REFUND_STATE: N_(
        "One side says that the money came back to you, the other that the customer has it. Look at the "
        "processor; if it came back, pay the customer in another way."
    ),
    DifferenceKind.OPERATION_HAPPENED: N_(
        "The money went back, and we still wait for the answer. Do not refund it again; if this stays so, "
        "ask whoever runs this server whether its worker runs."
    ),
    DifferenceKind.FAILED_OPERATION_HAPPENED: N_(
        "The money went back although the request counts as failed here. Do not try again, and tell the "
        "customer."
    ),
    DifferenceKind.REFUNDED_TWICE: N_(
        "The customer got the money twice for one request. Ask them for one of the two, and look at the "
        "processor who made the second."
    ),
    DifferenceKind.CHARGE_UNKNOWN_HERE: N_(
        "The customer sees no such payment here, and cannot ask about it. Have it taken in: “selfbill "
        "import stripe”."
    ),
    DifferenceKind.PAYMENT_MISSING_THERE: N_(
        "It cannot be refunded through this connection. Look whether it was paid at another account of "
        "the processor."
    ),
    DifferenceKind.CHARGE_AMOUNT: N_(
        "The customer paid what the processor says. Refund nothing of this here before the two agree."
    ),
    DifferenceKind.CHARGE_STATE: N_(
        "One side says that this was paid, the other that it failed. Refund nothing of it here before the "
        "two agree."
    ),
    DifferenceKind.DISPUTE_UNKNOWN_HERE: N_(
        "The bank takes this money back, and we would refund it as well. Refund nothing of this payment, "
        "and answer at the processor in time."
    ),
    DifferenceKind.DISPUTE_MISSING_THERE: N_(
        "We hold money back for a dispute that the processor does not know. Look there before it is refunded."
    ),
    DifferenceKind.DISPUTE_DIFFERS: N_(
        "What we offer to refund depends on the dispute. Refund nothing of this payment before the two agree."
    ),
    DifferenceKind.SUBSCRIPTION_UNKNOWN_HERE: N_(
        "The customer pays for it, and cannot cancel it here. Have it taken in: “selfbill import stripe”."
    ),
    DifferenceKind.SUBSCRIPTION_MISSING_THERE: N_(
        "The customer sees a subscription that nobody charges, and canceling it will fail. Look whether "
        "it stands at another account of the processor."
    ),
    DifferenceKind.SUBSCRIPTION_DIFFERS: N_(
        "The processor charges by its own word, the customer reads ours. “selfbill import stripe” takes "
        "over what the processor says."
    ),
}
_STATES: Mapping[str, type[StrEnum]] = {
    each.__name__: each
    for each in (RefundStands, OperationState, PaymentState, DisputeState, SubscriptionState)
}


def difference_sentence(facts: Facts, say: Translator) -> str:
    """What differs, what each side says, and what to do; from the facts of `compared.Difference`."""
    kind = DifferenceKind(str(facts["difference"]))
    return say.text(
        N_("{what} ({name}). Here: {here}. At the processor: {there}. {todo}"),
        what=label(kind, say),
        name=facts.get("name") or facts["processor_id"],
        here=side_words(facts, "here", say),
        there=side_words(facts, "there", say),
        todo=say.text(TO_DO[kind]),
    )


def side_words(facts: Facts, side: str, say: Translator) -> str:
    """What `here` or `there` says of it."""
    words: list[object] = []
    if f"{side}_minor" in facts:
        amount, code = facts[f"{side}_minor"], facts[f"{side}_currency"]
        words.append(say.money(Money(int(str(amount)), Currency(str(code)))))
    if f"{side}_state" in facts:
        name, _, value = str(facts[f"{side}_state"]).partition(".")
        words.append(label(_STATES[name](value), say))
    if f"{side}_until" in facts:
        until = datetime.fromisoformat(str(facts[f"{side}_until"]))
        words.append(say.text(N_("until {when}"), when=until))
    return ", ".join(map(str, words)) or say.text(N_("nothing"))
