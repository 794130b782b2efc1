"""Who is who at the desk, and the page where a Slack user says who they are, as browsers see them."""

from dataclasses import replace
from typing import Any

import pytest

from billing.actors import SystemActor
from billing.edges import SlackLink
from billing.ids import StaffId
from billing.records import Account, Staff
from billing.slack.connecting import connect_workspace
from billing.slack.linking import make_offer
from billing.slack.records import SlackProfile
from billing.states import Ended, PlanName
from tests.billing.slack.workspaces import end_workspace
from tests.make import profile_of
from tests.portal.site import Answer, Browser, Site

DESK = "/acme/desk"
PEOPLE = f"{DESK}/slack/people"
TEAM = "T0ACME"


@pytest.fixture
async def connected(site: Site) -> Site:
    """Acme has a workspace; Mo and a guest are in it."""
    await connect_workspace(
        site.ctx,
        site.acme.account.id,
        team_id=TEAM,
        enterprise_id="",
        team_name="Acme <b>HQ</b>",
        app_id="A0",
        bot_user_id="U0BOT",
        bot_token="xoxb-1",
        refresh_token=None,
        expires_at=None,
        scopes="chat:write",
        by=SystemActor(site.acme.account.id, "settings", "t"),
    )
    await profile(site, "U0MO000001", "Mo <script>")
    await profile(site, "U0GUEST001", "Gus", is_guest=True)
    return site


async def profile(site: Site, user_id: str, name: str, **flags: Any) -> SlackProfile:
    said = profile_of(site.acme.account, user_id, name, at=site.clock())
    said = replace(said, team_id=TEAM, **flags)
    async with site.ctx.begin(site.acme.account.id) as work:
        await work.channels.put_profile(said)
    return said


async def link(site: Site, name: str, user_id: str) -> StaffId:
    staff_id = staff_of(site, name).id
    async with site.ctx.begin(site.acme.account.id) as work:
        await work.channels.put_link(SlackLink(site.acme.account.id, TEAM, user_id, staff_id))
    return staff_id


def staff_of(site: Site, name: str) -> Staff:
    return site.acme.staff[name]


async def offered(site: Site, account: Account | None = None, user_id: str = "U0MO000001") -> str:
    """The path of the page that an offer leads to."""
    found = account or site.acme.account
    async with site.ctx.begin(found.id) as work:
        _, token = await make_offer(site.ctx, work, team_id=TEAM, user_id=user_id)
    return f"/{found.directory}/desk/slack/link/{token}"


async def confirm(browser: Browser, path: str) -> Answer:
    return await browser.submit(path, path)


async def test_managers_see_everybody_and_what_slack_said(connected: Site) -> None:
    site = connected
    await link(site, "frank", "U0MO000001")
    await link(site, "grace", "U0GUEST001")
    for name in ("dana", "erin"):
        page = await (await site.staff(name)).get(PEOPLE)
        assert page.status == 200
        assert "Mo &lt;script&gt;" in page.text
        assert "Acme &lt;b&gt;HQ&lt;/b&gt;" in page.text
        for words in ("Linked", "Not linked", "Guest"):
            assert words in page.words
    for name in ("frank", "grace"):
        assert (await (await site.staff(name)).get(PEOPLE)).status == 403


async def test_without_a_workspace_the_pages_say_so(site: Site) -> None:
    dana = await site.staff("dana")
    own = f"{PEOPLE}/{staff_of(site, 'dana').id.hex}"
    for path in (PEOPLE, own):
        page = await dana.get(path)
        assert page.status == 200
        assert "Slack is not connected" in page.words
    assert (await dana.submit(PEOPLE, f"{PEOPLE}/read")).status == 404


