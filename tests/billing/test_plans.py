"""What each plan includes, and that one too many is refused."""

import pytest

from billing.errors import NotInPlan
from billing.ids import AccountId, new_id
from billing.plans import PLANS, Counted, has_helpdesks, limits_of, must_have_helpdesks, must_have_room
from billing.records import Account, Address
from billing.states import PlanName
from tests.make import USD


def on(plan: PlanName) -> Account:
    return Account(
        id=new_id(AccountId),
        slug="lumen",
        directory="lumen",
        name="Lumen Studio",
        plan=plan,
        currency=USD,
        locale="en",
        time_zone="UTC",
        seller=Address(name="Lumen Studio"),
        colour="#2f5bd3",
    )


def test_every_plan_says_what_it_includes():
    assert list(PLANS) == list(PlanName)
    assert all(limits_of(plan).plan is plan for plan in PlanName)


@pytest.mark.parametrize("what", Counted)
def test_a_larger_plan_includes_no_less(what):
    most = [float("inf") if (n := each.of(what)) is None else n for each in PLANS.values()]
    assert most == sorted(most)


def test_helpdesks_come_with_growth_and_above():
    assert [plan for plan in PlanName if not has_helpdesks(on(plan))] == [PlanName.STARTER]
    with pytest.raises(NotInPlan) as refused:
        must_have_helpdesks(on(PlanName.STARTER))
    assert refused.value.data == {"plan": PlanName.STARTER}


@pytest.mark.parametrize("what", Counted)
@pytest.mark.parametrize("plan", PlanName)
def test_as_many_as_the_plan_says_and_not_one_more(plan, what):
    most = limits_of(plan).of(what)
    if most is None:
        must_have_room(on(plan), what, 10**9)
        return
    if most:
        must_have_room(on(plan), what, most - 1)
    with pytest.raises(NotInPlan) as refused:
        must_have_room(on(plan), what, most)
    assert refused.value.data == {"plan": plan, "what": what, "limit": most}
