"""The key of the settings becomes the account's connection, and ends with them; events by its own secret."""

import asyncio
import json
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select

from billing.ids import AccountId, new_id
from billing.processing.records import Connection
from billing.states import ConnectionEnd
from portal.bad_signatures import MOST_IN_A_MINUTE, BadSignatures
from selfbill.own_processor import connect_own_processor, keep_own_processor
from selfbill.sandbox.processor.webhooks import sign
from selfbill.settings import Settings
from storage.bound import Bound
from storage.tables.ledger import inbox
from storage.tables.processing import event_counts
from tests.connected import WEBHOOK_SECRET
from tests.people import heidi
from tests.site import Outside, Site, settings_for

THEIR_SECRET = "whsec_of_the_rival"


def settings(site: Site, **more: Any) -> Settings:
    outside = Outside(site.processor, site.slack, site.mailbox)
    return settings_for("sqlite:///never.sqlite3", site.url, outside, **more)


def of_rival(site: Site, key: str) -> Settings:
    return settings(site, account="rival", stripe_key=key, stripe_webhook_secret=THEIR_SECRET)


async def live_of(site: Site, account_id: AccountId) -> Connection | None:
    async with site.ctx.read(account_id) as work:
        return await work.connections.find_live()


async def post(site: Site, slug: str, secret: str, **changed: Any) -> int:
    """The status of an event sent now."""
    told: dict[str, Any] = {"id": "evt_1", "object": "event", "type": "payout.paid", "livemode": True}
    told["data"] = {"object": {"id": "po_1", "object": "payout"}}
    body = json.dumps({**told, **changed}).encode()
    signature = sign(body, secret, int(site.clock().timestamp()))
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    url = f"{site.url}/hooks/processor/{slug}"
    async with aiohttp.ClientSession() as http, http.post(url, data=body, headers=headers) as answer:
        return answer.status


async def kept(site: Site, account_id: AccountId) -> list[tuple[str, bool, int]]:
    """Events counted by kind; as many as there are."""
    async with site.ctx.read(account_id) as work:
        assert isinstance(work.accounts, Bound)
        connection = work.accounts.connection
        mine = event_counts.c.account_id == account_id
        columns = (event_counts.c.kind, event_counts.c.is_ignored, event_counts.c.count)
        counts = await connection.execute(select(*columns).where(mine))
        stored = select(func.count()).select_from(inbox).where(inbox.c.account_id == account_id)
        counted = [(kind, bool(ignored), int(count)) for kind, ignored, count in counts]
        assert (await connection.execute(stored)).scalar_one() == sum(count for *_, count in counted)
    return counted


async def test_the_key_of_the_settings_is_connected_when_its_account_is_there(site: Site) -> None:
    key = site.processor.add_key(livemode=True)
    wanted = settings(site, account="later", stripe_key=key, stripe_webhook_secret=THEIR_SECRET)
    assert not await connect_own_processor(site.ctx, wanted)
    keeping = asyncio.create_task(keep_own_processor(site.ctx, wanted))
    account = replace(site.world.accounts["rival"], id=new_id(AccountId), slug="later", directory="later")
    async with site.ctx.begin(account.id) as work:
        await work.accounts.add(account)
    async with asyncio.timeout(30):
        await keeping
    await site.settle()
    live = await live_of(site, account.id)
    assert live is not None
    await keep_own_processor(site.ctx, wanted)  # as the next start does
    await site.settle()
    assert await live_of(site, account.id) == live


async def test_events_are_taken_in_by_the_accounts_own_secret_and_mode(site: Site) -> None:
    rival = site.world.accounts["rival"].id
    assert await post(site, "rival", THEIR_SECRET) == 404  # nothing is connected
    await connect_own_processor(site.ctx, of_rival(site, site.processor.add_key(livemode=True)))
    assert await post(site, "rival", THEIR_SECRET) == 404  # not before the key was checked
    await site.settle()
    for secret, changed in (
        (WEBHOOK_SECRET, {}),  # lumen's
        (THEIR_SECRET, {"livemode": False}),
        (THEIR_SECRET, {"account": "acct_of_another"}),
    ):
        assert await post(site, "rival", secret, **changed) == 400
    assert await post(site, "lumen", THEIR_SECRET, livemode=False) == 400
    assert await kept(site, rival) == []
    for number in range(3):
        for _ in range(2):
            assert await post(site, "rival", THEIR_SECRET, id=f"evt_{number}") == 204
    odd = {"type": "a.kind.nobody.knows", "data": {"object": {"id": "x", "object": "thing"}}}
    assert await post(site, "rival", THEIR_SECRET, id="evt_odd", **odd) == 204
    assert sorted(await kept(site, rival)) == [("a.kind.nobody.knows", True, 1), ("payout.paid", True, 3)]


async def test_what_the_settings_hold_no_more_is_disconnected(site: Site) -> None:
    rival = site.world.accounts["rival"].id
    wanted = of_rival(site, site.processor.add_key(livemode=True))
    await connect_own_processor(site.ctx, wanted)
    await site.settle()
    browser = await site.sign_in_staff(heidi)
    page = await browser.get("/rival/desk/payments")
    assert "This key is in the settings of the server" in page.text
    await connect_own_processor(site.ctx, settings(site, stripe_key=None, stripe_webhook_secret=None))
    assert await live_of(site, rival) is None
    async with site.ctx.read(rival) as work:
        last = await work.connections.find_last_live()
    assert last is not None
    assert last.ended_why is ConnectionEnd.DISCONNECTED
    assert await live_of(site, site.world.accounts["lumen"].id) is not None  # of people's making
    assert await post(site, "rival", THEIR_SECRET) == 404
    await connect_own_processor(site.ctx, wanted)  # they hold it again
    await site.settle()
    assert await live_of(site, rival) is not None


async def test_keys_are_in_no_page_and_no_log(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    key = site.processor.add_key(livemode=True)
    browser = await site.sign_in_staff(heidi)
    page = await browser.fill(
        "/rival/desk/payments/key", "payments/key", key=key, webhook_secret=THEIR_SECRET
    )
    await site.settle()
    pages = [page, *[await browser.get(f"/rival/desk/{each}") for each in ("payments", "journal", "start")]]
    assert "Connected" in pages[1].text
    assert "entered a key of the payment processor" in pages[2].text
    for secret in (key, THEIR_SECRET):
        assert not [each for each in pages if secret in each.html]
    written = capsys.readouterr()
    for secret in (key, THEIR_SECRET):
        assert secret not in written.out + written.err


def test_many_bad_signatures_in_a_minute_are_said_once() -> None:
    watched = BadSignatures()
    said = [watched.add("lumen", minute=7) for _ in range(3 * MOST_IN_A_MINUTE)]
    assert said.count(True) == 1
    assert said[MOST_IN_A_MINUTE]
    assert not watched.add("rival", minute=7)
    assert not watched.add("lumen", minute=8)
