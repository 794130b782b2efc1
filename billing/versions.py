"""Settings that two may edit at once: a form says which version it showed; nobody overwrites unseen."""

import hashlib
from typing import TypeVar

from billing.errors import Stale

_Record = TypeVar("_Record")


def version_of(record: object) -> str:
    """A short name for exactly these values of a frozen record; forms carry it as `seen`."""
    return hashlib.sha256(repr(record).encode()).hexdigest()[:16]


def must_be_seen(current: _Record, seen: str | None) -> _Record:
    """The record, if it is what the form showed; None where no form was (a command). Raises `Stale` (theirs).

    Read `current` after `work.accounts.hold()`, so that nobody changes it before this transaction ends.
    """
    if seen is not None and seen != version_of(current):
        raise Stale(theirs=current)
    return current
