"""Browsers for journeys: every person has one of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest
from playwright.async_api import expect

from billing.asking import ask_refund
from billing.records import Request
from billing.states import RefundReason, Surface
from portal.forms import new_once_key
from tests.journeys.faces import Customer, Desk, Places, SlackWindow
from tests.make import charges_of, sell_many
from tests.people import CustomerPerson, StaffPerson, alice, dana
from tests.site import Site

if TYPE_CHECKING:
    from playwright.async_api import Browser, ConsoleMessage, Page

OpenPage = Callable[..., Awaitable["Page"]]


@pytest.fixture
async def open_page(browser: "Browser") -> AsyncIterator[OpenPage]:
    """Opens a page in a browser profile of its own, with Playwright's options; none may report an error."""
    contexts, errors = [], []

    async def open_one(**options: Any) -> "Page":
        context = await browser.new_context(**({"viewport": {"width": 1280, "height": 900}} | options))
        contexts.append(context)
        context.on("weberror", lambda error: errors.append(str(error.error)))
        context.on("console", lambda line: errors.append(line.text) if _is_fault(line) else None)
        return await context.new_page()

    yield open_one
    for context in contexts:
        await context.close()
    assert errors == []


def _is_fault(line: "ConsoleMessage") -> bool:
    """An error of a script or of our own policy; a refused form and a server that was stopped are none."""
    return line.type == "error" and not line.text.startswith("Failed to load resource")


class Stage:
    """The running site and its people, each in a browser of their own."""

    def __init__(self, site: Site, open_page: OpenPage) -> None:
        self.site = site
        self.places = Places.of_site(site)
        self._open_page = open_page

    async def visitor(self, root: str, person: CustomerPerson = alice, **options: Any) -> Customer:
        """Who has a browser, and has not signed in at this surface."""
        page = await self._open_page(**options)
        return Customer(page, self.places, root, person.order_id, person.email)

    async def customer(self, root: str, person: CustomerPerson = alice, **options: Any) -> Customer:
        """Signed in at this surface, at My Orders; the form itself is walked by those who visit."""
        customer = await self.visitor(root, person, **options)
        await self._sign_in(customer.page, root, order_id=person.order_id, email=person.email)
        await expect(customer.page.get_by_role("heading", name="My Orders")).to_be_visible()
        return customer

    async def desk(self, person: StaffPerson = dana, **options: Any) -> Desk:
        """Signed in at the desk, at its inbox."""
        desk = Desk(await self._open_page(**options), self.places)
        await self._sign_in(desk.page, self.places.desk, email=person.email, password=person.password)
        await expect(desk.page.get_by_role("heading", name="Inbox")).to_be_visible()
        return desk

    async def ask_refund(self, person: CustomerPerson = alice, order_id: str = "") -> Request:
        """A refund request in the helpdesk, Manual there; made without the pages, which others walk."""
        world = self.site.world
        return await ask_refund(
            self.site.ctx,
            world.payments[order_id or person.order_id],
            by=world.customer(person, surface=Surface.HELPDESK),
            reason=RefundReason.CUSTOMER_REQUEST,
            message="",
            once_key=new_once_key(),
        )

    async def sell_to_bob(self, count: int) -> list[str]:
        """So many payments of 25.00, by Order ID."""
        orders = await sell_many(self.site.ctx, self.site.world, count)
        self.site.processor.seed(charges_of(self.site.world, orders))
        return orders

    async def _sign_in(self, page: "Page", root: str, **typed: str) -> None:
        """By a form sent without the browser, which is given the visit and opens `root`."""
        sender = self.site.browser()
        answer = await sender.fill(f"{root}/sign-in", "sign-in", follow=False, **typed)
        assert answer.status == 303, answer.text
        # To be handed over they have to come from https; Chromium takes loopback for as safe as that.
        safe = self.site.url.replace("http://", "https://", 1)
        visit = [(each.key, each.value) for each in sender.session.cookie_jar]
        await page.context.add_cookies(
            [{"name": name, "value": value, "url": safe, "secure": True} for name, value in visit]
        )
        await page.goto(root)

    async def slack(self, person: StaffPerson = dana, **options: Any) -> SlackWindow:
        """The helpdesk's channel."""
        window = SlackWindow(await self._open_page(**options), self.places)
        await window.open(person.name)
        return window


@pytest.fixture
def stage(live_site: Site, open_page: OpenPage) -> Stage:
    """The whole product, running, with browsers for whoever enters."""
    return Stage(live_site, open_page)
