"""Drawn documents."""

from collections.abc import Collection, Mapping
from typing import Protocol


class Drawn(Protocol):
    """The PDFs of issued documents, each under the digest of all that is drawn in it."""

    async def find(self, digest: str) -> bytes | None: ...
    async def find_sizes(self, digests: Collection[str]) -> Mapping[str, int]:
        """In bytes, of those that are drawn."""
        ...

    async def read_many(self, digests: Collection[str]) -> Mapping[str, bytes]: ...
    async def keep(self, digest: str, content: bytes) -> None:
        """Once: what is there stays."""
        ...
