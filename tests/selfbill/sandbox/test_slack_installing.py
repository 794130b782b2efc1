"""Installing: consent, codes, tokens that rotate and end, in as many workspaces as one likes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import aiohttp
import pytest
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from selfbill.sandbox.slack import NotForUs, SlackSandbox
from tests.selfbill.sandbox.ear import listening
from tests.selfbill.sandbox.test_slack_web_api import Clock, refusal

DANA, GUEST = "U0DANA0001", "U0GUEST005"
SUPPORT = "C0SUPPORT1"
BACK = "https://desk.example/slack/done"
SCOPES = "chat:write,users:read"

pytestmark = pytest.mark.filterwarnings("ignore:BasicAuth is deprecated")  # the SDK sends the secret so


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def slack(clock: Clock) -> AsyncIterator[SlackSandbox]:
    async with SlackSandbox(now=clock) as sandbox:
        yield sandbox
        sandbox.refused.clear()


def asked(slack: SlackSandbox, **changed: str) -> str:
    query = {"client_id": slack.client_id, "scope": SCOPES, "redirect_uri": BACK, "state": "s1"}
    return f"{slack.authorize_url}?{urlencode(query | changed)}"


def said(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


async def exchange(slack: SlackSandbox, code: str, redirect_uri: str = BACK) -> AsyncWebClient:
    """A client with the token that this code is good for."""
    bare = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
    answer = await bare.oauth_v2_access(
        client_id=slack.client_id, client_secret=slack.client_secret, code=code, redirect_uri=redirect_uri
    )
    return AsyncWebClient(answer["access_token"], base_url=slack.base_url, retry_handlers=[])


async def test_a_consent_ends_in_a_token_of_that_workspace(slack: SlackSandbox) -> None:
    other = slack.add_workspace()
    owner = next(iter(other.people))
    back = slack.authorize(owner, asked(slack))
    assert back.startswith(f"{BACK}?")
    assert said(back)["state"] == "s1"

    client = await exchange(slack, said(back)["code"])

    who = await client.auth_test()
    assert (who["team_id"], who["user_id"]) == (other.seed.team_id, other.seed.bot_user_id)
    assert slack.scopes_asked == {"chat:write", "users:read"}
    assert await refusal(client.conversations_list()) == "missing_scope"
    assert await refusal(client.chat_postMessage(channel=SUPPORT, text="x")) == "channel_not_found"
    (channel,) = other.channels
    await client.chat_postMessage(channel=channel, text="Here")
    assert [each.text for each in slack.messages(channel)] == ["Here"]
    assert slack.messages(SUPPORT) == []


async def test_no_is_an_answer(slack: SlackSandbox) -> None:
    assert said(slack.authorize(DANA, asked(slack), allow=False)) == {"error": "access_denied", "state": "s1"}


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"client_id": "1.2"}, "client_id"),
        ({"scope": ""}, "No scopes"),
        ({"scope": "admin"}, "admin"),
        ({"redirect_uri": ""}, "redirect_uri"),
    ],
)
async def test_an_address_that_slack_stays_at(slack: SlackSandbox, changed: dict[str, str], why: str) -> None:
    with pytest.raises(NotForUs, match=why):
        slack.authorize(DANA, asked(slack, **changed))
    async with aiohttp.ClientSession() as browser, browser.get(asked(slack, **changed)) as page:
        assert (page.status, why in await page.text()) == (400, True)


async def test_a_code_is_good_once_for_ten_minutes_at_its_own_address(
    slack: SlackSandbox, clock: Clock
) -> None:
    def code() -> str:
        return said(slack.authorize(DANA, asked(slack)))["code"]

    used = code()
    await exchange(slack, used)
    assert await refusal(exchange(slack, used)) == "invalid_code"
    assert await refusal(exchange(slack, code(), "https://desk.example/else")) == "bad_redirect_uri"
    late = code()
    clock.turn(minutes=10, seconds=1)
    assert await refusal(exchange(slack, late)) == "invalid_code"


async def test_a_token_ends_by_time_and_its_refresh_token_goes_on(slack: SlackSandbox, clock: Clock) -> None:
    bare = AsyncWebClient(base_url=slack.base_url, retry_handlers=[])
    keys = {"client_id": slack.client_id, "client_secret": slack.client_secret}
    code = said(slack.authorize(DANA, asked(slack)))["code"]
    first = await bare.oauth_v2_access(**keys, code=code, redirect_uri=BACK)
    clock.turn(hours=12)
    assert await refusal(bare.auth_test(token=first["access_token"])) == "token_expired"

    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    second = await bare.oauth_v2_access(**keys, **refresh)
    assert (await bare.auth_test(token=second["access_token"]))["ok"]
    assert second["scope"] == first["scope"]

    slack.expire_tokens()
    assert await refusal(bare.auth_test(token=second["access_token"])) == "token_expired"


async def test_uninstalling_ends_everything_and_says_so(slack: SlackSandbox) -> None:
    other = slack.add_workspace()
    token = slack.install(other.seed.team_id)
    client = AsyncWebClient(token, base_url=slack.base_url, retry_handlers=[])
    async with listening(slack) as ear:
        await slack.uninstall(other.seed.team_id)
        assert ear.kinds() == ["tokens_revoked", "app_uninstalled"]
        assert {each["team_id"] for each in ear.envelopes} == {other.seed.team_id}
        assert ear.events[0]["tokens"] == {"oauth": [], "bot": [other.seed.bot_user_id]}

        assert await refusal(client.auth_test()) == "account_inactive"
        owner, channel = next(iter(other.people)), next(iter(other.channels))
        assert (await slack.open_home(owner)).error == "not_installed"
        assert (await slack.command(owner, channel, "/refunds")).error == "not_a_command"
        assert len(ear.envelopes) == 2
        await slack.revoke()
        assert ear.kinds()[2:] == ["tokens_revoked"]
    first = AsyncWebClient(slack.bot_token, base_url=slack.base_url, retry_handlers=[])
    assert await refusal(first.auth_test()) == "token_revoked"


async def test_one_workspace_can_be_slow_while_others_go_on(slack: SlackSandbox) -> None:
    other = slack.add_workspace()
    token = slack.install(other.seed.team_id)
    slack.fault("auth.test", "status_before", team_id=other.seed.team_id, status=429, retry_after=7)
    assert (await AsyncWebClient(slack.bot_token, base_url=slack.base_url).auth_test())["ok"]
    with pytest.raises(SlackApiError) as raised:
        await AsyncWebClient(token, base_url=slack.base_url, retry_handlers=[]).auth_test()
    assert raised.value.response.headers["Retry-After"] == "7"


async def test_a_click_of_one_workspace_opens_nothing_in_another(slack: SlackSandbox) -> None:
    other = slack.add_workspace()
    client = AsyncWebClient(slack.install(other.seed.team_id), base_url=slack.base_url, retry_handlers=[])
    view = {"type": "modal", "title": {"type": "plain_text", "text": "x"}, "blocks": []}
    call = client.views_open(trigger_id=slack.access.new_trigger(DANA), view=view)
    assert await refusal(call) == "invalid_trigger_id"


async def test_a_thousand_workspaces_are_cheap(slack: SlackSandbox) -> None:
    made = [slack.add_workspace() for _ in range(1000)]
    tokens = {slack.install(each.seed.team_id) for each in made}
    people = {user for each in made for user in each.people}
    channels = {channel for each in made for channel in each.channels}
    assert len(slack.workspaces) == 1001
    assert len(tokens) == len(people) == len(channels) == 1000


async def test_a_second_start_knows_every_workspace_and_token(tmp_path: Path) -> None:
    async with SlackSandbox(data=tmp_path) as first:
        other = first.add_workspace()
        client = await exchange(first, said(first.authorize(next(iter(other.people)), asked(first)))["code"])
        await first.revoke()
    async with SlackSandbox(data=tmp_path) as second:
        client = AsyncWebClient(client.token, base_url=second.base_url, retry_handlers=[])
        assert (await client.auth_test())["team_id"] == other.seed.team_id
        assert second.workspaces[other.seed.team_id].seed == other.seed
        gone = AsyncWebClient(second.bot_token, base_url=second.base_url, retry_handlers=[])
        assert await refusal(gone.auth_test()) == "token_revoked"
        second.refused.clear()


async def test_the_page_asks_and_sends_back(slack: SlackSandbox) -> None:
    form = said(asked(slack)) | {"person": DANA, "answer": "allow"}
    async with aiohttp.ClientSession(slack.url) as browser:
        async with browser.get(asked(slack)) as page:
            shown = await page.text()
        assert "Send messages" in shown
        assert "Gus Amato" not in shown
        async with browser.post("/oauth/v2/authorize", data=form, allow_redirects=False) as gone:
            assert gone.status == 303
            await exchange(slack, said(gone.headers["Location"])["code"])
        async with browser.post("/oauth/v2/authorize", data=form | {"person": GUEST}) as refused:
            assert refused.status == 403
        async with browser.post(
            "/oauth/v2/authorize", data=form | {"answer": "cancel"}, allow_redirects=False
        ) as no:
            assert said(no.headers["Location"])["error"] == "access_denied"
