"""Keys: what a restricted one may not do, one that is revoked, and that test and live are two worlds."""

from __future__ import annotations

import pytest
import stripe

from tests.selfbill.sandbox.processor_bench import open_bench, open_client


async def test_a_restricted_key_is_told_which_permission_it_lacks() -> None:
    async with open_bench() as bench:
        key = bench.sandbox.add_key(permissions=["charge_read"])
        async with open_client(bench.sandbox, key=key) as reader:
            assert (await reader.v1.charges.retrieve_async("ch_once")).amount == 1000
            with pytest.raises(stripe.PermissionError) as refused:
                await reader.v1.refunds.create_async({"charge": "ch_nobody"})
    assert refused.value.http_status == 403
    says = str(refused.value)
    assert f"on account '{bench.sandbox.state.account_id}'" in says
    assert "Having the 'rak_charge_write' permission would allow this request to continue." in says
    assert key not in says


async def test_whoever_may_write_may_read() -> None:
    async with open_bench() as bench:
        key = bench.sandbox.add_key(permissions=["rak_charge_write"])
        async with open_client(bench.sandbox, key=key) as writer:
            refund = await writer.v1.refunds.create_async({"charge": "ch_once", "amount": 100})
            assert (await writer.v1.refunds.retrieve_async(refund.id)).amount == 100
            with pytest.raises(stripe.PermissionError, match="rak_customer_read"):
                await writer.v1.customers.list_async()


async def test_what_may_not_be_read_may_not_be_expanded() -> None:
    async with open_bench() as bench:
        key = bench.sandbox.add_key(permissions=["charge_read"])
        async with open_client(bench.sandbox, key=key) as reader:
            with pytest.raises(stripe.PermissionError, match="rak_customer_read"):
                await reader.v1.charges.retrieve_async("ch_once", {"expand": ["customer"]})


async def test_a_missing_permission_leaves_the_idempotency_key_free() -> None:
    async with open_bench() as bench:
        key = bench.sandbox.add_key(permissions=["charge_read"])
        once: stripe.RequestOptions = {"idempotency_key": "k"}
        async with open_client(bench.sandbox, key=key) as reader:
            with pytest.raises(stripe.PermissionError):
                await reader.v1.refunds.create_async({"charge": "ch_once"}, once)
        assert (await bench.v1.refunds.create_async({"charge": "ch_once"}, once)).status == "succeeded"


async def test_a_revoked_key_opens_nothing() -> None:
    async with open_bench() as bench:
        key = bench.sandbox.add_key()
        async with open_client(bench.sandbox, key=key) as client:
            account = await client.v1.accounts.retrieve_current_async()
            assert (account.id, account.settings and account.settings.dashboard.display_name) == (
                bench.sandbox.state.account_id,
                "Sandbox",
            )
            bench.sandbox.revoke_key(key)
            with pytest.raises(stripe.AuthenticationError) as refused:
                await client.v1.accounts.retrieve_current_async()
        assert (refused.value.http_status, "Expired API Key" in str(refused.value)) == (401, True)
        assert key not in str(refused.value)


async def test_live_and_test_do_not_see_one_another() -> None:
    async with open_bench() as bench:
        async with open_client(bench.sandbox, key=bench.sandbox.add_key(livemode=True)) as live:
            made = await live.v1.customers.create_async({"email": "live@example.net"})
            with pytest.raises(stripe.InvalidRequestError, match="similar object exists in test mode") as no:
                await live.v1.charges.retrieve_async("ch_once")
            listed = await live.v1.customers.list_async()
            events = await live.v1.events.list_async()
        assert (made.livemode, no.value.code) == (True, "resource_missing")
        assert [each.id for each in listed.data] == [made.id]
        assert [(each.type, each.livemode) for each in events.data] == [("customer.created", True)]
        assert [each.id for each in (await bench.v1.customers.list_async()).data] == ["cus_alice"]
        assert (await bench.v1.events.list_async()).data == []


async def test_an_idempotency_key_of_live_mode_is_another_one() -> None:
    once: stripe.RequestOptions = {"idempotency_key": "k"}
    async with open_bench() as bench:
        async with open_client(bench.sandbox, key=bench.sandbox.add_key(livemode=True)) as live:
            first = await live.v1.customers.create_async({"email": "one@example.net"}, once)
        second = await bench.v1.customers.create_async({"email": "two@example.net"}, once)
        assert first.id != second.id
