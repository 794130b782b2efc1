"""What every part of the processor shares: books, clock, faults, and how it tells what happened."""

from __future__ import annotations

import asyncio
import secrets
import string
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from selfbill.sandbox.faults import FaultTable
from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.errors import ApiError, Json, missing
from selfbill.sandbox.processor.store import Query, Store

API_VERSION = "2026-10-28.endive"
ACCOUNT_ID = "acct_1SelfbillSandbox"
REFUND_PENDING = "refund_pending"  # the refund stays pending, and succeeds after the fault's `seconds`
REFUND_FAILS = "refund_fails"  # the refund stays pending, and fails after the fault's `seconds`
REFUND_UNFUNDED = "refund_unfunded"  # refused: there is not enough money to give back
LISTING_LAG = "listing_lag"  # a list leaves out what is younger than the fault's `seconds`
OWN_FAULTS = (REFUND_PENDING, REFUND_FAILS, REFUND_UNFUNDED, LISTING_LAG)

_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class WebhookTarget:
    """Where events are told, the secret that signs them, and which kinds (None: all)."""

    url: str
    secret: str
    kinds: frozenset[str] | None = None


class Seen(NamedTuple):
    """One line of the list of recent requests."""

    at: int
    method: str
    path: str
    status: int
    key: str
    note: str


class ProcessorState:
    """The processor itself, without its HTTP side; tests look into it."""

    def __init__(
        self,
        *,
        secret_key: str,
        webhook: WebhookTarget | None,
        clock: Callable[[], datetime],
        path: Path | None = None,
    ) -> None:
        self.secret_key = secret_key
        self.webhook = webhook
        self.clock = clock
        self.public_url = ""  # known once the server listens
        self.store = Store(path)
        self.faults = FaultTable(OWN_FAULTS)
        self.seen: deque[Seen] = deque(maxlen=200)
        self.has_news = asyncio.Event()

    def now(self) -> int:
        return int(self.clock().timestamp())

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(24))}"

    def get(self, kind: str, object_id: str, param: str = "id") -> Json:
        """The object of this kind; the processor's 404 when there is none."""
        thing = self.store.find(object_id)
        if thing is None or thing["object"] != kind:
            raise missing(kind.replace("_", " "), object_id, param)
        return thing

    def emit(self, kind: str, thing: Json, call: Call | None = None, *, before: Json | None = None) -> None:
        """Write an event beside the change it tells of; it is sent once the change is committed."""
        data: Json = {"object": visible(thing)}
        if before is not None:
            data["previous_attributes"] = visible({k: v for k, v in before.items() if thing.get(k) != v})
        told = self.webhook is not None and (self.webhook.kinds is None or kind in self.webhook.kinds)
        request = {"id": call.request_id if call else None, "idempotency_key": call.key if call else None}
        event_id = self.new_id("evt")
        event = {
            "id": event_id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": data,
            "livemode": False,
            "pending_webhooks": int(told),
            "request": request,
            "type": kind,
        }
        self.store.put(event)
        if told:
            self.store.add_delivery(event_id, self.clock().timestamp())
            self.has_news.set()

    def every(self, kind: str, equals: Mapping[str, Any] | None = None, limit: int = 1000) -> list[Json]:
        """The newest objects of a kind, as the books have them."""
        return self.store.page(Query(kind, equals or {}, limit=limit))[0]

    def refunds(self, charge_id: str) -> list[Json]:
        """All refunds of a charge, newest first."""
        return self.every("refund", {"charge": charge_id})


def visible(thing: Json) -> Json:
    """The object without what the books alone know, whose names begin with an underscore."""
    return {name: value for name, value in thing.items() if not name.startswith("_")}


def list_page(
    state: ProcessorState, call: Call, kind: str, equals: Mapping[str, Any], *, url: str, lag: int = 0
) -> Json:
    """A Stripe list of the kind's objects with these values; `lag` seconds of the newest are left out."""
    limit = call.integer("limit")
    limit = 10 if limit is None else limit
    if not 1 <= limit <= 100:
        raise ApiError("Limit must be between 1 and 100.", code="parameter_invalid_integer", param="limit")
    created = call.created()
    if lag:
        created = {**created, "lte": min(created.get("lte", 2**60), state.now() - lag)}
    cursors = {name: call.text(name) for name in ("starting_after", "ending_before")}
    for name, cursor in cursors.items():
        if cursor is not None and state.store.find(cursor) is None:
            raise ApiError(f"No such {kind}: '{cursor}'", code="resource_missing", param=name)
    query = Query(kind, {k: v for k, v in equals.items() if v is not None}, created, limit, **cursors)
    data, has_more = state.store.page(query)
    return {"object": "list", "data": [visible(each) for each in data], "has_more": has_more, "url": url}
