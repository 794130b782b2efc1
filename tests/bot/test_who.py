"""Who clicks: linked staff of the connected workspace and nobody else, as the database knows them."""

from dataclasses import replace
from typing import Any

import pytest

from billing.ids import InstallationId, new_id
from billing.records import Request
from billing.slack.linking import send_offer
from billing.slack.records import Installation, Outsider, SlackProfile
from billing.states import RequestState, Role
from bot.people import read_profile
from tests.bot.scenes import APPROVE, DENY, Scene
from tests.make import CHANNEL, START, TEAM
from tests.people import dana, erin, frank, grace
from tests.site import Browser, Site

GUEST, STRANGER, LEFT = "U0GUEST005", "U0STRANGE6", "U0LEFT0007"
NOT_LINKED = (
    "Your Slack user is not linked to anybody at the desk yet, so you cannot do this. "
    "Please link yourself once, then try again.\nLink me"
)
NO_GUESTS = "Guests of this Slack workspace cannot do this. Please ask an owner of the desk."
NO_STRANGERS = (
    "Only members of the desk's own Slack workspace can do this, and you belong to another one. "
    "Please ask an owner of the desk."
)
NO_MORE_STAFF = (
    "You do not work at this desk any more, so you cannot do this. "
    "If that is a mistake, please ask an owner of the desk."
)
A_MOMENT = (
    "Slack had not told us within a day who you are, so we are asking now. Please try again in a moment."
)


async def is_untouched(scene: Scene, request: Request) -> bool:
    now = await scene.read(request)
    return now.state is RequestState.PENDING and now.moved_at == request.moved_at


async def click(scene: Scene, user: str, act: str = APPROVE) -> str:
    """What this user is told alone about it."""
    told = len(scene.whispers(user))
    assert (await scene.site.slack.click(user, act)).acked
    await scene.site.settle()
    new = scene.whispers(user)[told:]
    assert len(new) <= 1
    return new[0] if new else ""


def link_of(scene: Scene, user: str) -> str:
    """Where the button of the last thing that they were told alone leads."""
    return button_of(scene.site.slack.ephemerals(user)[-1].blocks)


def button_of(blocks: list[dict[str, Any]]) -> str:
    (button,) = [each for block in blocks if block["type"] == "actions" for each in block["elements"]]
    return str(button["url"])


async def unlink(scene: Scene, person: Any) -> None:
    async with scene.site.ctx.begin(scene.lumen.id) as work:
        await work.channels.drop_link(scene.site.world.staff[person.name])


async def sign_in_at(site: Site, link: str, person: Any) -> tuple[Browser, Any]:
    """Follow the button, and sign in on the way."""
    browser = site.browser()
    page = await browser.get(link)
    assert "/sign-in?next=" in page.url
    return browser, await browser.submit(page, "sign-in", email=person.email, password=person.password)


async def test_whom_nobody_knows_is_led_to_the_desk_and_decides_then(scene: Scene) -> None:
    request = await scene.ask_refund()
    await unlink(scene, erin)
    assert await click(scene, erin.slack) == NOT_LINKED
    assert await is_untouched(scene, request)
    link = link_of(scene, erin.slack)

    browser, page = await sign_in_at(scene.site, link, erin)
    for named in (erin.name, erin.email, erin.slack, "Lumen Studio", "Is this you in Slack?"):
        assert named in page.text
    done = await browser.submit(page, link.rpartition("/")[2])
    assert "Linked. What this Slack user does counts" in done.text
    await scene.site.settle()
    (mail,) = [each for each in scene.site.mails() if "linked to Slack" in each["subject"]]
    assert erin.email in str(mail["to"])

    assert await click(scene, erin.slack) == ""
    assert (await scene.read(request)).state is RequestState.DONE
    again = await browser.get(link)
    assert again.status == 404
    assert "This link is not valid" in again.text


async def test_the_token_of_an_offer_is_nowhere_in_the_database(http: Scene, tmp_path: Any) -> None:
    await http.ask_refund()
    await unlink(http, erin)
    await click(http, erin.slack)
    token = link_of(http, erin.slack).rpartition("/")[2].encode()
    assert len(token) == 32
    for file in tmp_path.glob("world.sqlite3*"):
        assert token not in file.read_bytes()


