"""The payloads of clicks, submitted modals, events and commands, in Slack's own form."""

from __future__ import annotations

from dataclasses import dataclass

from selfbill.sandbox.slack.access import ResponseUrl
from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.fields import state_values
from selfbill.sandbox.slack.shapes import message_shape, view_shape
from selfbill.sandbox.slack.workspace import Ephemeral, Json, Message, View, new_id

Holder = Message | Ephemeral | View


@dataclass(frozen=True)
class Place:
    """An element that somebody acts on, and what it stands in."""

    holder: Holder
    block_id: str
    element: Json

    @property
    def key(self) -> str:
        """Names the holder among all messages and views."""
        return self.holder.id if isinstance(self.holder, View) else self.holder.ts


def block_actions(core: Core, user: str, place: Place, chosen: Json) -> Json:
    """A click or a choice: `chosen` is what the element says of itself."""
    action = {
        "type": place.element["type"],
        "action_id": place.element["action_id"],
        "block_id": place.block_id,
        "action_ts": core.workspace.next_ts(),
        **chosen,
    }
    payload = _common(core, user, "block_actions") | {"actions": [action]}
    if isinstance(place.holder, View):
        values = state_values(place.holder.body["blocks"], place.holder.typed)
        payload["container"] = {"type": "view", "view_id": place.holder.id}
        payload["view"] = view_shape(place.holder, core.workspace.seed, values)
        payload["trigger_id"] = core.access.new_trigger(user, place.holder.id)
        return payload
    return payload | _of_message(core, user, place.holder) | _of_preview(place)


def view_submission(core: Core, view: View, values: Json) -> Json:
    payload = _common(core, view.user, "view_submission")
    payload["trigger_id"] = core.access.new_trigger(view.user, view.id)
    return payload | {"view": view_shape(view, core.workspace.seed, values), "response_urls": []}


def view_closed(core: Core, view: View, *, is_cleared: bool = False) -> Json:
    payload = _common(core, view.user, "view_closed")
    return payload | {"view": view_shape(view, core.workspace.seed), "is_cleared": is_cleared}


def event_envelope(core: Core, event: Json, event_id: str | None = None) -> Json:
    """The outside of an event; `event_id` is what an app tells repeats by."""
    seed = core.workspace.seed
    at = core.workspace.now().timestamp()
    authorization = {
        "enterprise_id": seed.enterprise_id,
        "team_id": seed.team_id,
        "user_id": seed.bot_user_id,
    }
    return {
        "token": "verification-is-by-signature",
        "team_id": seed.team_id,
        "context_team_id": seed.team_id,
        "context_enterprise_id": seed.enterprise_id,
        "api_app_id": seed.app_id,
        "type": "event_callback",
        "event": {"event_ts": core.workspace.next_ts(), **event},
        "event_id": event_id or new_id("Ev"),
        "event_time": int(at),
        "authorizations": [{**authorization, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
    }


def slash_command(core: Core, user: str, channel: str, command: str, text: str) -> dict[str, str]:
    seed = core.workspace.seed
    target = ResponseUrl(channel, user, "", core.workspace.now(), is_ephemeral=True, team_id=core.team_id)
    shown = core.workspace.channels[channel]
    return {
        "token": "verification-is-by-signature",
        "team_id": seed.team_id,
        "team_domain": seed.team_domain,
        "channel_id": channel,
        "channel_name": shown.name or "directmessage",
        "user_id": user,
        "user_name": core.workspace.people[user].handle,
        "command": command,
        "text": text,
        "api_app_id": seed.app_id,
        "is_enterprise_install": "false",
        "response_url": f"{core.url}/response/{core.access.new_response_url(target)}",
        "trigger_id": core.access.new_trigger(user),
    }


def _common(core: Core, user: str, kind: str) -> Json:
    seed, person = core.workspace.seed, core.workspace.people[user]
    team_id = person.team_id or seed.team_id
    return {
        "type": kind,
        "user": {"id": user, "username": person.handle, "name": person.handle, "team_id": team_id},
        "api_app_id": seed.app_id,
        "token": "verification-is-by-signature",
        "team": {"id": seed.team_id, "domain": seed.team_domain},
        "enterprise": {"id": seed.enterprise_id, "name": seed.team_name} if seed.enterprise_id else None,
        "is_enterprise_install": False,
    }


def _of_preview(place: Place) -> Json:
    """What a click in a preview says instead: the message is somebody else's, the preview is ours."""
    holder = place.holder
    if not isinstance(holder, Message):
        return {}
    for number, (url, shown) in enumerate(holder.unfurls.items(), start=1):
        if any(each["block_id"] == place.block_id for each in shown.get("blocks", [])):
            container = {
                "type": "message_attachment",
                "message_ts": holder.ts,
                "attachment_id": number,
                "channel_id": holder.channel,
                "is_ephemeral": False,
                "is_app_unfurl": True,
                "app_unfurl_url": url,
            }
            return {"container": container, "app_unfurl": {"id": number, "app_unfurl_url": url, **shown}}
    return {}


def _of_message(core: Core, user: str, holder: Message | Ephemeral) -> Json:
    """What a click on a message carries besides: container, channel, message, trigger, response address."""
    channel = core.workspace.channels[holder.channel]
    is_ephemeral = isinstance(holder, Ephemeral)
    container: Json = {
        "type": "message",
        "message_ts": holder.ts,
        "channel_id": channel.id,
        "is_ephemeral": is_ephemeral,
    }
    if holder.thread_ts:
        container["thread_ts"] = holder.thread_ts
    target = ResponseUrl(
        channel.id,
        user,
        holder.ts,
        core.workspace.now(),
        is_ephemeral,
        thread_ts=holder.thread_ts,
        team_id=core.team_id,
    )
    of_message: Json = {
        "state": {"values": state_values(holder.blocks, {})},
        "container": container,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "trigger_id": core.access.new_trigger(user),
        "response_url": f"{core.url}/response/{core.access.new_response_url(target)}",
    }
    if isinstance(holder, Message):  # an ephemeral message is not sent along
        of_message["message"] = message_shape(holder, core.workspace.seed)
    return of_message
