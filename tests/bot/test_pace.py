"""Slack's pace: bursts are spread and planned once, 429s are honoured, who waits is never forgotten."""

from datetime import timedelta
from uuid import uuid4

import pytest

from billing import tickets
from billing.errors import DeliveryFailed
from billing.ids import DepartmentId
from billing.states import Surface
from bot.deliveries.pace import MESSAGES, UPDATES, Lane, Pace
from tests.bot.scenes import Scene
from tests.make import CHANNEL, START
from tests.people import alice

MANY = 50


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


async def ask_many(scene: Scene, count: int) -> None:
    """So many questions at the same moment; nothing is delivered yet."""
    nowhere: DepartmentId | None = None
    for number in range(count):
        await tickets.open_ticket(
            scene.site.ctx,
            by=scene.site.world.customer(alice, surface=Surface.HELPDESK),
            subject=f"Question {number}",
            text="Is anybody there?",
            department_id=nowhere,
            once_key=uuid4().hex,
        )


async def test_fifty_tickets_at_once_become_paced_cards(http: Scene) -> None:
    await ask_many(http, MANY)
    slack, relay = http.site.slack, http.site.service.relay
    await relay.drain()
    posted = [len(slack.messages(CHANNEL))]
    for _ in range(12):
        http.site.clock.turn(seconds=1)
        await relay.drain()
        posted.append(len(slack.messages(CHANNEL)))
    assert posted[0] == MESSAGES.most  # a short burst, and then one a second
    assert posted[-1] in range(12, 16)
    assert slack.refused == []
    assert [call.method for call in slack.calls].count("chat.postMessage") == posted[-1]
    # Each of the others has its slot, one behind the other; waiting for it was no try.
    waiting = await http.waiting()
    assert waiting.count(("card-due", 0)) == MANY - posted[-1]
    assert waiting.count(("thread-due", 0)) == MANY
    slots = await http.slots("card-due")
    assert (max(slots) - http.site.clock()).total_seconds() == pytest.approx(MANY - posted[-1], abs=4)


async def test_a_429_in_a_burst_stops_the_rest_of_it_and_is_asked_once(http: Scene) -> None:
    fault = http.site.slack.fault("chat.postMessage", "status_before", status=429, retry_after=30, times=None)
    await ask_many(http, 10)
    for _ in range(20):
        http.site.clock.turn(seconds=1)
        await http.site.service.relay.drain()
    assert fault.met <= MESSAGES.most  # those of the first breath, which no answer had stopped yet
    assert {tries for kind, tries in await http.waiting() if kind == "card-due"} == {0}
    fault.clear()
    http.site.clock.turn(seconds=11)
    await http.site.settle()
    assert len(http.site.slack.messages(CHANNEL)) == 10


def test_a_burst_passes_and_then_one_a_second() -> None:
    lane = Lane(MESSAGES)
    slots = [lane.claim(number, START, patient=False) for number in range(7)]
    later = [None if slot is None else round((slot - START).total_seconds()) for slot in slots]
    assert later == [None, None, None, 3, 3, 3, 6]


def test_replies_leave_a_second_and_let_cards_pass() -> None:
    lane = Lane(MESSAGES)
    assert lane.claim("reply 1", START, patient=True) is None
    assert lane.claim("reply 2", START, patient=True) == START + seconds(1)
    assert lane.claim("card", START, patient=False) is None
    assert lane.claim("reply 2", START + seconds(1), patient=True) is None
    # Three within three seconds by now: even a card waits.
    slot = lane.claim("card 2", START + seconds(1), patient=False)
    assert slot is not None
    assert slot > START + seconds(3)


def test_who_comes_too_early_keeps_the_slot_and_who_comes_late_is_served() -> None:
    lane = Lane(MESSAGES)
    for number in range(3):
        lane.claim(number, START, patient=False)
    slot = lane.claim("fourth", START, patient=False)
    assert slot is not None
    assert lane.claim("fourth", START + seconds(1), patient=False) == slot
    assert lane.claim("fourth", slot + seconds(60), patient=False) is None


def test_fifty_updates_a_minute_pass_in_each_workspace() -> None:
    pace = Pace()
    for number in range(UPDATES.most):
        pace.must_have_slot("T1", UPDATES, number, START)
    with pytest.raises(DeliveryFailed) as planned:
        pace.must_have_slot("T1", UPDATES, "one more", START)
    assert planned.value.untouched
    assert planned.value.after == UPDATES.within
    pace.must_have_slot("T2", UPDATES, "another workspace", START)


def test_a_pause_is_of_one_method_of_one_workspace() -> None:
    pace = Pace()
    pace.keep_quiet("chat_postMessage", "T1", seconds(30), START)
    with pytest.raises(DeliveryFailed) as paused:
        pace.must_be_free("chat_postMessage", "T1", START + seconds(10))
    assert (paused.value.after, paused.value.untouched) == (seconds(20), True)
    pace.must_be_free("chat_update", "T1", START)
    pace.must_be_free("chat_postMessage", "T2", START)
    pace.must_be_free("chat_postMessage", "T1", START + seconds(30))


def test_memory_is_for_who_is_busy() -> None:
    pace = Pace()
    for number in range(1024):
        pace.must_have_slot(number, MESSAGES, "one", START + number * seconds(10))
    assert pace.lanes_kept < 300
