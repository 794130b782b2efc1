"""Forms with files, read piece by piece: the same however they are cut, and strictly."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.multipart import BrokenForm, Part, PartReader, find_boundary
from tests.portal.files import BOUNDARY, body
from tests.portal.files import Part as SentPart

_NAMES = st.text(
    st.characters(codec="utf-8", exclude_characters='"\r\n\\', exclude_categories=["Cs"]), max_size=8
)
_PARTS = st.lists(
    st.tuples(
        _NAMES, st.none() | _NAMES, st.binary(max_size=60) | st.just(f"\r\n--{BOUNDARY[:-1]}".encode())
    ),
    min_size=1,
    max_size=4,
)


def read(sent: bytes, cut: int) -> list[tuple[Part, bytes]]:
    pieces = [sent[at : at + cut] for at in range(0, len(sent), cut)]

    async def more() -> bytes:
        return pieces.pop(0) if pieces else b""

    async def parts() -> list[tuple[Part, bytes]]:
        reader, found = PartReader(more, BOUNDARY.encode()), []
        while (part := await reader.next_part()) is not None:
            found.append((part, b"".join([piece async for piece in reader.pieces()])))
        return found

    return asyncio.run(parts())


@given(_PARTS, st.integers(1, 90))
def test_a_form_is_read_as_it_was_written(sent: list[SentPart], cut: int) -> None:
    assert read(body(sent), cut) == [(Part(name, filename), content) for name, filename, content in sent]


@given(st.binary(max_size=200), st.integers(1, 50))
def test_anything_else_is_broken_and_ends(sent: bytes, cut: int) -> None:
    with pytest.raises(BrokenForm):
        read(sent, cut)


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        body([("a", None, b"x")])[2:],
        b"preamble\r\n" + body([("a", None, b"x")]),
        body([("a", None, b"x")])[:-8],
        body([("a", None, b"x")], end="??"),
        f"--{BOUNDARY}\r\nX: {'y' * 5000}\r\n\r\nx\r\n--{BOUNDARY}--".encode(),
        f"--{BOUNDARY}\r\nContent-Type: text/plain\r\n\r\nx\r\n--{BOUNDARY}--".encode(),
        f'--{BOUNDARY}\r\nContent-Disposition: attachment; name="a"\r\n\r\nx\r\n--{BOUNDARY}--'.encode(),
        b"--" + BOUNDARY.encode() + b'\r\nContent-Disposition: form-data; name="\xff"\r\n\r\nx\r\n',
        b"\x00" * 100_000,
    ],
)
def test_what_no_browser_sends_is_broken(sent: bytes) -> None:
    with pytest.raises(BrokenForm):
        read(sent, 1000)


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", b"abc"),
        ('multipart/form-data; boundary="a b"', b"a b"),
        ("Multipart/Form-Data;boundary=----X", b"----X"),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        (f"multipart/form-data; boundary={'x' * 71}", None),
        ("multipart/form-data; boundary=a\x00b", None),
        ("multipart/form-data; boundary=a; boundary=b", None),
        ("multipart/mixed; boundary=abc", None),
    ],
)
def test_the_boundary_is_one(content_type: str, boundary: bytes | None) -> None:
    if boundary is not None:
        assert find_boundary(content_type) == boundary
        return
    with pytest.raises(BrokenForm):
        find_boundary(content_type)
