"""Somebody is invited, joins, sets up a second factor, signs in with it; owners look after the team."""

import re
from html import unescape

from sqlalchemy import update

from billing.staff import require_factor
from billing.states import Role
from storage.bound import Bound
from storage.tables.accounts import staff
from tests.authenticator import Authenticator
from tests.make import system
from tests.people import dana, erin, frank
from tests.portal.site import Site
from tests.site import Browser, Page
from tests.site import Site as WholeSite

DESK = "/lumen/desk"
TEAM = "/acme/desk/team"
OWN_WORDS = "teal otter hums under ferns"


def seed_on(page: Page) -> str:
    """As somebody types it who cannot scan."""
    found = re.search(r'<code class="id" dir="ltr">([A-Z2-7 ]{39})</code>', page.html)
    assert found, page.text
    return found[1].replace(" ", "")


async def enter_password(browser: Browser, email: str, password: str) -> Page:
    return await browser.fill(f"{DESK}/sign-in", "sign-in", email=email, password=password)


async def invited(site: WholeSite, owner: Browser) -> str:
    """Invites Ivan as an agent up to 80.50; the link in his mail."""
    form = await owner.get(f"{DESK}/team/invite")
    invited = await owner.submit(
        form, "invite", email="ivan@example.com", name="Ivan Petrov", role="agent", limit="80,50"
    )
    assert "The invitation is on its way" in invited.text
    await site.settle()
    mail = next(each for each in site.mails() if "ivan" in str(each["to"]))
    assert "Dana Whitfield invites you" in mail["text"]
    link = re.search(r"http\S+/desk/join/[0-9a-f]{32}", mail["text"])
    assert link, mail["text"]
    return link[0]


async def test_from_the_invitation_to_the_recovery_code(sqlite_site: WholeSite) -> None:
    site = sqlite_site
    await require_factor(site.ctx, required=True, by=system(site.world.accounts["lumen"]))
    owner = site.browser()
    set_up = await enter_password(owner, dana.email, dana.password)
    assert set_up.url.endswith("/sign-in/set-up")
    app = Authenticator(seed_on(set_up))
    wrong = await owner.submit(set_up, "set-up", code="000000")
    assert wrong.status == 422
    assert seed_on(wrong) == app.seed  # the same code is shown again, and need not be scanned anew
    codes = await owner.submit(wrong, "set-up", code=app.code(site.clock()))
    assert codes.url.endswith("/me/recovery-codes"), codes.text

    link = await invited(site, owner)
    ivan = site.browser()
    join = await ivan.get(link)
    assert "Ivan Petrov" in join.html
    guessed = await ivan.submit(join, link.rpartition("/")[2], name="Ivan P.", password="IvanPetrov1234567")
    assert guessed.status == 422
    assert 'value="Ivan P."' in guessed.html
    assert "IvanPetrov1234567" not in guessed.html
    set_up = await ivan.submit(guessed, link.rpartition("/")[2], password=OWN_WORDS)
    assert set_up.url.endswith("/sign-in/set-up"), set_up.text
    assert (await ivan.get(DESK)).url.endswith("/sign-in/set-up")  # half a visit sees nothing else
    app = Authenticator(seed_on(set_up))
    used = app.code(site.clock())
    offered = await ivan.submit(set_up, "set-up", code=used)
    shown = await ivan.submit(offered, "recovery-codes")
    codes_shown = re.findall(r'<code class="id" dir="ltr">([a-z2-9-]{14})</code>', shown.html)
    assert len(set(codes_shown)) == 10
    assert not re.search(codes_shown[0], (await ivan.get(f"{DESK}/me/recovery-codes")).html)
    assert (await ivan.get(link)).status == 404

    again = site.browser()
    asked = await enter_password(again, "ivan@example.com", OWN_WORDS)
    for typed in (used, "123456"):
        asked = await again.submit(asked, "factor", code=typed)
        assert asked.status == 422
        assert "wrong or was used before" in asked.text
    inside = await again.submit(asked, "factor", code=codes_shown[4])
    assert inside.url.endswith(DESK), inside.text
    await site.settle()
    told = {each["subject"] for each in site.mails() if "ivan" in str(each["to"])}
    assert told == {
        "Invitation to the desk of Lumen Studio",
        "Your second factor at Lumen Studio was set up",
        "New recovery codes at Lumen Studio",
        "A recovery code at Lumen Studio was used",
    }


