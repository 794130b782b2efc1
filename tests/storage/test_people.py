"""Accounts, staff, customers, helpdesks and who is who in Slack."""

from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from billing import records as r
from billing.edges import SlackLink
from billing.errors import NotFound
from billing.ids import CustomerId, HelpdeskId, StaffId, new_id
from billing.states import AskCode, CancelWhen, Handling, Surface
from storage import rows
from storage.tables import sales
from tests.storage.shop import Shop, connection_of, open_shop

MAIL = "alice@example.com"


async def test_the_account_is_that_of_the_unit_of_work(shop: Shop) -> None:
    async with shop.store.read(shop.id) as work:
        assert await work.accounts.get() == shop.account


async def test_staff_are_found_by_any_spelling_of_their_address(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        assert await work.staff.find_by_email("dana@example.com") == shop.staff
        assert await work.staff.get(shop.staff.id) == shop.staff
        assert list(await work.staff.list()) == [shop.staff]
        with pytest.raises(NotFound):
            await work.staff.get(new_id(StaffId))
    twin = replace(shop.staff, id=new_id(StaffId), email="DANA@example.com")
    with pytest.raises(IntegrityError):
        await shop.write(lambda work: work.staff.add(twin))


async def test_a_pair_is_found_whole_or_not_at_all(shop: Shop) -> None:
    bob = r.Customer(new_id(CustomerId), shop.id, "Bob", "bob@example.com", None)
    async with shop.store.begin(shop.id) as work:
        connection, key = connection_of(work), "bob@example.com"
        await connection.execute(sales.customers.insert(), rows.customer_values(bob))
        mail = {"account_id": shop.id, "customer_id": bob.id, "email_key": key}
        await connection.execute(sales.customer_emails.insert(), mail)
        customers = work.customers
        for order_id in ("1001", "2001", "2003"):
            assert await customers.find_by_pair(order_id, MAIL) == shop.alice
        assert await customers.find_by_pair("1001", key) is None
        assert await customers.find_by_pair("9999", MAIL) is None
        assert await customers.find_by_pair("1001", "") is None
        assert list(await customers.list_by_email(key)) == [bob]
        assert list(await customers.list_email_keys(shop.alice.id)) == [MAIL]


async def test_a_language_is_remembered(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        await work.customers.set_locale(shop.alice.id, "ja")
        assert (await work.customers.get(shop.alice.id)).locale == "ja"
        with pytest.raises(NotFound):
            await work.customers.set_locale(new_id(CustomerId), "ja")


async def test_helpdesks_and_their_departments_are_listed(shop: Shop) -> None:
    async with shop.store.read(shop.id) as work:
        assert await work.helpdesks.get(shop.helpdesk.id) == shop.helpdesk
        assert await work.helpdesks.find_by_slug("support") == shop.helpdesk
        assert await work.helpdesks.find_by_slug("other") is None
        assert list(await work.helpdesks.list()) == [shop.helpdesk]
        assert list(await work.helpdesks.list_departments(shop.helpdesk.id)) == [shop.department]
        with pytest.raises(NotFound):
            await work.helpdesks.get(new_id(HelpdeskId))


async def test_each_surface_has_its_own_settings(shop: Shop) -> None:
    portal = r.SelfBilling(
        account_id=shop.id,
        surface=Surface.PORTAL,
        helpdesk_id=None,
        invoices=True,
        card_update=False,
        refund=Handling.AUTOMATED,
        cancel=None,
        cancel_when=CancelWhen.PERIOD_END,
        ticket_helpdesk_id=shop.helpdesk.id,
        ticket_department_id=shop.department.id,
        code_for_documents=AskCode.BEFORE,
        code_for_refund=AskCode.BEFORE,
        code_for_card=AskCode.NEVER,
    )
    helpdesk = replace(portal, surface=Surface.HELPDESK, helpdesk_id=shop.helpdesk.id, refund=None)
    async with shop.store.begin(shop.id) as work:
        get = work.helpdesks.get_self_billing
        with pytest.raises(NotFound):
            await get(Surface.PORTAL, None)
        await work.helpdesks.put_self_billing(portal)
        await work.helpdesks.put_self_billing(helpdesk)
        changed = replace(portal, cancel=Handling.MANUAL)
        await work.helpdesks.put_self_billing(changed)
        assert await get(Surface.PORTAL, None) == changed
        assert await get(Surface.HELPDESK, shop.helpdesk.id) == helpdesk


async def test_a_staff_member_is_one_slack_user(shop: Shop) -> None:
    rival = await open_shop(shop.store, "rival")
    first = SlackLink(shop.id, "T1", "U1", shop.staff.id)
    second = replace(first, user_id="U2")
    async with shop.store.begin(shop.id) as work:
        await work.channels.put_link(first)
        await work.channels.put_link(first)
        assert await work.channels.find_link("T1", "U1") == first
        await work.channels.put_link(second)
        assert await work.channels.find_link("T1", "U1") is None
        assert await work.channels.find_link_of_staff(shop.staff.id) == second
    elsewhere = replace(second, account_id=rival.id, staff_id=rival.staff.id)
    await rival.write(lambda work: work.channels.put_link(elsewhere))
    found = await shop.store.find_slack_links("T1", "U2")
    assert {link.account_id for link in found} == {shop.id, rival.id}
