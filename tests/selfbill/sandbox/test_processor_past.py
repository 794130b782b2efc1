"""A past loaded into the sandbox's processor: once, whole, and still there after a restart."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from selfbill.sandbox.processor import ProcessorSandbox
from selfbill.sandbox.processor.past import write_books
from tests.selfbill.sandbox.processor_bench import DAY, PAST, SECOND, open_bench, open_client

CHARGE = {"object": "charge", "amount": 5900, "currency": "USD", "created": SECOND - DAY}


async def test_a_past_is_loaded_once() -> None:
    async with open_bench() as bench:
        await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 400})
        report = bench.sandbox.seed([*PAST, {**CHARGE, "id": "ch_new"}])
        assert (report.added, report.known) == (1, len(PAST))
        assert (await bench.v1.charges.retrieve_async("ch_once")).amount_refunded == 400


async def test_a_charge_refunded_in_the_past_has_its_refunds() -> None:
    async with open_bench() as bench:
        refunds = [{"id": "re_1", "amount": 900, "created": SECOND - 5}, {"id": "re_2", "amount": 100}]
        bench.sandbox.seed(
            [
                {**CHARGE, "id": "ch_a", "refunds": refunds},
                {**CHARGE, "id": "ch_b", "amount_refunded": 5900},
                {**CHARGE, "id": "ch_c", "disputed": True},
                {**CHARGE, "id": "ch_d", "status": "failed"},
            ]
        )
        first, second = [await bench.v1.charges.retrieve_async(f"ch_{each}") for each in "ab"]
        assert (first.amount_refunded, second.refunded) == (1000, True)
        listed = await bench.v1.refunds.list_async({"charge": "ch_a"})
        assert [each.id for each in listed.data] == [
            "re_1",
            "re_2",
        ]
        for charge_id in ("ch_b", "ch_c", "ch_d"):
            with pytest.raises(Exception, match=charge_id):
                await bench.v1.refunds.create_async({"charge": charge_id})


async def post_lines(sandbox: ProcessorSandbox, body: bytes) -> tuple[int, Any]:
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{sandbox.url}/_sandbox/seed", data=body) as answer,
    ):
        return answer.status, await answer.json()


async def test_lines_are_loaded_over_http() -> None:
    async with ProcessorSandbox() as sandbox:
        charges = [{**CHARGE, "id": f"ch_{number}"} for number in range(1200)]
        lines = b"".join(json.dumps(each).encode() + b"\n" for each in charges)
        assert await post_lines(sandbox, lines) == (200, {"added": 1200, "known": 0})
        assert await post_lines(sandbox, lines) == (200, {"added": 0, "known": 1200})


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b"{", "line 2 is not JSON"),
        (b"[]", "line 2 is not an object"),
        (b'{"object": "charge", "id": "ch_2"}', "created"),
        (b'{"object": "unicorn", "id": "u_2"}', "unicorn"),
        (b'{"object": "charge"}', "id"),
    ],
)
async def test_a_bad_line_is_named_and_its_batch_left_out(line: bytes, says: str) -> None:
    async with ProcessorSandbox() as sandbox:
        good = json.dumps({**CHARGE, "id": "ch_1"}).encode()
        status, answer = await post_lines(sandbox, good + b"\n" + line + b"\n")
        assert (status, says in answer["error"]) == (400, True)
        assert sandbox.state.store.count("charge") == 0


async def test_everything_is_found_after_a_restart(tmp_path: Path) -> None:
    async with open_bench(tmp_path) as bench:
        refund = await bench.v1.refunds.create_async({"charge": "ch_once", "amount": 400})
    async with ProcessorSandbox(data=tmp_path) as sandbox, open_client(sandbox) as sdk:
        found = await sdk.v1.refunds.list_async({"charge": "ch_once"})
        assert [each.id for each in found.data] == [refund.id]


async def test_books_of_any_size_are_the_same_each_time_and_all_load(tmp_path: Path) -> None:
    lines = list(write_books(1500, seed=3, now=SECOND))
    assert lines == list(write_books(1500, seed=3, now=SECOND))
    async with ProcessorSandbox(data=tmp_path) as sandbox:
        report = sandbox.seed(lines)
        count = sandbox.state.store.count
        assert (report.added, report.known, count("charge")) == (len(lines), 0, 1500)
        assert all(count(kind) > 5 for kind in ("subscription", "invoice", "refund", "dispute", "product"))
        charges = sandbox.state.every("charge", limit=2000)
        assert {"failed", "succeeded"} == {each["status"] for each in charges}
        assert any(each["paid"] and not each["captured"] for each in charges)
        assert any(each["customer"] is None for each in charges)
        assert all(each["created"] < SECOND for each in charges)
        emails = [each["email"] for each in sandbox.state.every("customer", limit=2000)]
        assert len(emails) > len(set(emails)) > 1
        assert any(each["status"] == "open" for each in sandbox.state.every("invoice", limit=2000))


async def test_a_line_tells_all_that_happened_to_a_charge() -> None:
    told = {
        "price": {"product": "Course", "unit_amount": 5900, "currency": "USD"},
        "customer": "cus_alice",
        "tax": 900,
        "refunds": [{"id": "re_1", "amount": 900, "status": "failed"}, {"id": "re_2", "amount": 100}],
        "disputes": [{"id": "du_1", "amount": 2000, "status": "needs_response"}],
    }
    async with open_bench() as bench:
        bench.sandbox.seed(
            [{**CHARGE, **told, "id": "ch_a"}, {**CHARGE, "id": "ch_b", "payment_intent": None}]
        )
        charge = await bench.v1.charges.retrieve_async("ch_a")
        assert (charge.amount_refunded, charge.disputed) == (100, True)
        payments = await bench.v1.invoice_payments.list_async(
            {"payment": {"type": "payment_intent", "payment_intent": "pi_a"}, "expand": ["data.invoice"]}
        )
        invoice = payments.data[0].invoice
        assert (invoice.total, invoice.total_taxes[0].amount, invoice.parent) == (5900, 900, None)
        assert invoice.lines.data[0].description == "1 × Course"
        assert (await bench.v1.charges.retrieve_async("ch_b")).payment_intent is None


async def test_an_overdue_invoice_of_the_past_can_be_paid() -> None:
    due = {"object": "invoice", "id": "in_due", "created": SECOND, "amount": 3900, "currency": "USD"}
    async with open_bench() as bench:
        bench.sandbox.seed([{**due, "customer": "cus_alice", "subscription": "sub_gold"}])
        bench.sandbox.set_subscription("sub_gold", status="past_due")
        assert (await bench.v1.invoices.pay_async("in_due")).status == "paid"
        assert (await bench.v1.subscriptions.retrieve_async("sub_gold")).status == "active"


async def test_it_stops_at_once_even_with_a_request_in_hand() -> None:
    async with ProcessorSandbox() as sandbox, aiohttp.ClientSession() as session:
        hang = sandbox.state.faults.add("hang", path="/v1/account")
        headers = {"Authorization": f"Bearer {sandbox.secret_key}"}
        hung = asyncio.ensure_future(session.get(f"{sandbox.url}/v1/account", headers=headers))
        await hang.arrived.wait()
        async with asyncio.timeout(10):  # it would hang for ever
            await sandbox.stop()
        with pytest.raises(aiohttp.ClientError):
            await hung