async def test_what_takes_a_proof_leads_back_to_where_it_was_asked(site: Site) -> None:
    owner = await site.staff("dana")
    site.clock.turn(minutes=6)
    asked = await owner.get(f"{TEAM}/invite")
    assert asked.location == "/acme/desk/prove?next=/team/invite"
    wrong = await owner.submit(asked.location, "/acme/desk/prove", password="not it", next="/team/invite")
    assert wrong.status == 422
    assert "not your present password" in wrong.words
    proved = await owner.submit(
        asked.location, "/acme/desk/prove", password="a long and quiet password", next="/team/invite"
    )
    assert proved.location == f"{TEAM}/invite"
    assert (await owner.get(f"{TEAM}/invite")).status == 200
    hidden = await owner.hidden(TEAM)
    site.clock.turn(minutes=6)
    late = await owner.post(
        f"{TEAM}/second-factor", {**hidden, "required": "yes"}, Referer=site.origin + TEAM
    )
    assert late.location == "/acme/desk/prove?next=/team"
    elsewhere = {"Referer": "https://evil.example/acme/desk/nowhere"}
    late = await owner.post(f"{TEAM}/second-factor", {**hidden, "required": "yes"}, **elsewhere)
    assert late.location == "/acme/desk/prove"


async def test_a_bad_invitation_is_told_beside_its_field_and_kept(site: Site) -> None:
    owner, page = await site.staff("dana"), f"{TEAM}/invite"
    typed = {"name": "Ivan", "role": "agent"}
    for fields, field in (
        ({"email": "nobody", "limit": ""}, "email"),
        ({"email": "frank@acme.example", "limit": ""}, "email"),
        ({"email": "x@example.com", "limit": "1,000"}, "limit"),
        ({"email": "x@example.com", "limit": "-5"}, "limit"),
        ({"email": "x@example.com", "limit": "5", "role": "viewer"}, "limit"),
        ({"email": "x@example.com", "limit": "", "role": ""}, "role"),
    ):
        answer = await owner.submit(page, page, **{**typed, **fields})
        assert answer.status == 422, fields
        assert f'id="{field}-problem"' in answer.text
        assert 'value="Ivan"' in answer.text
        assert f'value="{fields["email"]}"' in answer.text
        assert answer.text.count("autofocus") == 1
    assert (
        await owner.submit(page, page, **{**typed, "email": "x@y.example", "limit": "5", "role": "king"})
    ).status == 400


async def test_a_member_is_changed_deactivated_and_let_in_again(site: Site) -> None:
    owner, member = await site.staff("dana"), await site.staff("frank")
    page = f"{TEAM}/people/{site.acme.staff['frank'].id.hex}"
    shown = await owner.get(page)
    assert 'value="25.00"' in shown.text
    seen = unescape(re.findall(r'name="seen" value="([^"]+)"', shown.text)[0])
    saved = await owner.submit(page, page, role="viewer", limit="", seen=seen)
    assert saved.location == f"{page}?saved=changed"
    assert (await member.get("/acme/desk/me")).words.count("Viewer")
    stale = await owner.submit(page, page, role="agent", limit="99", seen=seen)
    assert stale.status == 409
    assert "Somebody saved meanwhile" in stale.words
    assert 'value="99"' in stale.text
    assert re.search(r'id="limit-meanwhile"', stale.text)
    newer = unescape(re.findall(r'name="seen" value="([^"]+)"', stale.text)[0])
    assert (await owner.submit(page, page, role="agent", limit="99", seen=newer)).status == 303
    assert (await owner.submit(page, f"{page}/deactivate")).status == 303
    assert (await member.get("/acme/desk")).status == 303
    assert "Deactivated" in (await owner.get(TEAM)).words
    assert (await owner.submit(page, f"{page}/reactivate")).status == 303
    assert (await site.staff("frank")).cookies
    own = f"{TEAM}/people/{site.acme.staff['dana'].id.hex}"
    assert "Nobody changes their own role" in (await owner.get(own)).words
    assert (await owner.submit(own, f"{own}/deactivate")).status == 403
    other = f"{TEAM}/people/{site.other.staff['heidi'].id.hex}"
    assert (await owner.get(other)).status == 404


