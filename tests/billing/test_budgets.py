"""Budgets of failures at sign-in: none is lost, none tells anything, and nobody is locked out."""

import asyncio
import random
from collections.abc import Sequence
from contextlib import suppress
from functools import partial

import pytest

from billing import budgets
from billing.budgets import Budget
from billing.errors import TooMany, WrongPair
from billing.signin import CodeSent, SignedIn
from tests.billing.bench import Bench, patiently
from tests.billing.visitor import Visitor
from tests.people import alice, bob


def from_everywhere(bench: Bench) -> list[Visitor]:
    """So many addresses that none of them spends its own budget."""
    return [Visitor(bench, client=f"203.0.{n // 250}.{n % 250 + 1}", browser=f"b{n}") for n in range(1200)]


async def fail(visitor: Visitor, order_id: str = "49999999", email: str = "x@example.net") -> None:
    with pytest.raises(WrongPair):
        await visitor.sign_in(order_id, email)


async def fail_elsewhere(bench: Bench, spent: Sequence[Budget], times: int) -> None:
    """What so many failures of others leave behind."""
    async with bench.ctx.begin(bench.lumen.id) as work:
        for _ in range(times):
            await budgets.take(work, spent, at=bench.clock())


async def test_one_address_has_ten_failures_in_five_minutes(bench: Bench) -> None:
    visitor = Visitor(bench)
    for n in range(10):
        await fail(visitor, f"4999{n:04d}", f"x{n}@example.net")
    with pytest.raises(TooMany) as refused:
        await visitor.sign_in()
    assert 0 < int(str(refused.value.data["retry_after"])) <= 300
    assert isinstance(await visitor.at("198.51.100.8").sign_in(), SignedIn)
    bench.clock.turn(minutes=5)
    assert isinstance(await visitor.sign_in(), SignedIn)


async def test_one_address_has_fifty_failures_an_hour(bench: Bench) -> None:
    visitor = Visitor(bench)
    for n in range(50):
        if n % 10 == 0 and n:
            bench.clock.turn(minutes=5)
        await fail(visitor, f"4999{n:04d}", f"x{n}@example.net")
    bench.clock.turn(minutes=5)
    with pytest.raises(TooMany) as refused:
        await visitor.sign_in()
    assert 300 < int(str(refused.value.data["retry_after"])) <= 3600
    bench.clock.turn(minutes=35)
    assert isinstance(await visitor.sign_in(), SignedIn)


async def test_addresses_of_one_ipv6_network_count_together(bench: Bench) -> None:
    visitor = Visitor(bench)
    for n in range(10):
        await fail(visitor.at(f"2001:db8:1:1::{n:x}"), f"4999{n:04d}", f"x{n}@example.net")
    with pytest.raises(TooMany):
        await visitor.at("2001:db8:1:1:ffff::1").sign_in()
    assert isinstance(await visitor.at("2001:db8:1:2::1").sign_in(), SignedIn)


@pytest.mark.parametrize("by", ["email", "order"])
async def test_past_five_failures_of_a_key_it_is_by_code_only(bench: Bench, by: str) -> None:
    guessers = from_everywhere(bench)
    for n in range(5):
        pair = (f"4999{n:04d}", alice.email) if by == "email" else (alice.order_id, f"x{n}@example.net")
        await fail(guessers[n], *pair)
    victim = Visitor(bench)
    assert await victim.sign_in() == CodeSent()
    assert len(await victim.codes()) == 1
    signed_in = await victim.confirm(await victim.newest_code())
    assert signed_in.visit.customer_id == bench.world.customers[alice.name]
    assert isinstance(await victim.sign_in(bob.order_id, bob.email), SignedIn)  # nobody else is concerned
    bench.clock.turn(minutes=15)
    assert isinstance(await victim.sign_in(), SignedIn)


async def test_past_twenty_failures_a_day_a_key_is_by_code_only_until_the_day_ends(bench: Bench) -> None:
    guessers = iter(from_everywhere(bench))
    for n in range(20):
        if n % 5 == 0 and n:
            bench.clock.turn(minutes=15)
        await fail(next(guessers), f"4999{n:04d}", alice.email)
    bench.clock.turn(minutes=15)
    assert await Visitor(bench).sign_in() == CodeSent()
    bench.clock.turn(hours=12)
    assert isinstance(await Visitor(bench).sign_in(), SignedIn)


