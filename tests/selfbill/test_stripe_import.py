"""The command `import stripe`: what it needs, what it prints, and whom it refuses."""

from datetime import date
from pathlib import Path

import pytest

from billing.context import Context
from billing.processing.syncing import claim
from billing.states import ConnectionEnd
from selfbill.sandbox.processor.past import write_books
from selfbill.stripe_import import DONE, NOTHING_DONE, import_stripe
from tests.billing.processing.test_syncing import open_books


async def test_it_says_how_to_connect(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_books(sqlite_url, tmp_path) as books:
        ctx = books.shop.ctx
        assert await _run(ctx, "nobody", api=books.processor.url) == NOTHING_DONE
        async with ctx.begin(books.shop.account.id) as work:
            await work.connections.end(
                books.connection.id, books.connection.state, ConnectionEnd.DISCONNECTED, at=ctx.now()
            )
        assert await _run(ctx, "lumen", api=books.processor.url) == NOTHING_DONE
    said = capsys.readouterr().err
    assert "There is no account “nobody”." in said
    assert "open Payments, or set SELFBILL_STRIPE_KEY" in said


async def test_it_reports_what_was_made_and_refuses_a_second_one_meanwhile(
    sqlite_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with open_books(sqlite_url, tmp_path) as books:
        books.processor.seed(write_books(20, seed=1))
        books.processor.seed([{"object": "customer", "id": "cus_nobody", "created": 1, "name": "Nobody"}])
        ctx, api = books.shop.ctx, books.processor.url
        assert await _run(ctx, "lumen", api=api, since=date(2000, 1, 1)) == DONE
        assert await _run(ctx, "lumen", api=api) == DONE
        said = capsys.readouterr().out
        await claim(ctx, books.connection, holder="elsewhere/1/2/3", is_gone=lambda _: False, since=None)
        assert await _run(ctx, "lumen", api=api) == NOTHING_DONE
    assert "Charges" in said
    assert "Customers without an e-mail: 1." in said
    refused = capsys.readouterr().err
    assert "under way for this account (elsewhere/1/2/3" in refused
    assert "try again in 60 seconds" in refused


async def _run(ctx: Context, account: str, *, api: str, since: date | None = None) -> int:
    return await import_stripe(ctx, account, since=since, api=api)
