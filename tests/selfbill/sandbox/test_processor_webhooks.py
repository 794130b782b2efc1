"""Events: signed so that Stripe's own library believes them, told again until somebody takes them."""

from __future__ import annotations

import json
import time
from typing import Any

import stripe

from selfbill.sandbox.processor import WebhookTarget
from tests.selfbill.sandbox.processor_bench import NOW, SECRET, Ear, open_bench, open_control, open_ear


def kinds(ear: Ear) -> list[str]:
    return [json.loads(body)["type"] for body, _ in ear.heard]


async def test_stripes_library_accepts_the_signature() -> None:
    async with open_ear() as ear, open_bench(webhook=WebhookTarget(ear.url, SECRET)) as bench:
        refund = await bench.v1.refunds.create_async({"charge": "ch_once"}, {"idempotency_key": "k"})
        await bench.sandbox.settle()
        age = int(time.time() - NOW.timestamp()) + 300
        events = [stripe.Webhook.construct_event(*each, SECRET, tolerance=age) for each in ear.heard]
        told = {event.type: event for event in events}
        assert set(told) == {"refund.created", "charge.refunded"}
        assert told["refund.created"].data.object.id == refund.id
        assert told["refund.created"].request.idempotency_key == "k"
        assert told["charge.refunded"].data.object.amount_refunded == 1000


async def test_every_change_is_told() -> None:
    async with (
        open_ear() as ear,
        open_bench(webhook=WebhookTarget(ear.url, SECRET)) as bench,
        open_control(bench) as control,
    ):
        bench.sandbox.state.faults.add("refund_fails", seconds=5)
        await bench.v1.refunds.create_async({"charge": "ch_once"})
        bench.clock.turn(seconds=6)
        await bench.v1.subscriptions.update_async("sub_gold", {"cancel_at_period_end": True})
        await control("subscriptions/sub_gold/renew")
        await bench.v1.subscriptions.cancel_async("sub_gold")
        await control("disputes", {"charge": "ch_gold"})
        await bench.sandbox.settle()
        assert set(kinds(ear)) == {
            "charge.dispute.created",
            "charge.dispute.funds_withdrawn",
            "charge.refund.updated",
            "charge.refunded",
            "charge.succeeded",
            "customer.subscription.deleted",
            "customer.subscription.updated",
            "invoice.created",
            "invoice.finalized",
            "invoice.paid",
            "invoice.payment_succeeded",
            "payment_intent.created",
            "payment_intent.succeeded",
            "refund.created",
            "refund.failed",
            "refund.updated",
        }


async def test_an_update_says_what_was_before() -> None:
    async with open_ear() as ear, open_bench(webhook=WebhookTarget(ear.url, SECRET)) as bench:
        await bench.v1.subscriptions.update_async("sub_gold", {"cancel_at_period_end": True})
        await bench.sandbox.settle()
        data: Any = json.loads(ear.heard[0][0])["data"]
        assert data["object"]["cancel_at_period_end"] is True
        assert data["previous_attributes"]["cancel_at_period_end"] is False
        assert "customer" not in data["previous_attributes"]


async def test_an_event_nobody_took_is_told_again() -> None:
    async with open_ear() as ear, open_bench(webhook=WebhookTarget(ear.url, SECRET)) as bench:
        ear.status = 500
        await bench.v1.refunds.create_async({"charge": "ch_once"})
        await bench.sandbox.settle()
        events = await bench.v1.events.list_async({"type": "refund.created"})
        assert events.data[0].pending_webhooks == 1
        ear.status = 200
        bench.clock.turn(seconds=2)
        await bench.sandbox.taken()
        assert sorted(kinds(ear)) == ["charge.refunded"] * 2 + ["refund.created"] * 2
        assert bench.sandbox.state.store.waiting() == {}


async def test_events_wait_for_a_listener_that_is_away(tmp_path: Any) -> None:
    nobody = WebhookTarget("http://127.0.0.1:9/hooks", SECRET)
    async with open_bench(tmp_path, nobody) as bench:
        await bench.v1.refunds.create_async({"charge": "ch_once"})
        await bench.sandbox.settle()
    async with open_ear() as ear, open_bench(tmp_path, WebhookTarget(ear.url, SECRET)) as bench:
        bench.clock.turn(seconds=2)
        await bench.sandbox.taken()
        assert sorted(kinds(ear)) == ["charge.refunded", "refund.created"]


async def test_only_the_kinds_asked_for_are_told() -> None:
    async with open_ear() as ear:
        target = WebhookTarget(ear.url, SECRET, frozenset({"charge.refunded"}))
        async with open_bench(webhook=target) as bench:
            await bench.v1.refunds.create_async({"charge": "ch_once"})
            await bench.sandbox.settle()
            assert kinds(ear) == ["charge.refunded"]
            assert len((await bench.v1.events.list_async()).data) == 2
