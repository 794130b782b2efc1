"""Drawn documents, kept by content address."""

from sqlalchemy import bindparam, select

from storage.bound import ACCOUNT, Bound
from storage.tables.papers import drawn_documents

_d = drawn_documents.c
_CONTENT = select(_d.content).where(_d.account_id == ACCOUNT, _d.digest == bindparam("the_digest"))


class StoredDrawn(Bound):
    """`billing.ports.Drawn`."""

    async def find(self, digest: str) -> bytes | None:
        """The PDF, if it was drawn before."""
        rows = await self._rows(_CONTENT, the_digest=digest)
        return bytes(rows[0][0]) if rows else None

    async def keep(self, digest: str, content: bytes) -> None:
        """Once: what is there stays."""
        await self._insert_once(drawn_documents, {"digest": digest, "content": content, "size": len(content)})
