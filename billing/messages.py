"""What the outbox carries: one small dataclass per thing that must still be told, and its destination."""

from __future__ import annotations

from dataclasses import MISSING, dataclass, fields
from enum import StrEnum
from typing import ClassVar, TypeVar
from uuid import UUID

from billing.ids import (
    BundleId,
    CodeId,
    CustomerId,
    DocumentId,
    DomainId,
    EntryId,
    InvitationId,
    OperationId,
    RequestId,
    StaffId,
    TicketId,
)
from billing.records import Facts

_Message = TypeVar("_Message", bound="Message")


class Destination(StrEnum):
    """The outside parties the relay delivers to."""

    PROCESSOR = "processor"
    SLACK = "slack"
    MAIL = "mail"
    DNS = "dns"
    DOCUMENTS = "documents"  # ourselves, at leisure: many documents are issued and drawn


@dataclass(frozen=True, slots=True)
class Message:
    """Facts and ids only: a delivery reads its subject anew and tells the present state."""

    destination: ClassVar[Destination]
    kind: ClassVar[str]

    def payload(self) -> Facts:
        """The fields as JSON facts; ids become hex."""
        values = {f.name: getattr(self, f.name) for f in fields(self)}
        return {name: v.hex if isinstance(v, UUID) else v for name, v in values.items()}


def read_message(shape: type[_Message], payload: Facts) -> _Message:
    """The message that was put, from its stored payload (ids are hex there); older ones may lack a field."""
    values: dict[str, object] = {}
    for f in fields(shape):
        if f.name not in payload and f.default is not MISSING:
            continue
        value = payload[f.name]
        is_id = str(f.type).removesuffix(" | None").endswith("Id") and value is not None
        values[f.name] = UUID(hex=str(value)) if is_id else value
    return shape(**values)


@dataclass(frozen=True, slots=True)
class OperationPlanned(Message):
    """An approved operation waits to be carried out."""

    destination = Destination.PROCESSOR
    kind = "operation-planned"
    operation_id: OperationId


@dataclass(frozen=True, slots=True)
class ProcessorHint(Message):
    """The processor told of something: read the object it names and take in what it says now."""

    destination = Destination.PROCESSOR
    kind = "processor-hint"
    object_kind: str  # `refund`, `charge` or `subscription`
    object_id: str


@dataclass(frozen=True, slots=True)
class CardDue(Message):
    """The Slack card of a ticket must be posted, or drawn anew."""

    destination = Destination.SLACK
    kind = "card-due"
    ticket_id: TicketId


@dataclass(frozen=True, slots=True)
class ThreadDue(Message):
    """An entry of a ticket's timeline must appear in the thread of its card."""

    destination = Destination.SLACK
    kind = "thread-due"
    ticket_id: TicketId
    entry_id: EntryId


@dataclass(frozen=True, slots=True)
class WhisperDue(Message):
    """An answer for the clicker alone, in their language; `response_url` is sealed, or empty.

    `link` is an address of ours that a button with the words of `link_text` leads to, or empty; `token`,
    sealed, is its last part where that is for them alone.
    """

    destination = Destination.SLACK
    kind = "whisper-due"
    channel: str
    user_id: str
    response_url: str
    text: str
    link: str = ""
    link_text: str = ""
    token: str = ""


@dataclass(frozen=True, slots=True)
class CodeMail(Message):
    """The e-mailed code; `code` is sealed."""

    destination = Destination.MAIL
    kind = "code"
    code_id: CodeId
    code: str
    to: str
    purpose: str
    locale: str


@dataclass(frozen=True, slots=True)
class OrderIdsMail(Message):
    """All Order IDs of a customer, to one of their purchase e-mails."""

    destination = Destination.MAIL
    kind = "order-ids"
    customer_id: CustomerId
    to: str
    locale: str


@dataclass(frozen=True, slots=True)
class RequestMail(Message):
    """To the purchase e-mail: what was declared (`received`), or what came of it (`state` then)."""

    destination = Destination.MAIL
    kind = "request-outcome"
    request_id: RequestId
    state: str
    received: bool
    by_support: bool = False  # staff acted for them


@dataclass(frozen=True, slots=True)
class TicketMail(Message):
    """To the customer: their question arrived, or staff replied."""

    destination = Destination.MAIL
    kind = "ticket-reply"
    ticket_id: TicketId
    entry_id: EntryId


@dataclass(frozen=True, slots=True)
class InvoiceMail(Message):
    """To the purchase e-mail: the invoice of a payment that just came in, attached."""

    destination = Destination.MAIL
    kind = "invoice"
    document_id: DocumentId


@dataclass(frozen=True, slots=True)
class BundleDue(Message):
    """Documents of a year are to be issued and drawn: the next few of them.

    `done` of them are; the walk is through `walk`, and stands behind the one of the time `at` with id `last`.
    """

    destination = Destination.DOCUMENTS
    kind = "bundle"
    bundle_id: BundleId
    done: int = 0
    walk: str = "payments"  # then `refunds`
    at: str = ""  # ISO 8601
    last: str = ""


@dataclass(frozen=True, slots=True)
class DomainCheckDue(Message):
    """Somebody asked whether a domain's TXT record is there by now."""

    destination = Destination.DNS
    kind = "domain-check"
    domain_id: DomainId


class Notice(StrEnum):
    """What a staff member is told about their own access."""

    NEW_PASSWORD = "new-password"  # noqa: S105 - it is none
    FACTOR_SET = "factor-set"
    FACTOR_REMOVED = "factor-removed"
    FACTOR_RESET = "factor-reset"
    CODES_MADE = "codes-made"
    CODE_USED = "code-used"
    SLACK_LINKED = "slack-linked"
    SLACK_UNLINKED = "slack-unlinked"


@dataclass(frozen=True, slots=True)
class StaffNoticeMail(Message):
    """To a staff member: their access was changed; `notice` is a `Notice`."""

    destination = Destination.MAIL
    kind = "staff-notice"
    staff_id: StaffId
    notice: str


@dataclass(frozen=True, slots=True)
class InvitationMail(Message):
    """To somebody who is asked to join; `token` is sealed."""

    destination = Destination.MAIL
    kind = "invitation"
    invitation_id: InvitationId
    token: str
