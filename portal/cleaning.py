"""Makes a stranger's file safe to hand on: decoded and written anew, or refused. Run as a process of its own.

`python -m portal.cleaning KIND TO MOST_SIDE MOST_BYTES` reads a file from standard input and writes the clean
one to standard output; whatever goes wrong is a refusal and ends it with another code than 0. It starts with
an empty environment and with limits on time and memory: decoders have bugs, and hostile files find them.
"""

import io
import os
import resource
import sys
from collections.abc import Mapping

from PIL import Image, ImageOps

FORMATS: Mapping[str, str] = {"png": "PNG", "jpeg": "JPEG", "webp": "WEBP", "gif": "GIF"}
MOST_SECONDS = 20
MOST_MEMORY = 1536 * 1024 * 1024
_NICE = 10
# A photo's decoder can leave pixels out as it reads; the others hold them all.
_MOST_PIXELS = {"jpeg": 64_000_000}
_MOST_PIXELS_OF_OTHERS = 25_000_000
_QUALITY = 88


class Unclean(Exception):
    """Cannot be made safe."""


def clean_image(content: bytes, kind: str, to: str, *, most_side: int, most_bytes: int) -> bytes:
    """The first frame alone, turned as its camera said, without any metadata, made smaller until it fits."""
    # Only the decoder of the kind that its first bytes name.
    with Image.open(io.BytesIO(content), formats=[FORMATS[kind]]) as opened:
        if opened.width * opened.height > _MOST_PIXELS.get(kind, _MOST_PIXELS_OF_OTHERS):
            raise Unclean
        opened.draft("RGB", (most_side, most_side))
        is_clear = to != "jpeg" and (opened.mode in {"LA", "PA", "RGBA"} or "transparency" in opened.info)
        turned = ImageOps.exif_transpose(opened).convert("RGBA" if is_clear else "RGB")
    for parts in (1, 2, 3, 4):
        turned.thumbnail((most_side // parts, most_side // parts))
        fresh = Image.new(turned.mode, turned.size)  # pixels alone: nothing else comes along
        fresh.paste(turned)
        written = io.BytesIO()
        fresh.save(written, FORMATS[to], **({} if to == "png" else {"quality": _QUALITY}))
        if written.tell() <= most_bytes:
            return written.getvalue()
    raise Unclean


def _bound() -> None:
    """What is beyond these ends the process, and with it only this file; whoever serves pages comes first."""
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def main() -> None:
    """One file."""
    kind, to = sys.argv[1:3]
    most_side, most_bytes = (int(each) for each in sys.argv[3:5])
    _bound()
    content = sys.stdin.buffer.read()
    if kind == "pdf":
        from portal.cleaning_pdf import clean_pdf  # noqa: PLC0415 - pictures need not wait for it

        cleaned = clean_pdf(content)
    else:
        cleaned = clean_image(content, kind, to, most_side=most_side, most_bytes=most_bytes)
    if len(cleaned) > most_bytes:
        raise Unclean
    sys.stdout.buffer.write(cleaned)


if __name__ == "__main__":
    main()
