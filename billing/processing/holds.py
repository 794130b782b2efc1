"""Pending refund requests that wait for a bank: held, let go on, or ended by what it decided."""

from datetime import datetime

from billing import telling
from billing.actors import SystemActor
from billing.errors import OnHold
from billing.outcomes import fail, reopen_ticket
from billing.ports import UnitOfWork
from billing.processing.elsewhere import close_as_done, is_planned
from billing.processing.records import Dispute, Hold
from billing.records import Payment, Request
from billing.reminding import unwatch
from billing.states import DISPUTED, DisputeState, RequestState, TicketState


async def must_not_be_held(work: UnitOfWork, request: Request) -> None:
    """The bank decides first; raises `OnHold` (dispute, since)."""
    hold = await work.disputes.find_hold(request.id)
    if hold is not None:
        disputes = await work.disputes.list_of(hold.payment_id)
        named = next((each.processor_id for each in disputes if each.state in DISPUTED), "")
        raise OnHold(dispute=named, since=hold.since)


async def release_money(work: UnitOfWork, request: Request) -> None:
    """Give back what a refund request had reserved; one that is held has let go of it already."""
    if request.payment_id is None or request.amount is None:
        return
    if not await work.disputes.drop_hold(request.id):
        await work.purchases.release(request.payment_id, request.amount)


async def follow_disputes(work: UnitOfWork, request: Request, *, by: SystemActor, at: datetime) -> bool:
    """What all disputes of its payment mean for a held open request; whether anything was told of it."""
    assert request.payment_id is not None
    disputes = await work.disputes.list_of(request.payment_id)
    is_disputed = any(each.state in DISPUTED for each in disputes)
    if request.state is RequestState.APPROVED:
        return await _stop(work, request, by=by, at=at) if is_disputed else False
    if request.state is not RequestState.PENDING:
        return False
    if any(each.state is DisputeState.LOST for each in disputes):
        await _deny(work, request, by=by, at=at)
        return True
    is_held = await work.disputes.find_hold(request.id) is not None
    if is_disputed and not is_held:
        await _hold(work, request, disputes[-1], by=by, at=at)
    elif is_held and not is_disputed:
        await _let_go_on(work, request, by=by, at=at)
    return is_disputed is not is_held


async def _stop(work: UnitOfWork, request: Request, *, by: SystemActor, at: datetime) -> bool:
    """Approved, and nothing was sent yet: nothing is."""
    operation = await work.operations.find_latest(request.id)
    if operation is None or not is_planned(operation):
        return False
    await fail(work, operation, "charge_disputed", by=by, at=at)
    return True


async def _hold(
    work: UnitOfWork, request: Request, dispute: Dispute, *, by: SystemActor, at: datetime
) -> None:
    assert request.payment_id is not None
    assert request.amount is not None
    await work.disputes.put_hold(Hold(request.account_id, request.id, request.payment_id, at))
    await work.purchases.release(request.payment_id, request.amount)
    await unwatch(work, request.ticket_id)
    facts = {"processor_id": dispute.processor_id}
    await telling.tell_step(work, request, "request.held", by=by, by_name="", at=at, facts=facts)
    turn = f"held:{dispute.processor_id}"
    await telling.mail_outcome(work, request, by=by, at=at, turn=turn)


async def _let_go_on(work: UnitOfWork, request: Request, *, by: SystemActor, at: datetime) -> None:
    """The money is the merchant's again, and held for the request as before.

    Unless it went back in another way meanwhile, as an export may tell: then the request was met so.
    """
    assert request.payment_id is not None
    assert request.amount is not None
    payment = await work.purchases.get_payment(request.payment_id)
    if request.amount > payment.left:
        await _close_as_met(work, request, payment, by=by, at=at)
        return
    await work.purchases.reserve(request.payment_id, request.amount)
    await work.disputes.drop_hold(request.id)
    await reopen_ticket(work, request, at=at)
    await telling.tell_step(work, request, "request.unheld", by=by, by_name="", at=at)
    await telling.mail_outcome(work, request, by=by, at=at, turn=f"unheld:{at.isoformat()}")


async def _close_as_met(
    work: UnitOfWork, request: Request, payment: Payment, *, by: SystemActor, at: datetime
) -> None:
    """By the newest refund of its payment that stayed; nothing is sent."""
    view = await work.purchases.get_view(payment.purchase_id)
    met_by = next(each for each in view.refunds if each.payment_id == payment.id and each.reversed_at is None)
    await close_as_done(
        work, request, processor_id=met_by.processor_id, by=by, at=at, went_back=payment.refunded
    )


async def _deny(work: UnitOfWork, request: Request, *, by: SystemActor, at: datetime) -> None:
    """The customer has the money back from their bank; pages and mails say so by who denied it."""
    request = await work.requests.move(
        request.id, RequestState.PENDING, RequestState.DENIED, at=at, by=by, by_name=""
    )
    await release_money(work, request)
    await telling.move_ticket(work, request, TicketState.CLOSED, at=at)
    await unwatch(work, request.ticket_id)
    await telling.tell_step(work, request, "request.lost_to_bank", by=by, by_name="", at=at)
    await telling.mail_outcome(work, request, by=by, at=at, turn="once")
