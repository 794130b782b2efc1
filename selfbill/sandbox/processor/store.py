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
    created INTEGER NOT NULL,
    customer TEXT, charge TEXT, payment_intent TEXT, subscription TEXT, email TEXT,
    due INTEGER, body TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS objects_newest ON objects (kind, created DESC, seq DESC);
{INDEXES}
CREATE INDEX IF NOT EXISTS objects_due ON objects (due) WHERE due IS NOT NULL;
CREATE TABLE IF NOT EXISTS keys (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, status INTEGER NOT NULL, body TEXT NOT NULL,
    created INTEGER NOT NULL);
CREATE INDEX IF NOT EXISTS keys_created ON keys (created);
CREATE TABLE IF NOT EXISTS deliveries (
    event TEXT PRIMARY KEY, tries INTEGER NOT NULL DEFAULT 0, next_at REAL NOT NULL, last_status TEXT);
"""
PUT = (
    f"INSERT INTO objects (kind, id, created, {', '.join(COLUMNS)}, due, body)"  # noqa: S608  names are ours
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
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


class Store:
    """A small object store; every write happens inside `begin`, which is atomic."""

    def __init__(self, path: Path | None = None) -> None:
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(path or ":memory:", isolation_level=None)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")  # survives the death of the process, which is enough
        self._db.executescript(SCHEMA)

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
            (thing["object"], thing["id"], thing["created"], *columns, due, json.dumps(thing)),
        )
        return thing

    def find(self, object_id: str) -> Json | None:
        row = self._db.execute("SELECT body FROM objects WHERE id = ?", (object_id,)).fetchone()
        return json.loads(row[0]) if row else None

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
            f"SELECT body FROM objects WHERE {' AND '.join(where)}"  # noqa: S608  names are ours
            f" ORDER BY created {order}, seq {order} LIMIT ?",
            (*values, query.limit + 1),
        ).fetchall()
        found = [json.loads(row[0]) for row in rows[: query.limit]]
        return found[::-1] if backwards else found, len(rows) > query.limit

    def due(self, now: int) -> list[Json]:
        """What time has changed by now, the longest overdue first."""
        rows = self._db.execute("SELECT body FROM objects WHERE due <= ? ORDER BY due, seq", (now,))
        return [json.loads(row[0]) for row in rows.fetchall()]

    def find_key(self, key: str) -> tuple[str, int, str] | None:
        """The fingerprint, status and body kept for an idempotency key."""
        row = self._db.execute("SELECT fingerprint, status, body FROM keys WHERE key = ?", (key,)).fetchone()
        return (row[0], row[1], row[2]) if row else None

    def keep_key(self, key: str, fingerprint: str, status: int, body: str, now: int) -> None:
        self._db.execute("REPLACE INTO keys VALUES (?, ?, ?, ?, ?)", (key, fingerprint, status, body, now))

    def prune_keys(self, before: int) -> None:
        self._db.execute("DELETE FROM keys WHERE created <= ?", (before,))

    def add_delivery(self, event_id: str, at: float) -> None:
        self._db.execute("INSERT INTO deliveries (event, next_at) VALUES (?, ?)", (event_id, at))

    def due_deliveries(self, now: float, limit: int = 50) -> list[tuple[str, int]]:
        """Ids of the events to tell now, with the number of tries so far."""
        rows = self._db.execute(
            "SELECT event, tries FROM deliveries WHERE next_at <= ? ORDER BY next_at, rowid LIMIT ?",
            (now, limit),
        )
        return [(row[0], row[1]) for row in rows.fetchall()]

    def put_back(self, event_id: str, at: float, status: str) -> None:
        self._db.execute(
            "UPDATE deliveries SET tries = tries + 1, next_at = ?, last_status = ? WHERE event = ?",
            (at, status, event_id),
        )

    def end_delivery(self, event_id: str) -> None:
        self._db.execute("DELETE FROM deliveries WHERE event = ?", (event_id,))

    def waiting(self) -> dict[str, tuple[int, str | None]]:
        """Events not yet taken: id → tries, and what the last try met."""
        rows = self._db.execute("SELECT event, tries, last_status FROM deliveries")
        return {row[0]: (row[1], row[2]) for row in rows.fetchall()}


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
    comparisons = {"gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
    for name, at in query.created.items():
        where.append(f"created {comparisons[name]} ?")
        values.append(at)
    return where, values
