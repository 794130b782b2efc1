"""What people must look at: above the Inbox, on a page of all, in words that say what to do."""

from datetime import timedelta

import pytest
from sqlalchemy import delete

from billing.actors import SystemActor
from billing.ids import AccountId, AlertId, ReconcileId, new_id
from billing.money import Currency, Money
from billing.processing.alerts import raise_alert
from billing.processing.compared import ABSENT, Difference, DifferenceKind, RefundStands, Side
from billing.processing.connecting import connect_processor
from billing.processing.records import Alert, Reconciliation
from billing.processor import KeyCheck
from billing.records import Facts
from billing.states import AlertKind
from locales.alert_words import alert_sentence
from locales.texts import label
from locales.translator import get_translator
from portal.letters.alerts import alert_letter
from portal.letters.drawing import draw_text
from storage.bound import Bound
from storage.tables.processing import reconciliations
from tests.portal.site import NOW, Site

EN = get_translator("en")
INBOX = "/acme/desk"
ALERTS = f"{INBOX}/alerts"
MONEY: Facts = {"amount_minor": 5900, "currency": "USD", "order_id": "40107001", "reference": "R-7K3M9QX2"}


async def raised(
    site: Site, kind: AlertKind = AlertKind.DISPUTED, subject: str = "dispute:1", **facts: str
) -> None:
    by = SystemActor(site.acme.account.id, "processor", "test")
    async with site.ctx.begin(by.account_id) as work:
        assert await raise_alert(work, kind, subject, {**MONEY, **facts}, by=by, at=site.ctx.now())


async def test_an_open_one_stands_above_the_inbox_with_what_to_do_and_where(site: Site) -> None:
    await raised(site, customer=site.alice.customer.id.hex)
    shown = await (await site.staff("dana")).get(INBOX)
    assert "The customer disputes $59.00 of order 40107001 at their bank." in shown.words
    assert f'href="/acme/desk/customers/{site.alice.customer.id.hex}"' in shown.text


@pytest.mark.parametrize(("who", "may"), [("dana", True), ("erin", True), ("frank", False), ("grace", False)])
async def test_everybody_reads_it_and_managers_mark_it(site: Site, who: str, may: bool) -> None:
    await raised(site)
    shown = await (await site.staff(who)).get(INBOX)
    assert "A payment is disputed" in shown.words
    assert ("Mark as looked at" in shown.words) is may


async def test_who_looked_and_when_is_kept(site: Site) -> None:
    await raised(site)
    erin = await site.staff("erin")
    shown = (await erin.get(INBOX)).text
    address = shown.split('/close"')[0].rpartition('action="')[2] + "/close"
    answer = await erin.submit(INBOX, address, **{"from": "inbox"})
    assert (answer.status, answer.location) == (303, INBOX)
    assert "disputed" not in (await erin.get(INBOX)).words
    assert "Erin looked at it on" in (await erin.get(ALERTS)).words.replace("Erin Eck", "Erin")
    assert (await erin.submit(ALERTS, address)).location == ALERTS


async def test_all_are_listed_page_by_page(site: Site) -> None:
    for number in range(60):
        await raised(site, subject=f"dispute:{number}")
    dana = await site.staff("dana")
    first = await dana.get(ALERTS)
    older = first.text.split('href="/acme/desk/alerts?before=')[1].split('"')[0]
    second = await dana.get(f"{ALERTS}?before={older}")
    assert (first.text.count('class="alert bad"'), second.text.count('class="alert bad"')) == (50, 10)
    assert "There is more to look at" in (await dana.get(INBOX)).words
    for wrong in ("yesterday", "2026-01-01~", "2026-01-01T00:00:00~" + "0" * 32):
        assert (await dana.get(f"{ALERTS}?before={wrong}")).status == 404


async def test_another_account_sees_none_of_it(site: Site) -> None:
    await raised(site)
    heidi = await site.staff("heidi")
    assert "disputed" not in (await heidi.get("/other/desk/alerts")).words


async def test_the_owner_is_mailed_in_words_that_say_what_to_do(site: Site) -> None:
    dana, alert = site.acme.staff["dana"], alert_of(AlertKind.DISPUTED, MONEY)
    letter = alert_letter(site.acme.account, dana, alert, address="https://x/desk", say=EN)
    assert letter.to == dana.email
    assert letter.subject == "A payment is disputed – Acme & Co."
    text = draw_text(letter, site.acme.account, EN)
    assert "$59.00" in text
    assert "https://x/desk" in text


def alert_of(kind: AlertKind, facts: Facts) -> Alert:
    return Alert(new_id(AlertId), new_id(AccountId), kind, "subject:1", facts, NOW)


@pytest.mark.parametrize("language", ["en", "de", "ar"])
@pytest.mark.parametrize("kind", [each for each in AlertKind if each is not AlertKind.DIFFERENCE])
def test_each_kind_has_its_sentence_whatever_is_known(kind: AlertKind, language: str) -> None:
    say = get_translator(language)
    for facts in ({}, MONEY, {**MONEY, "failure": "expired_or_canceled_card"}):
        told = alert_sentence(alert_of(kind, facts), say)
        assert len(told) > 40
        assert "{" not in told


@pytest.mark.parametrize("kind", DifferenceKind)
def test_each_difference_has_its_sentence(kind: DifferenceKind) -> None:
    here = Side(Money(4900, Currency("EUR")), RefundStands.STANDS, NOW)
    told = alert_sentence(alert_of(AlertKind.DIFFERENCE, Difference(kind, "re_1", here, ABSENT).facts), EN)
    assert "Here: €49.00, Refunded, until Nov 20, 2026" in told
    assert "At the processor: nothing." in told
    assert label(kind, EN) in told


async def compared(site: Site, differences: int) -> None:
    """The account is connected, and one comparison came to its end."""
    account_id = site.acme.account.id
    by = SystemActor(account_id, "test", "test")
    connection = await connect_processor(
        site.ctx, account_id, key="rk_test_1Q7xA", webhook_secret=None, by=by
    )
    now = site.ctx.now()
    known = Reconciliation(
        new_id(ReconcileId), account_id, now - timedelta(days=35), now, 12345, differences, now, now
    )
    async with site.ctx.begin(account_id) as work:
        said = KeyCheck("acct_acme", "Acme Shop", False, ())
        await work.connections.go_live(connection.id, said, at=now)
        await work.alerts.add_reconciliation(known)


@pytest.mark.parametrize(
    ("differences", "says"),
    [(0, "They agree"), (1, "1 difference was found."), (2, "2 differences were found.")],
)
async def test_the_last_comparison_stands_on_the_payments_page(
    site: Site, differences: int, says: str
) -> None:
    await compared(site, differences)
    words = (await (await site.staff("dana")).get(f"{INBOX}/payments")).words
    assert says in words
    assert "12,345 entries, from Oct 16, 2026 to Nov 20, 2026." in words


async def test_before_any_comparison_the_page_says_how_to_make_one(site: Site) -> None:
    await compared(site, 0)
    async with site.ctx.begin(site.acme.account.id) as work:
        assert isinstance(work.accounts, Bound)
        await work.accounts.connection.execute(delete(reconciliations))
    words = (await (await site.staff("dana")).get(f"{INBOX}/payments")).words
    assert "selfbill reconcile" in words
    assert "Not yet" in words
