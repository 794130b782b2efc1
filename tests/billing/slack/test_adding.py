"""The state of *Add to Slack*: taken once, in its own visit, in time; and what follows a code."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from billing.actors import StaffActor
from billing.errors import Forbidden, NotFound, ProofNeeded
from billing.ids import VisitId, new_id
from billing.slack.adding import (
    OTHER_VISIT,
    Granted,
    begin_connecting,
    come_back,
    find_connecting_account,
    finish_connecting,
    show_connecting,
)
from billing.slack.records import Connecting, Installation
from billing.states import ConnectingStep
from storage.tables.ledger import outbox
from tests.billing.bench import Bench
from tests.billing.slack.workspaces import told
from tests.people import StaffPerson, dana, erin, heidi


def owner(bench: Bench, person: StaffPerson = dana) -> StaffActor:
    """They proved a moment ago who they are."""
    return replace(bench.staff(person), proved_at=bench.clock())


async def begin(bench: Bench, visit_id: VisitId) -> tuple[Connecting, str]:
    begun = await begin_connecting(bench.ctx, visit_id, by=owner(bench))
    return await show_connecting(bench.ctx, begun.id, visit_id, by=owner(bench))


async def live(bench: Bench) -> Installation:
    async with bench.ctx.read(bench.lumen.id) as work:
        found = await work.installations.find_live()
    assert found is not None
    return found


async def test_of_many_ways_back_at_once_one_goes_on(bench_on_each: Bench) -> None:
    bench, visit_id = bench_on_each, new_id(VisitId)
    _, state = await begin(bench, visit_id)

    async def back() -> bool:
        try:
            await come_back(bench.ctx, state, visit_id, code="code", error="", by=owner(bench))
        except NotFound:
            return False
        return True

    assert sum(await asyncio.gather(*(back() for _ in range(5)))) == 1
    assert (await told(bench)).count("slack-exchange") == 1


async def test_in_another_visit_it_fails_and_is_spent(bench: Bench) -> None:
    visit_id = new_id(VisitId)
    begun, state = await begin(bench, visit_id)
    other = await come_back(bench.ctx, state, new_id(VisitId), code="code", error="", by=owner(bench))
    assert (other.step, other.problem) == (ConnectingStep.FAILED, OTHER_VISIT)
    with pytest.raises(NotFound):
        await come_back(bench.ctx, state, visit_id, code="code", error="", by=owner(bench))
    with pytest.raises(NotFound):
        await show_connecting(bench.ctx, begun.id, new_id(VisitId), by=owner(bench))


async def test_it_is_over_after_ten_minutes(bench: Bench) -> None:
    visit_id = new_id(VisitId)
    begun, state = await begin(bench, visit_id)
    bench.clock.turn(minutes=10)
    assert (await show_connecting(bench.ctx, begun.id, visit_id, by=owner(bench)))[1] == ""
    with pytest.raises(NotFound):
        await come_back(bench.ctx, state, visit_id, code="code", error="", by=owner(bench))


async def test_a_state_leads_to_its_own_account_only(bench: Bench) -> None:
    visit_id = new_id(VisitId)
    _, state = await begin(bench, visit_id)
    assert await find_connecting_account(bench.ctx, state) == bench.lumen.id
    assert await find_connecting_account(bench.ctx, "made-up") is None
    with pytest.raises(NotFound):
        await come_back(bench.ctx, state, visit_id, code="code", error="", by=owner(bench, heidi))


async def test_only_an_owner_with_a_fresh_proof_begins(bench: Bench) -> None:
    with pytest.raises(ProofNeeded):
        await begin_connecting(bench.ctx, new_id(VisitId), by=bench.staff(dana))
    late = replace(bench.staff(dana), proved_at=bench.clock() - timedelta(minutes=6))
    with pytest.raises(ProofNeeded):
        await begin_connecting(bench.ctx, new_id(VisitId), by=late)
    with pytest.raises(Forbidden):
        await begin_connecting(bench.ctx, new_id(VisitId), by=owner(bench, erin))


async def test_the_code_lies_sealed_and_what_it_brought_is_kept_once(bench: Bench) -> None:
    visit_id = new_id(VisitId)
    _, state = await begin(bench, visit_id)
    taken = await come_back(bench.ctx, state, visit_id, code="a-code-of-slack", error="", by=owner(bench))
    rows = await bench.rows(select(outbox.c.payload).where(outbox.c.kind == "slack-exchange"))
    assert "a-code-of-slack" not in str(rows)
    granted = Granted("T0NEW", "", "New", "A1", "U1", "xoxb-1", None, None, "chat:write,users:read")
    for _ in range(2):
        needed = ("chat:write",)
        assert not await finish_connecting(bench.ctx, taken, granted, needed=needed, trace_id="trace")
    verbs = [line.verb for line in await bench.lines(f"installation:{(await live(bench)).id.hex}")]
    assert verbs == ["slack.connected"]
