"""Kartra's sentences about Self billing, each with the walks that go through it; the walks left over.

Where a sentence is said in two ways, on the portal and in a helpdesk, there is a walk of each.
"""

import importlib
from dataclasses import replace
from typing import Any

import pytest
from playwright.async_api import Page, expect

from billing.staff import deactivate_staff
from tests.journeys.conftest import OpenPage, Stage
from tests.journeys.faces import Customer
from tests.journeys.test_self_billing import Merchant, sees
from tests.journeys.widths import fits
from tests.make import system
from tests.people import alice, bob, dana, erin, grace

HERE, FACES = "journeys.test_kartra_article", "journeys.test_in_browsers"
SETTINGS, WIZARD = "journeys.test_self_billing", "journeys.test_helpdesk_wizard"
MEMBERS, ADDRESSES = "journeys.test_memberships", "portal.desk.test_addresses"
APART = f"{HERE}.test_two_surfaces_set_up_apart_and_what_customers_find"
PLANS = f"{HERE}.test_a_plan_without_helpdesks_is_taken_by_either_way_out"
TOGGLES = f"{SETTINGS}.test_the_portals_settings_by_their_own_words"
STEPS = f"{WIZARD}.test_each_choice_is_saved_when_made_and_customers_see_it"

# What a browser does not reach (a name server, a printed PDF) is walked over HTTP, or read in the file.
ARTICLE: dict[str, tuple[str, ...]] = {
    "The portal and a helpdesk's My Orders are two surfaces, set up apart": (APART,),
    "The portal comes with every plan, helpdesks with Growth and above": (PLANS,),
    "The portal has four switches: invoice download, card update, refund, cancel": (TOGGLES,),
    "The helpdesk has its billing section on or off, refund and cancel": (STEPS,),
    "Refund and cancel are each Automated or Manual, on the portal": (TOGGLES,),
    "Refund and cancel are each Automated or Manual, in a helpdesk": (STEPS, PLANS),
    "Automated acts as soon as the customer asks": (f"{FACES}.test_the_portal_acts_without_anybody",),
    "After the product's refund period an Automated refund is denied at once": (TOGGLES, APART),
    "Manual opens a ticket in a chosen helpdesk and department": (TOGGLES,),
    "Staff complete or reject it": (f"{FACES}.test_whoever_decides_every_face_follows",),
    "Manual needs a helpdesk, and a plan that includes one": (PLANS,),
    "A downgrade is blocked: set both to Automated first, or switch both off": (
        PLANS,
        f"{MEMBERS}.test_a_downgrade_that_would_leave_manual_alone_shows_both_ways_out",
    ),
    "A directory path of one's own is optional": (
        APART,
        "journeys.test_addresses.test_the_address_is_copied_and_its_code_is_drawn",
    ),
    "A custom domain is optional": (
        f"{ADDRESSES}.test_a_domain_is_added_looked_up_used_and_removed",
        f"{ADDRESSES}.test_a_domain_that_cannot_be_is_refused_with_the_reason_and_kept",
    ),
    "The helpdesk's wizard saves after each choice, then Save and next": (STEPS, PLANS),
    "The Order ID of any payment, a renewal's too, and the purchase e-mail sign in": (APART,),
    "Order ID and e-mail are both of the same customer": (APART,),
    "The Order ID is at the top right of the invoice": (
        "journeys.test_access.test_pages_before_sign_in",
        "portal.documents.test_draw.test_order_id_stands_at_the_top_right",
    ),
    "Each purchase is a module; Show details opens a subscription's payments": (APART,),
    "A subscription shows its next payment, or when it ends": (APART,),
    "An instant cancellation ends it at once, and is final": (APART,),
    "A delayed one goes on to the period's end, and can be undone": (
        f"{FACES}.test_the_portal_acts_without_anybody",
    ),
    "Staff refund in full or in part": (
        "journeys.test_deciding.test_a_part_by_keyboard_two_people_and_many_at_once",
    ),
    "Cancelling is a separate act": (APART,),
    "An issued invoice never changes": (
        "portal.customer.test_documents.test_the_invoice_names_the_order_id_and_stays_the_same",
        "billing.documents.test_issuing.test_later_changes_do_not_reach_an_issued_document",
    ),
    "The help icon leads to a helpdesk, an external address or an e-mail address": (
        f"{MEMBERS}.test_the_icon_follows_what_the_desk_says",
        "journeys.test_help_icon.test_it_works_under_a_strict_policy",
    ),
}
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "java_script_enabled": False}


