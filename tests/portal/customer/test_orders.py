"""My Orders."""

from dataclasses import replace

import pytest
from sqlalchemy import update

from billing.ids import AccountId
from billing.records import SelfBilling
from billing.states import Surface
from storage.bound import Bound
from storage.tables.helpdesks import helpdesks
from tests.people import alice, bob
from tests.portal.customer.things import make_things
from tests.site import Site


async def change_settings(site: Site, surface: Surface, **changes: object) -> None:
    account_id: AccountId = site.world.accounts["lumen"].id
    helpdesk_id = site.world.desk.id if surface is Surface.HELPDESK else None
    async with site.ctx.begin(account_id) as work:
        settings: SelfBilling = await work.helpdesks.get_self_billing(surface, helpdesk_id)
        await work.helpdesks.put_self_billing(replace(settings, **changes))  # type: ignore[arg-type]


async def test_each_purchase_has_a_module_with_all_its_payments(site: Site) -> None:
    page = await (await site.sign_in(alice)).get("/lumen")
    assert page.html.count("<article") == 2
    assert all(order_id in page.text for order_id in ("40001001", "40001002", "40001003"))
    assert "Next payment Dec 16, 2026" in page.text


async def test_the_address_is_masked_until_the_code_is_given(site: Site) -> None:
    browser = await site.sign_in(alice)
    assert "alice@example.net" not in (await browser.get("/lumen")).html
    await site.prove(browser)
    assert "alice@example.net" in (await browser.get("/lumen")).text


async def test_nothing_of_alices_is_bobs(site: Site) -> None:
    page = await (await site.sign_in(bob)).get("/lumen")
    assert "40002001" in page.text
    assert "40001001" not in page.html
    assert "Membership Gold" not in page.html


async def test_what_is_pending_is_shown_in_place_of_its_action(site: Site) -> None:
    things = await make_things(site)
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await browser.get("/lumen/help/support")
    assert "You asked for a refund." in page.text
    assert f"{things.paths['request']}/withdraw" in page.html
    pending = site.world.payments["40001002"].hex
    assert f"/payments/{pending}/refund" not in page.html


@pytest.mark.parametrize(
    ("setting", "path"), [("refund", "/refund"), ("cancel", "/cancel"), ("invoices", "/invoice")]
)
async def test_what_is_switched_off_is_neither_shown_nor_done(site: Site, setting: str, path: str) -> None:
    await change_settings(site, Surface.PORTAL, **{setting: False if setting == "invoices" else None})
    browser = await site.sign_in(alice)
    await site.prove(browser)
    page = await browser.get("/lumen")
    assert f'{path}"' not in page.html
    things = {
        "/refund": f"/lumen/payments/{site.world.payments[alice.order_id].hex}/refund",
        "/cancel": f"/lumen/subscriptions/{site.world.alices_subscription.hex}/cancel",
        "/invoice": f"/lumen/payments/{site.world.payments[alice.order_id].hex}/invoice",
    }
    token = page.forms()[0].fields["csrf"]
    typed = {"reason": "other", "message": ""} if path != "/invoice" else {}
    answer = await browser.post(things[path], {"csrf": token, "once": "once", **typed})
    assert answer.status == 403


async def test_a_helpdesk_that_hides_billing_shows_its_tickets_alone(site: Site) -> None:
    async with site.ctx.begin(site.world.accounts["lumen"].id) as work:
        assert isinstance(work.accounts, Bound)
        await work.accounts.connection.execute(update(helpdesks).values(billing_shown=False))
    browser = await site.sign_in(alice, Surface.HELPDESK)
    page = await browser.get("/lumen/help/support")
    assert "Ask a question" in page.text
    assert "My Orders" not in page.text
    assert "Photography Masterclass" not in page.text
