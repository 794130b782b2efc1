"""What people do, as a test says it: press, type, look, install, invite, leave."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from selfbill.sandbox.slack.acting import Acting, typed_of
from selfbill.sandbox.slack.core import Core
from selfbill.sandbox.slack.events import AT_ONCE, channel_event, joined_event, user_event
from selfbill.sandbox.slack.fields import chosen_by
from selfbill.sandbox.slack.installing import Installing
from selfbill.sandbox.slack.interactions import GENUINE, Answer, Sent, Signing
from selfbill.sandbox.slack.payloads import event_envelope
from selfbill.sandbox.slack.seed import Person
from selfbill.sandbox.slack.watching import Watching, id_of
from selfbill.sandbox.slack.workspace import Channel, Ephemeral, Json, Message, View

Values = Mapping[str, str | list[str]]


class Hands(Watching):
    """Acts as a person; which workspace is meant follows from the person or the channel."""

    installing: Installing

    # -- pressing and typing ---------------------------------------------------------------------

    async def click(
        self,
        user: Person | str,
        action_id: str,
        value: object = None,
        *,
        message: Message | str | None = None,
        view: View | None = None,
        signing: Signing = GENUINE,
        copies: int = 1,
    ) -> Answer:
        """Press a button or choose an option (`value`), in one message or wherever it was last seen.

        A `value` that the button does not carry is sent all the same, as a forger would; LookupError
        when nothing on the person's screen has this action.
        """
        sent = None if value is None else str(value)
        acting = self._acting(user)
        holder = view or (self._message(user, message) if message is not None else None)
        place = acting.find(id_of(user), action_id, sent, holder)
        chosen = chosen_by(place.element, sent)
        return await acting.click(id_of(user), place, chosen, signing=signing, copies=copies)

    async def submit_modal(
        self,
        user: Person | str,
        view_id: str | None = None,
        values: Values | None = None,
        *,
        signing: Signing = GENUINE,
    ) -> Answer:
        """Fill in fields (by block_id, or `block_id.action_id`) and submit; the modal on top by default."""
        space = self._core(user).workspace
        view = space.view(view_id) if view_id else space.modal_of(id_of(user))
        if view is None:
            raise LookupError(f"no such modal on the screen of {id_of(user)}")
        return await self._acting(user).submit(view, typed_of(view, values or {}), signing)

    async def close_modal(self, user: Person | str) -> Answer | None:
        """Put the top modal away; None when the app did not ask to hear of it."""
        view = self.modal(user)
        if view is None:
            raise LookupError(f"no modal on the screen of {id_of(user)}")
        return await self._acting(user).close(view)

    async def open_home(self, user: Person | str, *, tab: str = "home") -> Answer:
        """Look at the app's Home tab, or at its `messages` tab."""
        return await self._acting(user).open_home(id_of(user), tab)

    async def command(self, user: Person | str, channel: str, line: str) -> Answer:
        """Type a slash command into a channel, or into the direct message with the app (`D…`)."""
        core, found = self.town.of_channel(channel)
        return await Acting(core, self.sender, self.events).command(id_of(user), found.id, line)

    async def write(
        self,
        user: Person | str,
        channel: str,
        text: str,
        *,
        thread_ts: str | None = None,
        subtype: str | None = None,
        bot_id: str | None = None,
    ) -> Message:
        """Post a message; with a `bot_id` as another app. The app's answer is in `sent`."""
        core, found = self.town.of_channel(channel)
        acting = Acting(core, self.sender, self.events)
        message = acting.new_message(id_of(user), found.id, text, thread_ts)
        message.subtype = subtype or ("bot_message" if bot_id else None)
        message.bot_id = bot_id
        return await acting.write(message)

    async def share_link(
        self, user: Person | str, channel: str, url: str, *, thread_ts: str | None = None
    ) -> Message:
        """Post nothing but an address."""
        return await self.write(user, channel, url, thread_ts=thread_ts)

    async def message_app(self, user: Person | str, text: str) -> Message:
        """Write to the app in its Messages tab."""
        channel = self._core(user).workspace.direct_message(id_of(user))
        return await self.write(user, channel.id, text)

    async def edit_message(self, message: Message, text: str) -> Message:
        """A person changes what they wrote."""
        return await self._acting(message.user).rewrite(message, text)

    async def delete_message(self, message: Message) -> None:
        """A person takes back what they wrote."""
        await self._acting(message.user).take_back(message)

    # -- channels and people ---------------------------------------------------------------------

    async def invite(self, channel: str, *, by: Person | str, user: Person | str | None = None) -> Answer:
        """Bring the app, or somebody else, into a channel."""
        core, found = self.town.of_channel(channel)
        who = core.workspace.seed.bot_user_id if user is None else id_of(user)
        if who not in found.members:
            found.members.append(who)
        core.workspace.changed()
        event = joined_event(core, found, who, id_of(by))
        return await self.events.tell(core, "member_joined_channel", event)

    async def remove_app(self, channel: str, *, by: Person | str) -> Answer:
        """Put the app out of a channel."""
        core, found = self.town.of_channel(channel)
        found.members.remove(core.workspace.seed.bot_user_id)
        return await self._tell_of(core, found, "left", by)

    async def archive(self, channel: str, *, by: Person | str) -> Answer:
        core, found = self.town.of_channel(channel)
        found.is_archived = True
        return await self._tell_of(core, found, "archive", by)

    async def unarchive(self, channel: str, *, by: Person | str) -> Answer:
        core, found = self.town.of_channel(channel)
        found.is_archived = False
        return await self._tell_of(core, found, "unarchive", by)

    async def change_person(self, user: Person | str, **changes: Any) -> Answer:
        """Another profile, such as `deleted=True` or `tz="Asia/Tokyo"`."""
        core = self._core(user)
        person = core.workspace.people[id_of(user)] = replace(core.workspace.people[id_of(user)], **changes)
        core.workspace.changed()
        return await self.events.tell(core, "user_change", user_event(core, person))

    # -- installing ------------------------------------------------------------------------------

    def authorize(self, user: Person | str, url: str, *, allow: bool = True) -> str:
        """Say yes or no at an authorize address; the address the browser is sent back to.

        Raises NotForUs with the sentence of the error page that Slack shows instead of going back.
        """
        return self.installing.authorize(id_of(user), url, allow=allow)

    async def uninstall(self, team_id: str | None = None) -> Answer:
        """Take the app out of a workspace: its tokens end, it hears tokens_revoked and app_uninstalled."""
        return await self.installing.uninstall(self.town.of_team(team_id))

    async def revoke(self, team_id: str | None = None) -> Answer:
        """End the app's tokens in a workspace; it hears tokens_revoked."""
        return await self.installing.revoke(self.town.of_team(team_id))

    def expire_tokens(self, team_id: str | None = None) -> None:
        """The access tokens of a workspace are over: `token_expired` until the app refreshes."""
        self.installing.expire(self.town.of_team(team_id))

    # -- by hand ---------------------------------------------------------------------------------

    async def post_event(
        self,
        event: Json,
        *,
        event_id: str | None = None,
        signing: Signing = GENUINE,
        retries_after_s: tuple[float, ...] = AT_ONCE,
        copies: int = 1,
        team_id: str | None = None,
    ) -> Answer:
        """Send an event, subscribed or not; not acked, it is sent again after each wait.

        Slack's own waits are 0, 60 and 300 s.
        """
        envelope = event_envelope(self.town.of_team(team_id), event, event_id)
        sends = [self.sender.event(envelope, signing, retries_after_s) for _ in range(copies)]
        return (await asyncio.gather(*sends))[0]

    async def resend(self, sent: Sent, *, signing: Signing = GENUINE) -> Answer:
        """Deliver something out of `sent` once more."""
        return await self.sender.resend(sent, signing)

    # -- small matters ---------------------------------------------------------------------------

    def _acting(self, user: Person | str) -> Acting:
        return Acting(self._core(user), self.sender, self.events)

    async def _tell_of(self, core: Core, channel: Channel, what: str, by: Person | str) -> Answer:
        core.workspace.changed()
        name, event = channel_event(channel, what, id_of(by))
        return await self.events.tell(core, name, event)

    def _message(self, user: Person | str, message: Message | str) -> Message | Ephemeral:
        if isinstance(message, Message):
            return message
        found = self._core(user).workspace.find_shown(message)
        if found is None:
            raise LookupError(f"no message {message}")
        return found
