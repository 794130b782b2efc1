"""In which language and zone people read: on every face, by choice, record, browser and account."""

from dataclasses import replace
from itertools import pairwise

import pytest

from billing.ids import CustomerId
from billing.merchant import ReaderZone
from billing.messages import CodeMail, OrderIdsMail
from billing.zones import customers_key, staff_key
from locales.translator import get_translator
from portal.forms import new_once_key
from storage.bound import Bound
from storage.tables.ledger import outbox
from tests.portal.site import Answer, Browser, Site, found

DESK, HELP = "/acme/desk", "/acme/help/support"
# What was chosen here, what the record says, what the browser asks for, the account's; what is read then.
TABLE = [
    ("ja", "fr", "de", "nl", "ja"),
    ("ja", "", "de", "nl", "ja"),
    ("", "fr", "de", "nl", "fr"),
    ("", "pt-PT", "de", "nl", "pt-BR"),
    ("", "", "de-AT,en;q=0.5", "nl", "de"),
    ("", "", "xx, zh-TW", "nl", "nl"),
    ("", "", "", "zh-CN", "zh-CN"),
    ("xx", "", "", "ar", "ar"),
    ("../x", "tr", "", "ar", "tr"),
    ("", "xx", "pl", "it", "en"),
]


async def signed_in(site: Site, **headers: str) -> Browser:
    """Alice, in a browser that asks so."""
    browser = site.browser()
    browser.headers |= headers
    await sign_in(site, browser)
    return browser


async def sign_in(site: Site, browser: Browser) -> Answer:
    """In the helpdesk."""
    page, bought = f"{HELP}/sign-in", site.alice
    answer = await browser.submit(
        page, page, order_id=bought.payment.order_id or "", email=bought.customer.email
    )
    assert answer.status == 303, answer.words
    return answer


async def set_up(site: Site, *, record: str | None = None, account: str = "en") -> None:
    """Alice's record and the account's language."""
    async with site.ctx.begin(site.acme.account.id) as work:
        await work.accounts.save(replace(await work.accounts.get(), locale=account))
        await work.customers.set_locale(site.alice.customer.id, record)  # type: ignore[arg-type]


async def record_of(site: Site, customer_id: CustomerId) -> str | None:
    """The language that is kept."""
    async with site.ctx.read(site.acme.account.id) as work:
        return (await work.customers.get(customer_id)).locale


def name_of_cookie(site: Site, kind: str) -> str:
    return f"__Host-{kind}-{site.acme.account.id.hex}"


def read(answer: Answer) -> str:
    """The language of a page."""
    return get_translator(found(answer.text, r'<html lang="([^"]+)"')).language


async def test_choice_then_record_then_browser_then_account(site: Site) -> None:
    browser = await signed_in(site)
    for chosen, record, asked, account, language in TABLE:
        await set_up(site, record=record or None, account=account)
        browser.cookies[name_of_cookie(site, "language")] = chosen
        headers = {"Accept-Language": asked} if asked else {}
        case = (chosen, record, asked, account)
        assert (*case, read(await browser.get(HELP, **headers))) == (*case, language)


@pytest.mark.parametrize(
    ("record", "asked", "chosen", "kept"),
    [
        (None, "de-AT", "", "de"),
        (None, "de", "ja", "ja"),
        ("fr", "de", "", "fr"),
        ("fr-CA", "de", "fr", "fr-CA"),
        ("fr", "de", "zh-CN", "zh-CN"),
    ],
)
async def test_what_signing_in_keeps(
    site: Site, record: str | None, asked: str, chosen: str, kept: str
) -> None:
    await set_up(site, record=record)
    browser = site.browser()
    browser.headers["Accept-Language"] = asked
    browser.cookies[name_of_cookie(site, "language")] = chosen
    await sign_in(site, browser)
    assert await record_of(site, site.alice.customer.id) == kept


async def test_a_choice_of_somebody_signed_in_is_kept_with_them(site: Site) -> None:
    alice, dana = await signed_in(site), await site.staff("dana")
    assert (await alice.submit(HELP, f"{HELP}/language", lang="tr", next=HELP)).status == 303
    assert await record_of(site, site.alice.customer.id) == "tr"
    assert (await dana.submit(DESK, f"{DESK}/language", lang="pl", next=DESK)).status == 303
    async with site.ctx.read(site.acme.account.id) as work:
        assert (await work.staff.get(site.acme.staff["dana"].id)).locale == "pl"
    assert read(await (await signed_in(site)).get(HELP)) == "tr"
    stranger = site.browser()
    page = f"{HELP}/sign-in"
    assert (await stranger.submit(page, f"{HELP}/language", lang="nl", next=page)).status == 303
    assert read(await stranger.get(page)) == "nl"


async def test_every_face_speaks_to_its_reader(site: Site) -> None:
    """Pages, refusals, what does not exist, the way in, the way from a help icon, mails before sign-in."""
    await set_up(site, record="it", account="nl")
    alice, stranger = await signed_in(site), site.browser()
    alice.headers |= {"Accept-Language": "de"}
    stranger.headers |= {"Accept-Language": "de"}
    dana = await site.staff("dana")
    dana.headers |= {"Accept-Language": "de"}
    faces = {
        "a customer's page": (await alice.get(HELP), "it"),
        "what does not exist": (await alice.get(f"{HELP}/nowhere"), "it"),
        "what is not theirs": (await alice.get(f"{HELP}/payments/{'0' * 32}/refund"), "it"),
        "a form from elsewhere": (
            await alice.post(f"{HELP}/sign-out", {}, Origin="https://evil.example"),
            "it",
        ),
        "the way in": (await stranger.get(f"{HELP}/sign-in"), "de"),
        "a wrong pair": (await stranger.submit(f"{HELP}/sign-in", f"{HELP}/sign-in", order_id="1"), "de"),
        "the desk's way in": (await stranger.get(f"{DESK}/sign-in"), "de"),
        "no account at all": (await stranger.get("/nobody/nowhere"), "de"),
        "the desk": (await dana.get(DESK), "en"),
        "the desk's refusal": (await dana.get(f"{DESK}/nowhere"), "en"),
        "who asks for nothing": (await site.browser().get(f"{HELP}/sign-in"), "nl"),
    }
    assert {face: read(answer) for face, (answer, _) in faces.items()} == {
        face: language for face, (_, language) in faces.items()
    }


