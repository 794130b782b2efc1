"""Signed-in browsers, e-mailed codes, counters of failures, and the once-keys of forms."""

from sqlalchemy import BigInteger, Boolean, CheckConstraint, Column, Index, Integer, String, Table, text

from billing.states import Surface
from storage.tables.metadata import metadata, within_account
from storage.types import Id, UtcDateTime, Word, account_id, one_of, own_id

# Queries must use these very words, or the index is not for them.
NEWEST = text("NOT replaced")

visits = Table(
    "visits",
    metadata,
    account_id(),
    own_id(),
    Column("token_hash", String(128), nullable=False),
    Column("customer_id", Id()),
    Column("staff_id", Id()),
    Column("surface", Word(Surface)),
    Column("helpdesk_id", Id()),
    Column("proved_at", UtcDateTime()),
    Column("began_at", UtcDateTime(), nullable=False),
    Column("seen_at", UtcDateTime(), nullable=False),
    Column("half", Boolean, nullable=False),  # the password was right, the second factor is to come
    within_account("customer_id", "customers"),
    within_account("staff_id", "staff"),
    within_account("helpdesk_id", "helpdesks"),
    one_of("surface", Surface),
    CheckConstraint("(customer_id IS NULL) <> (staff_id IS NULL)", name="one_person"),
    Index("uq_visits_token_hash", "account_id", "token_hash", unique=True),
    Index("ix_visits_staff_id", "account_id", "staff_id"),
)

codes = Table(
    "codes",
    metadata,
    account_id(),
    own_id(),
    Column("browser", String(128), nullable=False),
    Column("purpose", String(32), nullable=False),
    Column("customer_id", Id()),
    Column("code_hash", String(128), nullable=False),
    Column("made_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("used_at", UtcDateTime()),
    Column("replaced", Boolean, nullable=False),  # there is a newer one
    within_account("customer_id", "customers"),
    CheckConstraint("tries BETWEEN 0 AND 5", name="tries"),
    Index(
        "uq_codes_newest",
        "account_id",
        "browser",
        "purpose",
        unique=True,
        sqlite_where=NEWEST,
        postgresql_where=NEWEST,
    ),
    Index("ix_codes_customer_id", "account_id", "customer_id", "made_at"),
)

# No foreign key: the counters of the whole server stand under a reserved account that does not exist.
budgets = Table(
    "budgets",
    metadata,
    account_id(),
    Column("key", String(128), primary_key=True),
    Column("span", Integer, primary_key=True),  # seconds
    Column("window", BigInteger, nullable=False),  # how many spans since 1970
    Column("count", Integer, nullable=False),
    CheckConstraint("count >= 0", name="count"),
)

once_keys = Table(
    "once_keys",
    metadata,
    account_id(),
    Column("key", String(128), primary_key=True),
    Column("result", Id(), nullable=False),
    Column("at", UtcDateTime(), nullable=False),
)
