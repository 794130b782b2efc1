"""Helpdesks, Self billing, tickets and their timelines, and what stands for them in Slack."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Index,
    String,
    Table,
    Text,
    text,
)

from billing.states import AskCode, CancelWhen, EntryKind, Handling, Surface, TicketState
from storage.tables.metadata import metadata, of_account, within_account
from storage.types import Id, UtcDateTime, Word, account_id, one_of, own_id

# Without the questions, which SQLite would otherwise look for here instead of by their state.
_ABOUT_REQUEST = text("request_id IS NOT NULL")
QUESTION = text("request_id IS NULL")

helpdesks = Table(
    "helpdesks",
    metadata,
    account_id(),
    own_id(),
    Column("slug", String(64), nullable=False),
    Column("name", Text, nullable=False),
    Column("slack_channel", Text),
    Column("billing_shown", Boolean, nullable=False),
    Column("archived_at", UtcDateTime()),
    Column("welcome", Text, nullable=False),
    Column("colour", String(7)),  # NULL: the account's
    Column("logo", String(64)),  # names a row of `logos`
    of_account(),
    Index("uq_helpdesks_slug", "account_id", "slug", unique=True),
)

departments = Table(
    "departments",
    metadata,
    account_id(),
    own_id(),
    Column("helpdesk_id", Id(), nullable=False),
    Column("name", Text, nullable=False),
    Column("archived_at", UtcDateTime()),
    Column("place", BigInteger, nullable=False),
    within_account("helpdesk_id", "helpdesks"),
    Index("ix_departments_helpdesk_id", "account_id", "helpdesk_id", "place"),
)

helpdesk_staff = Table(
    "helpdesk_staff",
    metadata,
    account_id(),
    Column("helpdesk_id", Id(), primary_key=True),
    Column("staff_id", Id(), primary_key=True),
    within_account("helpdesk_id", "helpdesks"),
    within_account("staff_id", "staff"),
)

self_billing = Table(
    "self_billing",
    metadata,
    account_id(),
    # the helpdesk, or zero for the portal: a key cannot hold NULL
    Column("place_id", Id(), primary_key=True),
    Column("surface", Word(Surface), nullable=False),
    Column("helpdesk_id", Id()),
    Column("invoices", Boolean, nullable=False),
    Column("card_update", Boolean, nullable=False),
    Column("refund", Word(Handling)),
    Column("cancel", Word(Handling)),
    Column("cancel_when", Word(CancelWhen), nullable=False),
    Column("ticket_helpdesk_id", Id()),
    Column("ticket_department_id", Id()),
    Column("code_for_documents", Word(AskCode), nullable=False),
    Column("code_for_refund", Word(AskCode), nullable=False),
    Column("code_for_card", Word(AskCode), nullable=False),
    of_account(),
    within_account("helpdesk_id", "helpdesks"),
    within_account("ticket_helpdesk_id", "helpdesks"),
    within_account("ticket_department_id", "departments"),
    one_of("surface", Surface),
    one_of("refund", Handling),
    one_of("cancel", Handling),
    one_of("cancel_when", CancelWhen),
    one_of("code_for_documents", AskCode),
    one_of("code_for_refund", AskCode),
    one_of("code_for_card", AskCode),
    CheckConstraint("(surface = 'portal') = (helpdesk_id IS NULL)", name="place"),
)

tickets = Table(
    "tickets",
    metadata,
    account_id(),
    own_id(),
    Column("reference", String(16), nullable=False),
    Column("helpdesk_id", Id(), nullable=False),
    Column("department_id", Id()),
    Column("customer_id", Id(), nullable=False),
    Column("request_id", Id()),
    Column("subject", Text, nullable=False),
    Column("state", Word(TicketState), nullable=False),
    Column("opened_at", UtcDateTime(), nullable=False),
    Column("moved_at", UtcDateTime(), nullable=False),
    Column("assignee_id", Id()),
    within_account("helpdesk_id", "helpdesks"),
    within_account("department_id", "departments"),
    within_account("assignee_id", "staff"),
    within_account("customer_id", "customers"),
    within_account("request_id", "requests"),
    one_of("state", TicketState),
    Index("uq_tickets_reference", "account_id", "reference", unique=True),
    Index(
        "uq_tickets_request_id",
        "account_id",
        "request_id",
        unique=True,
        sqlite_where=_ABOUT_REQUEST,
        postgresql_where=_ABOUT_REQUEST,
    ),
    Index("ix_tickets_customer_id", "account_id", "customer_id", "moved_at"),
    Index("ix_tickets_state", "account_id", "state", "moved_at"),
    Index(
        "ix_tickets_questions",
        "account_id",
        "state",
        "moved_at",
        sqlite_where=QUESTION,
        postgresql_where=QUESTION,
    ),
    Index("ix_tickets_assignee_id", "account_id", "assignee_id"),
)

entries = Table(
    "entries",
    metadata,
    account_id(),
    own_id(),
    Column("ticket_id", Id(), nullable=False),
    Column("kind", Word(EntryKind), nullable=False),
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("verb", String(32), nullable=False),
    Column("facts", JSON, nullable=False),
    Column("at", UtcDateTime(), nullable=False),
    Column("place", BigInteger, nullable=False),  # orders entries of one instant
    within_account("ticket_id", "tickets"),
    one_of("kind", EntryKind),
    Index("ix_entries_ticket_id", "account_id", "ticket_id", "at", "place"),
)

card_places = Table(
    "card_places",
    metadata,
    account_id(),
    Column("ticket_id", Id(), primary_key=True),
    Column("team_id", String(32), nullable=False),
    Column("channel", String(32), nullable=False),
    Column("ts", String(32), nullable=False),
    within_account("ticket_id", "tickets"),
    Index("uq_card_places_ts", "account_id", "team_id", "channel", "ts", unique=True),
)

slack_links = Table(
    "slack_links",
    metadata,
    account_id(),
    Column("team_id", String(32), primary_key=True),
    Column("user_id", String(32), primary_key=True),
    Column("staff_id", Id(), nullable=False),
    within_account("staff_id", "staff"),
    Index("uq_slack_links_staff_id", "account_id", "staff_id", unique=True),
    Index("ix_slack_links_user_id", "team_id", "user_id"),  # a click names no account
)
