"""The workspace's state: people, channels, messages, views, and what a person has on screen."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from selfbill.sandbox.slack.seed import Person, Seed

_ANGLES = re.compile(r"<(https?://[^<>|]+)>")

Json = dict[str, Any]
Clock = Callable[[], datetime]


def new_id(prefix: str) -> str:
    """An id in Slack's form, such as `V0A1B2C3D4E`."""
    return f"{prefix}0{secrets.token_hex(5).upper()}"


@dataclass
class Message:
    """A message of a channel or thread; `blocks` are stored with the ids that Slack adds."""

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    is_bot: bool = False
    thread_ts: str | None = None
    metadata: Json | None = None
    edited_ts: str | None = None
    subtype: str | None = None  # bot_message, channel_join, file_share …; plain ones have none
    bot_id: str | None = None  # of another app than ours
    unfurls: dict[str, Json] = field(default_factory=dict)  # link → what the app shows below it
    unfurl_id: str | None = None  # by which the app was told of its links

    @property
    def typed(self) -> str:
        """The text as a person wrote it, without Slack's entities and the angles around links."""
        bare = _ANGLES.sub(r"\1", self.text)
        return bare.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


@dataclass
class Ephemeral:
    """What only one person sees, until the page is left or it is put away."""

    ts: str
    channel: str
    user: str
    text: str = ""
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str | None = None


@dataclass
class Channel:
    """A channel or a direct message with its messages, oldest first."""

    id: str
    name: str
    is_private: bool = False
    is_archived: bool = False
    is_im: bool = False
    members: list[str] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)

    def find(self, ts: str) -> Message | None:
        return next((each for each in reversed(self.messages) if each.ts == ts), None)

    def top_level(self) -> list[Message]:
        return [each for each in self.messages if each.thread_ts in (None, each.ts)]

    def replies(self, ts: str) -> list[Message]:
        return [each for each in self.messages if each.thread_ts == ts and each.ts != ts]


@dataclass
class View:
    """A modal or a Home tab on one person's screen, with what was typed and the errors shown."""

    id: str
    user: str
    body: Json  # as the app sent it, with block and action ids filled in
    hash: str
    root_id: str
    previous_id: str | None = None
    typed: dict[str, str | list[str]] = field(default_factory=dict)  # "block_id.action_id" → value
    errors: dict[str, str] = field(default_factory=dict)  # block_id → sentence
    problem: str = ""  # shown above the fields, when the app did not answer

    @property
    def is_home(self) -> bool:
        return bool(self.body.get("type") == "home")


