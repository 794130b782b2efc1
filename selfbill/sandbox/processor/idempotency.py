"""Idempotency keys: one effect per key, its answer replayed for a day, and nobody else under it meanwhile."""

from __future__ import annotations

import hashlib

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from selfbill.sandbox.processor.errors import ApiError
from selfbill.sandbox.processor.keys import ApiKey
from selfbill.sandbox.processor.state import ProcessorState

KEEPS_FOR = 24 * 3600
LONGEST_KEY = 255
API_KEY: web.RequestKey[ApiKey] = web.RequestKey("api_key", ApiKey)
KEPT: web.RequestKey[web.Response] = web.RequestKey("kept", web.Response)  # the answer to give again


def key_of(http: web.Request) -> str | None:
    """The key of a POST; reads and deletions carry none, whatever they send."""
    return http.headers.get("Idempotency-Key") if http.method == "POST" else None


def scoped(http: web.Request, key: str) -> str:
    """The key as the books have it: the two modes know nothing of one another."""
    return f"live {key}" if http[API_KEY].livemode else key


def fingerprint(method: str, path: str, body: bytes) -> str:
    return hashlib.sha256(b"\n".join((method.encode(), path.encode(), body))).hexdigest()


def idempotency_middleware(state: ProcessorState) -> Middleware:
    """Outside the faults: a lost answer keeps its key taken, a 500 becomes the key's answer."""
    running: set[str] = set()

    @web.middleware
    async def once(request: web.Request, handler: Handler) -> web.StreamResponse:
        given = key_of(request)
        if not given or not request.path.startswith("/v1/"):
            return await handler(request)
        key = scoped(request, given)
        if len(given) > LONGEST_KEY:
            raise ApiError(
                f"Idempotency keys are at most {LONGEST_KEY} characters long.", kind="idempotency_error"
            )
        print_of_it = fingerprint(request.method, request.path, await request.read())
        if (kept := _kept(state, key, given, print_of_it)) is not None:
            request[KEPT] = kept
            return await handler(request)  # on its way back it may be lost like any other
        if key in running:
            raise _in_use(given)
        running.add(key)
        try:
            response = await handler(request)
        finally:
            running.discard(key)
        _keep_failure(state, request, key, print_of_it, response)
        return response

    return once


def _kept(state: ProcessorState, key: str, given: str, print_of_it: str) -> web.Response | None:
    """The answer kept for the key, if it is not too old; refused if it was for something else."""
    with state.store.begin():
        state.store.prune_keys(state.now() - KEEPS_FOR)
    kept = state.store.find_key(key)
    if kept is None:
        return None
    if kept[0] != print_of_it:
        raise ApiError(
            "Keys for idempotent requests can only be used with the same parameters they were first used "
            f"with. Try using a key other than '{given}' if you meant to execute a different request.",
            kind="idempotency_error",
        )
    headers = {"Idempotent-Replayed": "true"}
    return web.Response(text=kept[2], status=kept[1], content_type="application/json", headers=headers)


def _in_use(key: str) -> ApiError:
    return ApiError(
        "There is currently another in-progress request using this idempotency key (that probably means you "
        f"submitted twice, and the other request is still going through): {key}. Please try again later.",
        status=409,
        kind="idempotency_error",
        code="idempotency_key_in_use",
    )


def _keep_failure(
    state: ProcessorState, http: web.Request, key: str, print_of_it: str, response: web.StreamResponse
) -> None:
    """A 5xx that was really sent is what the key answers from now on."""
    cut = http.transport is None or http.transport.is_closing()
    if response.status < 500 or cut or not isinstance(response, web.Response):
        return
    with state.store.begin():
        state.store.keep_key(key, print_of_it, response.status, response.text or "", state.now())
