"""Idempotency keys and faults: what a client may rely on when the answer is lost."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import stripe

from tests.selfbill.sandbox.processor_bench import Bench, open_bench, open_client

ASKED = {"charge": "ch_once", "amount": 400, "metadata": {"operation": "o-1"}}
KEY = {"idempotency_key": "key-1"}


async def refund(bench: Bench, key: dict[str, str] = KEY, **changed: Any) -> Any:
    return await bench.v1.refunds.create_async({**ASKED, **changed}, key)


def header(answer: Any, name: str) -> str:
    headers = answer.headers if isinstance(answer, stripe.StripeError) else answer.last_response.headers
    return str((headers or {})[name])


def amounts(bench: Bench) -> list[int]:
    return [each["amount"] for each in bench.sandbox.refunds("ch_once")]


async def test_the_same_key_gives_the_same_refund() -> None:
    async with open_bench() as bench:
        first, second = await refund(bench), await refund(bench)
        assert first.id == second.id
        assert second.last_response.headers["Idempotent-Replayed"] == "true"
        assert "Idempotent-Replayed" not in first.last_response.headers
        assert amounts(bench) == [400]


async def test_two_keys_are_two_refunds() -> None:
    async with open_bench() as bench:
        await refund(bench)
        await refund(bench, {"idempotency_key": "key-2"})
        assert amounts(bench) == [400, 400]


async def test_a_key_serves_one_request_only() -> None:
    async with open_bench() as bench:
        await refund(bench)
        with pytest.raises(stripe.IdempotencyError, match="same parameters") as refused:
            await refund(bench, amount=401)
        assert refused.value.http_status == 400
        with pytest.raises(stripe.IdempotencyError):
            await bench.v1.customers.create_async({"email": "x@example.net"}, KEY)
        assert amounts(bench) == [400]


async def test_a_refusal_is_replayed_too() -> None:
    async with open_bench() as bench:
        for _ in range(2):
            with pytest.raises(stripe.InvalidRequestError, match="greater than charge amount") as refused:
                await refund(bench, amount=2000)
        assert header(refused.value, "Idempotent-Replayed") == "true"


async def test_a_parameter_mistake_leaves_the_key_free() -> None:
    async with open_bench() as bench:
        with pytest.raises(stripe.InvalidRequestError):
            await refund(bench, colour="red")
        await refund(bench)
        assert amounts(bench) == [400]


async def test_a_key_in_use_is_refused_with_409() -> None:
    async with open_bench() as bench:
        slow = bench.sandbox.state.faults.add("slow", path="/v1/refunds")
        first = asyncio.create_task(refund(bench))
        await slow.arrived.wait()
        with pytest.raises(stripe.APIError, match="in-progress") as refused:
            await refund(bench)
        bench.sandbox.state.faults.clear()
        await first
        assert refused.value.http_status == 409
        assert amounts(bench) == [400]


async def test_a_key_is_forgotten_after_a_day() -> None:
    async with open_bench() as bench:
        first = await refund(bench)
        bench.clock.turn(hours=23, minutes=59)
        assert (await refund(bench)).id == first.id
        bench.clock.turn(minutes=1)
        assert (await refund(bench)).id != first.id


async def test_an_answer_lost_after_the_effect_is_found_by_its_key() -> None:
    async with open_bench() as bench:
        bench.sandbox.state.faults.add("lost_after", path="/v1/refunds")
        with pytest.raises(stripe.APIConnectionError):
            await refund(bench)
        assert amounts(bench) == [400]
        again = await refund(bench)
        assert again.last_response.headers["Idempotent-Replayed"] == "true"
        assert [again.id] == [each["id"] for each in bench.sandbox.refunds("ch_once")]


async def test_a_replayed_answer_can_be_lost_too() -> None:
    async with open_bench() as bench:
        bench.sandbox.state.faults.add("lost_after", path="/v1/refunds", times=3)
        for _ in range(3):
            with pytest.raises(stripe.APIConnectionError):
                await refund(bench)
        assert header(await refund(bench), "Idempotent-Replayed") == "true"
        assert amounts(bench) == [400]


async def test_an_answer_lost_before_the_effect_left_nothing() -> None:
    async with open_bench() as bench:
        bench.sandbox.state.faults.add("lost_before", path="/v1/refunds")
        with pytest.raises(stripe.APIConnectionError):
            await refund(bench)
        assert amounts(bench) == []
        await refund(bench)
        assert amounts(bench) == [400]


async def test_the_sdk_repeats_a_lost_request_under_its_key() -> None:
    async with open_bench(retries=2) as bench:
        bench.sandbox.state.faults.add("lost_after", path="/v1/refunds")
        await bench.v1.refunds.create_async(ASKED)
        assert amounts(bench) == [400]


@pytest.mark.parametrize(("kind", "effect"), [("status_before", []), ("status_after", [400])])
async def test_a_500_is_the_keys_answer_for_good(kind: str, effect: list[int]) -> None:
    async with open_bench() as bench:
        bench.sandbox.state.faults.add(kind, path="/v1/refunds", status=500)
        for _ in range(3):
            with pytest.raises(stripe.APIError) as failed:
                await refund(bench)
            assert failed.value.http_status == 500
        assert header(failed.value, "Idempotent-Replayed") == "true"
        assert amounts(bench) == effect


async def test_a_429_says_when_to_come_back_and_keeps_the_key_free() -> None:
    async with open_bench() as bench:
        bench.sandbox.state.faults.add("status_before", method="POST", status=429, retry_after=3)
        with pytest.raises(stripe.RateLimitError) as refused:
            await refund(bench)
        assert header(refused.value, "Retry-After") == "3"
        await refund(bench)
        assert amounts(bench) == [400]


async def test_a_hanging_request_is_let_go_without_effect_when_faults_are_cleared() -> None:
    async with open_bench() as bench:
        hang = bench.sandbox.state.faults.add("hang", path="/v1/refunds")
        waiting = asyncio.create_task(refund(bench))
        await hang.arrived.wait()
        bench.sandbox.state.faults.clear()
        with pytest.raises(stripe.APIConnectionError):
            await waiting
        assert amounts(bench) == []


async def test_keys_outlive_a_restart(tmp_path: Any) -> None:
    async with open_bench(tmp_path) as bench:
        first = await refund(bench)
    async with open_bench(tmp_path) as bench:
        assert (await refund(bench)).id == first.id
        assert amounts(bench) == [400]


async def test_a_wrong_secret_key_is_401() -> None:
    async with open_bench() as bench, open_client(bench.sandbox, key="sk_test_other") as stranger:
        with pytest.raises(stripe.AuthenticationError) as refused:
            await stranger.v1.charges.retrieve_async("ch_once")
        assert refused.value.http_status == 401
