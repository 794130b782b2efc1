"""The `chat.*` methods and the response address: messages, replies, updates, and what one person sees."""

from __future__ import annotations

from typing import Any

from selfbill.sandbox.slack.access import Refused
from selfbill.sandbox.slack.block_kit import problems_of_blocks
from selfbill.sandbox.slack.core import Args, Core
from selfbill.sandbox.slack.shapes import message_shape
from selfbill.sandbox.slack.workspace import Channel, Ephemeral, Json, Message, with_ids

MOST_TEXT = 40_000
MOST_TEXT_ON_UPDATE = 4_000


def post_message(core: Core, args: Args) -> Json:
    channel = core.postable(args.text("channel"))
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
