"""Our calls to Slack: time-outs, no silent second try; failures as the relay needs them."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.web.async_slack_response import AsyncSlackResponse
from slack_sdk.webhook.async_client import AsyncWebhookClient

from billing.errors import DeliveryFailed
from bot.marks import Block

# A delivery makes a few calls one after another, and must be over before its lease is.
TIMEOUT_SECONDS = 6
SLACK = "https://slack.com/api/"
# The token opens nothing any more: the app was removed, or the token revoked.
TOKEN_OVER = frozenset({"account_inactive", "invalid_auth", "not_authed", "token_revoked"})
# The channel takes nothing, until somebody does something about it.
LOST_CHANNEL = frozenset(
    {"channel_not_found", "is_archived", "is_inactive", "not_in_channel", "restricted_action"}
)
# Nothing that waiting mends: the owner must look.
_FOR_GOOD = TOKEN_OVER | LOST_CHANNEL | frozenset({"missing_scope", "user_not_found", "user_not_in_channel"})


class AnswerLostBySlack(DeliveryFailed):
    """The answer to a call was lost: whether it happened is unknown."""


class SlackClient:
    """The Web API with one token, on a session that others share."""

    def __init__(self, base_url: str, token: str | None, session: aiohttp.ClientSession) -> None:
        self._base_url = base_url
        self._session = session
        self.web = AsyncWebClient(
            token=token,
            base_url=base_url,
            session=session,
            timeout=TIMEOUT_SECONDS,
            # The default handlers post twice when an answer is lost.
            retry_handlers=[],
        )

    async def call(self, method: Callable[..., Awaitable[Any]], **arguments: Any) -> Mapping[str, Any]:
        """One call of an SDK method; raises `DeliveryFailed`, or `AnswerLostBySlack`."""
        try:
            answer = await method(**arguments)
        except SlackApiError as refused:
            raise _as_failure(refused) from refused
        except aiohttp.ClientConnectorError as away:
            raise DeliveryFailed("slack could not be reached") from away
        except (aiohttp.ClientError, SlackClientError, TimeoutError) as lost:
            raise AnswerLostBySlack(type(lost).__name__) from lost
        data: Mapping[str, Any] = answer.data
        return data

    async def auth_test(self) -> AsyncSlackResponse:
        """`auth.test`, with what the token may, which Slack says in a header, added as `scopes`."""
        answer = await self.web.auth_test()
        if isinstance(answer.data, dict):
            answer.data["scopes"] = answer.headers.get("x-oauth-scopes") or ""
        return answer

    async def respond(self, response_url: str, text: str, blocks: list[Block]) -> bool:
        """A private answer where the click was; False when the address is not Slack's or no longer good."""
        if not self._is_slack(response_url):
            return False
        hook = AsyncWebhookClient(
            response_url, session=self._session, timeout=TIMEOUT_SECONDS, retry_handlers=[]
        )
        try:
            answer = await hook.send(
                text=text, blocks=blocks, response_type="ephemeral", replace_original=False
            )
        except (aiohttp.ClientError, SlackClientError, TimeoutError):
            return True  # perhaps it arrived; a private sentence is not worth a doubled one
        return bool(answer.status_code == 200)

    def _is_slack(self, address: str) -> bool:
        ours, theirs = urlsplit(self._base_url), urlsplit(address)
        hosts = {ours.netloc, "hooks.slack.com"} if ours.netloc == "slack.com" else {ours.netloc}
        return theirs.scheme == ours.scheme and theirs.netloc in hosts


def _as_failure(refused: SlackApiError) -> DeliveryFailed:
    code = str(refused.response.get("error") or "unknown")
    status = refused.response.status_code
    if status == 429:
        seconds = str(refused.response.headers.get("Retry-After") or "1")
        after = timedelta(seconds=int(seconds) if seconds.isdigit() else 1)
        return DeliveryFailed("ratelimited", after=after, untouched=True)
    if status >= 500:
        return AnswerLostBySlack(f"status {status}")
    return DeliveryFailed(code, permanent=code in _FOR_GOOD)
