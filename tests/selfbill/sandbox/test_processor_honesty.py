"""The stand-in is held against the SDK's own types: nothing it answers or takes is of its own invention."""

from __future__ import annotations

import importlib
import typing
from typing import Any

import pytest
import stripe

from selfbill.sandbox.processor.api import ENDPOINTS
from selfbill.sandbox.processor.call import Call
from selfbill.sandbox.processor.endpoint import Endpoint
from selfbill.sandbox.processor.resources.account import get_account
from selfbill.sandbox.processor.state import visible
from tests.selfbill.sandbox.processor_bench import Bench, open_bench, open_control
from tests.selfbill.sandbox.sdk_shapes import CLASSES, object_differences


async def everything(bench: Bench) -> list[dict[str, Any]]:
    """One of each kind at least, in the states the sandbox can bring about."""
    state = bench.sandbox.state
    state.faults.add("refund_fails", seconds=1)
    failing = await bench.v1.refunds.create_async(
        {"charge": "ch_once", "amount": 100, "metadata": {"a": "b"}}
    )
    pending = dict(state.get("refund", failing.id))
    bench.clock.turn(seconds=2)
    await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 100})
    await bench.v1.customers.create_async({"email": "bob@example.net"})
    await bench.v1.webhook_endpoints.create_async(
        {"url": "http://127.0.0.1:9/hooks", "enabled_events": ["refund.failed"]}
    )
    back = {"success_url": "http://127.0.0.1/done", "customer": "cus_alice", "currency": "usd"}
    await bench.v1.checkout.sessions.create_async({"mode": "setup", **back})
    await bench.v1.billing_portal.sessions.create_async(
        {"customer": "cus_alice", "flow_data": {"type": "payment_method_update"}}
    )
    async with open_control(bench) as control:
        await control("subscriptions/sub_gold/renew")
        await control("disputes", {"charge": "ch_gold"})
    await bench.v1.subscriptions.update_async("sub_gold", {"cancel_at_period_end": True})
    found = [each for kind in CLASSES for each in state.every(kind)]
    intent = await bench.v1.payment_intents.retrieve_async("pi_once")
    return [pending, get_account(state, Call({}, {})), intent.to_dict(), *found]


async def test_every_answer_is_what_the_sdk_expects() -> None:
    async with open_bench() as bench:
        things = await everything(bench)
        wrong = [
            difference
            for thing in things
            for difference in object_differences(visible(thing), CLASSES[thing["object"]], thing["object"])
        ]
        assert wrong == []
        inner = {"plan", "subscription_item", "invoice_payment", "line_item", "balance_transaction"}
        assert {thing["object"] for thing in things} == set(CLASSES) - inner


async def test_a_difference_is_noticed() -> None:
    async with open_bench() as bench:
        charge = visible(bench.sandbox.state.get("charge", "ch_once"))
        del charge["amount"]
        spoiled = {**charge, "currency": 7, "colour": "red"}
        assert sorted(
            each.partition(":")[0] for each in object_differences(spoiled, stripe.Charge, "charge")
        ) == [
            "charge.amount",
            "charge.colour",
            "charge.currency",
        ]


def sdk_parameters(endpoint: Endpoint) -> set[str]:
    package, _, name = endpoint.params.rpartition(".")
    module = importlib.import_module(f"stripe.params.{package}" if package else "stripe.params")
    return set(getattr(module, name).__annotations__)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda each: f"{each.method} {each.path}")
def test_every_parameter_taken_is_one_of_the_sdks(endpoint: Endpoint) -> None:
    assert endpoint.names - sdk_parameters(endpoint) == set()


async def test_events_are_of_kinds_the_sdk_knows() -> None:
    async with open_bench() as bench:
        await everything(bench)
        known = typing.get_args(stripe.Event.__annotations__["type"])
        assert {event["type"] for event in bench.sandbox.state.every("event")} <= set(known)
