"""Slack is lost: who is told, once; and that people who decide hear of a new request by mail."""

import asyncio
from uuid import UUID

from sqlalchemy import select

from billing.actors import SystemActor
from billing.slack.losing import note_arrival, note_trouble
from billing.slack.messages import WaitingMail
from billing.slack.places import set_channel
from billing.states import Ended, Surface
from storage.tables.ledger import journal, outbox
from tests.billing.bench import Bench
from tests.billing.slack.workspaces import connect, end_workspace, note_channel_lost, told
from tests.make import CHANNEL
from tests.people import bob, dana, erin


def relay(bench: Bench) -> SystemActor:
    """Who notices."""
    return SystemActor(bench.world.accounts["lumen"].id, "relay", "trace-test")


async def waiting(bench: Bench) -> set[UUID]:
    """Whom a mail tells that a ticket waits."""
    rows = await bench.rows(select(outbox.c.payload).where(outbox.c.kind == WaitingMail.kind))
    return {UUID(hex=row[0]["staff_id"]) for row in rows}


async def test_an_uninstalled_workspace_is_ended_once_and_its_owner_mailed(bench: Bench) -> None:
    installation = await connect(bench, by=bench.staff(dana))
    assert await end_workspace(bench.ctx, installation, Ended.UNINSTALLED, by=relay(bench))
    assert not await end_workspace(bench.ctx, installation, Ended.REVOKED, by=relay(bench))
    assert (await told(bench)).count("slack-lost") == 1


async def test_the_same_trouble_is_told_once_and_again_after_it_was_over(bench: Bench) -> None:
    async def lose() -> int:
        await note_trouble(
            bench.ctx, bench.world.desk.id, channel=CHANNEL, problem="is_archived", by=relay(bench)
        )
        return (await told(bench)).count("slack-lost")

    assert [await lose(), await lose()] == [1, 1]
    await note_arrival(bench.ctx, bench.world.desk.id, by=relay(bench))
    await note_arrival(bench.ctx, bench.world.desk.id, by=relay(bench))
    bench.clock.turn(minutes=1)
    assert await lose() == 2


async def test_a_burst_of_messages_that_fail_at_once_is_one_trouble(bench_on_each: Bench) -> None:
    bench = bench_on_each
    lost = {"channel": CHANNEL, "problem": "is_archived"}
    await asyncio.gather(
        *(note_trouble(bench.ctx, bench.world.desk.id, **lost, by=relay(bench)) for _ in range(6))
    )
    verbs = [row[0] for row in await bench.rows(select(journal.c.verb))]
    assert verbs.count("slack.channel_lost") == 1


async def test_a_channel_that_is_not_the_helpdesks_troubles_nobody(bench: Bench) -> None:
    await note_trouble(bench.ctx, bench.world.desk.id, channel="C0OTHER", problem="x", by=relay(bench))
    assert await note_channel_lost(bench.ctx, "C0OTHER", "is_archived", by=relay(bench)) == 0
    assert await note_channel_lost(bench.ctx, CHANNEL, "is_archived", by=relay(bench)) == 1
    assert (await told(bench)).count("slack-lost") == 1


async def test_while_slack_is_lost_those_who_may_decide_are_mailed(bench: Bench) -> None:
    first = await bench.ask_refund(surface=Surface.HELPDESK)
    assert first.ticket_id is not None
    assert await waiting(bench) == set()  # Slack was never there, so it is not lost
    installation = await connect(bench, by=bench.staff(dana))
    await end_workspace(bench.ctx, installation, Ended.UNINSTALLED, by=relay(bench))
    await bench.ask_refund(
        bob.order_id, surface=Surface.HELPDESK, by=bench.customer(bob, surface=Surface.HELPDESK)
    )
    # Frank's limit is below the amount, and Grace only reads.
    assert await waiting(bench) == {bench.world.staff[each.name] for each in (dana, erin)}


async def test_an_automated_request_waits_for_nobody(bench: Bench) -> None:
    installation = await connect(bench, by=bench.staff(dana))
    await end_workspace(bench.ctx, installation, Ended.UNINSTALLED, by=relay(bench))
    await bench.ask_refund()
    assert await waiting(bench) == set()


async def test_what_came_while_slack_was_lost_gets_its_card_when_it_is_back(bench: Bench) -> None:
    installation = await connect(bench, by=bench.staff(dana))
    await end_workspace(bench.ctx, installation, Ended.UNINSTALLED, by=relay(bench))
    await bench.ask_refund(surface=Surface.HELPDESK)
    before = (await told(bench)).count("card-due")
    await connect(bench, by=bench.staff(dana))
    assert (await told(bench)).count("card-due") == before + 1
    await connect(bench, by=bench.staff(dana), token="xoxb-two")  # it was there all the time
    assert (await told(bench)).count("card-due") == before + 1
    await note_channel_lost(bench.ctx, CHANNEL, "is_archived", by=relay(bench))
    await note_arrival(bench.ctx, bench.world.desk.id, by=relay(bench))
    assert (await told(bench)).count("card-due") == before + 2


async def test_another_channel_ends_the_trouble_and_hears_of_what_waits(bench: Bench) -> None:
    await connect(bench, by=bench.staff(dana))
    await bench.ask_refund(surface=Surface.HELPDESK)
    await note_channel_lost(bench.ctx, CHANNEL, "is_archived", by=relay(bench))
    before = (await told(bench)).count("card-due")
    await set_channel(bench.ctx, bench.world.desk.id, "C0OTHER99", by=bench.staff(erin))
    assert (await told(bench)).count("card-due") == before + 1
    async with bench.ctx.read(bench.lumen.id) as work:
        assert not await work.channels.list_troubles()
