"""Memberships at the desk, without JavaScript: made, changed, archived; mistakes are told beside fields."""

import re
from dataclasses import replace
from html import unescape

import pytest

from tests.portal.site import Answer, Browser, Site, found

ALL = "/acme/desk/memberships"
NEW = f"{ALL}/new"
CAMPUS = {"name": "Campus", "site_url": "", "support": "none", "external_url": "", "email": ""}


@pytest.fixture
async def erin(site: Site) -> Browser:
    return await site.staff("erin")


async def create(browser: Browser, **fields: str) -> str:
    """Makes one; its address."""
    answer = await browser.submit(NEW, NEW, **(CAMPUS | fields))
    assert answer.status == 303, answer.words
    return answer.location.partition("?")[0]


async def save(browser: Browser, path: str, **fields: str) -> Answer:
    """Opens its page, types over what is there, and sends it."""
    return await browser.post(path, await filled(browser, path) | CAMPUS | fields)


async def filled(browser: Browser, path: str) -> dict[str, str]:
    text = (await browser.get(path)).text
    return {name: found(text, rf'name="{name}" value="([^"]+)"') for name in ("csrf", "once", "seen")}


def shown(answer: Answer, name: str) -> str:
    """What stands in a field."""
    return found(answer.text, rf'<input[^>]* name="{name}"[^>]* value="([^"]*)"')


def chosen(answer: Answer) -> str:
    return found(answer.text, r'name="support" value="(\w+)" checked')


async def test_from_the_empty_list_to_the_snippet(site: Site, erin: Browser) -> None:
    assert "No membership yet" in (await erin.get(ALL)).words
    assert chosen(await erin.get(NEW)) == "none"
    path = await create(erin, support="helpdesk", helpdesk=site.acme.helpdesk.id.hex)
    page = await erin.get(f"{path}?saved=new")
    assert "The membership is created." in page.words
    assert chosen(page) == "helpdesk"
    snippet = unescape(found(page.text, r'<textarea id="snippet"[^>]*>\n([^<]*)</textarea>'))
    assert f"{site.origin}{path.replace('/acme/desk/memberships/', '/support/acme/')}" in snippet
    assert re.search(r'integrity="sha384-[\w+/=]{64}"', snippet)
    assert "script-src " in page.words
    listed = await erin.get(ALL)
    assert "Campus Helpdesk Support" in listed.words


async def test_what_was_typed_is_kept_beside_what_is_wrong(site: Site, erin: Browser) -> None:
    typed = CAMPUS | {"support": "external", "external_url": "http://<b>help", "email": "x@y.example"}
    answer = await erin.submit(NEW, NEW, **typed)
    assert answer.status == 422
    assert "Please enter an address that begins with https://" in answer.words
    assert shown(answer, "external_url") == "http://<b>help"
    assert shown(answer, "email") == "x@y.example"
    assert chosen(answer) == "external"
    assert re.search(r'id="external_url"[^>]* aria-invalid="true" autofocus', answer.text)
    path = await create(erin)
    answer = await save(erin, path, support="email", email="nobody", name="Campus 2")
    assert answer.status == 422
    assert (shown(answer, "email"), shown(answer, "name")) == ("nobody", "Campus 2")
    assert "Campus 2" not in (await erin.get(ALL)).words


async def test_a_stale_form_shows_both_and_saves_when_sent_again(site: Site, erin: Browser) -> None:
    path, dana = await create(erin), await site.staff("dana")
    old = await filled(erin, path)
    assert (await save(dana, path, support="email", email="dana@acme.example")).status == 303
    mine = CAMPUS | {"support": "external", "external_url": "https://help.example.org"}
    answer = await erin.post(path, old | mine)
    assert answer.status == 409
    assert "Somebody saved meanwhile." in answer.words
    assert "Saved meanwhile E-mail only Yours External helpdesk" in answer.words
    assert "Saved meanwhile dana@acme.example Yours Nothing" in answer.words
    assert shown(answer, "external_url") == "https://help.example.org"
    seen = {name: found(answer.text, rf'name="{name}" value="([^"]+)"') for name in ("csrf", "once", "seen")}
    assert (await erin.post(path, seen | mine)).status == 303
    assert "https://help.example.org" in (await erin.get(ALL)).words


async def test_a_helpdesk_without_its_billing_section_is_warned_of(site: Site, erin: Browser) -> None:
    helpdesk = site.acme.helpdesk
    path = await create(erin, support="helpdesk", helpdesk=helpdesk.id.hex)
    warning = "The billing section of Support is off"
    assert warning not in (await erin.get(path)).words
    async with site.ctx.begin(site.acme.account.id) as work:
        await work.helpdesks.save(replace(await work.helpdesks.get(helpdesk.id), billing_shown=False))
    assert warning in (await erin.get(path)).words
    assert warning in (await erin.get(ALL)).words
    assert "Support (billing section off)" in (await erin.get(path)).words


async def test_archived_it_is_gone_everywhere(site: Site, erin: Browser) -> None:
    path = await create(erin, support="email", email="help@acme.example")
    support = path.replace("/desk/memberships/", "/membership/") + "/support"
    assert (await site.browser().get(support)).status == 200
    old = await filled(erin, path)
    await save(erin, path, name="Campus 2", support="email", email="help@acme.example")
    assert (await erin.post(f"{path}/archive", old)).status == 409
    answer = await erin.post(f"{path}/archive", await filled(erin, path))
    assert answer.status == 303
    assert "The membership is archived." in (await erin.get(answer.location)).words
    assert (await erin.get(path)).status == 404
    assert (await site.browser().get(support)).status == 404


async def test_sent_twice_it_is_made_once(site: Site, erin: Browser) -> None:
    fields = await erin.hidden(NEW) | CAMPUS
    first, second = await erin.post(NEW, fields), await erin.post(NEW, fields)
    assert first.location.partition("?")[0] == second.location
    assert (await erin.get(ALL)).text.count("Campus</bdi>") == 1


async def test_others_do_not_see_it(site: Site, erin: Browser) -> None:
    path = await create(erin)
    heidi, frank = await site.staff("heidi"), await site.staff("frank")
    foreign = path.replace("/acme/", "/other/")
    assert (await heidi.get(foreign)).status == 404
    hidden = await heidi.hidden("/other/desk/memberships/new")
    assert (await heidi.post(foreign, hidden | CAMPUS | {"seen": "x"})).status == 404
    theirs = CAMPUS | {"support": "helpdesk", "helpdesk": site.acme.helpdesk.id.hex}
    answer = await heidi.post("/other/desk/memberships/new", hidden | theirs)
    assert answer.status == 422
    for closed in (ALL, NEW, path):
        assert (await frank.get(closed)).status == 403
        assert (await site.browser().get(closed)).status == 303


@pytest.mark.parametrize(
    "fields", [{"support": "everything"}, {"helpdesk": "nonsense"}, {"unknown": "1"}], ids=str
)
async def test_what_no_form_of_ours_sends_is_no_form(
    site: Site, erin: Browser, fields: dict[str, str]
) -> None:
    assert (await erin.submit(NEW, NEW, **(CAMPUS | fields))).status == 400