async def test_mails_before_sign_in_speak_as_the_record_does(site: Site) -> None:
    await set_up(site, record="it")
    browser, page = site.browser(), f"{HELP}/order-ids"
    browser.headers |= {"Accept-Language": "de"}
    for chosen in ("", "ja"):
        browser.cookies[name_of_cookie(site, "language")] = chosen
        answer = await browser.submit(page, page, email=site.alice.customer.email)
        assert answer.status == 303, answer.words
    alice = await signed_in(site, **{"Accept-Language": "de"})
    assert (await alice.submit(f"{HELP}/code", f"{HELP}/code/send", once=new_once_key())).status == 303
    told = [(kind, payload["locale"]) for kind, payload in await mails(site)]
    assert told == [(OrderIdsMail.kind, "it"), (OrderIdsMail.kind, "ja"), (CodeMail.kind, "it")]


async def mails(site: Site) -> list[tuple[str, dict[str, str]]]:
    """What waits to be mailed, oldest first."""
    async with site.ctx.read(site.acme.account.id) as work:
        assert isinstance(work.outbox, Bound)
        rows = await work.outbox.connection.execute(outbox.select().order_by(outbox.c.put_at, outbox.c.id))
        found_rows = [
            (row.kind, row.payload) for row in rows if row.kind in {OrderIdsMail.kind, CodeMail.kind}
        ]
    order = [OrderIdsMail.kind, CodeMail.kind]
    return sorted(found_rows, key=lambda each: (order.index(each[0]), each[1]["locale"]))


async def test_times_are_those_of_the_readers_clock(site: Site) -> None:
    """New York is the account's zone; the visit of dana began at 15:30 UTC."""
    dana, me = await site.staff("dana"), site.acme.staff["dana"]
    zone, page = name_of_cookie(site, "zone"), f"{DESK}/journal"
    assert "10:30 AM EST" in (await dana.get(page)).words
    for told, shown in (
        ("Asia/Tokyo", "12:30 AM JST"),
        ("Europe/Berlin", "4:30 PM CET"),
        ("Mars/Base", "10:30 AM EST"),
        ("../../etc/localtime", "10:30 AM EST"),
        ("A" * 4000, "10:30 AM EST"),
        ("", "10:30 AM EST"),
    ):
        dana.cookies[zone] = told
        assert shown in (await dana.get(page)).words
    dana.cookies[zone] = "Asia/Tokyo"
    own = f"{DESK}/me"
    assert (await dana.submit(own, f"{own}/zone", time_zone="Europe/Berlin")).status == 303
    assert '<option value="Europe/Berlin" selected>' in (await dana.get(own)).text
    assert "4:30 PM CET" in (await dana.get(page)).words
    refused = await dana.submit(own, f"{own}/zone", time_zone="Mars/Base")
    assert refused.status == 422
    assert "Please choose a time zone from the list." in refused.words
    assert (await dana.submit(own, f"{own}/zone", time_zone="")).status == 303
    assert "12:30 AM JST" in (await dana.get(page)).words
    assert await zone_kept(site, staff_key(me.id)) == ReaderZone(
        site.acme.account.id, staff_key(me.id), "Asia/Tokyo", chosen=False
    )


async def test_signing_in_keeps_the_browsers_zone_for_mails(site: Site) -> None:
    hers = customers_key(site.alice.customer.id)
    kept = []
    for told in ("Europe/Paris", "Mars/Base", "Asia/Tokyo"):
        browser = site.browser()
        browser.cookies[name_of_cookie(site, "zone")] = told
        await sign_in(site, browser)
        found_zone = await zone_kept(site, hers)
        kept.append(found_zone and found_zone.time_zone)
    assert kept == ["Europe/Paris", "Europe/Paris", "Asia/Tokyo"]


async def zone_kept(site: Site, reader: str) -> ReaderZone | None:
    async with site.ctx.read(site.acme.account.id) as work:
        return await work.words.find_zone(reader)


async def test_every_language_can_be_chosen_in_its_own_words(shared_site: Site) -> None:
    page = (await shared_site.browser().get(f"{DESK}/sign-in")).text
    menu = page.partition('<select id="language"')[2].partition("</select>")[0]
    tags = [each.partition('"')[0] for each in menu.split('<option value="')[1:]]
    assert tags == ["en", "de", "es", "fr", "it", "pt-BR", "nl", "pl", "tr", "ja", "zh-CN", "ar"]
    names = [each.partition("<")[0] for each in menu.split(">")[1:] if each.partition("<")[0].strip()]
    assert names[-1] == "العربية"
    assert all(f'lang="{tag}" dir="auto"' in menu for tag in tags)
    assert all(one != other for one, other in pairwise(names))
    assert 'zone.js" data-cookie="__Host-zone-' in page
