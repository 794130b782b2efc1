"""The ledger of what is done with a new card: written down at once, tried, recorded once, and its end."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import assert_never

from billing.actors import SystemActor
from billing.context import Context
from billing.errors import AlreadyDecided
from billing.ids import CardStepId, new_id
from billing.money import Money
from billing.ports import UnitOfWork
from billing.processing import card_telling as telling
from billing.processing.alerts import raise_alert, settle_alert
from billing.processing.messages import CardStepDue
from billing.processing.records import CardChange, CardStep
from billing.processor import CardPageAnswer, CardUses, Outcome, StepAnswer
from billing.states import (
    OPEN_OPERATION,
    AlertKind,
    CardChangeState,
    CardPageKind,
    CardStepKind,
    OperationState,
)

# A step that is unknown for so long is looked at by people too.
UNKNOWN_FOR_LONG = timedelta(hours=1)
# So long the bank waits for the customer's yes; then the invoice stays open.
BANK_WAITS = timedelta(hours=24)
_S = OperationState
# A new card is in use once these have succeeded; only then may the old one go.
_PUTS_TO_USE = frozenset({CardStepKind.MOVE_SUBSCRIPTION, CardStepKind.SET_DEFAULT})


async def begin_moving(
    ctx: Context, change: CardChange, page: CardPageAnswer, uses: CardUses, *, by: SystemActor
) -> None:
    """The new card was read back: kept with all that is done with it, each with its key, at once."""
    assert page.card is not None
    async with ctx.begin(by.account_id) as work:
        now = await work.cards.hold(change.id)
        if now.state is not CardChangeState.OPEN:
            return
        goes_on = {each.id for each in uses.subscriptions}
        moves = tuple(each for each in now.moves if each in goes_on)
        if not moves:
            await end_without_card(work, now, "ended", by=by, at=ctx.now())
            return
        moving = replace(
            now,
            state=CardChangeState.MOVING,
            link=None,
            method=page.method,
            card=page.card,
            moves=moves,
            moved_at=ctx.now(),
            expires_at=ctx.now() + BANK_WAITS,
        )
        moving = await work.cards.save(moving, expected=CardChangeState.OPEN)
        steps = _plan(moving, uses, at=ctx.now())
        await work.cards.add_steps(steps)
        await telling.tell_change(work, moving, "card.read_back", by=by, at=ctx.now())
        for step in steps:
            if step.kind is not CardStepKind.DROP_CARD:
                await _put(work, step, by=by, at=ctx.now())


async def _put(work: UnitOfWork, step: CardStep, *, by: SystemActor, at: datetime) -> None:
    message = CardStepDue(step.id)
    await work.outbox.put(message, at=at, trace_id=by.trace_id, dedupe=f"card-step:{step.id.hex}")


def _plan(change: CardChange, uses: CardUses, *, at: datetime) -> list[CardStep]:
    """Subscriptions, the customer's default, what is overdue if they agreed; the old card goes last."""
    kind, old = CardStepKind, change.old_method
    steps = [_planned(change, kind.MOVE_SUBSCRIPTION, each, at=at) for each in change.moves]
    is_default = change.page is CardPageKind.PORTAL or change.method_before in {"", old}
    if is_default:
        steps.append(_planned(change, kind.SET_DEFAULT, change.processor_customer, at=at))
    if change.pays_overdue:
        steps += [
            _planned(change, kind.PAY_INVOICE, each.invoice, each.due, at=at)
            for each in change.overdue
            if each.subscription in change.moves
        ]
    pays_others = any(
        (each.method or change.method_before) == old and each.id not in change.moves
        for each in uses.subscriptions
    )
    if old and old != change.method and not pays_others:
        steps.append(_planned(change, kind.DROP_CARD, old, at=at))
    return steps


def _planned(
    change: CardChange, kind: CardStepKind, target: str, amount: Money | None = None, *, at: datetime
) -> CardStep:
    return CardStep(
        id=new_id(CardStepId),
        account_id=change.account_id,
        change_id=change.id,
        kind=kind,
        state=OperationState.PLANNED,
        key=f"selfbill-card-step-{new_id(CardStepId).hex}",
        target=target,
        amount=amount,
        link=None,
        failure=None,
        tries=0,
        first_sent_at=None,
        last_sent_at=None,
        moved_at=at,
    )


async def end_without_card(
    work: UnitOfWork, change: CardChange, problem: str, *, by: SystemActor, at: datetime
) -> None:
    """No new card will come of it: said on its page and by mail."""
    failed = replace(
        change, state=CardChangeState.FAILED, problem=problem, link=None, moved_at=at, expires_at=None
    )
    failed = await work.cards.save(failed, expected=change.state)
    await telling.tell_change(work, failed, "card.change_failed", by=by, at=at)
    await telling.mail_change(work, failed, CardChangeState.FAILED.value, by=by, at=at)


async def begin_try(ctx: Context, step: CardStep, *, by: SystemActor) -> CardStep | None:
    """Commit that a byte may go out now; None: somebody has closed it."""
    try:
        async with ctx.begin(by.account_id) as work:
            return await work.cards.begin_step(step.id, at=ctx.now())
    except AlreadyDecided:
        return None


