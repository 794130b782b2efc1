"""The portal on loopback with a real database, and browsers that keep `__Host-` cookies over plain HTTP."""

from __future__ import annotations

import asyncio
import io
import re
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from aiohttp import ClientSession, DummyCookieJar, web
from sqlalchemy import make_url

from billing.addresses import Addresses
from billing.asking import ask_cancel, ask_refund
from billing.context import Context
from billing.records import Request
from billing.states import CancelReason, RefundReason, Role
from portal.app import PortalSettings, build_app
from portal.entries import Entry
from portal.forms import new_once_key
from portal.server import PortalRunner
from selfbill.vault import SettingsVault
from storage.store import SqlStore
from tests.portal.merchant import PASSWORD, QUICK, Bought, Merchant, open_merchant, sell

VAULT = SettingsVault("a secret of the tests only", hasher=QUICK)
NOW = datetime(2026, 11, 20, 15, 30, tzinfo=UTC)


class Clock:
    """The time, which tests turn."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at

    def turn(self, **by: float) -> None:
        """Forward, e.g. `minutes=16`."""
        self.at += timedelta(**by)


@dataclass(frozen=True)
class Answer:
    """What came back, whole."""

    status: int
    text: str
    headers: Mapping[str, str]
    cookies: tuple[str, ...]  # the Set-Cookie lines
    body: bytes = b""

    @property
    def location(self) -> str:
        """Where a redirect leads."""
        return self.headers["Location"]

    @property
    def words(self) -> str:
        """What a person reads: without tags, entities and line ends."""
        body = self.text.partition("<body")[2]
        return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


@dataclass
class Browser:
    """One visitor: keeps cookies, sends what browsers send with forms."""

    site: Site
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    async def get(self, path: str, **headers: str) -> Answer:
        """A page; redirects are not followed."""
        return await self._send("GET", path, None, headers)

    async def head(self, path: str) -> Answer:
        """Of a page, e.g. of one that never ends."""
        return await self._send("HEAD", path, None, {})

    async def post(self, path: str, fields: Mapping[str, str] | str | bytes, **headers: str) -> Answer:
        """A form as it is, without what our pages put into it."""
        sent = {"Origin": self.site.origin, "Sec-Fetch-Site": "same-origin", **headers}
        return await self._send("POST", path, fields, {k: v for k, v in sent.items() if v})

    async def submit(self, page: str, path: str, **fields: str) -> Answer:
        """Opens the page, fills its form in and sends it."""
        return await self.post(path, {**await self.hidden(page), **fields})

    async def hidden(self, page: str) -> dict[str, str]:
        """The CSRF token and a once-key as the page's forms carry them."""
        shown = await self.get(page)
        return {name: found(shown.text, rf'name="{name}" value="([^"]+)"') for name in ("csrf", "once")}

    async def _send(
        self,
        method: str,
        path: str,
        data: Mapping[str, str] | str | bytes | None,
        headers: Mapping[str, str],
    ) -> Answer:
        cookies = {"Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items())} if self.cookies else {}
        if isinstance(data, str):
            headers = {"Content-Type": "application/x-www-form-urlencoded", **headers}
        async with self.site.http.request(
            method,
            self.site.origin + path,
            data=io.BytesIO(data) if isinstance(data, bytes) else data,
            headers={**self.headers, **cookies, **headers},
            allow_redirects=False,
        ) as response:
            body = await response.read()
            text = body.decode(errors="replace")
            lines = tuple(response.headers.getall("Set-Cookie", []))
            self._keep(lines)
            return Answer(response.status, text, dict(response.headers), lines, body)

    def _keep(self, lines: tuple[str, ...]) -> None:
        for line in lines:
            for name, morsel in SimpleCookie(line).items():
                self.cookies[name] = morsel.value
                if morsel["max-age"] == "0":
                    del self.cookies[name]


@dataclass
class Site:
    """A running portal; acme has alice, bob and dana, erin, frank, grace; other has charlie and heidi."""

    origin: str
    ctx: Context
    clock: Clock
    http: ClientSession
    app: web.Application
    acme: Merchant
    other: Merchant
    alice: Bought
    bob: Bought
    charlie: Bought

    def browser(self) -> Browser:
        """Somebody new."""
        return Browser(self)

    async def staff(self, name: str) -> Browser:
        """Signed in at their own desk."""
        merchant = self.other if name == "heidi" else self.acme
        browser, desk = self.browser(), f"/{merchant.account.directory}/desk"
        answer = await browser.submit(
            f"{desk}/sign-in",
            f"{desk}/sign-in",
            email=merchant.staff[name].email,
            password=PASSWORD,
        )
        assert answer.status == 303, answer.words
        return browser

    async def refund(self, bought: Bought | None = None, *, message: str = "Not for me") -> Request:
        """A Manual refund request for 59.00, made in the helpdesk; alice's unless told."""
        who = bought or self.alice
        return await ask_refund(
            self.ctx,
            who.payment.id,
            by=self.acme.customer_actor(who),
            reason=RefundReason.NOT_AS_EXPECTED,
            message=message,
            once_key=new_once_key(),
        )

    async def cancel(self, bought: Bought | None = None) -> Request:
        """A Manual cancel request, made in the helpdesk."""
        who = bought or self.alice
        return await ask_cancel(
            self.ctx,
            who.subscription.id,
            by=self.acme.customer_actor(who),
            reason=CancelReason.UNUSED,
            message="",
            once_key=new_once_key(),
        )


def found(text: str, pattern: str) -> str:
    """The first group of the first match, which must be there."""
    match = re.search(pattern, text)
    assert match is not None, f"no {pattern} in {text[:300]}"
    return unescape(match[1])


@dataclass(frozen=True)
class Filled:
    """A database in which the people of `Site` are; it is copied, never used."""

    url: str
    people: Mapping[str, Any]

    def copied_to(self, folder: Path) -> Filled:
        """A database of one's own."""
        file = folder / "portal.sqlite3"
        shutil.copyfile(make_url(self.url).database or "", file)
        url = f"sqlite+aiosqlite:///{file}"
        merchants = {name: replace(self.people[name], url=url) for name in ("acme", "other")}
        return Filled(url, {**self.people, **merchants})


async def fill(url: str) -> Filled:
    """Puts everybody into a fresh SQLite database."""
    async with SqlStore(url, 20.0) as store:
        ctx = Context(store=store, vault=VAULT, addresses=Addresses("http://127.0.0.1"), now=Clock())
        people = await _people(ctx, url)
    with closing(sqlite3.connect(make_url(url).database or "")) as connection:  # all into the file itself
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return Filled(url, people)


@asynccontextmanager
async def open_site(
    filled: Filled, folder: Path, *, settings: PortalSettings | None = None, routes: tuple[Entry, ...] = ()
) -> AsyncIterator[Site]:
    """Serves until the block ends, on a copy of this database in `folder`."""
    mine = filled.copied_to(folder)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    origin = f"http://127.0.0.1:{listening.getsockname()[1]}"
    clock = Clock()
    async with SqlStore(mine.url, 20.0) as store:
        ctx = Context(store=store, vault=VAULT, addresses=Addresses(origin), now=clock)
        app = build_app(context=ctx, settings=settings or PortalSettings(), extra_routes=routes)
        runner = PortalRunner(app)
        await runner.setup()
        await web.SockSite(runner, listening).start()
        try:
            async with ClientSession(cookie_jar=DummyCookieJar()) as http:
                yield Site(origin=origin, ctx=ctx, clock=clock, http=http, app=app, **mine.people)
        finally:
            await runner.cleanup()


async def _people(ctx: Context, url: str) -> dict[str, Any]:
    roles = {
        "dana": (Role.OWNER, None),
        "erin": (Role.MANAGER, None),
        "frank": (Role.AGENT, 2500),
        "grace": (Role.VIEWER, None),
    }
    acme = await open_merchant(ctx, url, "acme", roles)
    other = await open_merchant(ctx, url, "other", {"heidi": (Role.OWNER, None)})
    return {
        "acme": acme,
        "other": other,
        "alice": await sell(acme, "Alice Ames", "alice@buyer.example", now=ctx.now(), order=40_107_225),
        "bob": await sell(acme, "Bob <b>Best</b>", "bob@buyer.example", now=ctx.now(), order=40_107_300),
        "charlie": await sell(other, "Charlie", "alice@buyer.example", now=ctx.now(), order=40_107_400),
    }


async def raw(site: Site, sent: bytes, *, seconds: float = 20.0) -> bytes:
    """Bytes on a socket, and all that comes back until the other side closes or falls silent."""
    host, port = site.origin.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    got = b""
    try:
        writer.write(sent)
        await writer.drain()
        async with asyncio.timeout(seconds):
            while chunk := await reader.read(65536):
                got += chunk
    except (TimeoutError, ConnectionError):
        pass
    finally:
        writer.close()
    return got
