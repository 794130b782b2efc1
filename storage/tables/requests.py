"""Requests, the approvals on them, and the operations that carry them out."""

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from billing.states import (
    OPEN_OPERATION,
    OPEN_REQUEST,
    Decision,
    OperationKind,
    OperationState,
    RequestKind,
    RequestState,
    Surface,
)
from storage.tables.metadata import metadata, within_account
from storage.types import Id, UtcDateTime, Word, account_id, currency, minor, one_of, own_id

_OPEN_REQUEST = ", ".join(sorted(f"'{state}'" for state in OPEN_REQUEST))
_OPEN_OPERATION = ", ".join(sorted(f"'{state}'" for state in OPEN_OPERATION))
# Queries must use these very words, or the indexes are not for them.
OPEN_REFUND = text(f"kind = 'refund' AND state IN ({_OPEN_REQUEST})")
OPEN_CANCEL = text(f"kind IN ('cancel', 'undo_cancel') AND state IN ({_OPEN_REQUEST})")
_UNDER_WAY = text(f"state IN ({_OPEN_OPERATION})")

requests = Table(
    "requests",
    metadata,
    account_id(),
    own_id(),
    Column("reference", String(16), nullable=False),
    Column("kind", Word(RequestKind), nullable=False),
    Column("state", Word(RequestState), nullable=False),
    Column("surface", Word(Surface), nullable=False),
    Column("helpdesk_id", Id()),
    Column("customer_id", Id(), nullable=False),
    Column("purchase_id", Id(), nullable=False),
    Column("payment_id", Id()),
    Column("subscription_id", Id()),
    Column("ticket_id", Id()),  # tickets point here; see purchases.subscription_id
    minor("amount_minor", nullable=True),
    currency(nullable=True),
    Column("reason", String(32), nullable=False),
    Column("message", Text, nullable=False),
    Column("policy", JSON, nullable=False),
    Column("asked_at", UtcDateTime(), nullable=False),
    Column("moved_at", UtcDateTime(), nullable=False),
    Column("moved_by", Text, nullable=False),
    Column("moved_by_name", Text, nullable=False),
    Column("decided_at", UtcDateTime()),
    Column("decided_by", Text),
    Column("decided_by_name", Text),
    Column("answer", Text, nullable=False),
    Column("failure", Text),
    minor("approved_minor", nullable=True),  # of the amount; less than asked is a partial refund
    Column("asked_by", Text),  # staff who acted for the customer
    # of its ticket, so that the inbox finds by them in the order of asking
    Column("handled_in", Id()),
    Column("assignee_id", Id()),
    Column("answered_at", UtcDateTime()),  # first approved, denied or withdrawn; never changes again
    within_account("helpdesk_id", "helpdesks"),
    within_account("handled_in", "helpdesks"),
    within_account("assignee_id", "staff"),
    within_account("customer_id", "customers"),
    within_account("purchase_id", "purchases"),
    within_account("payment_id", "payments"),
    within_account("subscription_id", "subscriptions"),
    one_of("kind", RequestKind),
    one_of("state", RequestState),
    one_of("surface", Surface),
    CheckConstraint("amount_minor > 0", name="amount"),
    CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="money"),
    CheckConstraint("approved_minor > 0 AND approved_minor <= amount_minor", name="approved"),
    # what the two unique indexes below rest on
    CheckConstraint(
        "kind <> 'refund' OR (payment_id IS NOT NULL AND amount_minor IS NOT NULL)", name="refund"
    ),
    CheckConstraint("kind = 'refund' OR subscription_id IS NOT NULL", name="cancel"),
    Index("uq_requests_reference", "account_id", "reference", unique=True),
    Index(
        "uq_requests_open_refund",
        "account_id",
        "payment_id",
        unique=True,
        sqlite_where=OPEN_REFUND,
        postgresql_where=OPEN_REFUND,
    ),
    Index(
        "uq_requests_open_cancel",
        "account_id",
        "subscription_id",
        unique=True,
        sqlite_where=OPEN_CANCEL,
        postgresql_where=OPEN_CANCEL,
    ),
    Index("ix_requests_customer_id", "account_id", "customer_id", "asked_at"),
    Index("ix_requests_purchase_id", "account_id", "purchase_id"),
    # the inbox walks these in order; amounts are looked at on the way
    Index("ix_requests_state", "account_id", "state", "asked_at", "amount_minor"),
    Index("ix_requests_kind", "account_id", "state", "kind", "asked_at"),
    Index("ix_requests_handled_in", "account_id", "state", "handled_in", "asked_at"),
    Index("ix_requests_assignee_id", "account_id", "state", "assignee_id", "asked_at"),
    Index("ix_requests_asked_at", "account_id", "asked_at"),
    Index("ix_requests_answered_at", "account_id", "answered_at"),
)

approvals = Table(
    "approvals",
    metadata,
    account_id(),
    own_id(),
    Column("request_id", Id(), nullable=False),
    Column("by", Text, nullable=False),
    Column("by_name", Text, nullable=False),
    Column("says", Word(Decision), nullable=False),
    minor("amount_minor", nullable=True),  # what was said yes to; NULL unless a refund
    Column("answer", Text, nullable=False),  # the words to the customer that went with it
    Column("at", UtcDateTime(), nullable=False),
    Column("place", BigInteger, nullable=False),
    within_account("request_id", "requests"),
    one_of("says", Decision),
    Index("ix_approvals_request_id", "account_id", "request_id"),
)

operations = Table(
    "operations",
    metadata,
    account_id(),
    own_id(),
    Column("request_id", Id(), nullable=False),
    Column("kind", Word(OperationKind), nullable=False),
    Column("state", Word(OperationState), nullable=False),
    Column("key", Text, nullable=False),
    Column("payment_id", Id()),
    Column("subscription_id", Id()),
    Column("processor_target", Text, nullable=False),
    minor("amount_minor", nullable=True),
    currency(nullable=True),
    Column("tries", Integer, nullable=False),
    Column("first_sent_at", UtcDateTime()),
    Column("last_sent_at", UtcDateTime()),
    Column("processor_id", Text),
    Column("failure", Text),
    Column("moved_at", UtcDateTime(), nullable=False),
    Column("place", BigInteger, nullable=False),  # rises with each operation, so that the latest is known
    within_account("request_id", "requests"),
    within_account("payment_id", "payments"),
    within_account("subscription_id", "subscriptions"),
    one_of("kind", OperationKind),
    one_of("state", OperationState),
    CheckConstraint("amount_minor > 0", name="amount"),
    CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name="money"),
    CheckConstraint("tries >= 0", name="tries"),
    Index("uq_operations_key", "account_id", "key", unique=True),
    Index(
        "uq_operations_under_way",
        "account_id",
        "request_id",
        unique=True,
        sqlite_where=_UNDER_WAY,
        postgresql_where=_UNDER_WAY,
    ),
    Index("ix_operations_request_id", "account_id", "request_id", "place"),
    Index("ix_operations_processor_id", "account_id", "processor_id"),
)
