"""What merchants say by language, and the time zones that people read in."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import bindparam, delete, select

from billing.merchant import EVERY, MerchantText, ReaderZone
from billing.states import TextKind
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.words import merchant_texts, reader_zones

_t, _z = merchant_texts.c, reader_zones.c
_TEXT = Shape((_t.account_id, _t.kind, _t.about, _t.language, _t.text, _t.changed_at), MerchantText)
_ZONE = Shape((_z.account_id, _z.reader, _z.time_zone, _z.chosen), ReaderZone)
_ALL = select(*_TEXT.columns).where(_t.account_id == ACCOUNT).order_by(_t.kind, _t.about, _t.language)
# The text for every language comes first: what is found after it is the reader's own.
_FOR_READER = (
    select(_t.about, _t.text)
    .where(
        _t.account_id == ACCOUNT,
        _t.kind == bindparam("the_kind"),
        _t.about.in_(bindparam("the_subjects", expanding=True)),
        _t.language.in_(bindparam("the_languages", expanding=True)),
    )
    .order_by(_t.language != EVERY)
)
_ZONE_OF = select(*_ZONE.columns).where(_z.account_id == ACCOUNT, _z.reader == bindparam("the_reader"))


class StoredWords(Bound):
    """`billing.ports.Words`."""

    async def list_texts(self) -> Sequence[MerchantText]:
        """All of the account."""
        return await self._list(_TEXT, _ALL)

    async def find_text(self, kind: TextKind, about: str, language: str) -> str | None:
        """In this language, else the one for every language."""
        return (await self.find_texts(kind, (about,), language)).get(about)

    async def find_texts(self, kind: TextKind, about: Collection[str], language: str) -> Mapping[str, str]:
        """By subject; one statement."""
        found = await self._rows(
            _FOR_READER, the_kind=kind, the_subjects=list(about), the_languages=[EVERY, language]
        )
        return {row.about: row.text for row in found}

    async def put_text(self, text: MerchantText) -> None:
        """From now on."""
        await self._put(merchant_texts, plain_values(text))

    async def drop_text(self, kind: TextKind, about: str, language: str | None = None) -> None:
        """In this language, or in all."""
        which = [_t.account_id == self.account_id, _t.kind == kind, _t.about == about]
        if language is not None:
            which.append(_t.language == language)
        await self.connection.execute(delete(merchant_texts).where(*which))

    async def find_zone(self, reader: str) -> ReaderZone | None:
        """As it was told or chosen last."""
        return await self._find(_ZONE, _ZONE_OF, the_reader=reader)

    async def put_zone(self, zone: ReaderZone) -> None:
        """From now on."""
        await self._put(reader_zones, plain_values(zone))

    async def drop_zone(self, reader: str) -> None:
        """None is kept for them."""
        which = (_z.account_id == self.account_id, _z.reader == reader)
        await self.connection.execute(delete(reader_zones).where(*which))
