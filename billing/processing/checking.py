"""What the processor says of a key: it goes live, is refused, or is taken no more; and its endpoint there."""

from datetime import timedelta
from typing import Protocol

from billing.actors import SystemActor
from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed, Invalid
from billing.ids import AccountId, ConnectionId
from billing.messages import read_message
from billing.ports import UnitOfWork
from billing.processing.alerts import raise_alert, settle_alert
from billing.processing.connecting import (
    KEY_UNKNOWN,
    PERMISSIONS,
    REQUIRED,
    TAKEN,
    UNDER_WAY,
    end_connection,
    write_connection,
)
from billing.processing.messages import ConnectionCheckDue, WebhookDropDue
from billing.processing.records import Connection
from billing.processing.syncing import begin_sync
from billing.processor import AnswerLost, ChecksKeys, KeyCheck, KeyRefused, TryLater, WebhookEndpoint
from billing.states import AlertKind, ConnectionEnd, ConnectionState, Permission

_WAITS = (2, 10, 30, 120, 600)  # seconds between tries while the processor does not answer


class OpensKeys(Protocol):
    """A door to the processor by one connection's key, whatever its state."""

    def open(self, connection: Connection) -> ChecksKeys: ...


async def check_connection(ctx: Context, keys: OpensKeys, envelope: Envelope) -> None:
    """The delivery of `ConnectionCheckDue`: one that is checked goes live or is refused, a live one is
    looked at anew; then it has its endpoint. Raises `DeliveryFailed` until the processor has answered.
    """
    message = read_message(ConnectionCheckDue, envelope.payload)
    by = SystemActor(envelope.account_id, "processor", envelope.trace_id)
    connection = await _get(ctx, by.account_id, message.connection_id)
    if connection.state not in {ConnectionState.CHECKING, ConnectionState.LIVE}:
        return
    door = keys.open(connection)
    try:
        check = await door.check_key()
        if await _take_in(ctx, connection, check, by=by):
            await _make_webhook(ctx, door, connection.id, by=by)
    except KeyRefused:
        await _note_refusal(ctx, connection, by=by)
    except (AnswerLost, TryLater) as lost:
        raise _later(lost, envelope) from lost


async def drop_webhook(ctx: Context, keys: OpensKeys, envelope: Envelope) -> None:
    """The delivery of `WebhookDropDue`: our endpoint there goes, and then we forget the key."""
    message = read_message(WebhookDropDue, envelope.payload)
    connection = await _get(ctx, envelope.account_id, message.connection_id)
    webhook_id = message.webhook_id or connection.webhook_id
    if webhook_id and connection.key:
        try:
            await keys.open(connection).drop_webhook(webhook_id)
        except (AnswerLost, TryLater) as lost:
            raise _later(lost, envelope) from lost
        except KeyRefused:
            pass  # nobody can drop it with this key any more; what it sends has a signature of nobody's
    if connection.state is ConnectionState.ENDED:
        async with ctx.begin(envelope.account_id) as work:
            await work.connections.forget_secrets(connection.id)


async def note_key_refused(
    ctx: Context, account_id: AccountId, connection_id: ConnectionId, *, by: SystemActor
) -> bool:
    """The processor takes this key no more: the connection ends, owners are told. False: it had ended.

    What is under way stays as it was, and waits for another key.
    """
    async with ctx.begin(account_id) as work:
        await work.accounts.hold()
        live = await work.connections.find_live()
        if live is None or live.id != connection_id:
            return False
        # Its secrets stay: the same endpoint may serve the next key, and the settings' key is known again.
        await work.connections.end(live.id, live.state, ConnectionEnd.REVOKED, at=ctx.now())
        await write_connection(ctx, work, by, "processor.revoked", live)
        facts = {
            "processor_id": live.processor_account,
            "processor_name": live.processor_name,
            "key_hint": live.key_hint,
        }
        await raise_alert(work, AlertKind.CONNECTION_LOST, _subject(live), facts, by=by, at=ctx.now())
    return True


async def _get(ctx: Context, account_id: AccountId, connection_id: ConnectionId) -> Connection:
    async with ctx.read(account_id) as work:
        return await work.connections.get(connection_id)


async def _take_in(ctx: Context, connection: Connection, check: KeyCheck, *, by: SystemActor) -> bool:
    """What the processor said; True: it is live."""
    if connection.state is ConnectionState.LIVE:
        async with ctx.begin(by.account_id) as work:
            await work.connections.note_check(connection.id, check, at=ctx.now())
        return True
    try:
        async with ctx.begin(by.account_id) as work:
            await work.accounts.hold()
            return await _judge(ctx, work, connection.id, check, by=by)
    except Invalid:  # another account of ours was first, since this transaction had looked
        async with ctx.begin(by.account_id) as work:
            await work.accounts.hold()
            return await _judge(ctx, work, connection.id, check, by=by)


