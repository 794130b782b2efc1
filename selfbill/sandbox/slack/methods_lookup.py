"""Who is who and what is where: `auth.*`, `users.*`, `conversations.*`."""

from __future__ import annotations

from typing import TypeVar

from selfbill.sandbox.slack.access import Refused, Token
from selfbill.sandbox.slack.core import Args, Core, invalid
from selfbill.sandbox.slack.seed import Person
from selfbill.sandbox.slack.shapes import bot_shape, channel_shape, message_shape, person_shape
from selfbill.sandbox.slack.workspace import Channel, Json, Message

T = TypeVar("T")

_READ = {
    "public_channel": "channels:read",
    "private_channel": "groups:read",
    "im": "im:read",
    "mpim": "mpim:read",
}


def auth_test(core: Core, _args: Args) -> Json:
    seed = core.workspace.seed
    enterprise = {"enterprise_id": seed.enterprise_id} if seed.enterprise_id else {}
    return enterprise | {
        "url": f"{core.url}/",
        "team": seed.team_name,
        "team_id": seed.team_id,
        "user": seed.bot_name.lower(),
        "user_id": seed.bot_user_id,
        "bot_id": seed.bot_id,
        "is_enterprise_install": False,
    }


def users_info(core: Core, args: Args, token: Token) -> Json:
    user, seed = args.text("user"), core.workspace.seed
    if user == seed.bot_user_id:
        return {"user": bot_shape(seed)}
    if (person := core.workspace.people.get(user)) is None:
        raise Refused("user_not_found")
    return {"user": _person(core, person, args, token)}


def users_list(core: Core, args: Args, token: Token) -> Json:
    people = [_person(core, each, args, token) for each in core.workspace.people.values()]
    page, cursor = _page([*people, bot_shape(core.workspace.seed)], args)
    return {"members": page, "response_metadata": {"next_cursor": cursor}}


def _person(core: Core, person: Person, args: Args, token: Token) -> Json:
    with_email, with_locale = "users:read.email" in token.scopes, args.flag("include_locale")
    return person_shape(person, core.workspace.seed, with_email=with_email, with_locale=with_locale)


def users_lookup_by_email(core: Core, args: Args) -> Json:
    email = args.text("email").lower()
    for person in core.workspace.people.values():
        if person.email.lower() == email and not person.deleted:
            return {"user": person_shape(person, core.workspace.seed, with_email=True)}
    raise Refused("users_not_found")


def conversations_list(core: Core, args: Args, token: Token) -> Json:
    """Each kind of channel asked for needs a scope of its own."""
    bot = core.workspace.seed.bot_user_id
    found = [each for each in _asked_for(core, args, token) if not each.is_private or bot in each.members]
    return _channels(core, found, args)


def users_conversations(core: Core, args: Args, token: Token) -> Json:
    """Those the bot is in; another `user` shows what both of them may see."""
    bot = core.workspace.seed.bot_user_id
    who = args.find("user") or bot
    found = [each for each in _asked_for(core, args, token) if who in each.members]
    return _channels(core, [each for each in found if not each.is_private or bot in each.members], args)


def _asked_for(core: Core, args: Args, token: Token) -> list[Channel]:
    kinds = (args.find("types") or "public_channel").split(",")
    if not set(kinds) <= _READ.keys():
        raise Refused("invalid_types")
    for kind in kinds:
        core.access.need(token, (_READ[kind],))
    found = [each for each in core.workspace.channels.values() if _kind(each) in kinds]
    return [each for each in found if not (args.flag("exclude_archived") and each.is_archived)]


def _channels(core: Core, found: list[Channel], args: Args) -> Json:
    bot = core.workspace.seed.bot_user_id
    page, cursor = _page(found, args)
    return {
        "channels": [channel_shape(each, bot) for each in page],
        "response_metadata": {"next_cursor": cursor},
    }


def conversations_info(core: Core, args: Args, token: Token) -> Json:
    channel = core.visible(args.text("channel"))
    core.access.need(token, (_READ[_kind(channel)],))
    return {"channel": channel_shape(channel, core.workspace.seed.bot_user_id)}


def conversations_open(core: Core, args: Args) -> Json:
    user = args.text("users")
    if (person := core.workspace.people.get(user)) is None:
        raise Refused("user_not_found")
    if person.is_bot:
        raise Refused("cannot_dm_bot")
    if person.deleted:
        raise Refused("user_disabled")
    return {"channel": {"id": core.workspace.direct_message(user).id}}


def conversations_history(core: Core, args: Args, token: Token) -> Json:
    """Newest first, replies left out, between `oldest` and `latest`."""
    channel = _readable(core, args, token)
    found = [each for each in reversed(channel.top_level()) if _within(each, args)]
    return _messages(core, found, args)


def conversations_replies(core: Core, args: Args, token: Token) -> Json:
    """Oldest first, the message that began the thread included."""
    channel, ts = _readable(core, args, token), args.text("ts")
    if (parent := channel.find(ts)) is None:
        raise Refused("thread_not_found")
    return _messages(core, [parent, *(each for each in channel.replies(ts) if _within(each, args))], args)


def _readable(core: Core, args: Args, token: Token) -> Channel:
    channel = core.visible(args.text("channel"))
    needed = "im:history" if channel.is_im else "groups:history" if channel.is_private else "channels:history"
    core.access.need(token, (needed,))
    if core.workspace.seed.bot_user_id not in channel.members:
        raise Refused("not_in_channel")
    return channel


def _messages(core: Core, found: list[Message], args: Args) -> Json:
    page, cursor = _page(found, args)
    with_metadata = args.flag("include_all_metadata")
    shown = [message_shape(each, core.workspace.seed, with_metadata=with_metadata) for each in page]
    return {"messages": shown, "has_more": bool(cursor), "response_metadata": {"next_cursor": cursor}}


def _within(message: Message, args: Args) -> bool:
    oldest, latest = args.find("oldest") or "0", args.find("latest") or "9999999999"
    try:
        edges = float(oldest), float(latest)
    except ValueError:
        raise invalid("[ERROR] oldest and latest are time stamps") from None
    at = float(message.ts)
    return edges[0] <= at <= edges[1] if args.flag("inclusive") else edges[0] < at < edges[1]


def _page(found: list[T], args: Args) -> tuple[list[T], str]:
    """One page and the cursor of the next, empty at the end."""
    limit, cursor = args.number("limit", 100, most=1000), args.find("cursor") or "0"
    if not cursor.isdecimal():
        raise Refused("invalid_cursor")
    start = int(cursor)
    following = str(start + limit) if start + limit < len(found) else ""
    return found[start : start + limit], following


def _kind(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"
