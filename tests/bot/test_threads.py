"""What staff write in a card's thread: notes, words to the customer, and what is not kept."""

from collections.abc import Sequence
from typing import Any

import pytest

from billing import assigning, tickets
from billing.records import Entry, Request
from billing.states import EntryKind, Surface, TicketState
from portal.forms import new_once_key
from selfbill.sandbox.slack.workspace import Message
from tests.bot.scenes import OF_REPLIES, Scene
from tests.make import CHANNEL
from tests.people import StaffPerson, alice, dana, erin, frank, grace


async def entries(scene: Scene, request: Request) -> Sequence[Entry]:
    """What people wrote in its ticket."""
    ticket_id = (await scene.read(request)).ticket_id
    assert ticket_id is not None
    view = await tickets.show_ticket(scene.site.ctx, ticket_id, by=scene.site.world.member(dana))
    return [each for each in view.entries if each.kind is not EntryKind.EVENT]


async def state(scene: Scene, request: Request) -> TicketState:
    """Whose turn it is."""
    ticket_id = (await scene.read(request)).ticket_id
    assert ticket_id is not None
    async with scene.site.ctx.read(scene.lumen.id) as work:
        return (await work.tickets.get(ticket_id)).state


async def write(scene: Scene, person: StaffPerson | str, text: str, **more: Any) -> Message:
    """Somebody writes below the card; what follows is delivered."""
    user = person if isinstance(person, str) else person.slack
    message = await scene.site.slack.write(user, CHANNEL, text, thread_ts=scene.card().ts, **more)
    await scene.site.settle()
    return message


def written(scene: Scene, by: str, words: str, **more: Any) -> dict[str, Any]:
    """The event of a message below the card, to be sent by hand."""
    ts = "1790000000.000100"
    where = {"channel": CHANNEL, "channel_type": "channel", "ts": ts, "event_ts": ts}
    event = {"type": "message", "user": by, "text": words, **where}
    return {**event, "thread_ts": scene.card().ts, **more}


async def test_a_reply_is_a_note_and_is_not_said_twice(scene: Scene) -> None:
    request = await scene.ask_refund()
    before = scene.thread()

    await write(scene, erin, "Ask <Bob> & co. first, see https://lumen.example/faq")

    (note,) = await entries(scene, request)
    assert (note.kind, note.by_name) == (EntryKind.NOTE, "Erin Castellanos")
    assert note.text == "Ask <Bob> & co. first, see https://lumen.example/faq"
    assert scene.thread() == [*before, scene.thread()[-1]]
    assert [each for each in scene.site.mails() if "Ask <Bob>" in each["text"]] == []
    assert await state(scene, request) is TicketState.OPEN


async def test_words_to_the_customer_are_sent_and_said(scene: Scene) -> None:
    request = await scene.ask_refund()

    await write(scene, erin, "!customer Dear Alice,\nwhat went wrong?")

    (message,) = await entries(scene, request)
    assert (message.kind, message.text) == (EntryKind.MESSAGE, "Dear Alice,\nwhat went wrong?")
    assert scene.thread()[-1] == "Sent to the customer by Erin Castellanos:\n“Dear Alice,\n“what went wrong?”"
    (mail,) = [each for each in scene.site.mails() if "what went wrong?" in each["text"]]
    assert "!customer" not in mail["text"]
    assert await state(scene, request) is TicketState.WAITING


NOTES = ("!customers are waiting", "The !customer", "! customer hi", "!customer-facing text", ">> hi")


async def test_nothing_goes_to_the_customer_by_accident(http: Scene) -> None:
    request = await http.ask_refund()
    for text in NOTES:
        await write(http, erin, text)
    kept = await entries(http, request)
    assert [(each.kind, each.text) for each in kept] == [(EntryKind.NOTE, text) for text in NOTES]


async def test_an_event_three_times_and_two_events_of_one_message_count_once(scene: Scene) -> None:
    request = await scene.ask_refund()
    event = written(scene, erin.slack, "!customer Which of them?")
    for name in ("Ev1", "Ev1", "Ev1", "Ev2"):
        assert (await scene.site.slack.post_event(event, event_id=name)).acked
    assert len(await entries(scene, request)) == 1
    await scene.site.slack.post_event(event, event_id="Ev1", copies=3)
    await scene.site.settle()
    assert len(await entries(scene, request)) == 1
    assert len([each for each in scene.site.mails() if "Which of them?" in each["text"]]) == 1


async def test_the_customers_answer_calls_whose_ticket_it_is(http: Scene) -> None:
    request = await http.ask_refund()
    site, member = http.site, http.site.world.member(dana)
    ticket_id = (await http.read(request)).ticket_id
    assert ticket_id is not None
    await assigning.assign_ticket(site.ctx, ticket_id, site.world.staff[frank.name], by=member)
    await write(http, erin, "!customer: Which one?")
    by = site.world.customer(alice, surface=Surface.HELPDESK)
    for text in ("The blue one", "Or red"):
        await tickets.reply_ticket(site.ctx, ticket_id, by=by, text=text, once_key=new_once_key())
    await site.settle()
    first, second = http.thread()[-2:]
    called = f"<@{frank.slack}> The customer has answered what they were asked."
    assert first == f"{called}\nThe customer wrote:\n“The blue one”"
    assert second == "The customer wrote:\n“Or red”"


