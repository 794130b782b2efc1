"""Answers that are lost, channels that take nothing, tokens that open nothing: looked at, noted, ended."""

import asyncio
from dataclasses import replace

import pytest

from billing.actors import SystemActor
from billing.slack.connecting import connect_workspace
from billing.slack.losing import note_arrival
from billing.slack.records import Installation
from billing.states import Ended
from selfbill.sandbox.slack.access import Token
from tests.bot.scenes import APPROVE, DENY, MORE, Scene
from tests.make import CHANNEL
from tests.people import bob

_HISTORY = {"channels:history", "groups:history"}


def forbid_looking(scene: Scene) -> None:
    """The bot's token has no history scope."""
    access = scene.site.slack.access
    token = access.tokens[access.bot_token]
    access.tokens[access.bot_token] = replace(token, scopes=token.scopes - _HISTORY)


def posts(scene: Scene) -> int:
    """How often a message was said."""
    return [call.method for call in scene.site.slack.calls].count("chat.postMessage")


async def latest(scene: Scene) -> Installation | None:
    """The account's workspace, also one that ended."""
    async with scene.site.ctx.read(scene.lumen.id) as work:
        return await work.installations.find_latest()


async def test_a_card_whose_answer_was_lost_is_found_at_once(http: Scene) -> None:
    http.site.slack.fault("chat.postMessage", "lost_after")
    await http.ask_refund()  # the clock stands
    assert http.buttons() == [APPROVE, DENY, MORE]
    assert await http.waiting() == []


async def test_where_we_may_not_look_it_is_posted_once_more_after_half_a_minute(http: Scene) -> None:
    forbid_looking(http)
    http.site.slack.fault("chat.postMessage", "lost_after")
    await http.ask_refund()
    http.site.clock.turn(seconds=25)
    await http.site.settle()
    assert len(http.site.slack.messages(CHANNEL)) == 1

    http.site.clock.turn(seconds=6)
    await http.site.settle()
    assert len(http.site.slack.messages(CHANNEL)) == 2  # harmless: a click on either one counts once
    assert await http.waiting() == []
    http.site.clock.turn(hours=1)
    await http.site.settle()
    assert len(http.site.slack.messages(CHANNEL)) == 2
    http.site.slack.refused.clear()  # that is how we hear that we may not look


async def test_what_never_arrived_is_posted_though_we_may_not_look(http: Scene) -> None:
    forbid_looking(http)
    http.site.slack.fault("chat.postMessage", "lost_before", times=2)
    await http.ask_refund()
    for minutes in (1, 3):
        assert http.site.slack.messages(CHANNEL) == []
        http.site.clock.turn(minutes=minutes)
        await http.site.settle()
    assert http.buttons() == [APPROVE, DENY, MORE]
    http.site.slack.refused.clear()


async def test_a_lost_channel_is_left_alone_until_a_message_arrives(http: Scene) -> None:
    http.site.slack.channels[CHANNEL].is_archived = True
    await http.ask_refund()
    tried = posts(http)
    assert tried == 1
    await http.ask_question("Hello?", "Is anybody there?")
    assert posts(http) == tried
    async with http.site.ctx.read(http.lumen.id) as work:
        (trouble,) = await work.channels.list_troubles()
    assert (trouble.channel, trouble.problem) == (CHANNEL, "is_archived")

    http.site.slack.channels[CHANNEL].is_archived = False
    by = SystemActor(http.lumen.id, "tests", "t")
    await note_arrival(http.site.ctx, http.site.world.desk.id, by=by)
    await http.ask_refund(by=bob)
    assert len(http.site.slack.messages(CHANNEL)) == 3  # and those that it had missed
    http.site.slack.refused.clear()


@pytest.mark.parametrize(
    ("code", "why"), [("token_revoked", Ended.REVOKED), ("account_inactive", Ended.UNINSTALLED)]
)
async def test_a_token_that_slack_refuses_ends_the_workspace(http: Scene, code: str, why: Ended) -> None:
    await http.ask_refund()
    access = http.site.slack.access
    access.tokens[access.bot_token].ended = code
    await http.ask_refund(by=bob)
    ended = await latest(http)
    assert ended is not None
    assert (ended.is_live, ended.ended_why) == (False, why)
    refused = len(http.site.slack.refused)

    await http.ask_question("Hello?", "Is anybody there?")
    assert len(http.site.slack.refused) == refused  # Slack is not asked any more
    http.site.slack.refused.clear()


async def test_a_token_that_was_replaced_meanwhile_ends_nothing(http: Scene) -> None:
    """The delivery began with the old token, and Slack refuses it after the new one is kept."""
    slack, access = http.site.slack, http.site.slack.access
    hang = slack.fault("chat.postMessage", "hang", times=1)
    asking = asyncio.create_task(http.ask_refund())
    await hang.arrived.wait()
    old, new = access.bot_token, "xoxb-the-next-one"
    access.tokens[new] = Token("bot", access.tokens[old].scopes, slack.team_id)
    access.tokens[old].ended = "token_revoked"
    live = await latest(http)
    assert live is not None
    await connect_workspace(
        http.site.ctx,
        http.lumen.id,
        team_id=live.team_id,
        enterprise_id=live.enterprise_id,
        team_name=live.team_name,
        app_id=live.app_id,
        bot_user_id=live.bot_user_id,
        bot_token=new,
        refresh_token=None,
        expires_at=None,
        scopes=live.scopes,
        by=SystemActor(http.lumen.id, "tests", "t"),
    )
    slack.faults.clear()
    await asking
    await http.site.settle()
    now = await latest(http)
    assert now is not None
    assert now.is_live
    assert http.buttons() == [APPROVE, DENY, MORE]
    slack.refused.clear()