async def mark_unknown(ctx: Context, step: CardStep, *, by: SystemActor) -> None:
    """The answer was lost: it may have happened, or not. After an hour people are told."""
    async with ctx.begin(by.account_id) as work:
        change = await work.cards.hold(step.change_id)
        now = await work.cards.get_step(step.id)
        if now.state is _S.SENT:
            now = await work.cards.move_step(step.id, _S.SENT, _S.UNKNOWN, at=ctx.now())
            await telling.tell_step(work, change, now, "card.step_unknown", by=by, at=ctx.now())
        began = now.first_sent_at
        if now.state is _S.UNKNOWN and began is not None and ctx.now() - began >= UNKNOWN_FOR_LONG:
            await _raise(work, change, now, by=by, at=ctx.now())


async def _raise(
    work: UnitOfWork, change: CardChange, step: CardStep, *, by: SystemActor, at: datetime
) -> None:
    facts = {
        "customer": change.customer_id.hex,
        "kind": step.kind.value,
        "processor_id": step.target,
    }
    subject = telling.change_subject(change.id)
    await raise_alert(work, AlertKind.CARD_STEP_UNKNOWN, subject, facts, by=by, at=at)


async def record(ctx: Context, step: CardStep, answer: StepAnswer, *, by: SystemActor) -> bool:
    """What the processor said, once: a repeat changes nothing. Returns whether the step is closed now."""
    async with ctx.begin(by.account_id) as work:
        change = await work.cards.hold(step.change_id)
        now = await work.cards.get_step(step.id)
        if now.state not in OPEN_OPERATION:
            return True
        match answer.outcome:
            case Outcome.PENDING:
                await _keep_link(ctx, work, change, now, answer, by=by)
                return False
            case Outcome.SUCCEEDED:
                if now.link is not None:  # the mail before says that the bank asks
                    await telling.mail_change(work, change, telling.CONFIRMED, by=by, at=ctx.now())
                now = await work.cards.move_step(now.id, now.state, _S.SUCCEEDED, at=ctx.now())
                await telling.tell_step(work, change, now, "card.step_done", by=by, at=ctx.now())
                await _keep_card(work, change, now)
            case Outcome.FAILED:
                failure = answer.failure or "unknown"
                now = await work.cards.move_step(now.id, now.state, _S.FAILED, at=ctx.now(), failure=failure)
                await telling.tell_step(work, change, now, "card.step_failed", by=by, at=ctx.now())
            case _:
                assert_never(answer.outcome)
        await _go_on(work, change, by=by, at=ctx.now())
        return True


async def _keep_link(
    ctx: Context, work: UnitOfWork, change: CardChange, step: CardStep, answer: StepAnswer, *, by: SystemActor
) -> None:
    """The bank wants the customer's yes: its page is theirs alone, so the link is sealed."""
    if answer.link is None or (step.link is not None and ctx.vault.unseal(step.link) == answer.link):
        return
    await work.cards.note_link(step.id, ctx.vault.seal(answer.link))
    if step.link is None:
        await telling.tell_step(work, change, step, "card.bank_asks", by=by, at=ctx.now())
    await _go_on(work, change, by=by, at=ctx.now())


async def _keep_card(work: UnitOfWork, change: CardChange, step: CardStep) -> None:
    """A subscription of theirs that pays with the new card now says so."""
    if step.kind is not CardStepKind.MOVE_SUBSCRIPTION or change.card is None:
        return
    subscription = await work.purchases.find_subscription_by_processor(step.target)
    if subscription is not None and subscription.customer_id == change.customer_id:
        await work.cards.keep_card(subscription.id, change.card)


async def _go_on(work: UnitOfWork, change: CardChange, *, by: SystemActor, at: datetime) -> None:
    """After each step, with the change held: tell that the card changed, let the old one go, end."""
    steps = await work.cards.list_steps(change.id)
    puts = [each for each in steps if each.kind in _PUTS_TO_USE]
    if all(each.state not in OPEN_OPERATION for each in puts):
        moved = [each for each in puts if each.state is _S.SUCCEEDED]
        if any(each.kind is CardStepKind.MOVE_SUBSCRIPTION for each in moved):
            await telling.mail_change(work, change, telling.CHANGED, by=by, at=at)
    if not any(_is_unknown(each) for each in steps):
        await settle_alert(work, AlertKind.CARD_STEP_UNKNOWN, telling.change_subject(change.id), by=by, at=at)
    waiting = [each for each in steps if each.state in OPEN_OPERATION]
    if not waiting:
        await _end(work, change, steps, by=by, at=at)
    elif all(each.link or each.kind is CardStepKind.DROP_CARD for each in waiting):
        for each in waiting:
            if each.kind is CardStepKind.DROP_CARD:
                await _put(work, each, by=by, at=at)


def _is_unknown(step: CardStep) -> bool:
    return step.state is _S.UNKNOWN


async def _end(
    work: UnitOfWork, change: CardChange, steps: Sequence[CardStep], *, by: SystemActor, at: datetime
) -> None:
    is_whole = all(each.state is _S.SUCCEEDED for each in steps)
    state = CardChangeState.DONE if is_whole else CardChangeState.PARTLY
    ended = replace(change, state=state, moved_at=at, expires_at=None)
    ended = await work.cards.save(ended, expected=CardChangeState.MOVING)
    verb = "card.changed" if is_whole else "card.changed_partly"
    await telling.tell_change(work, ended, verb, by=by, at=at)
    if not is_whole:
        await telling.mail_change(work, ended, state.value, by=by, at=at)


async def may_drop(work: UnitOfWork, change: CardChange) -> bool:
    """Whether all that puts the new card to use has succeeded."""
    steps = await work.cards.list_steps(change.id)
    return all(each.state is _S.SUCCEEDED for each in steps if each.kind in _PUTS_TO_USE)
