"""What happened to the app or to people in Slack: uninstalled, a token revoked, a channel gone, a profile."""

from collections.abc import Awaitable, Callable
from typing import Any

from billing.actors import SystemActor
from billing.ports import UnitOfWork
from billing.slack.events import SlackEvent, take_in
from billing.slack.losing import ARCHIVED, NOT_THERE, mark_channel_lost, mark_ended
from billing.slack.profiles import take_in_change
from billing.states import Ended
from bot.callers import text_at
from bot.door import ANYBODY, Door
from bot.hearing import Ears, Hearing
from bot.people import read_profile

USER_CHANGE = "user_change"
_MOST_ID = 200
Follow = Callable[[UnitOfWork, Hearing, SystemActor], Awaitable[object]]


def read_event(hearing: Hearing) -> SlackEvent | None:
    """What Slack calls it; None: it has no name, so that it cannot be told from its repeats."""
    name, kind = text_at(hearing.body, "event_id"), text_at(hearing.body, "event", "type")
    is_name = 0 < len(name) <= _MOST_ID and name.isascii() and name.isprintable()
    return SlackEvent(name, kind) if is_name else None


class Happenings:
    """Listeners on events that come without anybody's click; each counts once, with what follows from it."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears

    def listen(self, door: Door) -> None:
        """Declare them; Slack's signature is their authority, as nobody acts through them."""
        follows: dict[str, Follow] = {
            "app_uninstalled": self._uninstalled,
            "tokens_revoked": self._revoked,
            "channel_archive": self._archived,
            "group_archive": self._archived,
            "channel_left": self._left,
            "group_left": self._left,
            USER_CHANGE: self._changed,
        }
        for kind, follow in follows.items():
            door.event(kind, self._once(follow), who=ANYBODY)

    def _once(self, follow: Follow) -> Callable[[Hearing], Awaitable[None]]:
        async def hear(hearing: Hearing) -> None:
            event = read_event(hearing)
            if event is None or (event.kind == USER_CHANGE and not _is_known(hearing)):
                return
            ctx = self._ears.ctx
            by = SystemActor(hearing.account.id, "slack", hearing.trace_id)
            async with ctx.begin(hearing.account.id) as work:
                if await take_in(work, event, at=ctx.now()):
                    await follow(work, hearing, by)

        return hear

    async def _uninstalled(self, work: UnitOfWork, hearing: Hearing, by: SystemActor) -> None:
        await self._end(work, hearing, Ended.UNINSTALLED, by)

    async def _revoked(self, work: UnitOfWork, hearing: Hearing, by: SystemActor) -> None:
        """Of the bot; people's own tokens we never had."""
        tokens = _object_at(hearing.body, "event", "tokens")
        bots = tokens.get("bot")
        ours = hearing.installation.bot_user_id
        if isinstance(bots, list) and bots and (not ours or ours in bots):
            await self._end(work, hearing, Ended.REVOKED, by)

    async def _end(self, work: UnitOfWork, hearing: Hearing, why: Ended, by: SystemActor) -> None:
        """Of the installation that the event is about: one that came late is not about a newer one."""
        said_at = hearing.body.get("event_time")
        installed_at = int(hearing.installation.installed_at.timestamp())
        if isinstance(said_at, int) and said_at < installed_at:
            return
        await work.accounts.hold()
        await mark_ended(work, hearing.installation, why, by=by, at=self._ears.ctx.now())

    async def _archived(self, work: UnitOfWork, hearing: Hearing, by: SystemActor) -> None:
        await mark_channel_lost(work, hearing.caller.channel, ARCHIVED, by=by, at=self._ears.ctx.now())

    async def _left(self, work: UnitOfWork, hearing: Hearing, by: SystemActor) -> None:
        await mark_channel_lost(work, hearing.caller.channel, NOT_THERE, by=by, at=self._ears.ctx.now())

    async def _changed(self, work: UnitOfWork, hearing: Hearing, by: SystemActor) -> None:
        user = _object_at(hearing.body, "event", "user")
        profile = read_profile(hearing.installation, user, at=self._ears.ctx.now())
        if profile is not None:
            await take_in_change(work, profile, trace_id=by.trace_id)


def _is_known(hearing: Hearing) -> bool:
    """Changes come for everybody in the workspace, and most of them are nobody here."""
    return hearing.user.staff is not None or hearing.user.profile is not None


def _object_at(found: Any, *path: str) -> dict[str, Any]:
    for name in path:
        found = found.get(name) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else {}
