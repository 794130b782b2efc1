"""The `chat.*` methods and the response address: messages, replies, updates, and what one person sees."""

from __future__ import annotations

from typing import Any

from selfbill.sandbox.slack.access import Refused
from selfbill.sandbox.slack.block_kit import problems_of_blocks, problems_of_unfurl
from selfbill.sandbox.slack.core import Args, Core
from selfbill.sandbox.slack.interactions import Answer
from selfbill.sandbox.slack.mrkdwn import links_in
from selfbill.sandbox.slack.shapes import message_shape
from selfbill.sandbox.slack.workspace import Channel, Ephemeral, Json, Message, with_ids

MOST_TEXT = 40_000
MOST_TEXT_ON_UPDATE = 4_000


def post_message(core: Core, args: Args) -> Json:
    channel = core.postable(args.text("channel"), by_name=True)
    text, blocks = _content(args)
    if not text and not blocks:
        raise Refused("no_text")
    if len(text) > MOST_TEXT:
        raise Refused("msg_too_long")
    thread_ts = args.find("thread_ts")
    if thread_ts is not None and channel.find(thread_ts) is None:
        raise Refused("thread_not_found")
    message = Message(
        core.workspace.next_ts(),
        channel.id,
        core.workspace.seed.bot_user_id,
        text,
        with_ids(blocks or []),
        True,
    )
    message.thread_ts, message.metadata = thread_ts, _metadata(args)
    channel.messages.append(message)
    core.workspace.changed()
    shown = message_shape(message, core.workspace.seed)
    return {"channel": channel.id, "ts": message.ts, "message": shown}


def update(core: Core, args: Args) -> Json:
    """Blocks that are left out stay as they are, their buttons too."""
    channel = core.postable(args.text("channel"))
    message = _own_message(core, channel, args.text("ts"), "cant_update_message")
    text, blocks = _content(args)
    if not text and not blocks and args.find("metadata") is None:
        raise Refused("no_text")
    if len(text) > MOST_TEXT_ON_UPDATE:
        raise Refused("msg_too_long")
    message.text = text if args.find("text") is not None else message.text
    message.blocks = message.blocks if blocks is None else with_ids(blocks)
    message.metadata = _metadata(args) or message.metadata
    message.edited_ts = core.workspace.next_ts()
    core.workspace.changed()
    shown = message_shape(message, core.workspace.seed)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shown}


def post_ephemeral(core: Core, args: Args) -> Json:
    channel = core.postable(args.text("channel"))
    user = args.text("user")
    if user not in channel.members:
        raise Refused("user_not_in_channel")
    text, blocks = _content(args)
    if not text and not blocks:
        raise Refused("no_text")
    return {
        "message_ts": whisper(core, channel, user, text, blocks or [], thread_ts=args.find("thread_ts")).ts
    }


def delete(core: Core, args: Args) -> Json:
    channel = core.postable(args.text("channel"))
    message = _own_message(core, channel, args.text("ts"), "cant_delete_message")
    channel.messages.remove(message)
    core.workspace.changed()
    return {"channel": channel.id, "ts": message.ts}


def unfurl(core: Core, args: Args) -> Json:
    """`chat.unfurl`: what the app shows below the links of a message it was told of."""
    message = _shared_message(core, args)
    unfurls = args.json("unfurls")
    wants_sign_in = args.flag("user_auth_required") or any(args.find(name) for name in _SIGN_IN)
    if unfurls is None and not wants_sign_in:
        raise Refused("missing_unfurls")
    _walk_unfurls(message, unfurls or {})
    for url, shown in (unfurls or {}).items():
        message.unfurls[url] = {**shown, "blocks": with_ids(shown.get("blocks", []))}
    if wants_sign_in:
        text, blocks = args.find("user_auth_message") or "", args.json("user_auth_blocks") or []
        if blocks and (problems := problems_of_blocks(blocks)):
            raise Refused("invalid_blocks", errors=problems)
        channel = core.workspace.channels[message.channel]
        text = text or f"Sign in to see more: {args.find('user_auth_url') or ''}"
        whisper(core, channel, message.user, text, blocks, thread_ts=message.thread_ts)
    core.workspace.changed()
    return {}


def take_command_answer(core: Core, user: str, channel: str, command: str, answer: Answer) -> None:
    """What the ack of a slash command shows: nothing, a text, or a message for one or for all."""
    if not answer.acked or not answer.body:
        return
    said = answer.body if isinstance(answer.body, dict) else {"text": str(answer.body)}
    args, where = Args(said), core.workspace.channels[channel]
    text, blocks = _content(args)
    if not text and not blocks:
        return
    if args.find("response_type") == "in_channel":
        post_message(core, Args({**said, "channel": channel}))
    else:
        whisper(core, where, user, text, blocks or [], thread_ts=None)
    core.record(f"ack:{command}", said, {"ok": True})


