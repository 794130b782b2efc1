"""The server itself: starts and stops, and gives tests what a person would do and see."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web

from selfbill.sandbox.faults import Fault, FaultTable, add_fault_routes, fault_middleware
from selfbill.sandbox.slack.access import PATIENCE_S, SCOPES, Access
from selfbill.sandbox.slack.acting import Acting, typed_of
from selfbill.sandbox.slack.core import Call, Core
from selfbill.sandbox.slack.fields import chosen_by
from selfbill.sandbox.slack.interactions import GENUINE, Answer, Sender, Sent, Signing
from selfbill.sandbox.slack.keeping import KeptFile, Wakeup
from selfbill.sandbox.slack.pace import Pace
from selfbill.sandbox.slack.pages import Pages
from selfbill.sandbox.slack.payloads import event_envelope
from selfbill.sandbox.slack.seed import Person, Seed
from selfbill.sandbox.slack.socket_mode import REFUSED_HANDSHAKE, SocketHub
from selfbill.sandbox.slack.web_api import NOT_JSON, WebApi, not_well
from selfbill.sandbox.slack.workspace import Channel, Clock, Ephemeral, Json, Message, View, Workspace
from selfbill.sandbox.standing import StandIn, listen

FILE = "slack.json"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class SlackSandbox(StandIn):
    """One workspace on loopback; `async with SlackSandbox() as slack`, or `start` and `stop`."""

    def __init__(
        self,
        *,
        seed: Seed | None = None,
        port: int = 0,
        data: Path | None = None,
        scopes: Collection[str] = SCOPES,
        now: Clock = _utc_now,
        paced: bool = False,
        patience_s: float = PATIENCE_S,
    ) -> None:
        """`data` is a folder that keeps the workspace; `paced` answers 429 as often as Slack does.

        `patience_s` is how long an app may take for its ack, and for the view that a click opens.
        `request_url` is set later; until then everything goes over Socket Mode.
        """
        self._port = port
        self._file = KeptFile(data / FILE) if data is not None else None
        kept = self._file.read() if self._file else None
        seed = seed or Seed()
        self.workspace = Workspace(seed, now)
        self.access = Access(now, seed.team_id, scopes, patience_s, **(kept["access"] if kept else {}))
        if kept:
            self.workspace.load(kept["workspace"])
        self.core = Core(self.workspace, self.access)
        self.faults = FaultTable((NOT_JSON, REFUSED_HANDSHAKE))
        self.sockets = SocketHub(self.core, self.faults)
        self.sender = Sender(self.core, self.sockets)
        self.acting = Acting(self.core, self.sender)
        self._api = WebApi(self.core, self.faults, self.sockets.new_address, Pace(now) if paced else None)
        self._pages = Pages(self.core, self.acting)
        self._runner: web.AppRunner | None = None
        self._keeper: asyncio.Task[None] | None = None

    # -- start and stop --------------------------------------------------------------------------

    async def start(self) -> None:
        """Listen on loopback; OSError when the port is taken."""
        meddle = fault_middleware(self.faults, lambda fault: not_well(fault.status, fault.retry_after))
        app = web.Application(middlewares=[meddle])
        add_fault_routes(app, self.faults)
        self._api.add_routes(app)
        self._pages.add_routes(app)
        app.router.add_get("/link/", self.sockets.connect)
        app.on_shutdown.append(self._let_go)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        self.core.url = await listen(self._runner, self._port)
        await self.sender.start()
        if self._file is not None:
            wakeup = Wakeup(join_for_s=0.5)
            self.workspace.on_change(wakeup.wake)
            self._keeper = asyncio.create_task(self._keep(self._file, wakeup))
            self._write(self._file)

    async def stop(self) -> None:
        """Close every connection and task, and write the workspace's file once more."""
        if self._keeper is not None:
            self._keeper.cancel()
            with suppress(asyncio.CancelledError):
                await self._keeper
        await self.sender.close()
        if self._runner is not None:
            await self._runner.cleanup()
        if self._file is not None:
            self._write(self._file)

    async def _let_go(self, _app: web.Application) -> None:
        self._pages.close()
        await self.sockets.close()

    async def _keep(self, file: KeptFile, wakeup: Wakeup) -> None:
        while True:
            await wakeup.wait()
            await asyncio.to_thread(file.write, self._state())

    def _write(self, file: KeptFile) -> None:
        file.write(self._state())

    def _state(self) -> Json:
        return {"access": self.access.as_json(), "workspace": self.workspace.as_json()}

    # -- what the product is told ----------------------------------------------------------------

    @property
    def url(self) -> str:
        """The address of the pages; the Web API is at `base_url`."""
        return self.core.url

    @property
    def base_url(self) -> str:
        return f"{self.core.url}/api/"

    @property
    def bot_token(self) -> str:
        return self.access.bot_token

    @property
    def app_token(self) -> str:
        return self.access.app_token

    @property
    def signing_secret(self) -> str:
        return self.access.signing_secret

    @property
    def team_id(self) -> str:
        return self.workspace.seed.team_id

    @property
    def request_url(self) -> str | None:
        """Where events and interactions go; None sends them over the app's Socket Mode connections."""
        return self.sender.request_url

    @request_url.setter
    def request_url(self, url: str | None) -> None:
        self.sender.request_url = url

    # -- what can be seen ------------------------------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """Everything the app told Slack, with the answers."""
        return self.core.calls

    @property
    def refused(self) -> list[Call]:
        """The calls that were answered with `ok: false`; a test that means one clears the list."""
        return self.core.refused

    @property
    def sent(self) -> list[Sent]:
        """Everything Slack sent to the app, with its answers."""
        return self.sender.sent

    @property
    def channels(self) -> dict[str, Channel]:
        return self.workspace.channels

    @property
    def people(self) -> dict[str, Person]:
        return self.workspace.people

    @property
    def modals(self) -> list[View]:
        """The open modals, the last of a person on top."""
        return self.workspace.modals

    def messages(self, channel: str) -> list[Message]:
        """The messages of a channel (id or name), oldest first, replies left out."""
        return self._channel(channel).top_level()

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The replies to a message, oldest first."""
        return self._channel(channel).replies(ts)

    def ephemerals(self, user: Person | str | None = None) -> list[Ephemeral]:
        """What one person (or anybody) was shown alone, oldest first."""
        return [each for each in self.workspace.ephemerals if user is None or each.user == _id(user)]

    def home(self, user: Person | str) -> View | None:
        return self.workspace.homes.get(_id(user))

    def told(self, words: str, user: Person | str | None = None) -> int:
        """How many ephemeral answers hold these words, in their text or blocks."""
        wanted = words.casefold()
        shown = (f"{each.text} {each.blocks}" for each in self.ephemerals(user))
        return sum(wanted in each.casefold() for each in shown)

    # -- what a person does ----------------------------------------------------------------------

    async def click(
        self,
        user: Person | str,
        action_id: str,
        value: object = None,
        *,
        message: Message | str | None = None,
        view: View | None = None,
        signing: Signing = GENUINE,
        copies: int = 1,
    ) -> Answer:
        """Press a button or choose an option (`value`), in one message or wherever it was last seen.

        A `value` that the button does not carry is sent all the same, as a forger would; LookupError
        when nothing on the person's screen has this action.
        """
        sent = None if value is None else str(value)
        holder = view or (self._message(message) if message is not None else None)
        place = self.acting.find(_id(user), action_id, sent, holder)
        chosen = chosen_by(place.element, sent)
        return await self.acting.click(_id(user), place, chosen, signing=signing, copies=copies)

    async def submit_modal(
        self,
        user: Person | str,
        view_id: str | None = None,
        values: Mapping[str, str | list[str]] | None = None,
        *,
        signing: Signing = GENUINE,
    ) -> Answer:
        """Fill in fields (by block_id, or `block_id.action_id`) and submit; the modal on top by default."""
        view = self.workspace.view(view_id) if view_id else self.workspace.modal_of(_id(user))
        if view is None:
            raise LookupError(f"no such modal on the screen of {_id(user)}")
        return await self.acting.submit(view, typed_of(view, values or {}), signing)

    async def close_modal(self, user: Person | str) -> Answer | None:
        """Put the top modal away; None when the app did not ask to hear of it."""
        view = self.workspace.modal_of(_id(user))
        if view is None:
            raise LookupError(f"no modal on the screen of {_id(user)}")
        return await self.acting.close(view)

    async def open_home(self, user: Person | str) -> Answer:
        return await self.acting.open_home(_id(user))

    async def post_event(
        self,
        event: Json,
        *,
        event_id: str | None = None,
        signing: Signing = GENUINE,
        retries_after_s: tuple[float, ...] = (0.0,),
        copies: int = 1,
    ) -> Answer:
        """Send an event; not acked, it is sent again after each wait. Slack's own are 0, 60 and 300 s."""
        envelope = event_envelope(self.core, event, event_id)
        sends = [self.sender.event(envelope, signing, retries_after_s) for _ in range(copies)]
        return (await asyncio.gather(*sends))[0]

    async def command(self, user: Person | str, channel: str, line: str) -> Answer:
        """Type a slash command into a channel."""
        return await self.acting.command(_id(user), self._channel(channel).id, line)

    async def resend(self, sent: Sent, *, signing: Signing = GENUINE) -> Answer:
        """Deliver something out of `sent` once more."""
        return await self.sender.resend(sent, signing)

    def write(self, user: Person | str, channel: str, text: str, *, thread_ts: str | None = None) -> Message:
        """Post a message as a person."""
        return self.acting.write(_id(user), self._channel(channel).id, text, thread_ts)

    def fault(self, method: str, kind: str, **settings: Any) -> Fault:
        """Let a Web API method (or a path, `/response/*`) fail; kinds: `faults.py`, and `not_json`."""
        path = method if method.startswith("/") else f"/api/{method}"
        return self.faults.add(kind, path=path, **settings)

    # -- small matters ---------------------------------------------------------------------------

    def _channel(self, name: str) -> Channel:
        channel = self.workspace.channel_named(name)
        if channel is None:
            raise LookupError(f"no channel {name}")
        return channel

    def _message(self, message: Message | str) -> Message | Ephemeral:
        if isinstance(message, Message):
            return message
        found = self.workspace.find_shown(message)
        if found is None:
            raise LookupError(f"no message {message}")
        return found


def _id(user: Person | str) -> str:
    return user.id if isinstance(user, Person) else user
