"""One module per purchase on My Orders: what its template asks, answered from the use case's records."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from billing.ids import CardChangeId, PaymentId, PurchaseId, RefundId, RequestId, SubscriptionId
from billing.money import Money
from billing.policy import Blocked
from billing.purchases import PaymentLine, PurchaseModule
from billing.records import Request, Subscription
from billing.states import PaymentState, RequestKind, RequestState, SubscriptionState
from portal.views.customer.card_lines import CardLine, card_line


@dataclass(frozen=True, slots=True)
class Pending:
    """A request that is under way, shown in place of the action that it locks."""

    id: RequestId
    reference: str
    since: datetime
    is_cancel: bool
    is_undo: bool
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A refund that went out: how much, when, and whether its credit note may be downloaded."""

    id: RefundId
    amount: Money
    refunded_at: datetime
    may_download: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One payment; exactly one of `is_plain`, failed, disputed, refunded and partly refunded is true."""

    id: PaymentId
    order_id: str | None
    paid_at: datetime
    amount: Money
    refunded: Money
    is_plain: bool
    is_failed: bool
    is_disputed: bool
    is_refunded: bool
    is_partly_refunded: bool
    may_invoice: bool
    may_refund: bool
    credit_notes: tuple[CreditNote, ...]
    has_actions: bool
    pending: Pending | None


@dataclass(frozen=True, slots=True)
class Agreement:
    """The subscription of a purchase; a date of None is unknown, and is never invented."""

    id: SubscriptionId
    is_trial: bool
    is_active: bool
    is_past_due: bool
    is_paused: bool
    is_ending: bool
    is_canceled: bool
    is_completed: bool
    next_payment_at: datetime | None
    ends_at: datetime | None
    ended_at: datetime | None
    card: CardLine | None
    card_change: CardChangeId | None  # it is under way
    may_change_card: bool
    card_pages_missing: bool  # allowed here, but what is connected cannot
    may_cancel: bool
    may_undo: bool
    pending: Pending | None

    @property
    def goes_on(self) -> bool:
        """A next payment will come, on a day that is known or not."""
        return self.is_trial or self.is_active or self.is_past_due

    @property
    def offers_card(self) -> bool:
        """Whether its card may be changed, where nothing more urgent offers the same."""
        return self.may_change_card and self.card_change is None and not self.is_past_due


@dataclass(frozen=True, slots=True)
class Module:
    """A purchase: one line, or an agreement with all its payments behind *Show details*."""

    id: PurchaseId
    name: str
    price_point: str
    agreement: Agreement | None
    lines: tuple[Line, ...]

    @property
    def is_open(self) -> bool:
        """Whether the details hold something under way, and so stand open."""
        return any(line.pending for line in self.lines)

    @property
    def count(self) -> int:
        """How many payments there are."""
        return len(self.lines)


def make_module(data: PurchaseModule, *, now: datetime) -> Module:
    """The module of one purchase, payments newest first; a period end that has passed tells nothing."""
    return Module(
        id=data.purchase.id,
        name=data.product.name,
        price_point=data.product.price_point,
        agreement=_agreement(data.subscription, data, now=now) if data.subscription else None,
        lines=tuple(_line(line) for line in data.lines),
    )


def make_pending(request: Request | None) -> Pending | None:
    """What is under way, if anything is."""
    if request is None:
        return None
    return Pending(
        id=request.id,
        reference=request.reference,
        since=request.asked_at,
        is_cancel=request.kind is RequestKind.CANCEL,
        is_undo=request.kind is RequestKind.UNDO_CANCEL,
        may_withdraw=request.state is RequestState.PENDING,
    )


def _line(data: PaymentLine) -> Line:
    payment = data.payment
    is_failed, is_disputed = payment.state is PaymentState.FAILED, bool(payment.disputed)
    has_refund = not is_failed and not is_disputed and bool(payment.refunded)
    is_whole = payment.refunded >= payment.captured
    return Line(
        id=payment.id,
        order_id=payment.order_id,
        paid_at=payment.paid_at,
        amount=payment.captured,
        refunded=payment.refunded,
        is_plain=not (is_failed or is_disputed or has_refund),
        is_failed=is_failed,
        is_disputed=is_disputed,
        is_refunded=has_refund and is_whole,
        is_partly_refunded=has_refund and not is_whole,
        may_invoice=data.has_invoice,
        may_refund=data.refund.blocked is None,
        credit_notes=tuple(_credit_notes(data)),
        has_actions=data.has_invoice or data.refund.blocked is None,
        pending=make_pending(data.open_request),
    )


def _credit_notes(data: PaymentLine) -> Iterator[CreditNote]:
    for refund in data.refunds:
        if refund.reversed_at is None:
            yield CreditNote(refund.id, refund.amount, refund.refunded_at, data.has_invoice)


def _agreement(subscription: Subscription, data: PurchaseModule, *, now: datetime) -> Agreement:
    state, ends = subscription.state, subscription.period_ends_at
    if ends is not None and ends <= now:
        ends = None
    is_ending = state is SubscriptionState.CANCEL_SCHEDULED
    blocked = data.card.blocked if data.card else Blocked.SWITCHED_OFF
    return Agreement(
        id=subscription.id,
        is_trial=state is SubscriptionState.TRIALING,
        is_active=state is SubscriptionState.ACTIVE,
        is_past_due=state is SubscriptionState.PAST_DUE,
        is_paused=state is SubscriptionState.PAUSED,
        is_ending=is_ending,
        is_canceled=state is SubscriptionState.CANCELED,
        is_completed=state is SubscriptionState.COMPLETED,
        next_payment_at=None if is_ending else ends,
        ends_at=ends if is_ending else None,
        ended_at=subscription.ended_at,
        card=card_line(subscription.card, now=now),
        card_change=data.card_change.id if data.card_change else None,
        may_change_card=blocked is None,
        card_pages_missing=blocked is Blocked.NO_CARD_PAGES,
        may_cancel=data.cancel is not None and data.cancel.blocked is None,
        may_undo=data.cancel is not None and data.cancel.may_undo,
        pending=make_pending(data.open_request),
    )
