"""The audit: all agrees after whatever use cases did, and each planted fault is found, alone."""

import pytest
from sqlalchemy import Executable, delete, insert, update

from billing.auditing import audit_account
from billing.auditing_words import Broken
from billing.deciding import approve_request, deny_request
from billing.ids import EnvelopeId, new_id
from billing.records import Request
from billing.states import OperationState, RequestState, Surface
from selfbill.sandbox.processor.resources.refunds import settle_refund
from storage.bound import next_place
from storage.tables.helpdesks import tickets
from storage.tables.ledger import journal, outbox
from storage.tables.requests import approvals, operations, requests
from storage.tables.sales import payments, refunds
from tests.billing.bench import Bench
from tests.people import dana

_MANUAL = Surface.HELPDESK


async def approved(bench: Bench) -> Request:
    """Manual, said yes to, and done."""
    request = await bench.ask_refund(surface=_MANUAL)
    await approve_request(bench.ctx, request.id, by=bench.staff(dana))
    await bench.settle()
    return await bench.request(request.id)


async def test_a_past_and_what_was_asked_decided_and_done_agree(
    bench_on_each: Bench,
) -> None:
    bench = bench_on_each
    pages = [page async for page in audit_account(bench.ctx, bench.lumen.id)]
    assert sum(page.payments for page in pages) > 3
    assert (await approved(bench)).state is RequestState.DONE
    cancel = await bench.ask_cancel(surface=_MANUAL)
    await deny_request(bench.ctx, cancel.id, by=bench.staff(dana), answer="Not yet")
    await bench.ask_cancel()  # Automated, and not sent yet
    assert await bench.audit() == []


async def test_a_lost_answer_and_a_reversal_agree(bench: Bench) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("lost_after", method="POST", path="/v1/refunds")
    await bench.settle()
    assert (await bench.operation(request.id)).state is OperationState.UNKNOWN
    assert await bench.audit() == []
    await bench.settle(seconds=5)
    refund = (await bench.operation(request.id)).processor_id
    assert refund is not None
    settle_refund(bench.processor.state, refund, "failed")
    await bench.hear("refund", refund)
    assert (await bench.operation(request.id)).state is OperationState.REVERSED
    assert await bench.audit() == []


def _line(bench: Bench, request: Request, state: RequestState) -> Executable:
    """A line of the journal that no use case writes; the database lets lines come, and none go."""
    return insert(journal).values(
        account_id=bench.lumen.id,
        id=new_id(EnvelopeId),
        at=bench.clock(),
        by="system:test",
        origin="system",
        verb="request.moved",
        kind="request",
        subject=f"request:{request.id.hex}",
        facts={"state": state.value},
        trace_id="trace",
        place=next_place(),
    )


PLANTED: dict[str, tuple[set[Broken], Executable]] = {
    "another refunded sum": (
        {Broken.REFUNDED_SUM},
        update(payments).where(payments.c.refunded_minor > 0).values(refunded_minor=1),
    ),
    "money held by nobody": (
        {Broken.RESERVED_SUM},
        update(payments).where(payments.c.refunded_minor == 0).values(reserved_minor=1),
    ),
    "another state": (
        {Broken.OPERATION_STATE, Broken.JOURNAL},
        update(requests).values(state=RequestState.FAILED),
    ),
    "an operation that came back to life": (
        {Broken.OPERATION_STATE, Broken.NO_REFUND, Broken.NO_NEXT_TRY, Broken.JOURNAL},
        update(operations).values(state=OperationState.UNKNOWN),
    ),
    "nobody's yes": ({Broken.NO_APPROVAL}, delete(approvals)),
    "a refund lost": ({Broken.NO_REFUND, Broken.REFUNDED_SUM}, delete(refunds)),
    "another amount": (
        {Broken.REFUND_AMOUNT, Broken.REFUNDED_SUM},
        update(refunds).where(refunds.c.operation_id.is_not(None)).values(amount_minor=1),
    ),
    "a ticket about something else": ({Broken.TICKET}, update(tickets).values(request_id=None)),
}


@pytest.mark.parametrize("planted", PLANTED)
async def test_a_planted_fault_is_found(bench: Bench, planted: str) -> None:
    request = await approved(bench)
    wanted, statement = PLANTED[planted]
    await bench.change(statement)
    findings = await bench.audit()
    assert {each.what for each in findings} == wanted
    assert all(each.detail for each in findings)
    about = {each.subject for each in findings if each.what not in {Broken.REFUNDED_SUM, Broken.RESERVED_SUM}}
    assert about <= {request.reference}


async def test_a_move_where_no_arrow_leads_is_found(bench: Bench) -> None:
    request = await approved(bench)
    await bench.change(_line(bench, request, RequestState.DENIED), _line(bench, request, RequestState.DONE))
    assert {each.what for each in await bench.audit()} == {Broken.ARROW}


async def test_an_open_operation_that_nobody_will_try_is_found(bench: Bench) -> None:
    await bench.ask_refund()
    assert await bench.audit() == []
    await bench.change(update(outbox).values(delivered_at=bench.clock()))
    assert [each.what for each in await bench.audit()] == [Broken.NO_NEXT_TRY]
