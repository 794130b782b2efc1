"""App Home: an inbox of one person, fresh as things change; and what it shows to others."""

from dataclasses import replace
from typing import Any

from billing import assigning, tickets
from billing.errors import NotForGuests, NotLinked, NotStaff, ProfileUnknown
from billing.ids import TicketId
from billing.ports import Shows
from billing.slack.homes import MOST_COUNTED, MOST_OPEN, show_board
from billing.slack.messages import HomeDue
from billing.slack.records import Outsider
from billing.staff import deactivate_staff
from billing.states import RequestState
from bot.homes import home_view, stranger_view
from bot.rows import ways_in
from locales.catalogues import AVAILABLE, PSEUDO
from locales.translator import get_translator
from portal.forms import new_once_key
from tests.bot.scenes import APPROVE, DENY, Scene
from tests.locales.known import CAST
from tests.locales.marks import plain_words
from tests.make import CHANNEL, system
from tests.people import dana, erin, frank, grace
from tests.site import Site
from tests.told import problems_of_modal, texts_of

MINE, ALL, WAITING, DONE = "home:mine", "home:all", "home:waiting", "home:done"


def blocks(site: Site, user: str) -> list[dict[str, Any]]:
    """What their Home tab shows."""
    home = site.slack.home(user)
    assert home is not None
    found: list[dict[str, Any]] = home.body["blocks"]
    return found


def words(site: Site, user: str) -> str:
    """All that is to be read there."""
    return "\n".join(each["text"] for each in texts_of(blocks(site, user)))


def action_ids(site: Site, user: str) -> list[str]:
    """All that can be pressed there."""
    rows = [each["elements"] for each in blocks(site, user) if each["type"] == "actions"]
    return [element["action_id"] for row in rows for element in row]


async def opened(site: Site, user: str) -> str:
    """Somebody looks at their Home; all that it says."""
    assert (await site.slack.open_home(user)).acked
    await site.settle()
    return words(site, user)


async def turned(site: Site, user: str, action_id: str) -> str:
    """They press a button of Home."""
    home = site.slack.home(user)
    assert (await site.slack.click(user, action_id, view=home)).acked
    await site.settle()
    return words(site, user)


async def fresh(site: Site, user: str) -> str:
    """What it says once all that is due has been delivered."""
    await site.settle()
    site.clock.turn(seconds=5)
    await site.settle()
    return words(site, user)


async def ticket_of(scene: Scene, request: Any) -> TicketId:
    """The ticket of a request."""
    found = (await scene.read(request)).ticket_id
    assert found is not None
    return found


async def test_home_lists_what_waits_with_the_cards_own_buttons(scene: Scene) -> None:
    request = await scene.ask_refund()
    question = await scene.ask_question("Where is my <b>video</b>?", "I cannot find it.")
    site = scene.site

    told = await opened(site, erin.slack)

    assert "Inbox of Lumen Studio" in told
    assert "Mine (2)" in told
    assert "Waiting for the customer (0)" in told
    assert "Refunds asked for in this list: $149.00" in told
    assert f"*Refund request: $149.00* · {request.reference}" in told
    assert "Photography Masterclass · a…e@example.net" in told
    assert f"*Question {question.reference}*" in told
    assert "“Where is my <b>video</b>?”" in told
    assert "due <!date^" in told
    assert {APPROVE, DENY, "ticket:reply", "page:open"} <= set(action_ids(site, erin.slack))
    links = [e.get("url", "") for b in blocks(site, erin.slack) for e in b.get("elements", [])]
    assert f"team=T0SELFBILL&channel={CHANNEL}&message_ts=" in "\n".join(links)
    assert "Alice Moreau" not in str(site.slack.calls)


async def test_a_decision_in_home_decides_and_home_follows(scene: Scene) -> None:
    request = await scene.ask_refund()
    site = scene.site
    await opened(site, erin.slack)
    await opened(site, dana.slack)

    home = site.slack.home(erin.slack)
    assert (await site.slack.click(erin.slack, APPROVE, view=home)).acked
    assert (await scene.read(request)).state is RequestState.APPROVED

    for person in (erin, dana):
        assert "Nothing waits for you." in await fresh(site, person.slack)
        assert "Mine (0)" in words(site, person.slack)
    assert "*Refunded* $149.00. Approved by Erin Castellanos" in await turned(site, dana.slack, DONE)
    assert "Refunds approved today: $149.00" in words(site, dana.slack)


async def test_a_late_click_in_home_is_answered_by_a_direct_message(http: Scene) -> None:
    request = await http.ask_refund()
    site = http.site
    await opened(site, erin.slack)
    await http.approve_on_web(request, dana)

    assert (await site.slack.click(erin.slack, APPROVE, view=site.slack.home(erin.slack))).acked
    await site.settle()

    (told,) = site.slack.messages(site.slack.workspace.direct_message(erin.slack).id)
    assert "Dana Whitfield already answered this" in told.text
    assert await http.refusals(request) == ["already-decided"]


