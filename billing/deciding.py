"""Staff decide: approve, deny, retry. The web desk and Slack call these, and nothing else decides."""

from billing import approving, policy, telling
from billing.actors import StaffActor
from billing.approving import Yes, keep_approval, must_decide, must_not_be_disputed
from billing.context import Context
from billing.declaring import find_open
from billing.errors import Forbidden
from billing.ids import ApprovalId, RequestId
from billing.money import Money
from billing.operations import plan_operation
from billing.ports import UnitOfWork
from billing.processing.holds import release_money
from billing.records import Request
from billing.reminding import unwatch
from billing.states import Decision, RequestState, TicketState
from billing.texts import checked_text
from billing.views import RequestView


async def approve_request(
    ctx: Context,
    request_id: RequestId,
    *,
    by: StaffActor,
    answer: str = "",
    amount: Money | None = None,
    second_to: ApprovalId | None = None,
) -> Request:
    """Staff say yes within their limit to all that was asked, or to `amount` of it; its operation is planned.

    Where it takes two people, the first yes leaves it pending; a second person's to the same amount approves
    it, to another amount is a new first. `second_to` is the yes that a button showed, and means its amount.
    Raises `AlreadyDecided` (who, when, state), `NeedsAnother` (amount, when), `Invalid` (amount, answer),
    `AboveLimit`, `OwnRequest`, `ActedFor`, `Forbidden`, `NotOffered`, `OnHold` (dispute, since).
    """
    answer = checked_text("answer", answer, required=False)
    async with ctx.begin(by.account_id) as work:
        yes = await approving.weigh_yes(
            work, request_id, by=by, answer=answer, amount=amount, second_to=second_to
        )
        if not yes.is_enough:
            return await approving.keep_first(work, request_id, yes, by=by, at=ctx.now())
        request = await approving.approve(work, request_id, yes, by=by, at=ctx.now())
        await plan_operation(work, request, by=by, at=ctx.now())
        return request


async def consider_request(ctx: Context, request_id: RequestId, *, by: StaffActor) -> RequestView:
    """What a decider is shown before they decide; raises what deciding would raise now."""
    async with ctx.read(by.account_id) as work:
        view = await work.requests.get_view(request_id)
        await must_decide(work, view.request, by=by)
    policy.must_be_pending(view.request)
    return view


async def look_at_request(ctx: Context, request_id: RequestId, *, by: StaffActor) -> RequestView:
    """What those are shown who handle a waiting request without deciding it, whatever their limit.

    Raises `Forbidden` for a viewer, `AlreadyDecided` (who, when, state), `NotFound`.
    """
    async with ctx.read(by.account_id) as work:
        view = await work.requests.get_view(request_id)
        if not policy.can_decide(await work.staff.get(by.staff_id)):
            raise Forbidden
    policy.must_be_pending(view.request)
    return view


async def deny_request(ctx: Context, request_id: RequestId, *, by: StaffActor, answer: str) -> Request:
    """Staff say no; `answer` is what the customer reads. One no ends it, whoever had said yes.

    Raises as `approve_request`, and `Invalid`.
    """
    answer = checked_text("answer", answer)
    async with ctx.begin(by.account_id) as work:
        staff = await must_decide(work, await work.requests.get(request_id), by=by)
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
        no = Yes(staff, request.amount, None, is_enough=True, answer=answer)
        await keep_approval(work, request, no, Decision.NO, by=by, at=ctx.now())
        await telling.move_ticket(work, request, TicketState.CLOSED, at=ctx.now())
        await unwatch(work, request.ticket_id)
        facts = {"answer": answer}
        await telling.tell_step(
            work, request, "request.denied", by=by, by_name=staff.name, at=ctx.now(), facts=facts
        )
        await telling.mail_outcome(work, request, by=by, at=ctx.now(), turn="once")
        return request


async def retry_request(ctx: Context, request_id: RequestId, *, by: StaffActor) -> Request:
    """After a proven failure: a new operation with a new key, for what was approved, once more.

    Raises as `approve_request`, and `AlreadyPending` if the customer has asked anew since.
    """
    async with ctx.begin(by.account_id) as work:
        request = await work.requests.get(request_id)
        staff = await must_decide(work, request, by=by)
        await _must_not_be_asked_anew(work, request)
        request = await work.requests.move(
            request_id,
            RequestState.FAILED,
            RequestState.APPROVED,
            at=ctx.now(),
            by=by,
            by_name=staff.name,
        )
        await must_not_be_disputed(work, request)
        if request.payment_id is not None and request.refund_amount is not None:
            await work.purchases.reserve(request.payment_id, request.refund_amount)
        await unwatch(work, request.ticket_id)
        again = Yes(staff, request.refund_amount, None, is_enough=True, answer="")
        await keep_approval(work, request, again, Decision.YES, by=by, at=ctx.now())
        await telling.tell_step(work, request, "request.retried", by=by, by_name=staff.name, at=ctx.now())
        await plan_operation(work, request, by=by, at=ctx.now())
        return request


async def _must_not_be_asked_anew(work: UnitOfWork, request: Request) -> None:
    view = await work.purchases.get_view(request.purchase_id)
    anew = find_open(view, payment_id=request.payment_id, subscription_id=request.subscription_id)
    if anew is not None and anew.id != request.id:
        policy.must_be_offered(None, anew)
