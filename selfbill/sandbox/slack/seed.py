"""Who is in the workspace at first: people, channels, and the app's own names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Person:
    """A member of the workspace, or somebody who looks in from outside; a Slack profile in short."""

    id: str  # U…
    name: str
    email: str = ""
    is_bot: bool = False
    is_restricted: bool = False  # a guest of several channels
    is_ultra_restricted: bool = False  # a guest of one channel
    is_stranger: bool = False  # from another workspace, by a shared channel
    deleted: bool = False
    team_id: str = ""  # empty: the workspace's own
    locale: str = "en-US"
    tz: str = "UTC"

    @property
    def handle(self) -> str:
        return self.name.lower().replace(" ", ".")

    @property
    def kind(self) -> str:
        """What the client writes beside the name: Guest, External, Deactivated, or nothing."""
        if self.deleted:
            return "Deactivated"
        if self.is_stranger:
            return "External"
        return "Guest" if self.is_restricted or self.is_ultra_restricted else ""


@dataclass(frozen=True)
class SeedChannel:
    """A channel as it is before anybody wrote in it; without members, all but the deactivated are in it."""

    id: str  # C…
    name: str
    is_private: bool = False
    is_archived: bool = False
    bot_is_in: bool = True
    members: Sequence[str] = ()


PEOPLE = (
    Person("U0DANA0001", "Dana Whitfield", "dana@example.com"),
    Person("U0ERIN0002", "Erin Castellanos", "erin@example.com"),
    Person("U0FRANK003", "Frank Oyelaran", "frank@example.com"),
    Person("U0GRACE004", "Grace Lindqvist", "grace@example.com"),
    Person("U0GUEST005", "Gus Amato", "gus@agency.example", is_restricted=True),
    Person("U0STRANGE6", "Sam Novak", "sam@elsewhere.example", is_stranger=True, team_id="T0ELSEWHERE"),
    Person("U0LEFT0007", "Lee Marsh", "lee@example.com", deleted=True),
)

CHANNELS = (
    SeedChannel("C0SUPPORT1", "support"),
    SeedChannel("C0BILLING2", "billing"),
    SeedChannel("C0GENERAL3", "general", bot_is_in=False),
    SeedChannel("C0FOUNDER4", "founders", is_private=True, bot_is_in=False, members=("U0DANA0001",)),
    SeedChannel("C0OLDNEWS5", "old-news", is_archived=True),
)


@dataclass(frozen=True)
class Seed:
    """The workspace at first start; what was written later lives in the workspace's file."""

    team_id: str = "T0SELFBILL"
    team_name: str = "Acme Courses"
    team_domain: str = "acme-courses"
    enterprise_id: str | None = None  # of a workspace in an Enterprise organization
    app_id: str = "A0SELFBILL"
    bot_id: str = "B0SELFBILL"
    bot_user_id: str = "U0SELFBOT0"
    bot_name: str = "Selfbill"
    people: Sequence[Person] = field(default=PEOPLE)
    channels: Sequence[SeedChannel] = field(default=CHANNELS)

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def of_json(cls, kept: dict[str, Any]) -> Self:
        people = tuple(Person(**each) for each in kept["people"])
        channels = tuple(
            SeedChannel(**{**each, "members": tuple(each["members"])}) for each in kept["channels"]
        )
        return cls(**{**kept, "people": people, "channels": channels})


def small_seed(number: int) -> Seed:
    """One more workspace with an owner and a channel; no id in it is in another one."""
    tail = f"{number:06d}"
    return Seed(
        team_id=f"T0WS{tail}",
        team_name=f"Workspace {number}",
        team_domain=f"workspace-{number}",
        bot_id=f"B0WS{tail}",
        bot_user_id=f"U0BOT{tail}",
        people=(Person(f"U0WS{tail}", f"Owner {number}", f"owner{number}@example.org"),),
        channels=(SeedChannel(f"C0WS{tail}", "support"),),
    )
