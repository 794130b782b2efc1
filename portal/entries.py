"""What an entry of the URL map declares (who may, which record, what proves it), and the map made of them.

A path is written once, below the root of the place it belongs to: a customer's path is mounted for the portal
and for every helpdesk. Path parameters are raw text; `ids.parse_id` turns them into ids, or 404.
"""

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import Enum, StrEnum
from functools import partial
from urllib.parse import quote, urlencode
from uuid import UUID

from aiohttp import web

from billing.records import Account
from billing.states import Role

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
PlanRule = Callable[[Account], None]  # raises NotInPlan

_PARAMETER = re.compile(r"\{(\w+)\}")


class Visitors(Enum):
    """Who may, where it is not a matter of staff roles."""

    PUBLIC = "public"
    CUSTOMER = "customer"


PUBLIC = Visitors.PUBLIC
CUSTOMER = Visitors.CUSTOMER
Who = Visitors | frozenset[Role]
STAFF: Who = frozenset(Role)
MANAGERS: Who = frozenset({Role.OWNER, Role.MANAGER})
OWNERS: Who = frozenset({Role.OWNER})
DECIDERS: Who = frozenset({Role.OWNER, Role.MANAGER, Role.AGENT})


class Where(StrEnum):
    """Below which roots a path is mounted."""

    SURFACES = "surfaces"  # the portal, and every helpdesk
    HELPDESK = "helpdesk"
    DESK = "desk"
    SERVER = "server"  # no place, no account: `/healthz`, `/hooks/…`


Wheres = tuple[Where, ...]


class CodeFor(StrEnum):
    """What asks for the e-mailed code, where the settings say so; the use case raises `CodeNeeded`."""

    DOCUMENTS = "documents"
    REFUND = "refund"
    CARD = "card"


class BadUrlMap(Exception):
    """The map does not say what it must: the server does not start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One line of the URL map. `names` is the record that the path names; `proof` replaces CSRF on hooks."""

    method: str
    path: str
    handler: Handler
    name: str
    who: Who
    where: Where
    names: type | None
    code: CodeFor | None
    plan: PlanRule | None
    proof: str | None
    upload: bool = False  # whether its form may hold files

    @property
    def is_unsafe(self) -> bool:
        """Whether it may change something."""
        return self.method not in {"GET", "HEAD", "OPTIONS"}


def _own(
    method: str,
    path: str,
    handler: Handler,
    *,
    name: str,
    who: Who,
    where: Where = Where.SURFACES,
    names: type | None = None,
    code: CodeFor | None = None,
    plan: PlanRule | None = None,
    upload: bool = False,
) -> Entry:
    return Entry(
        method=method,
        path=path,
        handler=handler,
        name=name,
        who=who,
        where=where,
        names=names,
        code=code,
        plan=plan,
        proof=None,
        upload=upload,
    )


# Something to read.
page = partial(_own, "GET")
# Something done by a form of ours; CSRF token and origin are checked before the handler.
deed = partial(_own, "POST")


def hook(method: str, path: str, handler: Handler, *, name: str, proof: str) -> Entry:
    """An outside party calls; `proof` says what its handler verifies instead of a session and a token."""
    return Entry(
        method=method,
        path=path,
        handler=handler,
        name=name,
        who=PUBLIC,
        where=Where.SERVER,
        names=None,
        code=None,
        plan=None,
        proof=proof,
    )


class UrlMap:
    """All entries, checked; builds addresses by name. Raises `BadUrlMap`."""

    def __init__(self, entries: Iterable[Entry]) -> None:
        self.entries = tuple(entries)
        self._paths: dict[tuple[Where, str], str] = {}
        seen: set[tuple[str, str, Where]] = set()
        for entry in self.entries:
            _must_be_declared(entry)
            if (entry.method, entry.path, entry.where) in seen:
                raise BadUrlMap(f"{entry.method} {entry.path} is there twice")
            seen.add((entry.method, entry.path, entry.where))
            if self._paths.setdefault((entry.where, entry.name), entry.path) != entry.path:
                raise BadUrlMap(f"{entry.name!r} names two paths")

    def build(
        self,
        root: str,
        wheres: Wheres,
        name: str,
        parts: tuple[object, ...],
        query: dict[str, str],
    ) -> str:
        """The path of the entry of that name below `root`; ids are written as hex. KeyError: a wrong name."""
        path = next(p for where in wheres if (p := self._paths.get((where, name))) is not None)
        rest = iter(parts)
        filled = root + _PARAMETER.sub(lambda _: _segment(next(rest)), path)
        return f"{filled}?{urlencode(query)}" if query else filled

    def is_page(self, wheres: Wheres, path: str) -> bool:
        """Whether a GET of this path (below a root) would be matched."""
        return any(
            entry.method == "GET" and entry.where in wheres and _pattern(entry.path).fullmatch(path)
            for entry in self.entries
        )


def _segment(part: object) -> str:
    return part.hex if isinstance(part, UUID) else quote(str(part), safe="")


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(_PARAMETER.sub("[A-Za-z0-9-]+", path))


def _must_be_declared(entry: Entry) -> None:
    wrong = None
    if entry.where is Where.SERVER:
        if not (entry.proof and entry.proof.strip()):
            wrong = "declares no proof"
    elif entry.proof is not None:
        wrong = "has a proof, but is no hook"
    elif isinstance(entry.who, frozenset) and (not entry.who or entry.where is not Where.DESK):
        wrong = "declares roles that nobody has there"
    elif entry.who is CUSTOMER and entry.where is Where.DESK:
        wrong = "is in the desk, where no customer is"
    elif not isinstance(entry.who, Visitors | frozenset):
        wrong = "does not declare who may"
    elif _PARAMETER.search(entry.path) and entry.names is None:
        wrong = "does not declare which record it names"
    if wrong:
        raise BadUrlMap(f"{entry.method} {entry.path} {wrong}")
