"""The tables that an import stages its rows in, and remembers them by."""

# Drawn by Alembic from the tables as they were.
# ruff: noqa: E501

import sqlalchemy as sa
from alembic import op

from storage.types import Id, UtcDateTime

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "import_runs",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("fingerprint", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.CHAR(length=3), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("totals", sa.JSON(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("held_until", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=False),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "state IN ('staging', 'applying', 'finished', 'dropped')", name=op.f("ck_import_runs_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_import_runs_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_import_runs")),
    )
    op.create_index(
        "uq_import_runs_open",
        "import_runs",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("finished_at IS NULL"),
        postgresql_where=sa.text("finished_at IS NULL"),
    )
    op.create_table(
        "import_customers",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("customer_id", Id(), nullable=False),
        sa.Column("wall", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_import_customers_account_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "source", "ref", name=op.f("pk_import_customers")),
    )
    op.create_table(
        "import_findings",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("run_id", Id(), nullable=False),
        sa.Column("line", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("column_name", sa.String(length=64), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "run_id"],
            ["import_runs.account_id", "import_runs.id"],
            name=op.f("fk_import_findings_account_id_run_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "run_id", "line", "cause", name=op.f("pk_import_findings")),
    )
    op.create_table(
        "import_products",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("price_point", sa.Text(), nullable=False),
        sa.Column("product_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "product_id"],
            ["products.account_id", "products.id"],
            name=op.f("fk_import_products_account_id_product_id"),
        ),
        sa.PrimaryKeyConstraint(
            "account_id", "source", "name", "price_point", name=op.f("pk_import_products")
        ),
    )
    op.create_table(
        "import_rows",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("number", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("run_id", Id(), nullable=False),
        sa.Column("line", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(length=32), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("phase", sa.String(length=32), nullable=False),
        sa.Column("wall", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "phase IN ('1-sales', '2-reversals', '3-again')", name=op.f("ck_import_rows_phase")
        ),
        sa.CheckConstraint("state IN ('staged', 'applied', 'reported')", name=op.f("ck_import_rows_state")),
        sa.ForeignKeyConstraint(
            ["account_id", "run_id"],
            ["import_runs.account_id", "import_runs.id"],
            name=op.f("fk_import_rows_account_id_run_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "source", "number", name=op.f("pk_import_rows")),
    )
    op.create_index(
        "ix_import_rows_staged",
        "import_rows",
        ["account_id", "source", "phase", "wall", "number"],
        unique=False,
        sqlite_where=sa.text("state = 'staged'"),
        postgresql_where=sa.text("state = 'staged'"),
    )
    op.create_table(
        "import_agreements",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("ref", sa.Text(), nullable=False),
        sa.Column("subscription_id", Id(), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("paid", sa.Integer(), nullable=False),
        sa.Column("wall", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint(
            "state IN ('trialing', 'active', 'past_due', 'paused', 'cancel_scheduled', 'canceled', 'completed')",
            name=op.f("ck_import_agreements_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "subscription_id"],
            ["subscriptions.account_id", "subscriptions.id"],
            name=op.f("fk_import_agreements_account_id_subscription_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "source", "ref", name=op.f("pk_import_agreements")),
    )
