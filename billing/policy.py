"""Policy as pure functions: what may this customer do with a purchase, how is it handled, and why."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from billing.actors import CustomerActor
from billing.emails import email_key
from billing.errors import AboveLimit, AlreadyPending, Forbidden, NotOffered, OwnRequest, Refusal, SwitchedOff
from billing.money import Money
from billing.records import Payment, PolicySnapshot, Product, Request, SelfBilling, Staff, Subscription
from billing.states import (
    AskCode,
    CancelWhen,
    Handling,
    PaymentState,
    Role,
    SubscriptionState,
)

_RUNNING = frozenset(
    {
        SubscriptionState.TRIALING,
        SubscriptionState.ACTIVE,
        SubscriptionState.PAST_DUE,
        SubscriptionState.PAUSED,
    }
)


class Blocked(StrEnum):
    """Why something is not offered."""

    SWITCHED_OFF = "switched_off"
    NOTHING_LEFT = "nothing_left"
    PAYMENT_FAILED = "payment_failed"
    DISPUTED = "disputed"
    PENDING = "pending"
    NOT_RUNNING = "not_running"
    ALREADY_ENDING = "already_ending"
    NO_PROCESSOR = "no_processor"
    NO_HELPDESK = "no_helpdesk"


@dataclass(frozen=True, slots=True)
class RefundOffer:
    """What a refund request for a payment would mean. `within_period` None: no refund period applies."""

    blocked: Blocked | None
    handling: Handling | None
    amount: Money
    period_ends_at: datetime | None
    within_period: bool | None
    refund_days: int | None
    needs_code: bool

    @property
    def denied_at_once(self) -> bool:
        """Automated, and the refund period is over."""
        return self.handling is Handling.AUTOMATED and self.within_period is False


@dataclass(frozen=True, slots=True)
class CancelOffer:
    """What cancelling a subscription would mean. `ends_at` None: unknown, or it ends now."""

    blocked: Blocked | None
    handling: Handling | None
    when: CancelWhen
    ends_at: datetime | None
    may_undo: bool


@dataclass(frozen=True, slots=True)
class DecideRight:
    """Whether a staff member may decide a request; `why_not` is the refusal's code."""

    may: bool
    why_not: str | None = None
    limit: Money | None = None


def needs_code(ask: AskCode, by: CustomerActor) -> bool:
    """Whether the e-mailed code must be given first in this visit."""
    return ask is not AskCode.NEVER and not by.proved


def is_code_asked_at_sign_in(settings: SelfBilling) -> bool:
    """Whether this surface signs nobody in without the code."""
    asks = (settings.code_for_documents, settings.code_for_refund, settings.code_for_card)
    return AskCode.AT_SIGN_IN in asks


def refund_offer(
    settings: SelfBilling,
    product: Product,
    payment: Payment,
    *,
    open_request: Request | None,
    by: CustomerActor,
    now: datetime,
) -> RefundOffer:
    """What this surface offers for this payment, now."""
    days = product.refund_days
    ends = None if days is None else payment.paid_at + timedelta(days=days)
    return RefundOffer(
        blocked=_refund_blocked(settings, payment, open_request),
        handling=settings.refund,
        amount=payment.left,
        period_ends_at=ends,
        within_period=None if ends is None else now <= ends,
        refund_days=days,
        needs_code=needs_code(settings.code_for_refund, by),
    )


def _refund_blocked(settings: SelfBilling, payment: Payment, open_request: Request | None) -> Blocked | None:
    checks = (
        (settings.refund is None, Blocked.SWITCHED_OFF),
        (payment.state is PaymentState.FAILED, Blocked.PAYMENT_FAILED),
        (open_request is not None, Blocked.PENDING),
        (bool(payment.disputed), Blocked.DISPUTED),
        (payment.left.minor <= 0, Blocked.NOTHING_LEFT),
        (payment.processor_id is None, Blocked.NO_PROCESSOR),
        (settings.refund is Handling.MANUAL and settings.ticket_helpdesk_id is None, Blocked.NO_HELPDESK),
    )
    return next((why for is_so, why in checks if is_so), None)


