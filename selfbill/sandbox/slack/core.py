"""What every part of one workspace shares: its state, its doors, and the record of what it was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from selfbill.sandbox.slack.access import Access, Refused
from selfbill.sandbox.slack.workspace import Channel, Json, Workspace


@dataclass(frozen=True)
class Call:
    """One thing the app told Slack, and the answer it got."""

    method: str  # chat.postMessage, response_url, ack:view_submission …
    payload: Json
    answer: Json
    team_id: str = ""


@dataclass
class Book:
    """One for all workspaces of a stand-in: its address, and every call."""

    url: str = ""  # our own address, without a slash at the end
    calls: list[Call] = field(default_factory=list)
    refused: list[Call] = field(default_factory=list)
    is_closed: bool = False
    looked_at: int = 0  # how many of the calls the check that ends each test has seen

    def record(self, method: str, payload: Json, answer: Json, team_id: str = "") -> None:
        call = Call(method, payload, answer, team_id)
        self.calls.append(call)
        if not answer["ok"]:
            self.refused.append(call)


opened: list[Book] = []  # every stand-in of this process, for the check that ends each test


@dataclass
class Core:
    """Handed to each method and page."""

    workspace: Workspace
    access: Access
    book: Book = field(default_factory=Book)

    @property
    def url(self) -> str:
        return self.book.url

    @property
    def team_id(self) -> str:
        return self.workspace.seed.team_id

    def record(self, method: str, payload: Json, answer: Json) -> None:
        self.book.record(method, payload, answer, self.team_id)

    def postable(self, name: str, *, by_name: bool = False) -> Channel:
        """The channel an app may write to now, a person's id meaning the direct message with them.

        Only a new message may name its channel (`by_name`); everything else takes ids alone.
        """
        space = self.workspace
        if (person := space.people.get(name)) is not None:
            if person.is_bot:
                raise Refused("cannot_dm_bot")
            if person.deleted:
                raise Refused("channel_not_found")
            return space.direct_message(name)
        named = self.workspace.channel_named(name) if by_name else None
        channel = self.visible(named.id if named else name)
        if channel.is_archived:
            raise Refused("is_archived")
        if space.seed.bot_user_id not in channel.members:
            raise Refused("not_in_channel")
        return channel

    def visible(self, name: str) -> Channel:
        """A channel the app may know of, by its id: a private one only when it is in it."""
        channel = self.workspace.channels.get(name)
        hidden = channel and channel.is_private and self.workspace.seed.bot_user_id not in channel.members
        if channel is None or hidden:
            raise Refused("channel_not_found")
        return channel


@dataclass(frozen=True)
class Args:
    """The arguments of one call, whether they came as query, form or JSON."""

    values: Json

    def find(self, name: str) -> str | None:
        value = self.values.get(name)
        return None if value is None else str(value)

    def text(self, name: str) -> str:
        """A required argument."""
        if (value := self.find(name)) is None or value == "":
            raise invalid(f"[ERROR] missing required field: {name}")
        return value

    def flag(self, name: str) -> bool:
        return str(self.values.get(name, "")).lower() in ("true", "1")

    def number(self, name: str, default: int, *, most: int) -> int:
        value = str(self.values.get(name) or default)
        if not value.isdecimal() or not 0 < int(value) <= most:
            raise Refused("invalid_limit")
        return int(value)

    def json(self, name: str) -> Any:
        """A structured argument; forms carry it as JSON text."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise invalid(f"[ERROR] {name} is not valid JSON") from None


def invalid(*messages: str) -> Refused:
    return Refused("invalid_arguments", response_metadata={"messages": list(messages)})
