"""The pages of the sandbox's processor: the hosted card page, and the overview a person looks at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import pytest

from tests.selfbill.sandbox.processor_bench import Bench, open_bench

BACK = "http://127.0.0.1:9/cards/done?session={CHECKOUT_SESSION_ID}"
CARD = {"number": "5555 5555 5555 4444", "expires": "4 / 29", "cvc": "123"}


class Browser:
    """Follows nothing, runs nothing."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, url: str) -> tuple[int, str]:
        async with self._session.get(url) as answer:
            return answer.status, await answer.text()

    async def post(self, url: str, **typed: str) -> tuple[int, str]:
        """The status, and where a redirect leads or else the page."""
        async with self._session.post(url, data=typed, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location") or await answer.text()


@asynccontextmanager
async def open_browser(origin: str = "") -> AsyncIterator[Browser]:
    """A browser on the pages themselves, or on another site's."""
    headers = {"Origin": origin} if origin else {}
    async with aiohttp.ClientSession(headers=headers) as session:
        yield Browser(session)


async def checkout(bench: Bench) -> Any:
    asked = {"mode": "setup", "currency": "usd", "customer": "cus_alice", "success_url": BACK}
    return await bench.v1.checkout.sessions.create_async(asked)


async def test_a_card_that_works_is_saved_and_leads_back() -> None:
    async with open_bench() as bench, open_browser() as browser:
        session = await checkout(bench)
        status, page = await browser.get(session.url)
        assert (status, "alice@example.net" in page) == (200, True)
        status, location = await browser.post(session.url, **CARD)
        assert (status, location) == (303, BACK.replace("{CHECKOUT_SESSION_ID}", session.id))
        done = await bench.v1.checkout.sessions.retrieve_async(session.id, {"expand": ["setup_intent"]})
        card = await bench.v1.payment_methods.retrieve_async(done.setup_intent.payment_method)
        assert (done.status, done.setup_intent.status) == ("complete", "succeeded")
        assert (card.card.brand, card.card.last4, card.card.exp_year) == ("mastercard", "4444", 2029)
        assert card.customer == "cus_alice"


async def test_checkout_leaves_the_default_card_to_the_merchant() -> None:
    async with open_bench() as bench, open_browser() as browser:
        await browser.post((await checkout(bench)).url, **CARD)
        customer = await bench.v1.customers.retrieve_async("cus_alice")
        assert customer.invoice_settings.default_payment_method == "pm_alice"


async def test_the_portal_makes_the_card_the_default() -> None:
    async with open_bench() as bench, open_browser() as browser:
        flow = {"type": "payment_method_update"}
        asked = {"customer": "cus_alice", "return_url": "http://127.0.0.1:9/", "flow_data": flow}
        session = await bench.v1.billing_portal.sessions.create_async(asked)
        assert await browser.post(session.url, **CARD) == (303, "http://127.0.0.1:9/")
        assert (await browser.get(session.url))[0] == 410
        customer = await bench.v1.customers.retrieve_async(
            "cus_alice", {"expand": ["invoice_settings.default_payment_method"]}
        )
        assert customer.invoice_settings.default_payment_method.card.last4 == "4444"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ({"number": "4000000000000002"}, "Your card was declined."),
        ({"number": "4000000000009995"}, "insufficient funds"),
        ({"number": "4111111111111112"}, "not one of the test cards"),
        ({"expires": "10/26"}, "in the past"),
        ({"expires": "13/29"}, "incomplete"),
        ({"cvc": "1"}, "security code is incomplete"),
        ({"number": "4000002760003184", "bank": "no"}, "unable to authenticate"),
        ({"number": "<script>"}, "&lt;script&gt;"),
    ],
)
async def test_a_card_that_fails_says_why_and_changes_nothing(typed: dict[str, str], says: str) -> None:
    async with open_bench() as bench, open_browser() as browser:
        session = await checkout(bench)
        status, page = await browser.post(session.url, **{**CARD, **typed})
        assert (status, says in page) == (422, True)
        assert (await bench.v1.checkout.sessions.retrieve_async(session.id)).status == "open"
        assert len(bench.sandbox.state.every("payment_method")) == 1


