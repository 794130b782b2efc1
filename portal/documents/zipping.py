"""A ZIP that is written while it is sent: nothing is compressed, so its length is known from names and sizes.

PDF does not get smaller; and of a file that is whole in memory the checksum stands before it, which programs
that read a ZIP as it comes in need. Beyond 4 GB, or 65,535 files, it is a ZIP64.
"""

import struct
import zlib
from collections.abc import Iterable
from datetime import datetime

_LOCAL, _CENTRAL, _END = 0x04034B50, 0x02014B50, 0x06054B50
_END_64, _LOCATOR_64 = 0x06064B50, 0x07064B50
_PLAIN, _WIDE = 20, 45  # the version of the format that is needed
_UTF_8, _STORED = 0x0800, 0
_REGULAR_FILE = 0o100644 << 16
_UNIX = 3 << 8
_MOST_FILES, _MOST_BYTES = 0xFFFF, 0xFFFFFFFF


def zip_length(files: Iterable[tuple[str, int]]) -> int:
    """The bytes of a ZIP of files with these names and sizes, in this order."""
    at = entries = count = 0
    for name, size in files:
        entries += len(_central(name.encode(), 0, size, 0, at))
        at += 30 + len(name.encode()) + size
        count += 1
    return at + entries + len(_end(count, entries, at))


class ZipWriter:
    """Makes the bytes between the files; `at` is the one time that all of them have, of any zone."""

    def __init__(self, at: datetime) -> None:
        self._stamp = _dos_time(at)
        self._entries = bytearray()  # what the end of the ZIP says of each file: some 60 bytes
        self._count = 0
        self._at = 0

    def begin_file(self, name: str, content: bytes) -> bytes:
        """What stands before a file; its content follows as it is."""
        encoded, crc = name.encode(), zlib.crc32(content)
        self._entries += _central(encoded, crc, len(content), self._stamp, self._at)
        self._count += 1
        self._at += 30 + len(encoded) + len(content)
        size = len(content)
        return (
            struct.pack(
                "<IHHHIIIIHH", _LOCAL, _PLAIN, _UTF_8, _STORED, self._stamp, crc, size, size, len(encoded), 0
            )
            + encoded
        )

    def end(self) -> bytes:
        """What stands behind all files."""
        return bytes(self._entries) + _end(self._count, len(self._entries), self._at)


def _central(name: bytes, crc: int, size: int, stamp: int, at: int) -> bytes:
    is_wide = at >= _MOST_BYTES
    extra = struct.pack("<HHQ", 1, 8, at) if is_wide else b""
    return (
        struct.pack(
            "<IHHHHIIIIHHHHHII",
            _CENTRAL,
            _UNIX | (_WIDE if is_wide else _PLAIN),
            _WIDE if is_wide else _PLAIN,
            _UTF_8,
            _STORED,
            stamp,
            crc,
            size,
            size,
            len(name),
            len(extra),
            0,
            0,
            0,
            _REGULAR_FILE,
            min(at, _MOST_BYTES),
        )
        + name
        + extra
    )


def _end(count: int, entries: int, at: int) -> bytes:
    wide = b""
    if count >= _MOST_FILES or at >= _MOST_BYTES or entries >= _MOST_BYTES:
        wide = struct.pack("<IQHHIIQQQQ", _END_64, 44, _UNIX | _WIDE, _WIDE, 0, 0, count, count, entries, at)
        wide += struct.pack("<IIQI", _LOCATOR_64, 0, at + entries, 1)
    few = min(count, _MOST_FILES)
    shortened = min(entries, _MOST_BYTES), min(at, _MOST_BYTES)
    return wide + struct.pack("<IHHHHIIH", _END, 0, 0, few, few, *shortened, 0)


def _dos_time(at: datetime) -> int:
    """Date and time in one number, since 1980, in steps of two seconds."""
    year = min(max(at.year - 1980, 0), 127)
    date = year << 9 | at.month << 5 | at.day
    return date << 16 | at.hour << 11 | at.minute << 5 | at.second // 2
