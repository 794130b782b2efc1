"""Forms with files as they come in: read within limits, and the token first."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from billing.errors import TooMany, Unavailable
from billing.files import MOST_BYTES
from portal.keys import SETTINGS, UPLOADS, VISITOR
from portal.multipart import BrokenForm, PartReader, find_boundary
from portal.session import Visitor

MOST_PARTS = 30  # business details have twenty-two
MOST_TEXT_BYTES = 64 * 1024
MOST_READ = 3 * MOST_BYTES  # what is too large is read on so far, or no browser would show the answer
MOST_NAME = 100
MOST_AT_ONCE = 2  # of one person, in however many browsers
MOST_OF_ALL = 12  # of all visitors of this process: 120 MB in memory
_LENGTH = re.compile(r"\d{1,15}")


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it was sent: nothing in it, nor its name, is to be believed."""

    field: str
    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Sent:
    """What a form held. `is_too_large`: its files were more than is taken, and none was kept."""

    fields: list[tuple[str, bytes]]
    files: tuple[Upload, ...]
    is_too_large: bool


@contextmanager
def counted(http: web.Request) -> Iterator[None]:
    """Within it this visitor uploads; raises `TooMany`, or `Unavailable` where all places are taken."""
    now, who = http.app[UPLOADS], _who(http[VISITOR])
    if now[who] >= MOST_AT_ONCE:
        raise TooMany(retry_after=10)
    if now.total() >= MOST_OF_ALL:
        raise Unavailable
    now[who] += 1
    try:
        yield
    finally:
        now[who] -= 1
        if not now[who]:
            del now[who]


def _who(visitor: Visitor) -> str:
    visit = visitor.visit
    return str(visit.customer_id or visit.staff_id) if visit else visitor.token


async def read_upload(http: web.Request, check: Callable[[list[tuple[str, bytes]]], None]) -> Sent:
    """The whole form; `check` is given the text before the first file is read, and again at the end.

    Raises 400 for what no browser sends, 408 when it takes too long, 413 far above the limit.
    """
    length = http.headers.get("Content-Length", "0")
    if not _LENGTH.fullmatch(length) or int(length) > MOST_READ:
        raise web.HTTPRequestEntityTooLarge(MOST_READ, int(length) if length.isdigit() else 0)
    patience = http.app[SETTINGS].body_seconds
    try:
        # A slow line may take its time as long as something comes; nobody may take all day.
        async with asyncio.timeout(patience * 10):
            return await _Reading(http, check, patience).read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (BrokenForm, web.RequestPayloadError, ConnectionError, asyncio.IncompleteReadError):
        raise web.HTTPBadRequest from None


class _Reading:
    def __init__(
        self, http: web.Request, check: Callable[[list[tuple[str, bytes]]], None], patience: float
    ) -> None:
        self._source, self._check, self._patience = http.content, check, patience
        self._reader = PartReader(self._more, find_boundary(http.headers.get("Content-Type", "")))
        self._fields: list[tuple[str, bytes]] = []
        self._files: list[Upload] = []
        self._read = self._text = self._content = 0

    async def _more(self) -> bytes:
        async with asyncio.timeout(self._patience):
            piece = await self._source.readany()
        self._read += len(piece)
        if self._read > MOST_READ:
            raise web.HTTPRequestEntityTooLarge(MOST_READ, self._read)
        return piece

    async def read(self) -> Sent:
        parts = 0
        while (part := await self._reader.next_part()) is not None:
            parts += 1
            if parts > MOST_PARTS:
                raise BrokenForm
            if part.filename is None:
                self._fields.append((part.name, await self._read_text()))
            else:
                self._check(self._fields)
                await self._read_file(part.name, part.filename)
        self._check(self._fields)
        is_too_large = self._content > MOST_BYTES
        return Sent(self._fields, () if is_too_large else tuple(self._files), is_too_large)

    async def _read_text(self) -> bytes:
        pieces = []
        async for piece in self._reader.pieces():
            self._text += len(piece)
            if self._text > MOST_TEXT_BYTES:
                raise web.HTTPRequestEntityTooLarge(MOST_TEXT_BYTES, self._text)
            pieces.append(piece)
        return b"".join(pieces)

    async def _read_file(self, field: str, name: str) -> None:
        pieces: list[bytes] = []
        async for piece in self._reader.pieces():
            self._content += len(piece)
            if self._content > MOST_BYTES:
                pieces.clear()
                self._files.clear()
            else:
                pieces.append(piece)
        content = b"".join(pieces)
        if name or content:  # without either nothing was chosen
            self._files.append(Upload(field, plain_name(name), content))


def plain_name(name: str) -> str:
    """The last part of a path, without what cannot be seen; raises 400 for control characters."""
    if any(unicodedata.category(c) in {"Cc", "Cs"} for c in name):
        raise web.HTTPBadRequest
    last = re.split(r"[/\\]", name)[-1]
    seen = "".join(c for c in last if unicodedata.category(c) not in {"Cf", "Zl", "Zp", "Co", "Cn"})
    return " ".join(seen.split()).strip(". ")[:MOST_NAME]
