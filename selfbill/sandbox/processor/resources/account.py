"""The merchant's account at the processor, and the events that tell what happened there."""

from __future__ import annotations

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.state import ProcessorState, list_page


def get_account(state: ProcessorState, _call: Call) -> Json:
    """The account that the key belongs to; the same in both modes, and it names none."""
    return {
        "id": state.account_id,
        "object": "account",
        "business_profile": _profile(state.account_name),
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
        "settings": _settings(state.account_name),
        "type": "standard",
    }


def _profile(name: str) -> Json:
    nothing = ("mcc", "product_description", "support_address", "support_email", "support_phone")
    return {**dict.fromkeys((*nothing, "support_url", "url")), "name": name}


def _settings(name: str) -> Json:
    scripts = ("_kana", "_kanji")
    prefixes = {f"statement_descriptor_prefix{each}": None for each in scripts}
    texts = {f"statement_descriptor{each}": None for each in ("", *scripts)}
    decline = {"avs_failure": False, "cvc_failure": False}
    schedule = {"delay_days": 2, "interval": "daily"}
    return {
        "bacs_debit_payments": {"display_name": None, "service_user_number": None},
        "branding": dict.fromkeys(("icon", "logo", "primary_color", "secondary_color")),
        "card_issuing": {"tos_acceptance": {"date": None, "ip": None}},
        "card_payments": {"decline_on": decline, "statement_descriptor_prefix": None, **prefixes},
        "dashboard": {"display_name": name, "timezone": "Etc/UTC"},
        "invoices": {"default_account_tax_ids": None, "hosted_payment_method_save": "offer"},
        "payments": {**texts, **prefixes},
        "payouts": {"debit_negative_balances": False, "schedule": schedule, "statement_descriptor": None},
        "sepa_debit_payments": {"creditor_id": None},
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
