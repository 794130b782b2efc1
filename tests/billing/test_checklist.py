"""The first run: every item ticks itself from what is stored."""

from dataclasses import fields, replace

import pytest

from billing.asking import ask_refund
from billing.checklist import Item, SetupFacts, Step, make_checklist
from billing.errors import Forbidden
from billing.processing.connecting import disconnect_processor
from billing.self_billing import set_self_billing
from billing.setup import show_checklist
from billing.states import PlanName, RefundReason, Surface
from tests.make import system
from tests.people import alice, erin, frank, heidi

NOTHING = SetupFacts(**{each.name: False for each in fields(SetupFacts)})
EVERYTHING = SetupFacts(**{each.name: True for each in fields(SetupFacts)})


def test_each_item_ticks_by_its_own_fact(site):
    lumen = site.world.accounts["lumen"]
    assert make_checklist(lumen, NOTHING).done == 0
    assert make_checklist(lumen, NOTHING).next is Item.PRODUCT
    assert make_checklist(lumen, EVERYTHING).is_complete
    assert make_checklist(lumen, EVERYTHING).next is None
    assert not make_checklist(lumen, replace(EVERYTHING, has_slack_person=False)).is_complete


def test_a_plan_without_helpdesks_asks_for_none(site):
    starter = replace(site.world.accounts["lumen"], plan=PlanName.STARTER)
    steps = make_checklist(starter, NOTHING).steps
    assert [step.item for step in steps] == [Item.PRODUCT, Item.PROCESSOR, Item.PORTAL, Item.TEST_REQUEST]
    without = replace(EVERYTHING, has_helpdesk=False, has_slack_channel=False, has_slack_person=False)
    assert make_checklist(starter, without).is_complete


async def test_it_follows_what_is_done(site_on_each):
    site = site_on_each
    ctx, by, lumen = site.ctx, site.world.member(erin), site.world.accounts["lumen"]

    async def missing():
        return [step.item for step in (await show_checklist(ctx, by=by)).steps if not step.is_done]

    assert await missing() == [Item.PORTAL, Item.TEST_REQUEST]
    async with ctx.read(lumen.id) as work:
        settings = await work.helpdesks.get_self_billing(Surface.PORTAL, None)
    await set_self_billing(ctx, replace(settings, invoices=False), by=system(lumen))
    assert await missing() == [Item.TEST_REQUEST]
    await ask_refund(
        ctx,
        site.world.payments[alice.order_id],
        by=site.world.customer(alice),
        reason=RefundReason.OTHER,
        message="A test",
        once_key="once",
    )
    assert await missing() == []


async def test_signing_in_at_the_portal_is_a_look_at_it(site):
    await site.sign_in(alice)
    steps = (await show_checklist(site.ctx, by=site.world.member(erin))).steps
    assert Step(Item.PORTAL, is_done=True) in steps


async def test_another_account_has_a_list_of_its_own(site):
    steps = (await show_checklist(site.ctx, by=site.world.member(heidi))).steps
    assert [step.item for step in steps if step.is_done] == [Item.PRODUCT]


async def test_the_processor_is_connected_for_as_long_as_a_key_is_live(site):
    by = site.world.member(erin)
    steps = (await show_checklist(site.ctx, by=by)).steps
    assert Step(Item.PROCESSOR, is_done=True) in steps
    lumen = site.world.accounts["lumen"]
    async with site.ctx.read(lumen.id) as work:
        live = await work.connections.find_live()
    await disconnect_processor(site.ctx, live.id, by=system(lumen))
    steps = (await show_checklist(site.ctx, by=by)).steps
    assert Step(Item.PROCESSOR, is_done=False) in steps


async def test_who_sets_nothing_up_has_no_list(site):
    with pytest.raises(Forbidden):
        await show_checklist(site.ctx, by=site.world.member(frank))
