"""The payment processor: connections, what it said of customers, disputes, card changes, alerts, walks."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from billing.states import (
    OPEN_CARD_CHANGE,
    AlertKind,
    CardChangeState,
    CardPageKind,
    CardStepKind,
    ConnectionEnd,
    ConnectionState,
    DisputeState,
    OperationState,
    Surface,
)
from storage.tables.metadata import metadata, of_account, within_account
from storage.types import Id, UtcDateTime, Word, account_id, currency, minor, one_of, own_id

_OPEN_CHANGE = ", ".join(sorted(f"'{state}'" for state in OPEN_CARD_CHANGE))
# Queries must use these very words, or the indexes are not for them.
LIVE_CONNECTION = text("state = 'live'")
COMING_CONNECTION = text("state IN ('checking', 'refused')")
OPEN_CHANGE = text(f"state IN ({_OPEN_CHANGE})")
OPEN_ALERT = text("closed_at IS NULL")
OPEN_RUN = text("finished_at IS NULL")

processor_connections = Table(
    "processor_connections",
    metadata,
    account_id(),
    own_id(),
    Column("provider", String(16), nullable=False),
    Column("state", Word(ConnectionState), nullable=False),
    Column("key", Text, nullable=False),  # sealed
    Column("key_hint", String(64), nullable=False),
    Column("processor_account", String(64), nullable=False),
    Column("processor_name", Text, nullable=False),
    Column("livemode", Boolean),
    Column("missing", JSON, nullable=False),
    Column("problem", String(64), nullable=False),
    Column("webhook_id", String(64), nullable=False),
    Column("webhook_secret", Text),  # sealed
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcDateTime(), nullable=False),
    Column("checked_at", UtcDateTime()),
    Column("ended_at", UtcDateTime()),
    Column("ended_why", Word(ConnectionEnd)),
    of_account(),
    one_of("state", ConnectionState),
    one_of("ended_why", ConnectionEnd),
    CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended"),
    CheckConstraint("state <> 'live' OR (processor_account <> '' AND livemode IS NOT NULL)", name="bound"),
    Index(
        "uq_processor_connections_live",
        "account_id",
        unique=True,
        sqlite_where=LIVE_CONNECTION,
        postgresql_where=LIVE_CONNECTION,
    ),
    Index(
        "uq_processor_connections_coming",
        "account_id",
        unique=True,
        sqlite_where=COMING_CONNECTION,
        postgresql_where=COMING_CONNECTION,
    ),
    # what one of the processor's accounts says must not be taken in by two of ours
    Index(
        "uq_processor_connections_processor_account",
        "provider",
        "processor_account",
        "livemode",
        unique=True,
        sqlite_where=LIVE_CONNECTION,
        postgresql_where=LIVE_CONNECTION,
    ),
)

processor_customers = Table(
    "processor_customers",
    metadata,
    account_id(),
    Column("processor_id", String(255), primary_key=True),
    Column("customer_id", Id(), nullable=False),
    within_account("customer_id", "customers"),
    Index("ix_processor_customers_customer_id", "account_id", "customer_id"),
)

processor_products = Table(
    "processor_products",
    metadata,
    account_id(),
    Column("source", String(16), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("price_point", Text, primary_key=True),
    Column("product_id", Id(), nullable=False),
    within_account("product_id", "products"),
)

processor_invoices = Table(
    "processor_invoices",
    metadata,
    account_id(),
    Column("payment_intent", String(255), primary_key=True),
    Column("invoice", String(255), nullable=False),
    Column("subscription", String(255), nullable=False),
    Column("product", Text, nullable=False),
    Column("price_point", Text, nullable=False),
    Column("number", Text, nullable=False),
    minor("total_minor"),  # of it all: several payments may have settled it
    minor("tax_minor"),
    currency(),
    of_account(),
    CheckConstraint("tax_minor >= 0", name="tax"),
)

disputes = Table(
    "disputes",
    metadata,
    account_id(),
    Column("processor_id", String(255), primary_key=True),
    Column("payment_id", Id(), nullable=False),
    minor("amount_minor"),
    currency(),
    Column("state", Word(DisputeState), nullable=False),
    Column("reason", String(64), nullable=False),
    Column("opened_at", UtcDateTime(), nullable=False),
    Column("moved_at", UtcDateTime(), nullable=False),
    within_account("payment_id", "payments"),
    one_of("state", DisputeState),
    CheckConstraint("amount_minor >= 0", name="amount"),
    Index("ix_disputes_payment_id", "account_id", "payment_id"),
    Index("ix_disputes_opened_at", "account_id", "opened_at"),
)

request_holds = Table(
    "request_holds",
    metadata,
    account_id(),
    Column("request_id", Id(), primary_key=True),
    Column("payment_id", Id(), nullable=False),
    Column("since", UtcDateTime(), nullable=False),
    within_account("request_id", "requests"),
    within_account("payment_id", "payments"),
    Index("ix_request_holds_payment_id", "account_id", "payment_id"),
)

alerts = Table(
    "alerts",
    metadata,
    account_id(),
    own_id(),
    Column("kind", Word(AlertKind), nullable=False),
    Column("subject", Text, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("raised_at", UtcDateTime(), nullable=False),
    Column("mailed_at", UtcDateTime()),
    Column("closed_at", UtcDateTime()),
    Column("closed_by", Text),
    Column("closed_by_name", Text, nullable=False),
    of_account(),
    one_of("kind", AlertKind),
    CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name="closed"),
    Index(
        "uq_alerts_open",
        "account_id",
        "kind",
        "subject",
        unique=True,
        sqlite_where=OPEN_ALERT,
        postgresql_where=OPEN_ALERT,
    ),
    Index("ix_alerts_raised_at", "account_id", "raised_at", "id"),
    Index("ix_alerts_subject", "account_id", "subject"),
)

card_changes = Table(
    "card_changes",
    metadata,
    account_id(),
    own_id(),
    Column("customer_id", Id(), nullable=False),
    Column("subscription_id", Id(), nullable=False),
    Column("surface", Word(Surface), nullable=False),
    Column("helpdesk_id", Id()),
    Column("state", Word(CardChangeState), nullable=False),
    Column("key", Text, nullable=False),
    Column("processor_customer", String(255), nullable=False),
    Column("page", Word(CardPageKind)),
    Column("session", String(255), nullable=False),
    Column("link", Text),  # sealed
    Column("method_before", String(255), nullable=False),
    Column("method", String(255), nullable=False),
    Column("card_brand", String(32)),
    Column("card_last_four", String(4)),
    Column("card_expires_on", Date),
    Column("pays_overdue", Boolean, nullable=False),
    Column("problem", String(64), nullable=False),
    Column("asked_by", Text, nullable=False),
    Column("asked_at", UtcDateTime(), nullable=False),
    Column("moved_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime()),
    Column("old_method", String(255), nullable=False),
    Column("moves", JSON, nullable=False),
    Column("overdue", JSON, nullable=False),
    within_account("customer_id", "customers"),
    within_account("subscription_id", "subscriptions"),
    within_account("helpdesk_id", "helpdesks"),
    one_of("surface", Surface),
    one_of("state", CardChangeState),
    one_of("page", CardPageKind),
    Index(
        "uq_card_changes_open",
        "account_id",
        "subscription_id",
        unique=True,
        sqlite_where=OPEN_CHANGE,
        postgresql_where=OPEN_CHANGE,
    ),
    Index("uq_card_changes_key", "account_id", "key", unique=True),
    Index("ix_card_changes_customer_id", "account_id", "customer_id", "asked_at"),
    Index("ix_card_changes_session", "account_id", "session"),
    Index("ix_card_changes_processor_customer", "account_id", "processor_customer"),
)

card_steps = Table(
    "card_steps",
    metadata,
    account_id(),
    own_id(),
    Column("change_id", Id(), nullable=False),
    Column("kind", Word(CardStepKind), nullable=False),
    Column("state", Word(OperationState), nullable=False),
    Column("key", Text, nullable=False),
    Column("target", String(255), nullable=False),
    minor("amount_minor", nullable=True),
    currency(nullable=True),
    Column("link", Text),  # sealed
    Column("failure", Text),
    Column("tries", Integer, nullable=False),
    Column("first_sent_at", UtcDateTime()),
    Column("last_sent_at", UtcDateTime()),
    Column("moved_at", UtcDateTime(), nullable=False),
    Column("place", BigInteger, nullable=False),
    within_account("change_id", "card_changes"),
    one_of("kind", CardStepKind),
    one_of("state", OperationState),
    CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="money"),
    CheckConstraint("tries >= 0", name="tries"),
    Index("uq_card_steps_key", "account_id", "key", unique=True),
    Index("uq_card_steps_target", "account_id", "change_id", "kind", "target", unique=True),
    Index("ix_card_steps_target", "account_id", "target"),
)

sync_runs = Table(
    "sync_runs",
    metadata,
    account_id(),
    own_id(),
    Column("connection_id", Id(), nullable=False),
    Column("since", UtcDateTime()),
    Column("holder", Text, nullable=False),
    Column("held_until", UtcDateTime(), nullable=False),
    Column("started_at", UtcDateTime(), nullable=False),
    Column("finished_at", UtcDateTime()),
    Column("totals", JSON, nullable=False),
    within_account("connection_id", "processor_connections"),
    # two walks at once would make everything twice
    Index("uq_sync_runs_open", "account_id", unique=True, sqlite_where=OPEN_RUN, postgresql_where=OPEN_RUN),
    Index("ix_sync_runs_started_at", "account_id", "started_at"),
)

sync_marks = Table(
    "sync_marks",
    metadata,
    account_id(),
    Column("run_id", Id(), primary_key=True),
    Column("what", String(32), primary_key=True),
    Column("cursor", String(255), nullable=False),
    Column("is_done", Boolean, nullable=False),
    Column("read", Integer, nullable=False),
    Column("made", Integer, nullable=False),
    Column("linked", Integer, nullable=False),
    Column("known", Integer, nullable=False),
    Column("skipped", Integer, nullable=False),
    within_account("run_id", "sync_runs"),
)

order_formats = Table(
    "order_formats",
    metadata,
    account_id(),
    Column("template", String(64), nullable=False),
    Column("width", Integer, nullable=False),
    Column("last", BigInteger, nullable=False),
    of_account(),
    CheckConstraint("width BETWEEN 1 AND 12", name="width"),
    CheckConstraint("last >= 0", name="last"),
)

event_counts = Table(
    "event_counts",
    metadata,
    account_id(),
    Column("source", String(32), primary_key=True),
    Column("kind", String(128), primary_key=True),
    Column("is_ignored", Boolean, nullable=False),
    Column("count", BigInteger, nullable=False),
    Column("last_at", UtcDateTime(), nullable=False),
    of_account(),
    CheckConstraint("count > 0", name="count"),
)

reconciliations = Table(
    "reconciliations",
    metadata,
    account_id(),
    own_id(),
    Column("since", UtcDateTime(), nullable=False),
    Column("until", UtcDateTime(), nullable=False),
    Column("compared", BigInteger, nullable=False),
    Column("differences", BigInteger, nullable=False),
    Column("started_at", UtcDateTime(), nullable=False),
    Column("finished_at", UtcDateTime(), nullable=False),
    of_account(),
    Index("ix_reconciliations_finished_at", "account_id", "finished_at"),
)
