"""Policy: what is offered, how, until when, and who decides."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import policy
from billing.actors import CustomerActor
from billing.errors import AboveLimit, AlreadyPending, Forbidden, NotOffered, OwnRequest, SwitchedOff
from billing.ids import (
    AccountId,
    CustomerId,
    HelpdeskId,
    PaymentId,
    ProductId,
    PurchaseId,
    RequestId,
    StaffId,
    SubscriptionId,
    new_id,
)
from billing.money import Currency, Money
from billing.policy import Blocked
from billing.records import Account, Address, Payment, Product, Request, SelfBilling, Staff, Subscription
from billing.states import (
    AskCode,
    CancelWhen,
    Handling,
    PaymentState,
    PlanName,
    ProductKind,
    RequestKind,
    RequestState,
    Role,
    SubscriptionState,
    Surface,
)

USD = Currency("USD")
PAID = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ACCOUNT, CUSTOMER, PURCHASE = new_id(AccountId), new_id(CustomerId), new_id(PurchaseId)
NONE = Money.zero(USD)
MERCHANT = Account(
    ACCOUNT, "acme", "acme", "Acme", PlanName.GROWTH, USD, "en", "UTC", Address("Acme"), "#1d5bbf"
)
SETTINGS = SelfBilling(
    account_id=ACCOUNT,
    surface=Surface.PORTAL,
    helpdesk_id=None,
    invoices=True,
    card_update=True,
    refund=Handling.AUTOMATED,
    cancel=Handling.AUTOMATED,
    cancel_when=CancelWhen.PERIOD_END,
    ticket_helpdesk_id=new_id(HelpdeskId),
    ticket_department_id=None,
    code_for_documents=AskCode.BEFORE,
    code_for_refund=AskCode.BEFORE,
    code_for_card=AskCode.BEFORE,
)
PRODUCT = Product(new_id(ProductId), ACCOUNT, "Course", "Standard", ProductKind.ONE_TIME, 14)
PAYMENT = Payment(
    id=new_id(PaymentId),
    account_id=ACCOUNT,
    purchase_id=PURCHASE,
    customer_id=CUSTOMER,
    order_id="40001001",
    state=PaymentState.SUCCEEDED,
    captured=Money(5900, USD),
    tax=NONE,
    refunded=NONE,
    reserved=NONE,
    disputed=NONE,
    paid_at=PAID,
    number=None,
    processor_id="ch_1",
    buyer=Address("Alice"),
)
SUBSCRIPTION = Subscription(
    id=new_id(SubscriptionId),
    account_id=ACCOUNT,
    customer_id=CUSTOMER,
    purchase_id=PURCHASE,
    state=SubscriptionState.ACTIVE,
    period_ends_at=PAID + timedelta(days=30),
    ended_at=None,
    processor_id="sub_1",
    card=None,
)
BY = CustomerActor(ACCOUNT, CUSTOMER, Surface.PORTAL, None, True, "192.0.2.1", "trace")


def request_of(kind: RequestKind = RequestKind.REFUND, amount: Money | None = None) -> Request:
    return Request(
        id=new_id(RequestId),
        account_id=ACCOUNT,
        reference="R-23456789",
        kind=kind,
        state=RequestState.PENDING,
        surface=Surface.PORTAL,
        helpdesk_id=None,
        customer_id=CUSTOMER,
        purchase_id=PURCHASE,
        payment_id=PAYMENT.id,
        subscription_id=None,
        ticket_id=None,
        amount=amount,
        reason="",
        message="",
        policy=policy.cancel_snapshot(Handling.MANUAL, None),
        asked_at=PAID,
        moved_at=PAID,
        decided_at=None,
        decided_by=None,
        decided_by_name=None,
        answer="",
        failure=None,
    )


def offer_at(now: datetime, *, days: int | None = 14, **settings: Any) -> policy.RefundOffer:
    product = replace(PRODUCT, refund_days=days)
    return policy.refund_offer(
        replace(SETTINGS, **settings), product, PAYMENT, open_request=None, by=BY, now=now
    )


@given(st.integers(0, 3650), st.integers(-(10**8), 10**8))
def test_the_refund_period_ends_with_its_last_second(days: int, seconds: int) -> None:
    ends = PAID + timedelta(days=days)
    offer = offer_at(ends + timedelta(seconds=seconds), days=days)
    assert offer.period_ends_at == ends
    assert offer.within_period is (seconds <= 0)
    assert offer.denied_at_once is (seconds > 0)


@given(st.timedeltas(timedelta(days=-9999), timedelta(days=9999)))
def test_without_a_period_nothing_is_too_late(later: timedelta) -> None:
    offer = offer_at(PAID + later, days=None)
    assert (offer.period_ends_at, offer.within_period, offer.denied_at_once) == (None, None, False)


def test_people_decide_outside_the_period_too() -> None:
    offer = offer_at(PAID + timedelta(days=99), refund=Handling.MANUAL)
    assert (offer.blocked, offer.denied_at_once) == (None, False)


# In the order in which they are told: each but the first is worth saying only where those before do not hold.
REFUND_REASONS: list[tuple[Blocked, dict[str, Any], dict[str, Any]]] = [
    (Blocked.SWITCHED_OFF, {"refund": None}, {}),
    (Blocked.PAYMENT_FAILED, {}, {"state": PaymentState.FAILED}),
    (Blocked.PENDING, {}, {}),
    (Blocked.DISPUTED, {}, {"disputed": Money(1, USD)}),
    (Blocked.NOTHING_LEFT, {}, {"refunded": Money(5900, USD)}),
    (Blocked.NO_PROCESSOR, {}, {"processor_id": None}),
    (Blocked.NO_HELPDESK, {"refund": Handling.MANUAL, "ticket_helpdesk_id": None}, {}),
]


@given(st.sets(st.integers(0, len(REFUND_REASONS) - 1)))
def test_of_all_that_blocks_a_refund_the_first_is_told(which: set[int]) -> None:
    settings, payment = SETTINGS, PAYMENT
    for i in sorted(which, reverse=True):
        _, changed, of_payment = REFUND_REASONS[i]
        settings, payment = replace(settings, **changed), replace(payment, **of_payment)
    pending = request_of() if 2 in which else None
    offer = policy.refund_offer(settings, PRODUCT, payment, open_request=pending, by=BY, now=PAID)
    assert offer.blocked == (REFUND_REASONS[min(which)][0] if which else None)
    assert offer.amount == payment.left


@pytest.mark.parametrize(
    ("state", "blocked", "when"),
    [
        (SubscriptionState.ACTIVE, None, CancelWhen.PERIOD_END),
        (SubscriptionState.PAST_DUE, None, CancelWhen.PERIOD_END),
        (SubscriptionState.PAUSED, None, CancelWhen.PERIOD_END),
        (SubscriptionState.TRIALING, None, CancelWhen.NOW),
        (SubscriptionState.CANCEL_SCHEDULED, Blocked.ALREADY_ENDING, CancelWhen.PERIOD_END),
        (SubscriptionState.CANCELED, Blocked.NOT_RUNNING, CancelWhen.PERIOD_END),
        (SubscriptionState.COMPLETED, Blocked.NOT_RUNNING, CancelWhen.PERIOD_END),
    ],
)
def test_what_a_subscription_offers(
    state: SubscriptionState, blocked: Blocked | None, when: CancelWhen
) -> None:
    subscription = replace(SUBSCRIPTION, state=state)
    offer = policy.cancel_offer(SETTINGS, subscription, open_request=None, now=PAID)
    assert (offer.blocked, offer.when) == (blocked, when)
    assert offer.ends_at == (SUBSCRIPTION.period_ends_at if when is CancelWhen.PERIOD_END else None)
    assert offer.may_undo is (state is SubscriptionState.CANCEL_SCHEDULED)


@pytest.mark.parametrize(
    ("settings", "changed", "blocked"),
    [
        ({"cancel": None}, {"state": SubscriptionState.CANCELED}, Blocked.SWITCHED_OFF),
        ({}, {"processor_id": None}, Blocked.NO_PROCESSOR),
        ({"cancel": Handling.MANUAL, "ticket_helpdesk_id": None}, {}, Blocked.NO_HELPDESK),
        ({"cancel": Handling.MANUAL}, {}, None),
    ],
)
def test_what_blocks_a_cancellation(
    settings: dict[str, Any], changed: dict[str, Any], blocked: Blocked | None
) -> None:
    offer = policy.cancel_offer(
        replace(SETTINGS, **settings), replace(SUBSCRIPTION, **changed), open_request=None, now=PAID
    )
    assert offer.blocked is blocked


def test_cancelling_is_undone_until_it_takes_effect_even_where_cancelling_is_switched_off() -> None:
    ending = replace(SUBSCRIPTION, state=SubscriptionState.CANCEL_SCHEDULED)
    off = replace(SETTINGS, cancel=None)
    ends = PAID + timedelta(days=30)
    for now, may in ((ends - timedelta(seconds=1), True), (ends, False)):
        assert policy.cancel_offer(off, ending, open_request=None, now=now).may_undo is may
    unknown = replace(ending, period_ends_at=None)
    assert policy.cancel_offer(off, unknown, open_request=None, now=ends).may_undo
    pending = request_of(RequestKind.UNDO_CANCEL, None)
    assert not policy.cancel_offer(off, ending, open_request=pending, now=PAID).may_undo


def test_now_is_now_where_the_account_says_so() -> None:
    now = replace(SETTINGS, cancel_when=CancelWhen.NOW)
    offer = policy.cancel_offer(now, SUBSCRIPTION, open_request=None, now=PAID)
    assert (offer.when, offer.ends_at) == (CancelWhen.NOW, None)


def test_a_refusal_says_what_stands_in_the_way() -> None:
    pending = request_of()
    with pytest.raises(SwitchedOff):
        policy.must_be_offered(Blocked.SWITCHED_OFF, pending)
    with pytest.raises(AlreadyPending):
        policy.must_be_offered(Blocked.PENDING, pending)
    for blocked in set(Blocked) - {Blocked.SWITCHED_OFF, Blocked.PENDING}:
        with pytest.raises(NotOffered):
            policy.must_be_offered(blocked, None)
    policy.must_be_offered(None, None)


@pytest.mark.parametrize("ask", AskCode)
def test_the_code_is_asked_once_a_visit(ask: AskCode) -> None:
    assert policy.needs_code(ask, BY) is False
    assert policy.needs_code(ask, replace(BY, proved=False)) is (ask is not AskCode.NEVER)
    for name in ("code_for_documents", "code_for_refund", "code_for_card"):
        settings = replace(SETTINGS, **{name: ask})  # type: ignore[arg-type]
        assert policy.is_code_asked_at_sign_in(settings) is (ask is AskCode.AT_SIGN_IN)


roles = st.sampled_from(Role)
limits = st.none() | st.integers(0, 10_000)


def staff_of(role: Role, limit: int | None, *, active: bool = True, email: str = "s@example.com") -> Staff:
    return Staff(new_id(StaffId), ACCOUNT, email, "S", role, limit, "", "en", active)


amounts = st.none() | st.builds(Money, st.integers(1, 10_000), st.sampled_from([USD, Currency("GBP")]))


@given(roles, limits, st.booleans(), st.booleans(), amounts)
def test_who_may_decide(role: Role, limit: int | None, active: bool, own: bool, amount: Money | None) -> None:
    person = staff_of(role, limit, active=active, email="  S@Example.COM ")
    request = request_of(amount=amount)
    emails = ["other@example.com", *(["s@example.com"] if own else [])]
    bound = role is Role.AGENT and limit is not None and amount is not None
    above = amount is not None and (amount.minor > (limit or 0) or amount.currency != USD)
    refusal: type[Forbidden] | None = None
    if not active or role is Role.VIEWER:
        refusal = Forbidden
    elif own:
        refusal = OwnRequest
    elif bound and above:
        refusal = AboveLimit
    right = policy.decide_right(MERCHANT, person, request, emails)
    assert right.may is (refusal is None)
    assert right.why_not == (refusal.code if refusal else None)
    assert right.limit == (Money(limit or 0, USD) if bound else None)
    if refusal is None:
        policy.must_decide(MERCHANT, person, request, emails)
    else:
        with pytest.raises(refusal):
            policy.must_decide(MERCHANT, person, request, emails)
