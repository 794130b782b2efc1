"""`/refunds`: what waits, and finding requests; read by the one who typed it alone."""

from typing import Any

from billing import asking
from billing.states import Surface
from selfbill.sandbox.slack.interactions import Answer
from tests.bot.scenes import Scene
from tests.make import CHANNEL
from tests.people import StaffPerson, alice, dana, erin, frank, grace
from tests.told import problems_of_text, texts_of


async def ask(scene: Scene, words: str = "", *, by: StaffPerson | str = erin) -> str:
    """What the command answers; only its typer reads it, and Slack would take it."""
    user = by if isinstance(by, str) else by.slack
    answer = await scene.site.slack.command(user, CHANNEL, f"/refunds {words}".rstrip())
    return told_by(answer)


def told_by(answer: Answer) -> str:
    """What the ack says."""
    assert answer.acked, answer
    body: dict[str, Any] = answer.body or {}
    if not body:
        return ""
    assert body["response_type"] == "ephemeral"
    assert problems_of_text(body["text"], body["blocks"]) == []
    return "\n".join(each["text"] for each in texts_of(body["blocks"]))


async def test_without_words_it_lists_what_waits(scene: Scene) -> None:
    assert "Nothing waits. Everything has been answered." in await ask(scene)
    request = await scene.ask_refund()
    question = await scene.ask_question("Hello <!here>", "Is anybody there?")
    scene.site.slack.calls.clear()

    told = await ask(scene)

    assert "Waiting: 2" in told
    assert "Refunds asked for in this list: $149.00" in told
    assert request.reference in told
    assert question.reference in told
    assert "a…e@example.net" in told
    assert alice.name not in told
    # it is the ack that answers
    assert [call.method for call in scene.site.slack.calls if not call.method.startswith("ack")] == []
    # a viewer may look as well
    assert request.reference in await ask(scene, by=grace)


async def test_it_lists_the_ten_oldest_and_adds_all_up(http: Scene) -> None:
    references = [request.reference for request in await http.ask_many(11)]
    told = await ask(http)
    assert "Waiting: 11" in told
    assert "Refunds asked for in this list: $275.00" in told
    assert [each in told for each in references] == [True] * 10 + [False]
    assert "These are the oldest." in told


async def test_it_finds_by_order_id_reference_and_ticket(http: Scene) -> None:
    request = await http.ask_refund()
    assert request.ticket_id is not None
    async with http.site.ctx.read(http.lumen.id) as work:
        ticket = await work.tickets.get(request.ticket_id)
    bare = request.reference.removeprefix("R-")
    for words in (
        alice.order_id,
        f"#{alice.order_id}",
        request.reference,
        request.reference.lower(),
        bare,
        ticket.reference,
        ticket.reference.removeprefix("T-"),
    ):
        told = await ask(http, words)
        assert told.count("*Refund request:") == 1, words
        assert request.reference in told


async def test_it_finds_by_address_and_name_and_masks_them(http: Scene) -> None:
    request = await http.ask_refund()
    for words in (
        "@alice",
        "alice@exa",
        "Moreau",
        "@alice moreau",
        "<mailto:alice@example.net|alice@example.net>",
    ):
        told = await ask(http, words)
        assert request.reference in told, words
        assert "a…e@example.net" in told
        assert "Alice Moreau" not in told
        assert told.count("alice@example.net") == ("mailto" in words)  # as it was typed
    assert "no requests of theirs: b…b@example.net" in await ask(http, "@bob")


async def test_what_is_decided_is_found_too(http: Scene) -> None:
    request = await http.ask_refund()
    await asking.withdraw_request(
        http.site.ctx, request.id, by=http.site.world.customer(alice, surface=Surface.HELPDESK)
    )
    assert "*Withdrawn* by the customer" in await ask(http, request.reference)
    assert "Nothing waits." in await ask(http)


async def test_nothing_found_says_how_to_look(http: Scene) -> None:
    told = await ask(http, "nobody <@U0DANA0001> *here*")
    assert "Nothing was found for “nobody U0DANA0001 *here*”." in told
    assert "/refunds A1B2C3: by Order ID" in told


async def test_help_says_what_can_be_typed(http: Scene) -> None:
    for words in ("help", "HELP", "?", "--help"):
        assert "/refunds @name: by the beginning" in await ask(http, words)


async def test_another_accounts_request_is_not_found(http: Scene) -> None:
    assert "Nothing was found" in await ask(http, "40003001")
    assert "Nothing was found" in await ask(http, "@charlie")


async def test_strangers_are_told_nothing(http: Scene) -> None:
    request = await http.ask_refund()
    for who in ("U0GUEST005", "U0STRANGE6", "U0LEFT0007"):
        assert await ask(http, by=who) == ""
        assert await ask(http, request.reference, by=who) == ""
        await http.site.settle()
        assert http.whispers(who)
        assert "$149.00" not in "".join(http.whispers(who))


async def test_searches_are_bounded_for_each_person(http: Scene) -> None:
    for _ in range(20):
        assert "Nothing was found" in await ask(http, "nobody")
    assert await ask(http, "nobody") == ""
    await http.site.settle()
    assert "That was too many tries." in http.whispers(erin)[-1]
    assert "Nothing was found" in await ask(http, "nobody", by=dana)
    assert "Nothing waits." in await ask(http)  # what waits may be asked for
    http.site.clock.turn(minutes=1)
    assert "Nothing was found" in await ask(http, "nobody")


async def test_hostile_words_find_nothing_and_break_nothing(http: Scene) -> None:
    await http.ask_refund()
    for words in (
        "%",
        "_",
        "'; DROP TABLE requests; --",
        "\u202e\u200b",
        "x" * 3000,
        "<<>>",
        "<!channel>",
        "R-",
        "@",
    ):
        await ask(http, words, by=frank if words == "%" else dana)
