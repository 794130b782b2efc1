"""The journal's page: sentences, filters, pages by keyset, and the file."""

import ast
import csv
import io
import re
from datetime import timedelta

import pytest

from billing.actors import SystemActor
from billing.ids import AccountId, new_id
from billing.ports import JournalQuery
from billing.records import JournalLine
from locales.deeds import DEED, KIND, deed_sentence
from locales.translator import get_translator
from tests.conventions.source import modules, tree
from tests.portal.site import NOW, Site

JOURNAL = "/acme/desk/journal"
# Of nothing that is journaled, though they look like it.
NO_VERBS = {"common_passwords.txt"}


async def write(site: Site, verb: str, count: int = 1, **facts: str | int | bool | None) -> None:
    """Lines of the command, a second apart, about nothing in particular."""
    by = SystemActor(site.acme.account.id, "command", "t")
    async with site.ctx.begin(site.acme.account.id) as work:
        for number in range(count):
            at = site.clock() + timedelta(seconds=number)
            await work.journal.write(by, verb, f"account:{number:032x}", at=at, facts=facts)


async def test_changes_are_told_in_sentences(site: Site) -> None:
    await site.refund()
    await write(site, "staff.changed", name="Frank", role="viewer", role_before="agent", limit_minor=None)
    await write(site, "something.nobody_foresaw")
    shown = (await (await site.staff("erin")).get(JOURNAL)).words
    assert "Erin signed in." in shown
    assert "Selfbill changed the role or limit of Frank." in shown
    assert "Role: Agent → now: Viewer" in shown
    assert "Selfbill: something: nobody foresaw" in shown
    assert re.search(r"R-\w{8}: Alice Ames asked for a refund of \$59.00\.", shown)


async def test_filters_by_person_kind_and_day(site: Site) -> None:
    manager = await site.staff("erin")
    await write(site, "staff.factor_set")
    erin = site.acme.staff["erin"].id.hex
    by_erin = (await manager.get(f"{JOURNAL}?who={erin}")).words
    assert "Erin signed in." in by_erin
    assert "Selfbill set up" not in by_erin
    about_team = (await manager.get(f"{JOURNAL}?what=staff")).words
    assert "Selfbill set up a second factor." in about_team
    assert "Erin signed in." not in about_team
    # The day of the account's own zone: 15:30 UTC on the 20th is the 20th in New York too.
    today = (await manager.get(f"{JOURNAL}?from=2026-11-20&to=2026-11-20")).words
    assert "Erin signed in." in today
    for query in ("from=2026-11-21", "to=2026-11-19", "from=9999-12-31", "to=0001-01-01"):
        assert "There is nothing here." in (await manager.get(f"{JOURNAL}?{query}")).words
    wrong = await manager.get(f"{JOURNAL}?from=yesterday&who={erin}")
    assert wrong.status == 422
    assert 'value="yesterday"' in wrong.text
    assert f'value="{erin}" selected' in wrong.text
    before_time = "before=0001-01-01T00:00:00%2B23:59~1"  # which PostgreSQL would take for a bug of ours
    odd = ("what=nonsense", "who=1", "before=x", "before=2026-11-20~1", "before=2026-11-20T00:00~1")
    for query in (*odd, before_time):
        assert (await manager.get(f"{JOURNAL}?{query}")).status == 404, query
    theirs = site.other.staff["heidi"].id.hex
    assert "There is nothing here." in (await manager.get(f"{JOURNAL}?who={theirs}")).words


async def test_pages_hold_fifty_lines_and_lose_none(site: Site) -> None:
    await write(site, "account.factor_lifted", 120)
    page, seen = f"{JOURNAL}?what=account", 0
    manager = await site.staff("erin")
    for expected in (50, 50, 21):  # and the line that created the account
        shown = await manager.get(page)
        found = shown.text.count('<span dir="auto">')
        assert found == expected
        seen += found
        older = re.search(r'href="([^"]+)">Older</a>', shown.text)
        page = older[1].replace("&amp;", "&") if older else ""
    assert (seen, page) == (121, "")


async def test_lines_of_one_instant_are_neither_doubled_nor_lost(site: Site) -> None:
    by = SystemActor(site.acme.account.id, "command", "t")
    async with site.ctx.begin(site.acme.account.id) as work:
        for number in range(7):
            await work.journal.write(by, "plan.changed", f"account:{number:032x}", at=site.clock(), facts={})
    before, subjects = None, []
    async with site.ctx.read(site.acme.account.id) as work:
        while found := await work.journal.list_page(JournalQuery(kind="plan", before=before, limit=3)):
            subjects += [line.subject for line, _ in found]
            before = (found[-1][0].at, found[-1][1])
    assert subjects == [f"account:{number:032x}" for number in reversed(range(7))]


async def test_the_file_holds_all_lines_and_runs_nothing(site: Site) -> None:
    await write(site, "staff.joined", 700, name='=HYPERLINK("https://evil.example")')
    manager = await site.staff("erin")
    assert (await manager.head(f"{JOURNAL}/export")).text == ""
    answer = await manager.get(f"{JOURNAL}/export?what=staff")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="journal.csv"'
    assert answer.headers["Content-Security-Policy"] == "sandbox"
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert sum(row["verb"] == "staff.joined" for row in rows) == 700
    assert all(row["sentence"].startswith("'=HYPERLINK") for row in rows if row["verb"] == "staff.joined")
    assert rows[0]["at"].endswith("+00:00")


@pytest.mark.parametrize(("who", "status"), [("dana", 200), ("erin", 200), ("frank", 403), ("grace", 403)])
async def test_who_manages_reads_the_journal(site: Site, who: str, status: int) -> None:
    browser = await site.staff(who)
    assert (await browser.get(JOURNAL)).status == status
    assert (await browser.get(f"{JOURNAL}/export")).status == status


def test_every_verb_of_the_journal_has_words() -> None:
    verbs = {
        node.value
        for path in modules("billing")
        if "providers" not in path.parts  # they have words of their own
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if re.fullmatch(r"[a-z_]+\.[a-z_]+", node.value)
    } - NO_VERBS
    assert verbs <= set(DEED)
    assert {verb.partition(".")[0] for verb in verbs} == set(KIND)


def test_an_old_line_without_its_facts_is_still_told() -> None:
    say = get_translator("en")
    for verb in DEED:
        line = JournalLine(new_id(AccountId), NOW, "staff:1", "web", verb, "x:1", {}, "t")
        said = deed_sentence(line, {}, say)
        assert "{" not in said, verb
