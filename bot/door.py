"""Who may what from Slack: each listener declares it here, as routes do, and nothing is heard without it.

Before a listener runs, its payload was found to come from a connected workspace, and from whom it must be.
Interactions are acked when all is committed; an event is committed before Bolt answers it.
"""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, StrEnum

from slack_bolt.async_app import AsyncAck, AsyncApp

from billing.errors import Forbidden, Refusal, Unavailable
from billing.records import Ticket
from billing.states import Role
from bot.actions import ANSWER_BLOCK, PREVIEW_BLOCK, typed_in
from bot.callers import Body
from bot.hearing import Ears, Hearing
from bot.modals import told_view
from bot.story import refusal_text

Listener = Callable[[Hearing, AsyncAck], Awaitable[None]]
EventListener = Callable[[Hearing], Awaitable[None]]
Next = Callable[[], Awaitable[object]]

_ANY = re.compile("")


class Visitors(Enum):
    """Who may, where it is not a matter of staff roles."""

    ANYBODY = "anybody"  # whoever the connected workspace lets click, strangers of shared channels too


ANYBODY = Visitors.ANYBODY
Who = Visitors | frozenset[Role]
STAFF: Who = frozenset(Role)
DECIDERS: Who = frozenset({Role.OWNER, Role.MANAGER, Role.AGENT})


class Kind(StrEnum):
    """The kinds of payload that Slack sends."""

    ACTION = "action"
    LINK = "link"  # a button that the browser follows: only acked
    VIEW = "view"
    SHORTCUT = "shortcut"
    COMMAND = "command"
    OPTIONS = "options"
    EVENT = "event"


@dataclass(frozen=True, slots=True)
class Declared:
    """What one listener is for. `names` is the record that the payload names."""

    kind: Kind
    name: str  # action id, callback id, command or event
    who: Who
    names: type | None


class BadDeclaration(Exception):
    """Two listeners for one thing, or one for nobody: the service does not start."""


class Door:
    """Listeners are declared on it; `open` puts them on a Bolt app."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears
        self._declared: dict[tuple[Kind, str], Declared] = {}
        self._opening: list[Callable[[AsyncApp], object]] = []

    @property
    def declared(self) -> tuple[Declared, ...]:
        """All of them, in the order of their declaration."""
        return tuple(self._declared.values())

    def open(self, app: AsyncApp) -> None:
        """Register everything; an event of any other kind is acked, so that Slack does not repeat it."""
        for register in self._opening:
            register(app)
        app.event(_ANY)(_nothing)

    def action(self, action_id: str, listener: Listener, *, who: Who, names: type | None = None) -> None:
        """A button, menu or checkbox; the listener acks."""
        heard = self._interaction(self._declare(Kind.ACTION, action_id, who, names), listener)
        self._opening.append(lambda app: app.action(action_id)(heard))

    def link(self, action_id: str) -> None:
        """A button with an address: the browser follows it, Slack only wants to know that we heard."""
        self._declare(Kind.LINK, action_id, ANYBODY, None)
        self._opening.append(lambda app: app.action(action_id)(_only_ack))

    def view(self, callback_id: str, listener: Listener, *, who: Who, names: type | None = None) -> None:
        """A submitted modal; a refusal takes the place of what it shows."""
        heard = self._interaction(self._declare(Kind.VIEW, callback_id, who, names), listener)
        self._opening.append(lambda app: app.view(callback_id)(heard))

    def shortcut(self, callback_id: str, listener: Listener, *, who: Who) -> None:
        """A shortcut, global or of a message; the listener acks."""
        heard = self._interaction(self._declare(Kind.SHORTCUT, callback_id, who, None), listener)
        self._opening.append(lambda app: app.shortcut(callback_id)(heard))

    def command(self, command: str, listener: Listener, *, who: Who) -> None:
        """A slash command; the listener acks."""
        heard = self._interaction(self._declare(Kind.COMMAND, command, who, None), listener)
        self._opening.append(lambda app: app.command(command)(heard))

    def options(self, action_id: str, listener: Listener, *, who: Who) -> None:
        """What a menu offers; the listener acks with `options`, a refusal with none."""
        heard = self._interaction(self._declare(Kind.OPTIONS, action_id, who, None), listener)
        self._opening.append(lambda app: app.options(action_id)(heard))

    def event(self, event: str, listener: EventListener, *, who: Who) -> None:
        """An event: Bolt acks it, once this has committed; what it raises makes Slack send it again."""
        declared = self._declare(Kind.EVENT, event, who, None)

        async def save(body: Body, next: Next) -> None:  # noqa: A002 (Bolt's name for it)
            await self._hear_event(declared, listener, body)
            await next()

        self._opening.append(lambda app: app.event(event, middleware=[save])(_nothing))

    def _declare(self, kind: Kind, name: str, who: Who, names: type | None) -> Declared:
        # A link button is an action too: one of them would never be heard.
        place = (Kind.ACTION if kind is Kind.LINK else kind, name)
        if place in self._declared:
            raise BadDeclaration(f"{kind} {name} is there twice")
        if not who:
            raise BadDeclaration(f"{kind} {name} is for nobody")
        declared = self._declared[place] = Declared(kind, name, who, names)
        return declared

    def _interaction(self, declared: Declared, listener: Listener) -> Callable[..., Awaitable[None]]:
        async def heard(ack: AsyncAck, body: Body) -> None:
            hearing = await self._ears.hear(body)
            if hearing is None or not hearing.caller.user_id:
                await ack()  # no workspace of ours ever, or from nobody: there is nobody to answer
                return
            try:
                self._ears.must_be_connected(hearing)
                hearing = await self._must_be(declared, hearing)
                await listener(hearing, ack)
            except Unavailable:
                # Not acked: Slack shows its own warning, and the person clicks again.
                raise
            except Refusal as refusal:
                await self._ears.refuse(hearing, refusal)
                await _ack_refusal(declared.kind, ack, hearing, refusal)

        return heard

    async def _must_be(self, declared: Declared, hearing: Hearing) -> Hearing:
        if not isinstance(declared.who, Visitors):
            hearing = await self._ears.identify(hearing)
            if hearing.staff is None or hearing.staff.role not in declared.who:
                raise Forbidden
        if declared.names is Ticket:
            hearing.must_name_ticket()
        elif declared.names is not None:
            hearing.must_name()
        return hearing

    async def _hear_event(self, declared: Declared, listener: EventListener, body: Body) -> None:
        """Nobody is answered: what comes from where we are not connected, or who may not, has no effect."""
        hearing = await self._ears.hear(body)
        if hearing is None or not hearing.installation.is_live:
            return
        try:
            await listener(await self._must_be(declared, hearing))
        except Unavailable:
            raise
        except Refusal:
            return


async def _ack_refusal(kind: Kind, ack: AsyncAck, hearing: Hearing, refusal: Refusal) -> None:
    if kind is Kind.VIEW:
        typed = typed_in(hearing.body, ANSWER_BLOCK) or typed_in(hearing.body, PREVIEW_BLOCK)
        view = told_view(refusal_text(refusal, hearing.say), hearing.say, typed=typed)
        await ack(response_action="update", view=view)
    elif kind is Kind.OPTIONS:
        await ack(options=[])
    else:
        await ack()


async def _only_ack(ack: AsyncAck) -> None:
    await ack()


async def _nothing() -> None:
    """What an event meant is committed by now."""
