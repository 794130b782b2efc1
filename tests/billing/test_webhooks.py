"""The processor's events: by our secret only, each kept once, and hints whose order does not matter."""

import itertools
import json
from typing import Any

import aiohttp
import pytest
from sqlalchemy import func, select, update

from billing.providers.stripe_events import TOLERANCE, NotSigned, read_event
from billing.states import OperationState, SubscriptionState
from selfbill.sandbox.processor.resources.refunds import settle_refund
from selfbill.sandbox.processor.resources.subscriptions import end_subscription
from selfbill.sandbox.processor.webhooks import sign
from storage.bound import Bound
from storage.tables.ledger import inbox
from storage.tables.sales import subscriptions
from tests.billing.bench import Bench
from tests.connected import WEBHOOK_SECRET
from tests.make import START
from tests.site import Site

NOW = int(START.timestamp())


def event(**changed: Any) -> bytes:
    refund = {"id": "re_1", "object": "refund"}
    told: dict[str, Any] = {"id": "evt_1", "object": "event", "type": "refund.updated", "livemode": False}
    told["data"] = {"object": refund}
    return json.dumps({**told, **changed}).encode()


def test_a_signed_event_is_read() -> None:
    body = event()
    for age in (-TOLERANCE, 0, TOLERANCE):
        read = read_event(body, sign(body, "whsec", NOW - age), "whsec", now=START)
        assert (read.external_id, read.kind, read.object_kind) == ("evt_1", "refund.updated", "refund")


@pytest.mark.parametrize(
    "signature",
    [
        "",
        "t=,v1=",
        f"t={NOW}",
        f"t={NOW},v1={'0' * 64}",
        f"t=²,v1={'0' * 64}",
        sign(event(), "another secret", NOW),
        sign(event(id="evt_2"), "whsec", NOW),
        sign(event(), "whsec", NOW - TOLERANCE - 1),
        sign(event(), "whsec", NOW + TOLERANCE + 1),
        # Old bytes do not look young by a second time stamp, however it is written.
        f" t={NOW}," + sign(event(), "whsec", NOW - 3600),
        f"t={NOW}," + sign(event(), "whsec", NOW - 3600),
        sign(event(), "whsec", NOW - 3600) + f",t={NOW}",
        sign(event(), "whsec", NOW - 3600).replace(",", f"=x,t={NOW},"),
    ],
)
def test_what_is_not_signed_by_us_now_is_refused(signature: str) -> None:
    with pytest.raises(NotSigned):
        read_event(event(), signature, "whsec", now=START)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"7",
        b"not json",
        event(data={}),
        event(data={"object": "re_1"}),
        event(id=None),
    ],
)
def test_signed_junk_is_no_event(body: bytes) -> None:
    with pytest.raises(ValueError, match="not an event"):
        read_event(body, sign(body, "whsec", NOW), "whsec", now=START)


async def post(site: Site, body: bytes, signature: str, account: str = "lumen") -> int:
    url = f"{site.url}/hooks/processor/{account}"
    headers = {"Stripe-Signature": signature, "Content-Type": "application/json"}
    async with aiohttp.ClientSession() as http, http.post(url, data=body, headers=headers) as answer:
        return answer.status


async def kept(site: Site) -> int:
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        assert isinstance(work.accounts, Bound)
        count = await work.accounts.connection.execute(select(func.count()).select_from(inbox))
        return int(count.scalar_one())


async def test_an_event_is_kept_once_and_nothing_else_is(site: Site) -> None:
    body, now = event(), int(site.clock().timestamp())
    right = sign(body, WEBHOOK_SECRET, now)
    other_mode, other_account = event(livemode=True), event(account="acct_of_another")
    no_mode = event(livemode=None)
    refused = [
        (body, "", "lumen"),
        *[(odd, sign(odd, WEBHOOK_SECRET, now), "lumen") for odd in (other_mode, other_account, no_mode)],
        (event(livemode="no"), sign(event(livemode="no"), WEBHOOK_SECRET, now), "lumen"),
        (body, sign(body, WEBHOOK_SECRET, now + TOLERANCE + 1), "lumen"),
        (body, sign(body, "whsec_of_another", now), "lumen"),
        (body + b" ", right, "lumen"),
        (body, sign(body, WEBHOOK_SECRET, now - TOLERANCE - 1), "lumen"),
        (body, right, "rival"),  # this account has no processor
        (body, right, "nobody"),
        (b"\xff\x00", right, "lumen"),
        (b"[" * 50_000, right, "lumen"),
    ]
    for bytes_sent, signature, account in refused:
        assert 400 <= await post(site, bytes_sent, signature, account) < 500
    assert await kept(site) == 0
    for _ in range(3):
        assert await post(site, body, right) == 204
    assert await kept(site) == 1


