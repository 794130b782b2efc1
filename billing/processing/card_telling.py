"""Who hears about a card change: the journal of every step, and the customer by mail of what came of it."""

from datetime import datetime

from billing.actors import Actor
from billing.ids import CardChangeId
from billing.ports import UnitOfWork
from billing.processing.messages import CardMail
from billing.processing.records import CardChange, CardStep
from billing.records import Facts

# What a card mail tells, beside the states of a change: the moment the new card is in use.
CHANGED = "changed"
CONFIRMED = "confirmed"  # what was overdue is paid, after the bank's yes


def change_subject(change_id: CardChangeId) -> str:
    """How the journal and alerts name it."""
    return f"card-change:{change_id.hex}"


async def tell_change(
    work: UnitOfWork, change: CardChange, verb: str, *, by: Actor, at: datetime, facts: Facts | None = None
) -> None:
    """One line of the journal, with where the change stands now."""
    card = change.card
    told: Facts = {
        "state": change.state.value,
        "subscription": change.subscription_id.hex,
        "customer": change.customer_id.hex,
        "pays_overdue": change.pays_overdue,
        **({"problem": change.problem} if change.problem else {}),
        **({"brand": card.brand, "last_four": card.last_four} if card else {}),
        **(facts or {}),
    }
    await work.journal.write(by, verb, change_subject(change.id), at=at, facts=told)


async def tell_step(
    work: UnitOfWork, change: CardChange, step: CardStep, verb: str, *, by: Actor, at: datetime
) -> None:
    """One line of the journal for what became of a call."""
    amount = step.amount
    facts: Facts = {
        "step": step.id.hex,
        "kind": step.kind.value,
        "step_state": step.state.value,
        "processor_id": step.target,
        **({"failure": step.failure} if step.failure else {}),
        **({"amount_minor": amount.minor, "currency": amount.currency.code} if amount else {}),
    }
    await tell_change(work, change, verb, by=by, at=at, facts=facts)


async def mail_change(work: UnitOfWork, change: CardChange, what: str, *, by: Actor, at: datetime) -> None:
    """To the purchase e-mail, once for each of what can be told."""
    dedupe = f"mail:card:{what}:{change.id.hex}"
    await work.outbox.put(CardMail(change.id, what), at=at, trace_id=by.trace_id, dedupe=dedupe)