def cancel_offer(
    settings: SelfBilling, subscription: Subscription, *, open_request: Request | None, now: datetime
) -> CancelOffer:
    """What this surface offers for this subscription, now. Undo is always offered."""
    scheduled = subscription.state is SubscriptionState.CANCEL_SCHEDULED
    over = subscription.period_ends_at is not None and subscription.period_ends_at <= now
    trial = subscription.state is SubscriptionState.TRIALING
    when = CancelWhen.NOW if trial else settings.cancel_when
    return CancelOffer(
        blocked=_cancel_blocked(settings, subscription, open_request),
        handling=settings.cancel,
        when=when,
        ends_at=subscription.period_ends_at if when is CancelWhen.PERIOD_END else None,
        may_undo=scheduled and not over and open_request is None and subscription.processor_id is not None,
    )


def _cancel_blocked(
    settings: SelfBilling, subscription: Subscription, open_request: Request | None
) -> Blocked | None:
    checks = (
        (settings.cancel is None, Blocked.SWITCHED_OFF),
        (open_request is not None, Blocked.PENDING),
        (subscription.state is SubscriptionState.CANCEL_SCHEDULED, Blocked.ALREADY_ENDING),
        (subscription.state not in _RUNNING, Blocked.NOT_RUNNING),
        (subscription.processor_id is None, Blocked.NO_PROCESSOR),
        (settings.cancel is Handling.MANUAL and settings.ticket_helpdesk_id is None, Blocked.NO_HELPDESK),
    )
    return next((why for is_so, why in checks if is_so), None)


def must_be_offered(blocked: Blocked | None, open_request: Request | None) -> None:
    """Raises `SwitchedOff`, `AlreadyPending` (reference, since) or `NotOffered` (why)."""
    if blocked is Blocked.SWITCHED_OFF:
        raise SwitchedOff
    if open_request is not None:
        raise AlreadyPending(reference=open_request.reference, since=open_request.asked_at)
    if blocked is not None:
        raise NotOffered(why=blocked)


def refund_snapshot(offer: RefundOffer, handling: Handling) -> PolicySnapshot:
    """The policy that held, to be kept with a refund request."""
    return PolicySnapshot(
        handling=handling,
        refund_days=offer.refund_days,
        period_ends_at=offer.period_ends_at,
        within_period=offer.within_period,
        cancel_when=None,
    )


def cancel_snapshot(handling: Handling, when: CancelWhen | None) -> PolicySnapshot:
    """The policy that held, to be kept with a cancel or undo request."""
    return PolicySnapshot(
        handling=handling, refund_days=None, period_ends_at=None, within_period=None, cancel_when=when
    )


def must_decide(staff: Staff, request: Request, customer_email_keys: Collection[str]) -> None:
    """Raises `Forbidden`, `OwnRequest` or `AboveLimit` (limit) unless this person may decide this request."""
    if not staff.active or staff.role is Role.VIEWER:
        raise Forbidden
    if email_key(staff.email) in customer_email_keys:
        raise OwnRequest
    limit = decide_limit(staff, request)
    if limit is not None and request.amount is not None and request.amount > limit:
        raise AboveLimit(limit=limit)


def decide_limit(staff: Staff, request: Request) -> Money | None:
    """Up to what this person may decide; None: no limit. Limits bind agents, and refunds only."""
    if staff.role is not Role.AGENT or staff.limit_minor is None or request.amount is None:
        return None
    return Money(staff.limit_minor, request.amount.currency)


def decide_right(staff: Staff, request: Request, customer_email_keys: Collection[str]) -> DecideRight:
    """The same rule as `must_decide`, as an answer for pages."""
    limit = decide_limit(staff, request)
    try:
        must_decide(staff, request, customer_email_keys)
    except Refusal as refusal:
        return DecideRight(may=False, why_not=refusal.code, limit=limit)
    return DecideRight(may=True, limit=limit)
