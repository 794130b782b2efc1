"""Another plan: who may take it, and what stands in the way of a smaller one."""

from dataclasses import replace

import pytest

from billing.errors import Forbidden, InUse, Stale
from billing.memberships import MembershipDraft, create_membership
from billing.plan_changes import change_plan, find_obstacles, show_plan
from billing.plans import Counted, Usage
from billing.states import Handling, PlanName, Support, Surface
from billing.versions import version_of
from tests.make import system
from tests.people import dana, erin, frank, grace

SEEN = version_of(PlanName.GROWTH)


async def take(site, plan, person=dana, seen=SEEN):
    return await change_plan(site.ctx, plan, by=site.world.member(person), seen=seen)


async def leave_growth_possible(site):
    """The helpdesk archived, and nobody of the team but three."""
    lumen = site.world.accounts["lumen"]
    async with site.ctx.begin(lumen.id) as work:
        desk = await work.helpdesks.get(site.world.desk.id)
        await work.helpdesks.save(replace(desk, archived_at=site.ctx.now()))
        grace_now = await work.staff.get(site.world.staff[grace.name])
        await work.staff.save(replace(grace_now, active=False))


async def test_an_owner_takes_a_larger_one_at_once(site):
    await take(site, PlanName.PROFESSIONAL)
    standing = await show_plan(site.ctx, by=site.world.member(erin))
    assert standing.account.plan is PlanName.PROFESSIONAL
    async with site.ctx.read(standing.account.id) as work:
        lines = await work.journal.list_of(f"account:{standing.account.id.hex}")
    assert lines[-1].verb == "plan.changed"
    assert lines[-1].facts == {"before": "growth", "after": "professional"}


async def test_the_same_again_changes_nothing(site):
    await take(site, PlanName.GROWTH)
    lumen = site.world.accounts["lumen"]
    async with site.ctx.read(lumen.id) as work:
        lines = await work.journal.list_of(f"account:{lumen.id.hex}")
    assert all(line.verb != "plan.changed" for line in lines)


@pytest.mark.parametrize("person", [erin, frank, grace], ids=lambda person: person.name)
async def test_nobody_but_an_owner_changes_it(site, person):
    with pytest.raises(Forbidden):
        await take(site, PlanName.ENTERPRISE, person)


async def test_a_plan_that_somebody_changed_meanwhile_is_stale(site):
    await take(site, PlanName.ENTERPRISE)
    with pytest.raises(Stale) as refused:
        await take(site, PlanName.PROFESSIONAL)
    assert refused.value.data["theirs"] is PlanName.ENTERPRISE


async def test_a_downgrade_that_leaves_manual_without_a_helpdesk_is_refused(site):
    with pytest.raises(InUse) as refused:
        await take(site, PlanName.STARTER)
    assert refused.value.data["what"] == "manual"
    assert [each.helpdesk.name for each in refused.value.data["surfaces"]] == ["Lumen Support"]
    standing = await show_plan(site.ctx, by=site.world.member(dana))
    assert standing.account.plan is PlanName.GROWTH
    assert [each.what for each in standing.obstacles_of(PlanName.STARTER).excesses] == [
        Counted.HELPDESKS,
        Counted.STAFF,
    ]


@pytest.mark.parametrize("way_out", [Handling.AUTOMATED, None], ids=["automated", "off"])
async def test_either_way_out_leads_out(site, way_out):
    await leave_growth_possible(site)
    lumen, desk_id = site.world.accounts["lumen"], site.world.desk.id
    async with site.ctx.begin(lumen.id) as work:
        settings = await work.helpdesks.get_self_billing(Surface.PORTAL, None)
        manual = replace(settings, cancel=Handling.MANUAL, ticket_helpdesk_id=desk_id)
        await work.helpdesks.put_self_billing(manual)
    with pytest.raises(InUse) as refused:
        await take(site, PlanName.STARTER)
    assert [each.helpdesk for each in refused.value.data["surfaces"]] == [None]
    async with site.ctx.begin(lumen.id) as work:
        await work.helpdesks.put_self_billing(replace(manual, refund=way_out, cancel=way_out))
    assert (await take(site, PlanName.STARTER)).plan is PlanName.STARTER


async def test_more_than_it_includes_stands_in_the_way(site_on_each):
    site = site_on_each
    await leave_growth_possible(site)
    lumen = site.world.accounts["lumen"]
    for name in ("Campus", "Club"):
        draft = MembershipDraft(name, "", Support.NONE, None, "", "")
        await create_membership(site.ctx, draft, by=system(lumen), once_key=name)
    with pytest.raises(InUse) as refused:
        await take(site, PlanName.STARTER)
    assert refused.value.data["what"] == "room"
    found = [(each.what, each.used, each.limit) for each in refused.value.data["excesses"]]
    assert found == [(Counted.MEMBERSHIPS, 2, 1)]


def test_as_much_as_a_plan_includes_is_not_in_its_way():
    usage = Usage(helpdesks=5, staff=15, memberships=10, domains=1)
    assert not find_obstacles(PlanName.GROWTH, usage, ())
    assert not find_obstacles(PlanName.ENTERPRISE, Usage(10**6, 10**6, 10**6, 1), ())
    assert find_obstacles(PlanName.GROWTH, replace(usage, helpdesks=6), ())
