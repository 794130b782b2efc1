"""Saying yes, within a use case's transaction: who may, to how much, and whether one person is enough."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing import policy, telling
from billing.actors import StaffActor
from billing.errors import NotFound, NotOffered
from billing.ids import ApprovalId, RequestId, StaffId, new_id
from billing.money import Money
from billing.policy import Blocked
from billing.ports import UnitOfWork
from billing.processing.holds import must_not_be_held
from billing.records import Approval, Payment, Request, Staff
from billing.reminding import unwatch
from billing.states import Decision, RequestState


@dataclass(frozen=True, slots=True)
class Yes:
    """One person's yes, before it is written: to how much, and whether it approves the request."""

    staff: Staff
    amount: Money | None
    first: Approval | None  # somebody else's to the same amount
    is_enough: bool
    answer: str  # what the customer reads: their own words, else those of the first


async def weigh_yes(
    work: UnitOfWork,
    request_id: RequestId,
    *,
    by: StaffActor,
    answer: str,
    amount: Money | None,
    second_to: ApprovalId | None,
) -> Yes:
    """Holds the request, so that two who say yes at once are first and second, whoever of them is which.

    Raises `Forbidden` and its kin, `Invalid` (amount), `NeedsAnother` (amount, when), `OnHold`.
    """
    request = await work.requests.hold(request_id)
    staff = await must_decide(work, request, by=by)
    await must_not_be_held(work, request)
    approvals = await work.requests.list_approvals(request_id)
    named = _amount_of(approvals, second_to)
    amount = policy.amount_to_approve(request, named if amount is None else amount)
    first = await _first_that_holds(work, request, policy.first_yes(request, approvals))
    paid = await find_payment(work, request)
    account = await work.accounts.get()
    is_enough = policy.is_enough(account, request, paid, amount, first, by=by.key)
    seconded = first if is_enough and first is not None and first.amount == amount else None
    return Yes(staff, amount, seconded, is_enough, answer or (seconded.answer if seconded else ""))


def _amount_of(approvals: Sequence[Approval], approval_id: ApprovalId | None) -> Money | None:
    """What somebody said yes to; raises `NotFound` for a yes that was never said to this request."""
    if approval_id is None:
        return None
    found = next((each for each in approvals if each.id == approval_id), None)
    if found is None:
        raise NotFound
    return found.amount


async def _first_that_holds(work: UnitOfWork, request: Request, first: Approval | None) -> Approval | None:
    """Whoever may no longer decide this, or no longer works here, has not said yes to it either."""
    if first is None:
        return None
    staff = await work.staff.get(StaffId(UUID(hex=first.by.removeprefix("staff:"))))
    emails = await work.customers.list_email_keys(request.customer_id)
    right = policy.decide_right(await work.accounts.get(), staff, request, emails)
    return first if right.may else None


async def must_decide(work: UnitOfWork, request: Request, *, by: StaffActor) -> Staff:
    """Role and limit as they are at this moment, read inside the transaction."""
    staff = await work.staff.get(by.staff_id)
    emails = await work.customers.list_email_keys(request.customer_id)
    policy.must_decide(await work.accounts.get(), staff, request, emails)
    return staff


async def find_payment(work: UnitOfWork, request: Request) -> Payment | None:
    """The payment whose money is asked back, as it is now; None unless a refund."""
    return None if request.payment_id is None else await work.purchases.get_payment(request.payment_id)


async def must_not_be_disputed(work: UnitOfWork, request: Request) -> None:
    """The bank decides about disputed money; raises `NotOffered`."""
    payment = await find_payment(work, request)
    if payment is not None and payment.disputed:
        raise NotOffered(why=Blocked.DISPUTED)


async def keep_first(
    work: UnitOfWork, request_id: RequestId, yes: Yes, *, by: StaffActor, at: datetime
) -> Request:
    """The first yes of two: the request goes on waiting, for a second person. Raises `AlreadyDecided`."""
    assert yes.amount is not None, "only refunds take two people"
    request = await work.requests.propose(request_id, yes.amount)
    await must_not_be_disputed(work, request)
    await keep_approval(work, request, yes, Decision.YES, by=by, at=at)
    facts = {**telling.money_facts(yes.amount, request.amount), "answer": yes.answer}
    await telling.tell_step(
        work, request, "request.half_approved", by=by, by_name=yes.staff.name, at=at, facts=facts
    )
    return request


async def approve(
    work: UnitOfWork, request_id: RequestId, yes: Yes, *, by: StaffActor, at: datetime
) -> Request:
    """It is approved; what was asked beyond the approved amount is free again. Raises `AlreadyDecided`."""
    request = await work.requests.move(
        request_id,
        RequestState.PENDING,
        RequestState.APPROVED,
        at=at,
        by=by,
        by_name=yes.staff.name,
        answer=yes.answer,
        approved=yes.amount,
    )
    await must_not_be_disputed(work, request)
    await _release_the_rest(work, request)
    await unwatch(work, request.ticket_id)
    await keep_approval(work, request, yes, Decision.YES, by=by, at=at)
    facts: dict[str, str | int | bool | None] = {"answer": yes.answer}
    if yes.first is not None:
        facts["first_name"] = yes.first.by_name
    await telling.tell_step(
        work, request, "request.approved", by=by, by_name=yes.staff.name, at=at, facts=facts
    )
    return request


async def _release_the_rest(work: UnitOfWork, request: Request) -> None:
    if request.payment_id is None or request.amount is None or request.refund_amount is None:
        return
    rest = request.amount - request.refund_amount
    if rest:
        await work.purchases.release(request.payment_id, rest)


async def keep_approval(
    work: UnitOfWork, request: Request, yes: Yes, says: Decision, *, by: StaffActor, at: datetime
) -> None:
    """One person's yes or no, kept with what it was to."""
    await work.requests.add_approval(
        Approval(
            new_id(ApprovalId),
            by.account_id,
            request.id,
            by.key,
            says,
            at,
            amount=yes.amount,
            by_name=yes.staff.name,
            answer=yes.answer,
        )
    )
