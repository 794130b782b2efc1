"""The payment processor of each account: connections, disputes, card changes, alerts, walks, comparisons."""

# Drawn by Alembic from the tables as they were.

import sqlalchemy as sa
from alembic import op

from storage.types import Id, UtcDateTime

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "alerts",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("mailed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.Column("closed_by_name", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('unknown_for_long', 'key_mismatch', 'reversed', 'disputed', 'refund_crossed_dispute', "
            "'refunded_elsewhere', 'card_step_unknown', 'connection_lost', 'difference')",
            name=op.f("ck_alerts_kind"),
        ),
        sa.CheckConstraint("(closed_at IS NULL) = (closed_by IS NULL)", name=op.f("ck_alerts_closed")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_alerts_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_alerts")),
    )
    op.create_index("ix_alerts_raised_at", "alerts", ["account_id", "raised_at", "id"], unique=False)
    op.create_index("ix_alerts_subject", "alerts", ["account_id", "subject"], unique=False)
    op.create_index(
        "uq_alerts_open",
        "alerts",
        ["account_id", "kind", "subject"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_table(
        "event_counts",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=128), nullable=False),
        sa.Column("is_ignored", sa.Boolean(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("count > 0", name=op.f("ck_event_counts_count")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_event_counts_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "source", "kind", name=op.f("pk_event_counts")),
    )
    op.create_table(
        "order_formats",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("last >= 0", name=op.f("ck_order_formats_last")),
        sa.CheckConstraint("width BETWEEN 1 AND 12", name=op.f("ck_order_formats_width")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_order_formats_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_order_formats")),
    )
    op.create_table(
        "processor_connections",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("provider", sa.String(length=16), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("key_hint", sa.String(length=64), nullable=False),
        sa.Column("processor_account", sa.String(length=64), nullable=False),
        sa.Column("processor_name", sa.Text(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=True),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=False),
        sa.Column("webhook_id", sa.String(length=64), nullable=False),
        sa.Column("webhook_secret", sa.Text(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_why", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "ended_why IN ('disconnected', 'replaced', 'revoked')",
            name=op.f("ck_processor_connections_ended_why"),
        ),
        sa.CheckConstraint(
            "state <> 'live' OR (processor_account <> '' AND livemode IS NOT NULL)",
            name=op.f("ck_processor_connections_bound"),
        ),
        sa.CheckConstraint(
            "state IN ('checking', 'live', 'refused', 'ended')", name=op.f("ck_processor_connections_state")
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_processor_connections_ended")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_processor_connections_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_processor_connections")),
    )
    op.create_index(
        "uq_processor_connections_coming",
        "processor_connections",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('checking', 'refused')"),
        postgresql_where=sa.text("state IN ('checking', 'refused')"),
    )
    op.create_index(
        "uq_processor_connections_live",
        "processor_connections",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_index(
        "uq_processor_connections_processor_account",
        "processor_connections",
        ["provider", "processor_account", "livemode"],
        unique=True,
        sqlite_where=sa.text("state = 'live'"),
        postgresql_where=sa.text("state = 'live'"),
    )
    op.create_table(
        "processor_invoices",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("payment_intent", sa.String(length=255), nullable=False),
        sa.Column("invoice", sa.String(length=255), nullable=False),
        sa.Column("subscription", sa.String(length=255), nullable=False),
        sa.Column("product", sa.Text(), nullable=False),
        sa.Column("price_point", sa.Text(), nullable=False),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.CheckConstraint("tax_minor >= 0", name=op.f("ck_processor_invoices_tax")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_processor_invoices_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "payment_intent", name=op.f("pk_processor_invoices")),
    )
    op.create_table(
        "reconciliations",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("compared", sa.BigInteger(), nullable=False),
        sa.Column("differences", sa.BigInteger(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_reconciliations_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_reconciliations")),
    )
    op.create_index(
        "ix_reconciliations_finished_at", "reconciliations", ["account_id", "finished_at"], unique=False
    )
    op.create_table(
        "processor_customers",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("processor_id", sa.String(length=255), nullable=False),
        sa.Column("customer_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_processor_customers_account_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "processor_id", name=op.f("pk_processor_customers")),
    )
    op.create_index(
        "ix_processor_customers_customer_id",
        "processor_customers",
        ["account_id", "customer_id"],
        unique=False,
    )
    op.create_table(
        "processor_products",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_point", sa.Text(), nullable=False),
        sa.Column("product_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "product_id"],
            ["products.account_id", "products.id"],
            name=op.f("fk_processor_products_account_id_product_id"),
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "source", "name", "price_point", name=op.f("pk_processor_products")
        ),
    )
    op.create_table(
        "sync_runs",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("connection_id", Id(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=True),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("held_until", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "connection_id"],
            ["processor_connections.account_id", "processor_connections.id"],
            name=op.f("fk_sync_runs_account_id_connection_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_sync_runs")),
    )
    op.create_index("ix_sync_runs_started_at", "sync_runs", ["account_id", "started_at"], unique=False)
    op.create_index(
        "uq_sync_runs_open",
        "sync_runs",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "sync_marks",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("run_id", Id(), nullable=False),
        sa.Column("what", sa.String(length=32), nullable=False),
        sa.Column("cursor", sa.String(length=255), nullable=False),
        sa.Column("is_done", sa.Boolean(), nullable=False),
        sa.Column("read", sa.Integer(), nullable=False),
        sa.Column("made", sa.Integer(), nullable=False),
        sa.Column("linked", sa.Integer(), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "run_id"],
            ["sync_runs.account_id", "sync_runs.id"],
            name=op.f("fk_sync_marks_account_id_run_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "run_id", "what", name=op.f("pk_sync_marks")),
    )
    op.create_table(
        "card_changes",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("customer_id", Id(), nullable=False),
        sa.Column("subscription_id", Id(), nullable=False),
        sa.Column("surface", sa.String(length=32), nullable=False),
        sa.Column("helpdesk_id", Id(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("processor_customer", sa.String(length=255), nullable=False),
        sa.Column("page", sa.String(length=32), nullable=True),
        sa.Column("session", sa.String(length=255), nullable=False),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("method_before", sa.String(length=255), nullable=False),
        sa.Column("method", sa.String(length=255), nullable=False),
        sa.Column("card_brand", sa.String(length=32), nullable=True),
        sa.Column("card_last_four", sa.String(length=4), nullable=True),
        sa.Column("card_expires_on", sa.Date(), nullable=True),
        sa.Column("pays_overdue", sa.Boolean(), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=False),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("old_method", sa.String(length=255), nullable=False),
        sa.Column("moves", sa.JSON(), nullable=False),
        sa.Column("overdue", sa.JSON(), nullable=False),
        sa.CheckConstraint("page IN ('portal', 'checkout')", name=op.f("ck_card_changes_page")),
        sa.CheckConstraint(
            "state IN ('asked', 'open', 'moving', 'done', 'partly', 'failed', 'expired')",
            name=op.f("ck_card_changes_state"),
        ),
        sa.CheckConstraint("surface IN ('portal', 'helpdesk')", name=op.f("ck_card_changes_surface")),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_card_changes_account_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_card_changes_account_id_helpdesk_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "subscription_id"],
            ["subscriptions.account_id", "subscriptions.id"],
            name=op.f("fk_card_changes_account_id_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_card_changes")),
    )
    op.create_index(
        "ix_card_changes_customer_id", "card_changes", ["account_id", "customer_id", "asked_at"], unique=False
    )
    op.create_index(
        "ix_card_changes_processor_customer",
        "card_changes",
        ["account_id", "processor_customer"],
        unique=False,
    )
    op.create_index("ix_card_changes_session", "card_changes", ["account_id", "session"], unique=False)
    op.create_index("uq_card_changes_key", "card_changes", ["account_id", "key"], unique=True)
    op.create_index(
        "uq_card_changes_open",
        "card_changes",
        ["account_id", "subscription_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('asked', 'moving', 'open')"),
        postgresql_where=sa.text("state IN ('asked', 'moving', 'open')"),
    )
    op.create_table(
        "disputes",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("processor_id", sa.String(length=255), nullable=False),
        sa.Column("payment_id", Id(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("reason", sa.String(length=64), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("state IN ('inquiry', 'open', 'won', 'lost')", name=op.f("ck_disputes_state")),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_disputes_amount")),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_disputes_account_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "processor_id", name=op.f("pk_disputes")),
    )
    op.create_index("ix_disputes_opened_at", "disputes", ["account_id", "opened_at"], unique=False)
    op.create_index("ix_disputes_payment_id", "disputes", ["account_id", "payment_id"], unique=False)
    op.create_table(
        "card_steps",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("change_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("target", sa.String(length=255), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.CHAR(length=3), nullable=True),
        sa.Column("link", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_sent_at", UtcDateTime(), nullable=True),
        sa.Column("last_sent_at", UtcDateTime(), nullable=True),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('move_subscription', 'set_default', 'pay_invoice', 'drop_card')",
            name=op.f("ck_card_steps_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'sent', 'unknown', 'succeeded', 'failed', 'reversed')",
            name=op.f("ck_card_steps_state"),
        ),
        sa.CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name=op.f("ck_card_steps_money")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_card_steps_tries")),
        sa.ForeignKeyConstraint(
            ["account_id", "change_id"],
            ["card_changes.account_id", "card_changes.id"],
            name=op.f("fk_card_steps_account_id_change_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_card_steps")),
    )
    op.create_index("ix_card_steps_target", "card_steps", ["account_id", "target"], unique=False)
    op.create_index("uq_card_steps_key", "card_steps", ["account_id", "key"], unique=True)
    op.create_index(
        "uq_card_steps_target", "card_steps", ["account_id", "change_id", "kind", "target"], unique=True
    )
    op.create_table(
        "request_holds",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("request_id", Id(), nullable=False),
        sa.Column("payment_id", Id(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_request_holds_account_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "request_id"],
            ["requests.account_id", "requests.id"],
            name=op.f("fk_request_holds_account_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "request_id", name=op.f("pk_request_holds")),
    )
    op.create_index(
        "ix_request_holds_payment_id", "request_holds", ["account_id", "payment_id"], unique=False
    )
    # ### end Alembic commands ###
