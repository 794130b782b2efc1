"""Staff sign in and out."""

import pytest

from tests.portal.merchant import PASSWORD
from tests.portal.site import Site

SIGN_IN = "/acme/desk/sign-in"


async def test_staff_sign_in_and_see_the_inbox(site: Site) -> None:
    browser = await site.staff("dana")
    inbox = await browser.get("/acme/desk")
    assert inbox.status == 200
    assert "Nothing waits for you" in inbox.words


async def test_nobody_sees_the_desk_without_signing_in(site: Site) -> None:
    answer = await site.browser().get("/acme/desk")
    assert (answer.status, answer.location) == (303, "/acme/desk/sign-in")


async def test_wrong_password_and_unknown_person_get_one_answer(site: Site) -> None:
    answers = []
    for email in ("dana@acme.example", "nobody@acme.example", "heidi@other.example"):
        browser = site.browser()
        answers.append(await browser.submit(SIGN_IN, SIGN_IN, email=email, password="not it at all, no"))
    assert {answer.status for answer in answers} == {422}
    assert len({answer.words for answer in answers}) == 1
    assert "not it at all" not in answers[0].text


async def test_typed_email_is_kept_and_the_field_has_the_focus(site: Site) -> None:
    answer = await site.browser().submit(SIGN_IN, SIGN_IN, email="dana@acme.example", password="wrong one")
    assert 'value="dana@acme.example"' in answer.text
    assert 'aria-invalid="true" autofocus' in answer.text


async def test_sign_in_leads_to_the_page_that_was_wanted(site: Site) -> None:
    request = await site.refund()
    browser, page = site.browser(), f"/acme/desk/requests/{request.id.hex}"
    to_sign_in = await browser.get(page)
    assert to_sign_in.status == 303
    fields = {"email": "dana@acme.example", "password": PASSWORD, "next": f"/requests/{request.id.hex}"}
    answer = await browser.submit(to_sign_in.location, SIGN_IN, **fields)
    assert answer.location == page


@pytest.mark.parametrize(
    "wanted", ["//evil.example", "https://evil.example/", "/acme/desk/nowhere", "/../other/desk", "\\evil"]
)
async def test_sign_in_leads_nowhere_else(site: Site, wanted: str) -> None:
    fields = {"email": "dana@acme.example", "password": PASSWORD, "next": wanted}
    answer = await site.browser().submit(SIGN_IN, SIGN_IN, **fields)
    assert answer.location == "/acme/desk"


async def test_sign_out_ends_the_visit(site: Site) -> None:
    browser = await site.staff("dana")
    kept = dict(browser.cookies)
    answer = await browser.submit("/acme/desk", "/acme/desk/sign-out")
    assert answer.location == SIGN_IN
    assert len(browser.cookies) < len(kept)
    browser.cookies = kept  # the old cookie, brought back
    assert (await browser.get("/acme/desk")).status == 303


async def test_an_idle_visit_ends(site: Site) -> None:
    browser = await site.staff("dana")
    site.clock.turn(minutes=29)
    assert (await browser.get("/acme/desk")).status == 200
    site.clock.turn(minutes=31)
    assert (await browser.get("/acme/desk")).status == 303


async def test_following_a_page_keeps_no_visit_alive(site: Site) -> None:
    browser, request = await site.staff("dana"), await site.refund()
    for _ in range(3):
        site.clock.turn(minutes=12)
        events = f"/acme/desk/requests/{request.id.hex}/nothing"
        await browser.get(events, Accept="text/event-stream")
    assert (await browser.get("/acme/desk")).status == 303


async def test_signing_in_changes_the_token(site: Site) -> None:
    browser = await site.staff("dana")
    before = {name: value for name, value in browser.cookies.items() if "-visit-" in name}
    browser.cookies = {name: value for name, value in browser.cookies.items() if "-visit-" not in name}
    await browser.submit(SIGN_IN, SIGN_IN, email="dana@acme.example", password=PASSWORD)
    after = {name: value for name, value in browser.cookies.items() if "-visit-" in name}
    assert before.keys() == after.keys()
    assert before != after


async def test_too_many_tries_are_told_when_to_come_back(site: Site) -> None:
    browser = site.browser()
    fields = await browser.hidden(SIGN_IN)
    wrong = {**fields, "email": "dana@acme.example", "password": "guess"}
    statuses = [(await browser.post(SIGN_IN, wrong)).status for _ in range(12)]
    answer = await browser.post(SIGN_IN, wrong)
    assert statuses[0] == 422
    assert answer.status == 429
    assert int(answer.headers["Retry-After"]) > 0


async def test_another_accounts_staff_are_nobody_here(site: Site) -> None:
    heidi = await site.staff("heidi")
    assert (await heidi.get("/acme/desk")).status == 303
    assert (await heidi.get("/other/desk")).status == 200