async def test_lists_hold_what_they_say(http: Scene) -> None:
    request = await http.ask_refund()
    site = http.site
    member = site.world.member(dana)
    await assigning.assign_ticket(
        site.ctx, await ticket_of(http, request), site.world.staff[dana.name], by=member
    )

    assert "Nothing waits for you." in await opened(site, erin.slack)
    assert "assigned to Dana Whitfield" in await turned(site, erin.slack, ALL)
    assert "*Refund request: $149.00*" in await opened(site, dana.slack)

    await tickets.ask_customer(site.ctx, request.id, by=member, text="Why?", once_key=new_once_key())
    assert "Nothing waits for you." in await fresh(site, dana.slack)
    assert "*Waiting for the customer* · Asked" in await turned(site, dana.slack, WAITING)
    assert "Nothing has been answered yet today." in await turned(site, dana.slack, DONE)


async def test_home_says_why_one_may_not_decide(http: Scene) -> None:
    await http.ask_refund()
    site = http.site
    # above an agent's limit: nothing is theirs
    assert "Nothing waits for you." in await opened(site, frank.slack)
    assert "This is above $50.00, which is as much as you may decide." in await turned(site, frank.slack, ALL)
    assert APPROVE not in action_ids(site, frank.slack)
    # a viewer looks at everything, and decides nothing
    assert "*Refund request: $149.00*" in await opened(site, grace.slack)
    assert not {APPROVE, DENY} & set(action_ids(site, grace.slack))


async def test_home_is_paged_and_counts_all(http: Scene) -> None:
    site = http.site
    await http.ask_many(12)
    told = await opened(site, erin.slack)
    assert "Mine (12)" in told
    assert "Refunds asked for in this list: $300.00" in told
    assert told.count("*Refund request:") == 10
    assert "home:previous" not in action_ids(site, erin.slack)

    told = await turned(site, erin.slack, "home:next")
    assert told.count("*Refund request:") == 2
    assert "Older" in told
    assert "Newer" not in told
    assert (await turned(site, erin.slack, "home:previous")).count("*Refund request:") == 10


async def test_a_page_that_is_no_more_is_the_last_one_that_is(http: Scene) -> None:
    await http.ask_refund()
    site = http.site
    await opened(site, erin.slack)
    for value in ("mine 9", "mine 999999999", "mine -1", "mine ⁹", "yours 1", ""):
        home = site.slack.home(erin.slack)
        assert (await site.slack.click(erin.slack, MINE, value, view=home)).acked
        await site.settle()
        assert "*Refund request: $149.00*" in words(site, erin.slack)


async def test_strangers_read_what_this_is_and_how_to_come_in(http: Scene) -> None:
    await http.ask_refund()
    site = http.site
    async with site.ctx.begin(http.lumen.id) as work:
        await work.channels.drop_link(site.world.staff[erin.name])

    told = await opened(site, erin.slack)
    assert "brings refund and cancellation requests of Lumen Studio" in told
    assert "$149.00" not in told
    assert action_ids(site, erin.slack) == ["home:link"]
    assert (await site.slack.click(erin.slack, "home:link", view=site.slack.home(erin.slack))).acked
    await site.settle()
    (message,) = site.slack.messages(site.slack.workspace.direct_message(erin.slack).id)
    assert "/lumen/desk/slack/link/" in str(message.blocks)

    guest = await opened(site, "U0GUEST005")
    assert "$149.00" not in guest
    assert "home:link" not in await _ids_after(site, "U0GUEST005")


async def _ids_after(site: Site, user: str) -> list[str]:
    """Once Slack has said who they are."""
    await fresh(site, user)
    return action_ids(site, user)


async def test_an_open_home_is_redrawn_once_for_all_that_happens_at_once(http: Scene) -> None:
    site = http.site
    await opened(site, erin.slack)
    await fresh(site, erin.slack)
    site.slack.calls.clear()
    await http.ask_many(5)
    # each of them is told of by itself, and all of them are drawn once
    assert [kind for kind, _ in await http.waiting()].count("slack-homes") == 5
    await site.service.relay.drain()
    assert [kind for kind, _ in await http.waiting()].count("slack-home") == 1
    assert "Mine (5)" in await fresh(site, erin.slack)
    assert [call.method for call in site.slack.calls].count("views.publish") == 1


async def test_a_home_that_nobody_opened_today_is_left_alone(http: Scene) -> None:
    site = http.site
    await opened(site, erin.slack)
    await fresh(site, erin.slack)
    site.clock.turn(hours=25)
    site.slack.calls.clear()
    await http.ask_refund()
    assert "Nothing waits for you." in await fresh(site, erin.slack)
    assert "views.publish" not in {call.method for call in site.slack.calls}


