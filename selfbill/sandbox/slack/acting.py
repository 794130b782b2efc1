"""What a person does in the client: press, choose, submit, close, write, look at the Home tab."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from selfbill.sandbox.slack import methods_views as views
from selfbill.sandbox.slack.access import Refused
from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.events import (
    AT_ONCE,
    Events,
    changed_event,
    deleted_event,
    home_event,
    link_event,
    message_event,
    subscription_of,
)
from selfbill.sandbox.slack.fields import Typed, missing_fields, state_values
from selfbill.sandbox.slack.interactions import GENUINE, Answer, Sender, Signing
from selfbill.sandbox.slack.methods_chat import take_command_answer, whisper
from selfbill.sandbox.slack.mrkdwn import as_stored
from selfbill.sandbox.slack.payloads import (
    Holder,
    Place,
    block_actions,
    slash_command,
    view_closed,
    view_submission,
)
from selfbill.sandbox.slack.shapes import message_shape
from selfbill.sandbox.slack.workspace import Channel, Json, Message, View, blocks_of, elements_of

TROUBLE = "We had some trouble connecting. Try again?"


class Acting:
    """Turns an act on screen into the payload Slack would send, and shows what came of it."""

    def __init__(self, core: Core, sender: Sender, events: Events) -> None:
        self._core = core
        self._sender = sender
        self._events = events

    async def click(
        self, user: str, place: Place, chosen: Json, *, signing: Signing = GENUINE, copies: int = 1
    ) -> Answer:
        """Press or choose; `copies` are sent at the same time, and the first one's answer is shown."""
        if not self._is_installed():
            return Answer(None, 0.0, error="not_installed")
        payload = block_actions(self._core, user, place, chosen)
        sends = [self._sender.interaction(payload, signing) for _ in range(copies)]
        answer = (await asyncio.gather(*sends))[0]
        key = (user, place.key, place.element["action_id"])
        self._core.workspace.warnings.pop(key, None)
        if answer.acked and answer.body:
            # Slack reads nothing out of the ack of a click: whoever wrote it there meant it to be seen.
            self._core.record(
                "ack:block_actions", {"said": answer.body}, {"ok": False, "error": "ignored_ack"}
            )
        if answer.warning:
            self._core.workspace.warnings[key] = answer.warning
        self._core.workspace.changed()
        return answer

    async def submit(self, view: View, typed: Typed, signing: Signing = GENUINE) -> Answer:
        """Send what was typed; the client itself refuses to send an empty required field."""
        view.typed, view.problem = dict(typed), ""
        view.errors = missing_fields(view.body["blocks"], typed)
        if view.errors:
            self._core.workspace.changed()
            return Answer(None, 0.0, {"errors": view.errors}, "not_sent")
        values = state_values(view.body["blocks"], typed)
        answer = await self._sender.interaction(view_submission(self._core, view, values), signing)
        self._take_answer(view, answer)
        return answer

    async def close(self, view: View) -> Answer | None:
        """Put a modal away; the app hears of it only when it asked to."""
        views.close_top(self._core, view)
        if not view.body.get("notify_on_close"):
            return None
        return await self._sender.interaction(view_closed(self._core, view))

    async def open_home(self, user: str, tab: str = "home", waits_s: tuple[float, ...] = AT_ONCE) -> Answer:
        """Look at a tab of the app's Home, which tells the app who came."""
        event = home_event(self._core, user, tab)
        return await self._events.tell(self._core, "app_home_opened", event, waits_s=waits_s)

    async def command(self, user: str, channel: str, line: str) -> Answer:
        """A line such as `/selfbill help`; one that no app declared never leaves the client."""
        command, _, text = line.partition(" ")
        if not self._is_installed() or not self._core.access.declared.has_command(command):
            slack_says = f"{command} is not a valid command."
            whisper(self._core, self._core.workspace.channels[channel], user, slack_says, [], thread_ts=None)
            return Answer(None, 0.0, error="not_a_command")
        self._core.access.used.add("commands")
        fields = slash_command(self._core, user, channel, command, text.strip())
        answer = await self._sender.command(fields)
        try:
            take_command_answer(self._core, user, channel, command, answer)
        except Refused as no:
            self._core.record(
                f"ack:{command}", {"said": answer.body}, {"ok": False, "error": no.code, **no.beside}
            )
        return answer

    async def write(self, message: Message, waits_s: tuple[float, ...] = AT_ONCE) -> Message:
        """Put a message where it belongs; the app hears of it and of the links in it."""
        core, channel = self._core, self._core.workspace.channels[message.channel]
        channel.messages.append(message)
        core.workspace.changed()
        await self._tell_members(channel, message_event(core, message), waits_s)
        if (event := link_event(core, message)) is not None:
            await self._events.tell(core, "link_shared", event, waits_s=waits_s)
        return message

    def new_message(self, user: str, channel_id: str, text: str, thread_ts: str | None = None) -> Message:
        """What a person typed, as Slack stores it; not yet in its channel."""
        ts = self._core.workspace.next_ts()
        return Message(ts, channel_id, user, as_stored(text), thread_ts=thread_ts)

    async def rewrite(self, message: Message, text: str) -> Message:
        """A person edits their message."""
        before = message_shape(message, self._core.workspace.seed)
        message.text, message.edited_ts = as_stored(text), self._core.workspace.next_ts()
        self._core.workspace.changed()
        channel = self._core.workspace.channels[message.channel]
        await self._tell_members(channel, changed_event(self._core, message, before), AT_ONCE)
        return message

    async def take_back(self, message: Message) -> None:
        """A person deletes their message."""
        channel = self._core.workspace.channels[message.channel]
        event = deleted_event(self._core, message)
        channel.messages.remove(message)
        self._core.workspace.changed()
        await self._tell_members(channel, event, AT_ONCE)

    async def _tell_members(self, channel: Channel, event: Json, waits_s: tuple[float, ...]) -> None:
        if self._core.workspace.seed.bot_user_id in channel.members:
            await self._events.tell(self._core, subscription_of(channel), event, waits_s=waits_s)

    def _is_installed(self) -> bool:
        return bool(self._core.access.live_tokens(self._core.team_id))

    def _take_answer(self, view: View, answer: Answer) -> None:
        if not answer.acked:
            view.problem = TROUBLE
            self._core.workspace.changed()
            return
        said = answer.body if isinstance(answer.body, dict) else {}
        try:
            views.take_submission_answer(self._core, view, said)
        except Refused as no:
            view.problem = TROUBLE
            self._core.record("ack:view_submission", said, {"ok": False, "error": no.code, **no.beside})
            self._core.workspace.changed()

    # -- finding what to press -------------------------------------------------------------------

    def find(
        self, user: str, action_id: str, value: str | None = None, holder: Holder | None = None
    ) -> Place:
        """The element a person means: in `holder`, or in the newest thing on their screen that has it."""
        forged: Place | None = None
        for place in self._places(user, holder):
            if place.element["action_id"] == action_id:
                if value in (None, place.element.get("value")):
                    return place
                forged = forged or place
        if forged is not None:
            return forged
        if holder is None:
            raise LookupError(f"{action_id} is nowhere on the screen of {user}")
        # A client that did not hear of a redraw yet still shows the old button, and people press it.
        return Place(holder, "gone", {"type": "button", "action_id": action_id, "value": value})

    def _places(self, user: str, holder: Holder | None) -> Iterator[Place]:
        for each in self._on_screen(user) if holder is None else [holder]:
            for block_id, element in elements_of(blocks_of(each)):
                yield Place(each, block_id, element)

    def _on_screen(self, user: str) -> Iterator[Holder]:
        space = self._core.workspace
        if (modal := space.modal_of(user)) is not None:
            yield modal
        yield from (each for each in reversed(space.ephemerals) if each.user == user)
        yield from sorted(space.all_messages(), key=lambda message: message.ts, reverse=True)
        if (home := space.homes.get(user)) is not None:
            yield home


def typed_of(view: View, values: Mapping[str, str | list[str]]) -> Typed:
    """What was typed, by `block_id.action_id`; a test may name a field by its block_id alone."""
    typed: Typed = dict(view.typed)
    for block_id, element in elements_of(view.body["blocks"]):
        name = f"{block_id}.{element['action_id']}"
        if (value := values.get(name, values.get(block_id))) is not None:
            typed[name] = value
    return typed
