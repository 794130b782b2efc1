"""The help icon's script, its snippet, and where pressing it leads."""

import base64
import hashlib
import re

import pytest

from billing.actors import SystemActor
from billing.directories import set_directory
from billing.ids import MembershipId, new_id
from billing.memberships import MembershipDraft, archive_membership, create_membership
from billing.merchant import Membership
from billing.states import Support
from portal.headers import SECURITY
from portal.keys import STATIC
from portal.static_files import ELSEWHERE, FOLDER, HELP_ICON
from portal.views.widget import Snippet, make_snippet
from tests.portal.site import Site

# Pages out there name these: a line may be added for a new version, and none ever changed.
RELEASED = {
    "help-icon-1.js": "sha384-SVe098UFJsPPjtFGhz+gEkm8rykjmtrgKyfRZQYCEzNknmru1sNY5v1svTb+AGzE",
}
LIMIT = 6 * 1024
CROSS_ORIGIN = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}


async def membership(site: Site, support: Support, *, key: str = "one", **more: object) -> Membership:
    values = {"helpdesk_id": None, "external_url": "", "email": ""} | more
    draft = MembershipDraft(name="Campus & Co", site_url="", support=support, **values)
    by = SystemActor(site.acme.account.id, "test", "test")
    return await create_membership(site.ctx, draft, by=by, once_key=key)


def snippet_of(site: Site, made: Membership) -> Snippet:
    return make_snippet(site.acme.account, made, site.app[STATIC], site.ctx.addresses)


def hash_of(body: bytes) -> str:
    return "sha384-" + base64.b64encode(hashlib.sha384(body).digest()).decode()


def test_a_released_version_never_changes():
    files = {path.name: hash_of(path.read_bytes()) for path in (FOLDER / ELSEWHERE).iterdir()}
    assert files == RELEASED
    assert HELP_ICON in RELEASED


@pytest.mark.parametrize("name", RELEASED)
def test_the_script_is_small_and_leaves_the_page_alone(name):
    body = (FOLDER / ELSEWHERE / name).read_text()
    assert len(body.encode()) <= LIMIT
    code = re.sub(r"/\*.*?\*/|^\s*//.*$", "", body, flags=re.DOTALL | re.MULTILINE)
    for word in "cookie innerHTML eval Storage fetch XMLHttp postMessage message style= import".split():
        assert word not in code


async def test_the_snippet_names_the_script_by_its_true_hash(site: Site):
    made = await membership(site, Support.NONE)
    snippet = snippet_of(site, made)
    (src,) = re.findall(r'src="([^"]+)"', snippet.text)
    (integrity,) = re.findall(r'integrity="([^"]+)"', snippet.text)
    assert src == snippet.source
    answer = await site.browser().get(src.removeprefix(site.origin))
    assert (answer.status, hash_of(answer.text.encode())) == (200, integrity)
    assert 'crossorigin="anonymous"' in snippet.text
    assert f'<noscript><a href="{snippet.href}"' in snippet.text
    assert " style=" not in snippet.text
    assert type(snippet.text) is str  # not Markup: shown in a page, it must be escaped
    assert snippet.policy == f"script-src {src} '{integrity}'"


async def test_pages_of_any_origin_may_load_that_file_and_no_other(site: Site):
    static = site.app[STATIC]
    for path, is_for_others in (
        (static.address(HELP_ICON), True),
        (static.address("live.js"), False),
        (static.address("selfbill.css"), False),
        ("/static/0000/help-icon-1.js", False),
        ("/acme/desk/sign-in", False),
    ):
        answer = await site.browser().get(path, Origin="https://campus.example")
        told = {name: answer.headers.get(name) for name in CROSS_ORIGIN}
        ours = {"Access-Control-Allow-Origin": None, "Cross-Origin-Resource-Policy": "same-origin"}
        assert told == (CROSS_ORIGIN if is_for_others else ours), path
        assert not answer.cookies or path.endswith("sign-in")
        others = SECURITY.keys() - CROSS_ORIGIN.keys() - {"Cache-Control"}
        assert {name: answer.headers.get(name) for name in others} == {
            name: SECURITY[name] for name in others
        }
    kept = await site.browser().get(static.address(HELP_ICON))
    assert kept.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert kept.headers["Content-Type"] == "text/javascript; charset=utf-8"


async def test_the_icon_leads_where_the_membership_says(site: Site):
    visitor = site.browser()

    async def pressed(made: Membership):
        first = await visitor.get(snippet_of(site, made).href.removeprefix(site.origin))
        assert first.status == 303
        return await visitor.get(first.location.removeprefix(site.origin))

    to_helpdesk = await membership(site, Support.HELPDESK, helpdesk_id=site.acme.helpdesk.id)
    answer = await pressed(to_helpdesk)
    assert (answer.status, answer.location) == (303, f"{site.origin}/acme/help/support")
    outside = await membership(site, Support.EXTERNAL, key="two", external_url="help.example.org/a?b=c")
    answer = await pressed(outside)
    assert (answer.status, answer.location) == (303, "https://help.example.org/a?b=c")
    by_mail = await membership(site, Support.EMAIL, key="three", email="help+me&you@acme.example")
    answer = await pressed(by_mail)
    assert answer.status == 200
    assert "Help with Campus & Co" in answer.words
    assert 'href="mailto:help%2Bme%26you@acme.example"' in answer.text
    assert {name: answer.headers.get(name) for name in SECURITY} == dict(SECURITY)


async def test_an_icon_that_is_out_there_finds_a_changed_directory(site: Site):
    made = await membership(site, Support.HELPDESK, helpdesk_id=site.acme.helpdesk.id)
    out_there = snippet_of(site, made).href.removeprefix(site.origin)
    await set_directory(site.ctx, "studio", by=SystemActor(site.acme.account.id, "test", "test"))
    visitor = site.browser()
    found = await visitor.get((await visitor.get(out_there)).location.removeprefix(site.origin))
    assert found.location == f"{site.origin}/studio/help/support"
    assert (await visitor.get(out_there.replace("/acme/", "/nobody/"))).status == 404


async def test_where_there_is_no_support_there_is_no_page(site: Site):
    visitor, none = site.browser(), await membership(site, Support.NONE)
    gone = await membership(site, Support.EMAIL, key="two", email="help@acme.example")
    by = SystemActor(site.acme.account.id, "test", "test")
    await archive_membership(site.ctx, gone.id, by=by, seen=None)
    there = await membership(site, Support.EMAIL, key="three", email="help@acme.example")
    for path in (
        f"/acme/membership/{none.id.hex}/support",
        f"/acme/membership/{gone.id.hex}/support",
        f"/acme/membership/{new_id(MembershipId).hex}/support",
        "/acme/membership/nonsense/support",
        f"/other/membership/{there.id.hex}/support",
    ):
        assert (await visitor.get(path)).status == 404
