"""Taking a declaration down: the request is kept first; then policy decides, or a ticket opens for people."""

from dataclasses import replace
from datetime import datetime

from billing import telling
from billing.acting import must_act_alone, who_acts
from billing.actors import CustomerActor, SystemActor
from billing.errors import NotFound, SwitchedOff
from billing.ids import ApprovalId, PaymentId, RequestId, SubscriptionId, TicketId, new_id, new_reference
from billing.money import Money
from billing.operations import plan_operation
from billing.ports import UnitOfWork
from billing.processing.holds import release_money
from billing.records import Approval, Payment, PolicySnapshot, Request, SelfBilling, Ticket
from billing.reminding import watch_ticket
from billing.slack.losing import mail_if_lost
from billing.states import (
    OPEN_REQUEST,
    CancelReason,
    Decision,
    Handling,
    RefundReason,
    RequestKind,
    RequestState,
    TicketState,
)
from billing.views import PurchaseView


async def surface_settings(work: UnitOfWork, by: CustomerActor) -> SelfBilling:
    """The settings of where the customer stands; a helpdesk that hides billing offers nothing."""
    if by.helpdesk_id is not None:
        helpdesk = await work.helpdesks.get(by.helpdesk_id)
        if helpdesk.archived_at is not None:
            raise NotFound
        if not helpdesk.billing_shown:
            raise SwitchedOff
    return await work.helpdesks.get_self_billing(by.surface, by.helpdesk_id)


def find_open(
    view: PurchaseView,
    *,
    payment_id: PaymentId | None = None,
    subscription_id: SubscriptionId | None = None,
) -> Request | None:
    """The open refund request of this payment, or the open cancel or undo of this subscription."""
    for request in view.requests:
        is_same = (request.payment_id, request.subscription_id) == (payment_id, subscription_id)
        if request.state in OPEN_REQUEST and is_same:
            return request
    return None


def declared(
    kind: RequestKind,
    request_id: RequestId,
    view: PurchaseView,
    snapshot: PolicySnapshot,
    *,
    by: CustomerActor,
    at: datetime,
) -> Request:
    """A pending request with the policy that held, before its reason and amount are filled in."""
    is_refund = kind is RequestKind.REFUND
    return Request(
        id=request_id,
        account_id=by.account_id,
        reference=new_reference("R"),
        kind=kind,
        state=RequestState.PENDING,
        surface=by.surface,
        helpdesk_id=by.helpdesk_id,
        customer_id=by.customer_id,
        purchase_id=view.purchase.id,
        payment_id=None,
        subscription_id=view.subscription.id if view.subscription and not is_refund else None,
        ticket_id=None,
        amount=None,
        reason="",
        message="",
        policy=snapshot,
        asked_at=at,
        moved_at=at,
        decided_at=None,
        decided_by=None,
        decided_by_name=None,
        answer="",
        failure=None,
        asked_by=by.acting.key if by.acting else None,
    )


def detailed(
    request: Request,
    *,
    reason: RefundReason | CancelReason | None,
    message: str,
    payment: Payment | None = None,
    amount: Money | None = None,
) -> Request:
    """The request with what the customer gave for it; payment and amount are a refund's."""
    return replace(
        request,
        payment_id=payment.id if payment else None,
        amount=amount,
        reason=reason.value if reason else "",
        message=message,
    )


async def take_down(
    work: UnitOfWork, request: Request, settings: SelfBilling, *, by: CustomerActor, at: datetime
) -> Request:
    """Keep the request; then policy decides at once, or a ticket opens for people to decide."""
    if by.acting is not None and _is_done_at_once(request):
        await must_act_alone(work, by.acting, request)
    await work.requests.add(request)
    await telling.mail_received(work, request, by=by, at=at)
    if request.policy.handling is Handling.MANUAL:
        request = await _open_ticket(work, request, settings, at=at)
    name, facts = await who_acts(work, by)
    facts = {**facts, "reason": request.reason}
    await telling.tell_step(work, request, "request.asked", by=by, by_name=name, at=at, facts=facts)
    if request.policy.handling is Handling.AUTOMATED:
        return await _decide_by_policy(work, request, by=by, at=at)
    await mail_if_lost(work, request, at=at, trace_id=by.trace_id)
    return request


def _is_done_at_once(request: Request) -> bool:
    return request.policy.handling is Handling.AUTOMATED and request.policy.within_period is not False


async def _open_ticket(work: UnitOfWork, request: Request, settings: SelfBilling, *, at: datetime) -> Request:
    assert settings.ticket_helpdesk_id is not None, "without a helpdesk Manual is blocked"
    ticket = Ticket(
        id=new_id(TicketId),
        account_id=request.account_id,
        reference=new_reference("T"),
        helpdesk_id=settings.ticket_helpdesk_id,
        department_id=settings.ticket_department_id,
        customer_id=request.customer_id,
        request_id=request.id,
        subject="",
        state=TicketState.OPEN,
        opened_at=at,
        moved_at=at,
    )
    await work.tickets.add(ticket)
    await work.requests.set_ticket(request.id, ticket.id)
    await watch_ticket(work, ticket.id, at)
    return replace(request, ticket_id=ticket.id)


async def _decide_by_policy(
    work: UnitOfWork, request: Request, *, by: CustomerActor, at: datetime
) -> Request:
    """Automated: within the period it is approved and its operation planned; outside it is denied at once."""
    rule = SystemActor(by.account_id, "policy", by.trace_id)
    is_yes = _is_done_at_once(request)
    to = RequestState.APPROVED if is_yes else RequestState.DENIED
    request = await work.requests.move(request.id, RequestState.PENDING, to, at=at, by=rule)
    says = Decision.YES if is_yes else Decision.NO
    await work.requests.add_approval(
        Approval(new_id(ApprovalId), by.account_id, request.id, rule.key, says, at)
    )
    await telling.tell_step(work, request, f"request.{to}", by=rule, by_name="", at=at)
    if is_yes:
        await plan_operation(work, request, by=rule, at=at)
    else:
        await release_money(work, request)
        await telling.mail_outcome(work, request, by=rule, at=at, turn="once")
    return request
