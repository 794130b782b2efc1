"""Staff decide: approve, deny, retry. The web desk and Slack call these, and nothing else decides."""

from datetime import datetime

from billing import policy, telling
from billing.actors import StaffActor
from billing.context import Context
from billing.declaring import find_open, release_money
from billing.errors import AlreadyDecided, NotOffered
from billing.ids import ApprovalId, RequestId, new_id
from billing.operations import plan_operation
from billing.policy import Blocked
from billing.ports import UnitOfWork
from billing.records import Approval, Request, Staff
from billing.states import Decision, RequestState, TicketState
from billing.texts import checked_text
from billing.views import RequestView


async def approve_request(
    ctx: Context, request_id: RequestId, *, by: StaffActor, answer: str = ""
) -> Request:
    """Staff say yes within their limit; its operation is planned and all concerned are told.

    Raises `AlreadyDecided` (who, when, state), `AboveLimit`, `OwnRequest`, `Forbidden`, `NotOffered`.
    """
    answer = checked_text("answer", answer, required=False)
    async with ctx.begin(by.account_id) as work:
        staff = await _must_decide(work, request_id, by=by)
        request = await work.requests.move(
            request_id,
            RequestState.PENDING,
            RequestState.APPROVED,
            at=ctx.now(),
            by=by,
            by_name=staff.name,
            answer=answer,
        )
        await _must_not_be_disputed(work, request)
        await _keep_approval(work, request, Decision.YES, by=by, at=ctx.now())
        facts = {"answer": answer}
        await telling.tell_step(
            work, request, "request.approved", by=by, by_name=staff.name, at=ctx.now(), facts=facts
        )
        await plan_operation(work, request, by=by, at=ctx.now())
        return request


async def consider_request(ctx: Context, request_id: RequestId, *, by: StaffActor) -> RequestView:
    """What a decider is shown before they decide; raises what deciding would raise now."""
    async with ctx.read(by.account_id) as work:
        await _must_decide(work, request_id, by=by)
        view = await work.requests.get_view(request_id)
    request = view.request
    if request.state is not RequestState.PENDING:
        who, when = request.decided_by_name or "", request.decided_at or request.moved_at
        raise AlreadyDecided(who=who, when=when, state=request.state)
    return view


async def deny_request(ctx: Context, request_id: RequestId, *, by: StaffActor, answer: str) -> Request:
    """Staff say no; `answer` is what the customer reads. Raises as `approve_request`, and `Invalid`."""
    answer = checked_text("answer", answer)
    async with ctx.begin(by.account_id) as work:
        staff = await _must_decide(work, request_id, by=by)
        request = await work.requests.move(
            request_id,
            RequestState.PENDING,
            RequestState.DENIED,
            at=ctx.now(),
            by=by,
            by_name=staff.name,
            answer=answer,
        )
        await release_money(work, request)
        await _keep_approval(work, request, Decision.NO, by=by, at=ctx.now())
        await telling.move_ticket(work, request, TicketState.CLOSED, at=ctx.now())
        facts = {"answer": answer}
        await telling.tell_step(
            work, request, "request.denied", by=by, by_name=staff.name, at=ctx.now(), facts=facts
        )
        await telling.mail_outcome(work, request, by=by, at=ctx.now(), turn="once")
        return request


async def retry_request(ctx: Context, request_id: RequestId, *, by: StaffActor) -> Request:
    """After a proven failure: a new operation with a new key, for the money that is still left.

    Raises as `approve_request`, and `AlreadyPending` if the customer has asked anew since.
    """
    async with ctx.begin(by.account_id) as work:
        staff = await _must_decide(work, request_id, by=by)
        await _must_not_be_asked_anew(work, request_id)
        request = await work.requests.move(
            request_id,
            RequestState.FAILED,
            RequestState.APPROVED,
            at=ctx.now(),
            by=by,
            by_name=staff.name,
        )
        if request.payment_id is not None and request.amount is not None:
            await work.purchases.reserve(request.payment_id, request.amount)
        await _must_not_be_disputed(work, request)
        await _keep_approval(work, request, Decision.YES, by=by, at=ctx.now())
        await telling.tell_step(work, request, "request.retried", by=by, by_name=staff.name, at=ctx.now())
        await plan_operation(work, request, by=by, at=ctx.now())
        return request


async def _must_decide(work: UnitOfWork, request_id: RequestId, *, by: StaffActor) -> Staff:
    """Role and limit as they are at this moment, read inside the transaction."""
    staff = await work.staff.get(by.staff_id)
    request = await work.requests.get(request_id)
    emails = await work.customers.list_email_keys(request.customer_id)
    policy.must_decide(staff, request, emails)
    return staff


async def _must_not_be_disputed(work: UnitOfWork, request: Request) -> None:
    if request.payment_id is not None:
        payment = await work.purchases.get_payment(request.payment_id)
        if payment.disputed:
            raise NotOffered(why=Blocked.DISPUTED)


async def _must_not_be_asked_anew(work: UnitOfWork, request_id: RequestId) -> None:
    request = await work.requests.get(request_id)
    view = await work.purchases.get_view(request.purchase_id)
    anew = find_open(view, payment_id=request.payment_id, subscription_id=request.subscription_id)
    if anew is not None and anew.id != request_id:
        policy.must_be_offered(None, anew)


async def _keep_approval(
    work: UnitOfWork, request: Request, says: Decision, *, by: StaffActor, at: datetime
) -> None:
    approval = Approval(new_id(ApprovalId), by.account_id, request.id, by.key, says, at)
    await work.requests.add_approval(approval)
