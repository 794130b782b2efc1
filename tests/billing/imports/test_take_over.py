"""What rows become: every type, and every quirk of the export."""

from datetime import UTC, datetime

import pytest

from billing.imports.rows import Cause
from billing.money import Currency, Money
from billing.states import PaymentState, ProductKind, SubscriptionState
from tests.billing.imports.exports import of_plan, row
from tests.billing.imports.shop import Shop

S = SubscriptionState
USD = Currency("USD")


def at(month: int) -> str:
    return f"2026-{month:02}-10 12:00:00"


async def test_a_sale_becomes_customer_product_purchase_and_payment(shop: Shop) -> None:
    sale = row(
        101,
        "Sale",
        "2026-01-01 22:30:00",
        Product="E-book",
        Price_point="Single payment",
        Amount="1,190.00",
        Sales_tax="190.00",
        Buyer_Company="Example & Co",
        Processor_transaction_id="ch_1",
    )
    outcome = await shop.take_in(sale)
    view = await shop.view("101")
    (payment,) = view.payments
    assert outcome.run.totals.applied == 1
    assert (view.product.name, view.product.price_point) == ("E-book", "Single payment")
    assert (view.product.kind, view.product.refund_days) == (ProductKind.ONE_TIME, None)
    assert view.subscription is None
    assert (payment.order_id, payment.processor_id, payment.state) == ("101", "ch_1", PaymentState.SUCCEEDED)
    assert (payment.captured, payment.tax) == (Money(119000, USD), Money(19000, USD))
    assert payment.paid_at == view.purchase.purchased_at == datetime(2026, 1, 2, 3, 30, tzinfo=UTC)
    assert (payment.buyer.name, payment.buyer.company) == ("Alice Example", "Example & Co")


async def test_a_rebill_is_the_next_payment_with_its_own_order_id(shop: Shop) -> None:
    await shop.take_in(
        of_plan(101, "Sale", at(1), Subscription_payment_number="1"),
        of_plan(102, "Rebill", at(2), Subscription_payment_number="2"),
    )
    view = await shop.view("102")
    assert [(p.order_id, p.number) for p in view.payments] == [("102", 2), ("101", 1)]
    assert view.subscription is not None
    assert (view.subscription.state, view.subscription.processor_id) == (S.ACTIVE, "sub_a")
    assert (view.subscription.period_ends_at, view.subscription.card) == (None, None)
    assert view.product.kind is ProductKind.SUBSCRIPTION


async def test_a_rebill_starts_the_purchase_if_its_sale_is_not_there(small_shop: Shop) -> None:
    await small_shop.take_in(of_plan(102, "Rebill", at(2)))
    before = await small_shop.view("102")
    await small_shop.take_in(of_plan(101, "Sale", at(1)))
    after = await small_shop.view("101")
    assert before.purchase.id == after.purchase.id
    assert after.purchase.purchased_at == datetime(2026, 1, 10, 17, 0, tzinfo=UTC)


async def test_a_failed_payment_is_in_the_history_without_money_or_order_id(shop: Shop) -> None:
    await shop.take_in(of_plan(101, "Sale", at(1)), of_plan(102, "Failed", at(2), Sales_tax="7.41"))
    view = await shop.view("101")
    failed = view.payments[0]
    assert (failed.state, failed.order_id, failed.captured.minor) == (PaymentState.FAILED, None, 0)
    assert view.subscription is not None
    assert view.subscription.state is S.PAST_DUE
    assert await shop.sign_in("102", "alice@example.com") is None


@pytest.mark.parametrize(
    ("kinds", "state"),
    [
        (["Failed", "Rebill"], S.ACTIVE),
        (["Failed", "Cancellation"], S.CANCELED),
        (["Request Can."], S.CANCEL_SCHEDULED),
        (["Request Can.", "Revert Can."], S.ACTIVE),
        (["Request Can.", "Rebill"], S.CANCEL_SCHEDULED),
        (["Request Can.", "Failed"], S.CANCEL_SCHEDULED),
        (["Request Can.", "Cancellation"], S.CANCELED),
        (["Cancellation", "Revert Can."], S.CANCELED),
        (["Cancellation", "Rebill"], S.CANCELED),
        (["Cancellation", "Sale"], S.ACTIVE),
        (["Refund"], S.ACTIVE),
    ],
)
async def test_rows_move_the_subscription(small_shop: Shop, kinds: list[str], state: S) -> None:
    later = [
        of_plan(number, kind, at(number - 100), Amount="39.00" if kind != "Cancellation" else "0.00")
        for number, kind in enumerate(kinds, 102)
    ]
    if kinds == ["Refund"]:
        later[0] = {**later[0], "Processor_transaction_id": "ch_101"}
    await small_shop.take_in(of_plan(101, "Sale", at(1)), *later)
    subscription = (await small_shop.view("101")).subscription
    assert subscription is not None
    assert subscription.state is state
    assert (subscription.ended_at is not None) == (state is S.CANCELED)


