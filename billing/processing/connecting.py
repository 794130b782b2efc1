"""An account's key to its payment processor: taken down sealed, checked by the relay, replaced, given up."""

import re

from billing.actors import Actor, StaffActor, SystemActor
from billing.context import Context
from billing.errors import Conflict, FromSettings, Invalid
from billing.ids import AccountId, ConnectionId, new_id
from billing.ports import UnitOfWork
from billing.processing.messages import ConnectionCheckDue, WebhookDropDue
from billing.processing.records import Connection
from billing.records import Facts
from billing.rights import must_be_proved, must_own
from billing.states import ConnectionEnd, ConnectionState, Permission
from billing.vault import Vault

# The reason of the actor that connects the key of the settings.
SETTINGS = "settings"
PROVIDER = "stripe"
# Without these nothing can be done honestly; without others only something is switched off.
REQUIRED = (
    Permission.READ_ACCOUNT,
    Permission.READ_CUSTOMERS,
    Permission.READ_CHARGES,
    Permission.WRITE_REFUNDS,
    Permission.WRITE_SUBSCRIPTIONS,
    Permission.READ_INVOICES,
    Permission.READ_DISPUTES,
)
# Why a key was refused.
KEY_UNKNOWN, PERMISSIONS, TAKEN, UNDER_WAY = "key-unknown", "permissions", "taken", "under-way"

_KEY = re.compile(r"(?:sk|rk)_(?:test|live)_[0-9A-Za-z_]{4,240}")
_SIGNING_SECRET = re.compile(r"whsec_[0-9A-Za-z_+/=]{8,240}")
_OPEN = frozenset({ConnectionState.CHECKING, ConnectionState.LIVE, ConnectionState.REFUSED})


def is_from_settings(connection: Connection) -> bool:
    """Whether the server's settings hold the key: then people cannot change it in the desk."""
    return connection.asked_by == f"system:{SETTINGS}"


async def connect_processor(
    ctx: Context,
    account_id: AccountId,
    *,
    key: str,
    webhook_secret: str | None,
    by: StaffActor | SystemActor,
) -> Connection:
    """A plain key in, sealed at rest; what is live stays so until the processor has said what this one may.

    Instead of one that was still coming. The settings' key never replaces what people connected, and is
    not taken down twice: then what is returned is what there is. Owners, freshly proved. Raises
    `ProofNeeded`, `Forbidden`, `FromSettings`, `Invalid` (key, webhook_secret).
    """
    must_be_proved(by, ctx.now())
    if isinstance(by, StaffActor):
        _must_be_a_key(key)
        _must_be_a_signing_secret(webhook_secret)
    elif by.reason == SETTINGS:
        # Looked at without a transaction first: this is asked at every start, and changes nothing mostly.
        async with ctx.read(account_id) as work:
            there = await _settled(work, key, webhook_secret, ctx.vault)
        if there is not None:
            return there
    async with ctx.begin(account_id) as work:
        await must_own(work, by)
        await work.accounts.hold()
        if isinstance(by, SystemActor) and by.reason == SETTINGS:
            there = await _keep_settled(ctx, work, key, webhook_secret, by=by)
            if there is not None:
                return there
        else:
            await _must_be_peoples(work, key, ctx.vault)
        return await _take_down(ctx, work, key, webhook_secret, by=by)


async def check_again(ctx: Context, connection_id: ConnectionId, *, by: StaffActor | SystemActor) -> None:
    """The processor is asked once more about the key we have. Raises `Forbidden`, `NotFound`, `Conflict`."""
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        await work.accounts.hold()
        connection = await work.connections.get(connection_id)
        if connection.state is ConnectionState.ENDED:
            raise Conflict(what="connection", state=connection.state)
        await _look_again(ctx, work, connection, by=by)


async def set_signing_secret(
    ctx: Context, connection_id: ConnectionId, secret: str, *, by: StaffActor
) -> None:
    """Of the endpoint that the merchant made at the processor; the one before signs no more from now on.

    Owners, freshly proved. Raises `ProofNeeded`, `Forbidden`, `FromSettings`, `NotFound`, `Conflict` where
    the endpoint is of our own making, `Invalid` (webhook_secret).
    """
    must_be_proved(by, ctx.now())
    if not secret:
        raise Invalid("webhook_secret", "missing")
    _must_be_a_signing_secret(secret)
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        await work.accounts.hold()
        connection = await work.connections.get(connection_id)
        if is_from_settings(connection):
            raise FromSettings
        if connection.state is not ConnectionState.LIVE or connection.webhook_id:
            raise Conflict(what="connection", state=connection.state)
        await work.connections.keep_webhook(connection.id, "", ctx.vault.seal(secret))
        await write_connection(ctx, work, by, "processor.secret_set", connection)


async def disconnect_processor(
    ctx: Context, connection_id: ConnectionId, *, by: StaffActor | SystemActor
) -> None:
    """At once; what is under way waits for another key of the same account. Owners, freshly proved.

    Raises `ProofNeeded`, `Forbidden`, `FromSettings`, `NotFound`, `Conflict` where it has ended.
    """
    must_be_proved(by, ctx.now())
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        await work.accounts.hold()
        connection = await work.connections.get(connection_id)
        if isinstance(by, StaffActor) and is_from_settings(connection):
            raise FromSettings
        if connection.state not in _OPEN:
            raise Conflict(what="connection", state=connection.state)
        await end_connection(ctx, work, connection, ConnectionEnd.DISCONNECTED, by=by)


