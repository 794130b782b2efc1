"""Days that are over, counted once, so that a report costs the same however many requests there are."""

from sqlalchemy import JSON, Column, Date, Table

from storage.tables.metadata import metadata, of_account
from storage.types import UtcDateTime, account_id

report_days = Table(
    "report_days",
    metadata,
    account_id(),
    Column("day", Date, primary_key=True),  # in the account's time zone
    Column("facts", JSON, nullable=False),
    Column("made_at", UtcDateTime(), nullable=False),
    of_account(),
)
