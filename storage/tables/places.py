"""Where customers come from: memberships with their help icon, and the merchant's own domains."""

from sqlalchemy import CheckConstraint, Column, Index, String, Table, Text, text

from billing.states import Support
from storage.tables.metadata import metadata, of_account, within_account
from storage.types import Id, UtcDateTime, Word, account_id, one_of, own_id

# Queries must use these very words, or the indexes are not for them.
HELD = text("released_at IS NULL")
PROVED = text("proved_at IS NOT NULL AND released_at IS NULL")

memberships = Table(
    "memberships",
    metadata,
    account_id(),
    own_id(),
    Column("name", Text, nullable=False),
    Column("site_url", Text, nullable=False),
    Column("support", Word(Support), nullable=False),
    Column("helpdesk_id", Id()),
    Column("external_url", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("made_at", UtcDateTime(), nullable=False),
    Column("archived_at", UtcDateTime()),
    of_account(),
    within_account("helpdesk_id", "helpdesks"),
    one_of("support", Support),
    CheckConstraint("support <> 'helpdesk' OR helpdesk_id IS NOT NULL", name="helpdesk"),
    CheckConstraint("support <> 'external' OR external_url <> ''", name="external_url"),
    CheckConstraint("support <> 'email' OR email <> ''", name="email"),
)

domains = Table(
    "domains",
    metadata,
    account_id(),
    own_id(),
    Column("host", String(253), nullable=False),
    Column("token", String(64), nullable=False),  # what the TXT record must say
    Column("added_at", UtcDateTime(), nullable=False),
    Column("checked_at", UtcDateTime()),
    Column("problem", String(32), nullable=False),  # why the last look did not prove it, or empty
    Column("proved_at", UtcDateTime()),
    Column("released_at", UtcDateTime()),
    of_account(),
    Index("uq_domains_held", "account_id", unique=True, sqlite_where=HELD, postgresql_where=HELD),
    Index("uq_domains_proved", "host", unique=True, sqlite_where=PROVED, postgresql_where=PROVED),
)