async def end_connection(
    ctx: Context,
    work: UnitOfWork,
    connection: Connection,
    why: ConnectionEnd,
    *,
    by: Actor,
    keeps_webhook: bool = False,
) -> None:
    """Within a transaction that holds the account: its key is used no more.

    An endpoint of our making is dropped there, unless another connection keeps it; then the key is forgotten.
    """
    await work.connections.end(connection.id, connection.state, why, at=ctx.now())
    if connection.webhook_id and not keeps_webhook:
        due = WebhookDropDue(connection.id)
        await work.outbox.put(due, at=ctx.now(), trace_id=by.trace_id)
    else:
        await work.connections.forget_secrets(connection.id)
    await write_connection(ctx, work, by, f"processor.{why}", connection)


async def write_connection(
    ctx: Context, work: UnitOfWork, by: Actor, verb: str, connection: Connection, **facts: str
) -> None:
    """A line of the journal about a connection; never with its key."""
    named: Facts = {
        "key_hint": connection.key_hint,
        "processor_account": connection.processor_account,
        "processor_name": connection.processor_name or connection.key_hint,
        **facts,
    }
    await work.journal.write(by, verb, f"connection:{connection.id.hex}", at=ctx.now(), facts=named)


async def _take_down(
    ctx: Context, work: UnitOfWork, key: str, webhook_secret: str | None, *, by: StaffActor | SystemActor
) -> Connection:
    coming = await work.connections.find_coming()
    if coming is not None:
        await end_connection(ctx, work, coming, ConnectionEnd.REPLACED, by=by)
    connection = Connection(
        id=new_id(ConnectionId),
        account_id=by.account_id,
        provider=PROVIDER,
        state=ConnectionState.CHECKING,
        key=ctx.vault.seal(key),
        key_hint=hint_of(key),
        processor_account="",
        processor_name="",
        livemode=None,
        missing=(),
        problem="",
        webhook_id="",
        webhook_secret=ctx.vault.seal(webhook_secret) if webhook_secret else None,
        asked_by=by.key,
        asked_at=ctx.now(),
    )
    await work.connections.add(connection)
    await _put_check(ctx, work, connection, by=by)
    await write_connection(ctx, work, by, "processor.key_given", connection)
    return connection


async def _put_check(ctx: Context, work: UnitOfWork, connection: Connection, *, by: Actor) -> None:
    await work.outbox.put(ConnectionCheckDue(connection.id), at=ctx.now(), trace_id=by.trace_id)


async def _look_again(ctx: Context, work: UnitOfWork, connection: Connection, *, by: Actor) -> None:
    if connection.state is ConnectionState.REFUSED:
        await work.connections.check_anew(connection.id)
    await _put_check(ctx, work, connection, by=by)


async def _must_be_peoples(work: UnitOfWork, key: str, vault: Vault) -> None:
    """What the settings hold is changed there; and what is live need not be connected again."""
    for there in (await work.connections.find_live(), await work.connections.find_coming()):
        if there is not None and is_from_settings(there):
            raise FromSettings
        if there is not None and there.state is ConnectionState.LIVE and vault.unseal(there.key) == key:
            raise Invalid("key", "same-key")


async def _settled(work: UnitOfWork, key: str, webhook_secret: str | None, vault: Vault) -> Connection | None:
    """What needs nothing done for the settings' key: people's own choice, or this very key as it is.

    A key that the processor takes no more is not tried again, until the settings have another.
    """
    there = await _find_settings_choice(work, key, vault)
    if there is None or not is_from_settings(there) or there.state is ConnectionState.ENDED:
        return there
    has_news = there.state is ConnectionState.REFUSED or _is_new_secret(there, webhook_secret, vault)
    return None if has_news else there


async def _keep_settled(
    ctx: Context, work: UnitOfWork, key: str, webhook_secret: str | None, *, by: SystemActor
) -> Connection | None:
    """The same within the transaction, with what is new: another signing secret, or a look once more."""
    there = await _find_settings_choice(work, key, ctx.vault)
    if there is None or not is_from_settings(there) or there.state is ConnectionState.ENDED:
        return there
    if webhook_secret and _is_new_secret(there, webhook_secret, ctx.vault):
        if there.webhook_id:
            due = WebhookDropDue(there.id, webhook_id=there.webhook_id)
            await work.outbox.put(due, at=ctx.now(), trace_id=by.trace_id)
        await work.connections.keep_webhook(there.id, "", ctx.vault.seal(webhook_secret))
        await write_connection(ctx, work, by, "processor.secret_set", there)
    if there.state is ConnectionState.REFUSED:
        await _look_again(ctx, work, there, by=by)
    return there


async def _find_settings_choice(work: UnitOfWork, key: str, vault: Vault) -> Connection | None:
    for there in (await work.connections.find_live(), await work.connections.find_coming()):
        if there is not None and not is_from_settings(there):
            return there
    for each in await work.connections.list():
        if is_from_settings(each) and each.key and vault.unseal(each.key) == key:
            return each
    return None


def _is_new_secret(there: Connection, secret: str | None, vault: Vault) -> bool:
    if not secret:
        return False
    return there.webhook_secret is None or vault.unseal(there.webhook_secret) != secret


def hint_of(key: str) -> str:
    """What people recognise a key by: its kind and its last four characters."""
    kind = "_".join(key.split("_")[:2])
    return f"{kind}_…{key[-4:]}"


def _must_be_a_key(key: str) -> None:
    if not key:
        raise Invalid("key", "missing")
    if key.startswith("pk_"):
        raise Invalid("key", "publishable-key")
    if not _KEY.fullmatch(key):
        raise Invalid("key", "not-a-key")


def _must_be_a_signing_secret(secret: str | None) -> None:
    if secret and not _SIGNING_SECRET.fullmatch(secret):
        raise Invalid("webhook_secret", "not-a-signing-secret")
