"""How an address of the API is declared: its function, and the parameters it takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.state import ProcessorState

PAGING = "limit starting_after ending_before"

Run = Callable[[ProcessorState, Call], Json]


@dataclass(frozen=True)
class Endpoint:
    """One address; `params` names the SDK's class whose parameters `takes` is a part of."""

    method: str
    path: str
    run: Run
    params: str
    takes: str = ""
    expands: bool = True

    @property
    def names(self) -> frozenset[str]:
        return frozenset([*self.takes.split(), *(["expand"] if self.expands else [])])
