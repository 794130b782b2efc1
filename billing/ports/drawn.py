"""Drawn documents."""

from typing import Protocol


class Drawn(Protocol):
    """The PDFs of issued documents, each under the digest of all that is drawn in it."""

    async def find(self, digest: str) -> bytes | None: ...
    async def keep(self, digest: str, content: bytes) -> None:
        """Once: what is there stays."""
        ...
