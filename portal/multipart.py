"""A form with files as browsers send it, read piece by piece: no more in memory than one and a delimiter.

Strict on purpose: no text before the first delimiter, no nested parts, no encodings; browsers send none.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

FORM_WITH_FILES = "multipart/form-data"
MOST_HEADER_BYTES = 4096
_BOUNDARY = re.compile(r"(?i)multipart/form-data\s*;\s*boundary=(?:\"([^\"]{1,70})\"|([^\s;\",]{1,70}))\s*")
_OF_BOUNDARY = re.compile(r"[0-9A-Za-z'()+_,./:=? -]{0,69}[0-9A-Za-z'()+_,./:=?-]")
_DISPOSITION = re.compile(
    r"(?im)^content-disposition:[ \t]*form-data[ \t]*;[ \t]*name=\"([^\"\r\n]*)\""
    r"(?:[ \t]*;[ \t]*filename=\"((?:[^\"\\\r\n]|\\.)*)\")?[^\r\n]*(?=\r\n|\Z)"
)


class BrokenForm(Exception):
    """Not what a browser sends."""


@dataclass(frozen=True, slots=True)
class Part:
    """A field of the form; `filename` None is text."""

    name: str
    filename: str | None


def find_boundary(content_type: str) -> bytes:
    """What stands between the parts; raises `BrokenForm`."""
    found = _BOUNDARY.fullmatch(content_type.strip())
    boundary = (found[1] or found[2]) if found else ""
    if not _OF_BOUNDARY.fullmatch(boundary):
        raise BrokenForm
    return boundary.encode("ascii")


class PartReader:
    """`next_part`, then all its `pieces`, and so on. `read` gives the next bytes, none at the body's end."""

    def __init__(self, read: Callable[[], Awaitable[bytes]], boundary: bytes) -> None:
        self._read = read
        self._delimiter = b"\r\n--" + boundary
        # As if a line had just ended, so that the first delimiter is like all others.
        self._buffer = b"\r\n"
        self._is_begun = False

    async def next_part(self) -> Part | None:
        """The next field, None after the last; the one before was read to its end. Raises `BrokenForm`."""
        if not self._is_begun:
            self._is_begun = True
            await self._fill(len(self._delimiter))
            if not self._buffer.startswith(self._delimiter):
                raise BrokenForm
            self._buffer = self._buffer[len(self._delimiter) :]
        await self._fill(2)
        after, self._buffer = self._buffer[:2], self._buffer[2:]
        if after == b"--":
            return None
        if after != b"\r\n":
            raise BrokenForm
        return _part(await self._header())

    async def pieces(self) -> AsyncIterator[bytes]:
        """What the field holds, as it comes; raises `BrokenForm` when the body ends before it does."""
        keep = len(self._delimiter) - 1
        while (at := self._buffer.find(self._delimiter)) < 0:
            if len(self._buffer) > keep:
                yield self._buffer[:-keep]
                self._buffer = self._buffer[-keep:]
            await self._more()
        rest, self._buffer = self._buffer[:at], self._buffer[at + len(self._delimiter) :]
        yield rest

    async def _header(self) -> bytes:
        while (at := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MOST_HEADER_BYTES:
                raise BrokenForm
            await self._more()
        if at > MOST_HEADER_BYTES:
            raise BrokenForm
        header, self._buffer = self._buffer[:at], self._buffer[at + 4 :]
        return header

    async def _fill(self, length: int) -> None:
        while len(self._buffer) < length:
            await self._more()

    async def _more(self) -> None:
        piece = await self._read()
        if not piece:
            raise BrokenForm
        self._buffer += piece


def _part(header: bytes) -> Part:
    try:
        text = header.decode("utf-8")
    except UnicodeDecodeError:
        raise BrokenForm from None
    found = list(_DISPOSITION.finditer(text))
    if len(found) != 1:
        raise BrokenForm
    return Part(found[0][1], found[0][2])
