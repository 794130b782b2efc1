"""The API over HTTP: who asks, which function answers, what the answer looks like, what time changes."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from urllib.parse import parse_qsl

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from selfbill.sandbox.faults import Fault
from selfbill.sandbox.processor.call import Call, read_form
from selfbill.sandbox.processor.endpoint import Endpoint
from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.expand import Expander
from selfbill.sandbox.processor.idempotency import API_KEY, KEPT, fingerprint, key_of, scoped
from selfbill.sandbox.processor.keys import ApiKey
from selfbill.sandbox.processor.resources import (
    account,
    cards,
    catalogue,
    charges,
    customers,
    disputes,
    invoices,
    refunds,
    sessions,
    subscriptions,
    webhook_endpoints,
)
from selfbill.sandbox.processor.state import API_VERSION, ProcessorState, Seen
from selfbill.sandbox.processor.store import in_live_mode

ENDPOINTS: list[Endpoint] = [
    *account.ENDPOINTS,
    *customers.ENDPOINTS,
    *cards.ENDPOINTS,
    *charges.ENDPOINTS,
    *refunds.ENDPOINTS,
    *disputes.ENDPOINTS,
    *catalogue.ENDPOINTS,
    *subscriptions.ENDPOINTS,
    *invoices.ENDPOINTS,
    *sessions.ENDPOINTS,
    *webhook_endpoints.ENDPOINTS,
]
TIME_CHANGES: dict[str, Callable[[ProcessorState, Json], object]] = {
    "refund": refunds.settle_due_refund,
    "subscription": subscriptions.end_subscription,
}
REQUEST_ID: web.RequestKey[str] = web.RequestKey("request_id", str)


def pass_time(state: ProcessorState) -> None:
    """Let happen what was due by now: scheduled cancellations, pending refunds."""
    for thing in state.store.due(state.now()):
        with state.by_hand(thing["id"]):
            TIME_CHANGES[thing["object"]](state, thing)


def serve(state: ProcessorState, endpoint: Endpoint) -> Handler:
    """The handler of one address: effect, events and the key's answer are committed together."""

    async def answer(http: web.Request) -> web.Response:
        if KEPT in http:
            return http[KEPT]
        body = await http.read()
        sent = http.query_string if http.method in ("GET", "DELETE") else body.decode(errors="replace")
        call = Call(
            path=dict(http.match_info),
            params=read_form(parse_qsl(sent, keep_blank_values=True)),
            key=key_of(http),
            request_id=http[REQUEST_ID],
        )
        call.must_know(endpoint.names)
        with state.asked_by(live=http[API_KEY].livemode):
            status, text = _run(state, endpoint, call, http[API_KEY])
            if call.key:
                made = fingerprint(http.method, http.path, body)
                state.store.keep_key(scoped(http, call.key), made, status, text, state.now())
        return web.Response(text=text, status=status, content_type="application/json")

    return answer


def _run(state: ProcessorState, endpoint: Endpoint, call: Call, key: ApiKey) -> tuple[int, str]:
    """Status and body; a refusal is an answer too, unless it is about the parameters themselves."""
    try:
        expander = Expander(state, partial(state.keys.must_allow_reading, key))
        thing = expander.expanded(endpoint.run(state, call), call.texts("expand"))
    except ApiError as refused:
        if refused.is_about_parameters:
            raise
        return refused.status, json.dumps(refused.as_json(), indent=2)
    return 200, json.dumps(in_live_mode(thing) if key.livemode else thing, indent=2)


def speaking_middleware(state: ProcessorState) -> Middleware:
    """Outermost: every request has an id, is listed, and is refused in the API's own shape."""

    @web.middleware
    async def speak(request: web.Request, handler: Handler) -> web.StreamResponse:
        request[REQUEST_ID] = state.new_id("req")
        if not request.path.startswith("/v1/"):
            return await handler(request)
        try:
            request[API_KEY] = key = state.keys.authentic(request.headers.get("Authorization", ""))
            resource = request.match_info.route.resource
            state.keys.must_allow(key, request.method, resource.canonical if resource else request.path)
            pass_time(state)
            response = await handler(request)
        except ApiError as refused:
            response = web.json_response(refused.as_json(), status=refused.status)
        except web.HTTPException as unknown:
            response = _no_such_address(request, unknown.status)
        response.headers.update({"Request-Id": request[REQUEST_ID], "Stripe-Version": API_VERSION})
        if once := key_of(request):
            response.headers["Idempotency-Key"] = once
        _note(state, request, response)
        return response

    return speak


def _no_such_address(http: web.Request, status: int) -> web.Response:
    unknown = ApiError(
        f"Unrecognized request URL ({http.method}: {http.path}).", status=404 if status != 413 else 413
    )
    return web.json_response(unknown.as_json(), status=unknown.status)


def _note(state: ProcessorState, http: web.Request, response: web.StreamResponse) -> None:
    cut = http.transport is None or http.transport.is_closing()
    note = "replayed" if "Idempotent-Replayed" in response.headers else "answer lost" if cut else ""
    state.seen.append(
        Seen(state.now(), http.method, http.path, 0 if cut else response.status, key_of(http) or "", note)
    )


def fault_answer(fault: Fault) -> web.Response:
    """A status on demand, in the API's shape."""
    if fault.status == 429:
        wrong = ApiError("Too many requests hit the API too quickly.", status=429, code="rate_limit")
    else:
        wrong = ApiError("An unknown error occurred.", status=fault.status, kind="api_error")
    headers = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
    return web.json_response(wrong.as_json(), status=fault.status, headers=headers)
