"""Answer templates at the desk: kept by managers, and put into a denial with or without JavaScript."""

import re

import pytest

from billing.answers import add_answer, change_answer, show_answers
from billing.merchant import AnswerTemplate
from billing.records import Request
from billing.states import RequestState
from portal.forms import new_once_key
from tests.bot.scenes import Scene
from tests.people import alice, dana, erin, frank
from tests.site import Site

TEXT = "Dear {customer_name}, we keep {amount} for <b>{product}</b>."
FILLED = f"Dear {alice.name}, we keep $149.00 for <b>Photography Masterclass</b>."


@pytest.fixture
def site(sqlite_site: Site) -> Site:
    """The whole product: a denial is read in it as well."""
    return sqlite_site


def page_of(site: Site) -> str:
    """The list's path."""
    return f"/lumen/desk/helpdesks/{site.world.desk.id.hex}/answers"


async def keep(site: Site, name: str = "Too late", text: str = TEXT) -> AnswerTemplate:
    """Erin's template."""
    by, key = site.world.member(erin), new_once_key()
    return await add_answer(site.ctx, site.world.desk.id, name=name, text=text, by=by, once_key=key)


async def names(site: Site) -> list[str]:
    """Of the templates that are kept."""
    ready = await show_answers(site.ctx, site.world.desk.id, by=site.world.member(erin))
    return [each.name for each in ready.answers]


async def test_a_template_is_added_changed_and_removed(site: Site) -> None:
    browser, path = await site.sign_in_staff(erin), page_of(site)
    assert "None yet." in (await browser.get(path)).html
    page = await browser.fill(path, "answers", name="Too late", text=TEXT)
    assert "Added. It can be used from now on." in page.html
    assert "we keep {amount} for &lt;b&gt;{product}&lt;/b&gt;." in page.html
    one = re.search(r"/lumen/desk/answers/[0-9a-f]{32}", page.html)
    assert one is not None
    page = await browser.fill(one[0], one[0].rpartition("/")[2], name="Late", text="No.")
    assert "Saved." in page.html
    assert await names(site) == ["Late"]
    page = await browser.fill(one[0], "drop")
    assert "Removed." in page.html
    assert await names(site) == []
    assert (await browser.get(one[0])).status == 404


async def test_what_cannot_be_kept_is_said_beside_its_field_and_stays_typed(site: Site) -> None:
    await keep(site)
    browser, path = await site.sign_in_staff(erin), page_of(site)
    page = await browser.fill(path, "answers", name="too late", text="Typed")
    assert page.status == 422
    assert "Somebody already has this one." in page.html
    assert ">\nTyped</textarea>" in page.html
    assert re.search(r'id="name"[^>]* aria-invalid="true" autofocus[^>]* value="too late"', page.html)
    page = await browser.fill(path, "answers", name="New", text="Dear {name}")
    assert page.status == 422
    assert "{name} is none of the places that we fill." in page.html
    assert await names(site) == ["Too late"]


async def test_two_who_change_one_at_once_see_both(site: Site) -> None:
    kept, browser = await keep(site), await site.sign_in_staff(erin)
    path = f"/lumen/desk/answers/{kept.id.hex}"
    mine, to_drop = await browser.get(path), await browser.get(path)
    by = site.world.member(dana)
    await change_answer(site.ctx, kept.id, name="Theirs", text="No.", by=by)
    stale = await browser.submit(mine, kept.id.hex, name="Mine", text="Never.")
    assert stale.status == 409
    assert "Somebody saved meanwhile." in stale.html
    assert "Theirs" in stale.html
    assert "Never." in stale.html
    gone = await browser.submit(to_drop, "drop")
    assert gone.status == 409
    assert "so it was not removed" in gone.html
    assert await names(site) == ["Theirs"]


@pytest.mark.parametrize("path", ["", "one"])
async def test_agents_keep_none(site: Site, path: str) -> None:
    kept, browser = await keep(site), await site.sign_in_staff(frank)
    where = f"/lumen/desk/answers/{kept.id.hex}" if path else page_of(site)
    assert (await browser.get(where)).status == 403


async def asked(site: Site) -> Request:
    """Alice's refund request."""
    return await Scene(site).ask_refund()


async def test_a_denial_is_filled_without_scripts_and_nothing_typed_is_lost(site: Site) -> None:
    kept, request = await keep(site), await asked(site)
    browser = await site.sign_in_staff(erin)
    page = await browser.get(f"/lumen/desk/requests/{request.id.hex}")
    shown = FILLED.replace("<b>", "&lt;b&gt;").replace("</b>", "&lt;/b&gt;")
    assert f'data-text="{shown}"' in page.html
    page = await browser.submit(page, "deny", template=kept.id.hex, answer="Hello!", use="yes")
    assert page.status == 200
    assert f">\nHello!\n\n{shown}</textarea>" in page.html
    again = await browser.submit(page, "deny", template=kept.id.hex, answer=f"Hello!\n\n{FILLED}", use="yes")
    assert f">\nHello!\n\n{shown}</textarea>" in again.html
    assert (await Scene(site).read(request)).state is RequestState.PENDING
    await browser.submit(again, "deny", template=kept.id.hex, answer=FILLED)
    assert (await Scene(site).read(request)).answer == FILLED


async def test_without_templates_there_is_nothing_to_choose(site: Site) -> None:
    request, browser = await asked(site), await site.sign_in_staff(erin)
    page = await browser.get(f"/lumen/desk/requests/{request.id.hex}")
    assert 'name="template"' not in page.html
    page = await browser.submit(page, "deny", template="0" * 32, answer="Hello!", use="yes")
    assert ">\nHello!</textarea>" in page.html
