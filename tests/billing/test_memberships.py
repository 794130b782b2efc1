"""Memberships: what may be set up, where the icon leads then, and who may say so."""

from dataclasses import replace

import pytest

from billing.errors import Forbidden, Invalid, NotFound, NotInPlan, Repeated, Stale
from billing.ids import HelpdeskId, MembershipId, new_id
from billing.memberships import (
    MembershipDraft,
    archive_membership,
    change_membership,
    create_membership,
    find_support,
    list_memberships,
    show_membership,
)
from billing.plans import Counted
from billing.states import PlanName, Support
from billing.versions import version_of
from tests.make import system
from tests.people import dana, erin, frank, grace, heidi

NOWHERE = MembershipDraft("Lumen Campus", "https://campus.example", Support.NONE, None, "", "")
EXTERNAL = replace(NOWHERE, support=Support.EXTERNAL, external_url="help.example.org")
BY_MAIL = replace(NOWHERE, support=Support.EMAIL, email=" help@lumen.example ")


@pytest.fixture
def by(site):
    return site.world.member(erin)


async def create(site, draft, by, key="once"):
    return await create_membership(site.ctx, draft, by=by, once_key=key)


async def test_it_leads_where_it_was_told_and_elsewhere_at_once(site, by):
    made = await create(site, NOWHERE, by)
    with pytest.raises(NotFound):
        await find_support(site.ctx, by.account_id, made.id)
    to_helpdesk = replace(NOWHERE, support=Support.HELPDESK, helpdesk_id=site.world.desk.id)
    for draft, leads in (
        (to_helpdesk, ("Lumen Support", "", "")),
        (EXTERNAL, ("", "https://help.example.org", "")),
        (BY_MAIL, ("", "", "help@lumen.example")),
    ):
        now = await show_membership(site.ctx, made.id, by=by)
        await change_membership(site.ctx, made.id, draft, by=by, seen=version_of(now))
        place = await find_support(site.ctx, by.account_id, made.id)
        assert (place.helpdesk.name if place.helpdesk else "", place.address, place.email) == leads
    async with site.ctx.read(by.account_id) as work:
        lines = await work.journal.list_of(f"membership:{made.id.hex}")
    assert [line.verb for line in lines] == ["membership.created", *["membership.changed"] * 3]
    assert lines[-1].facts["leads_to_before"] == "https://help.example.org"
    assert lines[1].facts["leads_to"] == "Lumen Support"


async def test_an_archived_one_leads_nowhere_and_is_listed_no_more(site, by):
    made = await create(site, BY_MAIL, by)
    await archive_membership(site.ctx, made.id, by=by, seen=version_of(made))
    for gone in (
        find_support(site.ctx, by.account_id, made.id),
        show_membership(site.ctx, made.id, by=by),
        change_membership(site.ctx, made.id, NOWHERE, by=by, seen=None),
        archive_membership(site.ctx, made.id, by=by, seen=None),
    ):
        with pytest.raises(NotFound):
            await gone
    assert not (await list_memberships(site.ctx, by=by)).memberships


@pytest.mark.parametrize(
    ("draft", "field", "problem"),
    [
        (replace(NOWHERE, name=" "), "name", "missing"),
        (replace(NOWHERE, name="n" * 121), "name", "too-long"),
        (replace(NOWHERE, site_url="http://campus.example"), "site_url", "no-address"),
        (replace(NOWHERE, support=Support.HELPDESK), "helpdesk", "choice"),
        (replace(NOWHERE, support=Support.HELPDESK, helpdesk_id=new_id(HelpdeskId)), "helpdesk", "unknown"),
        (replace(EXTERNAL, external_url=""), "external_url", "missing"),
        (replace(EXTERNAL, external_url="https://me:secret@help.example"), "external_url", "no-address"),
        (replace(BY_MAIL, email=""), "email", "missing"),
        (replace(BY_MAIL, email="help@"), "email", "no-email"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field(site, by, draft, field, problem):
    with pytest.raises(Invalid) as refused:
        await create(site, draft, by)
    assert (refused.value.field, refused.value.problem) == (field, problem)
    assert not (await list_memberships(site.ctx, by=by)).memberships


async def test_sent_twice_it_is_made_once(site, by):
    made = await create(site, NOWHERE, by)
    with pytest.raises(Repeated) as refused:
        await create(site, NOWHERE, by)
    assert refused.value.data["first"] == made.id


async def test_nobody_saves_over_what_they_have_not_seen(site, by):
    made = await create(site, NOWHERE, by)
    await change_membership(site.ctx, made.id, EXTERNAL, by=site.world.member(dana), seen=version_of(made))
    with pytest.raises(Stale) as refused:
        await change_membership(site.ctx, made.id, BY_MAIL, by=by, seen=version_of(made))
    assert refused.value.data["theirs"].external_url == "https://help.example.org"
    with pytest.raises(Stale):
        await archive_membership(site.ctx, made.id, by=by, seen=version_of(made))


@pytest.mark.parametrize("person", [frank, grace], ids=lambda person: person.name)
async def test_agents_and_viewers_set_nothing_up(site, by, person):
    made, who = await create(site, NOWHERE, by), site.world.member(person)
    for refused in (
        create(site, NOWHERE, who, "another"),
        change_membership(site.ctx, made.id, EXTERNAL, by=who, seen=None),
        archive_membership(site.ctx, made.id, by=who, seen=None),
        list_memberships(site.ctx, by=who),
        show_membership(site.ctx, made.id, by=who),
    ):
        with pytest.raises(Forbidden):
            await refused


async def test_another_accounts_are_absent(site, by):
    made, theirs = await create(site, BY_MAIL, by), site.world.member(heidi)
    for absent in (
        show_membership(site.ctx, made.id, by=theirs),
        change_membership(site.ctx, made.id, NOWHERE, by=theirs, seen=None),
        archive_membership(site.ctx, made.id, by=theirs, seen=None),
        find_support(site.ctx, theirs.account_id, made.id),
        find_support(site.ctx, by.account_id, new_id(MembershipId)),
    ):
        with pytest.raises(NotFound):
            await absent
    foreign = replace(NOWHERE, support=Support.HELPDESK, helpdesk_id=site.world.desk.id)
    with pytest.raises(Invalid):
        await create(site, foreign, theirs)


async def test_a_plan_says_how_many(site, by):
    account = site.world.accounts["lumen"]
    async with site.ctx.begin(account.id) as work:
        await work.accounts.save(replace(account, plan=PlanName.STARTER))
    first = await create(site, NOWHERE, system(account))
    with pytest.raises(NotInPlan) as refused:
        await create(site, NOWHERE, by, "second")
    assert refused.value.data["what"] is Counted.MEMBERSHIPS
    to_helpdesk = replace(NOWHERE, support=Support.HELPDESK, helpdesk_id=site.world.desk.id)
    with pytest.raises(NotInPlan):
        await change_membership(site.ctx, first.id, to_helpdesk, by=by, seen=None)
    await archive_membership(site.ctx, first.id, by=by, seen=None)
    await create(site, NOWHERE, by, "second")