async def test_one_is_linked_from_the_page_of_an_offer(connected: Site) -> None:
    site = connected
    path = await offered(site)
    stranger = site.browser()
    assert (await stranger.get(path)).location.startswith(f"{DESK}/sign-in?next=/slack/link/")

    grace = await site.staff("grace")
    page = await grace.get(path)
    for named in (
        "Mo <script>",
        "Acme <b>HQ</b>",
        "U0MO000001",
        staff_of(site, "grace").email,
        "Yes, this is me",
    ):
        assert named in page.words
    done = await confirm(grace, path)
    own = f"{PEOPLE}/{staff_of(site, 'grace').id.hex}"
    assert done.location == f"{own}?saved=linked"
    shown = await grace.get(done.location)
    assert "Linked. What this Slack user does counts" in shown.words
    assert "Take the link away" in shown.words
    assert "My account" in shown.words
    assert (await grace.get(path)).status == 404


async def test_a_double_click_on_yes_is_one_link(connected: Site) -> None:
    path, grace = await offered(connected), await connected.staff("grace")
    fields = await grace.hidden(path)
    answers = [await grace.post(path, fields) for _ in range(2)]
    assert [each.status for each in answers] == [303, 303]


async def test_a_link_that_is_not_valid_says_so_and_no_more(connected: Site) -> None:
    site = connected
    path, old = await offered(site), await offered(site)
    site.clock.turn(minutes=61)
    dana, page = await site.staff("dana"), ""
    foreign = await offered(site, site.other.account)
    token = foreign.rpartition("/")[2]
    for wrong in (
        path,
        old,
        f"{DESK}/slack/link/{'0' * 32}",
        f"{DESK}/slack/link/{token}",
        f"{DESK}/slack/link/x",
    ):
        answer = await dana.get(wrong)
        assert answer.status == 404
        page = page or answer.words
        assert answer.words == page
        assert (await dana.post(wrong, await dana.hidden(PEOPLE))).status == 404


async def test_an_offer_of_an_ended_workspace_leads_nowhere(connected: Site) -> None:
    site = connected
    path = await offered(site)
    async with site.ctx.read(site.acme.account.id) as work:
        live = await work.installations.find_live()
    assert live is not None
    await end_workspace(site.ctx, live, Ended.REVOKED, by=SystemActor(live.account_id, "test", "t"))
    assert (await (await site.staff("dana")).get(path)).status == 404


async def test_the_page_takes_a_fresh_proof_and_comes_back(connected: Site) -> None:
    site = connected
    erin, path = await site.staff("erin"), await offered(site)
    fields = await erin.hidden(path)
    site.clock.turn(minutes=6)
    shown = await erin.get(path)
    assert shown.location == f"{DESK}/prove?next={path.removeprefix(DESK)}"
    sent = await erin.post(path, fields, Referer=f"{site.origin}{path}")
    assert sent.location == shown.location
    assert "Is this you" not in (await erin.get(PEOPLE)).words


async def test_a_form_from_elsewhere_links_nobody(connected: Site) -> None:
    path, grace = await offered(connected), await connected.staff("grace")
    fields = await grace.hidden(path)
    no_token = {"csrf": "", "once": fields["once"]}
    assert (await grace.post(path, no_token)).status == 403
    assert (await grace.post(path, fields, Origin="https://evil.example")).status == 403
    assert (await grace.post(path, {**fields, "more": "x"})).status == 400
    assert (await grace.get(path)).status == 200  # unused still


async def test_who_is_about_to_lose_a_link_is_named(connected: Site) -> None:
    site = connected
    await link(site, "erin", "U0MO000001")
    await link(site, "grace", "U0OTHER001")
    page = await (await site.staff("grace")).get(await offered(site))
    assert f"This Slack user is linked to {staff_of(site, 'erin').name}" in page.words
    assert "You are linked to another Slack user" in page.words


async def test_a_guest_is_named_and_cannot_be_linked(connected: Site) -> None:
    site = connected
    path, grace = await offered(site, user_id="U0GUEST001"), await site.staff("grace")
    page = await grace.get(path)
    assert "Guests of this Slack workspace cannot do this." in page.words
    assert "Yes, this is me" not in page.words
    assert (await grace.post(path, await grace.hidden(path))).status == 403


