"""Many decide one request at once, in Slack and on the web: one effect, and everybody else is told."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from functools import partial

from billing import asking, deciding
from billing.errors import Conflict
from billing.records import Request
from billing.states import Decision, RequestState
from tests.bot.scenes import APPROVE, DENY, Scene
from tests.bot.test_two_people import two_above
from tests.people import StaffPerson, alice, dana, erin
from tests.worlds import until

Act = Callable[[], Awaitable[bool]]  # whether it says by itself that it had its effect
WEB = (dana, erin, dana, erin)


class Crowd:
    """Dana, erin and alice, each with whatever decides one request at their fingertips."""

    def __init__(self, scene: Scene, request: Request) -> None:
        self._scene = scene
        self._request = request
        self._card = scene.card()

    def click(self, person: StaffPerson) -> Act:
        """*Approve* on the card as it stood before anybody decided."""

        async def act() -> bool:
            slack = self._scene.site.slack
            assert (await slack.click(person.slack, APPROVE, message=self._card)).acked
            return False

        return act

    def submit(self, person: StaffPerson) -> Act:
        """The form that asks why not, which is open already."""

        async def act() -> bool:
            slack = self._scene.site.slack
            assert (await slack.submit_modal(person.slack, values={"answer": f"No, {person.name}"})).acked
            return False

        return act

    def approve(self, person: StaffPerson) -> Act:
        """What the desk's button calls."""
        ctx, by = self._scene.site.ctx, self._scene.site.world.member(person)
        return self._on_web(lambda: deciding.approve_request(ctx, self._request.id, by=by))

    def deny(self, person: StaffPerson) -> Act:
        """What the desk's form calls."""
        ctx, by = self._scene.site.ctx, self._scene.site.world.member(person)
        return self._on_web(lambda: deciding.deny_request(ctx, self._request.id, by=by, answer="No."))

    def withdraw(self) -> Act:
        """What the customer's button calls."""
        ctx, by = self._scene.site.ctx, self._scene.site.world.customer(alice)
        return self._on_web(lambda: asking.withdraw_request(ctx, self._request.id, by=by))

    def _on_web(self, decide: Callable[[], Awaitable[Request]]) -> Act:
        async def act() -> bool:
            try:
                await decide()
            except Conflict:
                return False
            return True

        return act


def has_modals(scene: Scene, count: int) -> bool:
    """So many are open."""
    return len(scene.site.slack.modals) == count


async def all_at_once(acts: list[Act]) -> int:
    """In any order; how many of those on the web say that they had an effect."""
    seed = random.randrange(2**32)
    print("seed", seed)
    random.Random(seed).shuffle(acts)
    return sum(await asyncio.gather(*(act() for act in acts)))


async def test_buttons_modals_desk_and_customer_at_once_have_one_effect(scene: Scene) -> None:
    request, slack = await scene.ask_refund(), scene.site.slack
    crowd = Crowd(scene, request)
    for number, person in enumerate((dana, erin), start=1):
        assert (await slack.click(person.slack, DENY)).acked
        await until(partial(has_modals, scene, number))
    clicks = [crowd.click(each) for each in (dana, erin) * 3]
    forms = [crowd.submit(each) for each in (dana, erin)]
    web = [*(crowd.approve(each) for each in WEB), *(crowd.deny(each) for each in WEB), crowd.withdraw()]

    won_on_web = await all_at_once([*clicks, *forms, *web])
    await scene.site.settle()

    found = await scene.read(request)
    async with scene.site.ctx.read(scene.lumen.id) as work:
        approvals = await work.requests.list_approvals(request.id)
        payment = await work.purchases.get_payment(scene.site.world.payments[alice.order_id])
    is_yes = found.state is RequestState.DONE
    expected = {RequestState.DONE: [Decision.YES], RequestState.DENIED: [Decision.NO]}
    assert [each.says for each in approvals] == expected.get(found.state, [])
    assert found.state in {*expected, RequestState.WITHDRAWN}
    assert scene.site.refunds(alice.order_id) == ([14900] if is_yes else [])
    assert (payment.reserved.minor, payment.refunded.minor) == (0, 14900 if is_yes else 0)
    # Whoever lost in Slack was told there: below the card, or in the form that stays.
    told = len(scene.whispers(dana)) + len(scene.whispers(erin)) - len(slack.modals)
    assert won_on_web + (len(clicks) - told) + (len(forms) - len(slack.modals)) == 1
    assert len(await scene.refusals(request)) == len(clicks) + len(forms) - (1 - won_on_web)


async def test_of_many_yeses_two_people_have_one_each(http: Scene) -> None:
    await two_above(http, 10000)
    request = await http.ask_refund()
    crowd = Crowd(http, request)
    acts = [*(crowd.click(each) for each in WEB), *(crowd.approve(each) for each in WEB)]

    assert await all_at_once(acts) <= 2
    await http.site.settle()

    assert (await http.read(request)).state is RequestState.DONE
    async with http.site.ctx.read(http.lumen.id) as work:
        approvals = await work.requests.list_approvals(request.id)
    staff = http.site.world.staff
    assert {each.by for each in approvals} == {f"staff:{staff[each.name].hex}" for each in (dana, erin)}
    assert [each.says for each in approvals] == [Decision.YES] * 2
    assert http.site.refunds(alice.order_id) == [14900]
    assert "1 of 2" not in http.words()
