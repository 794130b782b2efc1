"""Documents of three kinds with corrections, what they are made of, and merchants' words by language.

`documents`, `series` and `outbox` are made anew, with what was in them: SQLite changes no CHECK in place.
"""

# Drawn by Alembic from the tables as they were.

import sqlalchemy as sa
from alembic import op

from storage.types import Id, UtcDateTime

revision = "0007"
down_revision = "0006"

FROZEN = {
    "sqlite": (
        "CREATE TRIGGER documents_are_frozen BEFORE UPDATE ON documents BEGIN SELECT "
        "RAISE(ABORT, 'what money did is not rewritten'); END",
        "CREATE TRIGGER documents_stay BEFORE DELETE ON documents BEGIN SELECT RAISE(ABORT, "
        "'what money did is not rewritten'); END",
        "CREATE TRIGGER snapshots_are_frozen BEFORE UPDATE ON snapshots BEGIN SELECT "
        "RAISE(ABORT, 'what money did is not rewritten'); END",
        "CREATE TRIGGER snapshots_stay BEFORE DELETE ON snapshots BEGIN SELECT RAISE(ABORT, "
        "'what money did is not rewritten'); END",
        "CREATE TRIGGER past_sellers_are_frozen BEFORE UPDATE ON past_sellers BEGIN SELECT "
        "RAISE(ABORT, 'what money did is not rewritten'); END",
        "CREATE TRIGGER past_sellers_stay BEFORE DELETE ON past_sellers BEGIN SELECT "
        "RAISE(ABORT, 'what money did is not rewritten'); END",
    ),
    "postgresql": (
        "CREATE TRIGGER documents_are_frozen BEFORE UPDATE ON documents FOR EACH ROW EXECUTE "
        "FUNCTION refuse_to_rewrite_money()",
        "CREATE TRIGGER documents_stay BEFORE DELETE ON documents FOR EACH ROW EXECUTE "
        "FUNCTION refuse_to_rewrite_money()",
        "CREATE TRIGGER snapshots_are_frozen BEFORE UPDATE ON snapshots FOR EACH ROW EXECUTE "
        "FUNCTION refuse_to_rewrite_money()",
        "CREATE TRIGGER snapshots_stay BEFORE DELETE ON snapshots FOR EACH ROW EXECUTE "
        "FUNCTION refuse_to_rewrite_money()",
        "CREATE TRIGGER past_sellers_are_frozen BEFORE UPDATE ON past_sellers FOR EACH ROW "
        "EXECUTE FUNCTION refuse_to_rewrite_money()",
        "CREATE TRIGGER past_sellers_stay BEFORE DELETE ON past_sellers FOR EACH ROW EXECUTE "
        "FUNCTION refuse_to_rewrite_money()",
    ),
}


ASIDE = (
    "CREATE TABLE documents_before AS SELECT * FROM documents",
    "CREATE TABLE series_before AS SELECT * FROM series",
    "CREATE TABLE outbox_before AS SELECT * FROM outbox",
)
BACK = (
    "INSERT INTO documents (account_id, id, kind, number, payment_id, refund_id, revision, issued_at, "
    "frozen) SELECT account_id, id, kind, number, payment_id, refund_id, 0, issued_at, frozen "
    "FROM documents_before",
    "INSERT INTO series (account_id, kind, last) SELECT account_id, kind, last FROM series_before",
    "INSERT INTO outbox (account_id, id, destination, kind, payload, trace_id, dedupe, tries, put_at, "
    "due_at, leased_until, delivered_at, given_up, why, place) SELECT account_id, id, destination, kind, "
    "payload, trace_id, dedupe, tries, put_at, due_at, leased_until, delivered_at, given_up, why, place "
    "FROM outbox_before",
)


def upgrade() -> None:
    for statement in ASIDE:
        op.execute(statement)
    op.drop_table("documents")
    op.drop_table("series")
    op.drop_table("outbox")
    _make_again()
    for statement in BACK:
        op.execute(statement)
    op.drop_table("documents_before")
    op.drop_table("series_before")
    op.drop_table("outbox_before")
    _make_new()
    for statement in FROZEN[op.get_bind().dialect.name]:
        op.execute(statement)