def get_permalink(core: Core, args: Args) -> Json:
    channel, ts = core.visible(args.text("channel")), args.text("message_ts")
    if channel.find(ts) is None:
        raise Refused("message_not_found")
    return {"channel": channel.id, "permalink": f"{core.url}/archives/{channel.id}/p{ts.replace('.', '')}"}


def answer_interaction(core: Core, secret: str, args: Args) -> Json:
    """A response address: an ephemeral answer, one for the channel, or a change of the message clicked."""
    target = core.access.use_response_url(secret)
    channel = core.workspace.channels[target.channel]
    if args.flag("delete_original"):
        _remove(core, channel, target.message_ts)
        return {}
    text, blocks = _content(args)
    if not text and not blocks:
        raise Refused("no_text")
    if args.flag("replace_original"):
        _replace(channel, core.workspace.ephemerals, target.message_ts, text, blocks or [])
        core.workspace.changed()
    elif args.find("response_type") == "in_channel":
        posted = Args({**args.values, "channel": channel.id, "thread_ts": args.find("thread_ts")})
        post_message(core, posted)
    else:
        thread_ts = args.find("thread_ts") or target.thread_ts
        whisper(core, channel, target.user, text, blocks or [], thread_ts=thread_ts)
    return {}


def whisper(
    core: Core, channel: Channel, user: str, text: str, blocks: list[Json], *, thread_ts: str | None
) -> Ephemeral:
    """Show one person something in a channel; it is no message and cannot be updated."""
    shown = Ephemeral(core.workspace.next_ts(), channel.id, user, text, with_ids(blocks), thread_ts)
    core.workspace.ephemerals.append(shown)
    core.workspace.changed()
    return shown


def _content(args: Args) -> tuple[str, list[Json] | None]:
    """The text and the blocks, walked; None for blocks that were not given."""
    blocks = args.json("blocks")
    if blocks is not None:
        if not isinstance(blocks, list):
            raise Refused("invalid_blocks_format")
        if problems := problems_of_blocks(blocks):
            raise Refused("invalid_blocks", errors=problems, response_metadata={"messages": problems})
    return args.find("text") or "", blocks


_SIGN_IN = ("user_auth_message", "user_auth_url", "user_auth_blocks")


def _shared_message(core: Core, args: Args) -> Message:
    """By channel and ts, or by unfurl_id and source; only a message whose links the app was told of."""
    if (unfurl_id := args.find("unfurl_id")) is not None:
        if args.find("source") not in ("composer", "conversations_history"):
            raise Refused("invalid_source")
        found = next((m for m in core.workspace.all_messages() if m.unfurl_id == unfurl_id), None)
        if found is None:
            raise Refused("invalid_unfurl_id")
        return found
    for name in ("channel", "ts"):
        if not args.find(name):
            raise Refused(f"missing_{name}")
    channel = core.workspace.channels.get(args.text("channel"))
    if channel is None:
        raise Refused("cannot_find_channel")
    message = channel.find(args.text("ts"))
    if message is None or message.unfurl_id is None:
        raise Refused("cannot_find_message" if message is None else "cannot_unfurl_message")
    return message


def _walk_unfurls(message: Message, unfurls: Any) -> None:
    """Each address is one of the message, with blocks that Slack would take below it."""
    if not isinstance(unfurls, dict):
        raise Refused("invalid_unfurls_format")
    known = links_in(message.text)
    for url, shown in unfurls.items():
        if url not in known:
            raise Refused("cannot_unfurl_url")
        if problems := problems_of_unfurl(shown):
            raise Refused("invalid_blocks", errors=problems, response_metadata={"messages": problems})


def _metadata(args: Args) -> Json | None:
    metadata: Any = args.json("metadata")
    if metadata is None:
        return None
    if not isinstance(metadata, dict) or metadata.keys() < {"event_type", "event_payload"}:
        raise Refused("invalid_metadata_format")
    if not isinstance(metadata["event_payload"], dict):
        raise Refused("invalid_metadata_schema")
    return metadata


def _own_message(core: Core, channel: Channel, ts: str, foreign: str) -> Message:
    if any(each.ts == ts for each in core.workspace.ephemerals):
        raise Refused(foreign)
    message = channel.find(ts)
    if message is None:
        raise Refused("message_not_found")
    if not message.is_bot:
        raise Refused(foreign)
    return message


def _replace(channel: Channel, whispers: list[Ephemeral], ts: str, text: str, blocks: list[Json]) -> None:
    shown = channel.find(ts) or next((each for each in whispers if each.ts == ts), None)
    if shown is None:
        raise Refused("message_not_found")
    shown.text, shown.blocks = text, with_ids(blocks)


def _remove(core: Core, channel: Channel, ts: str) -> None:
    core.workspace.ephemerals = [each for each in core.workspace.ephemerals if each.ts != ts]
    channel.messages = [each for each in channel.messages if each.ts != ts]
    core.workspace.changed()
