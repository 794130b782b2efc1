"""The processor's own dashboard: what a merchant does there happens, and is refused in words."""

from __future__ import annotations

import pytest

from selfbill.sandbox.processor.dashboard import read_amount
from selfbill.sandbox.processor.errors import ApiError
from selfbill.sandbox.processor.past import write_books
from tests.selfbill.sandbox.processor_bench import SECOND, open_bench
from tests.selfbill.sandbox.test_processor_pages import open_browser


async def test_every_page_shows_its_object() -> None:
    async with open_bench() as bench, open_browser() as browser:
        dispute = bench.sandbox.open_dispute("ch_gold", is_inquiry=True)
        url = bench.sandbox.url
        for path, shown in (
            ("/payments", "ch_once"),
            ("/customers?find=alice@example.net", "cus_alice"),
            ("/customers?find=nobody", "There are none like this."),
            ("/subscriptions", "sub_gold"),
            ("/disputes", dispute["id"]),
            ("/payments/ch_gold", "warning needs response"),
            ("/payments?find=ch_once", "Payment of $10.00"),
            ("/customers/cus_alice", "visa •••• 4242"),
            ("/subscriptions/sub_gold", "Subscription to Gold"),
            (f"/disputes/{dispute['id']}", "Becomes a dispute"),
        ):
            status, page = await browser.get(url + path)
            assert (path, status, shown in page) == (path, 200, True)
            assert "<script" not in page
            assert "style=" not in page
        assert (await browser.get(f"{url}/payments/ch_nobody"))[0] == 404


async def test_the_books_of_years_fit_on_pages() -> None:
    async with open_bench() as bench, open_browser() as browser:
        bench.sandbox.seed(write_books(120, now=SECOND))
        status, page = await browser.get(f"{bench.sandbox.url}/payments")
        after = page.partition("/payments?after=")[2].partition("&amp;")[0]
        assert (status, bool(after), page.count("<tr>")) == (200, True, 51)
        older = (await browser.get(f"{bench.sandbox.url}/payments?after={after}"))[1]
        assert after not in older.partition("Older ones")[0]
        assert older.count("<tr>") == 51
        for place in ("customers", "subscriptions", "disputes"):
            assert (await browser.get(f"{bench.sandbox.url}/{place}"))[0] == 200


async def test_a_refund_is_made_and_fails_after_all() -> None:
    async with open_bench() as bench, open_browser() as browser:
        do = f"{bench.sandbox.url}/do"
        assert await browser.post(f"{do}/refund/ch_once", amount="4.50") == (303, "/payments/ch_once")
        [refund] = bench.sandbox.refunds("ch_once")
        assert (refund["amount"], refund["status"]) == (450, "succeeded")
        assert (await browser.post(f"{do}/fail-refund/{refund['id']}"))[0] == 303
        assert bench.sandbox.refunds("ch_once")[0]["status"] == "failed"


async def test_what_cannot_be_is_said_and_what_was_typed_stays() -> None:
    async with open_bench() as bench, open_browser() as browser:
        do = f"{bench.sandbox.url}/do"
        status, page = await browser.post(f"{do}/refund/ch_once", amount="73")
        assert (status, "is greater than charge amount" in page, 'value="73"' in page) == (422, True, True)
        status, page = await browser.post(f"{do}/refund/ch_once", amount="ten")
        assert (status, "is not an amount in USD" in page) == (422, True)
        assert (await browser.post(f"{do}/win/ch_once"))[0] == 422
        assert (await browser.post(f"{do}/burn/ch_once"))[0] == 404
        assert (await browser.post(f"{do}/refund/ch_nobody"))[0] == 404
        assert bench.sandbox.refunds("ch_once") == []


async def test_a_subscription_is_scheduled_undone_billed_and_ended() -> None:
    async with open_bench() as bench, open_browser() as browser:
        do, get = f"{bench.sandbox.url}/do", bench.sandbox.state.get
        await browser.post(f"{do}/cancel-later/sub_gold")
        assert get("subscription", "sub_gold")["cancel_at_period_end"]
        await browser.post(f"{do}/undo/sub_gold")
        await browser.post(f"{do}/change-own-card/sub_gold", number="4000000000000341")
        await browser.post(f"{do}/renew/sub_gold")
        assert get("subscription", "sub_gold")["status"] == "past_due"
        assert (await browser.post(f"{do}/cancel/sub_gold")) == (303, "/subscriptions/sub_gold")
        assert get("subscription", "sub_gold")["status"] == "canceled"
        assert (await browser.post(f"{do}/cancel/sub_gold"))[0] == 422


async def test_a_customer_gets_another_card_and_buys() -> None:
    async with open_bench() as bench, open_browser() as browser:
        do, state = f"{bench.sandbox.url}/do", bench.sandbox.state
        assert (await browser.post(f"{do}/change-card/cus_alice", number="378282246310005"))[0] == 303
        assert (await browser.post(f"{do}/change-card/cus_alice", number="1"))[0] == 422
        assert (await browser.post(f"{do}/sell/cus_alice", amount="7"))[0] == 303
        default = state.get("customer", "cus_alice")["invoice_settings"]["default_payment_method"]
        assert state.get("payment_method", default)["card"]["brand"] == "amex"
        assert state.every("charge")[0]["amount"] == 700


async def test_a_dispute_is_opened_and_lost() -> None:
    async with open_bench() as bench, open_browser() as browser:
        do = f"{bench.sandbox.url}/do"
        await browser.post(f"{do}/dispute/ch_once", amount="4", inquiry="yes")
        [dispute] = bench.sandbox.state.every("dispute")
        assert (dispute["amount"], dispute["status"]) == (400, "warning_needs_response")
        await browser.post(f"{do}/escalate/{dispute['id']}")
        await browser.post(f"{do}/lose/{dispute['id']}")
        assert bench.sandbox.state.get("dispute", dispute["id"])["status"] == "lost"
        assert (await browser.post(f"{do}/dispute/ch_gold", amount="99"))[0] == 422


async def test_another_site_cannot_press_the_buttons() -> None:
    async with open_bench() as bench, open_browser("http://elsewhere.example") as browser:
        assert (await browser.post(f"{bench.sandbox.url}/do/refund/ch_once"))[0] == 403
        assert bench.sandbox.refunds("ch_once") == []


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("", "usd", None), ("4", "usd", 400), ("4,5", "eur", 450), ("4.50", "usd", 450), ("450", "jpy", 450)],
)
def test_amounts_are_read_in_their_currency(text: str, currency: str, minor: int | None) -> None:
    assert read_amount(text, currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"), [("4.505", "usd"), ("1.5", "jpy"), ("-3", "usd"), ("x", "usd")]
)
def test_what_is_no_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(ApiError):
        read_amount(text, currency)
