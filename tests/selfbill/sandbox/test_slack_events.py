"""Events: sent where the manifest subscribes and a scope allows, and saying what Slack's own say."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from slack_sdk.web.async_client import AsyncWebClient

from selfbill.sandbox.slack import SlackSandbox
from selfbill.sandbox.slack.declared import SCOPES
from tests.selfbill.sandbox.ear import Ear, Json, listening
from tests.worlds import until

DANA, ERIN, STRANGER = "U0DANA0001", "U0ERIN0002", "U0STRANGE6"
SUPPORT, GENERAL, FOUNDERS = "C0SUPPORT1", "C0GENERAL3", "C0FOUNDER4"
DESK = "https://desk.example/requests/1"

MANIFEST: Json = {
    "features": {
        "slash_commands": [{"command": "/refunds"}],
        "unfurl_domains": ["desk.example"],
    },
    "oauth_config": {
        "redirect_urls": ["https://desk.example/slack"],
        "scopes": {"bot": ["chat:write", "links:read"], "bot_optional": ["channels:history"]},
    },
    "settings": {
        "event_subscriptions": {"bot_events": ["message.channels", "link_shared", "user_change"]},
        "token_rotation_enabled": True,
    },
}


@pytest.fixture
async def slack() -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox() as sandbox:
        yield sandbox


@pytest.fixture
async def ear(slack: SlackSandbox) -> AsyncIterator[Ear]:
    async with listening(slack) as app:
        yield app


def client_of(slack: SlackSandbox) -> AsyncWebClient:
    return AsyncWebClient(slack.bot_token, base_url=slack.base_url, retry_handlers=[])


async def test_a_message_and_a_reply_are_heard(slack: SlackSandbox, ear: Ear) -> None:
    first = await slack.write(DANA, "support", "Is it *late* & <done>?")
    await slack.write(STRANGER, "support", "Yes", thread_ts=first.ts)

    said, reply = ear.events
    assert said["text"] == "Is it *late* &amp; &lt;done&gt;?"
    assert said["blocks"][0]["elements"][0]["elements"][0]["text"] == "Is it *late* & <done>?"
    assert (said["channel"], said["channel_type"], said["user"]) == (SUPPORT, "channel", DANA)
    assert "bot_id" not in said
    assert "thread_ts" not in said
    assert (reply["thread_ts"], reply["parent_user_id"]) == (first.ts, DANA)
    assert reply["user_team"] == "T0ELSEWHERE"
    assert {each["team_id"] for each in ear.envelopes} == {slack.team_id}


async def test_bots_and_changed_messages_say_what_they_are(slack: SlackSandbox, ear: Ear) -> None:
    await slack.write("U0OTHERBOT", "support", "Deployed", bot_id="B0OTHER")
    mine = await slack.write(DANA, "support", "Tpyo")
    await slack.edit_message(mine, "Typo")
    await slack.delete_message(mine)

    assert ear.kinds() == [
        "message.bot_message",
        "message",
        "message.message_changed",
        "message.message_deleted",
    ]
    assert ear.events[0]["bot_id"] == "B0OTHER"
    changed = ear.events[2]
    assert (changed["previous_message"]["text"], changed["message"]["text"]) == ("Tpyo", "Typo")
    assert slack.messages("support")[-1].bot_id == "B0OTHER"


async def test_the_apps_own_messages_come_back_where_it_wants_them(slack: SlackSandbox, ear: Ear) -> None:
    client = client_of(slack)
    await client.chat_postMessage(channel=SUPPORT, text="Silent")
    slack.events.echoes = True
    posted = await client.chat_postMessage(channel=SUPPORT, text="Heard")
    await client.chat_update(channel=SUPPORT, ts=posted["ts"], text="Heard again")
    await until(lambda: len(ear.events) == 2)

    assert ear.kinds() == ["message", "message.message_changed"]
    assert ear.events[0]["bot_id"] == ear.events[1]["message"]["bot_id"] == slack.workspace.seed.bot_id


async def test_where_the_app_is_not_it_hears_nothing(slack: SlackSandbox, ear: Ear) -> None:
    await slack.write(DANA, "general", "Nothing for bots")
    await slack.message_app(DANA, "Hello?")  # im:history is no scope of ours
    assert ear.events == []
    assert slack.withheld == [("message.im", "missing_scope")]


async def test_a_link_is_heard_of_and_previewed(slack: SlackSandbox, ear: Ear) -> None:
    message = await slack.share_link(DANA, GENERAL, DESK)
    (shared,) = ear.events
    assert shared["links"] == [{"domain": "desk.example", "url": DESK}]
    assert (shared["message_ts"], shared["is_bot_user_member"]) == (message.ts, False)

    preview = {"blocks": [{"type": "section", "text": {"type": "plain_text", "text": "$149.00"}}]}
    client = client_of(slack)
    await client.chat_unfurl(channel=GENERAL, ts=message.ts, unfurls={DESK: preview})
    assert message.unfurls[DESK]["blocks"][0]["text"]["text"] == "$149.00"
    again = {"title": "Refund"}
    await client.chat_unfurl(
        unfurl_id=shared["unfurl_id"], source="conversations_history", unfurls={DESK: again}
    )
    assert message.unfurls[DESK]["title"] == "Refund"


async def test_a_preview_may_ask_its_reader_to_sign_in(slack: SlackSandbox, ear: Ear) -> None:
    message = await slack.share_link(ERIN, SUPPORT, DESK)
    await client_of(slack).chat_unfurl(
        channel=SUPPORT, ts=message.ts, unfurls={}, user_auth_message="Link yourself first"
    )
    assert slack.told("link yourself first", ERIN) == 1


async def test_home_and_messages_tab(slack: SlackSandbox, ear: Ear) -> None:
    await client_of(slack).views_publish(user_id=DANA, view={"type": "home", "blocks": [{"type": "divider"}]})
    await slack.open_home(DANA)
    await slack.open_home(DANA, tab="messages")
    home, messages = ear.events
    assert (home["tab"], home["view"]["type"]) == ("home", "home")
    assert (messages["tab"], "view" in messages) == ("messages", False)
    assert home["channel"].startswith("D")


async def test_people_and_channels_that_change(slack: SlackSandbox, ear: Ear) -> None:
    await slack.change_person(ERIN, deleted=True, locale="de-DE")
    await slack.archive("billing", by=DANA)
    await slack.remove_app("support", by=DANA)
    await slack.invite(FOUNDERS, by=DANA)
    await slack.remove_app(FOUNDERS, by=DANA)
    assert ear.kinds() == [
        "user_change",
        "channel_archive",
        "channel_left",
        "member_joined_channel",
        "group_left",
    ]
    assert (ear.events[0]["user"]["deleted"], ear.events[0]["user"]["locale"]) == (True, "de-DE")
    assert ear.events[2] == {
        "type": "channel_left",
        "channel": SUPPORT,
        "actor_id": DANA,
        "event_ts": ear.events[2]["event_ts"],
    }


async def test_an_app_hears_what_its_manifest_subscribes_to() -> None:
    async with SlackSandbox(manifest=MANIFEST) as slack, listening(slack) as ear:
        await slack.write(DANA, "support", f"{DESK} and https://elsewhere.example/x")
        await slack.open_home(DANA)
        await slack.change_person(DANA, tz="Asia/Tokyo")
        await slack.post_event({"type": "app_home_opened", "user": DANA})  # by hand everything is sent

        assert ear.kinds() == ["message", "link_shared", "app_home_opened"]
        assert [each["url"] for each in ear.events[1]["links"]] == [DESK]
        assert slack.withheld == [
            ("app_home_opened", "not_subscribed"),
            ("user_change", "missing_scope"),
        ]
        assert slack.scopes_used == {"channels:history", "links:read"}


async def test_only_declared_commands_leave_the_client() -> None:
    async with SlackSandbox(manifest=MANIFEST) as slack, listening(slack) as ear:
        ear.ack = {"text": "Two wait.", "response_type": "ephemeral"}
        assert (await slack.command(DANA, "support", "/refunds mine")).acked
        assert (await slack.command(DANA, "support", "/other")).error == "not_a_command"

        assert [each["text"] for each in ear.commands] == ["mine"]
        assert slack.told("two wait.", DANA) == 1
        assert slack.told("/other is not a valid command", DANA) == 1


async def test_an_answer_to_a_command_is_walked_like_a_message(slack: SlackSandbox, ear: Ear) -> None:
    ear.ack = {"text": "x", "blocks": [{"type": "carousel"}]}
    await slack.command(DANA, "support", "/refunds")
    assert [call.answer["error"] for call in slack.refused] == ["invalid_blocks"]
    slack.refused.clear()
    ear.ack = {"response_type": "in_channel", "text": "For all"}
    await slack.command(DANA, "support", "/refunds")
    assert slack.messages("support")[-1].text == "For all"


async def test_retries_go_on_until_the_app_takes_it(slack: SlackSandbox, ear: Ear) -> None:
    ear.status = 500
    answer = await slack.post_event({"type": "user_change"}, retries_after_s=(0.0, 0.0))
    assert (answer.status, answer.tries, len(ear.events)) == (500, 3, 3)


def test_no_scope_is_missing_from_the_default() -> None:
    assert {"commands", "links:read", "links:write", "im:write"} < set(SCOPES)
