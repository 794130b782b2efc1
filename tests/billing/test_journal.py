"""Every act is in the journal, and no secret is in it, in the outbox or in the logs."""

import json
import logging
from dataclasses import replace
from functools import partial

import pytest
from sqlalchemy import select

from billing import asking, staff_signin, tickets
from billing.deciding import approve_request, deny_request, retry_request
from billing.errors import WrongCode, WrongPair
from billing.self_billing import set_self_billing
from billing.states import Surface
from storage.tables.ledger import journal, outbox
from storage.tables.visits import budgets, codes, visits
from tests.billing.bench import Bench
from tests.billing.visitor import Visitor, wrong
from tests.people import alice, bob, dana

CANARY = "a canary that must not sing 7731"


async def act_all(bench: Bench) -> list[str]:
    """Everything once; returns the secrets that were about."""
    ctx, staff = bench.ctx, bench.staff(dana)
    visitor, by = Visitor(bench, browser=CANARY), bench.customer(proved=False)
    first = await visitor.enter()
    await visitor.ask_code(by)
    code = await visitor.newest_code()
    with pytest.raises(WrongCode):
        await visitor.prove(first.visit, wrong(code), by)
    second = await visitor.prove(first.visit, code, by)
    await visitor.ask_order_ids()
    sign_in = partial(staff_signin.sign_in_staff, ctx, bench.lumen.id, client="::1", trace_id="t")
    at_desk = await sign_in(email=dana.email, password=dana.password)
    with pytest.raises(WrongPair):
        await sign_in(email=dana.email, password=CANARY)
    denied = await bench.ask_refund("40001003", surface=Surface.HELPDESK)
    await deny_request(ctx, denied.id, by=staff, answer="No.")
    withdrawn = await bench.ask_refund("40001003", surface=Surface.HELPDESK)
    await asking.withdraw_request(ctx, withdrawn.id, by=bench.customer())
    approved = await bench.ask_refund(surface=Surface.HELPDESK)
    await approve_request(ctx, approved.id, by=staff)
    bench.processor.state.faults.add("lost_after", method="POST", path="/v1/refunds")
    await bench.settle()
    await bench.settle(seconds=5)
    failed = await bench.ask_refund(bob.order_id, by=bench.customer(bob))
    bench.processor.state.faults.add("refund_unfunded")
    await bench.settle()
    await retry_request(ctx, failed.id, by=staff)
    await bench.settle()
    customer = bench.customer(surface=Surface.HELPDESK)
    ticket = await tickets.open_ticket(
        ctx, by=customer, subject="S", text="T", department_id=None, once_key="o"
    )
    await tickets.reply_ticket(ctx, ticket.id, by=staff, text="R", once_key="r")
    await tickets.add_note(ctx, ticket.id, by=staff, text="N", once_key="n")
    await tickets.close_ticket(ctx, ticket.id, by=staff)
    await set_self_billing(ctx, replace(await bench.settings(), invoices=False), by=staff)
    await bench.hear("refund", "re_unknown")
    return [code, first.token, second.token, at_desk.token, dana.password, CANARY, bench.processor.secret_key]


async def test_every_act_is_in_the_journal(bench: Bench) -> None:
    await act_all(bench)
    assert {
        "visit.began",
        "visit.proved",
        "request.asked",
        "request.approved",
        "request.denied",
        "request.withdrawn",
        "request.retried",
        "operation.sent",
        "operation.unknown",
        "operation.succeeded",
        "operation.failed",
        "ticket.opened",
        "ticket.replied",
        "ticket.noted",
        "ticket.closed",
        "self_billing.set",
        "event.taken_in",
    } <= await bench.journal_verbs()
    rows = await bench.rows(select(journal.c.by, journal.c.origin, journal.c.trace_id))
    assert all(by and origin and trace_id for by, origin, trace_id in rows)
    actors = {by.split(":")[0] for by, _, _ in rows}
    assert actors == {"customer", "staff", "system"}


async def test_no_secret_is_written_down(bench: Bench, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="billing")
    secrets = await act_all(bench)
    for table in (journal, outbox, visits, codes, budgets):
        rows = await bench.rows(select(table))
        written = json.dumps([list(row) for row in rows], default=str)
        assert rows
        assert not [secret for secret in secrets if secret in written], table.name
        if table is budgets:
            assert alice.email not in written
    assert not [secret for secret in secrets if secret in caplog.text]
