"""Ten people decide one request at once, half on the web, half in Slack: one effect, every loser is told."""

import asyncio
import random
from datetime import timedelta

import pytest

from billing.actors import SystemActor
from billing.asking import ask_refund
from billing.ids import RequestId, new_id
from billing.states import (
    Decision,
    ProductKind,
    RefundReason,
    RequestState,
    Surface,
)
from portal.forms import new_once_key
from tests.make import CHANNEL, START, Till, ask_no_code
from tests.people import bob, dana, erin
from tests.site import Browser, Site

RACES = 20  # in each of ten batches, on each engine
AT_ONCE = 2  # races side by side, so that they also meet one another
FIVE = 5
WON, LOST, UNAVAILABLE = 303, 409, 503
PATIENCE = 20  # a person who reads "not now, nothing was changed" tries again


async def _ask_many(site: Site, count: int) -> dict[RequestId, str]:
    """So many Manual refund requests, each for a payment of its own; by Order ID."""
    ctx, lumen = site.ctx, site.world.accounts["lumen"]
    await ask_no_code(ctx, site.world, Surface.HELPDESK)
    orders = [f"7{number:07d}" for number in range(count)]
    async with ctx.begin(lumen.id) as work:
        till = Till(work, site.world, lumen)
        product = await till.offer("Workbook", ProductKind.ONE_TIME, 30)
        for order in orders:
            await till.sell(bob, product, [(order, 2500, START - timedelta(days=1))])
    site.processor.seed(
        {
            "object": "charge",
            "id": site.world.charges[order],
            "created": int(START.timestamp()),
            "amount": 2500,
            "currency": "usd",
            "customer": "cus_bob",
        }
        for order in orders
    )
    asked = {}
    for order in orders:
        request = await ask_refund(
            ctx,
            site.world.payments[order],
            by=site.world.customer(bob, surface=Surface.HELPDESK),
            reason=RefundReason.CUSTOMER_REQUEST,
            message="",
            once_key=new_once_key(),
        )
        asked[request.id] = order
    await site.settle()
    return asked


async def _race(site: Site, desk: Browser, csrf: str, request_id: RequestId, says: str) -> int:
    """Five on the web and five in Slack; returns how many the web told that they won."""
    path = f"/lumen/desk/requests/{request_id.hex}"
    card = next(m for m in site.slack.messages(CHANNEL) if request_id.hex in str(m.blocks))
    answer = {"answer": "Sorry, no."} if says == "deny" else {"message": ""}
    fields = {"csrf": csrf, "from": "", **answer}

    async def on_web() -> int:
        for _ in range(PATIENCE):
            typed = {**fields, "once": new_once_key()}
            status = (await desk.post(f"{path}/{says}", typed, follow=False)).status
            if status != UNAVAILABLE:
                assert status in {WON, LOST}
                return status
        raise AssertionError("the web never had time")

    async def in_slack() -> int:
        for _ in range(PATIENCE):
            told = await site.slack.click(erin.slack, "request:approve", request_id.hex, message=card)
            if told.acked:
                return 0
        raise AssertionError("the bot never had time")

    acts = [*(on_web() for _ in range(FIVE)), *(in_slack() for _ in range(FIVE))]
    random.shuffle(acts)
    return (await asyncio.gather(*acts)).count(WON)


@pytest.mark.parametrize("batch", range(10))
async def test_of_ten_deciders_one_has_an_effect_and_nine_are_told(site_on_each: Site, batch: int) -> None:
    """One batch: ten of them are 200 races an engine, in parts that run side by side."""
    site = site_on_each
    asked = await _ask_many(site, RACES)
    desk = await site.sign_in_staff(dana)
    page = await desk.get(f"/lumen/desk/requests/{next(iter(asked)).hex}")
    csrf = page.forms()[-1].fields["csrf"]
    gate = asyncio.Semaphore(AT_ONCE)
    chooser = random.Random(random.random())  # pytest-randomly prints its seed

    async def one(request_id: RequestId) -> int:
        async with gate:
            says = chooser.choice(["approve", "deny"])
            return await _race(site, desk, csrf, request_id, says)

    won_on_web = sum(await asyncio.gather(*(one(request_id) for request_id in asked)))
    await site.settle()
    await _check(site, asked, won_on_web)


async def _check(site: Site, asked: dict[RequestId, str], won_on_web: int) -> None:
    lumen = site.world.accounts["lumen"]
    by = SystemActor(lumen.id, "test", new_id(RequestId).hex)
    decided_on_web = 0
    async with site.ctx.read(by.account_id) as work:
        for request_id, order in asked.items():
            request = await work.requests.get(request_id)
            (approval,) = await work.requests.list_approvals(request_id)
            is_yes = approval.says is Decision.YES
            assert request.state is (RequestState.DONE if is_yes else RequestState.DENIED)
            assert site.refunds(order) == ([2500] if is_yes else [])
            payment = await work.purchases.get_payment(site.world.payments[order])
            assert payment.reserved.minor == 0
            assert payment.refunded.minor == (2500 if is_yes else 0)
            decided_on_web += approval.by == f"staff:{site.world.staff[dana.name].hex}"
    assert decided_on_web == won_on_web
    # Of ten at each request one won; the web answered its losers itself, Slack whispered to its own.
    whispered = site.slack.told("already answered", erin.slack)
    won_in_slack = len(asked) - won_on_web
    assert whispered == FIVE * len(asked) - won_in_slack
