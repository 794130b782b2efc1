"""Points at which the service is killed: chosen by a seed, tried one after another, counted."""

import random
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from tests.crash.acts import ACTS, Act
from tests.crash.living import Told, claims, live, tell
from tests.crash.shared import NEVER
from tests.crash.stage import Broke, Stage

DAY = 25  # hours
LATE = 8  # every so many-th point: recovery begins a day later
SINGLE = 0.6  # of the points: the service is killed once; in the others its recovery is killed too


@dataclass(frozen=True)
class Point:
    """The act is killed at boundary `first`, and its recovery at boundary `second` (0: it is not).

    Recovery begins `hours` later: after a day the processor has forgotten our keys.
    """

    act: str
    first: int
    second: int = 0
    hours: int = 0

    def __str__(self) -> str:
        return f"{self.act}:{self.first}:{self.second}:{self.hours}"


@dataclass
class Figures:
    """What came of all points; `wrong` holds what failed, by point."""

    points: int = 0
    killed: int = 0
    lost: int = 0
    doubled: int = 0
    amounts: int = 0
    slowest: float = 0.0  # recovery, seconds of ours
    longest: timedelta = timedelta()  # recovery, as the service's clock has it
    wrong: dict[str, str] = field(default_factory=dict)

    def add(self, other: "Figures") -> None:
        """Together with those of another run."""
        self.points += other.points
        self.killed += other.killed
        self.lost += other.lost
        self.doubled += other.doubled
        self.amounts += other.amounts
        self.slowest = max(self.slowest, other.slowest)
        self.longest = max(self.longest, other.longest)
        self.wrong.update(other.wrong)

    def __str__(self) -> str:
        return (
            f"{self.points} points, {self.killed} kills: {self.lost} lost, {self.doubled} doubled, "
            f"{self.amounts} wrong amounts, {len(self.wrong)} wrong in all; "
            f"slowest recovery {self.slowest:.2f} s, {self.longest.total_seconds():.0f} s of its own clock"
        )


@dataclass(frozen=True)
class Whole:
    """An act that nobody killed: how many boundaries it passes, and what it comes to."""

    act: Act
    boundaries: int
    told: Told


async def measure(stage: Stage, acts: Sequence[Act] = ACTS) -> dict[str, Whole]:
    """Each act once in this process, which warms it, and once in a fork; AssertionError if one goes wrong."""
    wholes = {}
    for act in acts:
        await _put_back(stage, act, "world")
        if act.prepare is not None:
            await act.prepare(stage.bench())
        await stage.keep(act.name)
        await live(stage.bench(), act, stage.shared)
        await tell(stage.bench())
        await claims(stage.bench())
        await _put_back(stage, act)
        await stage.close()
        await stage.fork(lambda act=act: live(stage.bench(), act, stage.shared))  # type: ignore[misc]
        boundaries = stage.shared.passed
        told = await stage.fork(lambda: tell(stage.bench()))
        wrong = [*_differs_at_the_processor(stage, act), *_differs_here(act, told, told)]
        assert not wrong, f"{act.name}, which nobody killed: {wrong}"
        wholes[act.name] = Whole(act, boundaries, told)
    return wholes


