"""What a person does in the client: press, choose, submit, close, write, look at the Home tab."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping

from selfbill.sandbox.slack import methods_views as views
from selfbill.sandbox.slack.access import Refused
from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.fields import Typed, missing_fields, state_values
from selfbill.sandbox.slack.interactions import GENUINE, Answer, Sender, Signing
from selfbill.sandbox.slack.payloads import (
    Holder,
    Place,
    block_actions,
    event_envelope,
    slash_command,
    view_closed,
    view_submission,
)
from selfbill.sandbox.slack.shapes import view_shape
from selfbill.sandbox.slack.workspace import Json, Message, View, elements_of

TROUBLE = "We had some trouble connecting. Try again?"


class Acting:
    """Turns an act on screen into the payload Slack would send, and shows what came of it."""

    def __init__(self, core: Core, sender: Sender) -> None:
        self._core = core
        self._sender = sender

    async def click(
        self, user: str, place: Place, chosen: Json, *, signing: Signing = GENUINE, copies: int = 1
    ) -> Answer:
        """Press or choose; `copies` are sent at the same time, and the first one's answer is shown."""
        payload = block_actions(self._core, user, place, chosen)
        sends = [self._sender.interaction(payload, signing) for _ in range(copies)]
        answer = (await asyncio.gather(*sends))[0]
        key = (user, place.key, place.element["action_id"])
        self._core.workspace.warnings.pop(key, None)
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

    async def open_home(self, user: str) -> Answer:
        """Look at the Home tab, which tells the app who came."""
        home = self._core.workspace.homes.get(user)
        event: Json = {"type": "app_home_opened", "user": user, "tab": "home"}
        event["channel"] = self._core.workspace.direct_message(user).id
        if home is not None:
            event["view"] = view_shape(home, self._core.workspace.seed)
        return await self._sender.event(event_envelope(self._core, event), GENUINE, ())

    async def command(self, user: str, channel: str, line: str) -> Answer:
        """A line such as `/selfbill help`."""
        command, _, text = line.partition(" ")
        return await self._sender.command(slash_command(self._core, user, channel, command, text))

    def write(self, user: str, channel_id: str, text: str, thread_ts: str | None = None) -> Message:
        """A message by a person; text as typed, so its `& < >` are escaped as Slack stores them."""
        escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        message = Message(self._core.workspace.next_ts(), channel_id, user, escaped, thread_ts=thread_ts)
        self._core.workspace.channels[channel_id].messages.append(message)
        self._core.workspace.changed()
        return message

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
            blocks = each.body["blocks"] if isinstance(each, View) else each.blocks
            for block_id, element in elements_of(blocks):
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
