"""The path of an account: which may be chosen, and that the old one stops at once."""

import asyncio

import pytest

from billing.accounts import create_account
from billing.directories import RESERVED, must_be_directory, set_directory
from billing.errors import Forbidden, Invalid, Stale
from billing.ids import AccountId, new_id
from billing.records import Account
from billing.versions import version_of
from tests.billing.bench import Bench
from tests.make import system
from tests.people import erin, frank, heidi


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        (" ", "missing"),
        ("a", "too-short"),
        ("a" * 64, "too-long"),
        ("lumen studio", "not-a-directory"),
        ("lumen/help", "not-a-directory"),
        ("-lumen", "not-a-directory"),
        ("lumen-", "not-a-directory"),
        ("lümen", "not-a-directory"),
        ("lumen.html", "not-a-directory"),
        ("Desk", "reserved"),
        ("static", "reserved"),
    ],
)
def test_what_is_no_directory_is_refused_with_the_reason(typed: str, problem: str) -> None:
    with pytest.raises(Invalid) as refused:
        must_be_directory(typed)
    assert (refused.value.field, refused.value.problem) == ("directory", problem)


def test_case_and_slashes_around_it_make_no_difference() -> None:
    assert must_be_directory(" /Lumen-Studio2/ ") == "lumen-studio2"


async def test_the_old_directory_stops_at_once_and_the_change_is_in_the_journal(bench: Bench) -> None:
    by = bench.staff(erin)
    await set_directory(bench.ctx, "studio", by=by, seen=version_of("lumen"))
    assert await bench.ctx.store.find_account("lumen") is None
    found = await bench.ctx.store.find_account("studio")
    assert found is not None
    assert (found.id, found.slug) == (bench.lumen.id, "lumen")
    line = (await bench.lines(f"account:{bench.lumen.id.hex}"))[-1]
    assert (line.verb, line.by, line.facts) == (
        "directory.changed",
        by.key,
        {"before": "lumen", "after": "studio"},
    )


async def test_a_directory_that_somebody_has_is_refused(bench: Bench) -> None:
    with pytest.raises(Invalid) as refused:
        await set_directory(bench.ctx, "rival", by=bench.staff(erin))
    assert (refused.value.field, refused.value.problem) == ("directory", "taken")


async def test_nobody_else_may_take_a_directory_that_was_left(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await set_directory(bench.ctx, "studio", by=bench.staff(erin))
    with pytest.raises(Invalid) as refused:
        await set_directory(bench.ctx, "lumen", by=bench.staff(heidi))
    assert (refused.value.field, refused.value.problem) == ("directory", "taken")
    assert (await set_directory(bench.ctx, "lumen", by=bench.staff(erin))).directory == "lumen"


async def test_two_who_take_one_directory_at_once_are_one_who_has_it(bench_on_each: Bench) -> None:
    bench = bench_on_each
    said = await asyncio.gather(
        *(set_directory(bench.ctx, "studio", by=bench.staff(person)) for person in (erin, heidi)),
        return_exceptions=True,
    )
    assert [type(each) for each in said].count(Invalid) == 1
    assert [type(each) for each in said].count(Account) == 1


async def test_who_does_not_manage_changes_nothing(bench: Bench) -> None:
    with pytest.raises(Forbidden):
        await set_directory(bench.ctx, "studio", by=bench.staff(frank))


async def test_a_form_that_showed_another_directory_is_stale(bench: Bench) -> None:
    with pytest.raises(Stale) as stale:
        await set_directory(bench.ctx, "studio", by=bench.staff(erin), seen=version_of("before"))
    assert stale.value.data == {"theirs": "lumen"}


async def test_a_new_account_takes_no_reserved_word_and_no_directory_of_another(bench: Bench) -> None:
    await set_directory(bench.ctx, "studio", by=bench.staff(erin))

    async def create(slug: str) -> None:
        values = {name: getattr(bench.lumen, name) for name in bench.lumen.__slots__}
        account = Account(**{**values, "id": new_id(AccountId), "slug": slug, "directory": slug})
        await create_account(bench.ctx, account, by=system(account))

    for slug in (*sorted(RESERVED), "studio", "lumen"):
        with pytest.raises(Invalid):
            await create(slug)
    await create("newcomer")
