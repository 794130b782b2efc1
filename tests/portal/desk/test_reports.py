"""The reports' page: charts that are valid and say what their tables say, and files that add up."""

import csv
import io
import re
import xml.etree.ElementTree as ET

import pytest
from sqlalchemy import update

from billing.actors import StaffActor, Via
from billing.deciding import approve_request
from storage.bound import Bound
from storage.tables.sales import products
from tests.portal.site import Answer, Site

PAGE = "/acme/desk/reports"
SVG = re.compile(r'<svg class="chart".*?</svg>', re.DOTALL)


async def some_requests(site: Site) -> None:
    """Three, of which one is approved two hours later."""
    first = await site.refund()
    await site.refund(site.bob)
    await site.cancel()
    site.clock.turn(hours=2)
    erin = site.acme.staff["erin"]
    by = StaffActor(site.acme.account.id, erin.id, Via.WEB, "", "trace")
    await approve_request(site.ctx, first.id, by=by)


def charts(answer: Answer) -> dict[str, ET.Element]:
    """By key; raises for what is no XML."""
    found = [ET.fromstring(svg) for svg in SVG.findall(answer.text)]
    return {str(each.get("aria-labelledby")).partition("-title")[0]: each for each in found}


def numbers_of(svg: ET.Element, name: str) -> list[int]:
    """What the bars of a series say, from left to right."""
    titles = [str(title.text) for title in svg.iter("title")][1:]
    return [int(title.rpartition(": ")[2]) for title in titles if title.startswith(name)]


def rows(answer: Answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.text.removeprefix("\ufeff"), newline="")))


async def test_charts_say_what_their_tables_and_files_say(site: Site) -> None:
    await some_requests(site)
    grace = await site.staff("grace")
    shown = await grace.get(PAGE)
    drawn = charts(shown)
    assert {"requests", "answers", "money", "time", "refund-reasons", "cancel-reasons", "products"} >= set(
        drawn
    )
    assert "style=" not in shown.text
    for svg in drawn.values():
        assert (svg.get("role"), svg.tag) == ("img", "svg")
        assert [each.tag for each in svg][:3] == ["title", "desc", "defs"]
        assert all(text.get("aria-hidden") == "true" for text in svg.iter("text"))
    file = rows(await grace.get(f"{PAGE}/export?table=requests"))
    assert file[0] == ["Since", "Until", "Refund", "Cancellation", "Cancellation taken back", "All"]
    assert len(file) == 31
    for place, name in ((2, "Refund"), (3, "Cancellation")):
        in_file = [int(row[place]) for row in file[1:] if int(row[place])]
        assert numbers_of(drawn["requests"], name) == in_file
    assert sum(int(row[5]) for row in file[1:]) == 3
    for words in ("Requests 3", "Waiting now 2", "about 2 hours", "It is not what I expected 2 100%"):
        assert words in shown.words, words


async def test_every_table_is_a_file_in_the_readers_language(site: Site) -> None:
    await some_requests(site)
    grace = await site.staff("grace")
    for table in ("requests", "answers", "money", "time", "refund-reasons", "cancel-reasons", "products"):
        answer = await grace.get(f"{PAGE}/export?table={table}&span=90-days")
        assert answer.status == 200
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{table}-90-days.csv"'
        found = rows(answer)
        assert {len(row) for row in found} == {len(found[0])}
    money = rows(await grace.get(f"{PAGE}/export?table=money&span=90-days"))
    assert money[0][-2:] == ["Refund rate by amount (%)", "Refund rate by number (%)"]
    assert {row[2] for row in money[1:]} == {"USD"}
    assert sum(float(row[4]) for row in money[1:]) == 158.0


@pytest.mark.parametrize("span", ["30-days", "90-days", "365-days", "this-month", "last-month"])
async def test_every_span_is_a_page(shared_site: Site, span: str) -> None:
    frank = await shared_site.staff("frank")
    assert (await frank.get(f"{PAGE}?span={span}")).status == 200


async def test_what_is_no_span_or_table_is_absent(shared_site: Site) -> None:
    dana = await shared_site.staff("dana")
    for path in (f"{PAGE}?span=ever", f"{PAGE}/export", f"{PAGE}/export?table=staff", f"{PAGE}/export?span="):
        assert (await dana.get(path)).status == 404, path
    answer = await shared_site.browser().get(PAGE)
    assert answer.location.startswith("/acme/desk/sign-in")


async def test_a_products_name_does_not_run_in_a_spreadsheet(site: Site) -> None:
    async with site.ctx.begin(site.acme.account.id) as work:
        assert isinstance(work.accounts, Bound)
        await work.accounts.connection.execute(update(products).values(name='=HYPERLINK("https://x")'))
    file = rows(await (await site.staff("dana")).get(f"{PAGE}/export?table=products"))
    assert '\'=HYPERLINK("https://x")' in {row[0] for row in file}
