"""What a merchant sets up beside helpdesks and Self billing, as frozen records; times are aware UTC."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.ids import (
    AccountId,
    AttachmentId,
    DomainId,
    EntryId,
    HelpdeskId,
    InvitationId,
    MembershipId,
    StaffId,
    TemplateId,
    TicketId,
)
from billing.states import Role, Support, TextKind


@dataclass(frozen=True, slots=True)
class Membership:
    """A merchant's member site, and where its help icon leads. Fields of other kinds of support are kept."""

    id: MembershipId
    account_id: AccountId
    name: str
    site_url: str  # where the site is, or empty
    support: Support
    helpdesk_id: HelpdeskId | None
    external_url: str
    email: str
    made_at: datetime
    archived_at: datetime | None


@dataclass(frozen=True, slots=True)
class Domain:
    """A host of the merchant's own; proved by a TXT record that says `token`, released at once."""

    id: DomainId
    account_id: AccountId
    host: str
    token: str
    added_at: datetime
    checked_at: datetime | None
    problem: str  # a stable code: why the last look did not prove it; empty if it did, or none was taken
    proved_at: datetime | None
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class Invitation:
    """A person asked to join: single use, 24 hours; the token is only in the mail."""

    id: InvitationId
    account_id: AccountId
    email: str
    name: str
    role: Role
    limit_minor: int | None
    locale: str
    invited_by: str  # Actor.key
    made_at: datetime
    expires_at: datetime
    used_at: datetime | None
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class SecondFactor:
    """TOTP of a staff member: `seed` is sealed; kept once a first code of it was given, never before."""

    account_id: AccountId
    staff_id: StaffId
    seed: str
    confirmed_at: datetime
    last_step: int


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file with a ticket's entry, checked and re-encoded; its content is read apart."""

    id: AttachmentId
    account_id: AccountId
    ticket_id: TicketId
    entry_id: EntryId
    name: str
    media_type: str
    size: int  # bytes
    at: datetime


@dataclass(frozen=True, slots=True)
class AnswerTemplate:
    """Words that a helpdesk often answers with."""

    id: TemplateId
    account_id: AccountId
    helpdesk_id: HelpdeskId
    name: str
    text: str


EVERY = ""  # the language of a text for readers of every language that has none of its own


@dataclass(frozen=True, slots=True)
class MerchantText:
    """What a merchant says in words of their own, in one language (one of those pages speak, or EVERY).

    `about`: a helpdesk's or an answer template's id as hex, a `text_places.MailKind`, or empty.
    """

    account_id: AccountId
    kind: TextKind
    about: str
    language: str
    text: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class ReaderZone:
    """The IANA zone of one reader; `chosen`: by themselves, so that no browser says otherwise."""

    account_id: AccountId
    reader: str  # `customer:<hex>` or `staff:<hex>`
    time_zone: str
    chosen: bool
