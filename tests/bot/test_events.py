"""Events: each counts once, and only when it was committed; what is none of ours does nothing."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select

from billing import tickets
from billing.records import Request
from billing.states import Ended, EntryKind
from selfbill.sandbox.slack.access import PATIENCE_S
from storage.tables.ledger import inbox
from tests.bot.scenes import APPROVE, Scene
from tests.bot.test_faults_of_ours import locked
from tests.make import CHANNEL
from tests.people import dana, erin
from tests.site import Site
from tests.storage.shop import connection_of


def reply_event(scene: Scene, text: str = "A note") -> dict[str, Any]:
    """Erin writes below the card."""
    ts = "1790000000.000100"
    where = {"channel": CHANNEL, "channel_type": "channel", "ts": ts, "thread_ts": scene.card().ts}
    return {"type": "message", "user": erin.slack, "text": text, **where}


async def notes(scene: Scene, request: Request) -> list[str]:
    """What the team reads in its ticket."""
    ticket_id = (await scene.read(request)).ticket_id
    assert ticket_id is not None
    view = await tickets.show_ticket(scene.site.ctx, ticket_id, by=scene.site.world.member(dana))
    return [each.text for each in view.entries if each.kind is EntryKind.NOTE]


async def taken_in(scene: Scene) -> list[tuple[str, str]]:
    """Name and kind of the events that were kept."""
    found = select(inbox.c.external_id, inbox.c.kind).where(inbox.c.source == "slack")
    async with scene.site.ctx.read(scene.lumen.id) as work:
        return [(row.external_id, row.kind) for row in await connection_of(work).execute(found)]


async def live(scene: Scene) -> bool:
    """Whether a workspace is connected."""
    async with scene.site.ctx.read(scene.lumen.id) as work:
        return await work.installations.find_live() is not None


async def test_three_at_once_count_once(scene: Scene) -> None:
    request = await scene.ask_refund()
    answer = await scene.site.slack.post_event(reply_event(scene), event_id="Ev1", copies=3)
    assert answer.acked
    assert (await scene.site.slack.post_event(reply_event(scene), event_id="Ev1")).acked
    assert await notes(scene, request) == ["A note"]
    assert await taken_in(scene) == [("Ev1", "message")]


async def test_what_was_not_committed_is_sent_again_and_the_retry_counts(
    scene: Scene, tmp_path: Path
) -> None:
    request = await scene.ask_refund()
    slack = scene.site.slack
    slack.access.patience_s = PATIENCE_S
    with locked(tmp_path / "world.sqlite3"):
        answer = await slack.post_event(reply_event(scene), event_id="Ev1", retries_after_s=())
        assert not answer.acked
        assert answer.status in {503, None}
    assert await taken_in(scene) == []

    again = slack.sent[-1]
    assert (await slack.resend(again)).acked
    assert (await slack.resend(again)).acked
    assert await notes(scene, request) == ["A note"]


async def test_only_the_retry_arrives(http: Scene) -> None:
    request = await http.ask_refund()
    slack = http.site.slack
    url, slack.request_url = slack.request_url, "http://127.0.0.1:9/gone"
    waits = (0.0,)
    assert not (await slack.post_event(reply_event(http), event_id="Ev1", retries_after_s=waits)).acked
    slack.request_url = url
    answer = await slack.resend(slack.sent[-1])
    assert answer.acked
    assert await notes(http, request) == ["A note"]


async def test_a_lost_workspace_ends_at_once_and_owners_are_mailed(scene: Scene) -> None:
    request = await scene.ask_refund()
    slack = scene.site.slack
    card = scene.card()

    assert (await slack.post_event({"type": "app_uninstalled"}, event_id="Ev1")).acked
    assert (await slack.post_event({"type": "app_uninstalled"}, event_id="Ev1")).acked

    assert not await live(scene)
    assert (await slack.click(erin.slack, APPROVE, message=card)).acked
    await scene.site.settle()
    assert scene.site.refunds("40001001") == []
    assert (await scene.read(request)).decided_at is None
    mails = [each for each in scene.site.mails() if "Slack" in each["subject"]]
    assert [each["to"] for each in mails] in ([dana.email], [[dana.email]])


async def test_revoked_tokens_of_the_bot_end_it(http: Scene) -> None:
    not_ours: list[Any] = [{"oauth": ["U0ERIN0002"]}, {"oauth": [], "bot": []}, {"bot": "U0SELFBOT0"}, None]
    for tokens in not_ours:
        event = {"type": "tokens_revoked", "tokens": tokens}
        assert (await http.site.slack.post_event(event)).acked
        assert await live(http), tokens
    event = {"type": "tokens_revoked", "tokens": {"bot": ["U0SELFBOT0"]}}
    assert (await http.site.slack.post_event(event)).acked
    async with http.site.ctx.read(http.lumen.id) as work:
        latest = await work.installations.find_latest()
    assert latest is not None
    assert latest.ended_why is Ended.REVOKED


async def test_an_uninstall_of_before_does_not_end_a_newer_connection(http: Scene) -> None:
    slack = http.site.slack
    await slack.post_event({"type": "message"})  # any envelope, to be made older
    envelope = {**slack.sent[-1].payload, "event": {"type": "app_uninstalled"}, "event_id": "Ev9"}
    async with http.site.ctx.read(http.lumen.id) as work:
        installation = await work.installations.find_live()
        assert installation is not None
    before = installation.installed_at - timedelta(minutes=5)
    envelope["event_time"] = int(before.timestamp())
    sent = slack.sent[-1]
    assert (await slack.resend(type(sent)("events_api", envelope, sent.answer))).acked
    assert await live(http)


async def test_a_channel_that_is_gone_is_known_at_once(http: Scene) -> None:
    slack, helpdesk_id = http.site.slack, http.site.world.desk.id
    for kind in ("channel_archive", "group_archive", "channel_left", "group_left"):
        for number in (1, 1, 2):
            event = {"type": kind, "channel": CHANNEL}
            assert (await slack.post_event(event, event_id=f"Ev{kind}{number}")).acked
        await slack.post_event({"type": kind, "channel": "C0ANOTHER"})
        async with http.site.ctx.begin(http.lumen.id) as work:
            (trouble,) = await work.channels.list_troubles()
            await work.channels.drop_trouble(helpdesk_id)
        assert trouble.channel == CHANNEL
        assert trouble.problem == ("is_archived" if kind.endswith("archive") else "not_in_channel")
        http.site.clock.turn(minutes=1)
    await http.site.settle()
    assert len([each for each in http.site.mails() if "Slack" in each["subject"]]) == 4


async def test_a_changed_profile_holds_from_the_next_click_on(scene: Scene) -> None:
    request = await scene.ask_refund()
    assert (await scene.site.slack.change_person(erin.slack, is_restricted=True)).acked
    assert (await scene.site.slack.click(erin.slack, APPROVE)).acked
    assert (await scene.read(request)).decided_at is None
    # of those whom nobody asked about nothing is kept
    kept = await taken_in(scene)
    assert (await scene.site.slack.change_person("U0LEFT0007", name="Lee M.")).acked
    assert await taken_in(scene) == kept


ODD: list[dict[str, Any]] = [
    {"type": "never_heard"},
    {"type": "app_home_opened"},
    {"type": "app_home_opened", "user": {"id": 7}},
    {"type": "app_home_opened", "user": "U" * 400, "tab": []},
    {"type": "link_shared", "links": "x", "user": erin.slack},
    {
        "type": "link_shared",
        "links": [7, {"url": 8}, {"url": "https://\u0000"}],
        "user": erin.slack,
        "channel": {"id": []},
    },
    {"type": "user_change", "user": "x"},
    {"type": "user_change", "user": {"id": erin.slack, "profile": 7, "tz": "../../etc/passwd", "locale": {}}},
    {"type": "channel_left"},
    {"type": "channel_archive", "channel": {"id": 7}},
    {"type": "message", "subtype": 7, "text": [], "thread_ts": True, "ts": None},
    {"type": "tokens_revoked", "tokens": [1]},
    {"type": "message.channels"},
    {"type": "x" * 5000},
]


async def test_odd_events_are_acked_and_do_nothing(site_on_each: Site) -> None:
    scene = Scene(site_on_each)
    for event in ODD:
        assert (await site_on_each.slack.post_event(event)).acked, str(event)[:80]
    await site_on_each.settle()
    assert await live(scene)
    assert await scene.given_up() == []


async def test_events_of_other_workspaces_are_acked_and_do_nothing(http: Scene) -> None:
    slack = http.site.slack
    await slack.post_event({"type": "app_uninstalled"}, event_id="Ev0")
    sent = slack.sent[-1]
    for team in ("T0OTHER", "", "T0SELFBILL' OR 1=1"):
        envelope = {**sent.payload, "event_id": f"Ev{team}", "team_id": team}
        envelope["authorizations"] = [{"team_id": team, "enterprise_id": None}]
        assert (await slack.resend(type(sent)("events_api", envelope, sent.answer))).acked
    assert [name for name, _ in await taken_in(http)] == ["Ev0"]


async def test_words_that_a_database_cannot_hold_are_taken_all_the_same(site_on_each: Site) -> None:
    scene = Scene(site_on_each)
    request = await scene.ask_refund()
    for name in ("Ev1", "Ev\0", "Ev2"):
        event = reply_event(scene, f"One\0 {name[-1]} \ud83d\ude00")
        assert (await site_on_each.slack.post_event(event, event_id=name)).acked
    assert await notes(scene, request) == ["One 1 \U0001f600"]
    assert [name for name, _ in await taken_in(scene)] == ["Ev1", "Ev2"]
    link = f"{site_on_each.url}/lumen/desk/requests/{request.id.hex}?\0"
    shared = {"type": "link_shared", "channel": CHANNEL, "user": erin.slack, "message_ts": "1.1\0"}
    assert (await site_on_each.slack.post_event({**shared, "links": [{"url": link}]})).acked
    assert (await site_on_each.slack.post_event({**shared, "links": [{"url": link[:-2]}]})).acked
    calls = len(site_on_each.slack.calls)
    await site_on_each.settle()
    assert len(site_on_each.slack.calls) == calls
