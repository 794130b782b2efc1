"""Reminders and digests as they appear in Slack, and the mail to whom Slack does not reach."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from billing.deciding import deny_request
from billing.edges import SlackLink
from billing.hours import default_hours
from billing.snoozing import snooze_ticket
from billing.working_hours import set_hours
from tests.bot.scenes import Scene
from tests.make import CHANNEL, TEAM
from tests.people import alice, bob, dana, erin, frank
from tests.told import texts_of

# The world begins on Friday, November 20, at noon.
MONDAY = datetime(2026, 11, 23, 9, tzinfo=UTC)


async def turn_to(scene: Scene, at: datetime) -> None:
    """The clock rings what is due by then, and all is delivered."""
    scene.site.clock.at = at
    await scene.site.service.clock.ring_due()
    await scene.site.settle()


def whole(message: object) -> str:
    return "\n".join(each["text"] for each in texts_of(message))


def buttons_of(blocks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for block in blocks if block["type"] == "actions" for each in block["elements"]]


async def test_a_reminder_appears_in_the_thread_with_a_way_to_the_desk(http: Scene) -> None:
    request = await http.ask_refund()
    await turn_to(http, MONDAY)
    *_, reminder = http.site.slack.thread(CHANNEL, http.card().ts)
    assert "This still waits for a decision: it was sent 3 days ago." in http.words(reminder)
    assert "An answer was due" in http.words(reminder)
    [button] = buttons_of(reminder.blocks)
    assert button["url"].endswith(f"/desk/requests/{request.id.hex}")
    # The workspace's own tasks ring as well; none of them says anything twice.
    before = len(http.thread())
    await turn_to(http, MONDAY + timedelta(seconds=5))
    assert len(http.thread()) == before


async def test_what_was_settled_or_snoozed_meanwhile_is_not_spoken_of(http: Scene) -> None:
    request = await http.ask_refund()
    http.site.clock.at = MONDAY
    await http.site.service.clock.ring_due()
    by = http.site.world.member(dana)
    await deny_request(http.site.ctx, request.id, by=by, answer="No.")
    await http.site.settle()
    assert not any("still waits" in line for line in http.thread())

    other = await http.ask_cancel()
    await http.site.service.clock.ring_due()
    http.site.clock.at = MONDAY + timedelta(days=1)
    await http.site.service.clock.ring_due()
    assert other.ticket_id is not None
    until = http.site.clock.at + timedelta(days=2)
    await snooze_ticket(http.site.ctx, other.ticket_id, until, by=by)
    await http.site.settle()
    said = [whole(each.blocks) for each in http.site.slack.messages(CHANNEL)]
    assert not any("still waits" in line for line in said)


async def test_people_and_then_a_manager_are_told_alone(http: Scene) -> None:
    await http.ask_refund()
    await http.change_staff(erin, locale="de")
    for days in range(3):
        await turn_to(http, MONDAY + timedelta(days=days, seconds=days))
    danas, erins = (http.site.slack.direct(each.slack) for each in (dana, erin))
    assert http.site.slack.direct(frank.slack) == []  # it is above what he may decide
    assert [("one of those who may decide it" in whole(each.blocks)) for each in danas] == [True]
    assert len(erins) == 2
    card, desk = buttons_of(danas[0].blocks)
    assert card["url"].startswith(http.site.slack.url)
    assert "/desk/requests/" in desk["url"]
    assert not http.site.mails() or all("Reminder" not in mail["subject"] for mail in http.site.mails())


async def test_whom_slack_cannot_write_to_is_mailed(http: Scene) -> None:
    request = await http.ask_refund()
    async with http.site.ctx.begin(http.lumen.id) as work:
        for person, user in ((dana, "U0NOBODY01"), (erin, "U0NOBODY02")):
            staff_id = http.site.world.staff[person.name]
            await work.channels.drop_link(staff_id)
            await work.channels.put_link(SlackLink(http.lumen.id, TEAM, user, staff_id))
    for days in range(2):
        await turn_to(http, MONDAY + timedelta(days=days, seconds=days))
    mails = [mail for mail in http.site.mails() if mail["subject"].startswith("Reminder")]
    assert {mail["to"] for mail in mails} == {dana.email, erin.email}
    assert f"/desk/requests/{request.id.hex}" in mails[0]["text"]
    assert "asks for a refund of $149.00 for Photography Masterclass." in mails[0]["text"]
    assert alice.email not in mails[0]["text"]
    assert "An answer was due" in mails[0]["text"]
    assert await http.given_up() == []
    http.site.slack.refused.clear()


async def test_who_left_or_became_a_guest_is_told_nothing_in_slack(http: Scene) -> None:
    await http.ask_refund()
    await turn_to(http, MONDAY)
    http.site.clock.at = MONDAY + timedelta(days=1, seconds=1)
    await http.site.service.clock.ring_due()
    await http.change_staff(dana, active=False)
    people = http.site.slack.people  # Slack says so too, where it is asked meanwhile
    people[erin.slack] = replace(people[erin.slack], is_restricted=True)
    async with http.site.ctx.begin(http.lumen.id) as work:
        erins = await work.channels.find_profile(TEAM, erin.slack)
        assert erins is not None
        await work.channels.put_profile(replace(erins, is_guest=True, looked_at=http.site.ctx.now()))
    await http.site.settle()
    assert [http.site.slack.direct(each.slack) for each in (dana, erin)] == [[], []]
    # Their address at the desk is good still, but not of who left.
    reminded = [mail["to"] for mail in http.site.mails() if mail["subject"].startswith("Reminder")]
    assert reminded == [erin.email]


async def test_a_digest_tells_once_a_day_what_waits(http: Scene) -> None:
    site = http.site
    hours = replace(default_hours(http.lumen.id, site.world.desk.id), digest_at=8 * 60)
    await set_hours(site.ctx, hours, by=site.world.member(erin))
    await turn_to(http, MONDAY - timedelta(hours=1))
    assert site.slack.messages(CHANNEL) == []  # nothing waits, nothing is said

    await http.ask_refund()
    denied = await http.ask_refund(by=bob)
    await deny_request(site.ctx, denied.id, by=site.world.member(dana), answer="No.")
    await site.settle()
    cards = len(site.slack.messages(CHANNEL))
    tuesday = MONDAY + timedelta(hours=23, minutes=1)
    for _ in range(2):
        await turn_to(http, tuesday)
    [digest] = site.slack.messages(CHANNEL)[cards:]
    told = whole(digest.blocks)
    assert "What waits in Lumen Support" in told
    assert "*Waiting for a decision*\n1" in told
    assert "*In all*\n$149.00" in told
    assert "Decided since Nov 23, 2026: approved 0, denied 1, withdrawn 0." in told
    [button] = buttons_of(digest.blocks)
    assert button["url"].endswith(f"/lumen/desk?helpdesk={site.world.desk.id.hex}")
