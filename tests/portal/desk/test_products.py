"""Products and their refund periods, without JavaScript."""

import re

from tests.people import erin, heidi
from tests.site import Page, Site

PATH = "/lumen/desk/products"


def links(page: Page) -> list[str]:
    """Where the products in the list are."""
    return re.findall(rf'href="({PATH}/[0-9a-f]{{32}})"', page.html)


async def test_products_are_listed_with_kind_and_period_and_found_by_name(sqlite_site: Site) -> None:
    erins = await sqlite_site.sign_in_staff(erin)
    page = await erins.get(PATH)
    assert "Membership Gold Standard Subscription 14 days" in page.text
    assert "Photography Masterclass Standard One-time purchase 30 days" in page.text
    found = await erins.get(f"{PATH}?words=gold%00")
    assert len(links(found)) == 1
    none = await erins.get(f"{PATH}?words=%3Cb%3E")
    assert 'value="&lt;b&gt;"' in none.html
    assert "No product has these words in its name." in none.text
    assert [(await erins.get(f"{PATH}?page={n}")).status for n in ("2", "0", "x")] == [404, 404, 404]


async def test_a_period_is_changed_refused_with_what_was_typed_and_guarded(sqlite_site: Site) -> None:
    erins = await sqlite_site.sign_in_staff(erin)
    (path,) = links(await erins.get(f"{PATH}?words=Gold"))
    early, own = await erins.get(path), path.rpartition("/")[2]
    for typed, told in (("", "Please fill this in."), ("3651", "from 0 to 3,650"), ("-1", "whole number")):
        wrong = await erins.submit(early, own, period="days", refund_days=typed)
        assert wrong.status == 422
        assert told in wrong.text
        assert f'value="{typed}"' in wrong.html
    assert "Please choose one of these." in (await erins.submit(early, own, period="")).text
    saved = await erins.submit(early, own, period="days", refund_days="30")
    assert "Saved. It holds for every request from now on." in saved.text
    stale = await erins.submit(early, own, period="none")
    assert stale.status == 409
    assert "Saved meanwhile 30 days Yours No refund period" in stale.text
    assert "Subscription · 30 days" in stale.text
    again = await erins.submit(stale, own)
    assert "Subscription · No refund period" in again.text


async def test_another_accounts_product_is_not_found(sqlite_site: Site) -> None:
    (path,) = links(await (await sqlite_site.sign_in_staff(erin)).get(f"{PATH}?words=Gold"))
    heidis = await sqlite_site.sign_in_staff(heidi)
    foreign = path.replace("/lumen/", "/rival/")
    assert (await heidis.get(foreign)).status == 404
    own = re.findall(
        r'href="(/rival/desk/products/[0-9a-f]{32})"', (await heidis.get("/rival/desk/products")).html
    )
    page = await heidis.get(own[0])
    form = next(each for each in page.forms() if each.action == own[0])
    answer = await heidis.post(foreign, {**form.fields, "period": "none"})
    assert answer.status == 404
