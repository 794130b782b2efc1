"""Logos of helpdesks and of documents: a picture for each digest, which an older document may still name."""

from __future__ import annotations

from hashlib import sha256

from billing.errors import NotFound
from billing.files import CheckedFile
from billing.ports import UnitOfWork


def next_logo(before: str | None, logo: CheckedFile | None, *, without: bool) -> str | None:
    """The digest from now on: of a new picture, else none if none is wanted, else as before."""
    if logo is not None:
        return sha256(logo.content).hexdigest()
    return None if without else before


async def read_logo(work: UnitOfWork, digest: str | None) -> bytes:
    """The picture, a PNG; raises `NotFound` where there is none."""
    found = await work.helpdesks.find_logo(digest) if digest else None
    if found is None:
        raise NotFound
    return found
