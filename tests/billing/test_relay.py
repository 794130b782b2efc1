"""The relay: at least once, each destination on its own, nothing lost whatever a delivery does."""

import asyncio
from contextlib import suppress
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import select

from billing.context import Context, Listening
from billing.edges import Envelope
from billing.errors import DeliveryFailed
from billing.fairness import FEW, LONG_SECONDS, Places
from billing.ids import AccountId, CustomerId, TicketId, new_id
from billing.messages import CardDue, Destination, Message, OrderIdsMail, ProcessorHint
from billing.relay import BATCH, HOLD, Relay
from storage.tables.ledger import outbox
from tests.billing.bench import Bench

CARD, MAIL, HINT = CardDue.kind, OrderIdsMail.kind, ProcessorHint.kind


def mail() -> OrderIdsMail:
    return OrderIdsMail(new_id(CustomerId), "alice@example.net", "en")


async def put(bench: Bench, *messages: Message) -> None:
    async with bench.ctx.begin(bench.lumen.id) as work:
        for message in messages:
            await work.outbox.put(message, at=bench.clock(), trace_id="trace-put")


class Party:
    """An outside party that takes everything, or does what it was told to do first."""

    def __init__(self, *ills: Exception) -> None:
        self.ills = list(ills)
        self.got: list[Envelope] = []

    async def deliver(self, _ctx: Context, envelope: Envelope) -> None:
        self.got.append(envelope)
        if self.ills:
            raise self.ills.pop(0)


async def test_what_is_put_is_delivered_once_and_in_order(bench_on_each: Bench) -> None:
    bench, party = bench_on_each, Party()
    await put(bench, *(mail() for _ in range(45)))
    relay = Relay(bench.ctx, {Destination.MAIL: {MAIL: party.deliver}})
    assert await relay.drain() == 45
    assert len({envelope.id for envelope in party.got}) == 45
    assert all((envelope.tries, envelope.trace_id) == (1, "trace-put") for envelope in party.got)
    assert await relay.drain() == 0
    assert await bench.ctx.store.count_waiting() == 0


async def test_what_a_delivery_puts_is_delivered_in_the_same_drain(bench: Bench) -> None:
    cards = Party()

    async def answer(_ctx: Context, _envelope: Envelope) -> None:
        await put(bench, CardDue(new_id(TicketId)))

    await put(bench, mail())
    relay = Relay(bench.ctx, {Destination.SLACK: {CARD: cards.deliver}, Destination.MAIL: {MAIL: answer}})
    assert await relay.drain() == 2
    assert len(cards.got) == 1


async def test_a_dead_destination_blocks_no_other(bench: Bench) -> None:
    mails, taken = Party(), asyncio.Event()

    async def hang(_ctx: Context, _envelope: Envelope) -> None:
        await asyncio.Event().wait()

    async def take(ctx: Context, envelope: Envelope) -> None:
        await mails.deliver(ctx, envelope)
        if len(mails.got) == 3:
            taken.set()

    await put(bench, CardDue(new_id(TicketId)), mail(), mail(), mail())
    relay = Relay(bench.ctx, {Destination.SLACK: {CARD: hang}, Destination.MAIL: {MAIL: take}})
    running = asyncio.create_task(relay.run())
    async with asyncio.timeout(30):
        await taken.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert await bench.ctx.store.count_waiting(Destination.SLACK) == 1


async def test_a_delivery_that_hangs_holds_up_no_other_of_its_destination(bench: Bench) -> None:
    hung, got, all_of_them = asyncio.Event(), [], asyncio.Event()

    async def take(_ctx: Context, envelope: Envelope) -> None:
        got.append(envelope)
        if len(got) == 1:
            hung.set()
            await asyncio.Event().wait()
        if len(got) == 60:
            all_of_them.set()

    await put(bench, mail())
    running = asyncio.create_task(Relay(bench.ctx, {Destination.MAIL: {MAIL: take}}).run())
    async with asyncio.timeout(30):
        await hung.wait()
        await put(bench, *(mail() for _ in range(59)))
        await all_of_them.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


async def test_what_takes_longer_than_its_lease_is_not_begun_twice(bench: Bench) -> None:
    """Several that wait for one another's turn at a slow Slack may all be late, and each is said once."""
    got, began, leased_again = [], asyncio.Event(), asyncio.Event()

    async def take(_ctx: Context, envelope: Envelope) -> None:
        got.append(envelope.id)
        began.set()
        if len(got) == 1:
            await leased_again.wait()

    await put(bench, mail())
    running = asyncio.create_task(Relay(bench.ctx, {Destination.MAIL: {MAIL: take}}).run())
    async with asyncio.timeout(30):
        await began.wait()
        bench.clock.turn(seconds=HOLD.total_seconds() + 1)
        at = bench.clock()
        while await bench.rows(select(outbox.c.id).where(outbox.c.leased_until <= at)):  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        leased_again.set()
        while await bench.ctx.store.count_waiting():  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert len(got) == 1


