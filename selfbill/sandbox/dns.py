"""A small name server on loopback, over UDP and TCP: TXT records, to be added on a page of its own."""

from __future__ import annotations

import asyncio
import socket
from typing import cast

from aiohttp import web
from aiohttp.typedefs import Handler
from dns import exception, flags, message, name, opcode, rcode, rdataclass, rdatatype, rrset
from dns.rdtypes.ANY.TXT import TXT

from selfbill.sandbox.human_pages import Templates, add_static_route
from selfbill.sandbox.standing import HOST, StandIn, listen

_TTL = 30  # seconds
_PIECE = 255  # bytes; what one string of a record holds
_MOST_RECORDS = 200


class Records:
    """Texts by name. `is_silent`: nobody gets an answer."""

    def __init__(self) -> None:
        self._texts: dict[name.Name, list[str]] = {}
        self.is_silent = False

    def add(self, host: str, text: str) -> None:
        """One more TXT record; raises ValueError for what is no name or too much."""
        if sum(map(len, self._texts.values())) >= _MOST_RECORDS or len(text) > 4 * _PIECE:
            raise ValueError("too much")
        try:
            key = name.from_text(host.strip().lower())
        except exception.DNSException:
            raise ValueError("no name") from None
        self._texts.setdefault(key, []).append(text)

    def remove(self, host: str) -> None:
        """All records of this name."""
        self._texts.pop(name.from_text(host.strip().lower()), None)

    def every(self) -> list[tuple[str, str]]:
        """Names and texts."""
        return [(key.to_text(omit_final_dot=True), text) for key in self._texts for text in self._texts[key]]

    def answer(self, wire: bytes, most: int) -> bytes | None:
        """The answer to one question, of at most so many bytes; None for what is none, and when silent."""
        try:
            asked = message.from_wire(wire)
        except exception.DNSException:
            return None
        if self.is_silent or asked.flags & flags.QR:
            return None
        response = message.make_response(asked, recursion_available=True)
        if asked.opcode() != opcode.QUERY or len(asked.question) != 1:
            response.set_rcode(rcode.NOTIMP)
        else:
            self._fill(response, asked.question[0])
        return response.to_wire(max_size=max(most, asked.payload), prefer_truncation=True)

    def _fill(self, response: message.Message, question: rrset.RRset) -> None:
        texts = self._texts.get(name.from_text(question.name.to_text().lower()))
        if texts is None:
            response.set_rcode(rcode.NXDOMAIN)
        elif question.rdtype == rdatatype.TXT:
            records = [TXT(rdataclass.IN, rdatatype.TXT, _pieces(text)) for text in texts]
            response.answer.append(rrset.from_rdata_list(question.name, _TTL, records))


def _pieces(text: str) -> list[bytes]:
    data = text.encode()
    return [data[at : at + _PIECE] for at in range(0, len(data), _PIECE)] or [b""]


class _Datagrams(asyncio.DatagramProtocol):
    def __init__(self, records: Records) -> None:
        self._records = records
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # What asyncio gives is one, but until Python 3.12 no subclass of it.
        self._transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        assert self._transport is not None
        answer = self._records.answer(data, 512)
        if answer is not None:
            self._transport.sendto(answer, addr)


def build_page(records: Records) -> web.Application:
    """The page: what is there, a form to add a record, a button to take a name's records away."""
    app = web.Application()
    templates = Templates()

    def show(wrong: str = "", status: int = 200) -> web.Response:
        return templates.page("dns/records.html", records=records.every(), wrong=wrong, status=status)

    async def read(_http: web.Request) -> web.Response:
        return show()

    async def add(http: web.Request) -> web.Response:
        form = await http.post()
        try:
            records.add(str(form.get("name", "")), str(form.get("text", "")).strip())
        except ValueError as wrong:
            return show(str(wrong), 422)
        raise web.HTTPSeeOther("/")

    async def remove(http: web.Request) -> web.Response:
        form = await http.post()
        records.remove(str(form.get("name", "")))
        raise web.HTTPSeeOther("/")

    handlers: list[tuple[str, str, Handler]] = [
        ("GET", "/", read),
        ("POST", "/records", add),
        ("POST", "/records/remove", remove),
    ]
    for method, path, handler in handlers:
        app.router.add_route(method, path, handler)
    add_static_route(app)
    return app


class DnsSandbox(StandIn):
    """The name server listening on loopback, `port` for questions, `page_port` for its page; 0: free ones."""

    def __init__(self, *, port: int = 0, page_port: int = 0) -> None:
        self.records = Records()
        self.address = ""  # host:port, for questions
        self.url = ""
        self._port = port
        self._page_port = page_port
        self._runner = web.AppRunner(build_page(self.records), access_log=None, shutdown_timeout=0.2)
        self._server: asyncio.Server | None = None
        self._datagrams: asyncio.BaseTransport | None = None

    async def start(self) -> None:
        """Listen on all; OSError when a port is taken."""
        streams, datagrams = _two_sockets(self._port)
        self._server = await asyncio.start_server(self._serve, sock=streams)
        loop = asyncio.get_running_loop()
        self._datagrams, _ = await loop.create_datagram_endpoint(
            lambda: _Datagrams(self.records), sock=datagrams
        )
        self.address = f"{HOST}:{streams.getsockname()[1]}"
        self.url = await listen(self._runner, self._page_port)

    async def stop(self) -> None:
        if self._datagrams is not None:
            self._datagrams.close()
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One question over TCP, as a resolver asks it whose answer did not fit into a datagram."""
        try:
            async with asyncio.timeout(10):
                length = int.from_bytes(await reader.readexactly(2), "big")
                answer = self.records.answer(await reader.readexactly(length), 65535)
            if answer is not None:
                writer.write(len(answer).to_bytes(2, "big") + answer)
                await writer.drain()
        except (TimeoutError, OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def _two_sockets(port: int) -> tuple[socket.socket, socket.socket]:
    """One for streams and one for datagrams, of the same number; OSError when it is taken."""
    for attempt in range(20):
        streams = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            streams.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            streams.bind((HOST, port))
            datagrams.bind((HOST, streams.getsockname()[1]))
        except OSError:
            streams.close()
            datagrams.close()
            if port or attempt == 19:
                raise
        else:
            datagrams.setblocking(False)
            return streams, datagrams
    raise OSError("no free port")
