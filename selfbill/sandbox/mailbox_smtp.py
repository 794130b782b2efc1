"""The mailbox's SMTP side: takes every mail, unless a fault says otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session

from selfbill.sandbox.faults import FaultKind, FaultTable

REFUSE = "refuse"  # hang up as soon as somebody connects
REPLIES = {
    421: "Service not available",
    451: "Requested action aborted",
    452: "Insufficient storage",
    550: "Mailbox unavailable",
    552: "Exceeded storage allocation",
    554: "Transaction failed",
}

TakeIn = Callable[[bytes, str, list[str]], None]


class SmtpSide:
    """Listens on loopback in the running event loop; `take_in` gets raw bytes, sender and recipients.

    Faults meet `SMTP CONNECT` and `SMTP DATA`; a status fault's `status` is the SMTP reply code.
    """

    def __init__(self, faults: FaultTable, take_in: TakeIn) -> None:
        self._faults = faults
        self._take_in = take_in
        self._open: set[asyncio.BaseTransport] = set()
        self._server: asyncio.Server | None = None

    async def start(self, port: int) -> int:
        """Listen, and return the port; OSError when it is taken."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(self._new_connection, "127.0.0.1", port)
        return int(self._server.sockets[0].getsockname()[1])

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for transport in list(self._open):
            _hang_up(transport)
        await asyncio.sleep(0)  # lets the connections notice

    def _new_connection(self) -> _Connection:
        return _Connection(self, self._faults, self._open)

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Called by aiosmtpd when a whole mail has arrived."""
        fault = self._faults.take("SMTP", "DATA")
        kind = fault.kind if fault else None
        if fault and kind in (FaultKind.SLOW, FaultKind.HANG):
            await fault.wait()
        if kind not in (FaultKind.HANG, FaultKind.LOST_BEFORE, FaultKind.STATUS_BEFORE):
            self._take_in(_bytes(envelope), envelope.mail_from or "", list(envelope.rcpt_tos))
        if kind in (FaultKind.HANG, FaultKind.LOST_BEFORE, FaultKind.LOST_AFTER):
            _hang_up(server.transport)
        if fault and kind in (FaultKind.STATUS_BEFORE, FaultKind.STATUS_AFTER):
            return f"{fault.status} {REPLIES.get(fault.status, 'Not now')}"
        return "250 OK"


class _Connection(SMTP):
    """One client; remembered so that the server can hang up when it stops."""

    def __init__(
        self, handler: SmtpSide, faults: FaultTable, connections: set[asyncio.BaseTransport]
    ) -> None:
        super().__init__(
            handler,
            enable_SMTPUTF8=True,
            hostname="mailbox.sandbox",
            ident="Selfbill sandbox",
            loop=asyncio.get_running_loop(),
        )
        self._faults = faults
        self._connections = connections
        self._own: asyncio.BaseTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._own = transport
        self._connections.add(transport)
        super().connection_made(transport)
        if self._faults.take("SMTP", "CONNECT", [REFUSE]):
            _hang_up(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if self._own is not None:
            self._connections.discard(self._own)
        super().connection_lost(error)


def _hang_up(transport: asyncio.BaseTransport | None) -> None:
    if isinstance(transport, asyncio.WriteTransport):
        transport.abort()


def _bytes(envelope: Envelope) -> bytes:
    content: Any = envelope.content
    return content if isinstance(content, bytes) else str(content).encode()
