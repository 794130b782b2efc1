"""Links to the desk that staff post: previewed where all who read them may know."""

from typing import Any

from billing.slack.messages import PreviewDue
from billing.slack.previews import want_previews
from bot.callers import text_at
from bot.door import STAFF, Door
from bot.hearing import Ears, Hearing
from bot.links import read_links
from bot.listeners.events import read_event
from bot.marks import is_ts

EVENT = "link_shared"


class Links:
    """A listener on links in the app's own domains. What is not previewed is not answered either."""

    def __init__(self, ears: Ears) -> None:
        self._ears = ears

    def listen(self, door: Door) -> None:
        """Staff alone: for nobody else a link turns into words."""
        door.event(EVENT, self.shared, who=STAFF)

    async def shared(self, hearing: Hearing) -> None:
        """Posted, not just typed: in a composer nobody else sees it yet, and everybody may later."""
        event, told = read_event(hearing), hearing.body.get("event")
        if event is None or not isinstance(told, dict):
            return
        links = read_links(_urls(told), self._ears.ctx.addresses.desk(hearing.account))
        channel, ts = hearing.caller.channel, text_at(told, "message_ts")
        is_posted = text_at(told, "source") in {"", "conversations_history"}
        if not links or not channel.isalnum() or not is_ts(ts) or not is_posted:
            return
        # Of direct messages only those with the app itself: in another, the other side may be anybody.
        is_ours = channel.startswith("D") and told.get("is_bot_user_member") is True
        urls = " ".join(link.url for link in links)
        preview = PreviewDue(channel, ts, hearing.caller.user_id, urls)
        await want_previews(self._ears.ctx, preview, event, is_ours=is_ours, by=hearing.must_know())


def _urls(event: dict[str, Any]) -> list[str]:
    links = event.get("links")
    found = [text_at(each, "url") for each in links] if isinstance(links, list) else []
    return [url for url in found if url and " " not in url]
