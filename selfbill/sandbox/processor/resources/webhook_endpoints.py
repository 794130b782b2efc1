"""Where the merchant wants to be told of events: endpoints, each with its kinds, its secrets and its mode."""

from __future__ import annotations

import secrets

from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import PAGING, Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json, parameter_missing
from selfbill.sandbox.processor.state import ProcessorState, list_page

KIND = "webhook_endpoint"
MOST = 16  # of one account and mode
SECRETS = "_secrets"  # the newest first; the older ones sign beside it until they are dropped


def create_endpoint(state: ProcessorState, call: Call) -> Json:
    """The one answer that shows the secret."""
    url, kinds = call.must_text("url"), _kinds(call)
    _must_be_address(url)
    if len(state.every(KIND)) >= MOST:
        raise ApiError(f"You have reached the maximum of {MOST} test webhook endpoints.")
    secret = f"whsec_{secrets.token_hex(16)}"
    endpoint = state.store.put(
        {
            "id": state.new_id("we"),
            "object": KIND,
            "api_version": call.text("api_version"),
            "application": None,
            "created": state.now(),
            "description": call.text("description"),
            "enabled_events": kinds,
            "livemode": False,
            "metadata": call.metadata(),
            "status": "enabled",
            "url": url,
            SECRETS: [secret],
        }
    )
    return {**endpoint, "secret": secret}


def _kinds(call: Call) -> list[str]:
    kinds = call.texts("enabled_events")
    if not any(kinds):
        raise parameter_missing("enabled_events")
    return kinds


def _must_be_address(url: str) -> None:
    if not url.startswith(("https://", "http://")):
        raise ApiError("Invalid URL: An explicit scheme (such as https) must be provided.", param="url")


def get_endpoint(state: ProcessorState, call: Call) -> Json:
    return state.get(KIND, call.path["id"])


def list_endpoints(state: ProcessorState, call: Call) -> Json:
    return list_page(state, call, KIND, {}, url="/v1/webhook_endpoints")


def update_endpoint(state: ProcessorState, call: Call) -> Json:
    before = get_endpoint(state, call)
    after = {**before, "metadata": call.metadata(before["metadata"])}
    if (url := call.text("url")) is not None:
        _must_be_address(url)
        after["url"] = url
    if "enabled_events" in call.params:
        after["enabled_events"] = _kinds(call)
    if "description" in call.params:
        after["description"] = call.text("description") or None
    if (disabled := call.flag("disabled")) is not None:
        after["status"] = "disabled" if disabled else "enabled"
    return state.store.put(after)


def delete_endpoint(state: ProcessorState, call: Call) -> Json:
    endpoint = get_endpoint(state, call)
    state.store.remove(endpoint["id"])
    return {"id": endpoint["id"], "object": KIND, "deleted": True}


def roll_secret(state: ProcessorState, endpoint_id: str) -> str:
    """Another secret, as its button in the dashboard makes one; the one before signs beside it."""
    endpoint = state.get(KIND, endpoint_id)
    secret = f"whsec_{secrets.token_hex(16)}"
    state.store.put({**endpoint, SECRETS: [secret, endpoint[SECRETS][0]]})
    return secret


_ALL, _ONE = "/v1/webhook_endpoints", "/v1/webhook_endpoints/{id}"

ENDPOINTS = [
    Endpoint(
        "POST",
        _ALL,
        create_endpoint,
        "WebhookEndpointCreateParams",
        "url enabled_events api_version description metadata",
    ),
    Endpoint("GET", _ALL, list_endpoints, "WebhookEndpointListParams", PAGING),
    Endpoint("GET", _ONE, get_endpoint, "WebhookEndpointRetrieveParams"),
    Endpoint(
        "POST",
        _ONE,
        update_endpoint,
        "WebhookEndpointUpdateParams",
        "url enabled_events description disabled metadata",
    ),
    Endpoint("DELETE", _ONE, delete_endpoint, "WebhookEndpointDeleteParams", expands=False),
]