async def test_an_owner_asks_somebody_and_what_was_typed_stays(connected: Site) -> None:
    site = connected
    dana, path = await site.staff("dana"), f"{PEOPLE}/{staff_of(site, 'erin').id.hex}"
    page = await dana.get(path)
    assert '<option value="U0MO000001">Mo &lt;script&gt;</option>' in page.text
    assert "U0GUEST001" not in page.text
    wrong = await dana.submit(path, path, person="", user="@erin")
    assert wrong.status == 422
    assert 'value="@erin" autocomplete="off"' in wrong.text
    assert 'aria-invalid="true" autofocus' in wrong.text
    assert "begins with U or W" in wrong.words
    assert "Please fill this in." in (await dana.submit(path, path, person="", user="")).words
    assert "a guest, a bot" not in page.words
    guest = await dana.submit(path, path, person="", user="U0GUEST001")
    assert "Guests, bots and whoever left" in guest.words
    sent = await dana.submit(path, path, person="U0MO000001", user="")
    assert sent.location == f"{path}?saved=asked"
    shown = await dana.get(sent.location)
    assert "Mo <script> was sent a message in Slack" in shown.words
    assert "Asked" in (await dana.get(PEOPLE)).words


async def test_everybody_changes_their_own_link_and_owners_all(connected: Site) -> None:
    site = connected
    paths = {
        name: f"{PEOPLE}/{(await link(site, name, f'U0{name.upper()}1')).hex}" for name in ("erin", "frank")
    }
    frank = await site.staff("frank")
    fields = await frank.hidden(paths["frank"])
    assert (await frank.get(paths["erin"])).status == 403
    assert (await frank.post(f"{paths['erin']}/unlink", fields)).status == 403
    assert (await frank.post(paths["erin"], {**fields, "user": "U0MO000001"})).status == 403
    erin = await site.staff("erin")
    shown = await erin.get(paths["frank"])  # a manager looks, and changes nothing
    assert shown.status == 200
    assert "Take the link away" not in shown.words
    own = await frank.post(f"{paths['frank']}/unlink", fields)
    assert own.location == f"{paths['frank']}?saved=unlinked"
    dana = await site.staff("dana")
    assert (await dana.submit(paths["erin"], f"{paths['erin']}/unlink")).status == 303
    assert (await dana.post(f"{paths['erin']}/unlink", await dana.hidden(PEOPLE))).status == 404


async def test_taking_a_link_away_takes_a_fresh_proof(connected: Site) -> None:
    site = connected
    path = f"{PEOPLE}/{(await link(site, 'erin', 'U0ERIN1')).hex}"
    dana = await site.staff("dana")
    fields = await dana.hidden(path)
    site.clock.turn(minutes=6)
    asked = await dana.post(f"{path}/unlink", fields, Referer=f"{site.origin}{path}")
    assert asked.location.startswith(f"{DESK}/prove?next=")
    async with site.ctx.read(site.acme.account.id) as work:
        assert len(await work.channels.list_links()) == 1


async def test_a_plan_without_slack_has_none_of_it(connected: Site) -> None:
    site = connected
    path = await offered(site)
    await change_plan_to_starter(site)
    dana = await site.staff("dana")
    own = f"{PEOPLE}/{staff_of(site, 'dana').id.hex}"
    for each in (PEOPLE, own, path):
        page = await dana.get(each)
        assert page.status == 403
        assert "The plan Starter does not include this." in page.words
    assert "My Slack user" not in (await dana.get(f"{DESK}/me")).words


async def change_plan_to_starter(site: Site) -> None:
    async with site.ctx.begin(site.acme.account.id) as work:
        account = await work.accounts.hold()
        await work.accounts.save(replace(account, plan=PlanName.STARTER))


async def test_another_accounts_staff_cannot_be_named(connected: Site) -> None:
    site = connected
    heidi = site.other.staff["heidi"].id.hex
    dana = await site.staff("dana")
    assert (await dana.get(f"{PEOPLE}/{heidi}")).status == 404
    assert (await dana.post(f"{PEOPLE}/{heidi}/unlink", await dana.hidden(PEOPLE))).status == 404
