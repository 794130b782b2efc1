"""The control addresses refuse what they cannot do, and say why."""

from __future__ import annotations

import aiohttp
import pytest

from tests.selfbill.sandbox.processor_bench import open_bench


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("disputes", b"", 400),
        ("disputes", b"[]", 400),
        ("disputes", b'{"charge": {}}', 404),
        ("disputes", b'{"charge": "ch_once", "amount": "x"}', 400),
        ("disputes/du_x/close", b'{"status": "lost"}', 404),
        ("disputes/du_x/close", b'{"status": "tired"}', 400),
        ("refunds/re_x/settle", b'{"status": "succeeded"}', 404),
        ("refunds/re_x/settle", b"{", 400),
        ("subscriptions/sub_x/renew", b"", 404),
        ("subscriptions/sub_x/end", b"", 404),
        ("webhook", b"{}", 400),
        ("seed", b"\xff", 400),
        ("faults", b"\xff", 400),
    ],
)
async def test_what_cannot_be_done_is_refused(path: str, body: bytes, status: int) -> None:
    async with (
        open_bench() as bench,
        aiohttp.ClientSession() as session,
        session.post(f"{bench.sandbox.url}/_sandbox/{path}", data=body) as answer,
    ):
        assert answer.status == status
        assert (await answer.json())["error"]
        assert bench.sandbox.state.store.count("dispute") == 0


async def test_the_books_and_the_requests_can_be_looked_at() -> None:
    async with open_bench() as bench, aiohttp.ClientSession() as session:
        await bench.v1.refunds.create_async(
            {"charge": "ch_once", "amount": 400}, {"idempotency_key": "key-1"}
        )
        async with session.get(f"{bench.sandbox.url}/_sandbox/objects/refund?charge=ch_once") as answer:
            assert [each["amount"] for each in await answer.json()] == [400]
        async with session.get(f"{bench.sandbox.url}/_sandbox/requests") as answer:
            [seen] = await answer.json()
            assert (seen["method"], seen["path"], seen["status"], seen["key"]) == (
                "POST",
                "/v1/refunds",
                200,
                "key-1",
            )
