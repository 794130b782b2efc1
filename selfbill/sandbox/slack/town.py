"""All workspaces of one stand-in, by team id; the first one is there from the start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from selfbill.sandbox.slack.access import Access
from selfbill.sandbox.slack.core import Book, Core
from selfbill.sandbox.slack.seed import Seed, small_seed
from selfbill.sandbox.slack.workspace import Channel, Clock, Json, Workspace


class Town:
    """They share the app: its secrets, its tokens and the record of its calls."""

    def __init__(self, seed: Seed, access: Access, now: Clock) -> None:
        self.access = access
        self.book = Book()
        self.version = 0
        self._now = now
        self._wake: list[Callable[[], None]] = []
        self._cores: dict[str, Core] = {}
        self.first = self.add(seed)

    def __iter__(self) -> Iterator[Core]:
        return iter(self._cores.values())

    def __len__(self) -> int:
        return len(self._cores)

    def add(self, seed: Seed | None = None) -> Core:
        """One more workspace; without a seed a small one with one person and one channel."""
        seed = seed or small_seed(len(self._cores))
        if self._cores:
            seed = replace(seed, app_id=self.first.workspace.seed.app_id)
        core = Core(Workspace(seed, self._now), self.access, self.book)
        core.workspace.on_change(self._changed)
        self._cores[seed.team_id] = core
        return core

    # -- finding ---------------------------------------------------------------------------------

    def find(self, team_id: str) -> Core | None:
        return self._cores.get(team_id)

    def of_team(self, team_id: str | None) -> Core:
        """By id, the first one for None; LookupError."""
        if team_id is None:
            return self.first
        if (core := self._cores.get(team_id)) is None:
            raise LookupError(f"no workspace {team_id}")
        return core

    def of_person(self, user: str) -> Core:
        """Where this person is at home; the first one for somebody who is nowhere."""
        return next((each for each in self if user in each.workspace.people), self.first)

    def of_channel(self, name: str) -> tuple[Core, Channel]:
        """By id anywhere, or by name in the first workspace that has it; LookupError."""
        for core in self:
            if (channel := core.workspace.channel_named(name)) is not None:
                return core, channel
        raise LookupError(f"no channel {name}")

    # -- change and keeping ----------------------------------------------------------------------

    def on_change(self, wake: Callable[[], None]) -> None:
        self._wake.append(wake)

    def _changed(self) -> None:
        self.version += 1
        for wake in self._wake:
            wake()

    def as_json(self) -> Json:
        """`workspace` is the first one, as the files of earlier versions have it."""
        others = [each.workspace.as_json() for each in self if each is not self.first]
        kept = {"access": self.access.as_json(), "workspace": self.first.workspace.as_json()}
        return {**kept, "others": others}

    def load(self, kept: Json) -> None:
        """Take over what `as_json` gave."""
        self.access.load(kept["access"])
        self.first.workspace.load(kept["workspace"])
        for each in kept.get("others", []):
            seed = Seed.of_json(each["seed"])
            core = self._cores.get(seed.team_id) or self.add(seed)
            core.workspace.load(each)
