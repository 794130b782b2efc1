"""The merchant's account at the processor, and the events that tell what happened there."""

from __future__ import annotations

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.state import ACCOUNT_ID, ProcessorState, list_page


def get_account(_state: ProcessorState, _call: Call) -> Json:
    return {
        "id": ACCOUNT_ID,
        "object": "account",
        "business_type": "company",
        "capabilities": {"card_payments": "active", "transfers": "active"},
        "charges_enabled": True,
        "country": "US",
        "created": 1_577_836_800,
        "default_currency": "usd",
        "details_submitted": True,
        "email": "merchant@example.com",
        "metadata": {},
        "payouts_enabled": True,
        "type": "standard",
    }


def get_event(state: ProcessorState, call: Call) -> Json:
    return _as_told(state, state.get("event", call.path["id"]))


def list_events(state: ProcessorState, call: Call) -> Json:
    answer = list_page(state, call, "event", {"type": call.text("type")}, url="/v1/events")
    waiting = state.store.waiting()
    return {
        **answer,
        "data": [{**each, "pending_webhooks": int(each["id"] in waiting)} for each in answer["data"]],
    }


def _as_told(state: ProcessorState, event: Json) -> Json:
    return {**event, "pending_webhooks": int(event["id"] in state.store.waiting())}


ENDPOINTS = [
    Endpoint("GET", "/v1/account", get_account, "AccountRetrieveCurrentParams"),
    Endpoint("GET", "/v1/events", list_events, "EventListParams", f"type created {PAGING}"),
    Endpoint("GET", "/v1/events/{id}", get_event, "EventRetrieveParams"),
]
