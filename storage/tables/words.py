"""What merchants say in words of their own, by language; and the time zones that people read in."""

from sqlalchemy import Boolean, Column, String, Table, Text

from billing.states import TextKind
from storage.tables.metadata import metadata, of_account
from storage.types import UtcDateTime, Word, account_id, one_of

merchant_texts = Table(
    "merchant_texts",
    metadata,
    account_id(),
    Column("kind", Word(TextKind), primary_key=True),
    Column("about", String(64), primary_key=True),  # a helpdesk, a template, a kind of mail; or empty
    Column("language", String(35), primary_key=True),  # empty: for every language that has none of its own
    Column("text", Text, nullable=False),
    Column("changed_at", UtcDateTime(), nullable=False),
    of_account(),
    one_of("kind", TextKind),
)

reader_zones = Table(
    "reader_zones",
    metadata,
    account_id(),
    Column("reader", String(64), primary_key=True),  # `customer:<hex>` or `staff:<hex>`
    Column("time_zone", String(64), nullable=False),
    Column("chosen", Boolean, nullable=False),  # by the reader, so that no browser says otherwise
    of_account(),
)
