"""How a message's files stand below it, and how one is handed out."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import quote

from aiohttp import web

from billing.files import FileContent
from billing.ids import AttachmentId, EntryId
from billing.merchant import Attachment
from locales.translator import N_, Translator

_KB, _MB = 1024, 1024**2


@dataclass(frozen=True, slots=True)
class FileLine:
    """One file: its name, and how large it is in the reader's words."""

    id: AttachmentId
    name: str
    size: str


def files_of(attachments: Sequence[Attachment], say: Translator) -> Mapping[EntryId, tuple[FileLine, ...]]:
    """By the message that they came with; none for most."""
    lines: dict[EntryId, tuple[FileLine, ...]] = defaultdict(tuple)
    for each in attachments:
        lines[each.entry_id] += (FileLine(each.id, each.name, spoken_size(each.size, say)),)
    return lines


def spoken_size(size: int, say: Translator) -> str:
    """Bytes as people read them: `12 kB`, `1.4 MB`."""
    if size < _MB:
        return say.text(N_("{size} kB"), size=say.number(max(1, round(size / _KB))))
    return say.text(N_("{size} MB"), size=say.number((Decimal(size) / _MB).quantize(Decimal("0.1"))))


def handed_out(found: FileContent) -> web.Response:
    """To be kept, never shown as a page of ours: whatever it is, no script in it is ours."""
    name = found.attachment.name
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " ._-") else "_" for c in name)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
    media_type = found.attachment.media_type
    return web.Response(
        body=found.content,
        content_type=media_type,
        charset="utf-8" if media_type.startswith("text/") else None,
        headers={"Content-Disposition": disposition, "Content-Security-Policy": "sandbox"},
    )
