"""Who may do what to whose, on every route: tried on a running site, and compared with `matrix.txt`.

A changed right shows in review as a changed line. To print it anew, after a look at every difference:
`SELFBILL_TEST_PRINT_MATRIX=1 pytest -n0 tests/portal/test_matrix.py`. Every role and a stranger try every
route. Three tables, so that they are tried side by side: customers' pages, the desk as seen from outside, and
the desk for staff.
"""

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import update

from billing.states import RefundReason, Role
from portal.entries import Entry, Where
from portal.keys import URLS
from storage.bound import Bound
from storage.tables.visits import visits
from tests.portal.merchant import PASSWORD
from tests.portal.one_of_each import OneOfEach, make_one_of_each
from tests.portal.site import Answer, Browser, Site, found

PRINTED = Path(__file__).with_name("matrix.txt")
# What a form must hold to be more than a mistake; all others are sent empty.
FIELDS: Mapping[str, Mapping[str, str]] = {
    "language": {"lang": "en"},
    "refund": {"reason": RefundReason.NOT_AS_EXPECTED.value},
    "reply": {"text": "Hello"},
    "ticket-reply": {"text": "Hello"},
    "ticket-note": {"note": "Hello"},
    "deny": {"answer": "No"},
    "my-language": {"locale": "en"},
    "text": {"language": "de", "text": "Hallo"},
    "year-documents": {"year": "2026"},
    "documents": {"year": "2026"},
    "member": {"role": Role.VIEWER.value},
}
# At the desk all customers are strangers: one of them, with all that a customer can have, stands for them.
WHO = {
    "outside": ("stranger", "heidi", "moved", "alice+code", "half"),
    "inside": ("viewer", "agent", "manager", "owner"),
}
TABLES = ("surfaces", "outside", "inside")
# These end the visit that the others are tried with.
LAST = ("sign-out-everywhere", "sign-out")


@dataclass(frozen=True)
class Person:
    """Somebody at a browser; `own` is the account whose pages they open, with the ids of acme's alice."""

    title: str
    browser: Browser
    own: str = "acme"
    tokens: dict[str, str] = field(default_factory=dict)  # for forms, by the root of the place


@pytest.mark.parametrize("table", TABLES)
async def test_who_may_do_what_to_whose(site: Site, table: str) -> None:
    objects = await make_one_of_each(site)
    entries = [entry for entry in site.app[URLS].entries if entry.where is not Where.SERVER]
    entries = [entry for entry in entries if (entry.where is Where.DESK) is (table != "surfaces")]
    entries.sort(key=lambda entry: entry.name in LAST)
    lines = {f"{entry.where:9} {entry.method:4} {entry.path or '/'}": "" for entry in entries}
    titles = []
    async for person in people(site):
        if table in WHO and person.title not in WHO[table]:
            continue
        titles.append(person.title)
        for line, entry in zip(lines, entries, strict=True):
            lines[line] += f"{verdict(await tried(person, entry, objects)):12}"
    printed = [" " * 60 + "".join(f"{title:12}" for title in titles).rstrip()]
    printed += [f"{line:60}{verdicts}".rstrip() for line, verdicts in lines.items()]
    tables = PRINTED.read_text().rstrip().split("\n\n")
    if os.environ.get("SELFBILL_TEST_PRINT_MATRIX"):
        tables = tables if len(tables) == len(TABLES) else ["-"] * len(TABLES)
        tables[TABLES.index(table)] = "\n".join(printed)
        PRINTED.write_text("\n\n".join(tables) + "\n")
    assert printed == tables[TABLES.index(table)].splitlines()


async def people(site: Site) -> AsyncIterator[Person]:
    """Those first who must change nothing."""
    heidi, charlie = await site.staff("heidi"), await customer(site, "charlie", "other")
    yield Person("stranger", site.browser())
    yield Person("charlie", charlie, "other")
    yield Person("heidi", heidi, "other")
    yield Person("moved", moved(site, charlie, heidi))
    site.clock.turn(minutes=6)
    yield Person("bob", await customer(site, "bob", "acme"))
    yield Person("bob+code", await proved(site, await customer(site, "bob", "acme")))
    yield Person("alice", await customer(site, "alice", "acme"))
    yield Person("alice+code", await proved(site, await customer(site, "alice", "acme")))
    site.clock.turn(minutes=6)  # each of them fails once at signing in, and all have one address
    yield Person("half", await half_signed_in(site, "dana"))
    for title, name in (("viewer", "grace"), ("agent", "frank"), ("manager", "erin"), ("owner", "dana")):
        yield Person(title, await site.staff(name))


