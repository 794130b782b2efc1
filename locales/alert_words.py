"""What people must look at, in sentences: what happened, what it means for money, what to do.

The placeholders are facts of the alert; `amount` is of `amount_minor` and `currency`. An alert that lacks one
shows a dash there.
"""

import re
from collections.abc import Mapping

from billing.money import Currency, Money
from billing.processing.records import Alert
from billing.records import Facts
from billing.states import AlertKind, DisputeState
from locales.difference_words import difference_sentence
from locales.texts import failure_sentence
from locales.translator import N_, Translator

_PLACE = re.compile(r"{(\w+)}")
_OF_MONEY: Mapping[AlertKind, str] = {
    AlertKind.UNKNOWN_FOR_LONG: N_(
        "{reference}: for an hour it is not known whether {amount} went back. Nothing is sent a second "
        "time, and the processor is asked again and again. Look there what became of it, and write to the "
        "customer."
    ),
    AlertKind.KEY_MISMATCH: N_(
        "{reference}: the processor knows our key with other contents, so we do not know whether "
        "{amount} went back. Nothing is sent any more. Look there; once this is marked as looked at, the "
        "refund counts as failed unless it is found there."
    ),
}
_DOUBLE = N_(
    "{amount} of order {order_id} went back a second time for one request, as the processor shows. It is "
    "counted here. Ask the customer for the money, and look at the processor who did this."
)
_DISPUTE: Mapping[str, str] = {
    DisputeState.INQUIRY.value: N_(
        "The bank asks about {amount} of order {order_id}, and has taken no money yet. Answer at the "
        "processor in time, so that no dispute comes of it."
    ),
    DisputeState.LOST.value: N_(
        "The bank has decided for the customer: {amount} of order {order_id} is lost, and is not refunded "
        "here any more. There is nothing left to do."
    ),
}
_SENTENCE: Mapping[AlertKind, str] = {
    AlertKind.UNKNOWN_FOR_LONG: N_(
        "{reference}: for an hour it is not known whether the processor did this. Nothing is done a "
        "second time. Look there how the subscription stands, and write to the customer."
    ),
    AlertKind.KEY_MISMATCH: N_(
        "{reference}: the processor knows our key with other contents, so we do not know whether this "
        "was done. Nothing is sent any more. Look there; once this is marked as looked at, it counts as "
        "failed unless it is found there."
    ),
    AlertKind.REVERSED: N_(
        "{reference}: the refund of {amount} came back to you, the customer did not get it. The request "
        "is open again: try again, or pay them in another way."
    ),
    AlertKind.DISPUTED: N_(
        "The customer disputes {amount} of order {order_id} at their bank. That money is not refunded "
        "here meanwhile, and requests about it wait. Answer at the processor in time."
    ),
    AlertKind.REFUND_CROSSED_DISPUTE: N_(
        "{amount} of order {order_id} went back while the bank disputes the same payment, so you may lose "
        "the money twice. Tell the bank at the processor that it was refunded."
    ),
    AlertKind.REFUNDED_ELSEWHERE: N_(
        "{amount} of order {order_id} was refunded at the processor itself, and that is more than our "
        "books have left, so it is not counted here. Compare the refunds of this payment before you "
        "refund more."
    ),
    AlertKind.CARD_STEP_UNKNOWN: N_(
        "For an hour it is not known whether a customer's new card is in use. The old one may be charged "
        "once more. Look at the processor which card pays."
    ),
    AlertKind.CONNECTION_LOST: N_(
        "The payment processor takes our key no more. Nothing is refunded, canceled or read; what was "
        "approved waits and is not lost. Give a new key on the page Payments."
    ),
}


def alert_sentence(alert: Alert, say: Translator) -> str:
    """What happened, what it means for money, and what to do."""
    if alert.kind is AlertKind.DIFFERENCE:
        return difference_sentence(alert.facts, say)
    known = _known(alert.facts, say)
    source = _OF_MONEY.get(alert.kind) if "amount" in known else None
    source = _DISPUTE.get(str(alert.facts.get("dispute"))) or source or _SENTENCE[alert.kind]
    source = _DOUBLE if alert.facts.get("is_double") else source
    told = say.text(source, **{**dict.fromkeys(_PLACE.findall(source), "–"), **known})
    if alert.kind is AlertKind.REVERSED and alert.facts.get("failure"):
        return f"{told} {failure_sentence(str(alert.facts['failure']), say)}"
    return told


def _known(facts: Facts, say: Translator) -> dict[str, object]:
    known: dict[str, object] = {name: fact for name, fact in facts.items() if fact not in {None, ""}}
    if "amount_minor" in facts and "currency" in facts:
        currency = Currency(str(facts["currency"]))
        known["amount"] = say.money(Money(int(str(facts["amount_minor"])), currency))
    return known