async def test_who_may_not_write_is_told_so_once(http: Scene) -> None:
    request = await http.ask_refund()
    for who in ("U0GUEST005", "U0STRANGE6", grace.slack):
        for text in ("First", "!customer Second"):
            await write(http, who, text)
        (told,) = http.whispers(who)
        assert told.startswith("Your reply was not kept, and nobody was sent it.")
    assert await entries(http, request) == []


async def test_whom_we_do_not_know_gets_a_link(http: Scene) -> None:
    await http.ask_refund()
    async with http.site.ctx.begin(http.lumen.id) as work:
        await work.channels.drop_link(http.site.world.staff[erin.name])
    await write(http, erin, "A note")
    (told,) = http.site.slack.ephemerals(erin.slack)
    assert "/lumen/desk/slack/link/" in str(told.blocks)


async def test_files_are_not_taken_and_words_about_them_do_not_go_out(http: Scene) -> None:
    request = await http.ask_refund()
    slack, files = http.site.slack, {"subtype": "file_share", "files": [{"id": "F1"}]}
    await slack.post_event(written(http, erin.slack, "See the picture", **files))
    await http.site.settle()
    (note,) = await entries(http, request)
    assert note.text == "See the picture"
    assert "the file was not" in http.whispers(erin)[-1]

    await slack.post_event({**written(http, erin.slack, "!customer See it", **files), "ts": "1790000001.1"})
    await slack.post_event({**written(http, erin.slack, "", **files), "ts": "1790000002.1"})
    await http.site.settle()
    assert len(await entries(http, request)) == 1
    assert len([each for each in http.whispers(erin) if "Files are not taken from Slack." in each]) == 2


async def test_too_long_and_empty_words_are_refused_each_time(http: Scene) -> None:
    request = await http.ask_refund()
    for text in ("x" * 3001, "!customer", "!customer   "):
        await write(http, erin, text)
    assert await entries(http, request) == []
    long, *empty = http.whispers(erin)
    assert "at most 3,000 characters" in long
    assert [each for each in empty if "There are no words behind !customer." in each] == empty
    assert len(empty) == 2


ODD: dict[str, dict[str, Any]] = {
    "a bot": {"bot_id": "B0OTHER"},
    "a bot's own kind": {"subtype": "bot_message"},
    "an edit": {"subtype": "message_changed"},
    "a deletion": {"subtype": "message_deleted"},
    "a join": {"subtype": "channel_join"},
    "ourselves": {"user": "U0SELFBOT0", "bot_id": "B0SELFBILL"},
    "nobody": {"user": None},
    "no thread": {"thread_ts": None},
    "the card itself": {"ts": "same"},
    "another thread": {"thread_ts": "1700000000.000001"},
    "another channel": {"channel": "C0BILLING2"},
    "hidden": {"hidden": True},
    "no text": {"text": 7},
    "a strange thread": {"thread_ts": {"a": 1}},
}


async def test_what_is_no_persons_reply_is_ignored(http: Scene) -> None:
    request = await http.ask_refund()
    http.site.slack.calls.clear()
    for name, odd in ODD.items():
        event = written(http, erin.slack, "Hello", **odd)
        if name == "the card itself":
            event["ts"] = event["thread_ts"]
        assert (await http.site.slack.post_event(event)).acked, name
        assert await entries(http, request) == [], name
    await http.site.settle()
    assert http.site.slack.calls == []


async def test_names_and_links_are_kept_as_people_read_them(http: Scene) -> None:
    request = await http.ask_refund()
    said = (
        "<@U0DANA0001> and <@U0NOBODY99|x>: <https://a.example|the page>, "
        "<mailto:a@b.example|a@b.example> &amp; <#C1|support> <!here>"
    )
    await http.site.slack.post_event(written(http, erin.slack, said))
    (note,) = await entries(http, request)
    assert note.text == ("@Dana Whitfield and @x: the page (https://a.example), a@b.example & #support @here")


@pytest.mark.parametrize("may_read", [True, False])
async def test_the_first_line_promises_replies_only_where_we_hear_them(http: Scene, may_read: bool) -> None:
    """What the settings' token may, Slack says itself; here one that may not read the channel."""
    if not may_read:
        await http.site.settle()
        async with http.site.ctx.begin(http.lumen.id) as work:
            live = await work.installations.find_live()
            assert live is not None
            facts = {"team_name": live.team_name, "app_id": live.app_id, "bot_user_id": live.bot_user_id}
            await work.installations.keep_facts(live.id, **facts, scopes="chat:write")
    await http.ask_refund()
    (first,) = http.site.slack.thread(CHANNEL, http.card().ts)
    assert http.words(first).endswith(OF_REPLIES) is may_read
