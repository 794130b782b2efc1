"""Runs: repeated, shuffled, stopped at any moment, two at once."""

import csv
import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache

import pytest

from billing.emails import email_key
from billing.imports.ports import ImportRunning, RunState
from billing.imports.rows import Cause
from billing.states import SubscriptionState
from selfbill.importing import take_in_file
from selfbill.past import SAMPLE
from storage.imports import imports_of
from tests.billing.imports.exports import Row, of_plan, row, write
from tests.billing.imports.shop import NOW, Shop

CHUNK = 20
# What `some_rows()` come to in an account whose run was not stopped, on either engine; the first test looks.
_never_stopped: list[object] = []


class Stopped(Exception):
    """What a test stops an import with."""


def some_rows(count: int = 120) -> list[Row]:
    """The last of the sample, so that rows are there whose Sale is not, and one reversal of each kind."""
    return [dict(row) for row in _the_sample()[-count:]]


@cache
def _the_sample() -> list[Row]:
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        return [{name.split(" (")[0]: cell for name, cell in each.items()} for each in csv.DictReader(file)]


async def picture(shop: Shop, rows: Sequence[Row]) -> list[object]:
    """All that these rows have become, without our own ids."""
    seen: dict[object, object] = {}
    customers = {each["lead_id"]: each for each in rows if each["Transaction_Type"] in ("Sale", "Rebill")}
    for each in customers.values():
        for view in await shop.views(each["ID"], email_key(each["Buyer_Email"])):
            state = view.subscription and (view.subscription.state, view.subscription.ended_at)
            payments = sorted(
                (p.paid_at, p.order_id or "", p.captured.minor, p.refunded.minor, p.disputed.minor)
                for p in view.payments
            )
            seen[view.purchase.id] = (view.product.name, view.purchase.purchased_at, state, payments)
    return sorted(seen.values(), key=repr)


async def test_a_repeated_run_changes_nothing(shop: Shop) -> None:
    rows = some_rows()
    first = await shop.take_in(*rows)
    before = await picture(shop, rows)
    again = await shop.take_in_file(shop.files[-1])
    assert await picture(shop, rows) == before
    assert again.run.totals.applied == 0
    assert again.run.totals.known == first.run.totals.applied
    assert again.causes == first.causes


async def test_any_order_of_rows_comes_to_the_same(shop: Shop) -> None:
    rows = some_rows()
    ordered = await shop.take_in(*rows)
    expected = await picture(shop, rows)
    seed = random.randrange(2**32)
    other = await _another_account(shop)
    shuffled = await other.take_in(*random.Random(seed).sample(rows, len(rows)))
    assert await picture(other, rows) == expected, f"seed {seed}"
    assert sorted(shuffled.causes) == sorted(ordered.causes), f"seed {seed}"


async def _another_account(shop: Shop) -> Shop:
    account = replace(
        shop.account, id=type(shop.account.id)(int=shop.account.id.int ^ 1), slug="b", directory="b"
    )
    async with shop.ctx.begin(account.id) as unit:
        await unit.accounts.add(account)
    folder = shop.folder / "b"
    folder.mkdir()
    return replace(shop, account=account, folder=folder, files=[])


async def test_the_same_id_with_other_content_is_reported(shop: Shop) -> None:
    await shop.take_in(row(1, "Sale"))
    outcome = await shop.take_in(
        row(1, "Sale", Amount="40.00"), row(2, "Sale"), row(2, "Sale", Buyer_Name="B")
    )
    assert outcome.causes == [("1", Cause.OTHER_CONTENT), ("2", Cause.OTHER_CONTENT)]
    amounts = [p.captured.minor for view in await shop.views("1") for p in view.payments]
    assert amounts == [3900, 3900]


async def test_a_row_put_right_is_taken_over_the_next_time(small_shop: Shop) -> None:
    bad = await small_shop.take_in(row(1, "Sale", Amount="much"), row(2, "Sale"))
    good = await small_shop.take_in(row(1, "Sale"), row(2, "Sale"))
    assert bad.causes == [("1", Cause.NOT_AN_AMOUNT)]
    assert (good.run.totals.applied, good.run.totals.known, good.causes) == (1, 1, [])


async def test_a_reported_row_is_tried_again_with_the_next_file(shop: Shop) -> None:
    refund = row(9, "Refund", "2026-02-01 12:00:00", Processor_transaction_id="ch_1")
    first = await shop.take_in(refund)
    second = await shop.take_in(row(1, "Sale", Processor_transaction_id="ch_1"), refund)
    assert first.causes == [("9", Cause.NO_PAYMENT)]
    assert second.causes == []
    assert (await shop.view("1")).payments[0].left.minor == 0


async def test_an_older_row_does_not_move_the_state(small_shop: Shop) -> None:
    await small_shop.take_in(of_plan(2, "Rebill", "2026-03-01 12:00:00"))
    await small_shop.take_in(of_plan(1, "Failed", "2026-02-01 12:00:00"))
    subscription = (await small_shop.view("2")).subscription
    assert subscription is not None
    assert subscription.state is SubscriptionState.ACTIVE