@pytest.mark.parametrize("sentence", ARTICLE)
def test_each_sentence_is_walked(sentence: str) -> None:
    for walk in ARTICLE[sentence]:
        module, _, name = walk.rpartition(".")
        assert callable(getattr(importlib.import_module(f"tests.{module}"), name))


async def test_two_surfaces_set_up_apart_and_what_customers_find(stage: Stage, open_page: OpenPage) -> None:
    merchant = Merchant((await stage.desk(erin)).page)
    await others_do_not_get_in(stage, await open_page())
    by_renewal = replace(alice, order_id=alice.subscription_order_id)
    portal = await stage.customer(stage.places.portal, by_renewal)
    helpdesk = await stage.customer(stage.places.helpdesk)
    await shows_what_was_bought(portal.page)
    await merchant.open()
    await merchant.page.get_by_label("Refunds", exact=True).select_option(label="Never")
    await merchant.way("When a cancellation takes effect", "At once").check()
    await merchant.save()
    # A renewal within its refund period goes back at once, and the subscription goes on.
    await ask_refund(portal, by_renewal.order_id)
    await portal.sees("$39.00 has been refunded")
    await sees(portal, "Cancel subscription", whether=True)
    await must_be_denied_after_the_period(stage, merchant.page, portal)
    # Switched off on the portal alone.
    await merchant.open()
    await merchant.switch("Allow refund transaction").uncheck()
    await merchant.save()
    await sees(portal, "Request refund", whether=False)
    await sees(helpdesk, "Request refund", whether=True)
    await sees(helpdesk, "Cancel subscription", whether=True)
    # Instant: it is over on both surfaces, and there is nothing to undo.
    await portal.cancel()
    await portal.sees("Membership Gold is canceled")
    for customer in (portal, helpdesk):
        await sees(customer, "Ended on", whether=True)
        for words in ("Cancel subscription", "Undo cancellation", "Next payment"):
            await sees(customer, words, whether=False)
    await must_move_to_another_path(stage, merchant.page, portal)


async def others_do_not_get_in(stage: Stage, page: Page) -> None:
    """An Order ID and an e-mail that are both right, but not of one customer."""
    await page.goto(stage.places.portal)
    await page.get_by_label("Order ID", exact=True).fill(bob.order_id)
    await page.get_by_label("E-mail address").fill(alice.email)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_text("We cannot sign you in with these.")).to_be_visible()


async def shows_what_was_bought(page: Page) -> None:
    """A module for each purchase: one line, or the next payment and all the past ones."""
    course, gold = (
        page.get_by_role("article", name=name) for name in ("Photography Masterclass", "Membership Gold")
    )
    await expect(course.get_by_role("listitem")).to_have_count(1)
    await expect(gold.get_by_text("Next payment")).to_be_visible()
    await expect(gold.get_by_text("Dec 16, 2026")).to_be_visible()
    await expect(gold.get_by_text("40001002").first).to_be_hidden()
    await gold.get_by_text("Show details").click()
    await expect(gold.get_by_role("listitem")).to_have_count(2)
    await expect(gold.get_by_text("40001002").first).to_be_visible()


async def ask_refund(customer: Customer, order_id: str) -> None:
    """From My Orders, with no code asked for."""
    page = customer.page
    await page.goto(customer.root)
    link = page.get_by_role("link", name=f"Request refund {order_id}")
    if not await link.is_visible():
        await page.get_by_text("Show details").click()
    await link.click()
    await page.get_by_label("Why do you want your money back?").select_option("other")
    await page.get_by_role("button", name="Request refund of").click()