async def customer(site: Site, who: str, account: str) -> Browser:
    """Signed in on the helpdesk; no code given."""
    browser, bought, root = site.browser(), getattr(site, who), f"/{account}/help/support"
    answer = await browser.submit(
        f"{root}/sign-in", f"{root}/sign-in", order_id=bought.payment.order_id, email=bought.customer.email
    )
    assert answer.status == 303, answer.words
    return browser


async def proved(site: Site, browser: Browser) -> Browser:
    """The same, as if the code had been given."""
    name = next(name for name in browser.cookies if "-visit-" in name)
    async with site.ctx.begin(site.acme.account.id) as work:
        visit = await work.visits.find(site.ctx.vault.digest(browser.cookies[name]))
        assert visit is not None
        new = site.ctx.vault.digest(browser.cookies[name] + "proved")
        await work.visits.replace_token(visit.id, token_hash=new, proved_at=site.ctx.now())
    browser.cookies[name] += "proved"
    return browser


async def half_signed_in(site: Site, name: str) -> Browser:
    """Staff whose password was right, and whose second factor is still to come."""
    browser = await site.staff(name)
    cookie = next(value for key, value in browser.cookies.items() if "-visit-" in key)
    async with site.ctx.begin(site.acme.account.id) as work:
        assert isinstance(work.accounts, Bound)
        theirs = visits.c.token_hash == site.ctx.vault.digest(cookie)
        await work.accounts.connection.execute(update(visits).where(theirs).values(half=True))
    return browser


def moved(site: Site, *browsers: Browser) -> Browser:
    """Tokens of another account under the names that this one's cookies have."""
    browser, theirs, ours = site.browser(), site.other, site.acme
    for name, token in [pair for each in browsers for pair in each.cookies.items()]:
        here = name.replace(theirs.account.id.hex, ours.account.id.hex)
        browser.cookies[here.replace(theirs.helpdesk.id.hex, ours.helpdesk.id.hex)] = token
    return browser


async def tried(person: Person, entry: Entry, objects: OneOfEach) -> Answer:
    """What comes back; only the head of a live page, which never ends, and of a PDF, which is no text."""
    root = f"/{person.own}/desk" if entry.where is Where.DESK else f"/{person.own}/help/support"
    path = objects.put_into(root + entry.path, entry.names)
    if not entry.is_unsafe:
        only_head = entry.name in {"document", "bundle", "address-png"} or path.endswith("/events")
        return await (person.browser.head(path) if only_head else person.browser.get(path))
    fields = {"csrf": await token(person, root), **FIELDS.get(entry.name, {})}
    if entry.name == "sign-in" and entry.where is Where.DESK:
        fields |= {"email": "nobody@acme.example", "password": PASSWORD}
    answer = await person.browser.post(path, fields)
    if any("-visit-" in line for line in answer.cookies):
        person.tokens.clear()  # another visit has other tokens
    return answer


async def token(person: Person, root: str) -> str:
    """Of the page that this browser is shown there."""
    if root not in person.tokens:
        shown = await person.browser.get(f"{root}/code" if root.endswith("support") else f"{root}/sign-in")
        while shown.status == 303:
            shown = await person.browser.get(shown.location)
        person.tokens[root] = found(shown.text, r'name="csrf" value="([^"]+)"')
    return person.tokens[root]


def verdict(answer: Answer) -> str:
    """`yes` also where the answer is only that the moment is wrong: who was let through is the question."""
    assert answer.status < 500, answer.words
    assert answer.status != 400, answer.words
    if answer.status == 303:
        page = answer.location.partition("?")[0].rpartition("/")[2]
        return {"sign-in": "sign in", "code": "code"}.get(page, "yes")
    return {403: "no", 404: "absent"}.get(answer.status, "yes")
