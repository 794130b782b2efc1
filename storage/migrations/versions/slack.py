"""Slack for many workspaces, and what happens at a time of its own: hours, alarms, snoozes, kept answers."""

# Drawn by Alembic from the tables as they were.

import sqlalchemy as sa
from alembic import op

from storage.types import Id, UtcDateTime

revision = "0004"
down_revision = "0003"

# What waits already is watched from now on; when its first reminder is due is found when its alarm rings.
WATCH_WHAT_WAITS = sa.text(
    """
    INSERT INTO alarms (account_id, kind, subject, due_at, step)
    SELECT tickets.account_id, 'reminder', tickets.id, tickets.moved_at, 0
    FROM tickets
    LEFT JOIN requests ON requests.account_id = tickets.account_id AND requests.id = tickets.request_id
    WHERE (tickets.request_id IS NULL AND tickets.state = 'open')
    OR (requests.state IN ('pending', 'failed') AND tickets.state <> 'waiting')
    """
)


def upgrade() -> None:
    op.create_table(
        "alarms",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("subject", Id(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("step", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('reminder', 'digest', 'profiles', 'rotation')", name=op.f("ck_alarms_kind")
        ),
        sa.CheckConstraint("step >= 0", name=op.f("ck_alarms_step")),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.account_id"], name=op.f("fk_alarms_account_id")),
        sa.PrimaryKeyConstraint("account_id", "kind", "subject", name=op.f("pk_alarms")),
    )
    op.create_index("ix_alarms_due_at", "alarms", ["due_at"], unique=False)
    op.create_table(
        "slack_channels",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_private", sa.Boolean(), nullable=False),
        sa.Column("is_member", sa.Boolean(), nullable=False),
        sa.Column("listed_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_slack_channels_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "channel", name=op.f("pk_slack_channels")),
    )
    op.create_table(
        "slack_homes",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("shows", sa.String(length=32), nullable=False),
        sa.Column("after", sa.Text(), nullable=False),
        sa.Column("hash", sa.Text(), nullable=False),
        sa.Column("opened_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_slack_homes_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "team_id", "user_id", name=op.f("pk_slack_homes")),
    )
    op.create_index("ix_slack_homes_opened_at", "slack_homes", ["account_id", "opened_at"], unique=False)
    op.create_table(
        "slack_installations",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("enterprise_id", sa.String(length=32), nullable=False),
        sa.Column("team_name", sa.Text(), nullable=False),
        sa.Column("app_id", sa.String(length=32), nullable=False),
        sa.Column("bot_user_id", sa.String(length=32), nullable=False),
        sa.Column("bot_token", sa.Text(), nullable=False),
        sa.Column("refresh_token", sa.Text(), nullable=True),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("scopes", sa.Text(), nullable=False),
        sa.Column("installed_by", sa.Text(), nullable=False),
        sa.Column("installed_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_why", sa.String(length=32), nullable=True),
        sa.CheckConstraint(
            "ended_why IN ('disconnected', 'uninstalled', 'revoked', 'replaced')",
            name=op.f("ck_slack_installations_ended_why"),
        ),
        sa.CheckConstraint(
            "(ended_at IS NULL) = (ended_why IS NULL)", name=op.f("ck_slack_installations_ended")
        ),
        sa.CheckConstraint(
            "(refresh_token IS NULL) = (expires_at IS NULL)", name=op.f("ck_slack_installations_expiry")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_slack_installations_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_slack_installations")),
    )
    op.create_index(
        "uq_slack_installations_live",
        "slack_installations",
        ["account_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "uq_slack_installations_team_id",
        "slack_installations",
        ["team_id"],
        unique=True,
        sqlite_where=sa.text("ended_at IS NULL"),
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_table(
        "slack_profiles",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_gone", sa.Boolean(), nullable=False),
        sa.Column("is_bot", sa.Boolean(), nullable=False),
        sa.Column("is_guest", sa.Boolean(), nullable=False),
        sa.Column("is_stranger", sa.Boolean(), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=True),
        sa.Column("time_zone", sa.String(length=64), nullable=True),
        sa.Column("looked_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_slack_profiles_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "team_id", "user_id", name=op.f("pk_slack_profiles")),
    )
    op.create_table(
        "answer_templates",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("helpdesk_id", Id(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("place", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_answer_templates_account_id_helpdesk_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_answer_templates")),
    )
    op.create_index(
        "ix_answer_templates_helpdesk_id",
        "answer_templates",
        ["account_id", "helpdesk_id", "place"],
        unique=False,
    )
    op.create_table(
        "helpdesk_hours",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("helpdesk_id", Id(), nullable=False),
        sa.Column("days", sa.JSON(), nullable=False),
        sa.Column("opens", sa.Integer(), nullable=False),
        sa.Column("closes", sa.Integer(), nullable=False),
        sa.Column("answer_hours", sa.Integer(), nullable=False),
        sa.Column("digest_at", sa.Integer(), nullable=True),
        sa.CheckConstraint("answer_hours BETWEEN 1 AND 720", name=op.f("ck_helpdesk_hours_answer_hours")),
        sa.CheckConstraint("closes > opens AND closes <= 1440", name=op.f("ck_helpdesk_hours_closes")),
        sa.CheckConstraint("digest_at BETWEEN 0 AND 1439", name=op.f("ck_helpdesk_hours_digest_at")),
        sa.CheckConstraint("opens BETWEEN 0 AND 1439", name=op.f("ck_helpdesk_hours_opens")),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_helpdesk_hours_account_id_helpdesk_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "helpdesk_id", name=op.f("pk_helpdesk_hours")),
    )
    op.create_table(
        "slack_connectings",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("state_hash", sa.String(length=128), nullable=False),
        sa.Column("staff_id", Id(), nullable=False),
        sa.Column("visit_hash", sa.String(length=128), nullable=False),
        sa.Column("step", sa.String(length=32), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.CheckConstraint(
            "step IN ('asked', 'exchanging', 'done', 'failed')", name=op.f("ck_slack_connectings_step")
        ),
        sa.ForeignKeyConstraint(
            ["account_id", "staff_id"],
            ["staff.account_id", "staff.id"],
            name=op.f("fk_slack_connectings_account_id_staff_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_slack_connectings")),
    )
    op.create_index("uq_slack_connectings_state_hash", "slack_connectings", ["state_hash"], unique=True)
    op.create_table(
        "slack_link_offers",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("id", Id(), nullable=False),
        sa.Column("token_hash", sa.String(length=128), nullable=False),
        sa.Column("team_id", sa.String(length=32), nullable=False),
        sa.Column("user_id", sa.String(length=32), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("staff_id", Id(), nullable=True),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id", "staff_id"],
            ["staff.account_id", "staff.id"],
            name=op.f("fk_slack_link_offers_account_id_staff_id"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.account_id"], name=op.f("fk_slack_link_offers_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "id", name=op.f("pk_slack_link_offers")),
    )
    op.create_index(
        "uq_slack_link_offers_token_hash", "slack_link_offers", ["account_id", "token_hash"], unique=True
    )
    op.create_table(
        "slack_troubles",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("helpdesk_id", Id(), nullable=False),
        sa.Column("channel", sa.String(length=32), nullable=False),
        sa.Column("problem", sa.String(length=64), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "helpdesk_id"],
            ["helpdesks.account_id", "helpdesks.id"],
            name=op.f("fk_slack_troubles_account_id_helpdesk_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "helpdesk_id", name=op.f("pk_slack_troubles")),
    )
    op.create_table(
        "snoozes",
        sa.Column("account_id", Id(), nullable=False),
        sa.Column("ticket_id", Id(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.Column("by", sa.Text(), nullable=False),
        sa.Column("by_name", sa.Text(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id", "ticket_id"],
            ["tickets.account_id", "tickets.id"],
            name=op.f("fk_snoozes_account_id_ticket_id"),
        ),
        sa.PrimaryKeyConstraint("account_id", "ticket_id", name=op.f("pk_snoozes")),
    )
    op.execute(WATCH_WHAT_WAITS)
