"""What people uploaded, checked and re-encoded: a ticket's attachments, a helpdesk's logo."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Index, LargeBinary, String, Table, Text

from storage.tables.metadata import metadata, of_account, within_account
from storage.types import Id, UtcDateTime, account_id, own_id

attachments = Table(
    "attachments",
    metadata,
    account_id(),
    own_id(),
    Column("ticket_id", Id(), nullable=False),
    Column("entry_id", Id(), nullable=False),
    Column("name", Text, nullable=False),
    Column("media_type", String(64), nullable=False),
    Column("size", BigInteger, nullable=False),  # bytes
    Column("content", LargeBinary, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    within_account("ticket_id", "tickets"),
    within_account("entry_id", "entries"),
    CheckConstraint("size > 0", name="size"),
    Index("ix_attachments_ticket_id", "account_id", "ticket_id"),
)

logos = Table(
    "logos",
    metadata,
    account_id(),
    Column("digest", String(64), primary_key=True),
    Column("media_type", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
    of_account(),
)
