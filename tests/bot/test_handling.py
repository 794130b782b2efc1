"""What a card offers beside decisions: ask, assign, snooze, reply, close; and who may not."""

from datetime import UTC, datetime

import pytest

from billing.records import Request, Ticket
from billing.states import RequestState, TicketState
from tests.bot.scenes import ASSIGN, CLOSE, DENY, MORE, REPLY, Scene
from tests.bot.test_denying import words
from tests.bot.test_parts import choose
from tests.people import dana, erin, frank, grace
from tests.site import Site


async def ticket_of(scene: Scene, request: Request) -> Ticket:
    """As it is now."""
    assert request.ticket_id is not None
    async with scene.site.ctx.read(scene.lumen.id) as work:
        return await work.tickets.get(request.ticket_id)


async def read_ticket(scene: Scene, ticket: Ticket) -> Ticket:
    """As it is now."""
    async with scene.site.ctx.read(scene.lumen.id) as work:
        return await work.tickets.get(ticket.id)


async def test_the_customer_is_asked_and_nothing_is_decided(scene: Scene) -> None:
    request = await scene.ask_refund()
    site = scene.site
    await choose(scene, frank.slack, f"ask {request.id.hex}")
    assert "Refund request: $149.00" in words(await scene.modal())
    assert (await site.slack.submit_modal(frank.slack, values={"answer": "What went wrong?"})).acked
    twice = site.slack.sent[-1]
    assert (await site.slack.resend(twice)).acked  # a proxy sent it again
    await site.settle()
    assert [told for told in scene.thread() if "What went wrong?" in told] == [
        "Sent to the customer by Frank Oyelaran:\n“What went wrong?”"
    ]
    assert len([each for each in site.mails() if "What went wrong?" in each["text"]]) == 1
    assert (await ticket_of(scene, request)).state is TicketState.WAITING
    assert "*State*\nWaiting for the customer" in scene.words()
    assert (await scene.read(request)).state is RequestState.PENDING
    assert site.slack.modals == []


