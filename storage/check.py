"""`python -m storage.check`: whether migrations lead to what the tables say, to the last CHECK and trigger.

SQLite always; PostgreSQL too where SELFBILL_TEST_DATABASE_URL names one. Nothing is left behind in it.
"""

import asyncio
import os
import sys
from collections.abc import Callable

from sqlalchemy import Connection, MetaData, create_engine, event, text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from storage.engine import with_driver
from storage.migrate import upgrade_on
from storage.tables import metadata

SERVER = "SELFBILL_TEST_DATABASE_URL"

_Make = Callable[[Connection], None]
_SQLITE = """
    SELECT name, sql FROM sqlite_master
    WHERE sql IS NOT NULL AND tbl_name <> 'alembic_version'
"""
# Everything in the schema that comes first in the search path, each in PostgreSQL's own words.
_POSTGRESQL = """
    WITH ours AS (
        SELECT oid, relname FROM pg_class
        WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
        AND relname <> 'alembic_version'
    )
    SELECT relname, concat_ws(' ', attname, format_type(atttypid, atttypmod),
        CASE WHEN attnotnull THEN 'NOT NULL' END)
        FROM ours JOIN pg_attribute ON attrelid = ours.oid AND attnum > 0
    UNION ALL
    SELECT relname, conname || ' ' || pg_get_constraintdef(rule.oid)
        FROM ours JOIN pg_constraint rule ON conrelid = ours.oid
    UNION ALL
    SELECT relname, pg_get_indexdef(indexrelid)
        FROM ours JOIN pg_index ON indrelid = ours.oid
    UNION ALL
    SELECT relname, pg_get_triggerdef(rule.oid)
        FROM ours JOIN pg_trigger rule ON tgrelid = ours.oid AND NOT tgisinternal
    UNION ALL
    SELECT proname, pg_get_functiondef(oid)
        FROM pg_proc WHERE pronamespace = current_schema()::regnamespace
"""


def compare_sqlite(tables: MetaData = metadata) -> list[str]:
    """The lines in which migrations (-) and tables (+) differ on SQLite."""
    return _differences(_made_on_sqlite(upgrade_on), _made_on_sqlite(tables.create_all))


async def compare_postgresql(url: str, tables: MetaData = metadata) -> list[str]:
    """The same on the PostgreSQL at `url`, in schemas that are rolled back."""
    migrated = await _made_on_postgresql(url, upgrade_on)
    return _differences(migrated, await _made_on_postgresql(url, tables.create_all))


def main() -> int:
    """Print the differences; 1 if there are any."""
    differences = {"SQLite": compare_sqlite()}
    server = os.environ.get(SERVER)
    if server:
        differences["PostgreSQL"] = asyncio.run(compare_postgresql(server))
    for engine, lines in differences.items():
        print(f"{engine}: {'migrations and tables differ' if lines else 'migrations and tables agree'}")
        for line in lines:
            print(f"  {line}")
    if not server:
        print(f"PostgreSQL: not compared, {SERVER} is not set")
    return int(any(differences.values()))


def _made_on_sqlite(make: _Make) -> set[str]:
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda connection, _record: setattr(connection, "isolation_level", None))
    with engine.connect() as connection:
        make(connection)
        rows = connection.execute(text(_SQLITE)).all()
    engine.dispose()
    return {f"{name}: {line.strip().rstrip(',')}" for name, sql in rows for line in sql.splitlines()}


async def _made_on_postgresql(url: str, make: _Make) -> set[str]:
    engine = create_async_engine(with_driver(url), poolclass=NullPool)
    try:
        async with engine.connect() as connection:
            await connection.execute(text("CREATE SCHEMA selfbill_check"))
            await connection.execute(text("SET LOCAL search_path TO selfbill_check"))
            await connection.run_sync(make)
            rows = (await connection.execute(text(_POSTGRESQL))).all()
            await connection.rollback()
    finally:
        await engine.dispose()
    return {f"{name}: {line}" for name, line in rows}


def _differences(migrated: set[str], stated: set[str]) -> list[str]:
    gone = [f"- {line}" for line in sorted(migrated - stated)]
    return gone + [f"+ {line}" for line in sorted(stated - migrated)]


if __name__ == "__main__":
    sys.exit(main())
