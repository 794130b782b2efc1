"""What no real processor has: `/_sandbox/` addresses to load a past, look inside and let things happen."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.resources.disputes import close_dispute, open_dispute
from selfbill.sandbox.processor.resources.invoices import renew_subscription
from selfbill.sandbox.processor.resources.refunds import settle_refund
from selfbill.sandbox.processor.resources.subscriptions import end_subscription
from selfbill.sandbox.processor.seed import BATCH, BadSeed, SeedReport, seed_batch
from selfbill.sandbox.processor.state import ProcessorState, WebhookTarget, visible

REFUND_ENDS = ("succeeded", "failed", "canceled")
DISPUTE_ENDS = ("won", "lost", "warning_closed")


def add_control_routes(app: web.Application, state: ProcessorState) -> None:
    """Seed, look, settle, dispute, renew, end, and point the webhooks somewhere."""

    def settle(asked: Json, refund_id: str) -> Json:
        _must_be(asked, "status", REFUND_ENDS)
        return settle_refund(state, refund_id, asked["status"], asked.get("reason", "unknown"))

    def dispute(asked: Json, _none: str) -> Json:
        return open_dispute(
            state,
            str(asked["charge"]),
            asked.get("amount"),
            asked.get("reason", "fraudulent"),
            is_inquiry=asked.get("inquiry") is True,
        )

    def close(asked: Json, dispute_id: str) -> Json:
        _must_be(asked, "status", DISPUTE_ENDS)
        return close_dispute(state, dispute_id, asked["status"])

    def end(_asked: Json, subscription_id: str) -> Json:
        return end_subscription(state, state.get("subscription", subscription_id))

    def renew(_asked: Json, subscription_id: str) -> Json:
        return renew_subscription(state, subscription_id)

    def aim(asked: Json, _none: str) -> Json:
        state.webhook = WebhookTarget(asked["url"], asked["secret"])
        return {"url": asked["url"]}

    deeds = {
        "/_sandbox/refunds/{id}/settle": settle,
        "/_sandbox/disputes": dispute,
        "/_sandbox/disputes/{id}/close": close,
        "/_sandbox/subscriptions/{id}/end": end,
        "/_sandbox/subscriptions/{id}/renew": renew,
        "/_sandbox/webhook": aim,
    }
    app.add_routes([web.post(path, _deed(state, run)) for path, run in deeds.items()])
    app.router.add_post("/_sandbox/seed", _seeding(state))
    app.router.add_get("/_sandbox/objects/{kind}", _looking(state))
    app.router.add_get("/_sandbox/requests", _recent(state))


def _must_be(asked: Json, name: str, choices: tuple[str, ...]) -> None:
    if asked.get(name) not in choices:
        raise ApiError(f"{name} is one of {', '.join(choices)}")


def _deed(state: ProcessorState, run: Callable[[Json, str], Json]) -> Handler:
    """JSON in, the changed object out; 400 with a sentence for anything that does not fit."""

    async def handler(http: web.Request) -> web.Response:
        try:
            asked: Any = await http.json() if http.can_read_body else {}
            if not isinstance(asked, dict):
                raise TypeError("an object is wanted")
            about = http.match_info.get("id") or str(asked.get("charge", ""))
            with state.by_hand(about):
                return web.json_response(visible(run(asked, http.match_info.get("id", ""))))
        except ApiError as refused:
            return web.json_response(refused.as_json(), status=refused.status)
        except (KeyError, TypeError, ValueError) as wrong:
            return web.json_response({"error": {"message": repr(wrong)}}, status=400)

    return handler


def _seeding(state: ProcessorState) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        report = SeedReport()
        try:
            async for batch in _batches(http):
                seed_batch(state, batch, report)
        except BadSeed as wrong:
            return web.json_response({"error": str(wrong), **vars(report)}, status=400)
        return web.json_response(vars(report))

    return handler


async def _batches(http: web.Request) -> AsyncIterator[list[Json]]:
    batch: list[Json] = []
    number = 0
    async for raw in http.content:
        number += 1
        if raw.strip():
            batch.append(_line(raw, number))
        if len(batch) == BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _line(raw: bytes, number: int) -> Json:
    try:
        line = json.loads(raw)
    except ValueError as wrong:
        raise BadSeed(f"line {number} is not JSON: {wrong}") from wrong
    if not isinstance(line, dict):
        raise BadSeed(f"line {number} is not an object")
    return line


def _looking(state: ProcessorState) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        equals = {
            name: value for name, value in http.query.items() if name in ("customer", "charge", "status")
        }
        found = state.every(http.match_info["kind"], equals)
        return web.json_response([visible(each) for each in found])

    return handler


def _recent(state: ProcessorState) -> Handler:
    async def handler(_http: web.Request) -> web.Response:
        return web.json_response([seen._asdict() for seen in state.seen])

    return handler
