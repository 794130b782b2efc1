"""Files with tickets."""

from collections.abc import Sequence
from typing import Protocol

from billing import merchant as m
from billing.ids import AttachmentId, TicketId


class Files(Protocol):
    """Attachments; their content is read apart."""

    async def add(self, attachment: m.Attachment, content: bytes) -> None: ...
    async def get(self, attachment_id: AttachmentId) -> m.Attachment: ...
    async def read(self, attachment_id: AttachmentId) -> bytes: ...
    async def list_of_ticket(self, ticket_id: TicketId) -> Sequence[m.Attachment]:
        """In the order in which they came."""
        ...

    async def used(self, *, least: int, by: str | None = None) -> int:
        """Bytes of all files of the account, or of those that came from `by` (an actor's key).

        Each is counted as `least` bytes at least.
        """
        ...
