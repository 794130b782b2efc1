"""Issued documents and the series that number them."""

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, String, Table, text

from billing.states import DocumentKind
from storage.tables.metadata import metadata, of_account, within_account
from storage.types import Id, UtcDateTime, Word, account_id, one_of, own_id

_OF_PAYMENT = text("refund_id IS NULL")
_OF_REFUND = text("refund_id IS NOT NULL")

documents = Table(
    "documents",
    metadata,
    account_id(),
    own_id(),
    Column("kind", Word(DocumentKind), nullable=False),
    Column("number", String(64), nullable=False),
    Column("payment_id", Id(), nullable=False),
    Column("refund_id", Id()),
    Column("revision", Integer, nullable=False),
    Column("corrects_id", Id()),
    Column("issued_at", UtcDateTime(), nullable=False),
    Column("frozen", JSON, nullable=False),
    within_account("payment_id", "payments"),
    within_account("refund_id", "refunds"),
    one_of("kind", DocumentKind),
    CheckConstraint("refund_id IS NULL OR kind = 'credit_note'", name="refund"),
    CheckConstraint("corrects_id IS NULL OR (kind <> 'receipt' AND refund_id IS NULL)", name="corrects"),
    CheckConstraint(
        "kind <> 'credit_note' OR refund_id IS NOT NULL OR corrects_id IS NOT NULL", name="credit_note"
    ),
    CheckConstraint("revision >= 0 AND (revision > 0) = (corrects_id IS NOT NULL)", name="revision"),
    within_account("corrects_id", "documents"),
    Index("uq_documents_number", "account_id", "kind", "number", unique=True),
    Index("ix_documents_issued_at", "account_id", "kind", "issued_at"),
    Index(
        "uq_documents_payment_id",
        "account_id",
        "kind",
        "payment_id",
        "revision",
        unique=True,
        sqlite_where=_OF_PAYMENT,
        postgresql_where=_OF_PAYMENT,
    ),
    Index(
        "uq_documents_refund_id",
        "account_id",
        "kind",
        "refund_id",
        unique=True,
        sqlite_where=_OF_REFUND,
        postgresql_where=_OF_REFUND,
    ),
)

series = Table(
    "series",
    metadata,
    account_id(),
    Column("kind", Word(DocumentKind), primary_key=True),
    Column("last", Integer, nullable=False),
    of_account(),
    one_of("kind", DocumentKind),
    CheckConstraint("last > 0", name="last"),
)
