"""What waits for a bank, or was done at the processor itself, says so wherever it is shown."""

from datetime import datetime

from billing.actors import SystemActor
from billing.processing.disputes import take_in_dispute
from billing.processing.refunds import take_in_refund
from billing.processor_facts import ProcessorDispute, ProcessorRefund
from billing.states import DisputeState, Surface
from billing.views import RequestView
from bot.blocks import request_card
from locales.translator import get_translator
from portal.letters.drawing import draw_text
from portal.letters.requests import outcome_letter
from tests.people import alice, dana
from tests.portal.customer.things import Things, make_things
from tests.site import Site

ROOT = "/lumen/help/support"
SAY = get_translator("en", "UTC")


async def bank_says(site: Site, things: Things, state: DisputeState) -> None:
    """A dispute of the payment that the request is about."""
    async with site.ctx.begin(site.world.accounts["lumen"].id) as work:
        request = await work.requests.get(things.request_id)
        assert request.payment_id is not None
        payment = await work.purchases.get_payment(request.payment_id)
        fact = ProcessorDispute(
            "du_1", payment.processor_id or "", "", payment.captured, state, "general", _now(site)
        )
        await take_in_dispute(work, fact, by=_processor(site), at=_now(site))


async def refunded_there(site: Site, things: Things) -> None:
    async with site.ctx.begin(site.world.accounts["lumen"].id) as work:
        request = await work.requests.get(things.request_id)
        assert request.payment_id is not None
        payment = await work.purchases.get_payment(request.payment_id)
        fact = ProcessorRefund(
            id="re_1",
            charge=payment.processor_id or "",
            payment_intent="",
            amount=payment.captured,
            is_final=True,
            has_failed=False,
            failure=None,
            operation_id=None,
            made_at=_now(site),
        )
        await take_in_refund(work, fact, by=_processor(site), at=_now(site))


def _processor(site: Site) -> SystemActor:
    return SystemActor(site.world.accounts["lumen"].id, "processor", "trace-test")


def _now(site: Site) -> datetime:
    return site.ctx.now()


async def told(site: Site, things: Things) -> tuple[str, str, str]:
    """The customer's page, the desk's, and the card with the mail."""
    customer = await (await site.sign_in(alice, Surface.HELPDESK)).get(ROOT + things.paths["request"])
    desk = await (await site.sign_in_staff(dana)).get(f"/lumen/desk/requests/{things.request_id.hex}")
    view = await view_of(site, things)
    card = repr(request_card(view, site.ctx.addresses, SAY, now=_now(site)))
    mail = draw_text(outcome_letter(view, address="https://x", say=SAY), view.account, SAY)
    return customer.text, desk.html, card + mail


async def view_of(site: Site, things: Things) -> RequestView:
    async with site.ctx.read(site.world.accounts["lumen"].id) as work:
        return await work.requests.get_view(things.request_id)


async def test_what_is_held_says_so_and_offers_nothing_that_would_be_refused(site: Site) -> None:
    things = await make_things(site)
    await bank_says(site, things, DisputeState.OPEN)
    customer, desk, elsewhere = await told(site, things)
    assert "Your request for a refund of $39.00 waits for your bank" in customer
    assert "Withdraw request" in customer
    assert "The payment is disputed at the bank since" in desk
    assert 'id="deny"' in desk
    assert 'id="approve"' not in desk
    assert "*Waits for the bank*" in elsewhere
    assert "request:approve" not in elsewhere
    assert "the bank decides first. Until then your request waits" in elsewhere
    orders = await (await site.sign_in(alice, Surface.HELPDESK)).get(ROOT)
    assert "Your bank is looking into this payment" in orders.text
    await bank_says(site, things, DisputeState.LOST)
    customer, desk, elsewhere = await told(site, things)
    assert "You have $39.00 back from your bank" in customer
    assert "The bank has given the customer the money back" in desk
    assert "*Closed*" in elsewhere
    assert "Your bank has given you the money back" in elsewhere


async def test_what_was_refunded_elsewhere_says_so(site: Site) -> None:
    things = await make_things(site)
    await refunded_there(site, things)
    customer, desk, elsewhere = await told(site, things)
    assert "$39.00 has been refunded" in customer
    assert "The refund was sent" in customer
    assert "This was done at the payment processor itself" in desk
    assert "*Refunded* $39.00 at the payment processor itself" in elsewhere
    assert "Approved by" not in elsewhere
    assert "We refunded $39.00" in elsewhere
