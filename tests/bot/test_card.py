"""What a card says of time, of the past, of two people, and of what came of it."""

from dataclasses import replace
from datetime import timedelta

import pytest

from billing.money import Money
from billing.states import OperationState, RequestState
from billing.views import RequestView
from bot.blocks import request_card
from locales.translator import get_translator
from tests.bot.scenes import APPROVE, DENY, Scene
from tests.bot.views import (
    ADDRESSES,
    NOW,
    make_operation,
    make_request,
    make_snooze,
    make_staff,
    make_view,
)
from tests.people import alice, erin
from tests.site import Site
from tests.told import texts_of

SAY = get_translator("en", "UTC")
_O = OperationState


def view_of(state: RequestState) -> RequestView:
    """A refund request that stands there."""
    request = make_request("It broke.", "", state, "Dana Whitfield")
    return make_view(replace(request, failure="declined"), "Course", "a@example.net")


def words(view: RequestView) -> str:
    """All that is to be read on its card."""
    return "\n".join(each["text"] for each in texts_of(request_card(view, ADDRESSES, SAY, now=NOW)))


def test_until_when_an_answer_is_due_and_that_it_is_overdue() -> None:
    view = view_of(RequestState.PENDING)
    later, before = NOW + timedelta(hours=1), NOW - timedelta(hours=1)
    assert f"*Answer by*\n<!date^{int(later.timestamp())}^" in words(replace(view, due_at=later))
    assert f"*Overdue since*\n<!date^{int(before.timestamp())}^" in words(replace(view, due_at=before))
    assert "Overdue" not in words(replace(view_of(RequestState.DONE), due_at=before))


def test_whose_it_is_and_how_long_it_sleeps() -> None:
    view = replace(
        view_of(RequestState.PENDING), assignee=make_staff("*Erin*"), snooze=make_snooze("<Frank>")
    )
    assert "*Assigned to*\n∗Erin∗" in words(view)
    assert ", by &lt;Frank&gt;" in words(view)
    over = replace(view, snooze=replace(make_snooze("Frank"), until=NOW))
    assert "Snoozed" not in words(over)


def test_what_became_of_earlier_requests() -> None:
    view = replace(view_of(RequestState.PENDING), earlier=2, became=(RequestState.DONE, RequestState.DENIED))
    assert "2 earlier requests of this kind in 12 months: Done, Denied" in words(view)
    many = replace(view, earlier=6, became=(RequestState.DONE,) * 6)
    assert "6 earlier requests of this kind in 12 months: Done, Done, Done, Done, …" in words(many)
    assert "Their first request of this kind in 12 months" in words(replace(view, earlier=0, became=()))


def test_why_it_takes_two_people() -> None:
    view = view_of(RequestState.PENDING)
    both = replace(view, account=replace(view.account, two_people_above_minor=1000))
    assert "Above $10.00 it takes two people to say yes." in words(both)
    assert "two people" not in words(view)


@pytest.mark.parametrize(
    ("state", "operation", "told"),
    [
        (RequestState.APPROVED, None, "◔ *Approved* by Dana Whitfield, {when} · refunding $149.00"),
        (RequestState.APPROVED, _O.UNKNOWN, "◔ *Being checked* with the payment processor."),
        (RequestState.DONE, _O.SUCCEEDED, "✔ *Refunded* $149.00. Approved by Dana Whitfield, {when} · `"),
        (RequestState.FAILED, _O.FAILED, "⚠ *Failed*: The bank declined it. Approved by Dana"),
        (RequestState.FAILED, _O.REVERSED, "⚠ *Taken back* by the payment processor: The bank"),
        (RequestState.DENIED, None, "✖ *Denied* by Dana Whitfield, {when}"),
        (RequestState.WITHDRAWN, None, "↩ *Withdrawn* by the customer, {when}"),
    ],
)  # fmt: skip
def test_what_came_of_it(state: RequestState, operation: OperationState | None, told: str) -> None:
    view = view_of(state)
    if operation is not None:
        view = replace(view, operation=make_operation(view.request, operation))
    when = f"<!date^{int(NOW.timestamp())}^{{date_short_pretty}} {{time}}|{SAY.datetime(NOW)}>"
    assert told.replace("{when}", when) in words(view)


def test_a_part_that_is_refunded_is_what_is_said() -> None:
    view = view_of(RequestState.APPROVED)
    part = replace(view.request, approved_amount=Money(5000, view.account.currency))
    assert "· refunding $50.00" in words(replace(view, request=part))


async def test_a_second_request_says_what_became_of_the_first(site: Site) -> None:
    scene = Scene(site)
    await scene.ask_refund()
    await scene.open_modal(erin, DENY)
    await site.slack.submit_modal(erin.slack, values={"answer": "No."})
    await site.settle()
    site.clock.turn(hours=1)
    await scene.ask_refund(order_id="40001003")
    first, second = site.slack.messages(site.world.desk.slack_channel or "")
    assert "1 earlier request of this kind in 12 months: Denied" in scene.words(second)
    assert "first request" in scene.words(first)
    await site.slack.click(erin.slack, APPROVE, message=second)
    await site.settle()
    assert site.refunds("40001003") == [3900]
    assert site.refunds(alice.order_id) == []
