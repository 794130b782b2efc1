"""What customers bought: products, customers, purchases, subscriptions, payments, refunds."""

from sqlalchemy import (
    JSON,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    Text,
    column,
)

from billing.states import PaymentState, ProductKind, SubscriptionState
from storage.tables.metadata import metadata, of_account, within_account
from storage.types import ByBytes, Id, UtcDateTime, Word, account_id, currency, minor, one_of, own_id

products = Table(
    "products",
    metadata,
    account_id(),
    own_id(),
    Column("name", Text, nullable=False),
    Column("price_point", Text, nullable=False),
    Column("kind", Word(ProductKind), nullable=False),
    Column("refund_days", Integer),
    of_account(),
    one_of("kind", ProductKind),
    CheckConstraint("refund_days >= 0", name="refund_days"),
)

customers = Table(
    "customers",
    metadata,
    account_id(),
    own_id(),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("locale", String(35)),
    of_account(),
)

customer_emails = Table(
    "customer_emails",
    metadata,
    account_id(),
    # the e-mail first: it is what people are looked up by
    Column("email_key", ByBytes(), primary_key=True),
    Column("customer_id", Id(), primary_key=True),
    within_account("customer_id", "customers"),
    Index("ix_customer_emails_customer_id", "account_id", "customer_id"),
)

# The words of customers' names as they are searched: `billing.names.name_words`.
customer_words = Table(
    "customer_words",
    metadata,
    account_id(),
    Column("word", ByBytes(), primary_key=True),
    Column("customer_id", Id(), primary_key=True),
    within_account("customer_id", "customers"),
    Index("ix_customer_words_customer_id", "account_id", "customer_id"),
)

purchases = Table(
    "purchases",
    metadata,
    account_id(),
    own_id(),
    Column("customer_id", Id(), nullable=False),
    Column("product_id", Id(), nullable=False),
    # subscriptions point here; a key in both directions could not be written row by row
    Column("subscription_id", Id()),
    Column("purchased_at", UtcDateTime(), nullable=False),
    within_account("customer_id", "customers"),
    within_account("product_id", "products"),
    Index("ix_purchases_customer_id", "account_id", "customer_id", "purchased_at"),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    account_id(),
    own_id(),
    Column("customer_id", Id(), nullable=False),
    Column("purchase_id", Id(), nullable=False),
    Column("state", Word(SubscriptionState), nullable=False),
    Column("period_ends_at", UtcDateTime()),
    Column("ended_at", UtcDateTime()),
    Column("processor_id", Text),
    Column("card_brand", Text),
    Column("card_last_four", String(4)),
    Column("card_expires_on", Date),
    within_account("customer_id", "customers"),
    within_account("purchase_id", "purchases"),
    one_of("state", SubscriptionState),
    Index("uq_subscriptions_purchase_id", "account_id", "purchase_id", unique=True),
    Index("ix_subscriptions_processor_id", "account_id", "processor_id"),
)

payments = Table(
    "payments",
    metadata,
    account_id(),
    own_id(),
    Column("purchase_id", Id(), nullable=False),
    Column("customer_id", Id(), nullable=False),
    Column("order_id", Text),
    Column("state", Word(PaymentState), nullable=False),
    currency(),
    minor("captured_minor"),
    minor("tax_minor"),
    minor("refunded_minor"),
    minor("reserved_minor"),
    minor("disputed_minor"),
    Column("paid_at", UtcDateTime(), nullable=False),
    Column("number", Integer),
    Column("processor_id", Text),
    Column("buyer", JSON, nullable=False),
    within_account("purchase_id", "purchases"),
    within_account("customer_id", "customers"),
    one_of("state", PaymentState),
    CheckConstraint("refunded_minor + reserved_minor <= captured_minor - disputed_minor", name="money"),
    CheckConstraint("captured_minor >= 0", name="captured"),
    CheckConstraint("tax_minor >= 0", name="tax"),
    CheckConstraint("refunded_minor >= 0", name="refunded"),
    CheckConstraint("reserved_minor >= 0", name="reserved"),
    CheckConstraint("disputed_minor >= 0", name="disputed"),
    CheckConstraint("state = 'succeeded' OR order_id IS NULL", name="order_id"),
    Index(
        "uq_payments_order_id",
        "account_id",
        "order_id",
        unique=True,
        sqlite_where=column("order_id").is_not(None),
        postgresql_where=column("order_id").is_not(None),
    ),
    Index("ix_payments_customer_id", "account_id", "customer_id", "paid_at"),
    Index("ix_payments_purchase_id", "account_id", "purchase_id"),
    Index("ix_payments_paid_at", "account_id", "paid_at"),
    # With the time: the newest is asked for, and SQLite would look for it among all of the account's.
    Index("ix_payments_processor_id", "account_id", "processor_id", "paid_at"),
)

refunds = Table(
    "refunds",
    metadata,
    account_id(),
    own_id(),
    Column("payment_id", Id(), nullable=False),
    Column("operation_id", Id()),
    minor("amount_minor"),
    currency(),
    Column("processor_id", Text),
    Column("refunded_at", UtcDateTime(), nullable=False),
    Column("reversed_at", UtcDateTime()),
    within_account("payment_id", "payments"),
    CheckConstraint("amount_minor >= 0", name="amount"),
    Index("ix_refunds_payment_id", "account_id", "payment_id"),
    Index("ix_refunds_refunded_at", "account_id", "refunded_at"),
    Index(
        "ix_refunds_reversed_at",
        "account_id",
        "reversed_at",
        sqlite_where=column("reversed_at").is_not(None),
        postgresql_where=column("reversed_at").is_not(None),
    ),
    Index(
        "uq_refunds_operation_id",
        "account_id",
        "operation_id",
        unique=True,
        sqlite_where=column("operation_id").is_not(None),
        postgresql_where=column("operation_id").is_not(None),
    ),
    Index(
        "uq_refunds_processor_id",
        "account_id",
        "processor_id",
        unique=True,
        sqlite_where=column("processor_id").is_not(None),
        postgresql_where=column("processor_id").is_not(None),
    ),
)