def choose(wholes: dict[str, Whole], count: int, chance: random.Random) -> list[Point]:
    """So many points: all single kills where there is room for them, kills of recoveries for the rest."""
    singles = [Point(name, k) for name, whole in wholes.items() for k in range(1, whole.boundaries + 1)]
    chance.shuffle(singles)
    chosen = singles[: max(round(count * SINGLE), count - len(singles) ** 2)]
    late = [replace(each, hours=DAY) for each in singles if wholes[each.act].act.may_come_late]
    chosen = [*chosen[: count - min(count // LATE, len(late))], *late[: count // LATE]]
    while len(chosen) < count:
        point = chance.choice(singles)
        chosen.append(Point(point.act, point.first, chance.randint(1, wholes[point.act].boundaries)))
    return chosen


async def _put_back(stage: Stage, act: Act, name: str = "") -> None:
    """World and processor as they are when the act begins."""
    await stage.put_back(name or act.name)
    if act.past is not None:
        act.past(stage.processor, stage.world.processor_subscription)


async def try_points(stage: Stage, wholes: dict[str, Whole], points: Sequence[Point]) -> Figures:
    """Kill the service at each of these."""
    figures = Figures()
    for point in points:
        whole = wholes[point.act]
        figures.points += 1
        try:
            wrong = list(await _try(stage, whole, point, figures))
        except Broke as broke:
            figures.lost += "was lost" in str(broke)
            wrong = [str(broke) if len(points) == 1 else str(broke).strip().splitlines()[-1]]
        if wrong:
            figures.wrong[str(point)] = "; ".join(wrong)
    return figures


async def _try(stage: Stage, whole: Whole, point: Point, figures: Figures) -> Sequence[str]:
    act = whole.act

    async def recover() -> Told:
        bench = stage.bench()
        if not happened:
            assert await claims(bench) == set(), "somebody was told of what has not happened"
        await live(bench, act, stage.shared, again=True)
        if stage.shared.is_watched:
            return whole.told  # the one that comes after it reads
        return await tell(bench)

    await _put_back(stage, act)
    await stage.fork(lambda: live(stage.bench(), act, stage.shared), kill_at=point.first)
    stage.clock.turn(hours=point.hours)
    for kill_at in (point.second, NEVER) if point.second else (NEVER,):
        figures.killed += 1
        happened = bool(stage.processor.state.every("event", limit=1))
        began, clock = time.monotonic(), stage.clock.at
        told = await stage.fork(recover, kill_at=kill_at)
        figures.slowest = max(figures.slowest, time.monotonic() - began)
        figures.longest = max(figures.longest, stage.clock.at - clock)
    differs = _differs_a_day_later if point.hours else _differs_here
    wrong = [
        *_differs_at_the_processor(stage, act, is_late=bool(point.hours)),
        *differs(act, whole.told, told),
    ]
    if point.hours:
        wrong += [*_differs_from_the_processor(stage, told)]
    figures.doubled += any("doubled" in each for each in wrong)
    figures.amounts += any("amount" in each for each in wrong)
    figures.lost += any("lost" in each for each in wrong)
    return wrong


def _subscription(stage: Stage) -> str:
    held = stage.processor.state.get("subscription", stage.world.processor_subscription)
    if held["status"] == "canceled":
        return "canceled"
    return "cancel_scheduled" if held["cancel_at_period_end"] else str(held["status"])


def _paying_card(stage: Stage) -> str:
    state = stage.processor.state
    held = state.get("subscription", stage.world.processor_subscription)
    method = held["default_payment_method"]
    return str(state.get("payment_method", method)["card"]["last4"]) if method else ""


def _held(stage: Stage) -> list[tuple[int, str]]:
    return [
        (each["amount"], each["status"])
        for charge in stage.world.charges.values()
        for each in stage.processor.refunds(charge)
    ]


def _differs_a_day_later(_act: Act, _whole: Told, told: Told) -> Iterator[str]:
    """What never arrived has failed by then, since nobody may send it again; all else is as ever."""
    if not set(told.states) <= {"done", "failed"} or not told.states:
        yield f"the requests are {told.states}"
    if not set(told.operations) <= {"succeeded", "failed"}:
        yield f"the operations are {told.operations}"
    yield from told.findings
    if told.waiting:
        yield f"{told.waiting} messages wait for the processor"


def _differs_from_the_processor(stage: Stage, told: Told) -> Iterator[str]:
    held = _held(stage)
    is_there = bool(held) or _subscription(stage) != "active"
    if ("done" in told.states) is not is_there:
        yield f"the requests are {told.states}, and the processor holds {held}"
    if told.sums != (0, sum(amount for amount, _ in held)):
        yield f"wrong amount: reserved and refunded are {told.sums}, the processor holds {held}"
    if told.subscription != _subscription(stage):
        yield f"the subscription is {told.subscription}, at the processor {_subscription(stage)}"


def _differs_at_the_processor(stage: Stage, act: Act, *, is_late: bool = False) -> Iterator[str]:
    held = _held(stage)
    if is_late and not held and _subscription(stage) == "active":
        return
    if len(held) > len(act.refunds):
        yield f"doubled: the processor holds {held}"
    elif len(held) < len(act.refunds):
        yield f"lost: the processor holds {held}"
    elif held != list(act.refunds):
        yield f"wrong amount: the processor holds {held}"
    if act.card and _paying_card(stage) != act.card:
        yield f"the card {_paying_card(stage)} pays at the processor"
    if _subscription(stage) != act.subscription:
        yield f"the subscription is {_subscription(stage)} at the processor"


def _differs_here(act: Act, whole: Told, told: Told) -> Iterator[str]:
    if list(told.states) != sorted(act.states):
        yield f"lost: the requests are {told.states}, not {sorted(act.states)}"
    if list(told.operations) != sorted(act.operations):
        yield f"the operations are {told.operations}"
    if told.sums != act.sums:
        yield f"wrong amount: reserved and refunded are {told.sums}, not {act.sums}"
    if told.subscription != act.subscription:
        yield f"the subscription is {told.subscription}"
    yield from told.findings
    if told.waiting:
        yield f"{told.waiting} messages wait for the processor"
    if told.cards != whole.cards:
        yield f"card changes are {told.cards}, not {whole.cards}"
    for name in ("journal", "messages"):
        is_now, should = getattr(told, name), getattr(whole, name)
        if is_now != should:
            yield f"{name}: {dict(is_now - should)} doubled, {dict(should - is_now)} lost"
    if told.events != whole.events:
        yield f"{told.events} events were kept, not {whole.events}"
