"""What a test looks at: what was posted and shown, what the app asked for, what it was sent."""

from __future__ import annotations

from selfbill.sandbox.slack.access import Access
from selfbill.sandbox.slack.core import Call, Core
from selfbill.sandbox.slack.events import Events
from selfbill.sandbox.slack.interactions import Sender, Sent
from selfbill.sandbox.slack.seed import Person
from selfbill.sandbox.slack.town import Town
from selfbill.sandbox.slack.workspace import Channel, Ephemeral, Message, View, Workspace


class Watching:
    """Reads the workspaces; without a team or an id that says otherwise, the first one."""

    town: Town
    access: Access
    sender: Sender
    events: Events

    @property
    def core(self) -> Core:
        """The first workspace with everything around it."""
        return self.town.first

    @property
    def workspace(self) -> Workspace:
        return self.core.workspace

    @property
    def workspaces(self) -> dict[str, Workspace]:
        """All of them by team id, the first one first."""
        return {core.team_id: core.workspace for core in self.town}

    # -- what passed between the app and Slack ---------------------------------------------------

    @property
    def calls(self) -> list[Call]:
        """Everything the app told Slack, with the answers; each says its workspace."""
        return self.town.book.calls

    @property
    def refused(self) -> list[Call]:
        """The calls that were answered with `ok: false`; a test that means one clears the list."""
        return self.town.book.refused

    @property
    def sent(self) -> list[Sent]:
        """Everything Slack sent to the app, with its answers."""
        return self.sender.sent

    @property
    def withheld(self) -> list[tuple[str, str]]:
        """Events the app did not hear of, and why: not_subscribed, missing_scope or not_installed."""
        return self.events.withheld

    @property
    def scopes_used(self) -> set[str]:
        """Without which a call would have been refused, or an event withheld."""
        return self.access.used

    @property
    def scopes_asked(self) -> set[str]:
        """Named by an authorize address."""
        return self.access.asked

    def forget(self) -> None:
        """Empty these lists, for whoever measures memory."""
        for each in (self.calls, self.refused, self.sent, self.withheld):
            each.clear()
        self.town.book.looked_at = 0

    # -- what can be seen ------------------------------------------------------------------------

    @property
    def channels(self) -> dict[str, Channel]:
        return self.workspace.channels

    @property
    def people(self) -> dict[str, Person]:
        return self.workspace.people

    @property
    def modals(self) -> list[View]:
        """The open modals, the last of a person on top."""
        return self.workspace.modals

    def messages(self, channel: str) -> list[Message]:
        """The messages of a channel (id or name), oldest first, replies left out."""
        return self._channel(channel).top_level()

    def thread(self, channel: str, ts: str) -> list[Message]:
        """The replies to a message, oldest first."""
        return self._channel(channel).replies(ts)

    def direct(self, user: Person | str) -> list[Message]:
        """The conversation of the app with one person, oldest first."""
        space = self._core(user).workspace
        return [each for c in space.channels_of(id_of(user)) if c.is_im for each in c.messages]

    def ephemerals(self, user: Person | str | None = None) -> list[Ephemeral]:
        """What one person (or anybody) was shown alone, oldest first."""
        space = self.workspace if user is None else self._core(user).workspace
        return [each for each in space.ephemerals if user is None or each.user == id_of(user)]

    def home(self, user: Person | str) -> View | None:
        return self._core(user).workspace.homes.get(id_of(user))

    def modal(self, user: Person | str) -> View | None:
        """The modal on top of a person's screen."""
        return self._core(user).workspace.modal_of(id_of(user))

    def told(self, words: str, user: Person | str | None = None) -> int:
        """How many ephemeral answers hold these words, in their text or blocks."""
        wanted = words.casefold()
        shown = (f"{each.text} {each.blocks}" for each in self.ephemerals(user))
        return sum(wanted in each.casefold() for each in shown)

    # -- finding ---------------------------------------------------------------------------------

    def _core(self, user: Person | str) -> Core:
        return self.town.of_person(id_of(user))

    def _channel(self, name: str) -> Channel:
        return self.town.of_channel(name)[1]


def id_of(user: Person | str) -> str:
    return user.id if isinstance(user, Person) else user
