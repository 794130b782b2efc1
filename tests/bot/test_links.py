"""Previews of links to the desk: only for staff, only where those who read them may know."""

from dataclasses import replace

from billing.helpdesks import add_helpdesk
from billing.ids import HelpdeskId, RequestId, TicketId, new_id
from bot.links import read_links
from tests.bot.scenes import Scene
from tests.make import CHANNEL
from tests.people import erin, grace
from tests.told import problems_of_text, texts_of

DESK = "https://billing.example.com/lumen/desk"


async def previews(scene: Scene, user: str, channel: str, url: str) -> dict[str, str]:
    """What is shown below the links of a message, by link."""
    message = await scene.site.slack.write(user, channel, url)
    await scene.site.settle()
    for shown in message.unfurls.values():
        assert problems_of_text("", shown["blocks"]) == []
    return {
        link: "\n".join(each["text"] for each in texts_of(shown["blocks"]))
        for link, shown in message.unfurls.items()
    }


async def test_a_link_in_the_helpdesks_channel_is_previewed(scene: Scene) -> None:
    request = await scene.ask_refund()
    question = await scene.ask_question("Hello <b>", "Where is it?")
    desk = f"{scene.site.url}/lumen/desk"
    links = {
        "request": f"{desk}/requests/{request.id.hex}",
        "its ticket": f"{desk}/tickets/{request.ticket_id.hex if request.ticket_id else ''}",
        "question": f"{desk}/tickets/{question.id.hex}?from=mail",
        "nothing": f"{desk}/requests/{new_id(RequestId).hex}",
        "a page": f"{desk}/team",
    }
    shown = await previews(scene, erin.slack, CHANNEL, " and ".join(links.values()))
    assert set(shown) <= {links["request"], links["its ticket"], links["question"]}
    assert f"*Refund request: $149.00* · {request.reference}" in shown[links["request"]]
    assert "Photography Masterclass · a…e@example.net" in shown[links["request"]]
    assert f"*Question {question.reference}*" in shown[links["question"]]
    assert "“Hello <b>”" in shown[links["question"]]
    assert "Alice" not in str(shown)


async def test_a_viewer_and_the_apps_own_messages_tab_have_them_too(http: Scene) -> None:
    request = await http.ask_refund()
    link = f"{http.site.url}/lumen/desk/requests/{request.id.hex}"
    assert link in await previews(http, grace.slack, CHANNEL, link)
    direct = http.site.slack.workspace.direct_message(erin.slack).id
    assert link in await previews(http, erin.slack, direct, link)


async def test_elsewhere_and_for_others_nothing_is_shown(http: Scene) -> None:
    request = await http.ask_refund()
    link = f"{http.site.url}/lumen/desk/requests/{request.id.hex}"
    for who, where in (
        ("U0GUEST005", CHANNEL),
        ("U0STRANGE6", CHANNEL),
        (erin.slack, "C0BILLING2"),
        (erin.slack, "C0GENERAL3"),
    ):
        assert await previews(http, who, where, link) == {}, who
    assert "chat.unfurl" not in {call.method for call in http.site.slack.calls}


async def test_a_channel_is_shown_nothing_of_another_helpdesk(http: Scene) -> None:
    request = await http.ask_refund()
    site = http.site
    other = replace(
        site.world.desk, id=new_id(HelpdeskId), name="Billing", slug="billing", slack_channel="C0BILLING2"
    )
    await add_helpdesk(site.ctx, other, [], by=site.world.member(erin))
    link = f"{site.url}/lumen/desk/requests/{request.id.hex}"
    assert await previews(http, erin.slack, "C0BILLING2", link) == {}
    assert link in await previews(http, erin.slack, CHANNEL, link)


async def test_a_direct_message_of_two_people_shows_nothing(http: Scene) -> None:
    request = await http.ask_refund()
    link = f"{http.site.url}/lumen/desk/requests/{request.id.hex}"
    event = {
        "type": "link_shared",
        "channel": "D0TWOOFUS1",
        "is_bot_user_member": False,
        "user": erin.slack,
        "message_ts": "1790000000.000100",
        "links": [{"domain": "127.0.0.1", "url": link}],
    }
    for source in ("conversations_history", "composer"):
        assert (await http.site.slack.post_event({**event, "source": source})).acked
    in_composer = {**event, "channel": "COMPOSER", "source": "composer", "is_bot_user_member": True}
    assert (await http.site.slack.post_event(in_composer)).acked
    http.site.slack.calls.clear()
    await http.site.settle()
    assert http.site.slack.calls == []


async def test_another_accounts_pages_are_nothing_here(http: Scene) -> None:
    request = await http.ask_refund()
    for desk in (f"{http.site.url}/rival/desk", "https://evil.example/lumen/desk"):
        assert await previews(http, erin.slack, CHANNEL, f"{desk}/requests/{request.id.hex}") == {}


async def test_who_left_since_then_shows_nothing(http: Scene) -> None:
    request = await http.ask_refund()
    link = f"{http.site.url}/lumen/desk/requests/{request.id.hex}"
    message = await http.site.slack.write(erin.slack, CHANNEL, link)
    await http.change_staff(erin, active=False)
    await http.site.settle()
    assert message.unfurls == {}


def test_only_pages_of_records_are_links_of_ours() -> None:
    request, ticket = new_id(RequestId).hex, new_id(TicketId).hex
    good = [f"{DESK}/requests/{request}", f"{DESK}/tickets/{ticket}/", f"{DESK}/requests/{request}#deny"]
    bad = [
        DESK,
        f"{DESK}/requests/{request}/deny",
        f"{DESK}/requests/{request.upper()}X",
        f"{DESK}/requests/../tickets/{ticket}",
        f"{DESK}.evil.example/requests/{request}",
        f"https://evil.example/?{DESK}/requests/{request}",
        f"{DESK}/customers/{request}",
        "",
    ]
    assert [link.url for link in read_links([*bad, *good], DESK)] == good
    assert len(read_links(good * 10, DESK)) == 10