async def test_an_account_whose_party_hangs_holds_up_no_other(bench_on_each: Bench) -> None:
    """Its queue is longer and older than all places together; the other account's mail passes it."""
    bench, served = bench_on_each, asyncio.Event()
    rival = bench.world.accounts["rival"]
    hung: list[Envelope] = []

    async def take(_ctx: Context, envelope: Envelope) -> None:
        if envelope.account_id == rival.id:
            served.set()
            return
        hung.append(envelope)
        await asyncio.Event().wait()

    await put(bench, *(mail() for _ in range(3 * BATCH)))
    running = asyncio.create_task(Relay(bench.ctx, {Destination.MAIL: {MAIL: take}}).run())
    async with asyncio.timeout(30):
        while len(hung) < BATCH // 2:  # noqa: ASYNC110  what is waited for shares no event with us
            await asyncio.sleep(0.005)
        async with bench.ctx.begin(rival.id) as work:
            await work.outbox.put(mail(), at=bench.clock(), trace_id="t")
        await served.wait()
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert len(hung) < BATCH


async def test_the_bell_wakes_those_who_deliver_there(bench: Bench) -> None:
    woken: list[str] = []
    bell = bench.ctx.bell

    async def wait(name: str, ear: Listening) -> None:
        await ear.wait(30)
        woken.append(name)

    mails, cards, page = bell.listen(Destination.MAIL), bell.listen(Destination.SLACK), bell.listen()
    waits = [asyncio.create_task(wait(*each)) for each in (("mail", mails), ("card", cards), ("page", page))]
    await put(bench, mail())
    await asyncio.gather(waits[0], waits[2])
    assert sorted(woken) == ["mail", "page"]
    bell.ring()  # nobody knows what for
    await waits[1]
    for ear in (mails, cards, page):
        ear.close()


def test_places_are_few_for_who_does_not_answer() -> None:
    now = [0.0]
    places = Places(20, lambda: now[0])
    ill, well = new_id(AccountId), new_id(AccountId)
    held = [places.take(ill) for _ in range(FEW)]
    held_well = [places.take(well) for _ in range(FEW)]
    assert places.full() == set()
    assert places.free == 20 - 2 * FEW
    now[0] = 2 * LONG_SECONDS  # both have been out for long
    assert places.full() == {ill, well}
    for place in held:
        places.leave(place, answered=False)
    for place in held_well:
        places.leave(place, answered=True)
    for account in (ill, well):
        for _ in range(FEW):
            places.take(account)
    assert places.full() == {ill}  # well again only when it answers
    places.leave(places.take(ill), answered=None)
    assert places.full() == {ill}
    places.leave(places.take(ill), answered=True)
    assert places.full() == set()
    for _ in range(10 - FEW):
        places.take(well)
    assert places.full() == {well}  # half of all places is for the others


async def test_of_one_account_a_lease_takes_some_and_of_others_none(bench_on_each: Bench) -> None:
    bench = bench_on_each
    rival = bench.world.accounts["rival"]
    await put(bench, *(mail() for _ in range(30)))
    async with bench.ctx.begin(rival.id) as work:
        await work.outbox.put(mail(), at=bench.clock(), trace_id="t")
    lease = partial(bench.ctx.store.lease, Destination.MAIL, at=bench.clock(), hold=HOLD, limit=20)
    first = await lease(most_each=8)
    assert [envelope.account_id for envelope in first] == [bench.lumen.id] * 8 + [rival.id]
    assert await lease(most_each=8, not_of={bench.lumen.id}) == []
    assert len(await lease(most_each=8, not_of={rival.id})) == 8


async def test_a_message_that_nobody_delivers_waits_and_stops_nothing(bench: Bench) -> None:
    party = Party()
    await put(bench, CardDue(new_id(TicketId)), ProcessorHint("refund", "re_1"), mail())
    deliveries = {Destination.SLACK: {}, Destination.PROCESSOR: {}, Destination.MAIL: {MAIL: party.deliver}}
    await Relay(bench.ctx, deliveries).drain()
    assert len(party.got) == 1
    assert await bench.ctx.store.count_waiting() == 2
    bench.clock.turn(minutes=1)
    slack = Party()
    await Relay(bench.ctx, {Destination.SLACK: {CARD: slack.deliver}}).drain()
    assert [envelope.tries for envelope in slack.got] == [2]