async def test_a_guest_reads_that_guests_cannot_as_soon_as_slack_has_said_so(http: Scene) -> None:
    request = await http.ask_refund()
    assert await click(http, GUEST) == NOT_LINKED  # nobody has asked Slack yet
    for act in (APPROVE, DENY):
        assert await click(http, GUEST, act) == NO_GUESTS
    link = link_of_first(http, GUEST)
    browser, page = await sign_in_at(http.site, link, grace)
    assert NO_GUESTS in page.text
    assert "Yes, this is me" not in page.text
    token = page.html.partition('name="csrf" value="')[2].partition('"')[0]
    forced = await browser.post(link.removeprefix(http.site.url), {"csrf": token, "once": "1"})
    assert forced.status == 403
    assert await http.refusals(request) == ["not-linked", "not-for-guests", "not-for-guests"]
    assert await is_untouched(http, request)


def link_of_first(scene: Scene, user: str) -> str:
    return button_of(scene.site.slack.ephemerals(user)[0].blocks)


async def test_a_stranger_of_a_shared_channel_is_refused_whatever_we_know(scene: Scene) -> None:
    request = await scene.ask_refund()
    for act in (APPROVE, DENY):
        assert await click(scene, STRANGER, act) == NO_STRANGERS
    assert scene.site.slack.modals == []
    assert await scene.refusals(request) == ["not-for-guests"] * 2
    assert await is_untouched(scene, request)


async def test_a_stranger_is_refused_even_with_a_link_under_their_id(http: Scene) -> None:
    """Ids are unique within a workspace: another's user may have the id of one of ours."""
    request = await http.ask_refund()
    space = http.site.slack.town.first.workspace
    space.people[erin.slack] = replace(space.people[erin.slack], team_id="T0ELSEWHERE")
    assert await click(http, erin.slack) == NO_STRANGERS
    assert await is_untouched(http, request)


async def test_another_workspace_has_no_say_though_its_users_are_called_the_same(http: Scene) -> None:
    request = await http.ask_refund()
    slack, card = http.site.slack, http.card()
    body: dict[str, Any] = {
        "type": "block_actions",
        "team": {"id": "T0OTHER"},
        "user": {"id": dana.slack, "team_id": "T0OTHER"},
        "channel": {"id": CHANNEL},
        "container": {"message_ts": card.ts},
        "actions": [{"type": "button", "action_id": APPROVE, "value": request.id.hex, "block_id": "b"}],
        "response_url": "",
        "trigger_id": "",
    }
    answer = await slack.sender.interaction(body)
    await http.site.settle()
    assert answer.acked
    assert await is_untouched(http, request)
    assert await http.refusals(request) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"deleted": True}, "Your Slack user is deactivated"),
        ({"is_bot": True}, "Bots cannot do this."),
        ({"is_ultra_restricted": True}, NO_GUESTS),
        ({"is_stranger": True}, NO_STRANGERS),
    ],
    ids=["gone", "bot", "guest", "stranger"],
)
async def test_who_became_an_outsider_is_refused_after_the_daily_look(
    http: Scene, changed: dict[str, bool], told: str
) -> None:
    request = await http.ask_refund()
    space = http.site.slack.town.first.workspace
    space.people[erin.slack] = replace(space.people[erin.slack], **changed)  # type: ignore[arg-type]
    http.site.clock.turn(hours=25)
    assert await click(http, erin.slack) == A_MOMENT
    assert (await click(http, erin.slack)).startswith(told)
    assert await is_untouched(http, request)


async def test_a_change_for_the_worse_counts_at_once_and_one_for_the_better_soon(
    scene: Scene,
) -> None:
    request, slack = await scene.ask_refund(), scene.site.slack
    assert (await slack.change_person(erin.slack, is_restricted=True)).acked
    assert await click(scene, erin.slack) == NO_GUESTS
    assert await is_untouched(scene, request)
    assert (await slack.change_person(erin.slack, is_restricted=False)).acked
    await scene.site.settle()
    assert await click(scene, erin.slack) == ""
    assert (await scene.read(request)).state is RequestState.DONE