@pytest.mark.parametrize("order", [0, 1, 2], ids=["in order", "backwards", "twice"])
async def test_refund_events_converge_whatever_their_order(bench: Bench, order: int) -> None:
    request = await bench.ask_refund()
    bench.processor.state.faults.add("refund_pending", seconds=3600.0)
    await bench.settle()
    operation = await bench.operation(request.id)
    refund = operation.processor_id
    assert refund is not None
    ends = ["succeeded", "failed"]
    if order == 0:
        for end in ends:
            settle_refund(bench.processor.state, refund, end)
            await bench.hear("refund", refund)
    else:
        for end in ends:  # both happened before we hear of either
            settle_refund(bench.processor.state, refund, end)
        for _ in range(order * 2):
            await bench.hear("refund", refund)
    closed = await bench.operation(request.id)
    expected = OperationState.REVERSED if order == 0 else OperationState.FAILED
    assert (closed.state, (await bench.request(request.id)).state) == (expected, "failed")
    assert await bench.sums() == (0, 0)


async def test_events_of_two_refunds_converge_in_every_order(bench: Bench) -> None:
    orders = ("40001001", "40001003")
    asked = [await bench.ask_refund(order) for order in orders]
    bench.processor.state.faults.add("refund_pending", seconds=3600.0, times=2)
    await bench.settle()
    refunds = [(await bench.operation(each.id)).processor_id or "" for each in asked]
    for refund in refunds:
        settle_refund(bench.processor.state, refund, "succeeded")
    for heard in itertools.permutations([*refunds, "re_of_somebody_else"]):
        for refund in heard:
            await bench.hear("refund", refund)
    assert [(await bench.request(each.id)).state for each in asked] == ["done", "done"]
    assert [(await bench.sums(order))[0] for order in orders] == [0, 0]
    assert (await bench.mails()).count("request-outcome done") == 2


async def test_a_subscription_that_ends_is_read(bench: Bench) -> None:
    state, subscription = bench.processor.state, bench.world.processor_subscription
    end_subscription(state, state.get("subscription", subscription))
    bench.clock.turn(minutes=1)
    await bench.hear("subscription", subscription)
    ended = await bench.subscription()
    assert (ended.state, ended.ended_at) == (SubscriptionState.CANCELED, START)
    lines = await bench.lines(f"subscription:{ended.id.hex}")
    assert [line.facts for line in lines] == [{"before": "active", "after": "canceled"}]
    await bench.hear("subscription", subscription)
    assert await bench.subscription() == ended
    await bench.hear("subscription", "sub_unknown")


async def test_a_payment_plan_that_is_paid_off_stays_completed(bench: Bench) -> None:
    await bench.change(update(subscriptions).values(state=SubscriptionState.COMPLETED))
    state, subscription = bench.processor.state, bench.world.processor_subscription
    end_subscription(state, state.get("subscription", subscription))
    await bench.hear("subscription", subscription)
    assert (await bench.subscription()).state is SubscriptionState.COMPLETED


async def test_what_nothing_follows_from_is_kept_with_the_reason(bench: Bench) -> None:
    before = await bench.ctx.store.count_waiting()
    assert await bench.hear("payout", "po_1")
    ((kind, ignored),) = await bench.rows(select(inbox.c.kind, inbox.c.ignored))
    assert (kind, ignored) == ("payout.updated", "nothing follows from payout")
    assert await bench.ctx.store.count_waiting() == before
