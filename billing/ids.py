"""Typed ids: 128 random bits each, made by us before the row exists, parsed once at the edge."""

import secrets
from collections.abc import Callable
from typing import NewType, TypeVar
from uuid import UUID

from billing.errors import NotFound

AccountId = NewType("AccountId", UUID)
StaffId = NewType("StaffId", UUID)
ProductId = NewType("ProductId", UUID)
CustomerId = NewType("CustomerId", UUID)
PurchaseId = NewType("PurchaseId", UUID)
PaymentId = NewType("PaymentId", UUID)
SubscriptionId = NewType("SubscriptionId", UUID)
RefundId = NewType("RefundId", UUID)
HelpdeskId = NewType("HelpdeskId", UUID)
DepartmentId = NewType("DepartmentId", UUID)
RequestId = NewType("RequestId", UUID)
ApprovalId = NewType("ApprovalId", UUID)
OperationId = NewType("OperationId", UUID)
TicketId = NewType("TicketId", UUID)
EntryId = NewType("EntryId", UUID)
DocumentId = NewType("DocumentId", UUID)
VisitId = NewType("VisitId", UUID)
CodeId = NewType("CodeId", UUID)
EnvelopeId = NewType("EnvelopeId", UUID)
MembershipId = NewType("MembershipId", UUID)
DomainId = NewType("DomainId", UUID)
InvitationId = NewType("InvitationId", UUID)
AttachmentId = NewType("AttachmentId", UUID)
ImportId = NewType("ImportId", UUID)
InstallationId = NewType("InstallationId", UUID)
ConnectingId = NewType("ConnectingId", UUID)
LinkOfferId = NewType("LinkOfferId", UUID)
TemplateId = NewType("TemplateId", UUID)
ConnectionId = NewType("ConnectionId", UUID)
CardChangeId = NewType("CardChangeId", UUID)
CardStepId = NewType("CardStepId", UUID)
AlertId = NewType("AlertId", UUID)
SyncRunId = NewType("SyncRunId", UUID)
ReconcileId = NewType("ReconcileId", UUID)
PastSellerId = NewType("PastSellerId", UUID)
BundleId = NewType("BundleId", UUID)

_Id = TypeVar("_Id")

# Letters and digits that people do not mistake for one another when they read a reference aloud.
_READABLE = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"


def new_id(kind: Callable[[UUID], _Id]) -> _Id:
    """A fresh id of this kind, all 128 bits random: `new_id(RequestId)`."""
    return kind(UUID(bytes=secrets.token_bytes(16)))


def parse_id(kind: Callable[[UUID], _Id], text: str) -> _Id:
    """The id written in an address or a button; anything else is `NotFound`, the same as an absent object."""
    if len(text) != 32 or not text.isascii() or not text.isalnum():
        raise NotFound
    try:
        return kind(UUID(hex=text))
    except ValueError:
        raise NotFound from None


def new_reference(letter: str) -> str:
    """What people read aloud for a request or a ticket, e.g. `R-7K3M9QX2`: 39 random bits."""
    return f"{letter}-" + "".join(secrets.choice(_READABLE) for _ in range(8))
