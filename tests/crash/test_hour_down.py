"""The processor is down for an hour: nothing is lost or done twice, and nobody is told anything untrue."""

import re

from billing import asking
from billing.deciding import approve_request
from billing.ids import RequestId
from billing.states import CancelReason, RefundReason, RequestState, Surface
from selfbill.sandbox.processor.errors import Json
from tests.make import CHANNEL, ask_no_code
from tests.people import alice, bob, dana, erin
from tests.site import Site

# Until the processor is back, none of these is so.
UNTRUE = re.compile(r"(?i)\b(refunded|failed|did not work|could not|has ended|in place|carried it out)\b")
MINUTES = (0.1, 0.5, 5, 25, 40)  # after which the clock is looked at again; 70 in all


async def test_an_hour_without_the_processor_loses_nothing_and_tells_nothing_untrue(site: Site) -> None:
    for surface in Surface:
        await ask_no_code(site.ctx, site.world, surface)
    down = site.processor.state.faults.add("lost_before", path="/v1/*", times=None)
    asked = await _ask_all(site)
    for minutes in MINUTES:
        await site.settle()
        await _nobody_reads_anything_untrue(site, asked)
        site.clock.turn(minutes=minutes)
    assert down.met
    assert [site.refunds(order) for order in (alice.order_id, bob.order_id)] == [[], []]
    assert not _subscription(site)["cancel_at_period_end"]
    site.processor.state.faults.clear()
    site.clock.turn(hours=1)
    await site.settle()
    assert [site.refunds(order) for order in (alice.order_id, bob.order_id)] == [[14900], [14900]]
    assert _subscription(site)["cancel_at_period_end"]
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        states = [(await work.requests.get(request_id)).state for request_id in asked]
    assert states == [RequestState.DONE] * 3
    told = [mail["text"] for mail in site.mails()]
    assert sum("149.00" in text and "refunded" in text for text in told) >= 2
    for text in await _read_pages(site, asked):
        assert UNTRUE.search(text), text  # true by now, and said


async def _ask_all(site: Site) -> list[RequestId]:
    """Alice gets her course's money back at once and cancels; bob's is approved by a person in Slack."""
    ctx, world = site.ctx, site.world
    automated = await asking.ask_refund(
        ctx,
        world.payments[alice.order_id],
        by=world.customer(alice),
        reason=RefundReason.OTHER,
        message="",
        once_key="the first",
    )
    manual = await asking.ask_refund(
        ctx,
        world.payments[bob.order_id],
        by=world.customer(bob, surface=Surface.HELPDESK),
        reason=RefundReason.OTHER,
        message="",
        once_key="the second",
    )
    await site.settle()
    await approve_request(ctx, manual.id, by=world.member(erin))
    cancel = await asking.ask_cancel(
        ctx,
        world.alices_subscription,
        by=world.customer(alice),
        reason=CancelReason.UNUSED,
        message="",
        once_key="the third",
    )
    return [automated.id, manual.id, cancel.id]


async def _nobody_reads_anything_untrue(site: Site, asked: list[RequestId]) -> None:
    told = await _read_pages(site, asked)
    told += [mail["text"] for mail in site.mails()]
    told += [str(message.blocks) + message.text for message in site.slack.messages(CHANNEL)]
    for text in told:
        assert not (found := UNTRUE.search(text)), text[max(found.start() - 200, 0) : found.end() + 100]


async def _read_pages(site: Site, asked: list[RequestId]) -> list[str]:
    """As customers and staff read them who have just signed in."""
    alices, bobs = await site.sign_in(alice), await site.sign_in(bob, Surface.HELPDESK)
    desk = await site.sign_in_staff(dana)
    automated, manual, cancel = (request_id.hex for request_id in asked)
    pages = [
        await alices.get(f"/lumen/requests/{automated}"),
        await bobs.get(f"/lumen/help/support/requests/{manual}"),
        await alices.get(f"/lumen/requests/{cancel}"),
        *[await desk.get(f"/lumen/desk/requests/{request_id.hex}") for request_id in asked],
    ]
    assert all(page.status == 200 and "requests/" in page.url for page in pages)
    return [page.text for page in pages]


def _subscription(site: Site) -> Json:
    return site.processor.state.get("subscription", site.world.processor_subscription)
