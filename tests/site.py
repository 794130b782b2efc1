"""The whole product on loopback: real database, web, Bolt and SDKs, stand-ins outside, a turned clock."""

import asyncio
import re
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from html.parser import HTMLParser
from typing import Any

import aiohttp
from aiohttp import web
from argon2 import PasswordHasher
from sqlalchemy import func, select
from yarl import URL

from billing.context import Context
from billing.states import Surface
from bot.deliveries.pace import PACED
from portal.server import PortalRunner
from selfbill.own_workspace import connect_own_workspace
from selfbill.sandbox.mailbox import MailboxSandbox
from selfbill.sandbox.processor.server import ProcessorSandbox
from selfbill.sandbox.processor.state import WebhookTarget
from selfbill.sandbox.slack.server import SlackSandbox
from selfbill.settings import Settings
from selfbill.vault import SettingsVault
from selfbill.wiring import Service, open_service
from storage.bound import Bound
from storage.tables.ledger import WAITING, outbox
from tests.connected import WEBHOOK_SECRET
from tests.make import START, TurnedClock, World, past_of
from tests.people import CustomerPerson, StaffPerson

SECRET = "a secret of the tests, long enough to be one"
PATIENCE_S = 30.0  # for what has to happen: how fast this machine is is not what tests are about

