"""An answer for one clicker alone: where they clicked, else in the channel."""

from collections.abc import Mapping
from dataclasses import replace

from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.messages import WhisperDue, read_message
from billing.relay import Deliver
from bot.actions import OPEN_PAGE
from bot.deliveries.posting import Posting
from bot.marks import Block, escape, plain


class Whispers:
    """Deliveries of private answers."""

    def __init__(self, posting: Posting) -> None:
        self._posting = posting

    def by_kind(self) -> Mapping[str, Deliver]:
        """For the relay."""
        return {WhisperDue.kind: self.deliver}

    async def deliver(self, ctx: Context, envelope: Envelope) -> None:
        """By the address that came with the click, which needs no token; else as an ephemeral message."""
        message = read_message(WhisperDue, envelope.payload)
        if message.token:
            message = replace(message, link=message.link + ctx.vault.unseal(message.token))
        text, blocks = escape(message.text), whisper_blocks(message)
        address = ctx.vault.unseal(message.response_url) if message.response_url else ""
        if address and await self._posting.without_token().respond(address, text, blocks):
            return
        workspace = await self._posting.find(ctx, envelope.account_id)
        if workspace is None:
            raise DeliveryFailed("nowhere to answer", permanent=True)
        if not message.channel:
            # Somebody clicked in their Home, which is no place for an answer: a direct message is.
            mark = {"event_type": "selfbill_whisper", "event_payload": {"id": envelope.id.hex}}
            await self._posting.post(ctx, workspace, message.user_id, (text, blocks), mark)
            return
        await self._posting.call(
            ctx,
            workspace,
            workspace.slack.web.chat_postEphemeral,
            channel=message.channel,
            user=message.user_id,
            text=text,
            blocks=blocks,
            parse="none",
            link_names=False,
        )


def whisper_blocks(message: WhisperDue) -> list[Block]:
    """The sentence, and a button to a page of ours where there is one."""
    blocks: list[Block] = [{"type": "section", "text": plain(message.text)}]
    if message.link:
        button = {
            "type": "button",
            "action_id": OPEN_PAGE,
            "text": plain(message.link_text, 75),
            "url": message.link,
        }
        blocks.append({"type": "actions", "elements": [button]})
    return blocks
