"""What a customer may ask: preview, refund, cancel, undo, withdraw. Both surfaces call these, and the desk.

Staff who act for a customer come as that customer, `acting`: the same rules, and who may is in `acting.py`.
"""

from dataclasses import dataclass
from datetime import datetime

from billing import policy, telling
from billing.acting import must_act, who_acts
from billing.actors import CustomerActor
from billing.context import Context
from billing.declaring import declared, detailed, find_open, surface_settings, take_down
from billing.errors import CodeNeeded, NotFound, NotOffered, RefundTooLarge
from billing.ids import PaymentId, RequestId, SubscriptionId, new_id
from billing.money import Money
from billing.policy import CancelOffer, RefundOffer
from billing.ports import UnitOfWork
from billing.processing.holds import release_money
from billing.records import Account, Payment, Product, Request, SelfBilling, Subscription
from billing.reminding import unwatch
from billing.states import (
    CancelReason,
    Handling,
    RefundReason,
    RequestKind,
    RequestState,
    TicketState,
)
from billing.texts import checked_text
from billing.views import PurchaseView


@dataclass(frozen=True, slots=True)
class RefundPreview:
    """What the customer reads before asking for a refund."""

    account: Account
    product: Product
    payment: Payment
    subscription: Subscription | None
    offer: RefundOffer


@dataclass(frozen=True, slots=True)
class CancelPreview:
    """What the customer reads before cancelling, or before undoing a cancellation."""

    account: Account
    product: Product
    subscription: Subscription
    offer: CancelOffer


async def preview_refund(ctx: Context, payment_id: PaymentId, *, by: CustomerActor) -> RefundPreview:
    """What asking would mean now; raises `NotFound`, `SwitchedOff`, `NotOffered` (why) or `CodeNeeded`."""
    async with ctx.read(by.account_id) as work:
        view, payment, _, offer = await _refundable(work, payment_id, by=by, now=ctx.now())
        account = await work.accounts.get()
        return RefundPreview(account, view.product, payment, view.subscription, offer)


async def preview_cancel(
    ctx: Context, subscription_id: SubscriptionId, *, by: CustomerActor
) -> CancelPreview:
    """What cancelling or undoing would mean now; the page looks at `offer.blocked` and `offer.may_undo`."""
    async with ctx.read(by.account_id) as work:
        view, subscription, _, offer, pending = await _cancellable(
            work, subscription_id, by=by, now=ctx.now()
        )
        if not offer.may_undo:
            policy.must_be_offered(offer.blocked, pending)
        return CancelPreview(await work.accounts.get(), view.product, subscription, offer)


async def ask_refund(
    ctx: Context,
    payment_id: PaymentId,
    *,
    by: CustomerActor,
    reason: RefundReason,
    message: str,
    once_key: str,
) -> Request:
    """Ask for all that is left of a payment. Automated: approved, or denied outside the period, at once."""
    message = checked_text("message", message, required=False)
    async with ctx.begin(by.account_id) as work:
        await work.once.claim(once_key, request_id := new_id(RequestId), at=ctx.now())
        view, payment, settings, offer = await _refundable(work, payment_id, by=by, now=ctx.now())
        handling = _handling(offer.handling)
        snapshot = policy.refund_snapshot(offer, handling)
        request = declared(RequestKind.REFUND, request_id, view, snapshot, by=by, at=ctx.now())
        request = detailed(request, payment=payment, amount=offer.amount, reason=reason, message=message)
        await _reserve(work, payment, offer.amount)
        return await take_down(work, request, settings, by=by, at=ctx.now())


async def _reserve(work: UnitOfWork, payment: Payment, amount: Money) -> None:
    try:
        await work.purchases.reserve(payment.id, amount)
    except RefundTooLarge:
        # Somebody who asked at the same moment was first: that is what to say, not that it is too much.
        view = await work.purchases.get_view(payment.purchase_id)
        policy.must_be_offered(None, find_open(view, payment_id=payment.id))
        raise


