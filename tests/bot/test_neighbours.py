"""Two merchants, a workspace each: where one must wait, or has no Slack any more, the other goes on."""

from dataclasses import dataclass, replace

import pytest

from billing import deciding, tickets
from billing.helpdesks import add_helpdesk
from billing.ids import DepartmentId, HelpdeskId, new_id
from billing.records import Department, Helpdesk
from billing.states import PlanName, Surface
from portal.forms import new_once_key
from selfbill.sandbox.slack.workspace import Message
from tests.bot.scenes import Scene
from tests.bot.test_workspaces import connect
from tests.make import CHANNEL, system
from tests.people import charlie, dana
from tests.site import Site


@dataclass
class Rival:
    """The other merchant: a workspace, a helpdesk and a channel of its own."""

    site: Site
    helpdesk: Helpdesk

    async def ask(self) -> None:
        """Charlie asks something; nothing is delivered yet."""
        by = self.site.world.customer(charlie, surface=Surface.HELPDESK)
        await tickets.open_ticket(
            self.site.ctx,
            by=replace(by, helpdesk_id=self.helpdesk.id),
            subject="Hello?",
            text="Is anybody there?",
            department_id=None,
            once_key=new_once_key(),
        )

    def cards(self) -> list[Message]:
        """What stands in its channel."""
        assert self.helpdesk.slack_channel is not None
        return self.site.slack.messages(self.helpdesk.slack_channel)


@pytest.fixture
async def rival(site: Site) -> Rival:
    """Connected, with the app in its channel."""
    account, slack = site.world.accounts["rival"], site.slack
    space = slack.add_workspace()
    await connect(site.ctx, account, space.seed.team_id, slack.install(space.seed.team_id))
    channel = next(each.id for each in space.channels.values() if space.seed.bot_user_id in each.members)
    helpdesk = Helpdesk(
        id=new_id(HelpdeskId),
        account_id=account.id,
        slug="support",
        name="Rival Support",
        slack_channel=channel,
        billing_shown=True,
        archived_at=None,
    )
    department = Department(new_id(DepartmentId), account.id, helpdesk.id, "Billing")
    await add_helpdesk(site.ctx, helpdesk, [department], by=system(account))
    return Rival(site, helpdesk)


async def test_one_workspace_waits_for_one_method_and_all_else_goes_on(site: Site, rival: Rival) -> None:
    scene, slack = Scene(site), site.slack
    request = await scene.ask_refund()
    waits = slack.fault(
        "chat.postMessage",
        "status_before",
        team_id=slack.team_id,
        status=429,
        retry_after=30,
        times=None,
    )
    await scene.ask_question("Hello?", "Is anybody there?")
    await deciding.approve_request(site.ctx, request.id, by=site.world.member(dana))
    for _ in range(3):
        await rival.ask()
    await site.settle()

    assert waits.met == 1  # nobody asks again while Slack wants quiet
    assert len(slack.messages(CHANNEL)) == 1
    assert "*Refunded*" in scene.words()  # of another method nothing was said
    assert len(rival.cards()) == 3
    assert {tries for _, tries in await scene.waiting()} == {0}

    waits.clear()
    site.clock.turn(seconds=31)
    await site.settle()
    assert len(slack.messages(CHANNEL)) == 2
    assert await scene.waiting() == []


async def test_where_the_plan_has_no_slack_any_more_no_card_is_posted(site: Site, rival: Rival) -> None:
    await rival.ask()
    async with site.ctx.begin(rival.helpdesk.account_id) as work:
        await work.accounts.save(replace(await work.accounts.hold(), plan=PlanName.STARTER))
    await site.settle()
    assert rival.cards() == []
    assert {call.team_id for call in site.slack.calls} <= {site.slack.team_id}