async def test_whoever_else_looks_at_theirs_takes_nobodys_turn(http: Scene) -> None:
    site = http.site
    await opened(site, erin.slack)
    await fresh(site, erin.slack)
    async with site.ctx.begin(http.lumen.id) as work:
        erins = await work.homes.find("T0SELFBILL", erin.slack)
        assert erins is not None
        for number in range(MOST_OPEN):
            looker = replace(erins, user_id=f"U0LOOKER{number:03}", opened_at=site.clock())
            await work.homes.put(looker)
    await http.ask_refund()
    assert "Mine (1)" in await fresh(site, erin.slack)


async def test_who_leaves_is_shown_nothing_any_more(http: Scene) -> None:
    site = http.site
    await http.ask_refund()
    await opened(site, erin.slack)
    assert "Mine (1)" in await fresh(site, erin.slack)
    await deactivate_staff(site.ctx, site.world.staff[erin.name], by=system(http.lumen))
    told = await fresh(site, erin.slack)
    assert "a…e@example.net" not in told
    assert "Photography Masterclass" not in told


async def test_an_older_drawing_never_covers_a_newer_one(http: Scene) -> None:
    site = http.site
    await opened(site, erin.slack)
    await fresh(site, erin.slack)
    # another process has published since, and its hash is kept; what we still hold is an old one
    async with site.ctx.begin(http.lumen.id) as work:
        await work.homes.keep_hash("T0SELFBILL", erin.slack, "1.old")
    await http.ask_refund()
    assert "Mine (1)" in await fresh(site, erin.slack)
    assert [call.answer.get("error") for call in site.slack.refused] == ["hash_conflict"]
    site.slack.refused.clear()
    # and the right hash is known again
    await http.ask_question("Hello", "Is anybody there?")
    assert "Mine (2)" in await fresh(site, erin.slack)


async def test_a_home_of_nobody_here_is_not_drawn(http: Scene) -> None:
    site = http.site
    await opened(site, erin.slack)
    site.slack.calls.clear()
    async with site.ctx.begin(http.lumen.id) as work:
        await work.outbox.put(HomeDue("T0SELFBILL", "U0NOBODY99"), at=site.clock(), trace_id="test")
        await work.outbox.put(HomeDue("T0OTHER", erin.slack), at=site.clock(), trace_id="test")
    await site.settle()
    assert await http.given_up() == []
    assert site.slack.calls == []


async def test_home_fits_into_slack_in_every_language(http: Scene) -> None:
    """The fullest Home there is: ten rows with every button, in the longest words."""
    site = http.site
    await http.ask_many(9)
    for number in range(3):
        await http.ask_question(f"{number} " + "<@U0DANA0001> *now* " * 7, "?")
    page = await show_board(site.ctx, by=site.world.member(dana), shows=Shows.ALL)
    assert [len(page.rows), page.is_last] == [10, False]
    page = replace(page, number=2, counts=dict.fromkeys(Shows, MOST_COUNTED))
    ways = ways_in(site.ctx.addresses, site.slack.base_url, "T0SELFBILL")
    for language in AVAILABLE:
        say = get_translator(language, "Asia/Kathmandu")
        for shows in Shows:
            view = home_view(replace(page, shows=shows), ways, say, now=site.clock())
            assert problems_of_modal(view) == [], language
        for refusal in (NotLinked(), NotStaff(), ProfileUnknown(), NotForGuests(why=Outsider.GUEST)):
            assert problems_of_modal(stranger_view("Lumen", refusal, say)) == [], language
    say = get_translator(PSEUDO, "Asia/Kathmandu")
    views = [home_view(replace(page, shows=shows), ways, say, now=site.clock()) for shows in Shows]
    views += [stranger_view("Lumen", each, say) for each in (NotLinked(), NotForGuests(why=Outsider.GUEST))]
    texts = {each["text"] for each in texts_of(views)}
    assert {text for text in texts if plain_words(text, CAST)} == set()


async def test_home_works_on_either_engine(site_on_each: Site) -> None:
    scene = Scene(site_on_each)
    request = await scene.ask_refund()
    await opened(site_on_each, erin.slack)
    home = site_on_each.slack.home(erin.slack)
    await site_on_each.slack.click(erin.slack, APPROVE, view=home)
    assert "Mine (0)" in await fresh(site_on_each, erin.slack)
    assert request.reference in await turned(site_on_each, erin.slack, DONE)
    event = {"type": "app_home_opened", "user": dana.slack, "tab": "home"}
    assert (await site_on_each.slack.post_event(event, event_id="Ev1", copies=3)).acked
    site_on_each.slack.calls.clear()
    await site_on_each.settle()
    assert [call.method for call in site_on_each.slack.calls].count("views.publish") == 1
