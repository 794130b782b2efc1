"""What happens at a time: working hours, alarms, snoozes; and the answers that helpdesks keep ready."""

from sqlalchemy import JSON, BigInteger, CheckConstraint, Column, Index, Integer, Table, Text

from billing.states import AlarmKind
from storage.tables.metadata import metadata, of_account, within_account
from storage.types import Id, UtcDateTime, Word, account_id, one_of, own_id

helpdesk_hours = Table(
    "helpdesk_hours",
    metadata,
    account_id(),
    Column("helpdesk_id", Id(), primary_key=True),
    Column("days", JSON, nullable=False),  # of the week, 1 is Monday
    Column("opens", Integer, nullable=False),  # minutes from midnight, in the account's zone
    Column("closes", Integer, nullable=False),
    Column("answer_hours", Integer, nullable=False),
    Column("digest_at", Integer),
    within_account("helpdesk_id", "helpdesks"),
    CheckConstraint("opens BETWEEN 0 AND 1439", name="opens"),
    CheckConstraint("closes > opens AND closes <= 1440", name="closes"),
    CheckConstraint("answer_hours BETWEEN 1 AND 720", name="answer_hours"),
    CheckConstraint("digest_at BETWEEN 0 AND 1439", name="digest_at"),
)

alarms = Table(
    "alarms",
    metadata,
    account_id(),
    Column("kind", Word(AlarmKind), primary_key=True),
    Column("subject", Id(), primary_key=True),
    Column("due_at", UtcDateTime(), nullable=False),
    Column("step", Integer, nullable=False),
    of_account(),
    one_of("kind", AlarmKind),
    CheckConstraint("step >= 0", name="step"),
    Index("ix_alarms_due_at", "due_at"),  # one look for all accounts
)

snoozes = Table(
    "snoozes",
    metadata,
    account_id(),
    Column("ticket_id", Id(), primary_key=True),
    Column("until", UtcDateTime(), nullable=False),
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    within_account("ticket_id", "tickets"),
)

answer_templates = Table(
    "answer_templates",
    metadata,
    account_id(),
    own_id(),
    Column("helpdesk_id", Id(), nullable=False),
    Column("name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("place", BigInteger, nullable=False),
    within_account("helpdesk_id", "helpdesks"),
    Index("ix_answer_templates_helpdesk_id", "account_id", "helpdesk_id", "place"),
)
