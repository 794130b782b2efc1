"""Accounts and the people who work for them."""

from sqlalchemy import JSON, Boolean, CheckConstraint, Column, Index, String, Table, Text, text

from billing.states import PlanName, Role
from storage.tables.metadata import metadata, of_account
from storage.types import UtcDateTime, Word, account_id, currency, minor, one_of, own_id

# Queries must use these very words, or the index is not for them.
HAS_DOMAIN = text("domain IS NOT NULL")

accounts = Table(
    "accounts",
    metadata,
    account_id(),
    Column("slug", String(64), nullable=False),
    Column("directory", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("plan", Word(PlanName), nullable=False),
    currency(),
    Column("locale", String(35), nullable=False),
    Column("time_zone", String(64), nullable=False),
    Column("seller", JSON, nullable=False),
    Column("colour", String(7), nullable=False),
    Column("domain", String(253)),  # proved, and in use
    Column("second_factor", Boolean, nullable=False),  # every staff member needs one
    minor("two_people_above_minor", nullable=True),
    minor("bulk_up_to_minor", nullable=True),
    one_of("plan", PlanName),
    CheckConstraint("two_people_above_minor >= 0", name="two_people_above"),
    CheckConstraint("bulk_up_to_minor >= 0", name="bulk_up_to"),
    Index("uq_accounts_slug", "slug", unique=True),
    Index("uq_accounts_directory", "directory", unique=True),
    Index("uq_accounts_domain", "domain", unique=True, sqlite_where=HAS_DOMAIN, postgresql_where=HAS_DOMAIN),
)

# Paths that an account has left stay its own: old links must not lead to somebody else.
former_directories = Table(
    "former_directories",
    metadata,
    account_id(),
    Column("directory", String(64), primary_key=True),
    of_account(),
    Index("uq_former_directories_directory", "directory", unique=True),
)

staff = Table(
    "staff",
    metadata,
    account_id(),
    own_id(),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Word(Role), nullable=False),
    minor("limit_minor", nullable=True),
    Column("password_hash", Text, nullable=False),
    Column("locale", String(35), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("seen_at", UtcDateTime()),  # at the desk, to the minute
    of_account(),
    one_of("role", Role),
    Index("uq_staff_email_key", "account_id", "email_key", unique=True),
)
