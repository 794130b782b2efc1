"""The database away at the click, and a crash right after it: no lie, nothing lost, nothing twice."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path

from billing.states import RequestState
from selfbill.sandbox.slack.access import PATIENCE_S
from selfbill.wiring import open_service
from tests.bot.scenes import APPROVE, DENY, MORE, OPEN, Scene
from tests.people import alice, erin
from tests.site import QUICK_VAULT, Outside, Site, settings_for


@contextmanager
def locked(database: Path) -> Iterator[None]:
    """Another process holds SQLite's write lock for longer than anybody waits."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


async def test_without_the_database_a_click_is_not_acked(scene: Scene, tmp_path: Path) -> None:
    request = await scene.ask_refund()
    slack = scene.site.slack
    slack.access.patience_s = PATIENCE_S  # no longer than Slack itself waits for what never comes
    with locked(tmp_path / "world.sqlite3"):
        answer = await slack.click(erin.slack, APPROVE)
        assert not answer.acked
        assert answer.status in {503, None}  # Socket Mode has no way to say no
        assert answer.warning
    assert (await scene.read(request)).state is RequestState.PENDING
    assert await scene.refusals(request) == []
    assert scene.buttons() == [APPROVE, DENY, MORE]

    assert (await slack.click(erin.slack, APPROVE)).acked
    await scene.site.settle()
    assert scene.site.refunds(alice.order_id) == [14900]


async def test_without_the_database_a_modal_stays_open(http: Scene, tmp_path: Path) -> None:
    request = await http.ask_refund()
    slack = http.site.slack
    await slack.click(erin.slack, DENY)
    with locked(tmp_path / "world.sqlite3"):
        assert not (await slack.submit_modal(erin.slack, values={"answer": "No."})).acked
    assert len(slack.modals) == 1
    assert (await http.read(request)).state is RequestState.PENDING
    assert (await slack.submit_modal(erin.slack)).acked
    await http.site.settle()
    assert (await http.read(request)).answer == "No."


async def test_without_the_database_a_refusal_is_not_acked_either(http: Scene, tmp_path: Path) -> None:
    await http.ask_refund()
    with locked(tmp_path / "world.sqlite3"):
        assert (await http.site.slack.click("U0STRANGE6", APPROVE)).status == 503
    assert http.site.slack.ephemerals() == []


@asynccontextmanager
async def another_service(site: Site, database: Path) -> AsyncIterator[Scene]:
    """What starts after a crash: nothing is left of the first one but the database."""
    outside = Outside(site.processor, site.slack, site.mailbox)
    settings = settings_for(f"sqlite+aiosqlite:///{database}", site.url, outside)
    async with open_service(settings, now=site.clock, vault=QUICK_VAULT) as service:
        first, site.service = site.service, service
        try:
            yield Scene(site)
        finally:
            site.service = first


async def test_after_a_crash_a_new_service_finishes_what_was_clicked(http: Scene, tmp_path: Path) -> None:
    request = await http.ask_refund()
    assert (await http.site.slack.click(erin.slack, APPROVE)).acked  # committed; no relay ever runs here

    async with another_service(http.site, tmp_path / "world.sqlite3") as later:
        await later.site.settle()
        assert (await later.read(request)).state is RequestState.DONE
    assert http.site.refunds(alice.order_id) == [14900]
    assert "Approved by Erin Castellanos" in http.words()
    assert http.buttons() == [OPEN]
    assert len(http.thread()) == 4


async def test_after_a_crash_between_post_and_note_there_is_one_card(http: Scene, tmp_path: Path) -> None:
    """The worker died with Slack's answer in hand: the next one finds the card by its mark."""
    http.site.slack.fault("chat.postMessage", "lost_after")
    http.site.slack.fault("conversations.history", "lost_before", times=1)
    await http.ask_refund()
    async with another_service(http.site, tmp_path / "world.sqlite3") as later:
        later.site.clock.turn(minutes=1)
        await later.site.settle()
    assert http.buttons() == [APPROVE, DENY, MORE]
    assert len(http.thread()) == 1
