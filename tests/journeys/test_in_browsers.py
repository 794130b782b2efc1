"""Refunds and cancellations over every face at once, in real browsers, with nobody pressing reload."""

from dataclasses import dataclass

from playwright.async_api import expect

from tests.journeys.conftest import Stage
from tests.journeys.faces import Customer, Desk, SlackWindow
from tests.make import CHANNEL
from tests.people import alice, bob, erin


@dataclass
class Open:
    """What stands open side by side: the channel, the desk, and bob's pages."""

    stage: Stage
    slack: SlackWindow
    desk: Desk
    bob: Customer

    async def asked(self, order_id: str) -> str:
        """Bob asks for 25.00 back and stays on the request's page; its reference."""
        self.stage.site.clock.turn(seconds=10)  # Slack is told of one card after the other
        request = await self.stage.ask_refund(bob, order_id)
        await self.bob.page.goto(f"{self.bob.root}/requests/{request.id.hex}")
        await self.bob.sees("Your request for a refund of $25.00 is waiting for an answer")
        return request.reference

    async def stand_at_inbox(self) -> None:
        """The desk, back where requests appear by themselves."""
        await self.desk.page.goto(self.stage.places.desk)


async def test_whoever_decides_every_face_follows(stage: Stage) -> None:
    customer = await stage.customer(stage.places.helpdesk, bob)
    faces = Open(stage, await stage.slack(erin), await stage.desk(), customer)
    first, second, third, fourth = await stage.sell_to_bob(4)
    await a_denial_in_slack_reaches_the_customer_with_its_reason(faces, first)
    await the_desk_decides_while_slack_looks_on(faces, second)
    await slack_decides_while_the_desk_looks_on(faces, third)
    await a_withdrawn_request_says_so_on_its_card(faces, fourth)
    alices = await stage.customer(stage.places.helpdesk)
    await a_cancellation_is_approved_in_slack(faces, alices)
    await a_question_is_answered_at_the_desk(faces, alices)


async def a_denial_in_slack_reaches_the_customer_with_its_reason(faces: Open, order_id: str) -> None:
    reference = await faces.asked(order_id)
    await faces.slack.deny(reference, "You have watched all lessons. We are sorry.")
    await faces.bob.sees("Your request for a refund of $25.00 was denied")
    answer = faces.bob.page.get_by_text("You have watched all lessons. We are sorry.")
    await expect(answer.first).to_be_visible()
    await faces.slack.shows_decided(reference, "Denied by Erin Castellanos", "You have watched all lessons.")
    assert len(await faces.bob.mails_about(reference)) == 2
    assert "watched all lessons" in (await faces.bob.mails())[-1]["text"]
    assert faces.stage.site.refunds(order_id) == []


async def the_desk_decides_while_slack_looks_on(faces: Open, order_id: str) -> None:
    reference = await faces.asked(order_id)
    await expect(faces.slack.card(reference).get_by_role("button", name="Approve")).to_be_visible()
    await faces.desk.open_request(reference)
    await faces.desk.approve()
    await faces.slack.shows_decided(reference, "Approved by Dana Whitfield", "Refunded $25.00")
    await faces.bob.sees("$25.00 has been refunded")
    await expect(faces.desk.page.get_by_text("Done").first).to_be_visible()
    assert faces.stage.site.refunds(order_id) == [2500]
    assert len(await faces.bob.mails_about(reference)) == 2


async def slack_decides_while_the_desk_looks_on(faces: Open, order_id: str) -> None:
    await faces.stand_at_inbox()
    reference = await faces.asked(order_id)
    await faces.desk.open_request(reference)
    page = faces.desk.page
    await expect(page.locator("#deny")).to_have_count(1)
    await faces.slack.approve(reference, "Refund $25.00")
    await expect(page.get_by_text("Erin Castellanos").first).to_be_visible()
    await expect(page.get_by_text("Done").first).to_be_visible()
    await expect(page.locator("#deny")).to_have_count(0)


async def a_withdrawn_request_says_so_on_its_card(faces: Open, order_id: str) -> None:
    reference = await faces.asked(order_id)
    await expect(faces.slack.card(reference).get_by_role("button", name="Approve")).to_be_visible()
    await faces.bob.page.get_by_role("button", name="Withdraw request").click()
    await faces.bob.sees("You withdrew your request for a refund of $25.00")
    await faces.slack.shows_decided(reference, "Withdrawn by the customer")
    assert faces.stage.site.refunds(order_id) == []


async def a_cancellation_is_approved_in_slack(faces: Open, customer: Customer) -> None:
    reference = await customer.cancel()
    await faces.slack.approve(reference, "Membership Gold")
    await customer.sees("Membership Gold ends on Dec 16, 2026")
    await faces.slack.shows_decided(reference, "Approved by Erin Castellanos", "Done")
    assert len(await customer.mails_about(reference)) == 2
    assert _is_ending(faces.stage)


async def a_question_is_answered_at_the_desk(faces: Open, customer: Customer) -> None:
    await faces.stand_at_inbox()
    theirs, ours = customer.page, faces.desk.page
    await theirs.get_by_role("banner").get_by_role("link", name="New question", exact=True).click()
    await theirs.get_by_label("Subject").fill("Where are the slides?")
    await theirs.get_by_label("Your question").fill("I cannot find those of lesson 3.")
    await theirs.get_by_role("button", name="Send question").click()
    await ours.get_by_role("link", name="Where are the slides?").click()
    await ours.get_by_label("Your reply").fill("Below the video, at the right.")
    await ours.get_by_role("button", name="Send the reply").click()
    await expect(ours.get_by_text("Below the video, at the right.")).to_be_visible()
    await theirs.reload()
    await expect(theirs.get_by_text("Below the video, at the right.")).to_be_visible()


async def test_the_portal_acts_without_anybody(stage: Stage) -> None:
    customer = await stage.customer(stage.places.portal)
    reference = await customer.ask_refund()
    await customer.sees("$149.00 has been refunded")
    assert len(await customer.mails_about(reference)) == 2
    assert stage.site.refunds(alice.order_id) == [14900]
    # Canceled at once, and taken back.
    await customer.cancel()
    await customer.sees("Membership Gold ends on Dec 16, 2026")
    assert _is_ending(stage)
    await customer.page.get_by_role("main").get_by_role("link", name="My Orders").click()
    await customer.page.get_by_role("link", name="Undo cancellation").click()
    await customer.page.get_by_role("button", name="Undo cancellation").click()
    await customer.sees("Membership Gold goes on")
    assert not _is_ending(stage)
    assert stage.site.slack.messages(CHANNEL) == []


def _is_ending(stage: Stage) -> bool:
    processor, agreement = stage.site.processor, stage.site.world.processor_subscription
    return bool(processor.state.get("subscription", agreement)["cancel_at_period_end"])