async def test_a_card_that_asks_is_saved_once_the_bank_agreed() -> None:
    async with open_bench() as bench, open_browser() as browser:
        session, typed = await checkout(bench), {**CARD, "number": "4000002760003184"}
        status, page = await browser.post(session.url, **typed)
        assert (status, "3-D Secure" in page) == (200, True)
        assert len(bench.sandbox.state.every("payment_method")) == 1
        assert (await browser.post(session.url, **typed, bank="yes"))[0] == 303


async def test_a_card_that_fails_later_leaves_the_renewal_unpaid() -> None:
    async with open_bench() as bench, open_browser() as browser:
        flow = {"customer": "cus_alice", "return_url": "http://127.0.0.1:9/"}
        session = await bench.v1.billing_portal.sessions.create_async(flow)
        await browser.post(session.url, **{**CARD, "number": "4000000000000341"})
        await browser.post(f"{bench.sandbox.url}/_sandbox/subscriptions/sub_gold/renew")
        assert (await bench.v1.subscriptions.retrieve_async("sub_gold")).status == "past_due"


@pytest.mark.parametrize("ending", ["used", "expired", "a day old", "unknown"])
async def test_a_page_that_is_over_says_so(ending: str) -> None:
    async with open_bench() as bench, open_browser() as browser:
        session = await checkout(bench)
        url = session.url
        match ending:
            case "used":
                await browser.post(url, **CARD)
            case "expired":
                await bench.v1.checkout.sessions.expire_async(session.id)
            case "a day old":
                bench.clock.turn(days=1)
            case _:
                url += "x"
        assert (await browser.get(url))[0] == 410
        assert (await browser.post(url, **CARD))[0] == 410


async def test_the_overview_shows_what_went_back_and_what_ends() -> None:
    async with open_bench() as bench, open_browser() as browser:
        assert "No money has gone back yet." in (await browser.get(bench.sandbox.url))[1]
        asked = {"charge": "ch_once", "amount": 450}
        refund = await bench.v1.refunds.create_async(asked, {"idempotency_key": "key-1"})
        await bench.v1.refunds.create_async(asked, {"idempotency_key": "key-1"})
        await bench.v1.subscriptions.update_async("sub_gold", {"cancel_at_period_end": True})
        page = (await browser.get(bench.sandbox.url))[1]
        for shown in (refund.id, "$4.50", "sub_gold", "2026-12-12", "key-1", "replayed"):
            assert shown in page
        assert "<script" not in page
        assert "style=" not in page


async def test_the_stylesheet_is_served() -> None:
    async with open_bench() as bench, open_browser() as browser:
        assert (await browser.get(f"{bench.sandbox.url}/static/sandbox.css"))[0] == 200


async def test_an_overdue_invoice_is_paid_on_its_page_with_the_banks_yes() -> None:
    async with open_bench() as bench, open_browser() as browser:
        card = bench.sandbox.change_card_elsewhere("cus_alice", "4000002760003184")
        invoice = await bench.v1.invoices.retrieve_async(bench.sandbox.renew("sub_gold")["latest_invoice"])
        url, saved = invoice.hosted_invoice_url, card["id"]
        status, page = await browser.get(url)
        assert (status, "Pay with visa ending in 3184" in page, "$39.00" in page) == (200, True, True)
        assert "Complete authentication" in (await browser.post(url, saved=saved))[1]
        status, page = await browser.post(url, saved=saved, bank="no")
        assert (status, "unable to authenticate" in page) == (422, True)
        assert await browser.post(url, saved=saved, bank="yes") == (303, url)
        assert "was paid on" in (await browser.get(url))[1]
        assert (await bench.v1.subscriptions.retrieve_async("sub_gold")).status == "active"


async def test_a_card_of_somebody_else_pays_nothing() -> None:
    async with open_bench() as bench, open_browser() as browser:
        bench.sandbox.change_card_elsewhere("cus_alice", "4000000000000341")
        invoice = await bench.v1.invoices.retrieve_async(bench.sandbox.renew("sub_gold")["latest_invoice"])
        assert (await browser.post(invoice.hosted_invoice_url, saved="pm_nobody"))[0] == 422
        status, page = await browser.post(invoice.hosted_invoice_url, **CARD, bank="yes")
        assert (status, page) == (303, invoice.hosted_invoice_url)
