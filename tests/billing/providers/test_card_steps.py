"""What is done with a new card: each step once, what is so already is done, and a no has its reason."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from billing.money import Currency, Money
from billing.processing.records import CardChange, CardStep
from billing.processor import AnswerLost, KeyMismatch, Outcome, StepAnswer
from billing.states import CardStepKind, OperationKind
from selfbill.sandbox.processor.resources.cards import FAILS_LATER
from tests.billing.providers.making import card_change, card_step, operation
from tests.billing.providers.processors import Processor, SmallStripe

MOVE, DEFAULT = CardStepKind.MOVE_SUBSCRIPTION, CardStepKind.SET_DEFAULT
PAY, DROP = CardStepKind.PAY_INVOICE, CardStepKind.DROP_CARD
DONE = StepAnswer(Outcome.SUCCEEDED)
DUE = Money(3900, Currency("USD"))


async def with_card(processor: Processor, card: str = "mastercard") -> CardChange:
    """A customer whose new card was read back."""
    customer = await processor.customer()
    at = processor.clock() if isinstance(processor, SmallStripe) else datetime.now(UTC)
    return card_change(customer, at, method=await processor.another_card(customer, card))


async def do(processor: Processor, change: CardChange, step: CardStep) -> StepAnswer:
    return await processor.provider.carry_out_step(change, step)


async def see(processor: Processor, change: CardChange, step: CardStep) -> StepAnswer | None:
    return await processor.provider.find_step(change, step)


async def test_a_subscription_moves_to_the_new_card(processor: Processor) -> None:
    change = await with_card(processor)
    name = await processor.subscription(change.processor_customer)
    step = card_step(change, MOVE, name)
    assert await see(processor, change, step) is None
    assert await do(processor, change, step) == DONE
    assert await do(processor, change, step) == DONE
    assert await see(processor, change, step) == DONE
    there = await processor.provider.read_subscription(name)
    assert there is not None
    assert there.method == change.method
    assert there.card is not None
    assert there.card.last_four == "4444"


async def test_a_subscription_that_ended_does_not_move(processor: Processor) -> None:
    change = await with_card(processor)
    name = await processor.subscription(change.processor_customer)
    await processor.provider.carry_out(operation(OperationKind.CANCEL_NOW, name))
    ended = StepAnswer(Outcome.FAILED, failure="already_canceled")
    for target in (name, "sub_of_nobody"):
        step = card_step(change, MOVE, target)
        assert await do(processor, change, step) == ended
        assert await see(processor, change, step) == ended


async def test_anothers_card_pays_nothing(processor: Processor) -> None:
    change = await with_card(processor)
    name = await processor.subscription(await processor.customer())
    answer = await do(processor, change, card_step(change, MOVE, name))
    assert (answer.outcome, answer.failure) == (Outcome.FAILED, "resource_missing")


async def test_the_new_card_becomes_the_default(processor: Processor) -> None:
    change = await with_card(processor)
    step = card_step(change, DEFAULT, change.processor_customer)
    assert await see(processor, change, step) is None
    assert await do(processor, change, step) == DONE
    assert await see(processor, change, step) == DONE
    there = await processor.provider.read_customer(change.processor_customer)
    assert there is not None
    assert there.default_method == change.method


async def test_what_is_overdue_is_paid_once(processor: Processor) -> None:
    change = await with_card(processor)
    invoice = await processor.overdue(await processor.subscription(change.processor_customer))
    step = card_step(change, PAY, invoice, DUE)
    assert await see(processor, change, step) is None
    assert await do(processor, change, step) == DONE
    assert await do(processor, change, step) == DONE
    assert await do(processor, change, card_step(change, PAY, invoice, DUE)) == DONE
    there = await processor.provider.read_invoice(invoice)
    assert there is not None
    assert (there.is_open, there.due.minor) == (False, 0)


async def test_a_declined_card_says_why(processor: Processor) -> None:
    change = await with_card(processor, "declined")
    invoice = await processor.overdue(await processor.subscription(change.processor_customer))
    step = card_step(change, PAY, invoice, DUE)
    answer = await do(processor, change, step)
    assert (answer.outcome, answer.failure) == (Outcome.FAILED, "generic_decline")
    assert await see(processor, change, step) is None


async def test_a_bank_that_asks_is_answered_on_the_invoices_page(processor: Processor) -> None:
    change = await with_card(processor, "asks")
    invoice = await processor.overdue(await processor.subscription(change.processor_customer))
    step = card_step(change, PAY, invoice, DUE)
    answer = await do(processor, change, step)
    assert (answer.outcome, answer.failure) == (Outcome.PENDING, None)
    assert answer.link is not None
    assert await see(processor, change, step) == answer
    assert await do(processor, change, step) == answer
    if isinstance(processor, SmallStripe):
        assert not processor.sandbox.pay_with_saved_card(answer.link, authenticate=False).worked
        assert (await do(processor, change, step)).outcome is Outcome.PENDING
        assert processor.sandbox.pay_with_saved_card(answer.link).worked
        assert await see(processor, change, step) == DONE


async def test_a_decline_that_asks_for_a_yes_leads_to_the_invoices_page(small: SmallStripe) -> None:
    change = await with_card(small, "declined")
    invoice = await small.overdue(await small.subscription(change.processor_customer))
    with small.sandbox.state.by_hand(change.method):
        card = small.sandbox.state.get("payment_method", change.method)
        small.sandbox.state.store.put({**card, FAILS_LATER: "authentication_required"})
    answer = await do(small, change, card_step(change, PAY, invoice, DUE))
    assert answer.outcome is Outcome.PENDING
    assert answer.link is not None


async def test_a_customer_who_is_gone_has_no_default(small: SmallStripe) -> None:
    change = await with_card(small)
    await small.forget(change.processor_customer)
    step = card_step(change, DEFAULT, change.processor_customer)
    gone = StepAnswer(Outcome.FAILED, failure="no_customer")
    assert await see(small, change, step) == gone
    assert await do(small, change, step) == gone


async def test_no_more_is_paid_than_was_shown(processor: Processor) -> None:
    change = await with_card(processor)
    invoice = await processor.overdue(await processor.subscription(change.processor_customer))
    for shown in (Money(3899, Currency("USD")), Money(3900, Currency("EUR"))):
        answer = await do(processor, change, card_step(change, PAY, invoice, shown))
        assert (answer.outcome, answer.failure) == (Outcome.FAILED, "amount_changed")
    stranger = replace(change, processor_customer=await processor.customer())
    answer = await do(processor, stranger, card_step(stranger, PAY, invoice, DUE))
    assert (answer.outcome, answer.failure) == (Outcome.FAILED, "not_payable")
    there = await processor.provider.read_invoice(invoice)
    assert there is not None
    assert there.is_open


async def test_an_invoice_that_was_voided_is_not_paid(small: SmallStripe) -> None:
    change = await with_card(small)
    invoice = await small.overdue(await small.subscription(change.processor_customer))
    with small.sandbox.state.by_hand(invoice):
        there = small.sandbox.state.get("invoice", invoice)
        small.sandbox.state.store.put({**there, "status": "void"})
    step = card_step(change, PAY, invoice, DUE)
    assert await do(small, change, step) == StepAnswer(Outcome.FAILED, failure="not_payable")
    assert await see(small, change, step) == StepAnswer(Outcome.FAILED, failure="not_payable")


async def test_the_old_card_is_dropped_and_gone_is_done(processor: Processor) -> None:
    change = await with_card(processor)
    old = await processor.another_card(change.processor_customer, "visa")
    step = card_step(change, DROP, old)
    assert await see(processor, change, step) is None
    assert await do(processor, change, step) == DONE
    assert await do(processor, change, card_step(change, DROP, old)) == DONE
    assert await see(processor, change, step) == DONE
    assert await processor.provider.read_method_customer(old) is None
    assert await do(processor, change, card_step(change, DROP, "pm_of_nobody")) == DONE


async def test_the_card_of_somebody_else_is_not_dropped(processor: Processor) -> None:
    change = await with_card(processor)
    stranger = await processor.customer()
    theirs = await processor.another_card(stranger)
    answer = await do(processor, change, card_step(change, DROP, theirs))
    assert (answer.outcome, answer.failure) == (Outcome.FAILED, "not_of_this_customer")
    assert await processor.provider.read_method_customer(theirs) == stranger


async def test_a_steps_key_serves_one_step(processor: Processor) -> None:
    change = await with_card(processor)
    names = [await processor.subscription(change.processor_customer, each) for each in ("Gold", "Silver")]
    steps = [card_step(change, MOVE, each) for each in names]
    await do(processor, change, steps[0])
    with pytest.raises(KeyMismatch):
        await do(processor, change, replace(steps[1], key=steps[0].key))


@pytest.mark.parametrize("kind", ["lost_before", "lost_after", "status_after"])
async def test_a_lost_payment_is_read_back(small: SmallStripe, kind: str) -> None:
    change = await with_card(small)
    invoice = await small.overdue(await small.subscription(change.processor_customer))
    step = card_step(change, PAY, invoice, DUE)
    small.sandbox.state.faults.add(kind, method="POST", path="/v1/invoices/*")
    with pytest.raises(AnswerLost):
        await do(small, change, step)
    assert await see(small, change, step) == (None if kind == "lost_before" else DONE)
    assert await do(small, change, step) == DONE