def _make_again() -> None:
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
            "destination IN ('processor', 'slack', 'mail', 'dns', 'documents')",
            name=op.f("ck_outbox_destination"),
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
        "series",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note', 'receipt')", name=op.f("ck_series_kind")),
        sa.CheckConstraint("last > 0", name=op.f("ck_series_last")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_series_account_id")),
        sa.PrimaryKeyConstraint("account_id", "kind", name=op.f("pk_series")),
    )
    op.create_table(
        "documents",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("number", sa.String(length=64), nullable=False),
        sa.Column("payment_id", Id(), nullable=False),
        sa.Column("refund_id", Id(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("corrects_id", Id(), nullable=True),
        sa.Column("issued_at", UtcDateTime(), nullable=False),
        sa.Column("frozen", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "corrects_id IS NULL OR (kind <> 'receipt' AND refund_id IS NULL)",
            name=op.f("ck_documents_corrects"),
        ),
        sa.CheckConstraint(
            "kind <> 'credit_note' OR refund_id IS NOT NULL OR corrects_id IS NOT NULL",
            name=op.f("ck_documents_credit_note"),
        ),
        sa.CheckConstraint("kind IN ('invoice', 'credit_note', 'receipt')", name=op.f("ck_documents_kind")),
        sa.CheckConstraint("refund_id IS NULL OR kind = 'credit_note'", name=op.f("ck_documents_refund")),
        sa.CheckConstraint(
            "revision >= 0 AND (revision > 0) = (corrects_id IS NOT NULL)", name=op.f("ck_documents_revision")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "corrects_id"],
            ["documents.account_id", "documents.id"],
            name=op.f("fk_documents_account_id_corrects_id"),
        ),
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
    op.create_index("ix_documents_issued_at", "documents", ["account_id", "kind", "issued_at"], unique=False)
    op.create_index("uq_documents_number", "documents", ["account_id", "kind", "number"], unique=True)
    op.create_index(
        "uq_documents_payment_id",
        "documents",
        ["account_id", "kind", "payment_id", "revision"],
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
    # ### end Alembic commands ###


def _make_new() -> None:
    op.create_table(
        "document_settings",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("logo", sa.String(length=64), nullable=True),
        sa.Column("small_business", sa.Boolean(), nullable=False),
        sa.Column("footer", sa.Text(), nullable=False),
        sa.Column("corrections", sa.Boolean(), nullable=False),
        sa.Column("mail_invoices", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_document_settings_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_document_settings")),
    )
    op.create_table(
        "drawn_documents",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_drawn_documents_size")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_drawn_documents_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_drawn_documents")),
    )
    op.create_table(
        "merchant_texts",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("about", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=35), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('welcome', 'refund_policy', 'answer', 'mail', 'signature')",
            name=op.f("ck_merchant_texts_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_merchant_texts_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "kind", "about", "language", name=op.f("pk_merchant_texts")),
    )
    op.create_table(
        "past_sellers",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("profile", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_past_sellers_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_past_sellers")),
    )
    op.create_index("ix_past_sellers_until", "past_sellers", ["account_id", "until"], unique=False)
    op.create_table(
        "processor_lines",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("payment_intent", sa.String(length=255), nullable=False),
        sa.Column("lines", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_processor_lines_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "payment_intent", name=op.f("pk_processor_lines")),
    )
    op.create_table(
        "reader_zones",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("reader", sa.String(length=64), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("chosen", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_reader_zones_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "reader", name=op.f("pk_reader_zones")),
    )
    op.create_table(
        "bundles",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("customer_id", Id(), nullable=True),
        sa.Column("asked_by", sa.Text(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("issue_missing", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("state", sa.String(length=32), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("ready_at", UtcDateTime(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("form IN ('pdf', 'zip')", name=op.f("ck_bundles_form")),
        sa.CheckConstraint("state IN ('gathering', 'ready', 'failed')", name=op.f("ck_bundles_state")),
        sa.CheckConstraint("done >= 0 AND done <= total", name=op.f("ck_bundles_done")),
        sa.CheckConstraint("year BETWEEN 1970 AND 9999", name=op.f("ck_bundles_year")),
        sa.ForeignKeyConstraint(
            ["account_id", "customer_id"],
            ["customers.account_id", "customers.id"],
            name=op.f("fk_bundles_account_id_customer_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_bundles")),
    )
    op.create_index("ix_bundles_asked_by", "bundles", ["account_id", "asked_by", "asked_at"], unique=False)
    op.create_index(
        "uq_bundles_gathering",
        "bundles",
        ["account_id", "asked_by"],
        unique=True,
        sqlite_where=sa.text("state = 'gathering'"),
        postgresql_where=sa.text("state = 'gathering'"),
    )
    op.create_table(
        "unmailed_staff",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("staff_id", Id(), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "staff_id"],
            ["staff.account_id", "staff.id"],
            name=op.f("fk_unmailed_staff_account_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_unmailed_staff_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "staff_id", name=op.f("pk_unmailed_staff")),
    )
    op.create_table(
        "snapshots",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("payment_id", Id(), nullable=False),
        sa.Column("frozen", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "payment_id"],
            ["payments.account_id", "payments.id"],
            name=op.f("fk_snapshots_account_id_payment_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "payment_id", name=op.f("pk_snapshots")),
    )
    # ### end Alembic commands ###