async def test_an_old_profile_is_refused_and_looked_at_so_that_the_next_click_counts(http: Scene) -> None:
    request = await http.ask_refund()
    http.site.clock.turn(hours=24, seconds=1)
    asked = [call.method for call in http.site.slack.calls].count("users.info")
    assert await click(http, erin.slack) == A_MOMENT
    assert [call.method for call in http.site.slack.calls].count("users.info") == asked + 1
    assert await is_untouched(http, request)
    assert await click(http, erin.slack) == ""
    assert (await http.read(request)).state is RequestState.DONE


async def test_slack_is_not_asked_during_a_click(http: Scene) -> None:
    request = await http.ask_refund()
    http.site.slack.fault("*", "hang", seconds=60)
    assert (await http.site.slack.click(erin.slack, APPROVE)).acked
    assert (await http.read(request)).state is RequestState.APPROVED
    http.site.slack.faults.clear()


async def test_removed_staff_and_the_wrong_role_are_refused_at_once(http: Scene) -> None:
    request = await http.ask_refund()
    await http.change_staff(erin, active=False)
    await http.change_staff(frank, role=Role.VIEWER)
    assert await click(http, erin.slack) == NO_MORE_STAFF
    assert await click(http, frank.slack) == "You may not do this. Nothing was changed."
    assert await http.refusals(request) == ["not-staff", "forbidden"]
    assert await is_untouched(http, request)


async def test_without_the_link_the_next_click_does_nothing(http: Scene) -> None:
    request = await http.ask_refund()
    browser = await http.site.sign_in_staff(erin)
    path = f"/lumen/desk/slack/people/{http.site.world.staff[erin.name].hex}"
    gone = await browser.fill(path, "unlink")
    assert "The link is gone" in gone.text
    assert await click(http, erin.slack) == NOT_LINKED
    assert await is_untouched(http, request)


async def test_a_refusal_tells_times_in_the_zone_that_the_reader_has_in_slack(http: Scene) -> None:
    request, site = await http.ask_refund(), http.site
    card = http.card()
    await http.approve_on_web(request, dana)
    async with site.ctx.begin(http.lumen.id) as work:
        known = await work.channels.find_profile(TEAM, erin.slack)
        assert known is not None
        await work.channels.put_profile(replace(known, time_zone="Asia/Tokyo"))
    await site.slack.click(erin.slack, APPROVE, message=card)
    await site.settle()
    assert "Nov 20, 2026, 9:00\u202fPM JST" in http.whispers(erin)[0]


async def test_a_message_from_the_desk_asks_a_person_who_they_are(http: Scene) -> None:
    site = http.site
    await unlink(http, grace)
    by, grace_id = site.world.member(dana), site.world.staff[grace.name]
    await send_offer(site.ctx, grace_id, user_id=grace.slack, by=by)
    await site.settle()
    direct = site.slack.town.first.workspace.direct_message(grace.slack)
    (message,) = site.slack.messages(direct.id)
    assert "Do you work at the desk of Lumen Studio?" in http.words(message)
    link = button_of(message.blocks)

    _, page = await sign_in_at(site, link, frank)  # it was meant for somebody else
    assert "This link is not valid" in page.text
    browser, page = await sign_in_at(site, link, grace)
    done = await browser.submit(page, link.rpartition("/")[2])
    assert "Linked." in done.text


async def test_a_lost_answer_sends_the_message_again_and_an_old_offer_is_not_sent(http: Scene) -> None:
    site = http.site
    by, grace_id = site.world.member(dana), site.world.staff[grace.name]
    await unlink(http, grace)
    site.slack.fault("chat.postMessage", "lost_after")
    await send_offer(site.ctx, grace_id, user_id=grace.slack, by=by)
    await site.settle()
    direct = site.slack.town.first.workspace.direct_message(grace.slack)
    assert len(site.slack.messages(direct.id)) == 1
    site.clock.turn(seconds=31)
    await site.settle()
    assert len(site.slack.messages(direct.id)) == 2

    await send_offer(site.ctx, grace_id, user_id=grace.slack, by=by)
    site.clock.turn(hours=1)
    await site.settle()
    assert len(site.slack.messages(direct.id)) == 2


async def test_whom_slack_does_not_know_is_shown_as_gone(http: Scene) -> None:
    site = http.site
    await unlink(http, grace)
    await send_offer(site.ctx, site.world.staff[grace.name], user_id="U0NOBODY99", by=site.world.member(dana))
    await site.settle()
    async with site.ctx.read(http.lumen.id) as work:
        profile = await work.channels.find_profile(TEAM, "U0NOBODY99")
    assert profile is not None
    assert profile.outsider is Outsider.GONE
    assert ("slack-link-offer", "user_not_found") in await http.given_up()
    site.slack.refused.clear()


