"""Slack: connected workspaces, who is who there, its channels, and open Homes."""

from sqlalchemy import Boolean, CheckConstraint, Column, Index, String, Table, Text, text

from billing.states import ConnectingStep, Ended
from storage.tables.metadata import metadata, of_account, within_account
from storage.types import Id, UtcDateTime, Word, account_id, one_of, own_id

# Queries must use these very words, or the indexes are not for them.
LIVE = text("ended_at IS NULL")

slack_installations = Table(
    "slack_installations",
    metadata,
    account_id(),
    own_id(),
    Column("team_id", String(32), nullable=False),
    Column("enterprise_id", String(32), nullable=False),
    Column("team_name", Text, nullable=False),
    Column("app_id", String(32), nullable=False),
    Column("bot_user_id", String(32), nullable=False),
    Column("bot_token", Text, nullable=False),  # sealed
    Column("refresh_token", Text),  # sealed
    Column("expires_at", UtcDateTime()),
    Column("scopes", Text, nullable=False),
    Column("installed_by", Text, nullable=False),
    Column("installed_at", UtcDateTime(), nullable=False),
    Column("ended_at", UtcDateTime()),
    Column("ended_why", Word(Ended)),
    of_account(),
    one_of("ended_why", Ended),
    CheckConstraint("(ended_at IS NULL) = (ended_why IS NULL)", name="ended"),
    CheckConstraint("(refresh_token IS NULL) = (expires_at IS NULL)", name="expiry"),
    Index("uq_slack_installations_live", "account_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
    # a click names its workspace and no account; two accounts never share one
    Index("uq_slack_installations_team_id", "team_id", unique=True, sqlite_where=LIVE, postgresql_where=LIVE),
)

slack_connectings = Table(
    "slack_connectings",
    metadata,
    account_id(),
    own_id(),
    Column("state_hash", String(128), nullable=False),
    Column("staff_id", Id(), nullable=False),
    Column("visit_hash", String(128), nullable=False),
    Column("step", Word(ConnectingStep), nullable=False),
    Column("problem", String(64), nullable=False),
    Column("made_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    within_account("staff_id", "staff"),
    one_of("step", ConnectingStep),
    # Slack sends people back to one address for all accounts
    Index("uq_slack_connectings_state_hash", "state_hash", unique=True),
)

slack_link_offers = Table(
    "slack_link_offers",
    metadata,
    account_id(),
    own_id(),
    Column("token_hash", String(128), nullable=False),
    Column("team_id", String(32), nullable=False),
    Column("user_id", String(32), nullable=False),
    Column("user_name", Text, nullable=False),
    Column("staff_id", Id()),
    Column("made_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    Column("used_at", UtcDateTime()),
    of_account(),
    within_account("staff_id", "staff"),
    Index("uq_slack_link_offers_token_hash", "account_id", "token_hash", unique=True),
)

slack_profiles = Table(
    "slack_profiles",
    metadata,
    account_id(),
    Column("team_id", String(32), primary_key=True),
    Column("user_id", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("is_gone", Boolean, nullable=False),
    Column("is_bot", Boolean, nullable=False),
    Column("is_guest", Boolean, nullable=False),
    Column("is_stranger", Boolean, nullable=False),
    Column("locale", String(35)),
    Column("time_zone", String(64)),
    Column("looked_at", UtcDateTime(), nullable=False),
    of_account(),
)

slack_channels = Table(
    "slack_channels",
    metadata,
    account_id(),
    Column("channel", String(32), primary_key=True),
    Column("name", Text, nullable=False),
    Column("is_private", Boolean, nullable=False),
    Column("is_member", Boolean, nullable=False),
    Column("listed_at", UtcDateTime(), nullable=False),
    of_account(),
)

slack_troubles = Table(
    "slack_troubles",
    metadata,
    account_id(),
    Column("helpdesk_id", Id(), primary_key=True),
    Column("channel", String(32), nullable=False),
    Column("problem", String(64), nullable=False),
    Column("since", UtcDateTime(), nullable=False),
    within_account("helpdesk_id", "helpdesks"),
)

slack_homes = Table(
    "slack_homes",
    metadata,
    account_id(),
    Column("team_id", String(32), primary_key=True),
    Column("user_id", String(32), primary_key=True),
    Column("shows", String(32), nullable=False),
    Column("after", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("opened_at", UtcDateTime(), nullable=False),
    of_account(),
    Index("ix_slack_homes_opened_at", "account_id", "opened_at"),
)
