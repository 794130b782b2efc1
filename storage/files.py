"""Files with tickets: small enough to be rows, so that a backup of the database is a backup of them."""

from sqlalchemy import BigInteger, BindParameter, and_, bindparam, case, func, select

from billing import merchant as m
from billing.errors import NotFound
from billing.ids import AttachmentId, TicketId
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.files import attachments
from storage.tables.helpdesks import entries

_f = attachments.c
_ATTACHMENT = Shape(
    (_f.id, _f.account_id, _f.ticket_id, _f.entry_id, _f.name, _f.media_type, _f.size, _f.at), m.Attachment
)
_ALL = select(*_ATTACHMENT.columns).where(_f.account_id == ACCOUNT)
_ONE = _ALL.where(_f.id == bindparam("attachment_id"))
_OF_TICKET = _ALL.where(_f.ticket_id == bindparam("ticket")).order_by(_f.at, _f.name, _f.id)
_CONTENT = select(_f.content).where(_f.account_id == ACCOUNT, _f.id == bindparam("attachment_id"))
_LEAST: BindParameter[int] = bindparam("least", type_=BigInteger())
_USED = select(func.coalesce(func.sum(case((_f.size < _LEAST, _LEAST), else_=_f.size)), 0)).where(
    _f.account_id == ACCOUNT
)
_USED_BY = _USED.join(
    entries, and_(entries.c.account_id == _f.account_id, entries.c.id == _f.entry_id)
).where(entries.c.by == bindparam("whom"))


class StoredFiles(Bound):
    """`billing.ports.Files`."""

    async def add(self, attachment: m.Attachment, content: bytes) -> None:
        """One more, with what is in it."""
        await self._insert(attachments, {**plain_values(attachment), "content": content})

    async def get(self, attachment_id: AttachmentId) -> m.Attachment:
        """Without its content; raises `NotFound`."""
        return await self._get(_ATTACHMENT, _ONE, attachment_id=attachment_id)

    async def read(self, attachment_id: AttachmentId) -> bytes:
        """Raises `NotFound`."""
        rows = await self._rows(_CONTENT, attachment_id=attachment_id)
        if not rows:
            raise NotFound
        return bytes(rows[0][0])

    async def list_of_ticket(self, ticket_id: TicketId) -> list[m.Attachment]:
        """In the order in which they came."""
        return await self._list(_ATTACHMENT, _OF_TICKET, ticket=ticket_id)

    async def used(self, *, least: int, by: str | None = None) -> int:
        """Bytes of the account's files, or of what `by` sent, each counted as `least` bytes at least."""
        rows = await (self._rows(_USED_BY, least=least, whom=by) if by else self._rows(_USED, least=least))
        return int(rows[0][0])
