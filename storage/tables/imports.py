"""Runs of an import, the rows that wait and all that were ever read, and which of our rows they became."""

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text, text

from billing.imports.ports import Phase, RowState, RunState
from billing.states import SubscriptionState
from storage.tables.metadata import metadata, of_account, within_account
from storage.types import Id, UtcDateTime, Word, account_id, currency, one_of, own_id

_OPEN = text("finished_at IS NULL")
_STAGED = text("state = 'staged'")


def _source() -> Column[str]:
    """What wrote the file, e.g. `kartra`: its ids mean something only there."""
    return Column("source", String(16), primary_key=True)


import_runs = Table(
    "import_runs",
    metadata,
    account_id(),
    own_id(),
    Column("source", String(16), nullable=False),
    Column("file_name", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False),
    currency(),
    Column("state", Word(RunState), nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("totals", JSON, nullable=False),
    Column("holder", Text, nullable=False),
    Column("held_until", UtcDateTime(), nullable=False),
    Column("started_at", UtcDateTime(), nullable=False),
    Column("finished_at", UtcDateTime()),
    of_account(),
    one_of("state", RunState),
    # two imports of one account at once would take each other's rows
    Index("uq_import_runs_open", "account_id", unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN),
)

import_rows = Table(
    "import_rows",
    metadata,
    account_id(),
    _source(),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("run_id", Id(), nullable=False),
    Column("line", BigInteger, nullable=False),
    Column("digest", String(32), nullable=False),
    Column("state", Word(RowState), nullable=False),
    Column("phase", Word(Phase), nullable=False),
    Column("wall", BigInteger, nullable=False),
    Column("content", Text),  # NULL once applied: it is in the sales then, and nowhere else
    within_account("run_id", "import_runs"),
    one_of("state", RowState),
    one_of("phase", Phase),
    Index(
        "ix_import_rows_staged",
        "account_id",
        "source",
        "phase",
        "wall",
        "number",
        sqlite_where=_STAGED,
        postgresql_where=_STAGED,
    ),
)

import_findings = Table(
    "import_findings",
    metadata,
    account_id(),
    Column("run_id", Id(), primary_key=True),
    Column("line", BigInteger, primary_key=True, autoincrement=False),
    Column("cause", String(32), primary_key=True),
    Column("number", String(64), nullable=False),  # the row's ID, as it stands in the file
    Column("column_name", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    within_account("run_id", "import_runs"),
)

import_products = Table(
    "import_products",
    metadata,
    account_id(),
    _source(),
    Column("name", Text, primary_key=True),
    Column("price_point", Text, primary_key=True),
    Column("product_id", Id(), nullable=False),
    within_account("product_id", "products"),
)

import_customers = Table(
    "import_customers",
    metadata,
    account_id(),
    _source(),
    Column("ref", Text, primary_key=True),
    Column("customer_id", Id(), nullable=False),
    Column("wall", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    within_account("customer_id", "customers"),
)

import_agreements = Table(
    "import_agreements",
    metadata,
    account_id(),
    _source(),
    Column("ref", Text, primary_key=True),
    Column("subscription_id", Id(), nullable=False),
    Column("state", Word(SubscriptionState), nullable=False),  # as the rows tell it
    Column("ended_at", UtcDateTime()),
    Column("paid", Integer, nullable=False),
    Column("wall", BigInteger, nullable=False),
    Column("number", BigInteger, nullable=False),
    within_account("subscription_id", "subscriptions"),
    one_of("state", SubscriptionState),
)
