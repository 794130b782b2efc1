"""Readers' time zones: what is believed, what is kept, and what mails go by."""

import pytest

from billing.errors import Invalid
from billing.own_language import choose_language
from billing.zones import (
    checked_zone,
    choose_zone,
    chosen_zone,
    customers_key,
    keep_zone,
    staff_key,
    zone_names,
    zone_of_customer,
    zone_of_page,
    zone_of_staff,
)
from tests.billing.bench import Bench
from tests.people import alice, erin


@pytest.mark.parametrize("told", ["Europe/Berlin", "America/Argentina/Buenos_Aires", "UTC", "Etc/GMT+5"])
def test_a_zone_is_believed(told: str) -> None:
    assert checked_zone(told) == told


@pytest.mark.parametrize(
    "told",
    [
        None,
        "",
        "Mars/Base",
        "../../etc/passwd",
        "/usr/share/zoneinfo/UTC",
        "europe/berlin",
        "Europe/Berlin ",
        "Europe/Berlin\n",
        "Europe",
        "A" * 65,
        "<script>",
        "Europe/Berlin\x00",
        "Europe/Zürich",
    ],
)
def test_what_is_no_zone_was_not_told(told: str | None) -> None:
    assert checked_zone(told) == ""


def test_all_that_can_be_chosen_is_a_zone() -> None:
    assert all(checked_zone(each) for each in zone_names())
    assert {"UTC", "Europe/Berlin", "Asia/Tokyo"} <= set(zone_names())


async def zones_of(bench: Bench, *, told: str = "") -> tuple[str, str, str]:
    """Erin's page, her mails, and alice's mails."""
    erin_id, alice_id = bench.world.staff[erin.name], bench.world.customers[alice.name]
    async with bench.ctx.read(bench.lumen.id) as work:
        return (
            await zone_of_page(work, staff_key(erin_id), told=told),
            await zone_of_staff(work, bench.lumen, erin_id),
            await zone_of_customer(work, bench.lumen, alice_id),
        )


async def test_a_browsers_zone_is_kept_until_another_tells_or_staff_choose(bench: Bench) -> None:
    ctx, by, account = bench.ctx, bench.staff(erin), bench.lumen
    mine, hers = staff_key(by.staff_id), customers_key(bench.world.customers[alice.name])
    assert await zones_of(bench, told="Asia/Tokyo") == ("Asia/Tokyo", account.time_zone, account.time_zone)
    await keep_zone(ctx, account.id, mine, "Europe/Paris")
    await keep_zone(ctx, account.id, hers, "America/Lima")
    await keep_zone(ctx, account.id, hers, "Mars/Base")
    assert await zones_of(bench) == ("Europe/Paris", "Europe/Paris", "America/Lima")
    await choose_zone(ctx, time_zone="Asia/Kolkata", told="Europe/Paris", by=by)
    await keep_zone(ctx, account.id, mine, "Europe/Rome")
    assert await chosen_zone(ctx, by=by) == "Asia/Kolkata"
    assert (await zones_of(bench, told="Asia/Tokyo"))[:2] == ("Asia/Kolkata", "Asia/Kolkata")
    await choose_zone(ctx, time_zone="", told="Europe/Rome", by=by)
    assert await chosen_zone(ctx, by=by) == ""
    assert (await zones_of(bench, told="Asia/Tokyo"))[:2] == ("Asia/Tokyo", "Europe/Rome")
    with pytest.raises(Invalid):
        await choose_zone(ctx, time_zone="Mars/Base", told="", by=by)


async def test_a_choice_of_the_language_that_is_known_keeps_its_country(bench: Bench) -> None:
    customer_id = bench.world.customers[alice.name]
    for kept, chosen, then in (("de-AT", "de", "de-AT"), ("de-AT", "fr", "fr"), ("zh-TW", "zh-CN", "zh-CN")):
        async with bench.ctx.begin(bench.lumen.id) as work:
            await work.customers.set_locale(customer_id, kept)
        await choose_language(bench.ctx, locale=chosen, by=bench.customer())
        async with bench.ctx.read(bench.lumen.id) as work:
            assert (await work.customers.get(customer_id)).locale == then
