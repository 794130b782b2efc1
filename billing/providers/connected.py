"""The processor of each account: Stripe by its live connection's key, over connections that all share."""

from collections import OrderedDict
from datetime import timedelta

import stripe

from billing.context import Context
from billing.ids import AccountId, ConnectionId
from billing.processing.records import CardChange, CardStep, Connection
from billing.processor import PaymentProvider, ProcessorAnswer, Providers, StepAnswer, TryLater
from billing.providers.stripe import StripeProvider
from billing.providers.stripe_client import PATIENCE, close_http, open_http
from billing.records import Operation

MOST_KEPT = 256
_AT_ONCE = timedelta(seconds=1)


class ConnectedStripe(StripeProvider):
    """What one connection's key does; nothing more once the connection is not the account's live one.

    That is looked at after a try was written down: either whoever replaces the connection sees what is
    under way, or this sees that it was replaced.
    """

    def __init__(
        self, ctx: Context, connection: Connection, *, api: str | None, http: stripe.AIOHTTPClient
    ) -> None:
        super().__init__(ctx.vault.unseal(connection.key), api=api, http=http)
        self._ctx = ctx
        self._connection = connection

    async def carry_out(self, operation: Operation) -> ProcessorAnswer:
        """As `StripeProvider`; `TryLater` where the connection was replaced meanwhile."""
        await self._must_be_live()
        return await super().carry_out(operation)

    async def carry_out_step(self, change: CardChange, step: CardStep) -> StepAnswer:
        """As `StripeProvider`; `TryLater` where the connection was replaced meanwhile."""
        await self._must_be_live()
        return await super().carry_out_step(change, step)

    async def _must_be_live(self) -> None:
        async with self._ctx.read(self._connection.account_id) as work:
            live = await work.connections.find_live()
        if live is None or live.id != self._connection.id:
            raise TryLater("the connection was replaced meanwhile", _AT_ONCE)


class ConnectedProviders:
    """`Providers` and `OpensKeys`: keys are opened here, and nowhere else. Close it in the end."""

    def __init__(self, ctx: Context, *, api: str | None = None, patience: float = PATIENCE) -> None:
        self._ctx = ctx
        self._api = api
        self._http = open_http(patience)
        self._kept: OrderedDict[ConnectionId, ConnectedStripe] = OrderedDict()

    async def close(self) -> None:
        """Close the connections."""
        await close_http(self._http)

    async def of(self, account_id: AccountId) -> PaymentProvider | None:
        """By the account's live connection, looked up each time: one that has ended serves nobody."""
        found = await self.serving(account_id)
        return None if found is None else found[1]

    async def serving(self, account_id: AccountId) -> tuple[Connection, PaymentProvider] | None:
        """The live connection, and what its key does."""
        async with self._ctx.read(account_id) as work:
            live = await work.connections.find_live()
        if live is None:
            return None
        provider = self._kept.pop(live.id, None) or self.open(live)
        self._kept[live.id] = provider  # the one that was used last stands last
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return live, provider

    def open(self, connection: Connection) -> ConnectedStripe:
        """By this connection's key, whatever its state."""
        return ConnectedStripe(self._ctx, connection, api=self._api, http=self._http)


def _is_a_registry(providers: ConnectedProviders) -> Providers:
    """The type checker's proof that the port is implemented."""
    return providers
