"""A tiny real Bolt app, over HTTP or Socket Mode, that the small Slack is tried against."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from aiohttp import ClientSession, web
from slack_bolt.adapter.aiohttp import to_aiohttp_response, to_bolt_request
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.async_app import AsyncAck, AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from selfbill.sandbox.slack import SlackSandbox

Json = dict[str, Any]

CONFIRM: Json = {
    "title": {"type": "plain_text", "text": "Approve this refund?"},
    "text": {"type": "mrkdwn", "text": "*$49.00* goes back to Alice."},
    "confirm": {"type": "plain_text", "text": "Yes, approve"},
    "deny": {"type": "plain_text", "text": "Not yet"},
}
APPROVE: Json = {
    "type": "button",
    "action_id": "request:approve",
    "text": {"type": "plain_text", "text": "Approve"},
    "value": "r1",
    "style": "primary",
    "confirm": CONFIRM,
}
DENY: Json = {
    "type": "button",
    "action_id": "request:deny",
    "text": {"type": "plain_text", "text": "Deny"},
    "value": "r1",
    "style": "danger",
}
ASK: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "Alice asks for *$49.00* back"}}
CARD: list[Json] = [ASK, {"type": "actions", "block_id": "decide", "elements": [APPROVE, DENY]}]
REASON: Json = {
    "type": "input",
    "block_id": "reason",
    "label": {"type": "plain_text", "text": "Reason"},
    "element": {"type": "plain_text_input", "action_id": "text", "multiline": True, "max_length": 500},
}
DENY_MODAL: Json = {
    "type": "modal",
    "callback_id": "deny",
    "title": {"type": "plain_text", "text": "Deny the refund"},
    "submit": {"type": "plain_text", "text": "Deny"},
    "close": {"type": "plain_text", "text": "Back"},
    "private_metadata": "r1",
    "blocks": [REASON],
}


class BoltApp:
    """Approve redraws the card and whispers, Deny opens a modal; `heard` holds what it got."""

    def __init__(self, slack: SlackSandbox, session: ClientSession) -> None:
        self.slack = slack
        self.client = AsyncWebClient(
            slack.bot_token, base_url=slack.base_url, session=session, retry_handlers=[]
        )
        self.app = AsyncApp(client=self.client, signing_secret=slack.signing_secret)
        self.heard: list[dict[str, Any]] = []
        self.app.action("request:approve")(self.approve)
        self.app.action("request:deny")(self.deny)
        self.app.action("fails")(self.fail)
        self.app.view("deny")(self.denied)
        self.app.event("app_home_opened")(self.home)

    async def approve(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.heard.append(body)
        await ack()
        channel, user = body["channel"]["id"], body["user"]["id"]
        done = [{"type": "section", "text": {"type": "mrkdwn", "text": f"Approved by <@{user}>"}}]
        await self.client.chat_update(channel=channel, ts=body["message"]["ts"], text="Approved", blocks=done)
        await self.client.chat_postEphemeral(channel=channel, user=user, text="You approved it.")

    async def deny(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        self.heard.append(body)
        await ack()
        await self.client.views_open(trigger_id=body["trigger_id"], view=DENY_MODAL)

    async def fail(self, body: dict[str, Any]) -> None:
        raise RuntimeError("the database is away")

    async def denied(self, ack: AsyncAck, view: dict[str, Any]) -> None:
        self.heard.append(view)
        reason = view["state"]["values"]["reason"]["text"]["value"]
        if len(reason) < 3:
            await ack(response_action="errors", errors={"reason": "Say a little more."})
        else:
            await ack()

    async def command(self, ack: AsyncAck, body: Json) -> None:
        self.heard.append(body)
        await ack()

    async def dawdle(self, ack: AsyncAck) -> None:
        """Acks, but only when nobody waits for it any more."""
        await asyncio.sleep(0.5)
        await ack()

    async def home(self, event: dict[str, Any]) -> None:
        self.heard.append(event)
        view = {"type": "home", "blocks": [ASK]}
        await self.client.views_publish(user_id=event["user"], view=view)

    async def post_card(self) -> str:
        posted = await self.client.chat_postMessage(channel="support", text="A refund waits", blocks=CARD)
        return str(posted["ts"])


@asynccontextmanager
async def over_http(slack: SlackSandbox) -> AsyncIterator[BoltApp]:
    async with ClientSession() as session:
        bolt = BoltApp(slack, session)

        async def events(http: web.Request) -> web.Response:
            return await to_aiohttp_response(await bolt.app.async_dispatch(await to_bolt_request(http)))

        app = web.Application()
        app.router.add_post("/slack/events", events)
        runner = web.AppRunner(app)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        slack.request_url = f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"
        try:
            yield bolt
        finally:
            await runner.cleanup()


@asynccontextmanager
async def over_socket(slack: SlackSandbox) -> AsyncIterator[BoltApp]:
    async with ClientSession() as session:
        bolt = BoltApp(slack, session)
        handler = AsyncSocketModeHandler(bolt.app, slack.app_token, ping_interval=1)
        await handler.connect_async()  # type: ignore[no-untyped-call]
        try:
            yield bolt
        finally:
            await handler.close_async()  # type: ignore[no-untyped-call]


TRANSPORTS = {"http": over_http, "socket": over_socket}
