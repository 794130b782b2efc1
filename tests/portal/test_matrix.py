"""Who may do what to whose, on every route: tried on a running site, and compared with `matrix.txt`.

A changed right shows in review as a changed line. To print it anew, after a look at every difference:
`SELFBILL_TEST_PRINT_MATRIX=1 pytest tests/portal/test_matrix.py`.
"""

import os
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from billing.actors import StaffActor, SystemActor, Via
from billing.asking import ask_refund
from billing.deciding import approve_request
from billing.documents import issue_invoice
from billing.ids import AccountId
from billing.operations import begin_try, record_outcome
from billing.processor import Outcome, ProcessorAnswer
from billing.records import Document, Payment, Product, Refund, Request, Subscription, Ticket
from billing.states import RefundReason
from portal.entries import Entry, Where
from portal.forms import new_once_key
from portal.keys import URLS
from tests.portal.merchant import PASSWORD, sell_one
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
}
# These end the visit that the others are tried with.
LAST = ("sign-out",)


@dataclass(frozen=True)
class Person:
    """Somebody at a browser; `own` is the account whose pages they open, with the ids of acme's alice."""

    title: str
    browser: Browser
    own: str = "acme"


async def test_who_may_do_what_to_whose(site: Site) -> None:
    objects = await of_alice(site)
    entries = [entry for entry in site.app[URLS].entries if entry.where is not Where.SERVER]
    entries.sort(key=lambda entry: entry.name in LAST)
    lines = {f"{entry.where:9} {entry.method:4} {entry.path or '/'}": "" for entry in entries}
    titles = []
    async for person in people(site):
        titles.append(person.title)
        for line, entry in zip(lines, entries, strict=True):
            lines[line] += f"{verdict(await tried(person, entry, objects)):12}"
    printed = "\n".join(
        [" " * 60 + "".join(f"{title:12}" for title in titles).rstrip()]
        + [f"{line:60}{verdicts}".rstrip() for line, verdicts in lines.items()]
    )
    if os.environ.get("SELFBILL_TEST_PRINT_MATRIX"):
        PRINTED.write_text(printed + "\n")
    assert printed.splitlines() == PRINTED.read_text().splitlines()


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


def moved(site: Site, *browsers: Browser) -> Browser:
    """Tokens of another account under the names that this one's cookies have."""
    browser, theirs, ours = site.browser(), site.other, site.acme
    for name, token in [pair for each in browsers for pair in each.cookies.items()]:
        here = name.replace(theirs.account.id.hex, ours.account.id.hex)
        browser.cookies[here.replace(theirs.helpdesk.id.hex, ours.helpdesk.id.hex)] = token
    return browser


async def of_alice(site: Site) -> Mapping[type, UUID]:
    """One of each record, alice's: her renewal was paid back, another payment waits for a decision."""
    by = site.acme.customer_actor(site.alice)
    asked = await ask_refund(
        site.ctx,
        site.alice.payment.id,
        by=by,
        reason=RefundReason.NOT_AS_EXPECTED,
        message="",
        once_key=new_once_key(),
    )
    invoice = await issue_invoice(site.ctx, site.alice.renewal.id, by=by)
    assert asked.ticket_id is not None
    async with site.ctx.read(site.acme.account.id) as work:
        product = (await work.products.list())[0]
    return {
        Product: product.id,
        Request: asked.id,
        Ticket: asked.ticket_id,
        Payment: site.alice.renewal.id,
        Subscription: site.alice.subscription.id,
        Document: invoice.id,
        Refund: await paid_back(site, site.acme.account.id),
    }


async def paid_back(site: Site, account_id: AccountId) -> UUID:
    """A refund of alice's, from a payment that she made besides."""
    payment = await sell_one(site.acme, site.alice, now=site.ctx.now(), order=40_107_999)
    request = await ask_refund(
        site.ctx,
        payment.id,
        by=site.acme.customer_actor(site.alice),
        reason=RefundReason.NOT_AS_EXPECTED,
        message="",
        once_key=new_once_key(),
    )
    dana = StaffActor(account_id, site.acme.staff["dana"].id, Via.WEB, "127.0.0.1", "test")
    await approve_request(site.ctx, request.id, by=dana)
    relay = SystemActor(account_id, "relay", "test")
    async with site.ctx.read(account_id) as work:
        operation = (await work.requests.get_view(request.id)).operation
    assert operation is not None
    await begin_try(site.ctx, operation.id, by=relay)
    await record_outcome(site.ctx, operation.id, ProcessorAnswer(Outcome.SUCCEEDED, "re_1"), by=relay)
    async with site.ctx.read(account_id) as work:
        refund = await work.purchases.find_refund_by_operation(operation.id)
    assert refund is not None
    return refund.id


async def tried(person: Person, entry: Entry, objects: Mapping[type, UUID]) -> Answer:
    """What comes back; only the head of a live page, which never ends, and of a PDF, which is no text."""
    root = f"/{person.own}/desk" if entry.where is Where.DESK else f"/{person.own}/help/support"
    path = root + entry.path
    if entry.names is not None:
        path = path.partition("{")[0] + objects[entry.names].hex + path.partition("}")[2]
    if not entry.is_unsafe:
        only_head = entry.name == "document" or path.endswith("/events")
        return await (person.browser.head(path) if only_head else person.browser.get(path))
    fields = {"csrf": await token(person.browser, root), **FIELDS.get(entry.name, {})}
    if entry.name == "sign-in" and entry.where is Where.DESK:
        fields |= {"email": "nobody@acme.example", "password": PASSWORD}
    return await person.browser.post(path, fields)


async def token(browser: Browser, root: str) -> str:
    """Of the page that this browser is shown there."""
    shown = await browser.get(f"{root}/code" if root.endswith("support") else f"{root}/sign-in")
    if shown.status == 303:
        shown = await browser.get(root)
    return found(shown.text, r'name="csrf" value="([^"]+)"')


def verdict(answer: Answer) -> str:
    """`yes` also where the answer is only that the moment is wrong: who was let through is the question."""
    assert answer.status < 500, answer.words
    assert answer.status != 400, answer.words
    if answer.status == 303:
        page = answer.location.partition("?")[0].rpartition("/")[2]
        return {"sign-in": "sign in", "code": "code"}.get(page, "yes")
    return {403: "no", 404: "absent"}.get(answer.status, "yes")
