"""A mailbox to read in the browser and as JSON: SMTP on one port, pages on another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from selfbill.sandbox.faults import FaultTable, add_fault_routes
from selfbill.sandbox.human_pages import HEADERS, POLICY, Templates, add_static_route
from selfbill.sandbox.mailbox_messages import Mail, Messages, read_html, read_mail
from selfbill.sandbox.mailbox_smtp import REFUSE, SmtpSide
from selfbill.sandbox.standing import StandIn, listen

FILE = "mailbox.sqlite"
# A mail is anybody's HTML: it may look as it likes, load and run nothing, and open its links in a new window.
_NEW_WINDOWS = "allow-popups allow-popups-to-escape-sandbox"
_OF_A_MAIL = HEADERS | {
    "Content-Security-Policy": (
        f"sandbox {_NEW_WINDOWS}; default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    )
}


def utc_now() -> datetime:
    return datetime.now(UTC)


def build_mailbox(messages: Messages, faults: FaultTable) -> web.Application:
    """The browser's side: list, one mail, `GET` and `DELETE /api/messages`, `/_sandbox/faults`."""
    app = web.Application()
    templates = Templates()
    app.add_routes(
        [
            web.get("/", _list_page(messages, templates)),
            web.get("/messages/{id}", _mail_page(messages, templates)),
            web.get("/messages/{id}/html", _html_part(messages)),
            web.get("/api/messages", _as_json(messages)),
            web.get("/api/messages/{id}/raw", _as_sent(messages)),
            web.delete("/api/messages", _clear(messages)),
        ]
    )
    add_fault_routes(app, faults)
    add_static_route(app)
    return app


def _list_page(messages: Messages, templates: Templates) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        to = http.query.get("to") or None
        return templates.page("mailbox/list.html", mails=messages.every(to)[::-1], to=to)

    return handler


def _mail_page(messages: Messages, templates: Templates) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        mail = messages.find(http.match_info["id"])
        if mail is None:
            return templates.page("mailbox/gone.html", status=404)
        has_html = bool(read_html(messages.raw(mail.id) or b""))
        page = templates.page("mailbox/mail.html", mail=mail, has_html=has_html, sandbox=_NEW_WINDOWS)
        page.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
        return page

    return handler


def _html_part(messages: Messages) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        found = read_html(messages.raw(http.match_info["id"]) or b"")
        if not found:
            raise web.HTTPNotFound
        return web.Response(text=found, content_type="text/html", headers=_OF_A_MAIL)

    return handler


def _as_json(messages: Messages) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        return web.json_response([mail.as_json() for mail in messages.every(http.query.get("to"))])

    return handler


def _as_sent(messages: Messages) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        raw = messages.raw(http.match_info["id"])
        if raw is None:
            raise web.HTTPNotFound
        headers = {"Content-Disposition": "attachment; filename=mail.eml"}
        return web.Response(body=raw, content_type="message/rfc822", headers=headers)

    return handler


def _clear(messages: Messages) -> Handler:
    async def handler(_http: web.Request) -> web.Response:
        messages.clear()
        return web.Response(status=204)

    return handler


class MailboxSandbox(StandIn):
    """The mailbox listening on loopback; ports of 0 take free ones, `data` is the folder of the mails."""

    def __init__(
        self,
        *,
        data: Path | None = None,
        port: int = 0,
        smtp_port: int = 0,
        clock: Callable[[], datetime] = utc_now,
    ) -> None:
        self.messages = Messages(data / FILE if data else None)
        self.faults = FaultTable((REFUSE,))
        self.url = ""
        self.smtp_port = smtp_port
        self._port = port
        self._clock = clock
        self._smtp = SmtpSide(self.faults, self._take_in)
        self._runner = web.AppRunner(
            build_mailbox(self.messages, self.faults), access_log=None, shutdown_timeout=0.2
        )
        self._arrival = asyncio.Condition()
        self._announcing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Listen on both; OSError when a port is taken."""
        self.url = await listen(self._runner, self._port)
        self.smtp_port = await self._smtp.start(self.smtp_port)

    async def stop(self) -> None:
        await self._smtp.stop()
        await self._runner.cleanup()
        await asyncio.gather(*self._announcing, return_exceptions=True)
        self.messages.close()

    async def wait_for(self, count: int, *, to: str | None = None, patience: float = 30) -> list[Mail]:
        """The mails (to that address) once there are this many; TimeoutError after `patience` seconds."""
        async with asyncio.timeout(patience), self._arrival:
            await self._arrival.wait_for(lambda: len(self.messages.every(to)) >= count)
        return self.messages.every(to)

    def _take_in(self, raw: bytes, sender: str, recipients: list[str]) -> None:
        self.messages.add(read_mail(raw, sender, recipients, self._clock()), raw)
        task = asyncio.get_running_loop().create_task(self._announce())
        self._announcing.add(task)
        task.add_done_callback(self._announcing.discard)

    async def _announce(self) -> None:
        async with self._arrival:
            self._arrival.notify_all()
