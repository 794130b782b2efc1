"""All the processor knows, in one SQLite file (or in memory): objects, idempotency keys, deliveries."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Json = dict[str, Any]

WRITER = json.JSONEncoder(separators=(",", ":"), ensure_ascii=False)
CACHE_KIB = 16_384
HELD = 1e15  # a telling that waits for a hand, not for a time
COLUMNS = ("customer", "charge", "payment_intent", "subscription", "email")
# Each ends in the order of the lists, or the planner would rather walk through a whole kind.
INDEXES = "\n".join(
    f"CREATE INDEX IF NOT EXISTS objects_{name} ON objects (kind, {name}, created DESC, seq DESC)"
    f" WHERE {name} IS NOT NULL;"
    for name in COLUMNS
)
SCHEMA = f"""
CREATE TABLE IF NOT EXISTS objects (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, id TEXT NOT NULL UNIQUE,
    created INTEGER NOT NULL, live INTEGER NOT NULL DEFAULT 0,
    customer TEXT, charge TEXT, payment_intent TEXT, subscription TEXT, email TEXT,
    due INTEGER, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_newest ON objects (kind, created DESC, seq DESC);
{INDEXES}
CREATE INDEX IF NOT EXISTS objects_due ON objects (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    created INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS keys_created ON keys (created);
CREATE TABLE IF NOT EXISTS tellings (
    event TEXT NOT NULL, endpoint TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL,
    last_status TEXT, PRIMARY KEY (event, endpoint));
"""
PUT = (
    f"INSERT INTO objects (kind, id, created, live, {', '.join(COLUMNS)}, due, body)"  # noqa: S608  ours
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in (*COLUMNS, "due", "body"))
)


@dataclass(frozen=True)
class Query:
    """Which objects of a kind: equal columns, equal JSON paths, a span of `created`, and the page wanted."""

    kind: str
    equals: Mapping[str, Any] = field(default_factory=dict)
    created: Mapping[str, int] = field(default_factory=dict)  # gt, gte, lt, lte
    limit: int = 10
    starting_after: str | None = None
    ending_before: str | None = None
    live: bool | None = None  # None: both modes


class Store:
    """A small object store; every write happens inside `begin`, which is atomic."""

    live = False  # the mode of what is made from now on

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = OFF")  # survives the death of the process, which is enough
        self._db.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
        self._db.executescript(SCHEMA)
        columns = {row[1] for row in self._db.execute("PRAGMA table_info(objects)")}
        if "live" not in columns:  # books of before there were two modes
            self._db.execute("ALTER TABLE objects ADD COLUMN live INTEGER NOT NULL DEFAULT 0")

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def begin(self) -> Iterator[None]:
        """All writes inside happen together or not at all."""
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    def put(self, thing: Json, *, due: int | None = None) -> Json:
        """Insert the object, or replace the one with its id; `due` is when time itself will change it."""
        columns = [_reference(thing.get(name) or thing.get(f"_{name}")) for name in COLUMNS]
        self._db.execute(
            PUT,
            (thing["object"], thing["id"], thing["created"], self.live, *columns, due, WRITER.encode(thing)),
        )
        return thing

    def find(self, object_id: str) -> Json | None:
        row = self._db.execute("SELECT body, live FROM objects WHERE id = ?", (object_id,)).fetchone()
        return _read(*row) if row else None

    def find_mode(self, object_id: str) -> bool | None:
        """Whether the object is a live one; None: there is none."""
        row = self._db.execute("SELECT live FROM objects WHERE id = ?", (object_id,)).fetchone()
        return bool(row[0]) if row else None

    def remove(self, object_id: str) -> None:
        self._db.execute("DELETE FROM objects WHERE id = ?", (object_id,))

    def known(self, ids: list[str]) -> set[str]:
        """Which of these ids are taken."""
        marks = ",".join("?" * len(ids))
        rows = self._db.execute(f"SELECT id FROM objects WHERE id IN ({marks})", ids)  # noqa: S608
        return {row[0] for row in rows}

    def count(self, kind: str) -> int:
        return int(self._db.execute("SELECT count(*) FROM objects WHERE kind = ?", (kind,)).fetchone()[0])

    def page(self, query: Query) -> tuple[list[Json], bool]:
        """One page, newest first, and whether there is more behind it in that direction."""
        where, values = _conditions(query)
        backwards = query.ending_before is not None
        if (cursor := query.ending_before or query.starting_after) is not None:
            behind = ">" if backwards else "<"
            where.append(f"(created, seq) {behind} (SELECT created, seq FROM objects WHERE id = ?)")  # noqa: S608
            values.append(cursor)
        order = "ASC" if backwards else "DESC"
        rows = self._db.execute(
            f"SELECT body, live FROM objects WHERE {' AND '.join(where)}"  # noqa: S608  names are ours
            f" ORDER BY created {order}, seq {order} LIMIT ?",
            (*values, query.limit + 1),
        ).fetchall()
        found = [_read(*row) for row in rows[: query.limit]]
        return found[::-1] if backwards else found, len(rows) > query.limit

    def due(self, now: int) -> list[Json]:
        """What time has changed by now, the longest overdue first."""
        rows = self._db.execute("SELECT body, live FROM objects WHERE due <= ? ORDER BY due, seq", (now,))
        return [_read(*row) for row in rows.fetchall()]

    def find_key(self, key: str) -> tuple[str, int, str] | None:
        """The fingerprint, status and body kept for an idempotency key."""
        row = self._db.execute("SELECT fingerprint, status, body FROM keys WHERE key = ?", (key,)).fetchone()
        return (row[0], row[1], row[2]) if row else None

    def keep_key(self, key: str, fingerprint: str, status: int, body: str, now: int) -> None:
        self._db.execute("REPLACE INTO keys VALUES (?, ?, ?, ?, ?)", (key, fingerprint, status, body, now))

    def prune_keys(self, before: int) -> None:
        self._db.execute("DELETE FROM keys WHERE created <= ?", (before,))

    def add_telling(self, event_id: str, endpoint: str, at: float) -> None:
        self._db.execute(
            "INSERT OR IGNORE INTO tellings (event, endpoint, next_at) VALUES (?, ?, ?)",
            (event_id, endpoint, at),
        )

    def due_tellings(self, now: float, limit: int = 50) -> list[tuple[str, str, int]]:
        """Event and endpoint of what is to be told now, with the number of tries so far."""
        rows = self._db.execute(
            "SELECT event, endpoint, tries FROM tellings WHERE next_at <= ? ORDER BY next_at, rowid LIMIT ?",
            (now, limit),
        )
        return [(row[0], row[1], row[2]) for row in rows.fetchall()]

    def put_back(self, event_id: str, endpoint: str, at: float, status: str) -> None:
        self._db.execute(
            "UPDATE tellings SET tries = tries + 1, next_at = ?, last_status = ?"
            " WHERE event = ? AND endpoint = ?",
            (at, status, event_id, endpoint),
        )

    def end_telling(self, event_id: str, endpoint: str) -> None:
        self._db.execute("DELETE FROM tellings WHERE event = ? AND endpoint = ?", (event_id, endpoint))

    def held(self) -> list[tuple[str, str]]:
        """Event and endpoint of what is held back, in the order in which it happened."""
        rows = self._db.execute(
            "SELECT event, endpoint FROM tellings WHERE next_at >= ? ORDER BY rowid", (HELD,)
        )
        return [(row[0], row[1]) for row in rows.fetchall()]

    def waiting(self) -> dict[str, tuple[int, str | None]]:
        """Events that somebody has not yet taken: id → tries, and what the last try met. Not those held."""
        rows = self._db.execute(
            "SELECT event, min(tries), last_status FROM tellings WHERE next_at < ? GROUP BY event", (HELD,)
        )
        return {row[0]: (row[1], row[2]) for row in rows.fetchall()}


def _read(body: str, live: int) -> Json:
    thing: Json = json.loads(body)
    return in_live_mode(thing) if live else thing


def in_live_mode(thing: Any) -> Any:
    """The same object, `livemode` true in it and in all that it holds."""
    if isinstance(thing, list):
        for each in thing:
            in_live_mode(each)
    elif isinstance(thing, dict):
        for name, each in thing.items():
            if name == "livemode":
                thing[name] = True
            else:
                in_live_mode(each)
    return thing


def _reference(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _conditions(query: Query) -> tuple[list[str], list[Any]]:
    where = ["kind = ?"]
    values: list[Any] = [query.kind]
    for name, value in query.equals.items():
        if name in COLUMNS:
            where.append(f"{name} = ?")
        else:
            where.append("json_extract(body, ?) = ?")
            values.append(f"$.{name}")
        values.append(value)
    if query.live is not None:
        where.append("live = ?")
        values.append(query.live)
    comparisons = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
    for name, at in query.created.items():
        where.append(f"created {comparisons[name]} ?")
        values.append(at)
    return where, values