async def test_what_the_processor_said_since_stands(shop: Shop) -> None:
    await shop.take_in(of_plan(1, "Sale", "2026-03-01 12:00:00"))
    before = (await shop.view("1")).subscription
    assert before is not None
    async with shop.ctx.begin(shop.account.id) as unit:
        await unit.purchases.set_subscription(
            before.id, SubscriptionState.CANCELED, period_ends_at=None, ended_at=NOW
        )
    await shop.take_in(of_plan(2, "Rebill", "2026-04-01 12:00:00"))
    after = (await shop.view("1")).subscription
    assert after is not None
    assert (after.state, after.ended_at) == (SubscriptionState.CANCELED, NOW)


@pytest.mark.parametrize("chunks", [1, 4, 7, 9])
async def test_a_run_stopped_between_chunks_goes_on_where_it_was(shop: Shop, chunks: int) -> None:
    rows = some_rows()
    file = write(shop.folder / "stopped.csv", rows)
    left = chunks

    def stop(_what: str, _done: int, _of: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise Stopped

    with pytest.raises(Stopped):
        await take_in_file(shop.ctx, shop.account, file, tell=stop, chunk=CHUNK)
    await _goes_on(shop, rows)


@pytest.mark.parametrize("moment", [3, 6, 8, 11, 13])
async def test_a_run_stopped_inside_a_chunk_goes_on_where_it_was(shop: Shop, moment: int) -> None:
    rows = some_rows()
    file = write(shop.folder / "stopped.csv", rows)
    left = moment

    def clock() -> datetime:  # asked at the end of every chunk, before it commits
        nonlocal left
        left -= 1
        if left < 0:
            raise Stopped
        return NOW

    with pytest.raises(Stopped):
        await take_in_file(replace(shop.ctx, now=clock), shop.account, file, chunk=CHUNK)
    await _goes_on(shop, rows)


async def _goes_on(shop: Shop, rows: Sequence[Row]) -> None:
    """A minute later, when the dead run's hold is over: it ends as if it had never stopped."""
    later = replace(shop, ctx=replace(shop.ctx, now=lambda: NOW + timedelta(minutes=2)))
    outcome = await later.take_in_file(shop.folder / "stopped.csv")
    if not _never_stopped:
        other = await _another_account(shop)
        expected = await other.take_in(*rows)
        _never_stopped.extend([expected.run.totals, expected.causes, await picture(other, rows)])
    assert outcome.run.started_at == NOW
    assert [outcome.run.totals, outcome.causes, await picture(shop, rows)] == _never_stopped


async def test_a_second_import_of_the_account_is_refused(shop: Shop) -> None:
    file = write(shop.folder / "first.csv", some_rows(90))
    refused: list[ImportRunning] = []

    async def second() -> None:
        with pytest.raises(ImportRunning) as running:
            await shop.take_in(row(1, "Sale"))
        refused.append(running.value)

    with pytest.raises(Stopped):
        await take_in_file(shop.ctx, shop.account, file, tell=_stop, chunk=CHUNK)
    await second()
    assert (refused[0].since, refused[0].seconds) == (NOW, 60)
    other = await _another_account(shop)
    assert (await other.take_in(row(1, "Sale"))).run.state is RunState.FINISHED


def _stop(_what: str, _done: int, _of: int) -> None:
    raise Stopped


@pytest.mark.parametrize("file_was_read", [False, True])
async def test_another_file_comes_after_one_that_was_stopped(shop: Shop, file_was_read: bool) -> None:
    def stop(what: str, _done: int, _of: int) -> None:
        if (what == "Taking over") is file_was_read:
            raise Stopped

    file = write(shop.folder / "first.csv", [row(1, "Sale"), row(2, "Sale")])
    with pytest.raises(Stopped):
        await take_in_file(shop.ctx, shop.account, file, tell=stop, chunk=1)
    later = replace(shop, ctx=replace(shop.ctx, now=lambda: NOW + timedelta(minutes=2)))
    outcome = await later.take_in(row(3, "Sale", "2026-01-02 12:00:00"))
    assert (outcome.run.totals.read, outcome.run.totals.applied) == (1, 1)
    known = [p.order_id for view in await shop.views("3") for p in view.payments]
    assert sorted(filter(None, known)) == (["1", "2", "3"] if file_was_read else ["3"])


async def test_a_run_is_one_line_of_the_journal(shop: Shop) -> None:
    outcome = await shop.take_in(row(1, "Sale"), row(2, "Refund"))
    async with shop.ctx.read(shop.account.id) as unit:
        (line,) = await unit.journal.list_of(f"import:{outcome.run.id.hex}")
        assert await imports_of(unit, "kartra").runs.find_open() is None
    assert (line.verb, line.by, line.facts["applied"]) == ("import.finished", "system:import", 2)
