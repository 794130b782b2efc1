"""Drawn documents, kept by content address."""

from collections.abc import Collection, Mapping

from sqlalchemy import and_, bindparam, select

from storage.bound import ACCOUNT, Bound
from storage.tables.papers import drawn_documents

_d = drawn_documents.c
_SOME = and_(_d.account_id == ACCOUNT, _d.digest.in_(bindparam("the_digests", expanding=True)))
_SIZES = select(_d.digest, _d.size).where(_SOME)
_FILES = select(_d.digest, _d.content).where(_SOME)
_CONTENT = select(_d.content).where(_d.account_id == ACCOUNT, _d.digest == bindparam("the_digest"))


class StoredDrawn(Bound):
    """`billing.ports.Drawn`."""

    async def find(self, digest: str) -> bytes | None:
        """The PDF, if it was drawn before."""
        rows = await self._rows(_CONTENT, the_digest=digest)
        return bytes(rows[0][0]) if rows else None

    async def find_sizes(self, digests: Collection[str]) -> Mapping[str, int]:
        """In bytes, of those that are drawn."""
        rows = await self._rows(_SIZES, the_digests=list(digests))
        return {row.digest: row.size for row in rows}

    async def read_many(self, digests: Collection[str]) -> Mapping[str, bytes]:
        """The files themselves."""
        rows = await self._rows(_FILES, the_digests=list(digests))
        return {row.digest: bytes(row.content) for row in rows}

    async def keep(self, digest: str, content: bytes) -> None:
        """Once: what is there stays."""
        await self._insert_once(drawn_documents, {"digest": digest, "content": content, "size": len(content)})
