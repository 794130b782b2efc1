"""Everything that the product says in codes has words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from enum import StrEnum

import pytest

from billing import errors, plans, policy, states
from billing.errors import (
    AboveLimit,
    AlreadyDecided,
    Invalid,
    NotInPlan,
    NotOffered,
    RefundTooLarge,
    Refusal,
    TooMany,
)
from billing.ids import AccountId, EntryId, TicketId, new_id
from billing.money import Currency, Money
from billing.plans import Counted
from billing.records import Entry, Facts
from billing.states import EntryKind, PlanName, RefundReason, RequestKind, RequestState
from locales.labels import LABELS, label, reason_label
from locales.texts import PROBLEM, SENTENCE, STEP, event_sentence, failure_sentence, sentence, sentence_of
from locales.translator import get_translator

SAY = get_translator("en")
WHEN = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
USD = Currency("USD")
VERBS = """request.asked request.approved request.half_approved request.denied request.withdrawn
    request.retried operation.sent operation.unknown operation.succeeded operation.failed
    operation.reversed operation.not_permitted operation.unknown_for_long operation.key_mismatch
    request.held request.unheld request.lost_to_bank request.overtaken request.done_elsewhere
    request.reversed_elsewhere request.refunded_beside request.dispute_inquiry request.dispute_open
    request.dispute_won request.dispute_lost ticket.opened ticket.replied
    ticket.noted ticket.asked ticket.assigned ticket.unassigned ticket.snoozed ticket.woken ticket.woke
    ticket.closed ticket.reopened""".split()


def refusals(kind: type[Refusal] = Refusal) -> Iterator[type[Refusal]]:
    yield kind
    for each in kind.__subclasses__():
        yield from refusals(each)


# Pages and documents say these in sentences of their own, or in letters that are the same everywhere.
UNSEEN = {
    StrEnum,
    states.ConnectingStep,
    states.AlarmKind,
    states.ConnectionState,
    states.ConnectionEnd,
    states.Permission,
    states.CardChangeState,
    states.CardPageKind,
    states.CardStepKind,
    states.TaxTreatment,
    states.BundleForm,
}


def enums() -> Iterator[type[StrEnum]]:
    for module in (states, policy, plans):
        for each in vars(module).values():
            if isinstance(each, type) and issubclass(each, StrEnum) and each not in UNSEEN:
                yield each


def entry(verb: str, **facts: str | int) -> Entry:
    told: Facts = facts
    return Entry(
        id=new_id(EntryId),
        account_id=new_id(AccountId),
        ticket_id=new_id(TicketId),
        kind=EntryKind.EVENT,
        by="staff:1",
        by_name="Dana",
        text="",
        verb=verb,
        facts=told,
        at=WHEN,
    )


def test_every_refusal_has_a_sentence():
    codes = {each.code for each in refusals() if each.__module__ == errors.__name__}
    assert codes == set(SENTENCE)


def test_every_member_of_every_enum_has_a_label():
    for kind in enums():
        assert set(LABELS[kind]) == set(kind), kind
        for member in kind:
            assert label(member, SAY)


@pytest.mark.parametrize(
    ("refusal", "said"),
    [
        (
            AlreadyDecided(who="Dana", when=WHEN, state=RequestState.DENIED),
            "Dana already answered this on Nov 22, 2026, 12:00\u202fPM UTC: Denied.",
        ),
        (
            RefundTooLarge("amount", asked=Money(5900, USD), left=Money(100, USD)),
            "$59.00 is more than the $1.00 that can still be refunded.",
        ),
        (AboveLimit(limit=Money(5000, USD)), "This is above $50.00, which is as much as you may decide."),
        (NotInPlan(plan=PlanName.STARTER), "The plan Starter does not include this."),
        (
            NotInPlan(plan=PlanName.STARTER, what=Counted.DOMAINS, limit=0),
            "The plan Starter does not include this.",
        ),
        (
            NotInPlan(plan=PlanName.GROWTH, what=Counted.HELPDESKS, limit=5),
            "Helpdesks in the plan Growth: at most 5. Archive one, or change the plan.",
        ),
        (NotOffered(why=policy.Blocked.NOTHING_LEFT), "This payment has been refunded in full."),
        (NotOffered(), "This is not possible at the moment."),
        (Invalid("message", "too-long", most=3000), "Please write at most 3,000 characters."),
        (Invalid("answer", "missing"), "Please fill this in."),
        (Invalid("x", "something-new"), PROBLEM["invalid"]),
        (TooMany(retry_after=61), "That was too many tries. Please try again in 2 minutes."),
        (TooMany(retry_after=5), "That was too many tries. Please try again in 1 minute."),
    ],
)
def test_refusals_are_said_with_their_facts(refusal, said):
    assert sentence(refusal, SAY) == said


def test_codes_of_the_outbox_are_said_like_refusals():
    assert sentence_of("not-offered", {"why": "disputed"}, SAY) == label(policy.Blocked.DISPUTED, SAY)
    assert sentence_of("never-heard-of", {}, SAY) == SENTENCE["refused"]


def test_every_verb_of_the_timeline_has_a_sentence():
    assert set(VERBS) == set(STEP)
    for verb in VERBS:
        for facts in ({}, {"amount_minor": 5900, "currency": "USD", "failure": "declined"}):
            said = event_sentence(entry(verb, whom="Erin", until="2026-11-23T09:00:00+00:00", **facts), SAY)
            assert "{" not in said
            assert said.endswith(".")


def test_steps_of_money_name_the_amount():
    facts = {"amount_minor": 5900, "currency": "USD"}
    assert event_sentence(entry("request.approved", **facts), SAY) == "Dana approved a refund of $59.00."
    failed = event_sentence(entry("operation.failed", failure="insufficient_funds", **facts), SAY)
    assert failed == (
        "The refund of $59.00 failed: The merchant's balance at the payment processor was too low."
    )


def test_unknown_failures_are_shown_as_they_are():
    assert failure_sentence("brand_new", SAY) == "The payment processor said “brand_new”."


def test_reasons_are_those_of_the_kind():
    assert reason_label(RequestKind.REFUND, RefundReason.DUPLICATE.value, SAY) == "I was charged twice"
    assert reason_label(RequestKind.CANCEL, "", SAY) == ""
