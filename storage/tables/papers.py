"""What documents are made of, the drawn ones, and many of them at once."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    text,
)

from billing.states import BundleForm, BundleState
from storage.tables.metadata import metadata, of_account, within_account
from storage.types import Id, UtcDateTime, Word, account_id, one_of, own_id

_GATHERING = text("state = 'gathering'")

document_settings = Table(
    "document_settings",
    metadata,
    account_id(),
    Column("logo", String(64)),  # names a row of `logos`
    Column("small_business", Boolean, nullable=False),
    Column("footer", Text, nullable=False),
    Column("corrections", Boolean, nullable=False),
    Column("mail_invoices", Boolean, nullable=False),
    of_account(),
)

# The seller as they were until a moment; the account's row and its settings are how they are since.
past_sellers = Table(
    "past_sellers",
    metadata,
    account_id(),
    own_id(),
    Column("until", UtcDateTime(), nullable=False),
    Column("profile", JSON, nullable=False),
    of_account(),
    Index("ix_past_sellers_until", "account_id", "until"),
)

# What was sold and how it was paid, as it was known when the payment was first taken in.
snapshots = Table(
    "snapshots",
    metadata,
    account_id(),
    Column("payment_id", Id(), primary_key=True),
    Column("frozen", JSON, nullable=False),
    within_account("payment_id", "payments"),
)

# What the lines of the processor's invoices say, until the charges that pay them are taken in.
processor_lines = Table(
    "processor_lines",
    metadata,
    account_id(),
    Column("payment_intent", String(255), primary_key=True),
    Column("lines", JSON, nullable=False),
    of_account(),
)

# By content address: the SHA-256 of everything that is drawn.
drawn_documents = Table(
    "drawn_documents",
    metadata,
    account_id(),
    Column("digest", String(64), primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("size", BigInteger, nullable=False),
    of_account(),
    CheckConstraint("size > 0", name="size"),
)

bundles = Table(
    "bundles",
    metadata,
    account_id(),
    own_id(),
    Column("customer_id", Id()),  # whose documents; NULL: all of the account's
    Column("asked_by", Text, nullable=False),
    Column("year", Integer, nullable=False),
    Column("form", Word(BundleForm), nullable=False),
    Column("issue_missing", Boolean, nullable=False),
    Column("locale", String(35), nullable=False),
    Column("state", Word(BundleState), nullable=False),
    Column("total", Integer, nullable=False),
    Column("done", Integer, nullable=False),
    Column("asked_at", UtcDateTime(), nullable=False),
    Column("ready_at", UtcDateTime()),
    Column("expires_at", UtcDateTime(), nullable=False),
    within_account("customer_id", "customers"),
    one_of("form", BundleForm),
    one_of("state", BundleState),
    CheckConstraint("year BETWEEN 1970 AND 9999", name="year"),
    CheckConstraint("done >= 0 AND done <= total", name="done"),
    Index("ix_bundles_asked_by", "account_id", "asked_by", "asked_at"),
    # One under way for each person.
    Index(
        "uq_bundles_gathering",
        "account_id",
        "asked_by",
        unique=True,
        sqlite_where=_GATHERING,
        postgresql_where=_GATHERING,
    ),
)
