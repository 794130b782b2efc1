"""The ways to a hosted card page: setup intents, Checkout in setup mode, the billing portal's card flow."""

from __future__ import annotations

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json, parameter_missing
from selfbill.sandbox.processor.resources.customers import with_default_card
from selfbill.sandbox.processor.state import ProcessorState, list_page

LIFETIME = 86_400
CUSTOM_TEXTS = ("after_submit", "shipping_address", "submit", "terms_of_service_acceptance")
CHECKOUT, PORTAL = "checkout.session", "billing_portal.session"


def build_setup_intent(state: ProcessorState, customer: str | None, metadata: Json) -> Json:
    intent_id = state.new_id("seti")
    return {
        "id": intent_id,
        "object": "setup_intent",
        "application": None,
        "automatic_payment_methods": None,
        "cancellation_reason": None,
        "client_secret": f"{intent_id}_secret_sandbox",
        "created": state.now(),
        "customer": customer,
        "description": None,
        "flow_directions": None,
        "last_setup_error": None,
        "latest_attempt": None,
        "livemode": False,
        "mandate": None,
        "metadata": metadata,
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_options": {},
        "payment_method_types": ["card"],
        "single_use_mandate": None,
        "status": "requires_payment_method",
        "usage": "off_session",
    }


def create_setup_intent(state: ProcessorState, call: Call) -> Json:
    customer = call.text("customer")
    if customer is not None:
        state.get("customer", customer, "customer")
    intent = build_setup_intent(state, customer, call.metadata())
    state.emit("setup_intent.created", state.store.put(intent), call)
    return intent


def get_setup_intent(state: ProcessorState, call: Call) -> Json:
    return state.get("setup_intent", call.path["id"], "intent")


def list_setup_intents(state: ProcessorState, call: Call) -> Json:
    return list_page(
        state, call, "setup_intent", {"customer": call.text("customer")}, url="/v1/setup_intents"
    )


def create_checkout(state: ProcessorState, call: Call) -> Json:
    """A Checkout page that saves a card; the only mode the sandbox has."""
    if call.must_text("mode") != "setup":
        raise ApiError("The sandbox knows mode=setup only.", param="mode")
    call.must_text("success_url")
    if "allowed_payment_method_types" not in call.params:
        call.must_text("currency")  # the processor insists, or it could not tell which methods to offer
    customer = state.get("customer", call.must_text("customer"), "customer")
    intent = build_setup_intent(state, customer["id"], _intent_metadata(call))
    session = _build_checkout(state, call, customer, state.store.put(intent)["id"])
    return state.store.put(session)


def _intent_metadata(call: Call) -> Json:
    metadata = call.tree("setup_intent_data").get("metadata", {})
    return {name: str(value) for name, value in metadata.items()} if isinstance(metadata, dict) else {}


def _build_checkout(state: ProcessorState, call: Call, customer: Json, intent_id: str) -> Json:
    session_id = state.new_id("cs_test")
    return {
        "id": session_id,
        "object": CHECKOUT,
        "amount_subtotal": None,
        "amount_total": None,
        "automatic_tax": {"enabled": False, "liability": None, "provider": None, "status": None},
        "cancel_url": call.text("cancel_url"),
        "client_reference_id": call.text("client_reference_id"),
        "created": state.now(),
        "currency": call.text("currency"),
        "custom_fields": [],
        "custom_text": dict.fromkeys(CUSTOM_TEXTS),
        "customer": customer["id"],
        "customer_details": None,
        "customer_email": None,
        "expires_at": state.now() + LIFETIME,
        "livemode": False,
        "locale": call.text("locale"),
        "metadata": call.metadata(),
        "mode": "setup",
        "payment_intent": None,
        "payment_method_types": ["card"],
        "payment_status": "no_payment_required",
        "setup_intent": intent_id,
        "shipping_options": [],
        "status": "open",
        "subscription": None,
        "success_url": call.text("success_url"),
        "ui_mode": "hosted_page",
        "url": f"{state.public_url}/card/{session_id}",
    }


def get_checkout(state: ProcessorState, call: Call) -> Json:
    return state.get(CHECKOUT, call.path["id"])


def list_checkouts(state: ProcessorState, call: Call) -> Json:
    equals = {"customer": call.text("customer"), "status": call.text("status")}
    return list_page(state, call, CHECKOUT, equals, url="/v1/checkout/sessions")


