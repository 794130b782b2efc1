"""What customers bought, and the sums of a payment."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import event

from billing import records as r
from billing.errors import NotFound, RefundTooLarge
from billing.ids import OperationId, PaymentId, RefundId, new_id
from billing.money import Currency, CurrencyMismatch, Money
from billing.states import SubscriptionState
from billing.views import PurchaseView
from storage import rows
from storage.tables import sales
from tests.storage.shop import NOW, Shop, connection_of, payment_of, usd


def refund_of(shop: Shop, minor: int, **changes: object) -> r.Refund:
    made = r.Refund(
        id=new_id(RefundId),
        account_id=shop.id,
        payment_id=shop.paid.id,
        operation_id=new_id(OperationId),
        amount=usd(minor),
        processor_id=new_id(RefundId).hex,
        refunded_at=NOW,
        reversed_at=None,
    )
    return replace(made, **changes)  # type: ignore[arg-type]


async def test_all_that_a_customer_bought_is_told_newest_first(shop: Shop) -> None:
    request = shop.cancel_request()
    async with shop.store.begin(shop.id) as work:
        await work.requests.add(request)
        views = await work.purchases.list_views(shop.alice.id)
        one = await work.purchases.get_view(shop.joined.id)
    assert [view.purchase for view in views] == [shop.course_bought, shop.joined]
    assert views[0] == PurchaseView(shop.course_bought, shop.course, None, (shop.paid,))
    assert views[1] == one
    assert one.subscription == shop.subscription
    assert one.payments == tuple(reversed(shop.renewals))
    assert one.requests == (request,)


async def test_many_payments_cost_no_more_statements(shop: Shop) -> None:
    more = [payment_of(shop.joined, f"7{n}", 100, NOW + timedelta(days=n), number=9 + n) for n in range(40)]
    statements: list[str] = []
    async with shop.store.begin(shop.id) as work:
        connection = connection_of(work)
        await connection.execute(sales.payments.insert(), [rows.payment_values(one) for one in more])
        listened = connection.sync_connection
        assert listened is not None
        event.listen(listened, "before_cursor_execute", lambda *call: statements.append(call[2]))
        views = await work.purchases.list_views(shop.alice.id)
    assert len(views[1].payments) == 43
    assert len(statements) <= 5


async def test_order_ids_are_listed_newest_first(shop: Shop) -> None:
    async with shop.store.read(shop.id) as work:
        listed = await work.purchases.list_order_ids(shop.alice.id)
    assert [order_id for order_id, _, _ in listed] == ["1001", "2003", "2002", "2001"]
    assert listed[0] == ("1001", NOW, "Course")


async def test_payments_and_subscriptions_are_found_as_the_processor_calls_them(shop: Shop) -> None:
    async with shop.store.read(shop.id) as work:
        assert await work.purchases.find_payment_by_processor("ch_1001") == shop.paid
        assert await work.purchases.find_payment_by_processor("ch_0") is None
        assert await work.purchases.find_subscription_by_processor("sub_1") == shop.subscription
        assert await work.purchases.get_subscription(shop.subscription.id) == shop.subscription


async def test_no_more_is_reserved_than_is_left(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        await work.purchases.reserve(shop.paid.id, usd(7_000))
        with pytest.raises(RefundTooLarge) as refused:
            await work.purchases.reserve(shop.paid.id, usd(3_001))
        await work.purchases.reserve(shop.paid.id, usd(3_000))
    assert refused.value.data == {"asked": usd(3_001), "left": usd(3_000)}
    assert (await shop.left()).left == usd(0)


async def test_a_reservation_is_given_back_once(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        await work.purchases.reserve(shop.paid.id, usd(500))
        await work.purchases.release(shop.paid.id, usd(500))
        with pytest.raises(RuntimeError):
            await work.purchases.release(shop.paid.id, usd(500))
        with pytest.raises(NotFound):
            await work.purchases.release(new_id(PaymentId), usd(500))


async def test_other_money_cannot_be_reserved(shop: Shop) -> None:
    with pytest.raises(CurrencyMismatch):
        await shop.write(lambda work: work.purchases.reserve(shop.paid.id, Money(1, Currency("EUR"))))


async def test_a_refund_is_settled_once(shop: Shop) -> None:
    refund = refund_of(shop, 4_000)
    assert refund.operation_id is not None
    async with shop.store.begin(shop.id) as work:
        await work.purchases.reserve(shop.paid.id, usd(4_000))
        assert await work.purchases.settle_refund(refund)
        assert not await work.purchases.settle_refund(refund)
        same_at_processor = replace(refund, id=new_id(RefundId), operation_id=None)
        assert not await work.purchases.settle_refund(same_at_processor)
        assert await work.purchases.find_refund_by_operation(refund.operation_id) == refund
        assert await work.purchases.get_refund(refund.id) == refund
        assert (await work.purchases.get_view(shop.course_bought.id)).refunds == (refund,)
    now = await shop.left()
    assert (now.refunded, now.reserved) == (usd(4_000), usd(0))


async def test_a_refund_made_elsewhere_takes_what_nobody_reserved(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        await work.purchases.reserve(shop.paid.id, usd(6_000))
        assert await work.purchases.settle_refund(refund_of(shop, 4_000, operation_id=None))
        too_much = refund_of(shop, 1, operation_id=None)
        with pytest.raises(RefundTooLarge):
            await work.purchases.settle_refund(too_much)
        with pytest.raises(NotFound):
            await work.purchases.get_refund(too_much.id)
    now = await shop.left()
    assert (now.refunded, now.reserved) == (usd(4_000), usd(6_000))


async def test_a_refund_is_reversed_once(shop: Shop) -> None:
    refund, at = refund_of(shop, 4_000, operation_id=None), NOW + timedelta(days=1)
    async with shop.store.begin(shop.id) as work:
        await work.purchases.settle_refund(refund)
        assert await work.purchases.reverse_refund(refund.id, at) == replace(refund, reversed_at=at)
        assert await work.purchases.reverse_refund(refund.id, at) is None
        with pytest.raises(NotFound):
            await work.purchases.reverse_refund(new_id(RefundId), at)
    assert (await shop.left()).left == usd(10_000)


async def test_a_known_period_end_is_kept_when_none_is_told(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        await work.purchases.set_subscription(
            shop.subscription.id, SubscriptionState.CANCELED, period_ends_at=None, ended_at=NOW
        )
        stored = await work.purchases.get_subscription(shop.subscription.id)
    assert stored == replace(shop.subscription, state=SubscriptionState.CANCELED, ended_at=NOW)
