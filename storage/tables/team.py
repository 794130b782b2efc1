"""How staff come in: invitations, second factors, and the codes for when the factor is lost."""

from sqlalchemy import BigInteger, Column, Index, String, Table, Text, text

from billing.states import Role
from storage.tables.metadata import metadata, of_account, within_account
from storage.types import Id, UtcDateTime, Word, account_id, minor, one_of, own_id

# Queries must use these very words, or the index is not for them.
OPEN = text("used_at IS NULL AND withdrawn_at IS NULL")

invitations = Table(
    "invitations",
    metadata,
    account_id(),
    own_id(),
    Column("email", Text, nullable=False),
    Column("email_key", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("role", Word(Role), nullable=False),
    minor("limit_minor", nullable=True),
    Column("locale", String(35), nullable=False),
    Column("token_hash", String(128), nullable=False),
    Column("invited_by", Text, nullable=False),
    Column("made_at", UtcDateTime(), nullable=False),
    Column("expires_at", UtcDateTime(), nullable=False),
    Column("used_at", UtcDateTime()),
    Column("withdrawn_at", UtcDateTime()),
    of_account(),
    one_of("role", Role),
    Index("uq_invitations_token_hash", "account_id", "token_hash", unique=True),
    Index(
        "uq_invitations_open",
        "account_id",
        "email_key",
        unique=True,
        sqlite_where=OPEN,
        postgresql_where=OPEN,
    ),
)

second_factors = Table(
    "second_factors",
    metadata,
    account_id(),
    Column("staff_id", Id(), primary_key=True),
    Column("seed", Text, nullable=False),  # sealed
    Column("confirmed_at", UtcDateTime(), nullable=False),
    Column("last_step", BigInteger, nullable=False),  # of TOTP; none is taken twice
    within_account("staff_id", "staff"),
)

recovery_codes = Table(
    "recovery_codes",
    metadata,
    account_id(),
    Column("staff_id", Id(), primary_key=True),
    Column("code_hash", String(128), primary_key=True),
    Column("used_at", UtcDateTime()),
    within_account("staff_id", "staff"),
)

# Who wants no mail about requests that wait.
unmailed_staff = Table(
    "unmailed_staff",
    metadata,
    account_id(),
    Column("staff_id", Id(), primary_key=True),
    Column("since", UtcDateTime(), nullable=False),
    of_account(),
    within_account("staff_id", "staff"),
)
