"""Which files are taken: the first bytes name the kind, and `portal/cleaning.py` makes each safe."""

import asyncio
import os
import re
import sys
import unicodedata
from collections.abc import Mapping, Sequence
from contextlib import suppress

from aiohttp import web

from billing.errors import Invalid
from billing.files import MOST_BYTES, MOST_FILES, CheckedFile
from portal.cleaning import MOST_SECONDS
from portal.keys import CLEANING
from portal.uploads import Upload

MOST_SIDE = 4000
MOST_LOGO_SIDE = 600
MOST_LOGO_BYTES = 200 * 1024
_PATIENCE = 2.0 * MOST_SECONDS  # its own limit counts time of the processor; this counts the clock's
_MAGIC: Sequence[tuple[str, re.Pattern[bytes]]] = (
    ("png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("jpeg", re.compile(rb"\xff\xd8\xff")),
    ("webp", re.compile(rb"RIFF....WEBP", re.DOTALL)),
    ("gif", re.compile(rb"GIF8[79]a")),
    ("pdf", re.compile(rb"%PDF-")),
)
# Media type and extension of what is written anew; of a GIF its first picture is kept, as PNG.
# What each is written anew as, its media type and its ending; of a GIF the first picture is kept.
_WRITTEN: Mapping[str, tuple[str, str, str]] = {
    "png": ("png", "image/png", "png"),
    "jpeg": ("jpeg", "image/jpeg", "jpg"),
    "webp": ("webp", "image/webp", "webp"),
    "gif": ("png", "image/png", "png"),
    "pdf": ("pdf", "application/pdf", "pdf"),
}
_TEXT_ENDINGS = frozenset({"txt", "csv", "log", "md"})
_LAYOUT = frozenset("\t\n\r\f")


async def check_files(http: web.Request, uploads: Sequence[Upload]) -> tuple[CheckedFile, ...]:
    """All made safe; raises `Invalid` (files) for too many, or for the first that is not taken (name)."""
    if len(uploads) > MOST_FILES:
        raise Invalid("files", "too-many-files", most=MOST_FILES)
    return tuple([await _check(http, each) for each in uploads])


async def check_logo(http: web.Request, upload: Upload) -> CheckedFile:
    """A picture as a small PNG; raises `Invalid` (logo)."""
    kind = _kind(upload.content)
    if kind in {"png", "jpeg", "webp", "gif"}:
        content = await _clean(
            http, upload.content, kind, "png", most_side=MOST_LOGO_SIDE, most_bytes=MOST_LOGO_BYTES
        )
        if content is not None:
            return CheckedFile("logo.png", "image/png", content)
    raise Invalid("logo", "not-a-picture")


async def _check(http: web.Request, upload: Upload) -> CheckedFile:
    kind = _kind(upload.content)
    stem, _, ending = upload.name.rpartition(".")
    stem = stem or ending or "file"
    if kind in _WRITTEN:
        to, media_type, written = _WRITTEN[kind]
        content = await _clean(http, upload.content, kind, to, most_side=MOST_SIDE, most_bytes=MOST_BYTES)
        if content is None:
            raise Invalid("files", "broken-file", name=upload.name)
        return CheckedFile(f"{stem}.{written}", media_type, content)
    text = _plain_text(upload.content)
    if text is None:
        raise Invalid("files", "kind-of-file", name=upload.name)
    written = ending.lower() if ending.lower() in _TEXT_ENDINGS else "txt"
    return CheckedFile(f"{stem}.{written}", "text/plain", text)


def _kind(content: bytes) -> str:
    return next((kind for kind, magic in _MAGIC if magic.match(content)), "")


def _plain_text(content: bytes) -> bytes | None:
    """Text in UTF-8 without control characters, or None."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return None
    if not text.strip() or any(unicodedata.category(c) == "Cc" and c not in _LAYOUT for c in text):
        return None
    return text.encode()


async def _clean(
    http: web.Request, content: bytes, kind: str, to: str, *, most_side: int, most_bytes: int
) -> bytes | None:
    """Written anew in a process of its own, a few at once in all; None: it could not be made safe."""
    given = [kind, to, str(most_side), str(most_bytes)]
    async with http.app[CLEANING]:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "portal.cleaning",
            *given,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            # Nothing of ours but where the code is: no secret, no setting.
            env={"PYTHONPATH": os.pathsep.join(sys.path)},
        )
        try:
            async with asyncio.timeout(_PATIENCE):
                cleaned, _ = await process.communicate(content)
        except TimeoutError:
            return None
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.kill()
                await process.wait()
    return cleaned if process.returncode == 0 and cleaned else None
