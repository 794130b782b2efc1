"""The first revision: all tables, and a journal that the database itself keeps append-only."""

# Drawn by Alembic from the tables as they were.
# ruff: noqa: E501, PLR0915

import sqlalchemy as sa
from alembic import op

from storage.types import ByBytes, Id, UtcDateTime

revision = "0001"
down_revision = None

APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER journal_is_never_updated BEFORE UPDATE ON journal "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
        "CREATE TRIGGER journal_is_never_deleted BEFORE DELETE ON journal "
        "BEGIN SELECT RAISE(ABORT, 'the journal is append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION refuse_to_change_the_journal() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'the journal is append-only'; END $$",
        "CREATE TRIGGER journal_is_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON journal "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_journal()",
    ),
}


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("directory", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("plan", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("seller", sa.JSON(), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=False),
        sa.Column("domain", sa.String(length=253), nullable=True),
        sa.Column("second_factor", sa.Boolean(), nullable=False),
        sa.Column("two_people_above_minor", sa.BigInteger(), nullable=True),
        sa.Column("bulk_up_to_minor", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "plan IN ('starter', 'growth', 'professional', 'enterprise')", name=op.f("ck_accounts_plan")
        ),
        sa.CheckConstraint("bulk_up_to_minor >= 0", name=op.f("ck_accounts_bulk_up_to")),
        sa.CheckConstraint("two_people_above_minor >= 0", name=op.f("ck_accounts_two_people_above")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_accounts")),
    )
    op.create_index("uq_accounts_directory", "accounts", ["directory"], unique=True)
    op.create_index(
        "uq_accounts_domain",
        "accounts",
        ["domain"],
        unique=True,
        sqlite_where=sa.text("domain IS NOT NULL"),
        postgresql_where=sa.text("domain IS NOT NULL"),
    )
    op.create_index("uq_accounts_slug", "accounts", ["slug"], unique=True)
    op.create_table(
        "budgets",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("span", sa.Integer(), nullable=False),
        sa.Column("window", sa.BigInteger(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.CheckConstraint("count >= 0", name=op.f("ck_budgets_count")),
        sa.PrimaryKeyConstraint("account_id", "key", "span", name=op.f("pk_budgets")),
    )
    op.create_table(
        "inbox",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("source", sa.String(length=32), nullable=False),
        sa.Column("external_id", sa.String(length=255), nullable=False),
        sa.Column("kind", sa.String(length=128), nullable=False),
        sa.Column("ignored", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "source", "external_id", name=op.f("pk_inbox")),
    )
    op.create_table(
        "journal",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("verb", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_journal")),
    )
    op.create_index("ix_journal_at", "journal", ["account_id", "at", "place"], unique=False)
    op.create_index("ix_journal_by", "journal", ["account_id", "by", "at", "place"], unique=False)
    op.create_index("ix_journal_kind", "journal", ["account_id", "kind", "at", "place"], unique=False)
    op.create_index("ix_journal_subject", "journal", ["account_id", "subject", "at", "place"], unique=False)
    op.create_table(
        "once_keys",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("key", sa.String(length=128), nullable=False),
        sa.Column("result", Id(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("account_id", "key", name=op.f("pk_once_keys")),
    )
    op.create_table(
        "outbox",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("destination", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("trace_id", sa.Text(), nullable=False),
        sa.Column("dedupe", sa.Text(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("put_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("leased_until", UtcDateTime(), nullable=True),
        sa.Column("delivered_at", UtcDateTime(), nullable=True),
        sa.Column("given_up", sa.Boolean(), nullable=False),
        sa.Column("why", sa.Text(), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "destination IN ('processor', 'slack', 'mail', 'dns')", name=op.f("ck_outbox_destination")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_id", "outbox", ["id"], unique=False)
    op.create_index(
        "ix_outbox_waiting",
        "outbox",
        ["destination", "put_at", "place"],
        unique=False,
        sqlite_where=sa.text("delivered_at IS NULL AND NOT given_up"),
        postgresql_where=sa.text("delivered_at IS NULL AND NOT given_up"),
    )
    op.create_index(
        "uq_outbox_dedupe",
        "outbox",
        ["account_id", "dedupe"],
        unique=True,
        sqlite_where=sa.text("dedupe IS NOT NULL"),
        postgresql_where=sa.text("dedupe IS NOT NULL"),
    )
    op.create_table(
        "customers",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_customers_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_customers")),
    )
    op.create_table(
        "helpdesks",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("slug", sa.String(length=64), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("slack_channel", sa.Text(), nullable=True),
        sa.Column("billing_shown", sa.Boolean(), nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("welcome", sa.Text(), nullable=False),
        sa.Column("colour", sa.String(length=7), nullable=True),
        sa.Column("logo", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_helpdesks_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_helpdesks")),
    )
    op.create_index("uq_helpdesks_slug", "helpdesks", ["account_id", "slug"], unique=True)
    op.create_table(
        "products",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_point", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("refund_days", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('one_time', 'subscription', 'payment_plan')", name=op.f("ck_products_kind")
        ),
        sa.CheckConstraint("refund_days >= 0", name=op.f("ck_products_refund_days")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_products_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_products")),
    )
    op.create_table(
        "series",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_series_kind")),
        sa.CheckConstraint("last > 0", name=op.f("ck_series_last")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_series_account_id")),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_series")),
    )
    op.create_table(
        "staff",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("role IN ('owner', 'manager', 'agent', 'viewer')", name=op.f("ck_staff_role")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_staff_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_staff")),
    )
    op.create_index("uq_staff_email_key", "staff", ["account_id", "email_key"], unique=True)
    op.create_table(
        "codes",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("browser", sa.String(length=128), nullable=False),
        sa.Column("purpose", sa.String(length=32), nullable=False),
        sa.Column("customer_id", Id(), nullable=True),
        sa.Column("code_hash", sa.String(length=128), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("replaced", sa.Boolean(), nullable=False),
        sa.CheckConstraint("tries BETWEEN 0 AND 5", name=op.f("ck_codes_tries")),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_codes_account_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_codes")),
    )
    op.create_index("ix_codes_customer_id", "codes", ["account_id", "customer_id", "made_at"], unique=False)
    op.create_index(
        "uq_codes_newest",
        "codes",
        ["account_id", "browser", "purpose"],
        unique=True,
        sqlite_where=sa.text("NOT replaced"),
        postgresql_where=sa.text("NOT replaced"),
    )
    op.create_table(
        "customer_emails",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("email_key", ByBytes(), nullable=False),
        sa.Column("customer_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_customer_emails_account_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "email_key", "customer_id", name=op.f("pk_customer_emails")),
    )
    op.create_index(
        "ix_customer_emails_customer_id", "customer_emails", ["account_id", "customer_id"], unique=False
    )
    op.create_table(
        "customer_words",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("word", ByBytes(), nullable=False),
        sa.Column("customer_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_customer_words_account_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "word", "customer_id", name=op.f("pk_customer_words")),
    )
    op.create_index(
        "ix_customer_words_customer_id", "customer_words", ["account_id", "customer_id"], unique=False
    )
    op.create_table(
        "departments",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("helpdesk_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_departments_account_id_helpdesk_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_departments")),
    )
    op.create_index(
        "ix_departments_helpdesk_id", "departments", ["account_id", "helpdesk_id", "place"], unique=False
    )
    op.create_table(
        "purchases",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("customer_id", Id(), nullable=False),
        sa.Column("product_id", Id(), nullable=False),
        sa.Column("subscription_id", Id(), nullable=True),
        sa.Column("purchased_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_purchases_account_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "product_id"],
            ["products.account_id", "products.id"],
            name=op.f("fk_purchases_account_id_product_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_purchases")),
    )
    op.create_index(
        "ix_purchases_customer_id", "purchases", ["account_id", "customer_id", "purchased_at"], unique=False
    )
    op.create_table(
        "slack_links",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("staff_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "staff_id"],
            ["staff.account_id", "staff.id"],
            name=op.f("fk_slack_links_account_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "team_id", "user_id", name=op.f("pk_slack_links")),
    )
    op.create_index("ix_slack_links_user_id", "slack_links", ["team_id", "user_id"], unique=False)
    op.create_index("uq_slack_links_staff_id", "slack_links", ["account_id", "staff_id"], unique=True)
    op.create_table(
        "visits",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("token_hash", sa.String(length=128), nullable=False),
        sa.Column("customer_id", Id(), nullable=True),
        sa.Column("staff_id", Id(), nullable=True),
        sa.Column("surface", sa.String(length=32), nullable=True),
        sa.Column("helpdesk_id", Id(), nullable=True),
        sa.Column("proved_at", UtcDateTime(), nullable=True),
        sa.Column("began_at", UtcDateTime(), nullable=False),
        sa.Column("seen_at", UtcDateTime(), nullable=False),
        sa.Column("half", sa.Boolean(), nullable=False),
        sa.CheckConstraint("surface IN ('portal', 'helpdesk')", name=op.f("ck_visits_surface")),
        sa.CheckConstraint("(customer_id IS NULL) <> (staff_id IS NULL)", name=op.f("ck_visits_one_person")),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_visits_account_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_visits_account_id_helpdesk_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "staff_id"],
            ["staff.account_id", "staff.id"],
            name=op.f("fk_visits_account_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_visits")),
    )
    op.create_index("ix_visits_staff_id", "visits", ["account_id", "staff_id"], unique=False)
    op.create_index("uq_visits_token_hash", "visits", ["account_id", "token_hash"], unique=True)
    op.create_table(
        "payments",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("purchase_id", Id(), nullable=False),
        sa.Column("customer_id", Id(), nullable=False),
        sa.Column("order_id", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("captured_minor", sa.BigInteger(), nullable=False),
        sa.Column("tax_minor", sa.BigInteger(), nullable=False),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("reserved_minor", sa.BigInteger(), nullable=False),
        sa.Column("disputed_minor", sa.BigInteger(), nullable=False),
        sa.Column("paid_at", UtcDateTime(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("processor_id", sa.Text(), nullable=True),
        sa.Column("buyer", sa.JSON(), nullable=False),
        sa.CheckConstraint("state = 'succeeded' OR order_id IS NULL", name=op.f("ck_payments_order_id")),
        sa.CheckConstraint("state IN ('succeeded', 'failed')", name=op.f("ck_payments_state")),
        sa.CheckConstraint("captured_minor >= 0", name=op.f("ck_payments_captured")),
        sa.CheckConstraint("disputed_minor >= 0", name=op.f("ck_payments_disputed")),
        sa.CheckConstraint(
            "refunded_minor + reserved_minor <= captured_minor - disputed_minor",
            name=op.f("ck_payments_money"),
        ),
        sa.CheckConstraint("refunded_minor >= 0", name=op.f("ck_payments_refunded")),
        sa.CheckConstraint("reserved_minor >= 0", name=op.f("ck_payments_reserved")),
        sa.CheckConstraint("tax_minor >= 0", name=op.f("ck_payments_tax")),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_payments_account_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "purchase_id"],
            ["purchases.account_id", "purchases.id"],
            name=op.f("fk_payments_account_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_payments")),
    )
    op.create_index(
        "ix_payments_customer_id", "payments", ["account_id", "customer_id", "paid_at"], unique=False
    )
    op.create_index("ix_payments_paid_at", "payments", ["account_id", "paid_at"], unique=False)
    op.create_index(
        "ix_payments_processor_id", "payments", ["account_id", "processor_id", "paid_at"], unique=False
    )
    op.create_index("ix_payments_purchase_id", "payments", ["account_id", "purchase_id"], unique=False)
    op.create_index(
        "uq_payments_order_id",
        "payments",
        ["account_id", "order_id"],
        unique=True,
        sqlite_where=sa.text("order_id IS NOT NULL"),
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.create_table(
        "self_billing",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("place_id", Id(), nullable=False),
        sa.Column("surface", sa.String(length=32), nullable=False),
        sa.Column("helpdesk_id", Id(), nullable=True),
        sa.Column("invoices", sa.Boolean(), nullable=False),
        sa.Column("card_update", sa.Boolean(), nullable=False),
        sa.Column("refund", sa.String(length=32), nullable=True),
        sa.Column("cancel", sa.String(length=32), nullable=True),
        sa.Column("cancel_when", sa.String(length=32), nullable=False),
        sa.Column("ticket_helpdesk_id", Id(), nullable=True),
        sa.Column("ticket_department_id", Id(), nullable=True),
        sa.Column("code_for_documents", sa.String(length=32), nullable=False),
        sa.Column("code_for_refund", sa.String(length=32), nullable=False),
        sa.Column("code_for_card", sa.String(length=32), nullable=False),
        sa.CheckConstraint(
            "(surface = 'portal') = (helpdesk_id IS NULL)", name=op.f("ck_self_billing_place")
        ),
        sa.CheckConstraint("cancel IN ('automated', 'manual')", name=op.f("ck_self_billing_cancel")),
        sa.CheckConstraint("cancel_when IN ('period_end', 'now')", name=op.f("ck_self_billing_cancel_when")),
        sa.CheckConstraint(
            "code_for_card IN ('never', 'before_documents_and_money', 'at_sign_in')",
            name=op.f("ck_self_billing_code_for_card"),
        ),
        sa.CheckConstraint(
            "code_for_documents IN ('never', 'before_documents_and_money', 'at_sign_in')",
            name=op.f("ck_self_billing_code_for_documents"),
        ),
        sa.CheckConstraint(
            "code_for_refund IN ('never', 'before_documents_and_money', 'at_sign_in')",
            name=op.f("ck_self_billing_code_for_refund"),
        ),
        sa.CheckConstraint("refund IN ('automated', 'manual')", name=op.f("ck_self_billing_refund")),
        sa.CheckConstraint("surface IN ('portal', 'helpdesk')", name=op.f("ck_self_billing_surface")),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_self_billing_account_id_helpdesk_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "ticket_department_id"],
            ["departments.account_id", "departments.id"],
            name=op.f("fk_self_billing_account_id_ticket_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "ticket_helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_self_billing_account_id_ticket_helpdesk_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_self_billing_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "place_id", name=op.f("pk_self_billing")),
    )
    op.create_table(
        "subscriptions",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("customer_id", Id(), nullable=False),
        sa.Column("purchase_id", Id(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("period_ends_at", UtcDateTime(), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("processor_id", sa.Text(), nullable=True),
        sa.Column("card_brand", sa.Text(), nullable=True),
        sa.Column("card_last_four", sa.String(length=4), nullable=True),
        sa.Column("card_expires_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "state IN ('trialing', 'active', 'past_due', 'paused', 'cancel_scheduled', 'canceled', 'completed')",
            name=op.f("ck_subscriptions_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_subscriptions_account_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "purchase_id"],
            ["purchases.account_id", "purchases.id"],
            name=op.f("fk_subscriptions_account_id_purchase_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_subscriptions")),
    )
    op.create_index(
        "ix_subscriptions_processor_id", "subscriptions", ["account_id", "processor_id"], unique=False
    )
    op.create_index(
        "uq_subscriptions_purchase_id", "subscriptions", ["account_id", "purchase_id"], unique=True
    )
    op.create_table(
        "refunds",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("payment_id", Id(), nullable=False),
        sa.Column("operation_id", Id(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("processor_id", sa.Text(), nullable=True),
        sa.Column("refunded_at", UtcDateTime(), nullable=False),
        sa.Column("reversed_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("amount_minor >= 0", name=op.f("ck_refunds_amount")),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_refunds_account_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_refunds")),
    )
    op.create_index("ix_refunds_payment_id", "refunds", ["account_id", "payment_id"], unique=False)
    op.create_index("ix_refunds_refunded_at", "refunds", ["account_id", "refunded_at"], unique=False)
    op.create_index(
        "ix_refunds_reversed_at",
        "refunds",
        ["account_id", "reversed_at"],
        unique=False,
        sqlite_where=sa.text("reversed_at IS NOT NULL"),
        postgresql_where=sa.text("reversed_at IS NOT NULL"),
    )
    op.create_index(
        "uq_refunds_operation_id",
        "refunds",
        ["account_id", "operation_id"],
        unique=True,
        sqlite_where=sa.text("operation_id IS NOT NULL"),
        postgresql_where=sa.text("operation_id IS NOT NULL"),
    )
    op.create_index(
        "uq_refunds_processor_id",
        "refunds",
        ["account_id", "processor_id"],
        unique=True,
        sqlite_where=sa.text("processor_id IS NOT NULL"),
        postgresql_where=sa.text("processor_id IS NOT NULL"),
    )
    op.create_table(
        "requests",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("surface", sa.String(length=32), nullable=False),
        sa.Column("helpdesk_id", Id(), nullable=True),
        sa.Column("customer_id", Id(), nullable=False),
        sa.Column("purchase_id", Id(), nullable=False),
        sa.Column("payment_id", Id(), nullable=True),
        sa.Column("subscription_id", Id(), nullable=True),
        sa.Column("ticket_id", Id(), nullable=True),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.CHAR(length=3), nullable=True),
        sa.Column("reason", sa.String(length=32), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("policy", sa.JSON(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.Column("moved_by", sa.Text(), nullable=False),
        sa.Column("moved_by_name", sa.Text(), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.Text(), nullable=True),
        sa.Column("decided_by_name", sa.Text(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("approved_minor", sa.BigInteger(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=True),
        sa.Column("handled_in", Id(), nullable=True),
        sa.Column("assignee_id", Id(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "kind <> 'refund' OR (payment_id IS NOT NULL AND amount_minor IS NOT NULL)",
            name=op.f("ck_requests_refund"),
        ),
        sa.CheckConstraint("kind = 'refund' OR subscription_id IS NOT NULL", name=op.f("ck_requests_cancel")),
        sa.CheckConstraint("kind IN ('refund', 'cancel', 'undo_cancel')", name=op.f("ck_requests_kind")),
        sa.CheckConstraint(
            "state IN ('pending', 'approved', 'denied', 'withdrawn', 'done', 'failed')",
            name=op.f("ck_requests_state"),
        ),
        sa.CheckConstraint("surface IN ('portal', 'helpdesk')", name=op.f("ck_requests_surface")),
        sa.CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name=op.f("ck_requests_money")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_requests_amount")),
        sa.CheckConstraint(
            "approved_minor > 0 AND approved_minor <= amount_minor", name=op.f("ck_requests_approved")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "assignee_id"],
            ["staff.account_id", "staff.id"],
            name=op.f("fk_requests_account_id_assignee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_requests_account_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "handled_in"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_requests_account_id_handled_in"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_requests_account_id_helpdesk_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_requests_account_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "purchase_id"],
            ["purchases.account_id", "purchases.id"],
            name=op.f("fk_requests_account_id_purchase_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "subscription_id"],
            ["subscriptions.account_id", "subscriptions.id"],
            name=op.f("fk_requests_account_id_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_requests")),
    )
    op.create_index("ix_requests_answered_at", "requests", ["account_id", "answered_at"], unique=False)
    op.create_index("ix_requests_asked_at", "requests", ["account_id", "asked_at"], unique=False)
    op.create_index(
        "ix_requests_assignee_id",
        "requests",
        ["account_id", "state", "assignee_id", "asked_at"],
        unique=False,
    )
    op.create_index(
        "ix_requests_customer_id", "requests", ["account_id", "customer_id", "asked_at"], unique=False
    )
    op.create_index(
        "ix_requests_handled_in", "requests", ["account_id", "state", "handled_in", "asked_at"], unique=False
    )
    op.create_index("ix_requests_kind", "requests", ["account_id", "state", "kind", "asked_at"], unique=False)
    op.create_index("ix_requests_purchase_id", "requests", ["account_id", "purchase_id"], unique=False)
    op.create_index(
        "ix_requests_state", "requests", ["account_id", "state", "asked_at", "amount_minor"], unique=False
    )
    op.create_index(
        "uq_requests_open_cancel",
        "requests",
        ["account_id", "subscription_id"],
        unique=True,
        sqlite_where=sa.text("kind IN ('cancel', 'undo_cancel') AND state IN ('approved', 'pending')"),
        postgresql_where=sa.text("kind IN ('cancel', 'undo_cancel') AND state IN ('approved', 'pending')"),
    )
    op.create_index(
        "uq_requests_open_refund",
        "requests",
        ["account_id", "payment_id"],
        unique=True,
        sqlite_where=sa.text("kind = 'refund' AND state IN ('approved', 'pending')"),
        postgresql_where=sa.text("kind = 'refund' AND state IN ('approved', 'pending')"),
    )
    op.create_index("uq_requests_reference", "requests", ["account_id", "reference"], unique=True)
    op.create_table(
        "approvals",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("request_id", Id(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("says", sa.String(length=32), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("says IN ('yes', 'no')", name=op.f("ck_approvals_says")),
        sa.ForeignKeyConstraint(
            ["account_id", "request_id"],
            ["requests.account_id", "requests.id"],
            name=op.f("fk_approvals_account_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_approvals")),
    )
    op.create_index("ix_approvals_request_id", "approvals", ["account_id", "request_id"], unique=False)
    op.create_table(
        "documents",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("payment_id", Id(), nullable=False),
        sa.Column("refund_id", Id(), nullable=True),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("frozen", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "(kind = 'credit_note') = (refund_id IS NOT NULL)", name=op.f("ck_documents_refund")
        ),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note')", name=op.f("ck_documents_kind")),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_documents_account_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "refund_id"],
            ["refunds.account_id", "refunds.id"],
            name=op.f("fk_documents_account_id_refund_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_documents")),
    )
    op.create_index("uq_documents_number", "documents", ["account_id", "kind", "number"], unique=True)
    op.create_index(
        "uq_documents_payment_id",
        "documents",
        ["account_id", "kind", "payment_id"],
        unique=True,
        sqlite_where=sa.text("refund_id IS NULL"),
        postgresql_where=sa.text("refund_id IS NULL"),
    )
    op.create_index(
        "uq_documents_refund_id",
        "documents",
        ["account_id", "kind", "refund_id"],
        unique=True,
        sqlite_where=sa.text("refund_id IS NOT NULL"),
        postgresql_where=sa.text("refund_id IS NOT NULL"),
    )
    op.create_table(
        "operations",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("request_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payment_id", Id(), nullable=True),
        sa.Column("subscription_id", Id(), nullable=True),
        sa.Column("processor_target", sa.Text(), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.CHAR(length=3), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("first_sent_at", UtcDateTime(), nullable=True),
        sa.Column("last_sent_at", UtcDateTime(), nullable=True),
        sa.Column("processor_id", sa.Text(), nullable=True),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('refund', 'cancel_at_period_end', 'cancel_now', 'undo_cancel')",
            name=op.f("ck_operations_kind"),
        ),
        sa.CheckConstraint(
            "state IN ('planned', 'sent', 'unknown', 'succeeded', 'failed', 'reversed')",
            name=op.f("ck_operations_state"),
        ),
        sa.CheckConstraint("(amount_minor IS NULL) = (currency IS NULL)", name=op.f("ck_operations_money")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_operations_amount")),
        sa.CheckConstraint("tries >= 0", name=op.f("ck_operations_tries")),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_operations_account_id_payment_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "request_id"],
            ["requests.account_id", "requests.id"],
            name=op.f("fk_operations_account_id_request_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "subscription_id"],
            ["subscriptions.account_id", "subscriptions.id"],
            name=op.f("fk_operations_account_id_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_operations")),
    )
    op.create_index("ix_operations_processor_id", "operations", ["account_id", "processor_id"], unique=False)
    op.create_index(
        "ix_operations_request_id", "operations", ["account_id", "request_id", "place"], unique=False
    )
    op.create_index("uq_operations_key", "operations", ["account_id", "key"], unique=True)
    op.create_index(
        "uq_operations_under_way",
        "operations",
        ["account_id", "request_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('planned', 'sent', 'unknown')"),
        postgresql_where=sa.text("state IN ('planned', 'sent', 'unknown')"),
    )
    op.create_table(
        "tickets",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("reference", sa.String(length=16), nullable=False),
        sa.Column("helpdesk_id", Id(), nullable=False),
        sa.Column("department_id", Id(), nullable=True),
        sa.Column("customer_id", Id(), nullable=False),
        sa.Column("request_id", Id(), nullable=True),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.Column("moved_at", UtcDateTime(), nullable=False),
        sa.Column("assignee_id", Id(), nullable=True),
        sa.CheckConstraint("state IN ('open', 'waiting', 'closed')", name=op.f("ck_tickets_state")),
        sa.ForeignKeyConstraint(
            ["account_id", "assignee_id"],
            ["staff.account_id", "staff.id"],
            name=op.f("fk_tickets_account_id_assignee_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_tickets_account_id_customer_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "department_id"],
            ["departments.account_id", "departments.id"],
            name=op.f("fk_tickets_account_id_department_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_tickets_account_id_helpdesk_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "request_id"],
            ["requests.account_id", "requests.id"],
            name=op.f("fk_tickets_account_id_request_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_tickets")),
    )
    op.create_index("ix_tickets_assignee_id", "tickets", ["account_id", "assignee_id"], unique=False)
    op.create_index(
        "ix_tickets_customer_id", "tickets", ["account_id", "customer_id", "moved_at"], unique=False
    )
    op.create_index(
        "ix_tickets_questions",
        "tickets",
        ["account_id", "state", "moved_at"],
        unique=False,
        sqlite_where=sa.text("request_id IS NULL"),
        postgresql_where=sa.text("request_id IS NULL"),
    )
    op.create_index("ix_tickets_state", "tickets", ["account_id", "state", "moved_at"], unique=False)
    op.create_index("uq_tickets_reference", "tickets", ["account_id", "reference"], unique=True)
    op.create_index(
        "uq_tickets_request_id",
        "tickets",
        ["account_id", "request_id"],
        unique=True,
        sqlite_where=sa.text("request_id IS NOT NULL"),
        postgresql_where=sa.text("request_id IS NOT NULL"),
    )
    op.create_table(
        "card_places",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("ticket_id", Id(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("ts", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "ticket_id"],
            ["tickets.account_id", "tickets.id"],
            name=op.f("fk_card_places_account_id_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "ticket_id", name=op.f("pk_card_places")),
    )
    op.create_index(
        "uq_card_places_ts", "card_places", ["account_id", "team_id", "channel", "ts"], unique=True
    )
    op.create_table(
        "entries",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("ticket_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("verb", sa.String(length=32), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('message', 'note', 'event')", name=op.f("ck_entries_kind")),
        sa.ForeignKeyConstraint(
            ["account_id", "ticket_id"],
            ["tickets.account_id", "tickets.id"],
            name=op.f("fk_entries_account_id_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_entries")),
    )
    op.create_index(
        "ix_entries_ticket_id", "entries", ["account_id", "ticket_id", "at", "place"], unique=False
    )
    # ### end Alembic commands ###
    for statement in APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)
