"""What merchants say by language, and the time zones that people read in."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from billing.merchant import MerchantText, ReaderZone
from billing.states import TextKind


class Words(Protocol):
    """Texts of merchants' own; zones by reader (`customer:<hex>`, `staff:<hex>`)."""

    async def list_texts(self) -> Sequence[MerchantText]:
        """All of the account, by kind, subject and language."""
        ...

    async def find_text(self, kind: TextKind, about: str, language: str) -> str | None:
        """In this language, else the one for every language."""
        ...

    async def find_texts(self, kind: TextKind, about: Collection[str], language: str) -> Mapping[str, str]:
        """The same for several subjects at once; those without any are left out."""
        ...

    async def put_text(self, text: MerchantText) -> None:
        """Instead of the one there was in this language."""
        ...

    async def drop_text(self, kind: TextKind, about: str, language: str | None = None) -> None:
        """In this language, or in all."""
        ...

    async def find_zone(self, reader: str) -> ReaderZone | None: ...
    async def put_zone(self, zone: ReaderZone) -> None:
        """Instead of the one there was."""
        ...

    async def drop_zone(self, reader: str) -> None: ...
