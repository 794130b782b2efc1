"""Accounts and the people who work for them."""

from sqlalchemy import JSON, Boolean, Column, Index, String, Table, Text

from billing.states import PlanName, Role
from storage.tables.metadata import metadata, of_account
from storage.types import Word, account_id, currency, minor, one_of, own_id

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
    one_of("plan", PlanName),
    Index("uq_accounts_slug", "slug", unique=True),
    Index("uq_accounts_directory", "directory", unique=True),
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
    of_account(),
    one_of("role", Role),
    Index("uq_staff_email_key", "account_id", "email_key", unique=True),
)
