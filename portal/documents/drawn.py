"""Documents as files: each is drawn once, kept under the digest of what is drawn, and read from there."""

import asyncio
import hashlib
import json
import os
import sys
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress

from billing.context import Context
from billing.ids import AccountId
from billing.records import Document
from portal.documents.drawing import draw

# More would not draw faster, only take the processor from pages.
_THREADS = 2
_LESS_URGENT = 10  # nice: whoever waits for a page comes before whoever waits for a file

_Key = tuple[AccountId, str]


def digest_of(document: Document) -> str:
    """SHA-256, in hex, of everything that is drawn; ids are not."""
    drawn = {
        "kind": document.kind.value,
        "number": document.number,
        "issued_at": document.issued_at.isoformat(),
        "revision": document.revision,
        "frozen": dict(document.frozen),
    }
    canonical = json.dumps(drawn, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    # Lone surrogates cannot be written otherwise, and a name of theirs must not stop an invoice.
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


async def fetch_pdf(ctx: Context, document: Document) -> bytes:
    """The file of an issued document, drawn now unless it was before; call it outside of transactions."""
    digest = digest_of(document)
    logo = None
    async with ctx.read(document.account_id) as work:
        kept = await work.drawn.find(digest)
        if kept is not None:
            return kept
        if named := document.frozen.get("logo"):
            logo = await work.helpdesks.find_logo(str(named))
    pdf = await asyncio.shield(
        asyncio.wrap_future(_queue.draw((document.account_id, digest), document, logo))
    )
    async with ctx.begin(document.account_id) as work:
        await work.drawn.keep(digest, pdf)
    return pdf


class _Queue:
    """Few threads, and one drawing of a document at a time, however many wait for it."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="draw", initializer=_step_back)
        self._guard = threading.Lock()
        self._under_way: dict[_Key, Future[bytes]] = {}

    def draw(self, key: _Key, document: Document, logo: bytes | None) -> Future[bytes]:
        """The file to come; that of whoever asked first."""
        with self._guard:
            if key in self._under_way:
                return self._under_way[key]
            future = self._pool.submit(draw, document, logo)
            self._under_way[key] = future
        future.add_done_callback(lambda _: self._forget(key))
        return future

    def _forget(self, key: _Key) -> None:
        with self._guard:
            self._under_way.pop(key, None)


def _step_back() -> None:
    """On Linux a thread has a priority of its own; elsewhere it would be the whole process's."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _LESS_URGENT)


_queue = _Queue()
