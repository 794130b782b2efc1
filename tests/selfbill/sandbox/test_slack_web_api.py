"""The Web API as the SDK meets it: what it does, what it refuses, and the faults on demand."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient
from slack_sdk.webhook.async_client import AsyncWebhookClient

from selfbill.sandbox.slack import SlackSandbox
from selfbill.sandbox.slack.access import ResponseUrl
from selfbill.sandbox.slack.declared import SCOPES
from tests.selfbill.sandbox.bolt_app import ASK, CARD, DENY_MODAL

DANA, ERIN = "U0DANA0001", "U0ERIN0002"
SUPPORT, GENERAL, FOUNDERS, OLD = "C0SUPPORT1", "C0GENERAL3", "C0FOUNDER4", "C0OLDNEWS5"


class Clock:
    """A clock that tests turn."""

    def __init__(self) -> None:
        self.at = datetime(2026, 11, 22, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        self.at += timedelta(**by)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(now=clock) as sandbox:
        yield sandbox
        sandbox.refused.clear()  # what Slack refuses is what these tests are about


@pytest.fixture
async def client(slack: SlackSandbox) -> AsyncIterator[AsyncWebClient]:
    async with aiohttp.ClientSession() as session:
        yield AsyncWebClient(slack.bot_token, base_url=slack.base_url, session=session, retry_handlers=[])


async def refusal(call: Any) -> str:
    """The error code of a call that Slack refuses."""
    with pytest.raises(SlackApiError) as raised:
        await call
    assert raised.value.response.status_code == 200
    return str(raised.value.response["error"])


async def test_who_am_i(slack: SlackSandbox, client: AsyncWebClient) -> None:
    who = await client.auth_test()
    assert (who["team_id"], who["user_id"]) == (slack.team_id, slack.workspace.seed.bot_user_id)
    assert who["bot_id"].startswith("B")


async def test_a_message_is_posted_updated_answered_and_deleted(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    posted = await client.chat_postMessage(channel="#support", text="A refund waits", blocks=CARD)
    await client.chat_postMessage(channel=SUPPORT, text="Approved by Dana", thread_ts=posted["ts"])
    await client.chat_update(channel=SUPPORT, ts=posted["ts"], text="Done", blocks=[ASK])

    (card,) = slack.messages("support")
    assert (card.text, len(card.blocks)) == ("Done", 1)
    assert [reply.text for reply in slack.thread("support", posted["ts"])] == ["Approved by Dana"]
    await client.chat_delete(channel=SUPPORT, ts=posted["ts"])
    assert slack.messages("support") == []
    assert slack.refused == []
    assert [call.method for call in slack.calls][:2] == ["chat.postMessage", "chat.postMessage"]


async def test_blocks_left_out_of_an_update_stay(slack: SlackSandbox, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=SUPPORT, text="x", blocks=CARD)
    await client.chat_update(channel=SUPPORT, ts=posted["ts"], text="y")
    assert [block["type"] for block in slack.messages("support")[0].blocks] == ["section", "actions"]


@pytest.mark.parametrize(
    ("channel", "code"),
    [
        ("C404", "channel_not_found"),
        (FOUNDERS, "channel_not_found"),
        (GENERAL, "not_in_channel"),
        (OLD, "is_archived"),
    ],
)
async def test_where_nothing_can_be_posted(client: AsyncWebClient, channel: str, code: str) -> None:
    assert await refusal(client.chat_postMessage(channel=channel, text="x")) == code


async def test_texts_that_are_missing_or_too_long(slack: SlackSandbox, client: AsyncWebClient) -> None:
    posted = await client.chat_postMessage(channel=SUPPORT, text="x" * 4001)
    update = client.chat_update(channel=SUPPORT, ts=posted["ts"], text="x" * 4001)
    assert await refusal(update) == "msg_too_long"
    bare = client.api_call("chat.postMessage", json={"channel": SUPPORT})
    assert await refusal(bare) == "no_text"
    assert [call.answer["error"] for call in slack.refused] == ["msg_too_long", "no_text"]


async def test_only_our_own_messages_can_be_updated(slack: SlackSandbox, client: AsyncWebClient) -> None:
    theirs = await slack.write(DANA, "support", "Hello")
    whispered = await client.chat_postEphemeral(channel=SUPPORT, user=DANA, text="psst")
    for ts in (theirs.ts, whispered["message_ts"]):
        update = client.chat_update(channel=SUPPORT, ts=ts, text="x")
        assert await refusal(update) == "cant_update_message"
    assert await refusal(client.chat_update(channel=SUPPORT, ts="1.0", text="x")) == "message_not_found"


async def test_an_ephemeral_answer_needs_a_member(slack: SlackSandbox, client: AsyncWebClient) -> None:
    call = client.chat_postEphemeral(channel=SUPPORT, user="U0LEFT0007", text="psst")
    assert await refusal(call) == "user_not_in_channel"


async def test_bad_blocks_are_refused_with_their_place(client: AsyncWebClient) -> None:
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=SUPPORT, text="x", blocks=[block])
    answer = raised.value.response
    assert answer["error"] == "invalid_blocks"
    assert "json-pointer:/blocks/0/text/text" in answer["response_metadata"]["messages"][0]


async def test_scopes_and_tokens(slack: SlackSandbox, client: AsyncWebClient) -> None:
    assert await refusal(client.users_lookupByEmail(email="dana@example.com")) == "missing_scope"
    assert await refusal(client.conversations_list(types="im")) == "missing_scope"
    assert await refusal(client.auth_test(token="xoxb-other")) == "invalid_auth"
    assert await refusal(client.auth_test(token=slack.app_token)) == "not_allowed_token_type"
    assert await refusal(client.apps_connections_open(app_token=slack.bot_token)) == "not_allowed_token_type"
    await client.auth_revoke()
    assert await refusal(client.auth_test()) == "token_revoked"


async def test_people_are_found_with_the_scopes_for_it(clock: Clock) -> None:
    scopes = [*SCOPES, "users:read.email"]
    async with SlackSandbox(now=clock, scopes=scopes) as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, base_url=slack.base_url, session=session)
        found = await client.users_lookupByEmail(email="Dana@example.com")
        assert found["user"]["id"] == DANA
        opened = await client.conversations_open(users=DANA)
        posted = await client.chat_postMessage(channel=DANA, text="Hello")
        assert posted["channel"] == opened["channel"]["id"]
        assert (await client.users_info(user="U0GUEST005"))["user"]["is_restricted"]
        assert await refusal(client.users_info(user="U404")) == "user_not_found"


async def test_channels_are_listed_page_by_page(client: AsyncWebClient) -> None:
    names: list[str] = []
    async for page in await client.conversations_list(
        types="public_channel,private_channel", exclude_archived=True, limit=2
    ):
        names += [each["name"] for each in page["channels"]]
    assert names == ["support", "billing", "general"]
    assert (await client.conversations_info(channel=SUPPORT))["channel"]["is_member"]


async def test_channels_of_the_bot_and_names_that_are_no_ids(client: AsyncWebClient) -> None:
    mine = await client.users_conversations(types="public_channel", exclude_archived=True)
    assert [each["name"] for each in mine["channels"]] == ["support", "billing"]
    posted = await client.chat_postMessage(channel="support", text="x")
    named = client.chat_update(channel="support", ts=posted["ts"], text="y")
    assert await refusal(named) == "channel_not_found"
    assert await refusal(client.conversations_info(channel="support")) == "channel_not_found"


async def test_a_language_is_told_to_who_asks(client: AsyncWebClient) -> None:
    assert "locale" not in (await client.users_info(user=DANA))["user"]
    assert (await client.users_info(user=DANA, include_locale=True))["user"]["locale"] == "en-US"


async def test_previews_that_slack_refuses(slack: SlackSandbox, client: AsyncWebClient) -> None:
    link = "https://desk.example/1"
    message = await slack.share_link(DANA, SUPPORT, link)
    where: dict[str, Any] = {"channel": SUPPORT, "ts": message.ts}
    good = {link: {"title": "Refund"}}
    refused: list[tuple[Any, str]] = [
        ({"https://desk.example/2": {"title": "x"}}, "cannot_unfurl_url"),
        ({link: {"blocks": [{"type": "carousel"}]}}, "invalid_blocks"),
        ([link], "invalid_unfurls_format"),
    ]
    for unfurls, code in refused:
        call = client.api_call("chat.unfurl", json={**where, "unfurls": unfurls})
        assert await refusal(call) == code
    silent = await client.chat_postMessage(channel=SUPPORT, text="no link")
    mine = client.chat_unfurl(channel=SUPPORT, ts=silent["ts"], unfurls=good)
    assert await refusal(mine) == "cannot_unfurl_message"
    assert await refusal(client.chat_unfurl(channel="C404", ts="1.0", unfurls=good)) == "cannot_find_channel"
    unknown = client.chat_unfurl(unfurl_id="x", source="composer", unfurls=good)
    assert await refusal(unknown) == "invalid_unfurl_id"


async def test_two_views_share_no_external_id(slack: SlackSandbox, client: AsyncWebClient) -> None:
    named = DENY_MODAL | {"external_id": "one"}
    await client.views_open(trigger_id=slack.access.new_trigger(DANA), view=named)
    again = client.views_open(trigger_id=slack.access.new_trigger(ERIN), view=named)
    assert await refusal(again) == "duplicate_external_id"


async def test_history_finds_a_message_by_its_metadata(client: AsyncWebClient) -> None:
    for number in range(3):
        metadata = {"event_type": "outbox", "event_payload": {"id": number}}
        await client.chat_postMessage(channel=SUPPORT, text=f"m{number}", metadata=metadata)
    first = await client.conversations_history(channel=SUPPORT, limit=2, include_all_metadata=True)
    assert [each["metadata"]["event_payload"]["id"] for each in first["messages"]] == [2, 1]
    assert first["has_more"]
    later = await client.conversations_history(channel=SUPPORT, oldest=first["messages"][1]["ts"])
    assert [each["text"] for each in later["messages"]] == ["m2"]
    assert "metadata" not in later["messages"][0]
    thread = await client.conversations_replies(channel=SUPPORT, ts=first["messages"][0]["ts"])
    assert [each["text"] for each in thread["messages"]] == ["m2"]


async def test_a_trigger_opens_one_view_within_three_seconds(
    slack: SlackSandbox, client: AsyncWebClient, clock: Clock
) -> None:
    trigger = slack.access.new_trigger(DANA)
    clock.turn(seconds=3)
    opened = await client.views_open(trigger_id=trigger, view=DENY_MODAL)
    assert opened["view"]["state"] == {"values": {}}
    again = client.views_open(trigger_id=trigger, view=DENY_MODAL)
    assert await refusal(again) == "exchanged_trigger_id"
    late = slack.access.new_trigger(DANA)
    clock.turn(seconds=3.1)
    assert await refusal(client.views_open(trigger_id=late, view=DENY_MODAL)) == "expired_trigger_id"
    bad = client.views_open(trigger_id=slack.access.new_trigger(DANA), view={"type": "modal", "blocks": []})
    assert await refusal(bad) == "invalid_arguments"


async def test_a_view_that_moved_meanwhile_is_a_hash_conflict(
    slack: SlackSandbox, client: AsyncWebClient
) -> None:
    home = {"type": "home", "blocks": [ASK]}
    first = (await client.views_publish(user_id=DANA, view=home))["view"]
    await client.views_publish(user_id=DANA, view=home, hash=first["hash"])
    stale = client.views_publish(user_id=DANA, view=home, hash=first["hash"])
    assert await refusal(stale) == "hash_conflict"
    update = client.views_update(view_id=first["id"], view=home, hash=first["hash"])
    assert await refusal(update) == "hash_conflict"


async def test_a_response_address_works_five_times_in_thirty_minutes(
    slack: SlackSandbox, client: AsyncWebClient, clock: Clock
) -> None:
    posted = await client.chat_postMessage(channel=SUPPORT, text="x", blocks=CARD)

    def address() -> str:
        target = ResponseUrl(SUPPORT, DANA, posted["ts"], clock(), is_ephemeral=False)
        return f"{slack.url}/response/{slack.access.new_response_url(target)}"

    hook = AsyncWebhookClient(address(), session=client.session, retry_handlers=[])
    statuses = [(await hook.send(text="Erin was first")).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [404]
    assert slack.told("erin was first", DANA) == 5
    hook = AsyncWebhookClient(address(), session=client.session, retry_handlers=[])
    await hook.send(text="Done", replace_original=True)
    assert slack.messages("support")[0].text == "Done"
    clock.turn(minutes=31)
    assert (await hook.send(text="late")).status_code == 404


async def test_forms_and_queries_are_read_like_json(slack: SlackSandbox) -> None:
    headers = {"Authorization": f"Bearer {slack.bot_token}"}
    form = {"channel": SUPPORT, "text": "x", "blocks": '[{"type":"divider"}]'}
    async with aiohttp.ClientSession(base_url=slack.base_url, headers=headers) as session:
        async with session.post("chat.postMessage", data=form) as answer:
            assert (await answer.json())["ok"]
        async with session.get("conversations.info", params={"channel": SUPPORT}) as answer:
            assert (await answer.json())["channel"]["name"] == "support"
        async with session.post("chat.postMessage", json=["no", "object"]) as answer:
            assert (await answer.json())["error"] == "invalid_arguments"
        async with session.post("no.such", data={}) as answer:
            assert (await answer.json())["error"] == "unknown_method"


async def test_a_rate_limit_names_its_wait(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.fault("chat.postMessage", "status_before", status=429, retry_after=30)
    with pytest.raises(SlackApiError) as raised:
        await client.chat_postMessage(channel=SUPPORT, text="x")
    assert raised.value.response.status_code == 429
    assert raised.value.response.headers["Retry-After"] == "30"
    assert slack.messages("support") == []


async def test_a_paced_workspace_takes_one_message_a_second_and_channel(clock: Clock) -> None:
    async with SlackSandbox(now=clock, paced=True) as slack, aiohttp.ClientSession() as session:
        client = AsyncWebClient(slack.bot_token, base_url=slack.base_url, session=session, retry_handlers=[])
        for _ in range(3):
            await client.chat_postMessage(channel=SUPPORT, text="x")
        with pytest.raises(SlackApiError) as raised:
            await client.chat_postMessage(channel=SUPPORT, text="x")
        assert raised.value.response.headers["Retry-After"] == "4"
        await client.chat_postMessage(channel="C0BILLING2", text="another channel goes on")
        clock.turn(seconds=4)
        await client.chat_postMessage(channel=SUPPORT, text="x")


async def test_a_lost_answer_has_its_effect(slack: SlackSandbox, client: AsyncWebClient) -> None:
    slack.fault("chat.postMessage", "lost_after")
    with pytest.raises(aiohttp.ClientError):
        await client.chat_postMessage(channel=SUPPORT, text="posted all the same")
    assert [each.text for each in slack.messages("support")] == ["posted all the same"]


@pytest.mark.parametrize("kind", ["not_json", "status_before", "status_after"])
async def test_answers_that_are_no_answers(slack: SlackSandbox, client: AsyncWebClient, kind: str) -> None:
    slack.fault("chat.postMessage", kind)
    with pytest.raises(SlackApiError):
        await client.chat_postMessage(channel=SUPPORT, text="x")
    assert len(slack.messages("support")) == (1 if kind == "status_after" else 0)


async def test_a_call_that_hangs_lets_go_when_cleared(slack: SlackSandbox, client: AsyncWebClient) -> None:
    fault = slack.fault("auth.test", "slow", seconds=0.05)
    assert (await client.auth_test())["ok"]
    assert fault.met == 1


@pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # the SDK's own way to send the client's secret
async def test_a_code_and_a_refresh_token_work_once(slack: SlackSandbox, client: AsyncWebClient) -> None:
    keys = {"client_id": slack.access.client_id, "client_secret": slack.access.client_secret}
    bare = AsyncWebClient(base_url=slack.base_url)
    code = slack.access.new_code("chat:write,users:read")
    installed = await bare.oauth_v2_access(**keys, code=code)
    assert installed["scope"] == "chat:write,users:read"
    assert await refusal(bare.oauth_v2_access(**keys, code=code)) == "invalid_code"
    refresh = {"grant_type": "refresh_token", "refresh_token": installed["refresh_token"]}
    rotated = await bare.oauth_v2_access(**keys, **refresh)
    assert rotated["access_token"] != installed["access_token"]
    assert await refusal(bare.oauth_v2_access(**keys, **refresh)) == "invalid_refresh_token"
    assert (await client.auth_test(token=rotated["access_token"]))["ok"]


async def test_a_second_start_finds_everything_as_it_was_left(tmp_path: Path) -> None:
    async with SlackSandbox(data=tmp_path) as first, aiohttp.ClientSession() as session:
        client = AsyncWebClient(first.bot_token, base_url=first.base_url, session=session)
        posted = await client.chat_postMessage(channel=SUPPORT, text="x", blocks=CARD)
        await client.views_publish(user_id=DANA, view={"type": "home", "blocks": [ASK]})
        token, card = first.bot_token, first.messages("support")[0]

    async with SlackSandbox(data=tmp_path) as second:
        assert second.bot_token == token
        assert second.messages("support") == [card]
        assert second.home(DANA) == first.home(DANA)
        assert second.workspace.next_ts() > posted["ts"]
    assert (tmp_path / "slack.json").stat().st_mode & 0o777 == 0o600
