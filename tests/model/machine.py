"""The state machine: people ask and decide, processor and banks do as they like, the relay dies and lives."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any, ClassVar
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from billing import asking
from billing.deciding import approve_request, deny_request, retry_request
from billing.errors import Conflict, RefundTooLarge
from billing.ids import RequestId
from billing.money import Money
from billing.records import Request
from billing.states import CancelReason, RefundReason, Surface
from selfbill.sandbox.processor.errors import ApiError
from tests.make import START, USD
from tests.model.ledger import Book, Fate, RefundThere, There, Wish
from tests.model.shop import Here, Shop
from tests.people import dana

COURSE, RENEWAL = "40001001", "40001003"
CAPTURED = {COURSE: 14900, RENEWAL: 3900}
PERIOD = {COURSE: timedelta(days=30), RENEWAL: timedelta(days=14)}
PAID = START - timedelta(days=3)
FAULTS: dict[str, dict[str, Any]] = {
    "lost_before": {"method": "POST", "path": "/v1/*"},
    "lost_after": {"method": "POST", "path": "/v1/*"},
    "status_before": {"method": "POST", "path": "/v1/*", "status": 500},
    "status_after": {"method": "POST", "path": "/v1/*", "status": 500},
    "too_many": {"path": "/v1/*", "status": 429, "retry_after": 7},
    "read_lost": {"method": "GET", "path": "/v1/*"},
    "listing_lag": {"seconds": 120.0},
    "refund_pending": {"seconds": 3600.0},
    "refund_fails": {"seconds": 3600.0},
    "refund_unfunded": {},
}
KINDS = {"too_many": "status_before", "read_lost": "lost_before"}
TURNS = (10, 60, 400, 4_200, 12 * 3600, 23 * 3600, 25 * 3600, 3 * 86_400)
orders = st.sampled_from(sorted(CAPTURED))
number = st.integers(0, 7)
parts = st.sampled_from([1, 2, 3])  # thirds


class Model(RuleBasedStateMachine):
    """One run: the product on one side, a `Book` for each payment on the other."""

    shop: ClassVar[Shop]
    taken: ClassVar[int] = 0  # steps, of all runs

    def __init__(self) -> None:
        super().__init__()
        self.shop.begin()
        self.books = {order: Book(captured) for order, captured in CAPTURED.items()}
        self.wishes: dict[str, Wish] = {}  # by request, the ones about the subscription too
        self.order_of: dict[str, str] = {}
        self.steps = 0
        self.refusal = ""  # the last one

    # What people do.

    @rule(order=orders, surface=st.sampled_from(list(Surface)))
    def ask(self, order: str, surface: Surface) -> None:
        """A refund: Automated on the portal, Manual in the helpdesk."""
        bench, book = self.shop.bench, self.books[order]
        _, refunded, disputed = self._sums(order)
        left = book.left(refunded, disputed)
        request = self._try(
            lambda: asking.ask_refund(
                bench.ctx,
                bench.world.payments[order],
                by=bench.customer(surface=surface),
                reason=RefundReason.OTHER,
                message="",
                once_key=f"ask {self.steps}",
            )
        )
        assert (request is not None) == (book.open is None and not disputed and left > 0), self.refusal
        if request is not None:
            assert request.amount == Money(left, USD)
            is_late = surface is Surface.PORTAL and bench.clock() > PAID + PERIOD[order]
            decided = Fate.DENIED if is_late else Fate.APPROVED
            fate = decided if surface is Surface.PORTAL else Fate.PENDING
            wish = Wish(left, fate, approved=left if fate is Fate.APPROVED else 0)
            book.wishes.append(wish)
            self._keep(request, wish, order)

    @precondition(lambda self: self.order_of)
    @rule(which=number, part=parts)
    def approve(self, which: int, part: int) -> None:
        """All of it, or a part."""
        key, wish, order = self._chosen(which)
        amount = max(wish.asked * part // 3, 1)
        disputed = self._sums(order)[2]
        says_yes = self._try(
            lambda: approve_request(
                self.shop.bench.ctx, _id(key), by=self.shop.bench.staff(dana), amount=Money(amount, USD)
            )
        )
        assert (says_yes is not None) == (wish.fate is Fate.PENDING and not wish.held and not disputed), (
            self.refusal
        )
        if says_yes is not None:
            wish.fate, wish.approved = Fate.APPROVED, amount

    @precondition(lambda self: self.order_of)
    @rule(which=number)
    def deny(self, which: int) -> None:
        key, wish, _ = self._chosen(which)
        bench = self.shop.bench
        said = self._try(lambda: deny_request(bench.ctx, _id(key), by=bench.staff(dana), answer="Sorry, no."))
        assert (said is not None) == (wish.fate is Fate.PENDING), self.refusal
        if said is not None:
            wish.fate, wish.held = Fate.DENIED, False

    @precondition(lambda self: self.order_of)
    @rule(which=number)
    def withdraw(self, which: int) -> None:
        key, wish, _ = self._chosen(which)
        bench = self.shop.bench
        by = bench.customer(surface=Surface.HELPDESK)
        said = self._try(lambda: asking.withdraw_request(bench.ctx, _id(key), by=by))
        assert (said is not None) == (wish.fate is Fate.PENDING), self.refusal
        if said is not None:
            wish.fate, wish.held = Fate.WITHDRAWN, False

    @precondition(lambda self: self.order_of)
    @rule(which=number)
    def retry(self, which: int) -> None:
        """Once more what had failed, if its money is still there."""
        key, wish, order = self._chosen(which)
        book = self.books[order]
        _, refunded, disputed = self._sums(order)
        bench = self.shop.bench
        again = self._try(lambda: retry_request(bench.ctx, _id(key), by=bench.staff(dana)))
        may = wish.fate is Fate.FAILED and book.open is None and not disputed
        assert (again is not None) == (may and wish.approved <= book.left(refunded, disputed)), self.refusal
        if again is not None:
            wish.fate = Fate.APPROVED

    @rule(undo=st.booleans())
    def change_subscription(self, undo: bool) -> None:
        """Cancel at the end of the period, or take that back; which of them is offered hangs on its state."""
        bench = self.shop.bench
        subscription = bench.world.alices_subscription
        by, once = bench.customer(), f"change {self.steps}"
        request = self._try(
            lambda: (
                asking.undo_cancel(bench.ctx, subscription, by=by, once_key=once)
                if undo
                else asking.ask_cancel(
                    bench.ctx, subscription, by=by, reason=CancelReason.UNUSED, message="", once_key=once
                )
            )
        )
        if request is not None:
            self._keep(request, Wish(0, Fate.APPROVED))

    # What happens at the processor and at banks.

    @rule(order=orders, part=parts)
    def refund_elsewhere(self, order: str, part: int) -> None:
        """The merchant, in the processor's own dashboard."""
        amount = max(CAPTURED[order] * part // 3, 1)
        self._outside(lambda: self.shop.stage.processor.refund_elsewhere(self._charge(order), amount))

    @precondition(lambda self: self._standing())
    @rule(which=number)
    def fail_later(self, which: int) -> None:
        """A refund that had succeeded comes back."""
        refunds = self._standing()
        chosen = refunds[which % len(refunds)]
        self._outside(lambda: self.shop.stage.processor.settle_refund(chosen.id, "failed"))

    @rule(order=orders, part=parts, is_inquiry=st.booleans())
    def dispute(self, order: str, part: int, is_inquiry: bool) -> None:
        amount = max(CAPTURED[order] * part // 3, 1)
        hands = self.shop.stage.processor
        self._outside(lambda: hands.open_dispute(self._charge(order), amount, is_inquiry=is_inquiry))

    @precondition(lambda self: self._disputes())
    @rule(which=number, status=st.sampled_from(["won", "lost"]))
    def close_dispute(self, which: int, status: str) -> None:
        disputes = self._disputes()
        chosen = disputes[which % len(disputes)]["id"]
        self._outside(lambda: self.shop.stage.processor.close_dispute(chosen, status))

    @rule(name=st.sampled_from(sorted(FAULTS)), times=st.integers(1, 2))
    def fault(self, name: str, times: int) -> None:
        """Something will go wrong at the next call that it fits."""
        faults = self.shop.stage.processor.state.faults
        faults.add(KINDS.get(name, name), times=times, **FAULTS[name])

    @rule(seconds=st.sampled_from([60, 400, 25 * 3600]), lags=st.booleans())
    def lose_an_answer(self, seconds: int, lags: bool) -> None:
        """What is under way is done, its answer is lost, and lists may not show it yet when we look again."""
        self.ask(COURSE, Surface.HELPDESK)
        if self.order_of:
            self.approve(0, 1)  # of a part: what is refunded whole, no processor refunds again
        faults = self.shop.stage.processor.state.faults
        faults.clear()
        faults.add("lost_after", times=1, **FAULTS["lost_after"])
        self.shop.do(self.shop.bench.relay.drain())
        if lags:
            faults.add("listing_lag", times=2, seconds=3600.0)
        self.shop.bench.clock.turn(seconds=seconds)
        self.shop.do(self.shop.bench.relay.drain())

    # What reaches us, and when.

    @rule(which=st.integers(0, 30))
    def hear(self, which: int) -> None:
        """Any event there ever was comes in: late, out of turn, again, or, if nobody draws it, never."""
        events = self.shop.stage.processor.state.every("event", limit=100)
        if events:
            self.shop.do(self.shop.hear(events[which % len(events)]))

    @rule(seconds=st.sampled_from(TURNS))
    def turn(self, seconds: int) -> None:
        """The clock jumps."""
        self.shop.bench.clock.turn(seconds=seconds)

    @rule()
    def deliver(self) -> None:
        """The relay delivers what is due."""
        self.shop.do(self.shop.bench.relay.drain())

    @rule(boundary=st.integers(1, 60))
    def die(self, boundary: int) -> None:
        """The relay dies amid its work; what it held is due again when its lease ends."""
        self.shop.do(self.shop.die_in(self.shop.bench.relay.drain(), boundary))

    @rule()
    def rest(self) -> None:
        """Nothing more goes wrong, and all that was said is heard: then everything agrees to the cent."""
        self.shop.do(self.shop.rest())
        self.agrees()
        for order, book in self.books.items():
            _, refunded, disputed = self._sums(order)
            wrong = book.wrong_at_rest(self._there(order), refunded, disputed)
            assert not wrong, (wrong, book, self._there(order), refunded, disputed)
        held = self.shop.stage.processor.state.get(
            "subscription", self.shop.bench.world.processor_subscription
        )
        ours = self.shop.do(self.shop.bench.subscription()).state
        assert ours == _state_of(held)
        found = self.shop.do(self.shop.bench.audit())
        assert found == [], found

    def teardown(self) -> None:
        self.rest()

    @invariant()
    def agrees(self) -> None:
        """Whatever moved may have moved, and the sums are those of the books."""
        self.steps += 1
        Model.taken += 1
        for key, now in self.shop.do(self.shop.here()).items():
            self._follow(key, self.wishes[key], now)
        for order, book in self.books.items():
            wrong = book.wrong_always(self._there(order), *self._sums(order))
            assert not wrong, (wrong, book, self._there(order), self._sums(order))

    def _follow(self, key: str, wish: Wish, now: Here) -> None:
        wish.marks, wish.held = list(now.marks), now.held
        to = Fate(now.state)
        if to is wish.fate:
            return
        if key in self.order_of:
            there = self._there(self.order_of[key])
            ways = [[to], *([over, to] for over in Fate)]
            assert any(_leads(wish, way, there) for way in ways), f"from {wish.fate} to {to}, with {there}"
        else:
            assert (wish.fate, to) in {(Fate.APPROVED, Fate.DONE), (Fate.APPROVED, Fate.FAILED)}
        wish.fate, wish.approved = to, now.approved

    def _try(self, act: Callable[[], Awaitable[Request]]) -> Request | None:
        """What it gave; None if it was refused."""

        async def tried() -> Request | None:
            try:
                return await act()
            except (Conflict, RefundTooLarge) as refusal:
                self.refusal = f"{type(refusal).__name__} {refusal.data}"
                return None

        return self.shop.do(tried())

    def _outside(self, act: Callable[[], object]) -> None:
        """What the processor itself refuses does not happen."""
        try:
            act()
        except ApiError:
            return

    def _keep(self, request: Request, wish: Wish, order: str = "") -> None:
        self.wishes[request.id.hex] = wish
        if order:
            self.order_of[request.id.hex] = order

    def _chosen(self, which: int) -> tuple[str, Wish, str]:
        """The newest wishes are drawn as often as any."""
        keys = list(self.order_of)[::-1]
        key = keys[which % len(keys)]
        return key, self.wishes[key], self.order_of[key]

    def _sums(self, order: str) -> tuple[int, int, int]:
        return self.shop.do(self.shop.sums())[order]

    def _charge(self, order: str) -> str:
        return self.shop.bench.world.charges[order]

    def _standing(self) -> list[RefundThere]:
        return [each for order in self.books for each in self._there(order).refunds if each.stands]

    def _disputes(self) -> list[dict[str, Any]]:
        return [
            each
            for each in self.shop.stage.processor.state.every("dispute")
            if each["status"] not in {"won", "lost", "warning_closed"}
        ]

    def _there(self, order: str) -> There:
        return self.shop.there(self._charge(order))


def _leads(wish: Wish, way: list[Fate], there: There) -> bool:
    """Whether the wish may go this way, step by step."""
    fate = wish.fate
    try:
        for to in way:
            if not wish.may_move(to, there):
                return False
            wish.fate = to
        return True
    finally:
        wish.fate = fate


def _id(key: str) -> RequestId:
    return RequestId(UUID(hex=key))


def _state_of(held: dict[str, Any]) -> str:
    if held["status"] == "canceled":
        return "canceled"
    return "cancel_scheduled" if held["cancel_at_period_end"] else str(held["status"])
