"""Outbox to Slack: a module for each thing that is told there; all of them speak through one `Posting`."""

from collections.abc import Mapping

from billing.relay import Deliver
from bot.deliveries.cards import Cards
from bot.deliveries.digests import Digests
from bot.deliveries.homes import Homes
from bot.deliveries.installing import Installing, SlackApp
from bot.deliveries.people import People
from bot.deliveries.places import Places
from bot.deliveries.posting import Posting
from bot.deliveries.previews import Previews
from bot.deliveries.reminders import Reminders
from bot.deliveries.threads import Threads
from bot.deliveries.whispers import Whispers
from bot.workspaces import Clients


def slack_deliveries(clients: Clients, app: SlackApp | None = None) -> Mapping[str, Deliver]:
    """By kind of message, for the relay; a new module is added here. `app`: what it is known by in OAuth."""
    posting = Posting(clients)
    cards = Cards(posting)
    found: dict[str, Deliver] = {}
    for module in (
        cards,
        Threads(posting, cards),
        Whispers(posting),
        Installing(clients, posting, app),
        Places(posting),
        People(posting),
        Homes(posting, slack_api=clients.base_url),
        Previews(posting),
        Reminders(posting, cards),
        Digests(posting),
    ):
        found |= module.by_kind()
    return found
