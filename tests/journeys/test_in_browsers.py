"""Refunds and cancellations over every face at once, in real browsers, with nobody pressing reload."""

from playwright.async_api import expect

from tests.journeys.conftest import Stage
from tests.people import alice, erin


async def test_a_denial_in_slack_reaches_the_customer_with_its_reason(stage: Stage) -> None:
    slack = await stage.slack(erin)
    customer = await stage.customer(stage.places.helpdesk)
    reference = await customer.ask_refund()
    await slack.deny(reference, "You have watched all lessons. We are sorry.")
    await customer.sees("Your request for a refund of $149.00 was denied")
    answer = customer.page.get_by_text("You have watched all lessons. We are sorry.")
    await expect(answer.first).to_be_visible()
    await slack.shows_decided(reference, "Denied by Erin Castellanos", "You have watched all lessons.")
    assert len(await customer.mails_about(reference)) == 2
    assert "watched all lessons" in (await customer.mails())[-1]["text"]
    assert stage.site.refunds(alice.order_id) == []


async def test_the_desk_decides_while_slack_looks_on(stage: Stage) -> None:
    slack, desk = await stage.slack(erin), await stage.desk()
    customer = await stage.customer(stage.places.helpdesk)
    reference = await customer.ask_refund()
    await expect(slack.card(reference).get_by_role("button", name="Approve")).to_be_visible()
    await desk.open_request(reference)
    await desk.approve()
    await slack.shows_decided(reference, "Approved by Dana Whitfield", "Refunded")
    await customer.sees("$149.00 has been refunded")
    await expect(desk.page.get_by_text("Done").first).to_be_visible()
    assert stage.site.refunds(alice.order_id) == [14900]
    assert len(await customer.mails_about(reference)) == 2


async def test_slack_decides_while_the_desk_looks_on(stage: Stage) -> None:
    slack, desk = await stage.slack(erin), await stage.desk()
    customer = await stage.customer(stage.places.helpdesk)
    reference = await customer.ask_refund()
    await desk.open_request(reference)
    await slack.approve(reference, "Refund $149.00")
    await expect(desk.page.get_by_text("Erin Castellanos").first).to_be_visible()
    await expect(desk.page.get_by_text("Done").first).to_be_visible()
    await expect(desk.page.get_by_role("button", name="Deny the request")).to_have_count(0)


async def test_a_withdrawn_request_says_so_on_its_card(stage: Stage) -> None:
    slack = await stage.slack()
    customer = await stage.customer(stage.places.helpdesk)
    reference = await customer.ask_refund()
    await expect(slack.card(reference).get_by_role("button", name="Approve")).to_be_visible()
    await customer.page.get_by_role("button", name="Withdraw request").click()
    await customer.sees("You withdrew your request for a refund of $149.00")
    await slack.shows_decided(reference, "Withdrawn by the customer")
    assert stage.site.refunds(alice.order_id) == []


async def test_the_portal_refunds_without_anybody(stage: Stage) -> None:
    slack = await stage.slack()
    customer = await stage.customer(stage.places.portal)
    reference = await customer.ask_refund()
    await customer.sees("$149.00 has been refunded")
    assert len(await customer.mails_about(reference)) == 2
    assert stage.site.refunds(alice.order_id) == [14900]
    await expect(slack.page.locator("li.message")).to_have_count(0)


async def test_a_cancellation_is_approved_in_slack(stage: Stage) -> None:
    slack = await stage.slack(erin)
    customer = await stage.customer(stage.places.helpdesk)
    reference = await customer.cancel()
    await slack.approve(reference, "Membership Gold")
    await customer.sees("Membership Gold ends on Dec 16, 2026")
    await slack.shows_decided(reference, "Approved by Erin Castellanos", "Refunded")
    assert len(await customer.mails_about(reference)) == 2
    assert _is_ending(stage)


async def test_the_portal_cancels_at_once_and_takes_it_back(stage: Stage) -> None:
    customer = await stage.customer(stage.places.portal)
    await customer.cancel()
    await customer.sees("Membership Gold ends on Dec 16, 2026")
    assert _is_ending(stage)
    await customer.page.get_by_role("main").get_by_role("link", name="My Orders").click()
    await customer.page.get_by_role("link", name="Undo cancellation").click()
    await customer.page.get_by_role("button", name="Undo cancellation").click()
    await customer.sees("Membership Gold goes on")
    assert not _is_ending(stage)


async def test_a_question_is_answered_at_the_desk(stage: Stage) -> None:
    customer = await stage.customer(stage.places.helpdesk)
    desk = await stage.desk()
    await customer.page.get_by_role("link", name="New question").click()
    await customer.page.get_by_label("Subject").fill("Where are the slides?")
    await customer.page.get_by_label("Your question").fill("I cannot find those of lesson 3.")
    await customer.page.get_by_role("button", name="Send question").click()
    await desk.page.get_by_role("link", name="Where are the slides?").click()
    await desk.page.get_by_label("Your reply").fill("Below the video, at the right.")
    await desk.page.get_by_role("button", name="Send the reply").click()
    await expect(desk.page.get_by_text("Below the video, at the right.")).to_be_visible()
    await customer.page.reload()
    await expect(customer.page.get_by_text("Below the video, at the right.")).to_be_visible()


def _is_ending(stage: Stage) -> bool:
    processor, agreement = stage.site.processor, stage.site.world.processor_subscription
    return bool(processor.state.get("subscription", agreement)["cancel_at_period_end"])
