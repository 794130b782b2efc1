"""One wish is sent several times at once, from two browsers, by forms that are the same or are not."""

import asyncio
import random

from sqlalchemy import func, select

from billing.ids import PaymentId, RequestId
from billing.states import OperationState, RequestKind, RequestState, Surface
from portal.forms import new_once_key
from storage.bound import Bound
from storage.tables.requests import operations, requests
from tests.make import ask_no_code, charges_of, sell_many
from tests.people import alice, bob
from tests.site import Browser, Site

AT_ONCE = (2, 6)  # how often a form is sent
TOOK, LOST, UNAVAILABLE = 303, 409, 503
PATIENCE = 20


async def race_refunds(site: Site, races: int) -> int:
    """So many payments, each asked back several times at once; returns how often all in all."""
    await ask_no_code(site.ctx, site.world, Surface.PORTAL)
    orders = await sell_many(site.ctx, site.world, races)
    site.processor.seed(charges_of(site.world, orders))
    first, second = await site.sign_in(bob), await site.sign_in(bob)
    path = f"/lumen/payments/{site.world.payments[orders[0]].hex}/refund"
    tokens = {each: await _csrf_of(each, path) for each in (first, second)}
    sent = 0
    for order in orders:
        fields = {"reason": "other", "message": ""}
        sent += await _send(tokens, f"/lumen/payments/{site.world.payments[order].hex}/refund", fields)
    await site.settle()
    for order in orders:
        assert site.refunds(order) == [2500]
        assert await _count(site, site.world.payments[order]) == 1
    return sent


async def race_cancels(site: Site, races: int) -> int:
    """Alice cancels and takes it back, in turns, each several times at once; returns how often all in all."""
    first, second = await site.sign_in(alice), await site.sign_in(alice)
    root = f"/lumen/subscriptions/{site.world.alices_subscription.hex}"
    deeds = (("cancel", RequestKind.CANCEL), ("keep", RequestKind.UNDO_CANCEL))
    sent = 0
    for number in range(races):
        deed, kind = deeds[number % 2]
        tokens = {each: await _csrf_of(each, f"{root}/{deed}") for each in (first, second)}
        before = await _done(site, kind)
        fields = {"reason": "", "message": ""} if deed == "cancel" else {}
        sent += await _send(tokens, f"{root}/{deed}", fields)
        await site.settle()
        assert await _done(site, kind) == before + 1
        held = site.processor.state.get("subscription", site.world.processor_subscription)
        assert held["cancel_at_period_end"] is (deed == "cancel")
    return sent


async def _csrf_of(browser: Browser, path: str) -> str:
    page = await browser.get(path)
    assert page.status == 200, page.text
    return next(form.fields["csrf"] for form in page.forms() if "csrf" in form.fields)


async def _send(tokens: dict[Browser, str], path: str, fields: dict[str, str]) -> int:
    """Everybody who sent what took is led to the request, all others read that it is under way."""
    same = new_once_key()
    times = random.randint(*AT_ONCE)

    async def one(browser: Browser, once: str) -> int:
        typed = {**fields, "csrf": tokens[browser], "once": once}
        for _ in range(PATIENCE):
            status = (await browser.post(path, typed, follow=False)).status
            if status != UNAVAILABLE:
                return status
        raise AssertionError("there never was time")

    browsers = list(tokens)
    onces = [same if random.random() < 0.5 else new_once_key() for _ in range(times)]
    answers = await asyncio.gather(*(one(random.choice(browsers), once) for once in onces))
    assert set(answers) <= {TOOK, LOST}, answers
    took = {once for once, answer in zip(onces, answers, strict=True) if answer == TOOK}
    assert len(took) == 1, answers  # one form took, however often it was sent
    return times


async def _count(site: Site, payment_id: PaymentId) -> int:
    """How many requests there are about this payment."""
    wanted = select(func.count()).where(requests.c.payment_id == payment_id)
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        assert isinstance(work.accounts, Bound)
        return int((await work.accounts.connection.execute(wanted)).scalar_one())


async def _done(site: Site, kind: RequestKind) -> int:
    """How many requests of this kind are done, each by its one operation."""
    r, o = requests.c, operations.c
    together = requests.join(operations, o.request_id == r.id)
    wanted = (
        select(r.id)
        .select_from(together)
        .where(r.kind == kind, r.state == RequestState.DONE, o.state == OperationState.SUCCEEDED)
    )
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        assert isinstance(work.accounts, Bound)
        found = [RequestId(row[0]) for row in await work.accounts.connection.execute(wanted)]
    assert len(found) == len(set(found))
    return len(found)
