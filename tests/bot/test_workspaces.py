"""Many workspaces, one bot: whose a click is, who is not connected, and how little a workspace costs."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import update

from billing.actors import SystemActor
from billing.context import Context
from billing.errors import NotInPlan
from billing.ids import AccountId, InstallationId, new_id
from billing.records import Account
from billing.slack.connecting import connect_workspace
from billing.slack.records import Installation
from billing.states import Ended, PlanName, RequestState, Role
from bot.actions import OPEN_PAGE
from bot.door import DECIDERS, STAFF, BadDeclaration, Declared, Door, Visitors
from bot.hearing import Ears, Hearing
from bot.workspaces import Clients
from selfbill.own_workspace import keep_own_workspace
from storage.bound import Bound
from storage.tables.accounts import accounts
from tests.billing.slack.workspaces import end_workspace
from tests.bot.scenes import APPROVE, Scene
from tests.bot.test_door import FORM, send, signed
from tests.make import CHANNEL
from tests.people import erin
from tests.site import QUICK_VAULT, Outside, Site, settings_for

DECLARED = Path(__file__).with_name("declared.txt")
RIVAL_TEAM = "T0RIVAL001"


async def connect(ctx: Context, account: Account, team_id: str, token: str) -> Installation:
    """This account has this workspace."""
    return await connect_workspace(
        ctx,
        account.id,
        team_id=team_id,
        enterprise_id="",
        team_name="Another",
        app_id="A1",
        bot_user_id="U1",
        bot_token=token,
        refresh_token=None,
        expires_at=None,
        scopes="chat:write",
        by=SystemActor(account.id, "tests", "t"),
    )


async def live_of(ctx: Context, account_id: AccountId) -> Installation | None:
    async with ctx.read(account_id) as work:
        return await work.installations.find_live()


async def click_from(site: Site, team_id: str, value: str) -> int:
    """Erin's click on *Approve*, signed by Slack, from this workspace; the HTTP status."""
    payload = {
        "type": "block_actions",
        "actions": [{"action_id": APPROVE, "value": value}],
        "user": {"id": erin.slack, "team_id": team_id},
        "team": {"id": team_id},
        "channel": {"id": CHANNEL},
    }
    body = urlencode({"payload": json.dumps(payload)}).encode()
    return await send(site, body, signed(site, body), FORM)


async def test_a_click_from_another_accounts_workspace_finds_nothing(http: Scene) -> None:
    request = await http.ask_refund()
    site = http.site
    await connect(site.ctx, site.world.accounts["rival"], RIVAL_TEAM, "xoxb-rival")
    assert await click_from(site, RIVAL_TEAM, request.id.hex) == 200
    assert (await http.read(request)).state is RequestState.PENDING
    assert await http.refusals(request) == []  # it is told, and kept, in the other account
    async with site.ctx.read(site.world.accounts["rival"].id) as work:
        lines = await work.journal.list_of(f"request:{request.id.hex}")
    assert [line.verb for line in lines] == ["click.refused"]


async def test_a_click_from_a_workspace_that_nobody_connected_is_acked_and_nothing_else(http: Scene) -> None:
    request = await http.ask_refund()
    calls = len(http.site.slack.calls)
    assert await click_from(http.site, "T0NOBODYS1", request.id.hex) == 200
    await http.site.settle()
    assert (await http.read(request)).state is RequestState.PENDING
    assert len(http.site.slack.calls) == calls


async def test_a_click_in_a_disconnected_workspace_is_answered_with_a_way_to_the_desk(scene: Scene) -> None:
    request = await scene.ask_refund()
    live = await live_of(scene.site.ctx, scene.lumen.id)
    assert live is not None
    by = SystemActor(scene.lumen.id, "tests", "t")
    await end_workspace(scene.site.ctx, live, Ended.UNINSTALLED, by=by)  # Slack has not heard of it
    assert (await scene.site.slack.click(erin.slack, APPROVE)).acked
    await scene.site.settle()
    assert (await scene.read(request)).state is RequestState.PENDING
    assert await scene.refusals(request) == ["not-connected"]
    assert scene.whispers(erin) == [
        "This Slack workspace is no longer connected. An owner can connect it in the desk.\nOpen the desk"
    ]