async def ask_cancel(
    ctx: Context,
    subscription_id: SubscriptionId,
    *,
    by: CustomerActor,
    reason: CancelReason | None,
    message: str,
    once_key: str,
) -> Request:
    """Cancel a subscription: taken down first, and needs no code; the customer's word counts from now."""
    message = checked_text("message", message, required=False)
    async with ctx.begin(by.account_id) as work:
        await work.once.claim(once_key, request_id := new_id(RequestId), at=ctx.now())
        view, _, settings, offer, pending = await _cancellable(work, subscription_id, by=by, now=ctx.now())
        policy.must_be_offered(offer.blocked, pending)
        snapshot = policy.cancel_snapshot(_handling(offer.handling), offer.when)
        request = declared(RequestKind.CANCEL, request_id, view, snapshot, by=by, at=ctx.now())
        request = detailed(request, reason=reason, message=message)
        return await take_down(work, request, settings, by=by, at=ctx.now())


async def undo_cancel(
    ctx: Context, subscription_id: SubscriptionId, *, by: CustomerActor, once_key: str
) -> Request:
    """Take a scheduled cancellation back, until it takes effect. Always Automated."""
    async with ctx.begin(by.account_id) as work:
        await work.once.claim(once_key, request_id := new_id(RequestId), at=ctx.now())
        view, _, settings, offer, pending = await _cancellable(work, subscription_id, by=by, now=ctx.now())
        if not offer.may_undo:
            policy.must_be_offered(None, pending)
            raise NotOffered(why=offer.blocked or policy.Blocked.NOT_RUNNING)
        snapshot = policy.cancel_snapshot(Handling.AUTOMATED, None)
        request = declared(RequestKind.UNDO_CANCEL, request_id, view, snapshot, by=by, at=ctx.now())
        return await take_down(work, request, settings, by=by, at=ctx.now())


async def withdraw_request(ctx: Context, request_id: RequestId, *, by: CustomerActor) -> Request:
    """The customer takes a pending request back; raises `AlreadyDecided` (who, when, state) if too late."""
    async with ctx.begin(by.account_id) as work:
        request = await work.requests.get(request_id)
        if request.customer_id != by.customer_id:
            raise NotFound
        await must_act(work, by)
        name, facts = await who_acts(work, by)
        request = await work.requests.move(
            request_id,
            RequestState.PENDING,
            RequestState.WITHDRAWN,
            at=ctx.now(),
            by=by,
            by_name=name,
        )
        await release_money(work, request)
        await telling.move_ticket(work, request, TicketState.CLOSED, at=ctx.now())
        await unwatch(work, request.ticket_id)
        await telling.tell_step(
            work, request, "request.withdrawn", by=by, by_name=name, at=ctx.now(), facts=facts
        )
        await telling.mail_outcome(work, request, by=by, at=ctx.now(), turn="once")
        return request


async def _refundable(
    work: UnitOfWork, payment_id: PaymentId, *, by: CustomerActor, now: datetime
) -> tuple[PurchaseView, Payment, SelfBilling, RefundOffer]:
    payment = await work.purchases.get_payment(payment_id)
    if payment.customer_id != by.customer_id:
        raise NotFound
    await must_act(work, by)
    view = await work.purchases.get_view(payment.purchase_id)
    settings = await surface_settings(work, by)
    pending = find_open(view, payment_id=payment_id)
    offer = policy.refund_offer(settings, view.product, payment, open_request=pending, by=by, now=now)
    policy.must_be_offered(offer.blocked, pending)
    if offer.needs_code:
        raise CodeNeeded
    return view, payment, settings, offer


async def _cancellable(
    work: UnitOfWork, subscription_id: SubscriptionId, *, by: CustomerActor, now: datetime
) -> tuple[PurchaseView, Subscription, SelfBilling, CancelOffer, Request | None]:
    subscription = await work.purchases.get_subscription(subscription_id)
    if subscription.customer_id != by.customer_id:
        raise NotFound
    await must_act(work, by)
    view = await work.purchases.get_view(subscription.purchase_id)
    settings = await surface_settings(work, by)
    pending = find_open(view, subscription_id=subscription_id)
    offer = policy.cancel_offer(settings, subscription, open_request=pending, now=now)
    return view, subscription, settings, offer, pending


def _handling(handling: Handling | None) -> Handling:
    assert handling is not None, "what is switched off is blocked"
    return handling
