"""What My Orders says of a purchase whose data is missing, stale or sad."""

from dataclasses import replace

import pytest

from billing.policy import Blocked
from billing.states import SubscriptionState
from portal.views.customer.modules import Line, make_module
from tests.portal.customer import drawn
from tests.portal.customer.drawn import NOW, at, make_line, make_payment, money


@pytest.mark.parametrize("ends", [None, at(1)])
def test_a_next_payment_that_is_unknown_or_has_passed_is_not_invented(ends: object) -> None:
    module = drawn.make_module("Gold", [], SubscriptionState.ACTIVE)
    assert module.subscription is not None
    module = replace(module, subscription=replace(module.subscription, period_ends_at=ends))
    agreement = make_module(module, now=NOW).agreement
    assert agreement is not None
    assert agreement.goes_on
    assert agreement.next_payment_at is None


def test_an_ending_one_has_an_end_and_no_next_payment() -> None:
    module = drawn.make_module("Gold", [], SubscriptionState.CANCEL_SCHEDULED, ends=at(-5))
    agreement = make_module(module, now=NOW).agreement
    assert agreement is not None
    assert (agreement.ends_at, agreement.next_payment_at) == (at(-5), None)
    assert agreement.may_undo
    assert not agreement.may_cancel


@pytest.mark.parametrize(
    ("order_id", "refunded", "disputed", "said"),
    [
        ("1", 0, 0, "is_plain"),
        (None, 0, 0, "is_failed"),
        ("1", 0, 2900, "is_disputed"),
        ("1", 900, 2000, "is_disputed"),
        ("1", 2900, 0, "is_refunded"),
        ("1", 900, 0, "is_partly_refunded"),
    ],
)
def test_a_payment_is_exactly_one_thing(
    order_id: str | None, refunded: int, disputed: int, said: str
) -> None:
    payment = make_payment(2900, 9, order_id, refunded=money(refunded), disputed=money(disputed))
    line = only_line(make_line(payment))
    names = ["is_plain", "is_failed", "is_disputed", "is_refunded", "is_partly_refunded"]
    assert [name for name in names if getattr(line, name)] == [said]


def test_what_is_blocked_is_not_offered() -> None:
    payment = make_payment(2900, 9, "1")
    assert only_line(make_line(payment)).may_refund
    assert not only_line(make_line(payment, blocked=Blocked.NO_PROCESSOR)).may_refund


def only_line(data: object) -> Line:
    (line,) = make_module(drawn.make_module("Course", [data]), now=NOW).lines  # type: ignore[list-item]
    return line
