"""Finding customers by what people know of them, and all about one of them."""

import random
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.context import Context
from billing.customers import PAGE, find_customers, show_customer
from billing.emails import email_key
from billing.errors import NotFound
from billing.names import name_words
from billing.records import Customer
from billing.states import Surface
from tests.billing.bench import Bench
from tests.make import Till, World
from tests.people import CustomerPerson, StaffPerson, alice, bob, charlie, dana, grace, heidi

NAMES = [
    "Zoë O'Neil",
    "Łukasz Żółć",
    "Mary-Jane van der Berg",
    "محمد علي",
    "山田 太郎",
    "ISTANBUL Straße",
    "X",
]


async def welcome(ctx: Context, world: World, people: Sequence[CustomerPerson]) -> None:
    """Customers of lumen, and what they are searched by."""
    async with ctx.begin(world.accounts["lumen"].id) as work:
        till = Till(work, replace(world, customers={}), world.accounts["lumen"])
        for person in people:
            await till.welcome(person)


async def found(bench: Bench, query: str, who: StaffPerson = dana) -> list[Customer]:
    """On all pages."""
    by, after, every = bench.world.member(who), None, list[Customer]()
    while True:
        page = await find_customers(bench.ctx, query, by=by, after=after)
        assert len(page.customers) <= PAGE + 1  # whose Order ID it is stands above a full page
        every += page.customers
        if (after := page.after) is None:
            return every


async def names_found(bench: Bench, query: str, who: StaffPerson = dana) -> list[str]:
    return [customer.name for customer in await found(bench, query, who)]


async def test_a_customer_is_found_by_what_is_known_of_them(bench: Bench) -> None:
    of_email = [alice.email, " ALICE@example.NET ", "alice@", "ali"]
    of_name = ["Moreau", "mor", "MORÉAU", "alice moreau", "moreau, ali", "\x00moreau"]
    for query in (*of_email, *of_name, alice.order_id, f"#{alice.subscription_order_id}"):
        assert await names_found(bench, query) == [alice.name], query


async def test_nobody_is_found_by_less(bench: Bench) -> None:
    parts = ["oreau", "alice tanaka", "4000100", "%", "_lice", "lice@example.net", "@", "a" * 500]
    for query in parts:
        assert await names_found(bench, query) == [], query


async def test_nothing_typed_lists_all(bench: Bench) -> None:
    assert await names_found(bench, "  ") == [alice.name, bob.name]


async def test_another_accounts_customers_are_never_found(bench: Bench) -> None:
    assert await names_found(bench, alice.email, heidi) == [charlie.name]
    assert await names_found(bench, alice.order_id, heidi) == []
    assert await names_found(bench, "") == [alice.name, bob.name]


async def test_every_customer_is_found_once_by_each_of_their_keys(bench_on_each: Bench) -> None:
    seed = random.randrange(10**9)
    print(f"seed {seed}")
    chance = random.Random(seed)
    parts = [*NAMES, "Ann", "anna", "Annabel", "Ånn", "annan"]
    people = [
        CustomerPerson(
            " ".join(chance.sample(parts, 2)), f"ann{number}.{chance.randrange(99)}@example.com", ""
        )
        for number in range(60)
    ]
    bench = bench_on_each
    await welcome(bench.ctx, bench.world, people)
    for person in people[::8]:
        words = name_words(person.name)
        for query in (*words, " ".join(words), person.name, words[0][:1], person.email, person.email[:6]):
            assert person.email in [customer.email for customer in await found(bench, query)], query
    for query in ("ann", ""):
        every = await found(bench, query)
        assert len(every) == len({customer.id for customer in every})
    assert len(await found(bench, "ann")) == len(people)


@given(st.text(max_size=80))
def test_words_of_a_name_are_found_again(name: str) -> None:
    words = name_words(name)
    assert name_words(" ".join(words)) == words
    assert name_words(name.upper().lower()) == name_words(name.upper())
    assert all(word == word.casefold() and word.isalnum() for word in words)


async def test_a_customers_file_holds_all_about_them(bench: Bench) -> None:
    asked = await bench.ask_refund(surface=Surface.HELPDESK)
    shown = await show_customer(bench.ctx, bench.world.customers[alice.name], by=bench.world.member(grace))
    assert shown.customer.name == alice.name
    assert shown.emails == (email_key(alice.email),)
    assert {module.product.name for module in shown.modules} == {"Photography Masterclass", "Membership Gold"}
    assert [request.id for request in shown.requests] == [asked.id]
    assert [ticket.request_id for ticket in shown.tickets] == [asked.id]
    assert not shown.may_act


async def test_another_accounts_customer_is_absent(bench: Bench) -> None:
    with pytest.raises(NotFound):
        await show_customer(bench.ctx, bench.world.customers[charlie.name], by=bench.world.member(dana))
