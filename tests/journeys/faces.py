"""What each person sees and does, in a real browser: the customer, the desk, and Slack's window."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from playwright.async_api import Locator, Page, expect

from billing.states import Surface
from tests.site import Site

CODE = re.compile(r"^\d{8}$", re.MULTILINE)
PATIENCE = 60.0  # seconds; only a machine under load needs them
_Found = TypeVar("_Found")

expect.set_options(timeout=PATIENCE * 1000)


async def until(look: Callable[[], Awaitable[_Found]], is_right: Callable[[_Found], bool]) -> _Found:
    """What `look` finds, once it is right."""
    async with asyncio.timeout(PATIENCE):
        while not is_right(found := await look()):  # noqa: ASYNC110 - a server in another process
            await asyncio.sleep(0.05)
    return found


@dataclass(frozen=True)
class Places:
    """Where everything is, the product and what stands in outside."""

    portal: str
    helpdesk: str
    desk: str
    mailbox: str
    slack: str
    processor: str

    @classmethod
    def of_site(cls, site: Site) -> "Places":
        """Those of the site in this process."""
        portal, helpdesk = (site.url + site.root(each) for each in (Surface.PORTAL, Surface.HELPDESK))
        outside = (site.mailbox.url, site.slack.url, site.processor.url)
        return cls(portal, helpdesk, f"{portal}/desk", *outside)

    @classmethod
    def of_facts(cls, facts: dict[str, Any]) -> "Places":
        """Those that `demo.json` names."""
        return cls(**{name: facts[name] for name in cls.__annotations__})


@dataclass
class Customer:
    """Somebody at a surface; `root` is its address."""

    page: Page
    places: Places
    root: str
    order_id: str
    email: str

    async def sign_in(self) -> None:
        """With Order ID and e-mail, up to My Orders."""
        await self.page.goto(self.root)
        await self.page.get_by_label("Order ID", exact=True).fill(self.order_id)
        await self.page.get_by_label("E-mail address").fill(self.email)
        await self.page.get_by_role("button", name="Sign in").click()
        await expect(self.page.get_by_role("heading", name="My Orders")).to_be_visible()

    async def prove(self) -> None:
        """Have the code sent, read it in the mailbox, and type it."""
        known = len(await self.codes())
        await self.page.get_by_role("button", name="Send me the code").click()
        await self.page.get_by_label("Code", exact=True).fill(await self.next_code(known))
        await self.page.get_by_role("button", name="Go on").click()

    async def ask_refund(self, message: str = "I bought it twice.") -> str:
        """From My Orders to the request's own page; returns the reference."""
        await self.page.get_by_role("link", name=f"Request refund {self.order_id}").click()
        await self.prove()
        await self.page.get_by_label("Why do you want your money back?").select_option("customer_request")
        await self.page.get_by_label("Anything we should know?").fill(message)
        await self.page.get_by_role("button", name="Request refund of").click()
        return await self.reference()

    async def cancel(self) -> str:
        """From My Orders to the cancellation's own page; returns the reference."""
        await self.page.goto(self.root)
        await self.page.get_by_role("link", name="Cancel subscription").click()
        await self.page.get_by_role("button", name="Cancel subscription").click()
        return await self.reference()

    async def reference(self) -> str:
        """The reference on the request's page."""
        return await self.page.locator("dl.facts .id").first.inner_text()

    async def sees(self, headline: str, *, patience: float = PATIENCE) -> None:
        """The page's headline becomes this, with no reload of ours, within `patience` seconds."""
        heading = self.page.get_by_role("heading", level=1, name=headline)
        await expect(heading).to_be_visible(timeout=patience * 1000)

    async def mails(self) -> list[dict[str, Any]]:
        """What the mailbox's JSON has for this customer, oldest first."""
        answer = await self.page.request.get(f"{self.places.mailbox}/api/messages?to={self.email}")
        found: list[dict[str, Any]] = await answer.json()
        return found

    async def codes(self) -> list[str]:
        """All codes that were mailed."""
        return [code for mail in await self.mails() for code in CODE.findall(mail["text"])]

    async def next_code(self, known: int) -> str:
        """The code that is mailed after `known` others."""
        return (await until(self.codes, lambda found: len(found) > known))[-1]

    async def mails_about(self, reference: str) -> list[str]:
        """The subjects of the mails that name this request, once the outcome's is among them."""

        async def look() -> list[str]:
            return [mail["subject"] for mail in await self.mails() if reference in mail["text"]]

        return await until(look, lambda found: len(found) > 1)


@dataclass
class SlackWindow:
    """Slack as one member has it open."""

    page: Page
    places: Places

    async def open(self, person: str = "Dana Whitfield") -> None:
        """The helpdesk's channel, as this person."""
        await self.page.goto(f"{self.places.slack}/c/C0SUPPORT1")
        if person != "Dana Whitfield":
            async with self.page.expect_navigation():
                await self.page.get_by_label("You are").select_option(person)
            await self.page.goto(f"{self.places.slack}/c/C0SUPPORT1")

    def card(self, reference: str) -> Locator:
        """The card of this request."""
        return self.page.locator("li.message").filter(has_text=reference)

    async def approve(self, reference: str, asked: str) -> None:
        """Press *Approve* and say yes to the dialog, which must say what is asked."""
        await self.card(reference).get_by_role("button", name="Approve").click()
        dialog = self.page.get_by_role("dialog")
        await expect(dialog).to_contain_text(asked)
        await dialog.locator("[data-yes]").click()

    async def deny(self, reference: str, answer: str) -> None:
        """Press *Deny*, write why in the modal and send it."""
        await self.card(reference).get_by_role("button", name="Deny").click()
        modal = self.page.get_by_role("dialog")
        await modal.get_by_label("Message to the customer").fill(answer)
        await modal.get_by_role("button", name="Deny", exact=True).click()
        await expect(modal).to_have_count(0)

    async def shows_decided(self, reference: str, *words: str) -> None:
        """The card says this, and has no button left that decides."""
        card = self.card(reference)
        for each in words:
            await expect(card).to_contain_text(each, timeout=PATIENCE * 1000)
        await expect(card.get_by_role("button")).to_have_count(0)


@dataclass
class Desk:
    """The merchant's desk, as one member has it open."""

    page: Page
    places: Places

    async def sign_in(self, email: str, password: str) -> None:
        """Up to the inbox."""
        await self.page.goto(self.places.desk)
        await self.page.get_by_label("E-mail address").fill(email)
        await self.page.get_by_label("Password").fill(password)
        await self.page.get_by_role("button", name="Sign in").click()
        await expect(self.page.get_by_role("heading", name="Inbox")).to_be_visible()

    async def open_request(self, reference: str) -> None:
        """From the inbox, where it appears by itself."""
        row = self.page.locator("li.card").filter(has_text=reference)
        await row.get_by_role("link").first.click()

    async def deny(self, answer: str) -> None:
        """On the request's page."""
        await self.page.locator("summary", has_text="Deny").click()
        await self.page.get_by_label("Why, in words to the customer").fill(answer)
        await self.page.get_by_role("button", name="Deny the request").click()

    async def approve(self) -> None:
        """On the request's page."""
        await self.page.locator("summary", has_text="Approve").click()
        await self.page.locator("#approve").get_by_role("button").click()