async def test_the_list_of_people_has_members_to_choose_from(http: Scene) -> None:
    site = http.site
    await unlink(http, grace)
    browser = await site.sign_in_staff(dana)
    read = await browser.fill("/lumen/desk/slack/people", "people/read")
    assert "Slack is being asked" in read.text
    await site.settle()
    page = await browser.get(f"/lumen/desk/slack/people/{site.world.staff[grace.name].hex}")
    assert f'<option value="{grace.slack}"' in page.html
    for outsider in (GUEST, STRANGER, LEFT, dana.slack, "U0SELFBOT0"):
        assert f'<option value="{outsider}"' not in page.html


def installed(**changed: str) -> Installation:
    first = Installation(
        id=new_id(InstallationId),
        account_id=new_id(InstallationId),  # type: ignore[arg-type]
        team_id=TEAM,
        enterprise_id="",
        team_name="Lumen",
        app_id="A0",
        bot_user_id="U0BOT",
        bot_token="",
        refresh_token=None,
        expires_at=None,
        scopes="",
        installed_by="system:test",
        installed_at=START,
    )
    return replace(first, **changed)  # type: ignore[arg-type]


def said(user: Any, installation: Installation | None = None) -> SlackProfile:
    profile = read_profile(installation or installed(), user, at=START)
    assert profile is not None
    return profile


MEMBER = {
    "id": "U1",
    "team_id": TEAM,
    "deleted": False,
    "is_bot": False,
    "is_restricted": False,
    "is_ultra_restricted": False,
    "locale": "pt-BR",
    "tz": "America/Sao_Paulo",
    "profile": {"real_name": "Ana\u202e Lima"},
}


@pytest.mark.parametrize(
    ("changed", "outsider"),
    [
        ({}, None),
        ({"deleted": True}, Outsider.GONE),
        ({"is_bot": True}, Outsider.BOT),
        ({"id": "USLACKBOT"}, Outsider.BOT),
        ({"is_restricted": True}, Outsider.GUEST),
        ({"is_ultra_restricted": True}, Outsider.GUEST),
        ({"is_stranger": True}, Outsider.STRANGER),
        ({"team_id": "T0ELSEWHERE"}, Outsider.STRANGER),
        ({"is_restricted": None}, None),
        ({"deleted": "yes", "is_bot": 1}, Outsider.GONE),
    ],
)
def test_what_slack_says_of_somebody_is_read(changed: dict[str, Any], outsider: Outsider | None) -> None:
    assert said(MEMBER | changed).outsider is outsider


@pytest.mark.parametrize("flag", ["deleted", "is_bot", "is_restricted", "is_ultra_restricted"])
def test_a_flag_that_is_left_out_counts_against_them(flag: str) -> None:
    assert said({k: v for k, v in MEMBER.items() if k != flag}).outsider is not None


def test_of_an_organisation_that_is_connected_as_a_whole_all_its_workspaces_count() -> None:
    whole = installed(team_id="E0WHOLE", enterprise_id="E0WHOLE")
    assert said(MEMBER | {"enterprise_user": {"enterprise_id": "E0WHOLE"}}, whole).outsider is None
    assert said(MEMBER | {"enterprise_user": {"enterprise_id": "E0OTHER"}}, whole).outsider is not None
    assert said(MEMBER, whole).outsider is Outsider.STRANGER


@pytest.mark.parametrize("odd", [None, [], "U1", {}, {"id": 7}, {"id": ""}])
def test_what_names_nobody_is_nobody(odd: Any) -> None:
    assert read_profile(installed(), odd, at=START) is None


def test_odd_facts_do_no_harm() -> None:
    profile = said(MEMBER | {"tz": "../../etc/passwd", "locale": 7, "profile": "x", "real_name": "R" * 999})
    assert (profile.time_zone, profile.locale, len(profile.name)) == (None, None, 200)
    assert said(MEMBER).name == "Ana Lima"
    assert said(MEMBER | {"tz": "Mars/Base"}).time_zone is None
    assert said(MEMBER | {"tz": "America"}).time_zone is None