async def test_half_a_visit_is_asked_for_the_rest_and_may_go_back(site: Site) -> None:
    await require_factor(site.ctx, required=True, by=system(site.acme.account))
    browser, sign_in = site.browser(), "/acme/desk/sign-in"
    answer = await browser.submit(
        sign_in,
        sign_in,
        email=site.acme.staff["erin"].email,
        password="a long and quiet password",
        next="/journal",
    )
    assert answer.location == f"{sign_in}/factor?next=/journal"
    assert (await browser.get(answer.location)).location == f"{sign_in}/set-up?next=/journal"
    page = await browser.get(f"{sign_in}/set-up?next=/journal")
    assert "<svg" in page.text
    assert "style=" not in page.text
    assert (await browser.get("/acme/desk/journal")).location.startswith(sign_in)
    assert (await browser.submit(f"{sign_in}/set-up", "/acme/desk/sign-out")).location == sign_in
    assert (await browser.get(f"{sign_in}/set-up")).location == f"{sign_in}?next=/sign-in/set-up"
    signed_in = await site.staff("heidi")
    assert (await signed_in.get("/other/desk/sign-in/set-up")).location == "/other/desk"
    stranger = site.browser()
    for path in ("factor", "set-up"):
        assert (await stranger.submit(sign_in, f"{sign_in}/{path}", code="123456")).status == 303


async def test_my_account_changes_password_and_language(site: Site) -> None:
    erin_here, me = await site.staff("erin"), "/acme/desk/me"
    there = await site.staff("erin")
    answer = await erin_here.submit(me, f"{me}/password", password="wrong", new_password=OWN_WORDS)
    assert answer.status == 422
    assert 'id="password-problem"' in answer.text
    assert OWN_WORDS not in answer.text
    answer = await erin_here.submit(
        me, f"{me}/password", password="a long and quiet password", new_password=OWN_WORDS
    )
    assert answer.location == f"{me}?saved=password"
    assert (await there.get(me)).status == 303
    await erin_here.submit(me, "/acme/desk/language", lang="fr", next=me)
    assert (await erin_here.submit(me, f"{me}/language", locale="de")).status == 303
    assert '<html lang="de"' in (await erin_here.get(me)).text
    assert (await erin_here.submit(me, f"{me}/sign-out")).status == 303
    assert (await erin_here.get(me)).status == 303


async def test_a_limit_is_shown_in_the_accounts_money(site: Site) -> None:
    owner = await site.staff("dana")
    assert "$25.00" in (await owner.get(TEAM)).words


async def test_a_name_full_of_markup_stays_a_name(site: Site) -> None:
    async with site.ctx.begin(site.acme.account.id) as work:
        assert isinstance(work.accounts, Bound)
        row = staff.c.id == site.acme.staff["grace"].id
        await work.accounts.connection.execute(
            update(staff).where(row).values(name="<script>alert(1)</script>", role=Role.AGENT)
        )
    owner = await site.staff("dana")
    shown = await owner.get(TEAM)
    assert "&lt;script&gt;" in shown.text
    assert "<script>alert" not in shown.text


async def test_who_is_no_owner_sees_no_team(site: Site) -> None:
    for person in (erin, frank):
        browser = await site.staff(person.name.split()[0].lower())
        assert (await browser.get(TEAM)).status == 403
        assert TEAM not in (await browser.get("/acme/desk/me")).text
