"""What a merchant sets up: the team's invitations and factors, memberships, domains, files, report days."""

# Drawn by Alembic from the tables as they were.

import sqlalchemy as sa
from alembic import op

from storage.types import Id, UtcDateTime

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "domains",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("host", sa.String(length=253), nullable=False),
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("added_at", UtcDateTime(), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("problem", sa.String(length=32), nullable=False),
        sa.Column("proved_at", UtcDateTime(), nullable=True),
        sa.Column("released_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_domains_account_id")),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_domains")),
    )
    op.create_index(
        "uq_domains_held",
        "domains",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("released_at IS NULL"),
        postgresql_where=sa.text("released_at IS NULL"),
    )
    op.create_index(
        "uq_domains_proved",
        "domains",
        ["host"],
        unique=True,
        sqlite_where=sa.text("proved_at IS NOT NULL AND released_at IS NULL"),
        postgresql_where=sa.text("proved_at IS NOT NULL AND released_at IS NULL"),
    )
    op.create_table(
        "former_directories",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("directory", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_former_directories_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "directory", name=op.f("pk_former_directories")),
    )
    op.create_index("uq_former_directories_directory", "former_directories", ["directory"], unique=True)
    op.create_table(
        "invitations",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("limit_minor", sa.BigInteger(), nullable=True),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("token_hash", sa.String(length=128), nullable=False),
        sa.Column("invited_by", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint(
            "role IN ('owner', 'manager', 'agent', 'viewer')", name=op.f("ck_invitations_role")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_invitations_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_invitations")),
    )
    op.create_index(
        "uq_invitations_open",
        "invitations",
        ["account_id", "email_key"],
        unique=True,
        sqlite_where=sa.text("used_at IS NULL AND withdrawn_at IS NULL"),
        postgresql_where=sa.text("used_at IS NULL AND withdrawn_at IS NULL"),
    )
    op.create_index("uq_invitations_token_hash", "invitations", ["account_id", "token_hash"], unique=True)
    op.create_table(
        "logos",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_logos_account_id")),
        sa.PrimaryKeyConstraint("account_id", "digest", name=op.f("pk_logos")),
    )
    op.create_table(
        "report_days",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_report_days_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "day", name=op.f("pk_report_days")),
    )
    op.create_table(
        "helpdesk_staff",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("helpdesk_id", Id(), nullable=False),
        sa.Column("staff_id", Id(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_helpdesk_staff_account_id_helpdesk_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "staff_id"],
            ["staff.account_id", "staff.id"],
            name=op.f("fk_helpdesk_staff_account_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "helpdesk_id", "staff_id", name=op.f("pk_helpdesk_staff")),
    )
    op.create_table(
        "memberships",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("site_url", sa.Text(), nullable=False),
        sa.Column("support", sa.String(length=32), nullable=False),
        sa.Column("helpdesk_id", Id(), nullable=True),
        sa.Column("external_url", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("archived_at", UtcDateTime(), nullable=True),
        sa.CheckConstraint("support <> 'email' OR email <> ''", name=op.f("ck_memberships_email")),
        sa.CheckConstraint(
            "support <> 'external' OR external_url <> ''", name=op.f("ck_memberships_external_url")
        ),
        sa.CheckConstraint(
            "support <> 'helpdesk' OR helpdesk_id IS NOT NULL", name=op.f("ck_memberships_helpdesk")
        ),
        sa.CheckConstraint(
            "support IN ('none', 'helpdesk', 'external', 'email')", name=op.f("ck_memberships_support")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_memberships_account_id_helpdesk_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_memberships_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_memberships")),
    )
    op.create_table(
        "recovery_codes",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("staff_id", Id(), nullable=False),
        sa.Column("code_hash", sa.String(length=128), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "staff_id"],
            ["staff.account_id", "staff.id"],
            name=op.f("fk_recovery_codes_account_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "staff_id", "code_hash", name=op.f("pk_recovery_codes")),
    )
    op.create_table(
        "second_factors",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("staff_id", Id(), nullable=False),
        sa.Column("seed", sa.Text(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "staff_id"],
            ["staff.account_id", "staff.id"],
            name=op.f("fk_second_factors_account_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "staff_id", name=op.f("pk_second_factors")),
    )
    op.create_table(
        "attachments",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("ticket_id", Id(), nullable=False),
        sa.Column("entry_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("media_type", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_attachments_size")),
        sa.ForeignKeyConstraint(
            ["account_id", "entry_id"],
            ["entries.account_id", "entries.id"],
            name=op.f("fk_attachments_account_id_entry_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "ticket_id"],
            ["tickets.account_id", "tickets.id"],
            name=op.f("fk_attachments_account_id_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_attachments")),
    )
    op.create_index("ix_attachments_ticket_id", "attachments", ["account_id", "ticket_id"], unique=False)
    # ### end Alembic commands ###
