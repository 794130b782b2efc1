"""Policy as pure functions: what may this customer do with a purchase, how is it handled, and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from billing.actors import CustomerActor
from billing.emails import email_key
from billing.errors import (
    AboveLimit,
    ActedFor,
    AlreadyDecided,
    AlreadyPending,
    Forbidden,
    Invalid,
    NeedsAnother,
    NotInBulk,
    NotOffered,
    OwnRequest,
    RefundTooLarge,
    Refusal,
    SwitchedOff,
)
from billing.money import Money
from billing.records import (
    Account,
    Approval,
    Payment,
    PolicySnapshot,
    Product,
    Request,
    SelfBilling,
    Staff,
    Subscription,
)
from billing.states import (
    AskCode,
    CancelWhen,
    Decision,
    Handling,
    PaymentState,
    RequestState,
    Role,
    SubscriptionState,
)

RUNNING = frozenset(
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
    NO_CARD_PAGES = "no_card_pages"
    CORRECTED = "corrected"
    MONEY_BACK = "money_back"


class Alone(StrEnum):
    """Why a request is not decided together with others."""

    OFF = "off"
    ABOVE = "above"
    OTHER_MONEY = "other_money"
    TWO_PEOPLE = "two_people"


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


@dataclass(frozen=True, slots=True)
class Consent:
    """Where a waiting request stands: whose yes holds, to what, and whether that takes a second person."""

    amount: Money | None  # what the first said yes to, else all that was asked
    needs_two: bool
    first: Approval | None


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
        (subscription.state not in RUNNING, Blocked.NOT_RUNNING),
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


def can_decide(staff: Staff) -> bool:
    """Works here, and not only to read."""
    return staff.active and staff.role is not Role.VIEWER


def must_decide(
    account: Account, staff: Staff, request: Request, customer_email_keys: Collection[str]
) -> None:
    """Raises `Forbidden`, `OwnRequest` or `AboveLimit` (limit) unless this person may decide this request."""
    if not can_decide(staff):
        raise Forbidden
    if email_key(staff.email) in customer_email_keys:
        raise OwnRequest
    limit = decide_limit(account, staff, request)
    if limit is not None and request.amount is not None and _is_above(request.amount, limit):
        raise AboveLimit(limit=limit)


def _is_above(amount: Money, limit: Money) -> bool:
    """Other money is above every limit: nobody here knows what it is worth."""
    return amount.currency != limit.currency or amount > limit


def decide_limit(account: Account, staff: Staff, request: Request) -> Money | None:
    """Up to what this person may decide; None: no limit. Limits bind agents, and refunds only."""
    if staff.role is not Role.AGENT or staff.limit_minor is None or request.amount is None:
        return None
    return Money(staff.limit_minor, account.currency)


def decide_right(
    account: Account, staff: Staff, request: Request, customer_email_keys: Collection[str]
) -> DecideRight:
    """The same rule as `must_decide`, as an answer for pages."""
    limit = decide_limit(account, staff, request)
    try:
        must_decide(account, staff, request, customer_email_keys)
    except Refusal as refusal:
        return DecideRight(may=False, why_not=refusal.code, limit=limit)
    return DecideRight(may=True, limit=limit)


def needs_two(account: Account, amount: Money | None, payment: Payment | None) -> bool:
    """Whether a refund of so much takes two people; in other money than the account's it always does.

    What went back of the payment before counts too: small parts, one after another, are one large refund.
    """
    limit = account.two_people_above_minor
    if limit is None or amount is None:
        return False
    in_all = amount if payment is None else amount + payment.refunded
    return _is_above(in_all, Money(limit, account.currency))


def amount_to_approve(request: Request, amount: Money | None) -> Money | None:
    """What is said yes to; None is all that was asked. Raises `Invalid` (amount), `RefundTooLarge`."""
    if request.amount is None or amount is None:
        return request.amount
    if amount.currency != request.amount.currency or amount.minor <= 0:
        raise Invalid("amount", "amount", example=request.amount)
    if amount > request.amount:
        raise RefundTooLarge("amount", asked=amount, left=request.amount)
    return amount


def first_yes(request: Request, approvals: Sequence[Approval]) -> Approval | None:
    """The yes that holds while a request waits for a second person: the last one, the others are void."""
    if request.state is not RequestState.PENDING or request.approved_amount is None:
        return None
    said = [each for each in approvals if each.says is Decision.YES]
    return said[-1] if said and said[-1].amount == request.approved_amount else None


def consent_of(
    account: Account, request: Request, payment: Payment | None, approvals: Sequence[Approval]
) -> Consent:
    """Who has said yes so far, and whether one more is enough, for pages and cards."""
    first = first_yes(request, approvals)
    amount = request.amount if first is None else first.amount
    return Consent(amount, needs_two(account, amount, payment), first)


def is_enough(
    account: Account,
    request: Request,
    payment: Payment | None,
    amount: Money | None,
    first: Approval | None,
    *,
    by: str,
) -> bool:
    """Whether this person's yes to `amount` approves it; else theirs is the first, an earlier one is void.

    Raises `ActedFor`, and `NeedsAnother` (amount, when) for their own yes again.
    """
    if not needs_two(account, amount, payment):
        return True
    if request.asked_by == by:
        raise ActedFor
    if first is None or first.amount != amount:
        return False
    if first.by == by:
        raise NeedsAnother(amount=amount, when=first.at)
    return True


def must_be_pending(request: Request) -> None:
    """Raises `AlreadyDecided` (who, when, state)."""
    if request.state is not RequestState.PENDING:
        who, when = request.decided_by_name or "", request.decided_at or request.moved_at
        raise AlreadyDecided(who=who, when=when, state=request.state)


def must_be_in_bulk(account: Account, request: Request, payment: Payment | None) -> None:
    """Refunds up to the account's limit and cancellations; raises `NotInBulk` (why)."""
    if account.bulk_up_to_minor is None:
        raise NotInBulk(why=Alone.OFF)
    if request.amount is None:
        return
    if request.amount.currency != account.currency:
        raise NotInBulk(why=Alone.OTHER_MONEY)
    if request.amount.minor > account.bulk_up_to_minor:
        raise NotInBulk(why=Alone.ABOVE)
    if needs_two(account, request.amount, payment):
        raise NotInBulk(why=Alone.TWO_PEOPLE)
