"""What every part of the processor shares: books, clock, faults, and how it tells what happened."""

from __future__ import annotations

import asyncio
import secrets
import string
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from selfbill.sandbox.faults import FaultTable
from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.errors import ApiError, Json, missing, of_the_other_mode
from selfbill.sandbox.processor.keys import KeyRing
from selfbill.sandbox.processor.nulls import NULLS
from selfbill.sandbox.processor.store import HELD, Query, Store, in_live_mode

API_VERSION = "2026-10-28.endive"
ACCOUNT_ID = "acct_1SelfbillSandbox"
ACCOUNT_NAME = "Sandbox"
REFUND_PENDING = "refund_pending"  # the refund stays pending, and succeeds after the fault's `seconds`
REFUND_FAILS = "refund_fails"  # the refund stays pending, and fails after the fault's `seconds`
REFUND_UNFUNDED = "refund_unfunded"  # refused: there is not enough money to give back
REFUND_ASKS = "refund_asks"  # the refund waits for what its receiver has to do
LISTING_LAG = "listing_lag"  # a list leaves out what is younger than the fault's `seconds`
TOLD_TWICE = "told_twice"  # an event is posted twice at once; the path is the kind of event
OWN_FAULTS = (REFUND_PENDING, REFUND_FAILS, REFUND_UNFUNDED, REFUND_ASKS, LISTING_LAG, TOLD_TWICE)
MERCHANT = ""  # the endpoint that the sandbox was given, which no list shows

_LETTERS = string.ascii_letters + string.digits


@dataclass(frozen=True)
class WebhookTarget:
    """Where events are told, the secret that signs them, which kinds (None: all), and older secrets."""

    url: str
    secret: str
    kinds: frozenset[str] | None = None
    also: tuple[str, ...] = ()

    def wants(self, kind: str) -> bool:
        return self.kinds is None or kind in self.kinds


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
        account_id: str = ACCOUNT_ID,
        account_name: str = ACCOUNT_NAME,
    ) -> None:
        self.account_id = account_id
        self.account_name = account_name
        self.keys = KeyRing(secret_key, account_id)
        self.has_portal_settings = True  # without them the billing portal opens no page
        self.holds_events = False
        self.webhook = webhook
        self.clock = clock
        self.public_url = ""  # known once the server listens
        self.store = Store(path)
        self.store.live = self._own_mode = self.keys.authentic(f"Bearer {secret_key}").livemode
        self._asked_live: bool | None = None
        self.faults = FaultTable(OWN_FAULTS)
        self.seen: deque[Seen] = deque(maxlen=200)
        self.has_news = asyncio.Event()

    def now(self) -> int:
        return int(self.clock().timestamp())

    def new_id(self, prefix: str) -> str:
        return f"{prefix}_{''.join(secrets.choice(_LETTERS) for _ in range(24))}"

    @contextmanager
    def asked_by(self, *, live: bool) -> Iterator[None]:
        """One transaction of a key's: it sees and makes objects of its mode only."""
        self._asked_live = self.store.live = live
        try:
            with self.store.begin():
                yield
        finally:
            self._asked_live, self.store.live = None, self._own_mode

    @contextmanager
    def by_hand(self, object_id: str = "") -> Iterator[None]:
        """One transaction of time or a person's, in the mode of what it is about."""
        mode = self.store.find_mode(object_id)
        self.store.live = self._own_mode if mode is None else mode
        try:
            with self.store.begin():
                yield
        finally:
            self.store.live = self._own_mode

    def get(self, kind: str, object_id: str, param: str = "id") -> Json:
        """The object of this kind; the processor's 404 when there is none."""
        thing, what = self.store.find(object_id), kind.replace("_", " ")
        if thing is None or thing["object"] != kind:
            raise missing(what, object_id, param)
        if self._asked_live is not None and self.store.find_mode(object_id) != self._asked_live:
            raise of_the_other_mode(what, object_id, param, live=self._asked_live)
        return thing

    def targets(self) -> dict[str, WebhookTarget]:
        """Where events are told, by the endpoint's id."""
        own = {} if self.webhook is None else {MERCHANT: self.webhook}
        return own | {each["id"]: _target(each) for each in self.every("webhook_endpoint")}

    def emit(self, kind: str, thing: Json, call: Call | None = None, *, before: Json | None = None) -> None:
        """Write an event beside the change it tells of; it is sent once the change is committed."""
        live = self.store.find_mode(thing["id"])
        live = self.store.live if live is None else live
        data: Json = {"object": visible(thing)}
        if before is not None:
            data["previous_attributes"] = visible({k: v for k, v in before.items() if thing.get(k) != v})
        told = [each for each, target in self.targets().items() if target.wants(kind)]
        told = [each for each in told if each == MERCHANT or self.store.find_mode(each) == live]
        request = {"id": call.request_id if call else None, "idempotency_key": call.key if call else None}
        event_id = self.new_id("evt")
        event: Json = {
            "id": event_id,
            "object": "event",
            "api_version": API_VERSION,
            "created": self.now(),
            "data": data,
            "livemode": live,
            "pending_webhooks": len(told),
            "request": request,
            "type": kind,
        }
        self.store.put(in_live_mode(event) if live else event)
        for endpoint in told:
            self.store.add_telling(
                event["id"], endpoint, HELD if self.holds_events else self.clock().timestamp()
            )
            self.has_news.set()

    def every(self, kind: str, equals: Mapping[str, Any] | None = None, limit: int = 1000) -> list[Json]:
        """The newest objects of a kind, as the books have them."""
        return self.store.page(Query(kind, equals or {}, limit=limit, live=self._asked_live))[0]

    def page(self, query: Query) -> tuple[list[Json], bool]:
        """A page of a list, as whoever asks may see it; and whether there is more."""
        return self.store.page(replace(query, live=self._asked_live))

    def refunds(self, charge_id: str) -> list[Json]:
        """All refunds of a charge, newest first."""
        return self.every("refund", {"charge": charge_id})


def _target(endpoint: Json) -> WebhookTarget:
    kinds = endpoint["enabled_events"]
    if endpoint["status"] != "enabled":
        kinds = []
    first, *others = endpoint["_secrets"]
    return WebhookTarget(endpoint["url"], first, None if "*" in kinds else frozenset(kinds), tuple(others))


def visible(thing: Json) -> Json:
    """The object without what the books alone know (`_…`), with all the names that it always has."""
    empty = {} if thing.get("deleted") else NULLS.get(thing.get("object", ""), {})
    return {**empty, **{name: value for name, value in thing.items() if not name.startswith("_")}}


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
    wanted = {name: value for name, value in equals.items() if value is not None}
    query = Query(kind, wanted, created, limit, cursors["starting_after"], cursors["ending_before"])
    data, has_more = state.page(query)
    return {"object": "list", "data": [visible(each) for each in data], "has_more": has_more, "url": url}
