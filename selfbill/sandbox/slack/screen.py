"""What one person has on screen, as the templates take it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from selfbill.sandbox.slack.mrkdwn import Reader
from selfbill.sandbox.slack.seed import Person
from selfbill.sandbox.slack.workspace import Channel, Ephemeral, Json, Message, View, Workspace

MOST_LINES = 40  # drawn at first; every change draws them anew


@dataclass(frozen=True)
class Line:
    """One message in a list."""

    ts: str
    author: str
    is_app: bool
    is_private: bool  # only its reader sees it
    at: datetime
    day: str  # not empty where a new day begins
    text: str
    blocks: list[Json]
    is_edited: bool
    replies: int
    unfurls: dict[str, Json]
    hue: int
    initials: str


@dataclass(frozen=True)
class Screen:
    """The whole page: who looks, where, and what is there."""

    team: str
    app: str
    person: Person
    people: list[Person]
    channels: list[Channel]
    unread: int  # how many messages the app wrote to this person directly
    commands: list[str]
    channel: Channel | None
    older: int  # how many messages are left out above
    lines: list[Line]
    parent: Line | None
    replies: list[Line]
    shows_home: bool
    home: View | None
    modal: View | None
    path: str
    version: int
    space: Workspace

    def warning(self, key: str, action_id: str) -> str:
        """What stands beside a button whose press the app did not take."""
        return self.space.warnings.get((self.person.id, key, action_id), "")


def reader_of(space: Workspace, person: Person) -> Reader:
    def channel_of(channel_id: str) -> str:
        channel = space.channels.get(channel_id)
        return channel.name if channel else channel_id

    return Reader(space.name_of, channel_of, _zone(person), space.now())


def draw_screen(
    space: Workspace,
    person: Person,
    path: str,
    *,
    channel: Channel | None,
    thread_ts: str = "",
    home: bool = False,
    commands: Sequence[str] = (),
    most: int | None = MOST_LINES,
) -> Screen:
    """Everything a page needs; a thread only when `thread_ts` names a message of the channel."""
    mine = space.channels_of(person.id)
    parent = channel.find(thread_ts) if channel is not None and thread_ts else None
    return Screen(
        team=space.seed.team_name,
        app=space.seed.bot_name,
        person=person,
        people=list(space.people.values()),
        channels=[each for each in mine if not each.is_im],
        unread=sum(len(each.messages) for each in mine if each.is_im),
        commands=list(commands),
        channel=channel,
        older=0 if channel is None or most is None else max(0, len(channel.top_level()) - most),
        lines=_lines(space, person, channel, most) if channel else [],
        parent=_line(space, parent, person) if parent else None,
        replies=_replies(space, person, channel, parent) if channel and parent else [],
        shows_home=home,
        home=space.homes.get(person.id),
        modal=space.modal_of(person.id),
        path=path,
        version=space.version,
        space=space,
    )


def _lines(space: Workspace, person: Person, channel: Channel, most: int | None) -> list[Line]:
    newest = channel.top_level()[-(most or 0) :]
    shown: list[Message | Ephemeral] = [*newest, *_whispers(space, person, channel, None)]
    return _drawn(space, person, shown)


def _replies(space: Workspace, person: Person, channel: Channel, parent: Message) -> list[Line]:
    shown: list[Message | Ephemeral] = [
        *channel.replies(parent.ts),
        *_whispers(space, person, channel, parent.ts),
    ]
    return _drawn(space, person, shown)


def _whispers(space: Workspace, person: Person, channel: Channel, thread_ts: str | None) -> list[Ephemeral]:
    mine = [each for each in space.ephemerals if (each.user, each.channel) == (person.id, channel.id)]
    return [each for each in mine if each.thread_ts == thread_ts]


def _drawn(space: Workspace, person: Person, shown: list[Message | Ephemeral]) -> list[Line]:
    lines: list[Line] = []
    last = ""
    for each in sorted(shown, key=lambda found: found.ts):
        day = _day(_at(each.ts, person), space.now())
        lines.append(_line(space, each, person, day if day != last else ""))
        last = day
    return lines


def _line(space: Workspace, found: Message | Ephemeral, person: Person, day: str = "") -> Line:
    is_message = isinstance(found, Message)
    author = space.name_of(found.user) if isinstance(found, Message) else space.seed.bot_name
    return Line(
        ts=found.ts,
        author=author,
        is_app=found.is_bot if isinstance(found, Message) else True,
        is_private=not is_message,
        at=_at(found.ts, person),
        day=day,
        text=found.text,
        blocks=found.blocks,
        is_edited=isinstance(found, Message) and found.edited_ts is not None,
        unfurls=found.unfurls if isinstance(found, Message) else {},
        replies=len(space.channels[found.channel].replies(found.ts)) if is_message else 0,
        hue=hue_of(author),
        initials=initials_of(author),
    )


def hue_of(name: str) -> int:
    """One of eight colours, the same for a name each time."""
    return sum(name.encode()) % 8


def initials_of(name: str) -> str:
    return "".join(word[0] for word in name.split()[:2]).upper()


def _at(ts: str, person: Person) -> datetime:
    return datetime.fromtimestamp(float(ts), UTC).astimezone(_zone(person))


def _zone(person: Person) -> ZoneInfo:
    try:
        return ZoneInfo(person.tz)
    except ZoneInfoNotFoundError:
        return ZoneInfo("UTC")


def _day(at: datetime, now: datetime) -> str:
    days = (now.astimezone(at.tzinfo).date() - at.date()).days
    return {0: "Today", 1: "Yesterday"}.get(days) or f"{at:%A}, {at:%B} {at.day}"
