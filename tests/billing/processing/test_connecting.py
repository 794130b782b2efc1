"""Connecting a payment processor: by key, checked, replaced, lost; one live for each account and theirs."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select, update

from billing.actors import StaffActor, SystemActor
from billing.errors import Conflict, Forbidden, FromSettings, Invalid, NotFound, ProofNeeded
from billing.ids import AccountId
from billing.processing.connecting import (
    KEY_UNKNOWN,
    PERMISSIONS,
    SETTINGS,
    TAKEN,
    UNDER_WAY,
    check_again,
    connect_processor,
    disconnect_processor,
    set_signing_secret,
)
from billing.processing.records import Connection
from billing.processor import TryLater
from billing.providers.connected import MOST_KEPT, ConnectedProviders
from billing.states import AlertKind, ConnectionEnd, ConnectionState, OperationState, Permission
from storage.tables.ledger import journal, outbox
from storage.tables.processing import alerts, processor_connections
from tests.billing.bench import Bench
from tests.connected import STRIPE_ACCOUNT, STRIPE_KEY
from tests.people import StaffPerson, dana, erin, heidi

# What a restricted key is given in the tests: all but the endpoints.
ALL = (
    "accounts_kyc_basic_read",
    "customer_write",
    "charge_write",
    "subscription_write",
    "invoice_write",
    "dispute_read",
    "payment_method_write",
    "product_read",
    "plan_read",
    "customer_portal_write",
    "checkout_session_write",
    "payment_intent_read",
    "setup_intent_read",
    "webhook_write",
)


def owner(bench: Bench, person: StaffPerson = dana) -> StaffActor:
    """Who has just proved who they are."""
    return replace(bench.staff(person), proved_at=bench.clock())


async def connect(bench: Bench, key: str, secret: str = "", *, person: StaffPerson = dana) -> Connection:
    by = owner(bench, person)
    return await connect_processor(bench.ctx, by.account_id, key=key, webhook_secret=secret or None, by=by)


async def now(bench: Bench, connection: Connection) -> Connection:
    async with bench.ctx.read(connection.account_id) as work:
        return await work.connections.get(connection.id)


async def live(bench: Bench, account_id: AccountId | None = None) -> Connection | None:
    async with bench.ctx.read(account_id or bench.lumen.id) as work:
        return await work.connections.find_live()


async def must_be_live(bench: Bench) -> Connection:
    found = await live(bench)
    assert found is not None
    return found


async def test_a_key_goes_live_once_the_processor_has_said_what_it_may(bench_on_each: Bench) -> None:
    bench = bench_on_each
    before = await must_be_live(bench)
    key = bench.processor.add_key(permissions=ALL)
    asked = await connect(bench, key)
    assert asked.state is ConnectionState.CHECKING
    assert (await must_be_live(bench)).id == before.id  # until then the one before
    await bench.settle()
    after = await must_be_live(bench)
    assert (after.id, after.processor_account, after.livemode) == (asked.id, STRIPE_ACCOUNT, False)
    assert after.missing == ()
    ended = await now(bench, before)
    assert (ended.ended_why, ended.key) == (ConnectionEnd.REPLACED, "")
    # the endpoint that was there signs on
    assert bench.ctx.vault.unseal(after.webhook_secret or "") == "whsec_of_the_tests"


async def test_of_two_keys_at_once_one_comes(bench_on_each: Bench) -> None:
    bench = bench_on_each
    keys = [bench.processor.add_key(permissions=ALL) for _ in range(2)]
    await asyncio.gather(*(connect(bench, key) for key in keys))
    async with bench.ctx.read(bench.lumen.id) as work:
        there = await work.connections.list()
    states = sorted(each.state.value for each in there)
    assert states == ["checking", "ended", "live"]
    await bench.settle()
    states = sorted([(await now(bench, each)).state.value for each in there])
    assert states == ["ended", "ended", "live"]


async def test_another_account_waits_until_nothing_is_under_way(bench_on_each: Bench) -> None:
    bench = bench_on_each
    request = await bench.ask_refund()
    bench.processor.state.faults.add("lost_after", method="POST", path="/v1/refunds")
    await bench.settle()
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    other = await connect(bench, bench.processor.add_key(livemode=True))  # another mode, other books
    await bench.settle()
    refused = await now(bench, other)
    assert (refused.state, refused.problem) == (ConnectionState.REFUSED, UNDER_WAY)
    same = await connect(bench, bench.processor.add_key(permissions=ALL))
    await bench.settle(minutes=1)
    assert (await must_be_live(bench)).id == same.id
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
    again = await connect(bench, bench.processor.add_key(livemode=True))
    await bench.settle(minutes=1)
    assert (await must_be_live(bench)).id == again.id
    assert len(bench.refunds()) == 1


async def test_an_account_of_the_processor_serves_one_of_ours(bench: Bench) -> None:
    theirs = await connect(bench, bench.processor.add_key(permissions=ALL), person=heidi)
    await bench.settle()
    refused = await now(bench, theirs)
    assert (refused.state, refused.problem, refused.livemode) == (ConnectionState.REFUSED, TAKEN, None)
    await disconnect_processor(bench.ctx, (await must_be_live(bench)).id, by=owner(bench))
    await check_again(bench.ctx, theirs.id, by=owner(bench, heidi))
    await bench.settle()
    assert (await now(bench, theirs)).state is ConnectionState.LIVE


async def test_missing_permissions_are_said_and_looked_at_again(bench: Bench) -> None:
    key = bench.processor.add_key(
        permissions=[each for each in ALL if not each.startswith(("charge", "web"))]
    )
    asked = await connect(bench, key)
    await bench.settle()
    refused = await now(bench, asked)
    assert (refused.state, refused.problem) == (ConnectionState.REFUSED, PERMISSIONS)
    wanted = {Permission.READ_CHARGES, Permission.WRITE_REFUNDS, Permission.WRITE_WEBHOOKS}
    assert set(refused.missing) == wanted
    bench.processor.add_key(key, permissions=[each for each in ALL if not each.startswith("web")])
    await check_again(bench.ctx, asked.id, by=owner(bench))
    await bench.settle()
    assert (await must_be_live(bench)).missing == (Permission.WRITE_WEBHOOKS,)
    # a live one learns of what it may since, too
    bench.processor.add_key(key, permissions=ALL)
    await check_again(bench.ctx, asked.id, by=owner(bench))
    await bench.settle()
    assert (await must_be_live(bench)).missing == ()


async def test_a_key_that_nobody_knows_is_refused_and_what_is_live_stays(bench: Bench) -> None:
    before = await must_be_live(bench)
    asked = await connect(bench, "rk_test_" + "9" * 24)
    await bench.settle()
    assert (await now(bench, asked)).problem == KEY_UNKNOWN
    assert (await must_be_live(bench)).id == before.id


@pytest.mark.parametrize("status", [429, 500])
async def test_a_processor_that_does_not_answer_is_asked_again(bench: Bench, status: int) -> None:
    bench.processor.state.faults.add("status_before", path="/v1/account", times=1, status=status)
    asked = await connect(bench, bench.processor.add_key(permissions=ALL))
    await bench.settle()
    assert (await now(bench, asked)).state is ConnectionState.CHECKING
    await bench.settle(minutes=1)
    assert (await now(bench, asked)).state is ConnectionState.LIVE


async def test_an_endpoint_of_our_making_lives_as_long_as_its_account_is_connected(bench: Bench) -> None:
    await disconnect_processor(bench.ctx, (await must_be_live(bench)).id, by=owner(bench))
    first = await connect(bench, bench.processor.add_key(permissions=ALL))
    await bench.settle()
    made = await now(bench, first)
    assert made.webhook_id
    assert made.webhook_secret is not None
    second = await connect(bench, bench.processor.add_key(permissions=ALL))
    await bench.settle()
    kept = await now(bench, second)
    assert (kept.state, kept.webhook_id) == (ConnectionState.LIVE, made.webhook_id)
    assert [each["id"] for each in bench.processor.state.every("webhook_endpoint")] == [made.webhook_id]
    await disconnect_processor(bench.ctx, second.id, by=owner(bench))
    await bench.settle()
    assert (await now(bench, second)).key == ""
    assert bench.processor.state.every("webhook_endpoint") == []


async def test_a_revoked_key_ends_the_connection_and_what_was_approved_waits(bench: Bench) -> None:
    before = await must_be_live(bench)
    bench.processor.revoke_key(bench.processor.secret_key)
    request = await bench.ask_refund()
    await bench.settle()
    ended = await now(bench, before)
    assert (ended.state, ended.ended_why) == (ConnectionState.ENDED, ConnectionEnd.REVOKED)
    kinds = await bench.rows(select(alerts.c.kind, alerts.c.closed_at))
    assert [tuple(each) for each in kinds] == [(AlertKind.CONNECTION_LOST, None)]
    assert "alert" in await bench.mails()
    assert (await bench.operation(request.id)).state in {OperationState.PLANNED, OperationState.SENT}
    await connect(bench, bench.processor.add_key(permissions=ALL))
    await bench.settle(minutes=2)
    await bench.settle(minutes=2)  # it looked whether there is one before there was
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED
    assert len(bench.refunds()) == 1
    ((closed_at,),) = await bench.rows(select(alerts.c.closed_at))
    assert closed_at is not None


async def test_without_a_connection_everything_waits_without_an_end(bench: Bench) -> None:
    await disconnect_processor(bench.ctx, (await must_be_live(bench)).id, by=owner(bench))
    request = await bench.ask_refund()
    for _ in range(60):
        await bench.settle(hours=1)
    assert (await bench.operation(request.id)).state is OperationState.PLANNED
    ((tries, given_up),) = await bench.rows(
        select(outbox.c.tries, outbox.c.given_up).where(outbox.c.kind == "operation-planned")
    )
    assert (tries, given_up) == (0, False)
    await connect(bench, bench.processor.add_key(permissions=ALL))
    await bench.settle(minutes=2)
    await bench.settle(minutes=2)  # it looked whether there is one before there was
    assert (await bench.operation(request.id)).state is OperationState.SUCCEEDED


async def test_who_may_connect(bench: Bench) -> None:
    key = bench.processor.add_key(permissions=ALL)
    late = replace(bench.staff(dana), proved_at=bench.clock() - timedelta(minutes=6))
    manager = replace(bench.staff(erin), proved_at=bench.clock())
    theirs = (await must_be_live(bench)).id
    for by, refusal in ((late, ProofNeeded), (manager, Forbidden)):
        with pytest.raises(refusal):
            await connect_processor(bench.ctx, bench.lumen.id, key=key, webhook_secret=None, by=by)
        with pytest.raises(refusal):
            await disconnect_processor(bench.ctx, theirs, by=by)
        with pytest.raises(refusal):
            await set_signing_secret(bench.ctx, theirs, "whsec_12345678", by=by)
    with pytest.raises(Forbidden):
        await check_again(bench.ctx, theirs, by=manager)
    for act in (
        check_again(bench.ctx, theirs, by=owner(bench, heidi)),
        disconnect_processor(bench.ctx, theirs, by=owner(bench, heidi)),
        set_signing_secret(bench.ctx, theirs, "whsec_12345678", by=owner(bench, heidi)),
    ):
        with pytest.raises(NotFound):
            await act


@pytest.mark.parametrize(
    ("key", "secret", "field", "problem"),
    [
        ("", "", "key", "missing"),
        ("pk_live_" + "a" * 24, "", "key", "publishable-key"),
        ("whsec_" + "a" * 24, "", "key", "not-a-key"),
        ("rk_live_" + "a" * 24 + " x", "", "key", "not-a-key"),
        (STRIPE_KEY, "", "key", "same-key"),
        ("rk_live_" + "a" * 24, "secret", "webhook_secret", "not-a-signing-secret"),
    ],
)
async def test_what_is_no_key_is_not_taken_down(
    bench: Bench, key: str, secret: str, field: str, problem: str
) -> None:
    with pytest.raises(Invalid) as refused:
        await connect(bench, key, secret)
    assert (refused.value.field, refused.value.problem) == (field, problem)
    assert len(await bench.rows(select(processor_connections.c.id))) == 1


async def test_a_signing_secret_takes_the_place_of_the_one_before(bench: Bench) -> None:
    there = await must_be_live(bench)
    await set_signing_secret(bench.ctx, there.id, "whsec_rotated_1", by=owner(bench))
    assert bench.ctx.vault.unseal((await must_be_live(bench)).webhook_secret or "") == "whsec_rotated_1"
    await disconnect_processor(bench.ctx, there.id, by=owner(bench))
    with pytest.raises(Conflict):
        await set_signing_secret(bench.ctx, there.id, "whsec_rotated_2", by=owner(bench))
    with pytest.raises(Conflict):
        await check_again(bench.ctx, there.id, by=owner(bench))


async def by_settings(bench: Bench, key: str, secret: str = "whsec_of_the_settings") -> Connection:
    by = SystemActor(bench.lumen.id, SETTINGS, "trace-test")
    return await connect_processor(bench.ctx, bench.lumen.id, key=key, webhook_secret=secret or None, by=by)


async def test_the_key_of_the_settings_leaves_what_people_chose(bench: Bench) -> None:
    there = await must_be_live(bench)
    assert (await by_settings(bench, bench.processor.add_key())).id == there.id
    assert len(await bench.rows(select(processor_connections.c.id))) == 1


async def test_the_key_of_the_settings_is_taken_down_once(bench: Bench) -> None:
    await disconnect_processor(bench.ctx, (await must_be_live(bench)).id, by=owner(bench))
    first, second = (bench.processor.add_key() for _ in range(2))
    made = await by_settings(bench, first)
    await bench.settle()
    assert [(await by_settings(bench, first)).id for _ in range(3)] == [made.id] * 3
    assert (await must_be_live(bench)).webhook_id == ""  # the settings say how events are signed
    for act in (
        connect(bench, bench.processor.add_key()),
        disconnect_processor(bench.ctx, made.id, by=owner(bench)),
        set_signing_secret(bench.ctx, made.id, "whsec_by_hand_1", by=owner(bench)),
    ):
        with pytest.raises(FromSettings):
            await act
    await by_settings(bench, first, "whsec_another_one")
    assert bench.ctx.vault.unseal((await must_be_live(bench)).webhook_secret or "") == "whsec_another_one"
    other = await by_settings(bench, second)
    await bench.settle()
    assert (await must_be_live(bench)).id == other.id
    bench.processor.revoke_key(second)
    await bench.ask_refund()
    await bench.settle()
    assert (await by_settings(bench, second)).state is ConnectionState.ENDED  # not tried again
    assert await live(bench) is None


async def test_no_key_is_in_journal_or_outbox(bench: Bench) -> None:
    keys = [bench.processor.add_key(permissions=ALL), "rk_test_canary" + "7" * 20]
    for key in keys:
        await connect(bench, key, "whsec_canary_of_ours")
        await bench.settle()
    bench.processor.revoke_key(keys[0])
    await bench.ask_refund()
    await bench.settle()
    written = [
        *(str(each.facts) for each in await bench.rows(select(journal.c.facts))),
        *(f"{each.payload}{each.why}" for each in await bench.rows(select(outbox.c.payload, outbox.c.why))),
        *(str(tuple(each)) for each in await bench.rows(select(processor_connections))),
        *(str(each.facts) for each in await bench.rows(select(alerts.c.facts))),
    ]
    for secret in (*keys, "whsec_canary_of_ours"):
        assert not [each for each in written if secret in each]


async def test_what_is_replaced_serves_nobody_and_few_are_kept(bench: Bench) -> None:
    providers = ConnectedProviders(bench.ctx, api=bench.processor.url)
    try:
        served = await providers.of(bench.lumen.id)
        assert served is not None
        assert await providers.of(bench.lumen.id) is served
        assert await providers.of(bench.world.accounts["rival"].id) is None
        await connect(bench, bench.processor.add_key(permissions=ALL))
        await bench.settle()
        after = await providers.of(bench.lumen.id)
        assert after is not None
        assert after is not served
        assert len(providers._kept) <= MOST_KEPT
    finally:
        await providers.close()


async def test_nothing_new_is_sent_with_a_key_that_was_replaced(bench: Bench) -> None:
    providers = ConnectedProviders(bench.ctx, api=bench.processor.url)
    try:
        found = await providers.serving(bench.lumen.id)
        assert found is not None
        request = await bench.ask_refund()
        await bench.change(
            update(processor_connections).values(
                state="ended", ended_at=bench.clock(), ended_why=ConnectionEnd.REPLACED
            )
        )
        with pytest.raises(TryLater):
            await found[1].carry_out(await bench.operation(request.id))
        assert bench.refunds() == []
    finally:
        await providers.close()
