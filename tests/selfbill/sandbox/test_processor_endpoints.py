"""Webhook endpoints made by the API: who is told of what, by which secret, how often and in which order."""

from __future__ import annotations

import json
from typing import Any

import pytest
import stripe

from selfbill.sandbox.processor import WebhookTarget
from tests.selfbill.sandbox.processor_bench import (
    NOW,
    SECRET,
    Bench,
    Ear,
    open_bench,
    open_client,
    open_ear,
)


def kinds(ear: Ear) -> list[str]:
    return [json.loads(body)["type"] for body, _ in ear.heard]


async def listen(bench: Bench, ear: Ear, *events: str) -> Any:
    asked = {"url": ear.url, "enabled_events": [*events], "api_version": "2026-10-28.endive"}
    return await bench.v1.webhook_endpoints.create_async(asked)


async def test_each_endpoint_is_told_the_kinds_it_asked_for() -> None:
    async with open_ear() as one, open_ear() as all_of_it, open_bench() as bench:
        made = await listen(bench, one, "charge.refunded")
        await listen(bench, all_of_it, "*")
        bench.sandbox.refund_elsewhere("ch_once")
        await bench.sandbox.settle()
        assert (kinds(one), sorted(kinds(all_of_it))) == (
            ["charge.refunded"],
            ["charge.refunded", "refund.created"],
        )
        body, signature = one.heard[0]
        stripe.WebhookSignature.verify_header(body.decode(), signature, made.secret, tolerance=None)


async def test_the_secret_is_shown_once() -> None:
    async with open_ear() as ear, open_bench() as bench:
        made = await listen(bench, ear, "refund.failed")
        again = await bench.v1.webhook_endpoints.retrieve_async(made.id)
        assert (made.secret.startswith("whsec_"), "secret" in again) == (True, False)
        assert [each.id for each in (await bench.v1.webhook_endpoints.list_async()).data] == [made.id]


async def test_an_endpoint_that_is_disabled_or_gone_hears_nothing() -> None:
    async with open_ear() as ear, open_bench() as bench:
        made = await listen(bench, ear, "*")
        await bench.v1.webhook_endpoints.update_async(made.id, {"disabled": True})
        bench.sandbox.refund_elsewhere("ch_once", 100)
        await bench.v1.webhook_endpoints.update_async(made.id, {"disabled": False})
        assert (await bench.v1.webhook_endpoints.delete_async(made.id)).deleted
        bench.sandbox.refund_elsewhere("ch_once", 100)
        await bench.sandbox.settle()
        assert ear.heard == []
        with pytest.raises(stripe.InvalidRequestError) as gone:
            await bench.v1.webhook_endpoints.delete_async(made.id)
        assert gone.value.http_status == 404


async def test_a_rolled_secret_signs_beside_the_one_before() -> None:
    async with open_ear() as ear, open_bench() as bench:
        made = await listen(bench, ear, "charge.refunded")
        rolled = bench.sandbox.roll_webhook_secret(made.id)
        bench.sandbox.refund_elsewhere("ch_once")
        await bench.sandbox.settle()
        body, signature = ear.heard[0]
        for secret in (made.secret, rolled):
            stripe.WebhookSignature.verify_header(body.decode(), signature, secret, tolerance=None)


async def test_test_endpoints_hear_nothing_of_live_books() -> None:
    async with open_ear() as ear, open_bench() as bench:
        await listen(bench, ear, "*")
        async with open_client(bench.sandbox, key=bench.sandbox.add_key(livemode=True)) as live:
            await live.v1.customers.create_async({"email": "live@example.net"})
        await bench.sandbox.settle()
        assert ear.heard == []


async def test_events_come_twice_and_backwards_on_demand() -> None:
    async with open_ear() as ear, open_bench(webhook=WebhookTarget(ear.url, SECRET)) as bench:
        bench.sandbox.hold_webhooks()
        bench.sandbox.refund_elsewhere("ch_once")
        await bench.sandbox.settle()
        assert ear.heard == []
        await bench.sandbox.release_webhooks(times=2, reverse=True)
        assert kinds(ear) == ["charge.refunded"] * 2 + ["refund.created"] * 2
        bench.sandbox.state.faults.add("told_twice", path="charge.refunded")
        bench.sandbox.refund_elsewhere("ch_gold")
        await bench.sandbox.settle()
        assert sorted(kinds(ear)[4:]) == ["charge.refunded"] * 2 + ["refund.created"]


async def test_any_event_can_be_told_again() -> None:
    async with open_ear() as ear, open_bench(webhook=WebhookTarget(ear.url, SECRET)) as bench:
        bench.sandbox.refund_elsewhere("ch_once")
        await bench.sandbox.settle()
        first, *_ = (await bench.v1.events.list_async({"type": "refund.created"})).data
        await bench.sandbox.replay(first.id)
        await bench.sandbox.replay()
        assert kinds(ear)[2:] == ["refund.created", "refund.created", "charge.refunded"]
        signed_at = int(ear.heard[-1][1].partition(",")[0].removeprefix("t="))
        assert signed_at == int(NOW.timestamp())
