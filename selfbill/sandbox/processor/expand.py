"""The `expand` parameter: ids become the objects they name, and what is left out by default is put in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.resources.charges import find_payment_intent
from selfbill.sandbox.processor.resources.invoices import payments_of
from selfbill.sandbox.processor.state import ProcessorState, visible

DEEPEST = 4


def expanded(state: ProcessorState, thing: Json, paths: list[str]) -> Json:
    """A copy with each dotted path expanded; 400 for a path that leads nowhere."""
    answer = visible(thing)
    for path in paths:
        parts = path.split(".")
        if len(parts) > DEEPEST:
            raise ApiError(f"You cannot expand more than {DEEPEST} levels of a property.", param="expand")
        answer = _expand(state, answer, thing, parts, path)
    return answer


def _expand(state: ProcessorState, answer: Json, kept: Json, parts: list[str], path: str) -> Json:
    name, rest = parts[0], parts[1:]
    if (include := INCLUDABLE.get((kept.get("object", ""), name))) is not None and name not in answer:
        answer = {**answer, name: include(state, kept)}
    if name not in answer:
        raise ApiError(f"This property cannot be expanded ({path}).", param="expand")
    return {**answer, name: _grown(state, answer[name], rest, path)}


def _grown(state: ProcessorState, value: Any, rest: list[str], path: str) -> Any:
    if isinstance(value, list):
        return [_grown(state, each, rest, path) for each in value]
    kept = _named(state, value) if isinstance(value, str) else value
    if not isinstance(kept, dict):
        return value
    return _expand(state, visible(kept), kept, rest, path) if rest else visible(kept)


def _named(state: ProcessorState, object_id: str) -> Json | None:
    if object_id.startswith("pi_"):
        return find_payment_intent(state, object_id)
    return state.store.find(object_id)


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