async def must_be_denied_after_the_period(stage: Stage, page: Page, portal: Customer) -> None:
    """Paid three days ago, with a refund period of one."""
    await page.goto(f"{stage.places.desk}/products")
    await page.get_by_role("link", name="Photography Masterclass").click()
    await page.get_by_label("Days after the payment").fill("1")
    await page.get_by_role("button", name="Save", exact=True).click()
    await expect(page.get_by_text("Saved. It holds for every request from now on.")).to_be_visible()
    await ask_refund(portal, alice.order_id)
    await portal.sees("Your request for a refund of $149.00 was denied")
    told = portal.page.get_by_text("Denied automatically: the refund period ended on Nov 18, 2026")
    await expect(told.first).to_be_visible()
    assert stage.site.refunds(alice.order_id) == []


async def must_move_to_another_path(stage: Stage, page: Page, portal: Customer) -> None:
    """The customer's page is at the new path at once, and no longer at the old one."""
    await page.goto(f"{stage.places.desk}/address")
    await page.get_by_role("textbox", name="Path").fill("lumen-learning")
    await page.get_by_role("button", name="Change the path").click()
    await expect(page.get_by_label("Billing portal", exact=True)).to_have_value(
        f"{stage.site.url}/lumen-learning"
    )
    answer = await portal.page.goto(portal.root)
    assert answer is not None
    assert answer.status == 404
    moved = replace(portal, root=f"{stage.site.url}/lumen-learning")
    await sees(moved, "Membership Gold", whether=True)  # still signed in


async def test_a_plan_without_helpdesks_is_taken_by_either_way_out(stage: Stage) -> None:
    """Without JavaScript, on a phone."""
    site = stage.site
    await deactivate_staff(site.ctx, site.world.staff[grace.name], by=system(site.world.accounts["lumen"]))
    customer = await stage.customer(stage.places.portal)
    page = (await stage.desk(dana, **PHONE)).page
    await take(stage, page, "Starter")
    await expect(page.get_by_role("alert")).to_contain_text("Starter cannot be taken yet")
    await fits(page)
    # The one way out: both off.
    await page.get_by_role("link", name="Switch both off – Lumen Support").click()
    switches = [page.get_by_role("switch", name=f"Allow {what} requests") for what in ("refund", "cancel")]
    for each in switches:
        await each.uncheck()
    await page.get_by_role("button", name="Save", exact=True).click()
    await fits(page)
    await page.goto(f"{stage.places.desk}/plan")
    await expect(page.get_by_text("Manual handling needs a helpdesk")).to_have_count(0)
    # The other: both Automated. Customers read at once that nobody has to decide.
    await page.goto(f"{stage.places.desk}/helpdesks/{site.world.desk.id.hex}/self-billing")
    for each in switches:
        await each.check()
    for what in ("refund", "cancel"):
        how = page.get_by_role("group", name=f"How {what} requests are handled")
        await how.get_by_role("radio", name="Automated").check()
    await page.get_by_role("button", name="Save and next").click()
    await expect(page.get_by_role("heading", name="Team & Slack")).to_be_visible()
    await page.goto(f"{stage.places.desk}/helpdesks")
    await page.locator("summary", has_text="Archive").click()
    await page.get_by_role("button", name="Archive this helpdesk").click()
    await take(stage, page, "Starter")
    await expect(page.get_by_text("Your plan is Starter.", exact=True)).to_be_visible()
    # Manual says why it cannot be; the portal goes on, the helpdesk is gone.
    await page.goto(f"{stage.places.desk}/products/self-billing")
    await expect(page.get_by_text("has no helpdesks, so nothing can be Manual")).to_be_visible()
    await expect(Merchant(page).way("How refunds are handled", "Manual")).to_be_disabled()
    await fits(page)
    await page.get_by_role("main").get_by_role("link", name="Change the plan").click()
    await expect(page.get_by_role("heading", name="Plan", level=1)).to_be_visible()
    await sees(customer, "Request refund", whether=True)
    gone = await customer.page.goto(stage.places.helpdesk)
    assert gone is not None
    assert gone.status == 404


async def take(stage: Stage, page: Page, plan: str) -> None:
    """This plan, by its own page."""
    await page.goto(f"{stage.places.desk}/plan")
    await page.get_by_role("radio", name=plan).check()
    await page.get_by_role("button", name="Change the plan").click()