# Cheap on purpose: what Argon2id costs is not what these tests are about.
QUICK_VAULT = SettingsVault(SECRET, hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@dataclass
class Page:
    """An answer, read: status, final address, and its HTML."""

    status: int
    url: str
    html: str
    headers: Mapping[str, str]

    @property
    def text(self) -> str:
        """What a person reads: no tags, white space joined."""
        bare = re.sub(r"<(script|style)\b.*?</\1>|<[^>]+>", " ", self.html, flags=re.DOTALL)
        return " ".join(bare.replace("&#39;", "'").replace("&amp;", "&").replace("&#34;", '"').split())

    def forms(self) -> "list[FormOnPage]":
        """All forms with the values they would send."""
        reader = _FormReader()
        reader.feed(self.html)
        return reader.forms


@dataclass
class FormOnPage:
    """A form as a browser would send it untouched."""

    action: str
    method: str
    fields: dict[str, str] = field(default_factory=dict)


class Browser:
    """One browser without JavaScript: keeps cookies, follows redirects, submits forms that are on pages."""

    def __init__(self, site: "Site") -> None:
        self.site = site
        jar = aiohttp.CookieJar(unsafe=True, treat_as_secure_origin=URL(site.url))
        self.session = aiohttp.ClientSession(cookie_jar=jar)

    async def get(self, path: str, *, follow: bool = True, **options: Any) -> Page:
        """GET a path of the site, or a whole address."""
        return await self._ask("GET", path, allow_redirects=follow, **options)

    async def post(
        self, path: str, fields: Mapping[str, str], *, follow: bool = True, origin: str | None = None
    ) -> Page:
        """POST fields as a form from our own origin; nothing is added."""
        headers = {"Origin": self.site.url if origin is None else origin}
        return await self._ask("POST", path, data=fields, headers=headers, allow_redirects=follow)

    async def send(self, path: str, body: bytes, *, content_type: str) -> Page:
        """POST a body from our own origin, such as a form with files."""
        headers = {"Origin": self.site.url, "Content-Type": content_type}
        return await self._ask("POST", path, data=body, headers=headers)

    async def submit(self, page: Page, action: str, *, follow: bool = True, **typed: str) -> Page:
        """Submit the form of `page` whose action ends so, with what was typed over its own values."""
        ends = f"/{action}"
        form = next(
            each
            for each in page.forms()
            if each.method == "post" and (each.action.split("?")[0].endswith(ends) or not action)
        )
        return await self.post(form.action, {**form.fields, **typed}, follow=follow)

    async def fill(self, path: str, action: str, *, follow: bool = True, **typed: str) -> Page:
        """GET a page and submit its form."""
        return await self.submit(await self.get(path), action, follow=follow, **typed)

    async def _ask(self, method: str, path: str, **options: Any) -> Page:
        url = path if path.startswith("http") else self.site.url + path
        async with self.session.request(method, url, **options) as answer:
            body = await answer.read()
            return Page(answer.status, str(answer.url), body.decode(errors="replace"), dict(answer.headers))


@dataclass
class Site:
    """A running site with everything outside standing in."""

    url: str
    world: World
    clock: TurnedClock
    service: Service
    processor: ProcessorSandbox
    slack: SlackSandbox
    mailbox: MailboxSandbox
    browsers: list[Browser] = field(default_factory=list)

    @property
    def ctx(self) -> Context:
        """For use cases."""
        return self.service.context

    def browser(self) -> Browser:
        """A fresh browser; closed with the site."""
        self.browsers.append(Browser(self))
        return self.browsers[-1]

    def root(self, surface: Surface = Surface.PORTAL, account: str = "lumen") -> str:
        """The path of a surface."""
        return f"/{account}" if surface is Surface.PORTAL else f"/{account}/help/support"

    async def sign_in(self, person: CustomerPerson, surface: Surface = Surface.PORTAL) -> Browser:
        """A browser in which this customer is signed in."""
        browser, root = self.browser(), self.root(surface, person.account)
        page = await browser.fill(f"{root}/sign-in", "sign-in", order_id=person.order_id, email=person.email)
        assert page.status == 200, page.text
        return browser

    async def prove(self, browser: Browser, surface: Surface = Surface.PORTAL) -> None:
        """Ask for the e-mailed code, read it in the mailbox, and give it."""
        root = self.root(surface)
        page = await browser.submit(await browser.get(f"{root}/code"), "code/send")
        await self.settle()
        page = await browser.submit(page, "code", code=self.newest_code())
        assert page.status == 200, page.text

    def newest_code(self) -> str:
        """The eight digits of the newest mail."""
        found = re.search(r"\b\d{4} ?\d{4}\b", self.mails()[-1]["text"])
        assert found, self.mails()[-1]
        return found.group().replace(" ", "")

    async def sign_in_staff(self, person: StaffPerson) -> Browser:
        """A browser in which this staff member is signed in at the desk."""
        browser = self.browser()
        page = await browser.fill(
            f"/{person.account}/desk/sign-in", "sign-in", email=person.email, password=person.password
        )
        assert page.status == 200, page.text
        return browser

    async def settle(self) -> int:
        """Deliver all that is due, as the relay would, and what the processor then tells us.

        The clock is turned as far as Slack's pace makes somebody wait, and no further.
        """
        tried = await self._deliver()
        while (slot := await self._next_slot()) is not None:
            self.clock.at = slot
            tried += await self._deliver()
        return tried

    async def _deliver(self) -> int:
        tried = await self.service.relay.drain()
        await self.processor.settle()
        return tried + await self.service.relay.drain()

    async def _next_slot(self) -> datetime | None:
        o = outbox.c
        paced = select(func.min(o.due_at)).where(WAITING, o.why == PACED, o.due_at > self.clock())
        async with self.ctx.read(self.world.accounts["lumen"].id) as work:
            assert isinstance(work.accounts, Bound)
            found: datetime | None = (await work.accounts.connection.execute(paced)).scalar_one()
        return found

    def mails(self) -> list[dict[str, Any]]:
        """All mails, newest last, as the mailbox shows them."""
        return [mail.as_json() for mail in self.mailbox.messages.every()]

    def refunds(self, order_id: str) -> list[int]:
        """The amounts that the processor holds as refunds of this payment, in minor units."""
        return [each["amount"] for each in self.processor.refunds(self.world.charges[order_id])]


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[FormOnPage] = []
        self._select = ""
        self._area = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(FormOnPage(values.get("action", ""), values.get("method", "get").lower()))
        elif self.forms and values.get("name") and tag in {"input", "textarea", "select"}:
            self._field(tag, values)
        elif tag == "option" and self._select and ("selected" in values or self._is_unset()):
            self.forms[-1].fields[self._select] = values.get("value", "")

    def _field(self, tag: str, values: dict[str, str]) -> None:
        name = values["name"]
        if values.get("type") == "file":
            return  # nothing chosen
        if tag == "select":
            self._select = name
        elif tag == "textarea":
            self.forms[-1].fields[name] = ""
        elif values.get("type") not in {"radio", "checkbox"} or "checked" in values:
            self.forms[-1].fields[name] = values.get("value", "")

    def _is_unset(self) -> bool:
        return self._select not in self.forms[-1].fields

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""


def free_socket() -> socket.socket:
    """A socket that listens on a free port of loopback."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    return listener


def settings_for(url: str, origin: str, site: "Outside", **more: Any) -> Settings:
    """Settings that connect lumen to the stand-ins."""
    values = {
        "database_url": url,
        "database_patience": PATIENCE_S,
        "secret_key": SECRET,
        "public_url": origin,
        "smtp_url": f"smtp://127.0.0.1:{site.mailbox.smtp_port}",
        "mail_from": "billing@lumen.example",
        "account": "lumen",
        "stripe_key": site.processor.secret_key,
        "stripe_api": site.processor.url,
        "stripe_webhook_secret": WEBHOOK_SECRET,
        "slack_team_id": site.slack.team_id,
        "slack_bot_token": site.slack.bot_token,
        "slack_signing_secret": site.slack.signing_secret,
        "slack_client_id": site.slack.client_id,
        "slack_client_secret": site.slack.client_secret,
        "slack_api": site.slack.base_url,
        **more,
    }
    return Settings(**values)


@dataclass
class Outside:
    """The stand-ins."""

    processor: ProcessorSandbox
    slack: SlackSandbox
    mailbox: MailboxSandbox


@asynccontextmanager
async def running_site(
    url: str, world: World, *, socket_mode: bool = False, live: bool = False
) -> AsyncIterator[Site]:
    """The site on a database that holds this world; its clock stands until a test turns it.

    Live, the relay runs as it does in service; otherwise a test delivers what is due by `Site.settle`.
    """
    clock = TurnedClock(START)
    async with AsyncExitStack() as stack:
        outside = Outside(
            await stack.enter_async_context(ProcessorSandbox(clock=clock)),
            await stack.enter_async_context(SlackSandbox(patience_s=PATIENCE_S)),
            await stack.enter_async_context(MailboxSandbox()),
        )
        outside.processor.seed(past_of(world))
        listener = free_socket()
        origin = f"http://127.0.0.1:{listener.getsockname()[1]}"
        more = {"slack_app_token": outside.slack.app_token} if socket_mode else {}
        settings = settings_for(url, origin, outside, **more)
        service = await stack.enter_async_context(open_service(settings, now=clock, vault=QUICK_VAULT))
        await connect_own_workspace(service.context, settings)
        runner = PortalRunner(service.app)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        await web.SockSite(runner, listener).start()
        if not socket_mode:
            outside.slack.request_url = f"{origin}/hooks/slack"
        target = WebhookTarget(f"{origin}/hooks/processor/lumen", WEBHOOK_SECRET)
        outside.processor.send_webhooks_to(target)
        if live:
            await stack.enter_async_context(_delivering(service))
        site = Site(origin, world, clock, service, outside.processor, outside.slack, outside.mailbox)
        yield site
        for browser in site.browsers:
            await browser.session.close()


@asynccontextmanager
async def _delivering(service: Service) -> AsyncIterator[None]:
    relay = asyncio.create_task(service.relay.run(), name="relay")
    yield
    relay.cancel()
    with suppress(asyncio.CancelledError):
        await relay