async def _judge(
    ctx: Context, work: UnitOfWork, connection_id: ConnectionId, check: KeyCheck, *, by: SystemActor
) -> bool:
    connection = await work.connections.get(connection_id)
    if connection.state is not ConnectionState.CHECKING:
        return connection.state is ConnectionState.LIVE
    problem = await _problem(work, connection, check)
    if problem:
        refused = await work.connections.refuse(connection.id, problem, check=check, at=ctx.now())
        await write_connection(ctx, work, by, "processor.refused", refused, problem=problem)
        return False
    await _go_live(ctx, work, connection, check, by=by)
    return True


async def _problem(work: UnitOfWork, connection: Connection, check: KeyCheck) -> str:
    """Why this key cannot be the account's, as a code; empty: it can."""
    if set(REQUIRED) & set(check.missing):
        return PERMISSIONS
    last = await work.connections.find_last_live()
    if last is not None and not _is_same(last, check) and await work.connections.hold_under_way():
        # What is under way there must not be judged by the books of somewhere else.
        return UNDER_WAY
    return TAKEN if await work.connections.is_taken(connection, check) else ""


def _is_same(connection: Connection, check: KeyCheck) -> bool:
    return (connection.processor_account, connection.livemode) == (check.processor_account, check.livemode)


async def _go_live(
    ctx: Context, work: UnitOfWork, connection: Connection, check: KeyCheck, *, by: SystemActor
) -> None:
    last = await work.connections.find_last_live()
    keeps = last is not None and _is_same(last, check) and connection.webhook_secret is None
    if last is not None and keeps and last.webhook_secret is not None:
        # The endpoint there signs on as it did, whichever key we have.
        await work.connections.keep_webhook(connection.id, last.webhook_id, last.webhook_secret)
    if last is not None and last.state is ConnectionState.LIVE:
        await end_connection(ctx, work, last, ConnectionEnd.REPLACED, by=by, keeps_webhook=keeps)
    elif last is not None and last.ended_why is ConnectionEnd.REVOKED:
        await work.connections.forget_secrets(last.id)
        await settle_alert(work, AlertKind.CONNECTION_LOST, _subject(last), by=by, at=ctx.now())
    live = await work.connections.go_live(connection.id, check, at=ctx.now())
    await begin_sync(work, live, at=ctx.now(), by=by)
    verb = "processor.connected" if check.livemode else "processor.connected_test"
    await write_connection(ctx, work, by, verb, live)


async def _make_webhook(
    ctx: Context, door: ChecksKeys, connection_id: ConnectionId, *, by: SystemActor
) -> None:
    """Where the key may and there is none: the processor tells us of what happens there."""
    async with ctx.read(by.account_id) as work:
        connection = await work.connections.get(connection_id)
        account = await work.accounts.get()
    is_wanted = connection.state is ConnectionState.LIVE and connection.webhook_secret is None
    if not is_wanted or Permission.WRITE_WEBHOOKS in connection.missing:
        return
    key = f"selfbill-webhook-{connection.id.hex}"
    made = await door.add_webhook(ctx.addresses.processor_hook(account), key=key)
    if made is not None and not await _keep_webhook(ctx, connection_id, made, by=by):
        await door.drop_webhook(made.id)


async def _keep_webhook(
    ctx: Context, connection_id: ConnectionId, made: WebhookEndpoint, *, by: SystemActor
) -> bool:
    """False: it has ended meanwhile, or has another secret, and needs none."""
    async with ctx.begin(by.account_id) as work:
        await work.accounts.hold()
        now = await work.connections.get(connection_id)
        if now.state is not ConnectionState.LIVE or now.webhook_secret is not None:
            return now.webhook_id == made.id
        await work.connections.keep_webhook(now.id, made.id, ctx.vault.seal(made.secret))
        await write_connection(ctx, work, by, "processor.webhook_made", now)
        return True


async def _note_refusal(ctx: Context, connection: Connection, *, by: SystemActor) -> None:
    if connection.state is ConnectionState.LIVE:
        await note_key_refused(ctx, by.account_id, connection.id, by=by)
        return
    async with ctx.begin(by.account_id) as work:
        await work.accounts.hold()
        now = await work.connections.get(connection.id)
        if now.state is ConnectionState.CHECKING:
            await work.connections.refuse(now.id, KEY_UNKNOWN, check=None, at=ctx.now())
            await write_connection(ctx, work, by, "processor.refused", now, problem=KEY_UNKNOWN)


def _subject(connection: Connection) -> str:
    return f"connection:{connection.id.hex}"


def _later(lost: AnswerLost | TryLater, envelope: Envelope) -> DeliveryFailed:
    """It is asked again for as long as it takes: nothing is at stake, and somebody waits for the answer."""
    said = lost.after if isinstance(lost, TryLater) else None
    wait = timedelta(seconds=_WAITS[min(envelope.tries, len(_WAITS)) - 1])
    return DeliveryFailed(str(lost) or type(lost).__name__, after=said or wait)
