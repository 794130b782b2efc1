"""How the payment processor stands, for the desk: connections, events, the last walk and comparison."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.actors import StaffActor
from billing.context import Context
from billing.ids import ConnectionId
from billing.processing.records import Connection, EventCount, Reconciliation
from billing.processing.syncing import SyncStanding, show_sync
from billing.records import Account
from billing.rights import must_manage, must_own


@dataclass(frozen=True, slots=True)
class PaymentsStanding:
    """All that the desk says of the processor. `last`: the live one, or the one that was live before."""

    account: Account
    live: Connection | None
    coming: Connection | None
    last: Connection | None
    under_way: int  # operations and card steps that are not settled yet
    events: Sequence[EventCount]
    sync: SyncStanding | None  # None: nothing is connected
    compared: Reconciliation | None  # the last comparison


async def show_payments(ctx: Context, *, by: StaffActor) -> PaymentsStanding:
    """For owners and managers. Raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        live = await work.connections.find_live()
        compared = await work.alerts.list_reconciliations(limit=1)
        return PaymentsStanding(
            account=await work.accounts.get(),
            live=live,
            coming=await work.connections.find_coming(),
            last=await work.connections.find_last_live(),
            under_way=await work.connections.count_under_way(),
            events=await work.inbox.list_counts(),
            sync=await show_sync(work, live) if live is not None else None,
            compared=compared[0] if compared else None,
        )


async def show_connection(ctx: Context, connection_id: ConnectionId, *, by: StaffActor) -> Connection:
    """One of the account's, for owners. Raises `Forbidden`, `NotFound`."""
    async with ctx.read(by.account_id) as work:
        await must_own(work, by)
        return await work.connections.get(connection_id)
