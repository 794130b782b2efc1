"""Visits, codes, budgets and once-keys."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from billing.edges import Code, Visit
from billing.errors import NotFound, Repeated
from billing.ids import CodeId, DocumentId, VisitId, new_id
from billing.states import Surface
from tests.storage.shop import NOW, Shop, connection_of, open_shop

LATER = NOW + timedelta(minutes=1)
SPAN = timedelta(minutes=15)


def visit_of(shop: Shop) -> Visit:
    return Visit(new_id(VisitId), shop.id, shop.alice.id, None, Surface.PORTAL, None, None, NOW, NOW)


def code_of(shop: Shop, code_hash: str = "right", browser: str = "b") -> Code:
    expires = NOW + timedelta(minutes=10)
    return Code(new_id(CodeId), shop.id, browser, "prove", shop.alice.id, code_hash, NOW, expires, 0, None)


async def test_a_visit_is_found_by_its_newest_token(shop: Shop) -> None:
    visit = visit_of(shop)
    async with shop.store.begin(shop.id) as work:
        await work.visits.open(visit, token_hash="old")
        assert await work.visits.find("old") == visit
        await work.visits.touch(visit.id, LATER)
        await work.visits.replace_token(visit.id, token_hash="new", proved_at=LATER)
        assert await work.visits.find("old") is None
        assert await work.visits.find("new") == replace(visit, seen_at=LATER, proved_at=LATER)


async def test_an_ended_visit_is_gone(shop: Shop) -> None:
    visit = visit_of(shop)
    async with shop.store.begin(shop.id) as work:
        await work.visits.open(visit, token_hash="token")
        await work.visits.end(visit.id)
        assert await work.visits.find("token") is None
        with pytest.raises(NotFound):
            await work.visits.replace_token(visit.id, token_hash="again", proved_at=None)


async def test_all_visits_of_a_staff_member_end_at_once(shop: Shop) -> None:
    desks = [
        replace(visit_of(shop), id=new_id(VisitId), customer_id=None, staff_id=shop.staff.id, surface=None)
        for _ in range(2)
    ]
    async with shop.store.begin(shop.id) as work:
        for number, visit in enumerate(desks):
            await work.visits.open(visit, token_hash=f"desk {number}")
        await work.visits.open(visit_of(shop), token_hash="alice")
        await work.visits.end_of_staff(shop.staff.id)
        found = [await work.visits.find(token) is None for token in ("desk 0", "desk 1", "alice")]
    assert found == [True, True, False]


async def test_a_token_opens_nothing_in_another_account(shop: Shop) -> None:
    rival = await open_shop(shop.store, "rival")
    await shop.write(lambda work: work.visits.open(visit_of(shop), token_hash="token"))
    async with rival.store.read(rival.id) as work:
        assert await work.visits.find("token") is None


async def test_a_right_code_works_once_on_its_browser(shop: Shop) -> None:
    code = code_of(shop)
    async with shop.store.begin(shop.id) as work:
        await work.visits.add_code(code)
        assert await work.visits.try_code("another", "prove", "right", at=LATER) is None
        assert await work.visits.try_code("b", "sign-in", "right", at=LATER) is None
        used = await work.visits.try_code("b", "prove", "right", at=LATER)
        assert used == replace(code, tries=1, used_at=LATER)
        assert await work.visits.try_code("b", "prove", "right", at=LATER) is None


async def test_the_fifth_try_is_the_last(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        for wrong, works in ((4, True), (5, False)):
            await work.visits.add_code(code_of(shop))
            for _ in range(wrong):
                assert await work.visits.try_code("b", "prove", "wrong", at=LATER) is None
            assert (await work.visits.try_code("b", "prove", "right", at=LATER) is not None) is works


async def test_an_old_code_is_of_no_use(shop: Shop) -> None:
    code = code_of(shop)
    async with shop.store.begin(shop.id) as work:
        await work.visits.add_code(code)
        assert await work.visits.try_code("b", "prove", "right", at=code.expires_at) is None


async def test_only_the_newest_code_counts(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        await work.visits.add_code(code_of(shop, "first"))
        await work.visits.add_code(code_of(shop, "second"))
        assert await work.visits.try_code("b", "prove", "first", at=LATER) is None
        assert await work.visits.try_code("b", "prove", "second", at=LATER) is not None
        assert await work.visits.count_codes(shop.alice.id, NOW) == 2
        assert await work.visits.count_codes(shop.alice.id, LATER) == 0


async def test_a_budget_begins_anew_with_its_window(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:

        async def take(key: str = "k", at: object = NOW, everywhere: bool = False) -> int:
            return await work.budgets.take(key, span=SPAN, at=at, everywhere=everywhere)  # type: ignore[arg-type]

        assert [await take(), await take(), await take("other")] == [1, 2, 1]
        assert await take(everywhere=True) == 1
        await work.budgets.give_back("k", span=SPAN, at=NOW, everywhere=False)
        assert await take() == 2
        assert await work.budgets.take("k", span=2 * SPAN, at=NOW, everywhere=False) == 1
        assert await take(at=NOW + SPAN) == 1
        assert await take(at=NOW) == 2  # a clock that is behind wins no new window
        await work.budgets.give_back("k", span=SPAN, at=NOW, everywhere=False)
        assert await take(at=NOW + SPAN) == 3


async def test_the_whole_servers_budget_is_one_for_all_accounts(shop: Shop) -> None:
    rival = await open_shop(shop.store, "rival")
    for number, each in enumerate((shop, rival), 1):
        async with shop.store.begin(each.id) as work:
            assert await work.budgets.take("k", span=SPAN, at=NOW, everywhere=True) == number
            rows = await connection_of(work).execute(text("SELECT count(*) FROM budgets"))
            assert rows.scalar_one() == 1


async def test_a_repeat_leads_to_the_first_result(shop: Shop) -> None:
    first = new_id(DocumentId)
    await shop.write(lambda work: work.once.claim("form", first, at=NOW))
    with pytest.raises(Repeated) as refused:
        await shop.write(lambda work: work.once.claim("form", new_id(DocumentId), at=NOW))
    assert refused.value.data == {"first": first}