def expire_checkout(state: ProcessorState, call: Call) -> Json:
    session = get_checkout(state, call)
    if session["status"] != "open":
        raise ApiError(
            f'Only Checkout Sessions with a status in ["open"] can be expired, not {session["status"]}.'
        )
    return close_checkout(state, session, call)


def close_checkout(state: ProcessorState, session: Json, call: Call | None = None) -> Json:
    expired = {**session, "status": "expired", "url": None}
    state.emit("checkout.session.expired", state.store.put(expired), call)
    return expired


def complete_checkout(state: ProcessorState, session: Json, card: Json) -> None:
    """The card was saved: the intent has succeeded, the session is complete; nothing else changes."""
    intent = state.get("setup_intent", session["setup_intent"])
    done = {**intent, "status": "succeeded", "payment_method": card["id"]}
    state.emit("setup_intent.succeeded", state.store.put(done))
    complete = {**session, "status": "complete", "url": None}
    state.emit("checkout.session.completed", state.store.put(complete))


def create_portal(state: ProcessorState, call: Call) -> Json:
    """A page of the billing portal; it changes the card, whatever flow is asked for."""
    if not state.has_portal_settings and call.text("configuration") is None:
        mode, path = ("live", "") if state.store.live else ("test", "test/")
        raise ApiError(
            f"No configuration provided and your {mode} mode default configuration has not been created. "
            "Provide a configuration or create your default by saving your customer portal settings in "
            f"{mode} mode at https://dashboard.stripe.com/{path}settings/billing/portal."
        )
    customer = state.get("customer", call.must_text("customer"), "customer")
    flow = call.tree("flow_data")
    if flow and "type" not in flow:
        raise parameter_missing("flow_data[type]")
    if flow and flow["type"] != "payment_method_update":
        raise ApiError("The sandbox knows the flow payment_method_update only.", param="flow_data[type]")
    session_id = state.new_id("bps")
    session = {
        "id": session_id,
        "object": PORTAL,
        "configuration": "bpc_1SelfbillSandbox",
        "created": state.now(),
        "customer": customer["id"],
        "flow": _flow(flow) if flow else None,
        "livemode": False,
        "locale": call.text("locale"),
        "on_behalf_of": None,
        "return_url": call.text("return_url"),
        "url": f"{state.public_url}/card/{session_id}",
    }
    return state.store.put(session)


def _flow(asked: Json) -> Json:
    after = asked.get("after_completion", {})
    redirect = after.get("redirect") if isinstance(after, dict) else None
    completion = {
        "type": "redirect" if redirect else "portal_homepage",
        "redirect": redirect,
        "hosted_confirmation": None,
    }
    kinds = {"subscription_cancel": None, "subscription_update": None, "subscription_update_confirm": None}
    return {"type": asked["type"], "after_completion": completion, **kinds}


def complete_portal(state: ProcessorState, session: Json, card: Json) -> None:
    """The card was saved, and the portal made it the one that pays the customer's invoices."""
    before = state.get("customer", session["customer"])
    customer = with_default_card(state, before, card["id"])
    state.emit("customer.updated", state.store.put(customer), before=before)
    state.store.put({**session, "_used": True})


_CHECKOUTS = "/v1/checkout/sessions"

ENDPOINTS = [
    Endpoint(
        "POST", "/v1/setup_intents", create_setup_intent, "SetupIntentCreateParams", "customer usage metadata"
    ),
    Endpoint(
        "GET", "/v1/setup_intents", list_setup_intents, "SetupIntentListParams", f"customer created {PAGING}"
    ),
    Endpoint("GET", "/v1/setup_intents/{id}", get_setup_intent, "SetupIntentRetrieveParams"),
    Endpoint(
        "POST",
        _CHECKOUTS,
        create_checkout,
        "checkout.SessionCreateParams",
        "mode customer currency success_url cancel_url metadata client_reference_id locale"
        " allowed_payment_method_types setup_intent_data",
    ),
    Endpoint(
        "GET", _CHECKOUTS, list_checkouts, "checkout.SessionListParams", f"customer status created {PAGING}"
    ),
    Endpoint("GET", f"{_CHECKOUTS}/{{id}}", get_checkout, "checkout.SessionRetrieveParams"),
    Endpoint("POST", f"{_CHECKOUTS}/{{id}}/expire", expire_checkout, "checkout.SessionExpireParams"),
    Endpoint(
        "POST",
        "/v1/billing_portal/sessions",
        create_portal,
        "billing_portal.SessionCreateParams",
        "customer return_url flow_data locale configuration",
    ),
]
