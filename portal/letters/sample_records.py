"""A request that nobody made, with all that a mail about it reads."""

from datetime import datetime, timedelta
from uuid import UUID

from billing.ids import OperationId, PaymentId, ProductId, PurchaseId, RequestId, SubscriptionId
from billing.money import Money
from billing.processing.records import Hold
from billing.records import (
    Account,
    Customer,
    Operation,
    PolicySnapshot,
    Product,
    Purchase,
    Request,
    Subscription,
)
from billing.states import (
    CancelReason,
    CancelWhen,
    Handling,
    OperationKind,
    OperationState,
    ProductKind,
    RefundReason,
    RequestKind,
    RequestState,
    SubscriptionState,
    Surface,
)
from billing.views import RequestView
from locales.translator import N_, Translator

ORDER_ID = "10000001"
REFERENCE = "R-EXAMPLE"
_ID = UUID(int=1)
_UNITS = 149


def sample_amount(account: Account) -> Money:
    """What the example course costs, in the account's currency."""
    return Money(_UNITS * 10**account.currency.exponent, account.currency)


def sample_view(
    account: Account,
    customer: Customer,
    say: Translator,
    now: datetime,
    *,
    kind: RequestKind,
    state: RequestState,
) -> RequestView:
    """As it would be read: pending refunds wait for a bank, since no other mail is of such."""
    is_refund = kind is RequestKind.REFUND
    name = say.text(N_("Example course")) if is_refund else say.text(N_("Example club"))
    product_kind = ProductKind.ONE_TIME if is_refund else ProductKind.SUBSCRIPTION
    request = _request(account, customer, say, now, kind=kind, state=state)
    return RequestView(
        request=request,
        account=account,
        customer=customer,
        product=Product(ProductId(_ID), account.id, name, "", product_kind, 30),
        purchase=Purchase(PurchaseId(_ID), account.id, customer.id, ProductId(_ID), SubscriptionId(_ID), now),
        payment=None,
        subscription=None if is_refund else _subscription(account, customer, now),
        operation=_failed(request) if state is RequestState.FAILED else None,
        ticket=None,
        helpdesk=None,
        due_at=now + timedelta(days=1),
        hold=Hold(account.id, request.id, PaymentId(_ID), now),
    )


def _request(
    account: Account,
    customer: Customer,
    say: Translator,
    now: datetime,
    *,
    kind: RequestKind,
    state: RequestState,
) -> Request:
    is_refund = kind is RequestKind.REFUND
    reason = {RequestKind.REFUND: RefundReason.NOT_AS_EXPECTED, RequestKind.CANCEL: CancelReason.UNUSED}
    answer = say.text(N_("This is what you write.")) if state is RequestState.DENIED else ""
    is_asked = state is RequestState.PENDING
    return Request(
        id=RequestId(_ID),
        account_id=account.id,
        reference=REFERENCE,
        kind=kind,
        state=state,
        surface=Surface.PORTAL,
        helpdesk_id=None,
        customer_id=customer.id,
        purchase_id=PurchaseId(_ID),
        payment_id=None,
        subscription_id=None if is_refund else SubscriptionId(_ID),
        ticket_id=None,
        amount=sample_amount(account) if is_refund else None,
        reason=str(reason.get(kind, "")),
        message=say.text(N_("This is what a customer writes.")) if is_asked and is_refund else "",
        policy=PolicySnapshot(Handling.MANUAL, 30, None, None, CancelWhen.PERIOD_END),
        asked_at=now,
        moved_at=now,
        decided_at=None,
        decided_by=None,
        decided_by_name=None,
        answer=answer,
        failure="declined" if state is RequestState.FAILED else None,
    )


def _failed(request: Request) -> Operation:
    return Operation(
        id=OperationId(_ID),
        account_id=request.account_id,
        request_id=request.id,
        kind=OperationKind.REFUND,
        state=OperationState.FAILED,
        key="",
        payment_id=None,
        subscription_id=None,
        processor_target="",
        amount=request.amount,
        tries=1,
        first_sent_at=None,
        last_sent_at=None,
        processor_id=None,
        failure=request.failure,
        moved_at=request.moved_at,
    )


def _subscription(account: Account, customer: Customer, now: datetime) -> Subscription:
    return Subscription(
        id=SubscriptionId(_ID),
        account_id=account.id,
        customer_id=customer.id,
        purchase_id=PurchaseId(_ID),
        state=SubscriptionState.ACTIVE,
        period_ends_at=now + timedelta(days=27),
        ended_at=None,
        processor_id=None,
        card=None,
    )
