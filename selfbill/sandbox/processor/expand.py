"""The `expand` parameter: ids become the objects they name, and what is left out by default is put in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.resources.charges import find_payment_intent
from selfbill.sandbox.processor.resources.invoices import payments_of
from selfbill.sandbox.processor.state import ProcessorState, visible

DEEPEST = 4


class Expander:
    """Expands for one key; `may_read` raises the 403 of a key that may not read objects of a kind."""

    def __init__(self, state: ProcessorState, may_read: Callable[[str], None]) -> None:
        self._state = state
        self._may_read = may_read

    def expanded(self, thing: Json, paths: list[str]) -> Json:
        """A copy with each dotted path expanded; 400 for a path that leads nowhere."""
        answer = visible(thing)
        for path in paths:
            parts = path.split(".")
            if len(parts) > DEEPEST:
                raise ApiError(f"You cannot expand more than {DEEPEST} levels of a property.", param="expand")
            answer = self._expand(answer, thing, parts, path)
        return answer

    def _expand(self, answer: Json, kept: Json, parts: list[str], path: str) -> Json:
        name, rest = parts[0], parts[1:]
        if (include := INCLUDABLE.get((kept.get("object", ""), name))) is not None and name not in answer:
            answer = {**answer, name: include(self._state, kept)}
        if name not in answer:
            raise ApiError(f"This property cannot be expanded ({path}).", param="expand")
        return {**answer, name: self._grown(answer[name], rest, path)}

    def _grown(self, value: Any, rest: list[str], path: str) -> Any:
        if isinstance(value, list):
            return [self._grown(each, rest, path) for each in value]
        kept = self._named(value) if isinstance(value, str) else value
        if not isinstance(kept, dict):
            return value
        return self._expand(visible(kept), kept, rest, path) if rest else visible(kept)

    def _named(self, object_id: str) -> Json | None:
        if object_id.startswith("pi_"):
            found = find_payment_intent(self._state, object_id)
        else:
            found = self._state.store.find(object_id)
        if found is not None:
            self._may_read(found["object"])
        return found


def _refunds_of(state: ProcessorState, charge: Json) -> Json:
    return _list(state.refunds(charge["id"])[:10], f"/v1/charges/{charge['id']}/refunds")


def _subscriptions_of(state: ProcessorState, customer: Json) -> Json:
    running = state.every("subscription", {"customer": customer["id"], "_ended": "no"}, limit=10)
    return _list(running, f"/v1/customers/{customer['id']}/subscriptions")


def _payments_of(state: ProcessorState, invoice: Json) -> Json:
    kept = state.store.find(invoice["id"])
    return payments_of(kept) if kept else _list([], "/v1/invoice_payments")


def _list(data: list[Json], url: str) -> Json:
    return {"object": "list", "data": [visible(each) for each in data], "has_more": False, "url": url}


INCLUDABLE: dict[tuple[str, str], Callable[[ProcessorState, Json], Json]] = {
    ("charge", "refunds"): _refunds_of,
    ("customer", "subscriptions"): _subscriptions_of,
    ("invoice", "payments"): _payments_of,
}
