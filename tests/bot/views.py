"""Records made by hand, for drawing: nothing here is in a database."""

from datetime import UTC, datetime, timedelta

from billing.addresses import Addresses
from billing.hours import Snooze
from billing.ids import (
    AccountId,
    ApprovalId,
    CustomerId,
    EntryId,
    HelpdeskId,
    OperationId,
    PaymentId,
    ProductId,
    PurchaseId,
    RequestId,
    StaffId,
    SubscriptionId,
    TemplateId,
    TicketId,
    new_id,
)
from billing.merchant import AnswerTemplate
from billing.money import Currency, Money
from billing.records import (
    Account,
    Address,
    Approval,
    Customer,
    Entry,
    Helpdesk,
    Operation,
    Payment,
    PolicySnapshot,
    Product,
    Purchase,
    Request,
    Staff,
    Subscription,
    Ticket,
)
from billing.states import (
    Decision,
    EntryKind,
    Handling,
    OperationKind,
    OperationState,
    PaymentState,
    PlanName,
    ProductKind,
    RefundReason,
    RequestKind,
    RequestState,
    Role,
    SubscriptionState,
    Surface,
    TicketState,
)
from billing.views import RequestView, TicketView

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADDRESSES = Addresses("https://billing.example.com")
USD = Currency("USD")


def make_request(message: str, answer: str, state: RequestState, by: str) -> Request:
    """A refund request with these words in it."""
    return Request(
        id=new_id(RequestId),
        account_id=new_id(AccountId),
        reference="R-7K3M9QX2",
        kind=RequestKind.REFUND,
        state=state,
        surface=Surface.HELPDESK,
        helpdesk_id=new_id(HelpdeskId),
        customer_id=new_id(CustomerId),
        purchase_id=new_id(PurchaseId),
        payment_id=new_id(PaymentId),
        subscription_id=None,
        ticket_id=new_id(TicketId),
        amount=Money(14900, USD),
        reason=RefundReason.OTHER,
        message=message,
        policy=PolicySnapshot(Handling.MANUAL, 30, NOW, within_period=True, cancel_when=None),
        asked_at=NOW,
        moved_at=NOW,
        decided_at=NOW,
        decided_by="staff:1",
        decided_by_name=by,
        answer=answer,
        failure=message[:60] or None,
    )


def make_view(request: Request, product: str, email: str) -> RequestView:
    """Around it, a product and a customer so named."""
    of = request.account_id
    payment = Payment(
        id=new_id(PaymentId), account_id=of, purchase_id=request.purchase_id, customer_id=request.customer_id,
        order_id="40001001", state=PaymentState.SUCCEEDED, captured=Money(14900, USD), tax=Money(0, USD),
        refunded=Money(0, USD), reserved=Money(14900, USD), disputed=Money(0, USD), paid_at=NOW, number=None,
        processor_id="ch_1", buyer=Address(name="x"),
    )  # fmt: skip
    return RequestView(
        request=request,
        account=Account(
            of, "lumen", "lumen", "Lumen", PlanName.GROWTH, USD, "en", "UTC", Address(name="x"), "#123456"
        ),
        customer=Customer(request.customer_id, of, "Alice", email, None),
        product=Product(new_id(ProductId), of, product, product, ProductKind.ONE_TIME, 30),
        purchase=Purchase(request.purchase_id, of, request.customer_id, new_id(ProductId), None, NOW),
        payment=payment,
        subscription=None,
        operation=None,
        ticket=make_ticket(""),
        helpdesk=None,
        earlier=2,
    )


def make_ticket(subject: str) -> Ticket:
    """A ticket about this."""
    return Ticket(
        new_id(TicketId), new_id(AccountId), "T-2", new_id(HelpdeskId), None, new_id(CustomerId), None,
        subject, TicketState.OPEN, NOW, NOW,
    )  # fmt: skip


def make_entry(kind: EntryKind, by: str, message: str) -> Entry:
    """A line of a timeline."""
    verb = "request.denied" if kind is EntryKind.EVENT else "ticket.replied"
    return Entry(
        new_id(EntryId), new_id(AccountId), new_id(TicketId), kind, f"staff:{new_id(StaffId).hex}", by,
        message, verb, {"answer": message, "amount_minor": 100, "currency": "USD"}, NOW,
    )  # fmt: skip


def make_question(subject: str, message: str, email: str) -> TicketView:
    """A ticket without a request, with one message."""
    ticket = make_ticket(subject)
    customer = Customer(ticket.customer_id, ticket.account_id, "Alice", email, None)
    helpdesk = Helpdesk(
        ticket.helpdesk_id, ticket.account_id, "s", "S", "C1", billing_shown=True, archived_at=None
    )
    return TicketView(ticket, customer, helpdesk, (make_entry(EntryKind.MESSAGE, "Alice", message),))


def make_staff(name: str) -> Staff:
    """Somebody who decides."""
    return Staff(
        new_id(StaffId), new_id(AccountId), "e@example.com", name, Role.MANAGER, None, "", "en", True
    )


def make_answer(name: str, text: str) -> AnswerTemplate:
    """One that is kept."""
    return AnswerTemplate(new_id(TemplateId), new_id(AccountId), new_id(HelpdeskId), name, text)


def make_snooze(name: str) -> Snooze:
    """Until tomorrow."""
    until = NOW + timedelta(days=1)
    return Snooze(new_id(AccountId), new_id(TicketId), until, "staff:1", name, NOW)


def make_approval(request: Request, name: str, amount: Money) -> Approval:
    """Somebody's yes."""
    ids = (new_id(ApprovalId), request.account_id, request.id)
    return Approval(*ids, "staff:1", Decision.YES, NOW, amount=amount, by_name=name, answer="First.")


def make_operation(request: Request, state: OperationState) -> Operation:
    """What is done at the processor."""
    kind = OperationKind.REFUND
    return Operation(
        new_id(OperationId), request.account_id, request.id, kind, state, "key", request.payment_id,
        None, "ch_1", request.amount, 1, NOW, NOW, "re_3PxQ", None, NOW,
    )  # fmt: skip


def make_subscription(request: Request) -> Subscription:
    """What a cancellation ends."""
    return Subscription(
        new_id(SubscriptionId), request.account_id, request.customer_id, request.purchase_id,
        SubscriptionState.ACTIVE, NOW, None, "sub_1", None,
    )  # fmt: skip