class Workspace:
    """All that Slack would remember; `changed()` wakes the pages and the file."""

    def __init__(self, seed: Seed, now: Clock) -> None:
        self.seed = seed
        self.now = now
        self.people: dict[str, Person] = {each.id: each for each in seed.people}
        self.channels: dict[str, Channel] = {}
        self.ephemerals: list[Ephemeral] = []
        self.modals: list[View] = []  # the last one of a person is on top
        self.homes: dict[str, View] = {}
        self.warnings: dict[tuple[str, str, str], str] = {}  # person, place, action → sentence
        self.version = 0
        self._wake: list[Callable[[], None]] = []
        self._last_us = 0
        for each in seed.channels:
            members = list(each.members or [p.id for p in seed.people if not p.deleted])
            members += [seed.bot_user_id] if each.bot_is_in else []
            self.channels[each.id] = Channel(
                each.id, each.name, is_private=each.is_private, is_archived=each.is_archived, members=members
            )

    # -- change ----------------------------------------------------------------------------------

    def on_change(self, wake: Callable[[], None]) -> None:
        self._wake.append(wake)

    def changed(self) -> None:
        self.version += 1
        for wake in self._wake:
            wake()

    def next_ts(self) -> str:
        """A time stamp as Slack's: unique and rising, whatever the clock does."""
        self._last_us = max(self._last_us + 1, int(self.now().timestamp() * 1_000_000))
        return f"{self._last_us // 1_000_000}.{self._last_us % 1_000_000:06d}"

    # -- finding ---------------------------------------------------------------------------------

    def channel_named(self, name: str) -> Channel | None:
        """By id, or by name with or without `#`."""
        wanted = name.removeprefix("#")
        return self.channels.get(name) or next((c for c in self.channels.values() if c.name == wanted), None)

    def direct_message(self, user: str) -> Channel:
        """The conversation of the app with one person, opened when there is none."""
        for channel in self.channels.values():
            if channel.is_im and user in channel.members:
                return channel
        opened = Channel(new_id("D"), "", is_private=True, is_im=True, members=[user, self.seed.bot_user_id])
        self.channels[opened.id] = opened
        return opened

    def name_of(self, user: str) -> str:
        if user == self.seed.bot_user_id:
            return self.seed.bot_name
        person = self.people.get(user)
        return person.name if person else user

    def channels_of(self, user: str) -> list[Channel]:
        return [each for each in self.channels.values() if user in each.members]

    def view(self, view_id: str) -> View | None:
        found = next((each for each in self.modals if each.id == view_id), None)
        return found or next((each for each in self.homes.values() if each.id == view_id), None)

    def with_external_id(self, wanted: str) -> View | None:
        """Every view of the workspace has one of its own, or none."""
        everywhere = [*self.modals, *self.homes.values()]
        return next((each for each in everywhere if each.body.get("external_id") == wanted), None)

    def modal_of(self, user: str) -> View | None:
        """The modal on top of a person's screen."""
        return next((each for each in reversed(self.modals) if each.user == user), None)

    def all_messages(self) -> Iterator[Message]:
        for channel in self.channels.values():
            yield from channel.messages

    def find_shown(self, ts: str) -> Message | Ephemeral | None:
        """A message or an ephemeral answer, wherever it is."""
        everywhere: list[Message | Ephemeral] = [*self.all_messages(), *self.ephemerals]
        return next((each for each in everywhere if each.ts == ts), None)

    # -- keeping ---------------------------------------------------------------------------------

    def as_json(self) -> Json:
        """What a second start shall find: channels with their messages, Home tabs, profiles."""
        return {
            "seed": self.seed.as_json(),
            "people": [vars(each) for each in self.people.values()],
            "channels": [
                vars(each) | {"messages": [vars(message) for message in each.messages]}
                for each in self.channels.values()
            ],
            "homes": [vars(each) for each in self.homes.values()],
            "last_us": self._last_us,
        }

    def load(self, kept: Json) -> None:
        """Take over what `as_json` gave; seeded people and channels that are new stay."""
        self.people |= {each["id"]: Person(**each) for each in kept["people"]}
        for each in kept["channels"]:
            messages = [Message(**message) for message in each.pop("messages")]
            self.channels[each["id"]] = Channel(**each, messages=messages)
        self.homes = {each["user"]: View(**each) for each in kept["homes"]}
        self._last_us = kept["last_us"]


def blocks_of(holder: Message | Ephemeral | View) -> list[Json]:
    """Every block somebody sees there, those of the previews below a message included."""
    if isinstance(holder, View):
        return list(holder.body["blocks"])
    previews = holder.unfurls.values() if isinstance(holder, Message) else ()
    return [*holder.blocks, *(block for each in previews for block in each.get("blocks", []))]


def with_ids(blocks: list[Json]) -> list[Json]:
    """Blocks as Slack stores them: each with a block_id, each element with an action_id."""
    return [_with_block_id(each) for each in blocks]


def _with_block_id(block: Json) -> Json:
    stored = {**block, "block_id": block.get("block_id") or secrets.token_urlsafe(4)}
    if block["type"] == "actions":
        stored["elements"] = [_with_action_id(each) for each in block["elements"]]
    for key in ("accessory", "element"):
        if key in block and block[key]["type"] != "image":
            stored[key] = _with_action_id(block[key])
    return stored


def _with_action_id(element: Json) -> Json:
    return {**element, "action_id": element.get("action_id") or secrets.token_urlsafe(4)}


def elements_of(blocks: list[Json]) -> Iterator[tuple[str, Json]]:
    """Every interactive element with the block_id of its block, in reading order."""
    for block in blocks:
        inner = block.get("elements", []) if block["type"] == "actions" else []
        for element in [*inner, block.get("accessory"), block.get("element")]:
            if element and element["type"] != "image":
                yield block["block_id"], element
