"""Products: the refund period of each, who may set it, and finding one among many."""

from uuid import uuid4

import pytest

from billing.errors import Forbidden, Invalid, NotFound, Stale
from billing.ids import ProductId
from billing.products import (
    LONGEST_PERIOD,
    PAGE,
    find_products,
    list_products,
    set_refund_period,
    show_product,
)
from billing.records import Product
from billing.states import ProductKind
from billing.versions import version_of
from tests.billing.bench import Bench
from tests.make import Till
from tests.people import StaffPerson, erin, frank, grace, heidi


async def one_product(bench: Bench, name: str = "Membership Gold") -> Product:
    found = await find_products(bench.ctx, by=bench.staff(erin), words=name)
    return found.products[0]


async def test_a_period_is_set_and_the_journal_says_from_what_to_what(bench_on_each: Bench) -> None:
    bench, by = bench_on_each, bench_on_each.staff(erin)
    product = await one_product(bench)
    for days in (30, None, None):
        changed = await set_refund_period(bench.ctx, product.id, days, by=by)
        assert changed == await show_product(bench.ctx, product.id, by=by)
        assert changed.refund_days == days
    lines = await bench.lines(f"product:{product.id.hex}")
    named = {"product": "Membership Gold"}
    assert [(line.verb, line.facts) for line in lines] == [
        ("product.refund_period_set", {**named, "days_before": 14, "days": 30}),
        ("product.refund_period_set", {**named, "days_before": 30, "days": None}),
    ]


@pytest.mark.parametrize("who", [frank, grace], ids=["agent", "viewer"])
async def test_only_owners_and_managers_see_and_set_it(bench: Bench, who: StaffPerson) -> None:
    product, by = await one_product(bench), bench.staff(who)
    with pytest.raises(Forbidden):
        await set_refund_period(bench.ctx, product.id, 1, by=by)
    with pytest.raises(Forbidden):
        await show_product(bench.ctx, product.id, by=by)
    with pytest.raises(Forbidden):
        await find_products(bench.ctx, by=by)


async def test_another_accounts_product_is_not_found(bench: Bench) -> None:
    product, by = await one_product(bench), bench.staff(heidi)
    for product_id in (product.id, ProductId(uuid4())):
        with pytest.raises(NotFound):
            await set_refund_period(bench.ctx, product_id, 1, by=by)
        with pytest.raises(NotFound):
            await show_product(bench.ctx, product_id, by=by)
    found = await find_products(bench.ctx, by=by)
    assert [each.name for each in found.products] == ["Cooking School"]


@pytest.mark.parametrize("days", [-1, LONGEST_PERIOD + 1])
async def test_a_period_has_bounds(bench: Bench, days: int) -> None:
    product = await one_product(bench)
    with pytest.raises(Invalid) as told:
        await set_refund_period(bench.ctx, product.id, days, by=bench.staff(erin))
    assert told.value.field == "refund_days"


async def test_who_saves_a_stale_form_is_shown_theirs(bench: Bench) -> None:
    product, by = await one_product(bench), bench.staff(erin)
    theirs = await set_refund_period(bench.ctx, product.id, 20, by=by, seen=version_of(product))
    with pytest.raises(Stale) as told:
        await set_refund_period(bench.ctx, product.id, 30, by=by, seen=version_of(product))
    assert told.value.data["theirs"] == theirs
    await set_refund_period(bench.ctx, product.id, 30, by=by, seen=version_of(theirs))


async def test_many_are_listed_by_the_hundred_and_found_by_their_words(bench_on_each: Bench) -> None:
    bench, by = bench_on_each, bench_on_each.staff(erin)
    async with bench.ctx.begin(bench.lumen.id) as work:
        till = Till(work, bench.world, bench.lumen)
        for number in range(PAGE):
            await till.offer(f"Lesson {number:03}", ProductKind.ONE_TIME, None)
        await till.offer("Übungsheft 100%", ProductKind.ONE_TIME, None)
    first = await find_products(bench.ctx, by=by)
    second = await find_products(bench.ctx, by=by, number=2)
    assert (len(first.products), first.is_more, second.is_more) == (PAGE, True, False)
    assert [*first.products, *second.products] == list(await list_products(bench.ctx, by=by))

    async def found(words: str) -> list[str]:
        return [each.name for each in (await find_products(bench.ctx, by=by, words=words)).products]

    assert await found(" leSSon 04\0") == [f"Lesson 04{digit}" for digit in range(10)]
    assert await found("Übung") == ["Übungsheft 100%"]
    assert await found("%") == ["Übungsheft 100%"]
    assert await found("_") == []
