"""Files with a ticket's messages: how many, how large, what an account may keep, and who may read them.

What somebody uploaded is checked and re-encoded before it comes here (`portal/cleaning.py`): a `CheckedFile`
is safe to hand to another person.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from billing.actors import CustomerActor, StaffActor
from billing.context import Context
from billing.errors import Invalid, NotFound
from billing.ids import AttachmentId, new_id
from billing.merchant import Attachment
from billing.ports import UnitOfWork
from billing.records import Entry
from billing.states import EntryKind

MOST_FILES = 3  # with one message
MOST_BYTES = 10 * 1024 * 1024  # of a file, and of all files of a message together
QUOTA_BYTES = 500 * 1024 * 1024  # of an account
CUSTOMER_QUOTA_BYTES = 50 * 1024 * 1024  # of what one customer sends: nobody fills the account alone
# Small ones count as much as this, so that nobody can fill an account with a million of them.
LEAST_BYTES = 16 * 1024


@dataclass(frozen=True, slots=True)
class CheckedFile:
    """A file as it will be kept; `name` has no path and the extension of its real kind."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class FileContent:
    """A kept file, to be handed out."""

    attachment: Attachment
    content: bytes


async def keep_files(
    work: UnitOfWork, entry: Entry, files: Sequence[CheckedFile], *, at: datetime
) -> tuple[Attachment, ...]:
    """Keeps them with a message; raises `Invalid` (files) where there are too many, or no room is left."""
    if not files:
        return ()
    if len(files) > MOST_FILES:
        raise Invalid("files", "too-many-files", most=MOST_FILES)
    if sum(len(file.content) for file in files) > MOST_BYTES:
        raise Invalid("files", "too-large-files", most=MOST_BYTES // 1024**2)
    # Held, so that two messages at once do not both take the last room.
    await work.accounts.hold()
    wanted = sum(max(len(file.content), LEAST_BYTES) for file in files)
    await _must_have_room(work, wanted, None, QUOTA_BYTES)
    if entry.by.startswith("customer:"):
        await _must_have_room(work, wanted, entry.by, CUSTOMER_QUOTA_BYTES)
    return tuple([await _keep(work, entry, file, at=at) for file in files])


async def _must_have_room(work: UnitOfWork, wanted: int, by: str | None, quota: int) -> None:
    if await work.files.used(least=LEAST_BYTES, by=by) + wanted > quota:
        raise Invalid("files", "no-room-for-files")


async def _keep(work: UnitOfWork, entry: Entry, file: CheckedFile, *, at: datetime) -> Attachment:
    attachment = Attachment(
        id=new_id(AttachmentId),
        account_id=entry.account_id,
        ticket_id=entry.ticket_id,
        entry_id=entry.id,
        name=file.name,
        media_type=file.media_type,
        size=len(file.content),
        at=at,
    )
    await work.files.add(attachment, file.content)
    return attachment


async def show_file(
    ctx: Context, attachment_id: AttachmentId, *, by: CustomerActor | StaffActor
) -> FileContent:
    """For staff, and for the customer whose ticket it is in, in that helpdesk; raises `NotFound`."""
    async with ctx.read(by.account_id) as work:
        attachment = await work.files.get(attachment_id)
        if isinstance(by, CustomerActor):
            ticket = await work.tickets.get(attachment.ticket_id)
            entry = await work.tickets.get_entry(attachment.ticket_id, attachment.entry_id)
            is_theirs = (ticket.customer_id, ticket.helpdesk_id) == (by.customer_id, by.helpdesk_id)
            if not is_theirs or entry.kind is EntryKind.NOTE:
                raise NotFound
        return FileContent(attachment, await work.files.read(attachment_id))