async def test_a_trial_lasts_until_the_first_rebill(small_shop: Shop) -> None:
    await small_shop.take_in(of_plan(101, "Sale", at(1), Trial="Yes", Amount="1.00"))
    before = (await small_shop.view("101")).subscription
    await small_shop.take_in(of_plan(102, "Rebill", at(2)))
    after = (await small_shop.view("101")).subscription
    assert before is not None
    assert after is not None
    assert (before.state, after.state) == (S.TRIALING, S.ACTIVE)


async def test_a_payment_plan_paid_off_is_completed(small_shop: Shop) -> None:
    price = {"Price_point": "3 x 299", "Amount": "299.00"}
    await small_shop.take_in(
        of_plan(101, "Sale", at(1), **price),
        of_plan(102, "Rebill", at(2), **price),
        of_plan(103, "Failed", at(3), **price),
    )
    before = await small_shop.view("101")
    await small_shop.take_in(of_plan(104, "Rebill", at(4), **price))
    after = await small_shop.view("101")
    assert before.product.kind is ProductKind.PAYMENT_PLAN
    assert before.subscription is not None
    assert after.subscription is not None
    assert (before.subscription.state, after.subscription.state) == (S.PAST_DUE, S.COMPLETED)
    assert (after.subscription.ended_at, after.subscription.period_ends_at) == (None, None)


async def test_a_cancellation_outranks_the_hint_that_a_plan_is_paid_off(small_shop: Shop) -> None:
    price = {"Price_point": "2 x 50"}
    rows = [of_plan(101, "Sale", at(1), **price), of_plan(102, "Rebill", at(2), **price)]
    await small_shop.take_in(*rows, of_plan(103, "Request Can.", at(3), **price))
    subscription = (await small_shop.view("101")).subscription
    assert subscription is not None
    assert subscription.state is S.CANCEL_SCHEDULED


async def test_one_product_is_sold_monthly_and_yearly(small_shop: Shop) -> None:
    await small_shop.take_in(
        row(101, "Sale", Price_point="Monthly 39", subscription_id="1"),
        row(102, "Sale", Price_point="Yearly 390", subscription_id="2"),
        row(103, "Sale", Price_point="Monthly 39", subscription_id="3"),
    )
    views = await small_shop.views("101")
    assert len({view.product.id for view in views}) == 2
    assert len(views) == 3


async def test_every_email_of_a_payment_signs_in_and_no_other(shop: Shop) -> None:
    await shop.take_in(
        of_plan(101, "Sale", at(1), Buyer_Email=" Alice@Example.COM "),
        of_plan(102, "Rebill", at(2), Buyer_Email="alice@new.example.com"),
        of_plan(103, "Request Can.", at(3), Buyer_Email="helper@example.com"),
        row(104, "Sale", lead_id="2", Buyer_Email="bob@example.com"),
    )
    for order_id in ("101", "102"):
        for email in ("alice@example.com", "alice@new.example.com"):
            customer = await shop.sign_in(order_id, email)
            assert customer is not None
            assert customer.email == "alice@new.example.com"
        assert await shop.sign_in(order_id, "helper@example.com") is None
        assert await shop.sign_in(order_id, "bob@example.com") is None
    assert await shop.sign_in("103", "alice@example.com") is None


async def test_a_payment_without_an_email_is_taken_over_and_noted(small_shop: Shop) -> None:
    outcome = await small_shop.take_in(row(101, "Sale", Buyer_Email="N/A"))
    assert outcome.causes == [("101", Cause.NO_EMAIL)]
    assert (outcome.run.totals.applied, outcome.run.totals.reported) == (1, 0)


async def test_a_cancellation_of_an_unknown_subscription_is_reported(shop: Shop) -> None:
    outcome = await shop.take_in(of_plan(101, "Cancellation", at(1)), row(102, "Sale"))
    assert outcome.causes == [("101", Cause.NO_SUBSCRIPTION)]
    assert (outcome.run.totals.applied, outcome.run.totals.reported) == (1, 1)


async def test_a_request_before_the_first_known_payment_finds_its_subscription(shop: Shop) -> None:
    outcome = await shop.take_in(of_plan(101, "Request Can.", at(1)), of_plan(102, "Rebill", at(2)))
    assert outcome.causes == []
    assert (outcome.run.totals.applied, outcome.run.totals.reported) == (2, 0)
    again = await shop.take_in_file(shop.files[-1])
    assert (again.run.totals.known, again.run.totals.applied) == (2, 0)


async def test_a_subscription_of_somebody_else_is_reported(small_shop: Shop) -> None:
    outcome = await small_shop.take_in(
        of_plan(101, "Sale", at(1)),
        of_plan(102, "Rebill", at(2), lead_id="2"),
        of_plan(103, "Cancellation", at(3), lead_id="2"),
    )
    assert outcome.causes == [("102", Cause.OTHER_CUSTOMER), ("103", Cause.OTHER_CUSTOMER)]
