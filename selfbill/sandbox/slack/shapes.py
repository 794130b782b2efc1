"""People, channels, messages and views as Slack's JSON shows them."""

from __future__ import annotations

from selfbill.sandbox.slack.seed import Person, Seed
from selfbill.sandbox.slack.workspace import Channel, Json, Message, View


def person_shape(person: Person, seed: Seed, *, with_email: bool, with_locale: bool = False) -> Json:
    """A profile; its language only where it was asked for (`include_locale`)."""
    profile = {"real_name": person.name, "display_name": person.handle}
    if with_email and person.email:
        profile["email"] = person.email
    return {
        "id": person.id,
        "team_id": person.team_id or seed.team_id,
        "name": person.handle,
        "real_name": person.name,
        "deleted": person.deleted,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "is_restricted": person.is_restricted,
        "is_ultra_restricted": person.is_ultra_restricted,
        "is_stranger": person.is_stranger,
        "tz": person.tz,
        "profile": profile,
        **({"locale": person.locale} if with_locale else {}),
    }


def bot_shape(seed: Seed) -> Json:
    person = Person(seed.bot_user_id, seed.bot_name, is_bot=True)
    return person_shape(person, seed, with_email=False)


def channel_shape(channel: Channel, bot_user_id: str) -> Json:
    if channel.is_im:
        other = next(each for each in channel.members if each != bot_user_id)
        return {"id": channel.id, "is_im": True, "user": other, "is_archived": channel.is_archived}
    return {
        "id": channel.id,
        "name": channel.name,
        "name_normalized": channel.name,
        "is_channel": not channel.is_private,
        "is_group": channel.is_private,
        "is_im": False,
        "is_mpim": False,
        "is_private": channel.is_private,
        "is_archived": channel.is_archived,
        "is_member": bot_user_id in channel.members,
        "num_members": len(channel.members),
    }


def message_shape(message: Message, seed: Seed, *, with_metadata: bool = False) -> Json:
    shape: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    shape["team"] = seed.team_id
    if message.is_bot:
        shape |= {"bot_id": seed.bot_id, "app_id": seed.app_id}
    elif message.bot_id:
        shape |= {"bot_id": message.bot_id}
    if message.subtype:
        shape["subtype"] = message.subtype
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.thread_ts:
        shape["thread_ts"] = message.thread_ts
    if message.edited_ts:
        shape["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.unfurls:
        shape["attachments"] = [_unfurl_shape(*each, seed) for each in message.unfurls.items()]
    if with_metadata and message.metadata:
        shape["metadata"] = message.metadata
    return shape


def _unfurl_shape(url: str, unfurl: Json, seed: Seed) -> Json:
    return {"from_url": url, "app_unfurl_url": url, "app_id": seed.app_id, "is_app_unfurl": True, **unfurl}


def view_shape(view: View, seed: Seed, values: Json | None = None) -> Json:
    shape = {
        "id": view.id,
        "team_id": seed.team_id,
        "app_id": seed.app_id,
        "bot_id": seed.bot_id,
        "app_installed_team_id": seed.team_id,
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id,
        "state": {"values": values or {}},
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "title": None,
        "submit": None,
        "close": None,
        "clear_on_close": False,
        "notify_on_close": False,
    }
    return shape | view.body
