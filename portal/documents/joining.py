"""Many documents as one PDF, with a bookmark for each; made in a process of its own.

Such a file is for reading: the e-invoice within each document and its PDF/A are of single files, and do not
survive being joined. Nothing of that is claimed in it.

Joining is Python's own work, seconds of it for a long file: in a thread it would make every page wait (1 s at
worst, where they wait 0.2 s now). So this file is also a programme, which reads a line of JSON and then the
documents, and writes the joined one.
"""

import io
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import BinaryIO

from pypdf import PdfWriter
from pypdf.generic import BooleanObject, DictionaryObject, NameObject, TextStringObject

# Of one file: it is made in memory, and readers get slow with long ones.
MOST_JOINED = 250
PATIENCE_S = 300
_LESS_URGENT = 10  # nice: pages come first


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document to be joined, and what its bookmark says."""

    content: bytes
    bookmark: str


def join_apart(sheets: Sequence[Sheet], *, title: str, language: str) -> bytes:
    """One PDF in their order, by a process of its own; waits for it, so call it in a thread."""
    listed = [[each.bookmark, len(each.content)] for each in sheets]
    head = json.dumps({"title": title, "language": language, "sheets": listed}).encode()
    sent = b"".join([head, b"\n", *(each.content for each in sheets)])
    done = subprocess.run(  # noqa: S603 - ourselves, and nothing of it is anybody's words
        [sys.executable, "-P", __file__],
        input=sent,
        stdout=subprocess.PIPE,
        check=True,
        timeout=PATIENCE_S,
        # Nothing of ours but where the code is: no secret, no setting.
        env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    return done.stdout


def join(sheets: Sequence[Sheet], *, title: str, language: str) -> bytes:
    """The same in this process."""
    writer = PdfWriter()
    for sheet in sheets:
        writer.append(io.BytesIO(sheet.content), outline_item=sheet.bookmark, import_outline=False)
    writer.add_metadata({"/Title": title})
    root = writer.root_object
    root[NameObject("/Lang")] = TextStringObject(language)
    root[NameObject("/ViewerPreferences")] = DictionaryObject(
        {NameObject("/DisplayDocTitle"): BooleanObject(True)}
    )
    root[NameObject("/PageMode")] = NameObject("/UseOutlines")
    joined = io.BytesIO()
    writer.write(joined)
    writer.close()
    return joined.getvalue()


def count_parts(documents: int) -> int:
    """How many files so many documents become."""
    return -(-documents // MOST_JOINED)


def main(given: BinaryIO, written: BinaryIO) -> None:
    """What the process of its own does."""
    os.nice(_LESS_URGENT)
    head = json.loads(given.readline())
    sheets = [Sheet(given.read(size), bookmark) for bookmark, size in head["sheets"]]
    written.write(join(sheets, title=head["title"], language=head["language"]))


if __name__ == "__main__":
    main(sys.stdin.buffer, sys.stdout.buffer)
