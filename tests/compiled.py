"""Statements are compiled once a process, not once more for every database that a test opens.

SQLAlchemy keeps what it compiled for each engine and its dialect, and a test opens two engines: compiling
was a sixth of the processor time. Here dialects of one kind are one key, and their engines share one cache.
"""

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.asyncpg import PGDialect_asyncpg
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite

_compiled: dict[Any, Any] = {}


class _OneKey:
    """The settings of an engine that change SQL, such as `paramstyle`, are the same for all of ours."""

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)

    def __hash__(self) -> int:
        return hash(type(self))

    @classmethod
    def engine_created(cls, engine: Engine) -> None:
        engine.update_execution_options(compiled_cache=_compiled)


class OnSQLite(_OneKey, SQLiteDialect_aiosqlite):
    supports_statement_cache = True  # said anew by each class, or SQLAlchemy caches nothing


class OnPostgreSQL(_OneKey, PGDialect_asyncpg):
    supports_statement_cache = True


def compile_once() -> None:
    """Engines that this process opens from now on share what they compile."""
    registry.register("sqlite.aiosqlite", __name__, OnSQLite.__name__)
    registry.register("postgresql.asyncpg", __name__, OnPostgreSQL.__name__)
