"""The events Slack sends by itself: what each one says, and whether this app may hear of it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from selfbill.sandbox.slack.access import Refused
from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.declared import EVENTS
from selfbill.sandbox.slack.interactions import GENUINE, Answer, Sender
from selfbill.sandbox.slack.mrkdwn import links_in
from selfbill.sandbox.slack.payloads import event_envelope
from selfbill.sandbox.slack.seed import Person
from selfbill.sandbox.slack.shapes import message_shape, person_shape, view_shape
from selfbill.sandbox.slack.workspace import Channel, Json, Message, new_id

AT_ONCE = (0.0,)  # one retry without a wait, for tests
AS_SLACK = (0.0, 60.0, 300.0)

_OF_CHANNEL = {"im": "message.im", "group": "message.groups", "channel": "message.channels"}


class Events:
    """Sends what the app subscribed to and has a scope for; the rest is noted in `withheld`."""

    def __init__(self, sender: Sender) -> None:
        self._sender = sender
        self.withheld: list[tuple[str, str]] = []  # event, why not
        self.echoes = False  # whether the app hears its own messages again, as it does in Slack

    async def tell(
        self, core: Core, name: str, event: Json, *, waits_s: tuple[float, ...] = AT_ONCE
    ) -> Answer:
        """Send the event; `name` is what it is subscribed to by, such as `message.channels`."""
        if why := self._why_not(core, name):
            self.withheld.append((name, why))
            return Answer(None, 0.0, error=why)
        return await self._sender.event(event_envelope(core, event), GENUINE, waits_s)

    def later(self, core: Core, name: str, event: Json) -> None:
        """The same with Slack's own retries, while the caller goes on."""
        self._sender.later(self.tell(core, name, event, waits_s=AS_SLACK))

    def _why_not(self, core: Core, name: str) -> str:
        access = core.access
        if not access.declared.hears(name):
            return "not_subscribed"
        if name in ("app_uninstalled", "tokens_revoked"):
            return ""  # the last word of an installation that is gone
        needed = EVENTS.get(name, ())
        tokens = access.live_tokens(core.team_id)
        if not tokens:
            return "not_installed"
        if not needed:
            return ""
        for token in tokens:
            try:
                access.need(token, needed)
            except Refused:
                continue
            return ""
        return "missing_scope"


def subscription_of(channel: Channel) -> str:
    return _OF_CHANNEL[kind_of(channel)]


def kind_of(channel: Channel) -> str:
    """`channel_type` as events say it."""
    if channel.is_im:
        return "im"
    return "group" if channel.is_private else "channel"


def message_event(core: Core, message: Message) -> Json:
    """A new message, a person's or a bot's."""
    channel = core.workspace.channels[message.channel]
    event = message_shape(message, core.workspace.seed)
    event |= {"channel": channel.id, "channel_type": kind_of(channel), "event_ts": message.ts}
    if message.thread_ts:
        parent = channel.find(message.thread_ts)
        event["parent_user_id"] = parent.user if parent else message.user
    person = core.workspace.people.get(message.user)
    if person is not None:
        event["client_msg_id"] = f"{message.ts}-{message.user}"
        event["user_team"] = person.team_id or core.team_id
        event.setdefault("blocks", [_rich_text(message)])
    return event


def changed_event(core: Core, message: Message, before: Json) -> Json:
    channel = core.workspace.channels[message.channel]
    return {
        "type": "message",
        "subtype": "message_changed",
        "message": message_shape(message, core.workspace.seed),
        "previous_message": before,
        "channel": channel.id,
        "channel_type": kind_of(channel),
        "hidden": True,
        "ts": core.workspace.next_ts(),
    }


def deleted_event(core: Core, message: Message) -> Json:
    channel = core.workspace.channels[message.channel]
    return {
        "type": "message",
        "subtype": "message_deleted",
        "deleted_ts": message.ts,
        "previous_message": message_shape(message, core.workspace.seed),
        "channel": channel.id,
        "channel_type": kind_of(channel),
        "hidden": True,
        "ts": core.workspace.next_ts(),
    }


def link_event(core: Core, message: Message) -> Json | None:
    """The links of a message that lie in the app's domains; None when there are none."""
    declared = core.access.declared
    hosts = {url: urlsplit(url).hostname or "" for url in links_in(message.text)}
    links = [{"domain": host, "url": url} for url, host in hosts.items() if declared.unfurls(host)]
    if not links:
        return None
    message.unfurl_id = f"{message.channel}.{message.ts}.{new_id('')}"
    event: Json = {
        "type": "link_shared",
        "channel": message.channel,
        "is_bot_user_member": core.workspace.seed.bot_user_id
        in core.workspace.channels[message.channel].members,
        "user": message.user,
        "message_ts": message.ts,
        "unfurl_id": message.unfurl_id,
        "source": "conversations_history",
        "links": links,
    }
    return event | ({"thread_ts": message.thread_ts} if message.thread_ts else {})


def home_event(core: Core, user: str, tab: str) -> Json:
    event: Json = {"type": "app_home_opened", "user": user, "tab": tab}
    event["channel"] = core.workspace.direct_message(user).id
    home = core.workspace.homes.get(user)
    if home is not None and tab == "home":
        event["view"] = view_shape(home, core.workspace.seed)
    return event


def user_event(core: Core, person: Person) -> Json:
    seed = core.workspace.seed
    with_email = "users:read.email" in core.access.scopes_of(core.team_id)
    shape = person_shape(person, seed, with_email=with_email, with_locale=True)
    return {"type": "user_change", "user": shape, "cache_ts": int(core.workspace.now().timestamp())}


def channel_event(channel: Channel, what: str, actor: str) -> tuple[str, Json]:
    """`archive`, `unarchive` or `left` of a channel: the subscription and the event."""
    name = f"{'group' if channel.is_private else 'channel'}_{what}"
    who = {"actor_id": actor} if what == "left" else {"user": actor}
    return name, {"type": name, "channel": channel.id, **who}


def joined_event(core: Core, channel: Channel, user: str, inviter: str) -> Json:
    kind: dict[str, Any] = {"channel_type": "G" if channel.is_private else "C", "team": core.team_id}
    return {"type": "member_joined_channel", "user": user, "channel": channel.id, "inviter": inviter, **kind}


def _rich_text(message: Message) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": message.typed}]}
    return {"type": "rich_text", "block_id": message.ts.partition(".")[2], "elements": [section]}