@pytest.mark.parametrize(
    ("ill", "seconds"),
    [
        (KeyError("a bug"), 1),
        (DeliveryFailed("away"), 1),
        (DeliveryFailed("later", after=timedelta(seconds=90)), 90),
    ],
    ids=["bug", "away", "later"],
)
async def test_what_did_not_arrive_is_put_back(bench: Bench, ill: Exception, seconds: int) -> None:
    party = Party(ill)
    await put(bench, mail())
    relay = Relay(bench.ctx, {Destination.MAIL: {MAIL: party.deliver}})
    assert await relay.drain() == 1
    bench.clock.turn(seconds=seconds - 1)
    assert await relay.drain() == 0
    bench.clock.turn(seconds=1)
    assert await relay.drain() == 1
    assert [envelope.tries for envelope in party.got] == [1, 2]
    assert await bench.ctx.store.count_waiting() == 0


async def test_a_permanent_no_is_given_up_at_once_and_a_bug_in_the_end(bench: Bench) -> None:
    party = Party(DeliveryFailed("never", permanent=True), *(ValueError("bug") for _ in range(60)))
    relay = Relay(bench.ctx, {Destination.MAIL: {MAIL: party.deliver}})
    await put(bench, mail())
    assert await relay.drain() == 1
    assert await bench.ctx.store.count_waiting() == 0
    await put(bench, mail())
    for _ in range(60):
        bench.clock.turn(hours=1)
        await relay.drain()
    assert len(party.got) == 1 + 40
    assert await bench.ctx.store.count_waiting() == 0


async def test_one_that_names_its_own_time_is_never_given_up(bench: Bench) -> None:
    party = Party(*(DeliveryFailed("busy", after=timedelta(hours=1)) for _ in range(60)))
    relay = Relay(bench.ctx, {Destination.MAIL: {MAIL: party.deliver}})
    await put(bench, mail())
    for _ in range(61):
        await relay.drain()
        bench.clock.turn(hours=1)
    assert len(party.got) == 61
    assert await bench.ctx.store.count_waiting() == 0


async def test_a_try_that_left_the_house_untouched_is_not_counted(bench_on_each: Bench) -> None:
    bench = bench_on_each
    later = timedelta(seconds=7)
    party = Party(*(DeliveryFailed("paced", after=later, untouched=True) for _ in range(3)))
    relay = Relay(bench.ctx, {Destination.MAIL: {MAIL: party.deliver}})
    await put(bench, mail())
    for _ in range(4):
        await relay.drain()
        bench.clock.turn(seconds=7)
    assert [envelope.tries for envelope in party.got] == [1, 1, 1, 1]
    assert await bench.ctx.store.count_waiting() == 0


async def test_a_killed_workers_messages_are_taken_up_when_its_lease_ends(bench_on_each: Bench) -> None:
    bench, party = bench_on_each, Party()
    await put(bench, mail())
    (held,) = await bench.ctx.store.lease(Destination.MAIL, at=bench.clock(), hold=HOLD, limit=5)
    relay = Relay(bench.ctx, {Destination.MAIL: {MAIL: party.deliver}})
    bench.clock.turn(seconds=HOLD.total_seconds() - 1)
    assert await relay.drain() == 0
    bench.clock.turn(seconds=1)
    assert await relay.drain() == 1
    assert [envelope.id for envelope in party.got] == [held.id]


async def test_two_relays_share_the_work(bench_on_each: Bench) -> None:
    bench, party = bench_on_each, Party()
    await put(bench, *(mail() for _ in range(60)))
    relays = [Relay(bench.ctx, {Destination.MAIL: {MAIL: party.deliver}}) for _ in range(2)]
    tried = await asyncio.gather(*(relay.drain() for relay in relays))
    assert sum(tried) == 60
    assert len({envelope.id for envelope in party.got}) == 60


async def test_two_workers_who_carry_out_one_operation_have_one_effect(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("slow", method="POST", path="/v1/refunds", seconds=0.1)
    drains = [asyncio.create_task(bench.relay.drain())]
    await asyncio.sleep(0)
    bench.clock.turn(seconds=HOLD.total_seconds() + 1)  # the first one's lease is over while it waits
    drains.append(asyncio.create_task(bench.relay.drain()))
    await asyncio.gather(*drains)
    await bench.settle(minutes=1)
    await bench.settle(minutes=5)
    assert (await bench.request(request.id)).state == "done"
    assert bench.refunds() == [(14900, "succeeded")]
