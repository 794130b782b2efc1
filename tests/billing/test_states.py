"""States move along drawn arrows only, each can be reached; ids and references parse."""

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Any
from uuid import UUID

import pytest

from billing.errors import NotFound
from billing.ids import RequestId, new_id, new_reference, parse_id
from billing.states import (
    BUNDLE_MOVES,
    CARD_CHANGE_MOVES,
    OPEN_OPERATION,
    OPEN_REQUEST,
    OPERATION_MOVES,
    REQUEST_MOVES,
    TICKET_MOVES,
    BundleState,
    CardChangeState,
    OperationState,
    RequestState,
    TicketState,
)

TABLES: list[tuple[type[StrEnum], Mapping[Any, frozenset[Any]], StrEnum]] = [
    (RequestState, REQUEST_MOVES, RequestState.PENDING),
    (OperationState, OPERATION_MOVES, OperationState.PLANNED),
    (TicketState, TICKET_MOVES, TicketState.OPEN),
    (CardChangeState, CARD_CHANGE_MOVES, CardChangeState.ASKED),
    (BundleState, BUNDLE_MOVES, BundleState.GATHERING),
]
each_table = pytest.mark.parametrize(
    ("states", "moves", "first"), TABLES, ids=["request", "operation", "ticket", "card change", "bundle"]
)


@each_table
def test_every_state_is_drawn_and_reached(
    states: type[StrEnum], moves: Mapping[Any, frozenset[Any]], first: StrEnum
) -> None:
    assert set(moves) == set(states)
    reached, new = {first}, {first}
    while new:
        new = {to for state in new for to in moves[state]} - reached
        reached |= new
    assert reached == set(states)


@each_table
def test_no_state_moves_to_itself(
    states: type[StrEnum], moves: Mapping[Any, frozenset[Any]], first: StrEnum
) -> None:
    assert not [state for state in states if state in moves[state]]


def test_what_is_unknown_never_goes_back_to_sent_and_what_is_closed_stays() -> None:
    assert OPERATION_MOVES[OperationState.UNKNOWN] == {OperationState.SUCCEEDED, OperationState.FAILED}
    assert not OPERATION_MOVES[OperationState.FAILED] | OPERATION_MOVES[OperationState.REVERSED]
    assert not REQUEST_MOVES[RequestState.DENIED] | REQUEST_MOVES[RequestState.WITHDRAWN]
    assert {OperationState.PLANNED, OperationState.SENT, OperationState.UNKNOWN} == OPEN_OPERATION
    assert {RequestState.PENDING, RequestState.APPROVED} == OPEN_REQUEST


def test_an_id_is_random_and_parses_from_its_hex() -> None:
    made = {new_id(RequestId) for _ in range(100)}
    assert len(made) == 100
    for each in made:
        assert parse_id(RequestId, each.hex) == each


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x" * 32,
        "0" * 31,
        "0" * 33,
        str(UUID(int=1)),
        f"{{{'0' * 30}}}",
        "０" * 32,
        "urn:uuid:" + "0" * 23,
        "0" * 31 + "\n",
    ],
)
def test_anything_else_is_absent(text: str) -> None:
    with pytest.raises(NotFound):
        parse_id(RequestId, text)


def test_a_reference_reads_aloud() -> None:
    made = {new_reference("R") for _ in range(200)}
    assert len(made) == 200
    assert all(re.fullmatch("R-[2-9A-HJKMNP-Z]{8}", each) for each in made)
    assert not any(set("01OIL") & set(each) for each in made)
