"""An app's own messages as events: who subscribes to a channel's messages hears what it posts there, too."""

from __future__ import annotations

from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.events import Events, changed_event, message_event, subscription_of
from selfbill.sandbox.slack.workspace import Json


def echo(events: Events, core: Core, method: str, answer: Json) -> None:
    """Tell the app, beside what goes on, of a message it posted or changed."""
    if method not in ("chat.postMessage", "chat.update"):
        return
    channel = core.workspace.channels.get(answer.get("channel", ""))
    message = channel.find(answer["ts"]) if channel else None
    if channel is None or message is None:
        return
    if method == "chat.postMessage":
        event = message_event(core, message)
    else:
        event = changed_event(core, message, answer["message"])
    events.later(core, subscription_of(channel), event)
