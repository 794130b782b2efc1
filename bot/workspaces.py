"""The workspaces we speak to: a client each on one shared session, made when needed and not kept for ever."""

from collections import OrderedDict
from dataclasses import dataclass

import aiohttp

from billing import plans
from billing.ids import InstallationId
from billing.ports import UnitOfWork
from billing.records import Account
from billing.slack.records import Installation
from billing.vault import Vault
from bot.client import SLACK, TIMEOUT_SECONDS, SlackClient
from locales.translator import Translator, get_translator

# A workspace costs no task and no connection of its own; of clients, the latest are kept.
MOST_CLIENTS = 256


class Clients:
    """`of` inside a running loop, `close` in the end."""

    def __init__(self, vault: Vault, *, base_url: str = SLACK, most: int = MOST_CLIENTS) -> None:
        self.base_url = base_url
        self._vault = vault
        self._most = most
        self._session: aiohttp.ClientSession | None = None
        self._kept: OrderedDict[tuple[InstallationId, str], SlackClient] = OrderedDict()

    @property
    def session(self) -> aiohttp.ClientSession:
        """The one session that all of them share."""
        if self._session is None:
            self._session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS))
        return self._session

    def of(self, installation: Installation) -> SlackClient:
        """Speaks with the workspace's present token; ValueError where it was sealed with another key."""
        key = (installation.id, installation.bot_token)
        client = self._kept.pop(key, None)
        if client is None:
            token = self._vault.unseal(installation.bot_token)
            client = SlackClient(self.base_url, token, self.session)
        self._kept[key] = client
        while len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return client

    def without_token(self) -> SlackClient:
        """For what needs none: answers at a `response_url`, and the exchange of a code."""
        return SlackClient(self.base_url, None, self.session)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()


@dataclass(frozen=True, slots=True)
class Workspace:
    """Where an account's people are in Slack at this moment, for one delivery."""

    account: Account
    installation: Installation
    slack: SlackClient

    @property
    def say(self) -> Translator:
        """The channels' language and zone are the account's."""
        return get_translator(self.account.locale, self.account.time_zone)


async def find_workspace(work: UnitOfWork, clients: Clients) -> Workspace | None:
    """None where nothing is connected, or the plan has no Slack (any more)."""
    account = await work.accounts.get()
    installation = await work.installations.find_live()
    if installation is None or not plans.has_helpdesks(account):
        return None
    return Workspace(account, installation, clients.of(installation))