async def test_an_empty_question_stays_in_the_form(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    await choose(scene, erin.slack, f"ask {request.id.hex}")
    empty = await site.slack.submit_modal(erin.slack, values={"answer": " \n "})
    assert empty.errors == {"answer": "Please fill this in."}


async def test_a_question_about_what_was_decided_meanwhile_is_not_sent(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    await choose(scene, erin.slack, f"ask {request.id.hex}")
    await scene.approve_on_web(request, dana)
    assert (await site.slack.submit_modal(erin.slack, values={"answer": "Why?"})).acked
    await site.settle()
    assert "Dana Whitfield already answered this" in words(await scene.modal())
    assert not [each for each in site.mails() if "Why?" in each["text"]]


async def test_a_request_is_given_to_somebody_and_back_to_nobody(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    await choose(scene, dana.slack, f"assign {request.id.hex}")
    menu = (await scene.modal()).body["blocks"][1]["element"]
    names = [each["text"]["text"] for each in menu["options"]]
    assert names == ["Nobody", "Dana Whitfield", "Erin Castellanos", "Frank Oyelaran"]
    assert (
        await site.slack.submit_modal(
            dana.slack, values={"assignee": site.world.staff["Erin Castellanos"].hex}
        )
    ).acked
    await site.settle()
    assert "*Assigned to*\nErin Castellanos" in scene.words()
    await choose(scene, dana.slack, f"assign {request.id.hex}")
    assert (await scene.modal()).body["blocks"][1]["element"]["initial_option"]["text"][
        "text"
    ] == "Erin Castellanos"
    assert (await site.slack.submit_modal(dana.slack, values={"assignee": "nobody"})).acked
    await site.settle()
    assert "Assigned to" not in scene.words()


async def test_a_snooze_is_on_the_card_until_somebody_wakes_it(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()  # on a Friday
    await choose(scene, frank.slack, f"snooze {request.id.hex}")
    (choice, *_) = (await scene.modal()).body["blocks"][1]["element"]["options"]
    assert choice["text"]["text"].startswith("In four hours: ")
    nothing = await site.slack.submit_modal(frank.slack)
    assert nothing.errors == {"when": "Please choose one of these."}
    past = await site.slack.submit_modal(frank.slack, values={"day": "2026-11-01"})
    assert list(past.errors) == ["day"]
    assert (await site.slack.submit_modal(frank.slack, values={"day": "2026-11-25"})).acked
    await site.settle()
    opens = datetime(2026, 11, 25, 9, tzinfo=UTC)
    assert f"*Snoozed*\nUntil <!date^{int(opens.timestamp())}^" in scene.words()
    assert "by Frank Oyelaran" in scene.words()
    menu = scene.card().blocks[-2]["elements"][-1]["options"]
    assert [each["value"].split()[0] for each in menu][3] == "wake"

    await choose(scene, erin.slack, f"wake {request.id.hex}", opens=False)
    await site.settle()
    assert "Snoozed" not in scene.words()


async def test_a_choice_of_time_means_the_moment_it_is_made(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    await choose(scene, erin.slack, f"snooze {request.id.hex}")
    assert (await site.slack.submit_modal(erin.slack, values={"when": "next_week"})).acked
    await site.settle()
    monday = datetime(2026, 11, 23, 9, tzinfo=UTC)
    assert f"Until <!date^{int(monday.timestamp())}^" in scene.words()


async def test_a_question_is_answered_given_away_and_closed(scene: Scene) -> None:
    ticket = await scene.ask_question("Where is it?", "I cannot find my video.")
    site = scene.site
    form = await scene.open_modal(erin, REPLY)
    assert "“Where is it?”\n\n“I cannot find my video.”" in words(form)
    assert (await site.slack.submit_modal(erin.slack, values={"answer": "Look under Videos."})).acked
    await site.settle()
    assert "Sent to the customer by Erin Castellanos:\n“Look under Videos.”" in scene.thread()
    assert len([each for each in site.mails() if "Look under Videos." in each["text"]]) == 1
    assert (await read_ticket(scene, ticket)).state is TicketState.WAITING

    await scene.open_modal(erin, ASSIGN)
    whom = {"assignee": site.world.staff["Frank Oyelaran"].hex}
    assert (await site.slack.submit_modal(erin.slack, values=whom)).acked
    await site.settle()
    assert "*Assigned to*\nFrank Oyelaran" in scene.words()

    assert (await site.slack.click(erin.slack, CLOSE)).acked
    await site.settle()
    assert (await read_ticket(scene, ticket)).state is TicketState.CLOSED
    assert CLOSE not in scene.buttons()
    assert "Question" in scene.card().text
    assert "Closed" in scene.card().text


async def test_closing_twice_is_told_to_the_second_alone(site: Site) -> None:
    scene = Scene(site)
    ticket = await scene.ask_question("Where?", "Where is it?")
    card = scene.card()
    await site.slack.click(erin.slack, CLOSE, message=card)
    await site.slack.click(dana.slack, CLOSE, message=card)
    await site.settle()
    assert len(scene.whispers(dana)) == 1
    assert scene.whispers(erin) == []
    lines = await scene.journal(f"ticket:{ticket.id.hex}")
    assert [each.facts["refusal"] for each in lines if each.verb == "click.refused"] == ["already-decided"]


@pytest.mark.parametrize("what", ["part", "ask", "assign", "snooze", "wake"])
async def test_a_viewer_handles_nothing(site: Site, what: str) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    await choose(scene, grace.slack, f"{what} {request.id.hex}", opens=False)
    await site.settle()
    assert site.slack.modals == []
    assert scene.whispers(grace) == ["You may not do this. Nothing was changed."]


async def test_a_menu_of_what_is_decided_is_refused_and_drawn_anew(site: Site) -> None:
    scene = Scene(site)
    request = await scene.ask_refund()
    card = scene.card()
    await scene.approve_on_web(request, dana)
    for what in ("part", "ask", "assign", "snooze"):
        await site.slack.click(erin.slack, MORE, f"{what} {request.id.hex}", message=card)
    await site.settle()
    assert site.slack.modals == []
    told = scene.whispers(erin)
    assert len(told) == 4
    assert all("Dana Whitfield already answered this" in each for each in told)
    assert MORE not in scene.buttons()


@pytest.mark.parametrize("what", ["deny", "part", "ask", "assign", "snooze"])
async def test_a_forged_modal_has_no_effect(site: Site, what: str) -> None:
    """Whoever could change what a modal names still reaches nothing but what is theirs to reach."""
    scene = Scene(site)
    request = await scene.ask_refund()
    if what == "deny":
        await scene.open_modal(erin, DENY)
    else:
        await choose(scene, erin.slack, f"{what} {request.id.hex}")
    view = await scene.modal()
    view.body["private_metadata"] = f"{site.world.payments['40003001'].hex} C0SUPPORT1"
    typed = {"answer": "No.", "amount": "1", "assignee": "nobody", "when": "next_week"}
    assert (await site.slack.submit_modal(erin.slack, values=typed)).acked
    await site.settle()
    assert "We cannot find this." in words(await scene.modal())
    assert (await scene.read(request)).state is RequestState.PENDING
    assert scene.thread() == ["The customer asked for a refund of $149.00."]


async def test_forged_values_have_no_effect_and_an_answer(site: Site) -> None:
    scene = Scene(site)
    ticket = await scene.ask_question("Where?", "Where is it?")
    request = await scene.ask_refund()
    foreign = site.world.payments["40003001"].hex
    cards = site.slack.messages(site.world.desk.slack_channel or "")
    values = ["", "garbage", "0" * 32, foreign, request.id.hex]
    for action in (REPLY, ASSIGN, CLOSE):
        for value in values:
            assert (await site.slack.click(erin.slack, action, value, message=cards[0])).acked
    for value in (*values, f"shred {request.id.hex}", f"part {foreign}"):
        assert (await site.slack.click(erin.slack, MORE, value, message=cards[1])).acked
    await site.settle()
    assert set(scene.whispers(erin)) == {"We cannot find this."}
    assert len(scene.whispers(erin)) == 3 * len(values) + len(values) + 2
    assert site.slack.modals == []
    assert (await read_ticket(scene, ticket)).state is TicketState.OPEN
    assert (await scene.read(request)).state is RequestState.PENDING