async def test_a_click_on_an_old_card_is_refused_where_the_plan_has_no_slack(http: Scene) -> None:
    request = await http.ask_refund()
    async with http.site.ctx.begin(http.lumen.id) as work:
        assert isinstance(work.accounts, Bound)
        which = update(accounts).where(accounts.c.account_id == http.lumen.id)
        await work.accounts.connection.execute(which.values(plan=PlanName.STARTER))
    assert (await http.site.slack.click(erin.slack, APPROVE)).acked
    await http.site.settle()
    assert await http.refusals(request) == [NotInPlan.code]
    (told,) = http.whispers(erin)
    assert told.endswith("\nOpen the desk")
    assert (await http.site.slack.click(erin.slack, OPEN_PAGE)).acked  # the browser follows it
    assert (await http.read(request)).state is RequestState.PENDING


async def test_the_workspace_of_the_settings_is_connected_when_its_account_is_there(http: Scene) -> None:
    site = http.site
    outside = Outside(site.processor, site.slack, site.mailbox)
    more = {"account": "later", "slack_team_id": "T0LATER001", "slack_bot_token": "xoxb-later"}
    settings = settings_for("sqlite:///never.sqlite3", site.url, outside, **more)
    keeping = asyncio.create_task(keep_own_workspace(site.ctx, settings))
    account = replace(http.lumen, id=new_id(AccountId), slug="later", directory="later")
    async with site.ctx.begin(account.id) as work:
        await work.accounts.add(account)
    async with asyncio.timeout(30):
        await keeping
    live = await live_of(site.ctx, account.id)
    assert live is not None
    assert live.team_id == "T0LATER001"
    await keep_own_workspace(site.ctx, settings)  # as the next start does
    assert await live_of(site.ctx, account.id) == live


def installation_of(token: str) -> Installation:
    """A live one, never stored."""
    return Installation(
        id=new_id(InstallationId),
        account_id=new_id(AccountId),
        team_id="T1",
        enterprise_id="",
        team_name="",
        app_id="",
        bot_user_id="",
        bot_token=QUICK_VAULT.seal(token),
        refresh_token=None,
        expires_at=None,
        scopes="",
        installed_by="system:tests",
        installed_at=datetime(2026, 1, 1, tzinfo=UTC),
    )


async def test_clients_share_a_session_and_the_latest_are_kept() -> None:
    clients = Clients(QUICK_VAULT, base_url="http://127.0.0.1:9/api/", most=3)
    first = installation_of("xoxb-1")
    kept = clients.of(first)
    assert clients.of(first) is kept
    assert clients.of(replace(first, bot_token=QUICK_VAULT.seal("xoxb-2"))).web.token == "xoxb-2"
    others = [clients.of(installation_of(f"xoxb-{number}")) for number in range(3)]
    assert clients.of(first) is not kept
    assert {id(each.web.session) for each in others} == {id(clients.session)}
    await clients.close()


def line(declared: Declared) -> str:
    """Who may, for whoever reviews a change."""
    who = declared.who
    names = "anybody" if isinstance(who, Visitors) else " ".join(role for role in Role if role in who)
    record = declared.names.__name__ if declared.names else "–"
    return f"{declared.kind:8} {declared.name:24} {record:8} {names}"


def test_who_may_what_is_as_printed(site: Site) -> None:
    assert site.service.bot is not None
    found = sorted(map(line, site.service.bot.declared))
    assert found == DECLARED.read_text().splitlines(), "\n".join(found)


async def test_a_door_refuses_listeners_that_say_too_little(http: Scene) -> None:
    door = Door(Ears(http.site.ctx, Clients(QUICK_VAULT)))

    async def hear(_hearing: Hearing, _ack: object) -> None:
        """Never called."""

    door.action("one", hear, who=DECIDERS)
    with pytest.raises(BadDeclaration):
        door.link("one")
    with pytest.raises(BadDeclaration):
        door.view("two", hear, who=frozenset())
    with pytest.raises(TypeError):
        door.command("/three", hear)  # type: ignore[call-arg]  # that is the point
    door.view("one", hear, who=STAFF)  # a modal may be called as a button is
