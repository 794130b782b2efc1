"""Checks of card changes: their steps, journal and what is due tell one story."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from billing.auditing_words import Broken, Finding
from billing.ports.audit import AuditedChange
from billing.states import (
    CARD_CHANGE_MOVES,
    OPEN_OPERATION,
    AlertKind,
    CardChangeState,
    CardStepKind,
    OperationState,
)

_Told = Iterator[tuple[Broken, str]]
# As for operations: time enough for the look that calls people.
_LONG = timedelta(hours=3)
_C = CardChangeState


def check_change(audited: AuditedChange, now: datetime) -> Iterator[Finding]:
    """Each finding names the change by its id."""
    for check in _CHECKS:
        for what, detail in check(audited):
            yield Finding(what, audited.change.id.hex, detail)
    for what, detail in _people_were_called(audited, now):
        yield Finding(what, audited.change.id.hex, detail)


def _steps_follow(audited: AuditedChange) -> _Told:
    state, steps = audited.change.state, [each.state for each in audited.steps]
    has_open = any(each in OPEN_OPERATION for each in steps)
    if state is _C.DONE and not all(each is OperationState.SUCCEEDED for each in steps):
        yield Broken.CARD_STEPS, "it is done, and not all of its steps have succeeded"
    elif state is _C.MOVING and not has_open:
        yield Broken.CARD_STEPS, "it is moving, and none of its steps is open"
    elif state is _C.PARTLY and (has_open or OperationState.FAILED not in steps):
        yield Broken.CARD_STEPS, "it is partly done, and its steps say otherwise"
    elif state in {_C.ASKED, _C.OPEN, _C.FAILED, _C.EXPIRED} and steps:
        yield Broken.CARD_STEPS, f"it is {state}, and has steps"


def _next_try(audited: AuditedChange) -> _Told:
    """The old card goes last: until then nothing is due for it."""
    change, steps = audited.change, audited.steps
    if change.state in {_C.ASKED, _C.OPEN} and change.id not in audited.undelivered:
        yield Broken.NO_NEXT_TRY, f"it is {change.state}, and nothing will go on with it"
    others_wait = any(
        each.state in OPEN_OPERATION and each.kind is not CardStepKind.DROP_CARD and not each.link
        for each in steps
    )
    for step in steps:
        waits_in_turn = step.kind is CardStepKind.DROP_CARD and others_wait
        if step.state in OPEN_OPERATION and step.id not in audited.undelivered and not waits_in_turn:
            yield Broken.NO_NEXT_TRY, f"its step {step.kind} is {step.state}, and nothing will try it again"


def _along_the_arrows(audited: AuditedChange) -> _Told:
    before = _C.ASKED
    for line in audited.journal:
        state = _C(str(line.facts.get("state", before)))
        if state is not before and state not in CARD_CHANGE_MOVES[before]:
            yield Broken.ARROW, f"from {before} to {state}"
        before = state
    if before is not audited.change.state:
        yield Broken.JOURNAL, f"it is {audited.change.state}, the journal ends with {before}"


def _people_were_called(audited: AuditedChange, now: datetime) -> _Told:
    if any(each.kind is AlertKind.CARD_STEP_UNKNOWN for each in audited.alerts):
        return
    for step in audited.steps:
        due = audited.undelivered.get(step.id)
        is_unknown = step.state is OperationState.UNKNOWN and step.first_sent_at is not None
        if is_unknown and due is not None and due > now and now - (step.first_sent_at or now) >= _LONG:
            yield Broken.NO_ALERT, f"its step {step.kind} is unknown for long, and nobody was called"


_CHECKS: tuple[Callable[[AuditedChange], _Told], ...] = (_steps_follow, _next_try, _along_the_arrows)
