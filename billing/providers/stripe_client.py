"""The way to Stripe: its SDK on aiohttp, one account's key, and its errors in the port's words."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Iterable
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any, TypeVar

import aiohttp
import stripe

from billing.processor import AnswerLost, KeyMismatch, KeyRefused, NotPermitted, TryLater

# Seconds. A delivery makes up to three calls, and all of them must fit into the relay's lease.
PATIENCE = 8.0
# Our marks on what we make there, so that a read-back finds it again.
OPERATION_MARK = "selfbill_operation"
CARD_CHANGE_MARK = "selfbill_card_change"

_NAMED_PERMISSION = re.compile(r"'rak_([a-z0-9_]+)'")
# 403s that say that the key itself is no good any more, not that it may too little.
_DEAD_KEY = frozenset({"account_invalid", "api_key_expired", "platform_api_key_expired"})
_PERMISSION_WAIT = timedelta(hours=1)

_Answer = TypeVar("_Answer")
_Found = TypeVar("_Found", bound=stripe.StripeObject)


def open_http(patience: float = PATIENCE) -> stripe.AIOHTTPClient:
    """Connections for any number of keys; `patience` in seconds for each call. Close it in the end."""
    return stripe.AIOHTTPClient(timeout=aiohttp.ClientTimeout(total=patience))


async def close_http(http: stripe.AIOHTTPClient) -> None:
    """Close the connections."""
    await http.close_async()  # type: ignore[no-untyped-call]


class StripeDoor:
    """One account's key to the API, by connections of its own or by shared ones."""

    def __init__(
        self,
        key: str,
        *,
        api: str | None = None,
        http: stripe.AIOHTTPClient | None = None,
        patience: float = PATIENCE,
    ) -> None:
        self._own_http = open_http(patience) if http is None else None
        self._key = key
        self._v1 = stripe.StripeClient(
            key,
            base_addresses={"api": api} if api else {},
            http_client=http or self._own_http,
            # A silent second try inside one call would hide from the ledger what was sent.
            max_network_retries=0,
        ).v1

    async def close(self) -> None:
        """Close the connections, unless they are shared."""
        if self._own_http is not None:
            await close_http(self._own_http)


@asynccontextmanager
async def doubts() -> AsyncIterator[None]:
    """Stripe's errors as the port's: what surely did nothing, and what may have happened."""
    try:
        yield
    except stripe.AuthenticationError as unknown:
        raise KeyRefused(code_of(unknown) or "unknown_key") from unknown
    except stripe.PermissionError as no:
        raise _refusal(no) from no
    except stripe.RateLimitError as busy:
        raise TryLater(code_of(busy) or "rate_limit", _retry_after(busy)) from busy
    except stripe.IdempotencyError as mismatch:
        # The key went out with other parameters: never "fixed" with a new key, people must look.
        raise KeyMismatch("idempotency mismatch") from mismatch
    except (stripe.APIConnectionError, stripe.APIError, aiohttp.ClientError, TimeoutError) as lost:
        # A key in use is to the SDK an error as any 500.
        if isinstance(lost, stripe.APIError) and lost.http_status == 409:
            raise TryLater("the key is in use", _retry_after(lost)) from lost
        # The SDK lets an answer that breaks off in its body through as aiohttp's own error.
        raise AnswerLost(type(lost).__name__) from lost


async def found(reading: Awaitable[_Found]) -> _Found | None:
    """What is read, or None where there is no such object, or no more. Raises as `doubts` says."""
    async with doubts():
        try:
            thing = await reading
        except stripe.InvalidRequestError as no:
            if is_missing(no):
                return None
            raise AnswerLost(str(no)) from no
        return None if told(thing, "deleted") else thing


async def all_of(questions: Iterable[Awaitable[_Answer]]) -> list[_Answer]:
    """The answers to questions under way together; once all have ended, raises what the first one raised."""
    said = await asyncio.gather(*questions, return_exceptions=True)
    for each in said:
        if isinstance(each, BaseException):
            raise each
    return [each for each in said if not isinstance(each, BaseException)]


def is_missing(no: stripe.StripeError) -> bool:
    """There is no object of that id."""
    return no.code == "resource_missing"


def told(thing: object, name: str) -> Any:
    """A field that Stripe tells only sometimes; None when it did not."""
    return getattr(thing, name, None)


def code_of(error: stripe.StripeError) -> str:
    """Stripe's stable code; the SDK keeps it for some kinds of errors only."""
    return error.code or str(told(error.error, "code") or "")


def _refusal(no: stripe.PermissionError) -> KeyRefused | NotPermitted:
    code, message = code_of(no), no.user_message or ""
    if code in _DEAD_KEY or "expired api key" in message.lower():
        return KeyRefused(code or "api_key_expired")
    named = _NAMED_PERMISSION.search(message)
    return NotPermitted(named[1] if named else "", _PERMISSION_WAIT)


def _retry_after(error: stripe.StripeError) -> timedelta | None:
    headers: Any = error.headers or {}
    seconds = str(headers.get("Retry-After") or headers.get("retry-after") or "")
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else None
