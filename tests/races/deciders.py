"""Ten people decide one request at once, half on the web, half in Slack; what must hold after it."""

import asyncio
import random
import re
from collections.abc import Iterable

from billing.actors import SystemActor
from billing.asking import ask_refund
from billing.ids import RequestId, new_id
from billing.states import (
    Decision,
    RefundReason,
    RequestState,
    Surface,
)
from portal.forms import new_once_key
from selfbill.sandbox.slack.workspace import Message
from tests.make import CHANNEL, ask_no_code, charges_of, sell_many
from tests.people import bob, dana, erin
from tests.site import Browser, Site

AT_ONCE = 2  # races side by side, so that they also meet one another
FIVE = 5
WON, LOST, UNAVAILABLE = 303, 409, 503
PATIENCE = 20  # a person who reads "not now, nothing was changed" tries again


async def _ask_many(site: Site, count: int) -> dict[RequestId, str]:
    """So many Manual refund requests, each for a payment of its own; by Order ID."""
    ctx = site.ctx
    await ask_no_code(ctx, site.world, Surface.HELPDESK)
    orders = await sell_many(ctx, site.world, count)
    site.processor.seed(charges_of(site.world, orders))
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


async def _race(
    site: Site, desk: Browser, csrf: str, request_id: RequestId, *, card: Message
) -> tuple[int, int]:
    """Five on the web and five in Slack; how many the web told that they won, how many acks were late."""
    path = f"/lumen/desk/requests/{request_id.hex}"
    says = random.choice(["approve", "deny"])
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
        late = 0
        for _ in range(PATIENCE):
            told = await site.slack.click(erin.slack, "request:approve", request_id.hex, message=card)
            if told.acked:
                return late
            late += told.status != UNAVAILABLE  # taken, but not within Bolt's three seconds
        raise AssertionError("the bot never had time")

    acts = [*(on_web() for _ in range(FIVE)), *(in_slack() for _ in range(FIVE))]
    random.shuffle(acts)
    ended = await asyncio.gather(*acts)
    return ended.count(WON), sum(late for late in ended if late < WON)


async def race_deciders(site: Site, races: int) -> int:
    """So many races; AssertionError unless each had one effect. Returns how many the web won."""
    asked = await _ask_many(site, races)
    desk = await site.sign_in_staff(dana)
    page = await desk.get(f"/lumen/desk/requests/{next(iter(asked)).hex}")
    csrf = next(form.fields["csrf"] for form in page.forms() if "csrf" in form.fields)
    cards = _find_cards(site, asked)
    gate = asyncio.Semaphore(AT_ONCE)

    async def one(request_id: RequestId) -> tuple[int, int]:
        async with gate:
            return await _race(site, desk, csrf, request_id, card=cards[request_id])

    ended = await asyncio.gather(*(one(request_id) for request_id in asked))
    won_on_web = sum(won for won, _ in ended)
    await site.settle()
    await _check(site, asked, won_on_web, sum(late for _, late in ended))
    return won_on_web


def _find_cards(site: Site, asked: Iterable[RequestId]) -> dict[RequestId, Message]:
    """As they stood before anybody decided: each has a button with its request."""
    hexes = {request_id.hex: request_id for request_id in asked}
    named = re.compile("|".join(hexes))
    found = [(named.search(str(card.blocks)), card) for card in site.slack.messages(CHANNEL)]
    return {hexes[match.group()]: card for match, card in found if match}


async def _check(site: Site, asked: dict[RequestId, str], won_on_web: int, late: int) -> None:
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
    losers = FIVE * len(asked) - won_in_slack
    # Who got no ack in time clicked again, and was answered for both.
    assert losers <= whispered <= losers + late
