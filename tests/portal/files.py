"""Files that people send, good ones and hostile ones, and forms that hold them."""

import io
import struct
import zlib
from collections.abc import Mapping, Sequence

from PIL import Image
from PIL.ExifTags import Base
from pypdf import PdfWriter
from pypdf.annotations import Link
from pypdf.generic import DictionaryObject, NameObject, RectangleObject, TextStringObject

BOUNDARY = "----WebKitFormBoundaryTests"
FORM_TYPE = f"multipart/form-data; boundary={BOUNDARY}"
CANARY = "canary-of-a-secret"
Part = tuple[str, str | None, bytes]  # name, file name or None, content


def form(fields: Mapping[str, str], *files: Part) -> bytes:
    """As a browser would send it: text first, then the files."""
    return body([*((name, None, value.encode()) for name, value in fields.items()), *files])


def body(parts: Sequence[Part], *, end: str = "--") -> bytes:
    """In any order; `end` stands after the last delimiter."""
    made = b""
    for name, filename, content in parts:
        of_file = "" if filename is None else f'; filename="{filename}"\r\nContent-Type: application/x'
        made += f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"{of_file}\r\n\r\n'.encode()
        made += content + b"\r\n"
    return made + f"--{BOUNDARY}{end}\r\n".encode()


def picture(kind: str, size: tuple[int, int] = (40, 30)) -> bytes:
    """Of this Pillow format, with a secret in its metadata."""
    exif = Image.Exif()
    exif[Base.ImageDescription] = CANARY
    written = io.BytesIO()
    Image.new("RGB", size, (180, 20, 40)).save(written, kind, exif=exif, comment=CANARY)
    return written.getvalue()


def bomb() -> bytes:
    """A PNG of a few hundred bytes that says it is 60,000 by 60,000 pixels."""
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 0, 0, 0, 0)
    chunks = b""
    for name, data in ((b"IHDR", header), (b"IDAT", zlib.compress(bytes(1000))), (b"IEND", b"")):
        chunks += struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))
    return b"\x89PNG\r\n\x1a\n" + chunks


def acting_pdf() -> bytes:
    """One page with a script, an attached program, a link that launches, and what a secret tool wrote."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    run = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject(f"app.alert('{CANARY}')"),
        }
    )
    launch = DictionaryObject(
        {NameObject("/S"): NameObject("/Launch"), NameObject("/F"): TextStringObject(CANARY)}
    )
    writer.root_object[NameObject("/OpenAction")] = run
    page[NameObject("/AA")] = DictionaryObject({NameObject("/O"): launch})
    writer.add_annotation(0, Link(rect=RectangleObject((0, 0, 9, 9)), url=f"https://{CANARY}.example"))
    writer.add_attachment(f"{CANARY}.exe", b"MZ" + CANARY.encode())
    writer.add_metadata({"/Author": CANARY})
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()


def locked_pdf() -> bytes:
    """It wants a password."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    written = io.BytesIO()
    writer.write(written)
    return written.getvalue()
