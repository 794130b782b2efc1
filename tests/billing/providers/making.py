"""Operations, card changes and steps as the ledger would hand them to the provider."""

from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from billing.ids import (
    AccountId,
    CardChangeId,
    CardStepId,
    CustomerId,
    OperationId,
    RequestId,
    SubscriptionId,
)
from billing.money import Currency, Money
from billing.processing.records import CardChange, CardStep
from billing.records import Operation
from billing.states import (
    CardChangeState,
    CardPageKind,
    CardStepKind,
    OperationKind,
    OperationState,
    Surface,
)

ACCOUNT = AccountId(uuid4())


def operation(kind: OperationKind, target: str, amount: Money | None = None) -> Operation:
    """Planned just now, with a key of its own."""
    return Operation(
        id=OperationId(uuid4()),
        account_id=ACCOUNT,
        request_id=RequestId(uuid4()),
        kind=kind,
        state=OperationState.PLANNED,
        key=f"selfbill-{uuid4().hex}",
        payment_id=None,
        subscription_id=None,
        processor_target=target,
        amount=amount,
        tries=0,
        first_sent_at=None,
        last_sent_at=None,
        processor_id=None,
        failure=None,
        moved_at=datetime.now(UTC),
    )


def refund(charge: str, minor: int, currency: str = "USD") -> Operation:
    return operation(OperationKind.REFUND, charge, Money(minor, Currency(currency)))


def card_change(customer: str, at: datetime, **fields: Any) -> CardChange:
    """Asked for at this time, of this customer there."""
    facts: dict[str, Any] = {
        "id": CardChangeId(uuid4()),
        "account_id": ACCOUNT,
        "customer_id": CustomerId(uuid4()),
        "subscription_id": SubscriptionId(uuid4()),
        "surface": Surface.PORTAL,
        "helpdesk_id": None,
        "state": CardChangeState.OPEN,
        "key": f"selfbill-{uuid4().hex}",
        "processor_customer": customer,
        "page": CardPageKind.PORTAL,
        "session": "",
        "link": None,
        "method_before": "",
        "method": "",
        "card": None,
        "pays_overdue": False,
        "problem": "",
        "asked_by": "customer",
        "asked_at": at,
        "moved_at": at,
        "expires_at": None,
    }
    return CardChange(**{**facts, **fields})


def card_step(change: CardChange, kind: CardStepKind, target: str, amount: Money | None = None) -> CardStep:
    """Planned just now, with a key of its own."""
    return CardStep(
        id=CardStepId(uuid4()),
        account_id=ACCOUNT,
        change_id=change.id,
        kind=kind,
        state=OperationState.PLANNED,
        key=f"selfbill-{uuid4().hex}",
        target=target,
        amount=amount,
        link=None,
        failure=None,
        tries=0,
        first_sent_at=None,
        last_sent_at=None,
        moved_at=change.asked_at,
    )