async def test_past_a_hundred_failures_an_account_is_by_code_only_for_an_hour(bench: Bench) -> None:
    await fail_elsewhere(bench, budgets.SHARED, 99)
    guessers = from_everywhere(bench)
    await fail(guessers[0])
    assert await guessers[1].sign_in("48888888", "y@example.net") == CodeSent()
    victim = Visitor(bench)
    bench.clock.turn(minutes=59)
    assert await victim.sign_in() == CodeSent()
    assert await victim.confirm(await victim.newest_code())
    bench.clock.turn(minutes=7)
    assert isinstance(await victim.sign_in(), SignedIn)


async def test_past_a_thousand_failures_everybody_is_by_code_only(bench: Bench) -> None:
    await fail_elsewhere(bench, [each for each in budgets.SHARED if each.everywhere], 1000)
    assert await Visitor(bench).sign_in() == CodeSent()
    bench.clock.turn(minutes=5)
    assert isinstance(await Visitor(bench).sign_in(), SignedIn)


async def test_concurrent_failures_are_all_counted(bench_on_each: Bench) -> None:
    bench = bench_on_each
    guesses = [
        partial(visitor.sign_in, f"4999{n:04d}", alice.email)
        for n, visitor in enumerate(from_everywhere(bench)[:20])
    ]
    answers = await asyncio.gather(*(patiently(guess) for guess in guesses), return_exceptions=True)
    assert sum(isinstance(each, WrongPair) for each in answers) == 5
    assert answers.count(CodeSent()) == 15


async def test_success_gives_back_what_it_took(bench: Bench) -> None:
    visitor = Visitor(bench)
    for _ in range(12):
        assert isinstance(await visitor.sign_in(), SignedIn)
    for n in range(4):
        await fail(visitor, f"4999{n:04d}", alice.email)
        assert isinstance(await visitor.sign_in(), SignedIn)


async def test_what_is_left_of_an_address_does_not_tell_that_a_guess_was_right(bench: Bench) -> None:
    guessers = from_everywhere(bench)
    for n in range(5):
        await fail(guessers[n], f"4999{n:04d}", alice.email)

    async def guesses_until_refused(first: str, client: str) -> int:
        guesser = Visitor(bench, client=client)
        assert await guesser.sign_in(first) == CodeSent()
        for n in range(1, 12):
            try:
                await guesser.sign_in(f"4888{n:04d}", alice.email)
            except TooMany:
                return n
        raise AssertionError("never refused")

    right = await guesses_until_refused(alice.order_id, "198.51.100.20")
    assert right == await guesses_until_refused("47777777", "198.51.100.21")


async def test_a_code_that_is_given_gives_the_address_back(bench: Bench) -> None:
    guessers = from_everywhere(bench)
    for n in range(5):
        await fail(guessers[n], f"4999{n:04d}", alice.email)
    office = Visitor(bench)
    for n in range(9):
        await fail(office, f"4666{n:04d}", f"x{n}@example.net")
    for n in range(3):
        colleague = office.in_browser(f"colleague {n}")
        assert await colleague.sign_in() == CodeSent()
        assert await colleague.confirm(await colleague.newest_code())


async def guess(visitor: Visitor, order_id: str) -> None:
    with suppress(WrongPair):
        assert await visitor.sign_in(order_id, alice.email) == CodeSent()


async def test_an_hour_of_attack_locks_nobody_out(bench: Bench) -> None:
    """Whoever knows a mailbox guesses at it, asks for its Order IDs, and spends the account's budget."""
    guessers = iter(from_everywhere(bench))
    chooser = random.Random(random.random())  # pytest-randomly prints its seed
    came_in = sorted(chooser.sample(range(60), 9))
    last_three: list[int] = []
    for minute in range(60):
        bench.clock.turn(minutes=1)
        await guess(next(guessers), f"4{chooser.randrange(10**7):07d}")
        await next(guessers).ask_order_ids()
        last_three = [each for each in last_three if minute - each < 30][-3:]
        if minute in came_in and len(last_three) < 3:
            last_three.append(minute)
            victim = Visitor(bench, client="192.0.2.77", browser=f"victim {minute}")
            answer = await victim.sign_in()
            if answer == CodeSent():
                answer = await victim.confirm(await victim.newest_code())
            assert isinstance(answer, SignedIn)
