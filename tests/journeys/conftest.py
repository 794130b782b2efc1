"""Browsers for journeys: every person has one of their own."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.journeys.faces import Customer, Desk, Places, SlackWindow
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

    async def customer(self, root: str, person: CustomerPerson = alice, **options: Any) -> Customer:
        """Signed in at this surface."""
        page = await self._open_page(**options)
        customer = Customer(page, self.places, root, person.order_id, person.email)
        await customer.sign_in()
        return customer

    async def desk(self, person: StaffPerson = dana, **options: Any) -> Desk:
        """Signed in at the desk."""
        desk = Desk(await self._open_page(**options), self.places)
        await desk.sign_in(person.email, person.password)
        return desk

    async def slack(self, person: StaffPerson = dana, **options: Any) -> SlackWindow:
        """The helpdesk's channel."""
        window = SlackWindow(await self._open_page(**options), self.places)
        await window.open(person.name)
        return window


@pytest.fixture
def stage(live_site: Site, open_page: OpenPage) -> Stage:
    """The whole product, running, with browsers for whoever enters."""
    return Stage(live_site, open_page)
