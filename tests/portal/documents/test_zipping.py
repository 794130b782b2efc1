"""Stored ZIPs: the length that was said beforehand, names in any script, and what is larger than 4 GB."""

import io
import struct
import zipfile
from collections.abc import Iterable
from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.documents.joining import MOST_JOINED, count_parts
from portal.documents.zipping import ZipWriter, zip_length

AT = datetime(2026, 11, 22, 13, 45, 30)  # noqa: DTZ001 - a ZIP knows no zones
NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="/\\"), min_size=1)


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    writer = ZipWriter(AT)
    return b"".join([writer.begin_file(name, content) + content for name, content in files]) + writer.end()


@given(st.dictionaries(NAMES, st.binary(max_size=300), max_size=20))
def test_what_was_put_in_comes_out_and_the_length_is_known(files: dict[str, bytes]) -> None:
    archive = zipped(files.items())
    assert len(archive) == zip_length((name, len(content)) for name, content in files.items())
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        assert read.testzip() is None
        assert {name: read.read(name) for name in read.namelist()} == files
        assert {each.date_time for each in read.infolist()} <= {(2026, 11, 22, 13, 45, 30)}


def test_more_files_than_two_bytes_can_count() -> None:
    files = [(f"{number}.pdf", b"") for number in range(70_000)]
    archive = zipped(files)
    assert len(archive) == zip_length((name, 0) for name, _ in files)
    with zipfile.ZipFile(io.BytesIO(archive)) as read:
        assert len(read.namelist()) == 70_000


@pytest.mark.parametrize("size", [2**32 - 200, 2**32 - 1, 2**32 + 5])
def test_beyond_four_gigabytes_places_are_told_in_eight_bytes(size: int) -> None:
    """Without so many bytes: a writer that has sent them already ends as it would."""
    writer, plain = ZipWriter(AT), ZipWriter(AT)
    writer._at = plain._at = size
    header = writer.begin_file("last.pdf", b"%PDF")
    end = writer.end()
    is_wide = size >= 2**32 - 1
    assert len(header) == 30 + len("last.pdf")
    assert (struct.pack("<HHQ", 1, 8, size) in end) is is_wide
    assert (b"PK\x06\x06" in end) is (is_wide or size + len(header) + 4 >= 2**32 - 1)
    whole = zip_length([("first.bin", size - 30 - len("first.bin")), ("last.pdf", 4)])
    plain._entries += b"\0" * (46 + len("first.bin"))
    plain._count += 1
    plain.begin_file("last.pdf", b"%PDF")
    assert whole == size + len(header) + 4 + len(plain.end())


@pytest.mark.parametrize(("documents", "parts"), [(1, 1), (MOST_JOINED, 1), (MOST_JOINED + 1, 2), (1000, 4)])
def test_parts_hold_no_more_than_one_file_may(documents: int, parts: int) -> None:
    assert count_parts(documents) == parts
