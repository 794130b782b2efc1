"""Real races: many at once, on connections of their own, and the database says who won."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable
from datetime import timedelta

from billing import records as r
from billing.edges import Code
from billing.errors import AlreadyDecided, AlreadyPending, RefundTooLarge, Refusal, Repeated, Unavailable
from billing.ids import CodeId, DocumentId, new_id
from billing.messages import CardDue, Destination
from billing.ports import UnitOfWork
from billing.states import DocumentKind, RequestState
from tests.storage.shop import NOW, Shop, usd


async def race(shop: Shop, deeds: list[Callable[[UnitOfWork], Awaitable[object]]]) -> Counter[str]:
    """Each in a transaction of its own, all at once; how they ended, by name."""

    async def run(deed: Callable[[UnitOfWork], Awaitable[object]]) -> str:
        try:
            won = await shop.write(deed)
        except Refusal as refusal:
            return type(refusal).__name__
        return "nothing" if won is None or won is False else "won"

    return Counter(await asyncio.gather(*[run(deed) for deed in deeds]))


async def test_twenty_reservations_never_exceed_the_payment(shop: Shop) -> None:
    ends = await race(shop, [lambda work: _reserve(work, shop, 1_500)] * 20)
    assert ends == {"won": 6, RefundTooLarge.__name__: 14}
    assert (await shop.left()).reserved == usd(9_000)


async def _reserve(work: UnitOfWork, shop: Shop, minor: int) -> bool:
    await work.purchases.reserve(shop.paid.id, usd(minor))
    return True


async def test_of_twenty_five_deciders_one_wins_and_all_others_are_told_who(shop: Shop) -> None:
    request = shop.refund_request()
    await shop.write(lambda work: work.requests.add(request))
    told: list[object] = []

    async def decide(work: UnitOfWork, number: int) -> r.Request:
        to = RequestState.APPROVED if number % 2 else RequestState.DENIED
        try:
            return await work.requests.move(
                request.id, RequestState.PENDING, to, at=NOW, by=shop.by, by_name=f"Erin {number}"
            )
        except AlreadyDecided as refusal:
            told.append((refusal.data["who"], refusal.data["state"]))
            raise

    ends = await race(shop, [lambda work, n=n: decide(work, n) for n in range(25)])  # type: ignore[misc]
    assert ends == {"won": 1, AlreadyDecided.__name__: 24}
    async with shop.store.read(shop.id) as work:
        stored = await work.requests.get(request.id)
    assert set(told) == {(stored.decided_by_name, stored.state)}


async def test_of_ten_requests_for_one_payment_one_is_taken(shop: Shop) -> None:
    async def ask(work: UnitOfWork) -> bool:
        await work.requests.add(shop.refund_request())
        return True

    assert await race(shop, [ask] * 10) == {"won": 1, AlreadyPending.__name__: 9}


async def test_a_right_code_is_used_once(shop: Shop) -> None:
    code = Code(
        new_id(CodeId), shop.id, "browser", "prove", None, "right", NOW, NOW + timedelta(minutes=10), 0, None
    )
    await shop.write(lambda work: work.visits.add_code(code))
    tries = [lambda work: work.visits.try_code("browser", "prove", "right", at=NOW)] * 20
    assert await race(shop, tries) == {"won": 1, "nothing": 19}


async def test_wrong_codes_at_once_are_all_counted(shop: Shop) -> None:
    code = Code(
        new_id(CodeId), shop.id, "browser", "prove", None, "right", NOW, NOW + timedelta(minutes=10), 0, None
    )
    await shop.write(lambda work: work.visits.add_code(code))
    await race(shop, [lambda work: work.visits.try_code("browser", "prove", "wrong", at=NOW)] * 10)
    async with shop.store.begin(shop.id) as work:
        stored = await work.visits.find_code(code.id)
        assert await work.visits.try_code("browser", "prove", "right", at=NOW) is None
    assert stored is not None
    assert stored.tries == 5


async def test_codes_asked_for_at_once_leave_one_that_works(shop: Shop) -> None:
    codes = [
        Code(new_id(CodeId), shop.id, "b", "prove", None, str(n), NOW, NOW + timedelta(minutes=10), 0, None)
        for n in range(5)
    ]

    async def ask(work: UnitOfWork, code: Code) -> bool:
        await work.visits.add_code(code)
        return True

    ends = await race(shop, [lambda work, c=c: ask(work, c) for c in codes])  # type: ignore[misc]
    # On a busy machine one may hear "not now": it asks again, as the others did.
    assert set(ends) <= {"won", Unavailable.__name__}
    works = 0
    for code in codes:
        async with shop.store.begin(shop.id) as work:
            works += await work.visits.try_code("b", "prove", code.code_hash, at=NOW) is not None
    assert works <= 1


async def test_a_once_key_is_claimed_once(shop: Shop) -> None:
    results = [new_id(DocumentId) for _ in range(10)]

    async def claim(work: UnitOfWork, result: DocumentId) -> bool:
        await work.once.claim("form", result, at=NOW)
        return True

    ends = await race(shop, [lambda work, x=x: claim(work, x) for x in results])  # type: ignore[misc]
    assert ends == {"won": 1, Repeated.__name__: 9}


async def test_concurrent_counts_lose_none(shop: Shop) -> None:
    span, counts = timedelta(minutes=5), list[int]()

    async def take(work: UnitOfWork) -> None:
        counts.append(await work.budgets.take("key", span=span, at=NOW, everywhere=True))

    await race(shop, [take] * 30)
    assert sorted(counts) == list(range(1, 31))


async def test_numbers_have_no_gaps_and_no_doubles(shop: Shop) -> None:
    numbers: list[int] = []

    async def issue(work: UnitOfWork, fails: bool) -> None:
        number = await work.documents.next_number(DocumentKind.INVOICE)
        if fails:
            raise Repeated
        numbers.append(number)

    await race(shop, [lambda work, n=n: issue(work, n % 3 == 0) for n in range(24)])  # type: ignore[misc]
    assert sorted(numbers) == list(range(1, 17))


async def test_an_event_is_taken_in_once(shop: Shop) -> None:
    deed = [lambda work: work.inbox.take_in("stripe", "evt_1", "refund", at=NOW, ignored="")] * 10
    assert await race(shop, deed) == {"won": 1, "nothing": 9}


async def test_no_envelope_is_leased_twice(shop: Shop) -> None:
    ticket = shop.ticket()
    async with shop.store.begin(shop.id) as work:
        for _ in range(40):
            await work.outbox.put(CardDue(ticket.id), at=NOW, trace_id="t")

    async def lease() -> list[object]:
        got = await shop.store.lease(Destination.SLACK, at=NOW, hold=timedelta(minutes=1), limit=7)
        return [envelope.id for envelope in got]

    leased = [each for got in await asyncio.gather(*[lease() for _ in range(10)]) for each in got]
    assert len(leased) == len(set(leased))
    while more := await lease():
        leased += more
    assert len(leased) == len(set(leased)) == 40
