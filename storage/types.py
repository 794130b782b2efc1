"""Column types: aware UTC times, compact ids, states as text, and the pieces that tables share."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import (
    CHAR,
    BigInteger,
    CheckConstraint,
    Column,
    Dialect,
    LargeBinary,
    String,
    Text,
    Uuid,
)
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DontWrapMixin
from sqlalchemy.types import TypeDecorator, TypeEngine

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class NaiveTime(DontWrapMixin, ValueError):
    """A time without a zone reached the database: a bug, never a refusal."""


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time; on SQLite whole microseconds since 1970, which sort and compare as they should."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """`timestamptz` on PostgreSQL."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True))
        return dialect.type_descriptor(BigInteger())

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        """Raises `NaiveTime`."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise NaiveTime(f"a time without a zone: {value.isoformat()}")
        if dialect.name == "postgresql":
            return value
        return (value - _EPOCH) // _MICROSECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Always in UTC."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            assert isinstance(value, datetime)
            return value.astimezone(UTC)
        return _EPOCH + timedelta(microseconds=value)


class Id(TypeDecorator[UUID]):
    """A UUID: `uuid` on PostgreSQL, 16 bytes on SQLite."""

    impl = LargeBinary
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """The engine's own type where it has one."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Uuid())
        return dialect.type_descriptor(LargeBinary(16))

    def process_bind_param(self, value: UUID | None, dialect: Dialect) -> Any:
        """The 16 bytes, where they are stored as such."""
        if value is None or dialect.name == "postgresql":
            return value
        return value.bytes

    def bind_processor(self, dialect: Dialect) -> Callable[[UUID | None], Any] | None:
        """The same in one step: an import binds ids by the million."""
        return super().bind_processor(dialect) if dialect.name == "postgresql" else _id_bytes

    def process_result_value(self, value: Any, dialect: Dialect) -> UUID | None:
        """A plain UUID again."""
        if value is None:
            return None
        if dialect.name == "postgresql":
            assert isinstance(value, UUID)
            return value
        return UUID(bytes=value)


def _id_bytes(value: UUID | None) -> bytes | None:
    return None if value is None else value.bytes


class Word(TypeDecorator[StrEnum]):
    """A member of a closed set, stored as its text; `one_of` puts the CHECK behind it."""

    impl = String
    cache_ok = True

    def __init__(self, kind: type[StrEnum]) -> None:
        super().__init__(32)
        self.kind = kind
        self._members = {member.value: member for member in kind}
        self._texts = {member: text for text, member in self._members.items()}

    def process_bind_param(self, value: StrEnum | None, dialect: Dialect) -> str | None:
        """The text; ValueError for anything outside the set."""
        if value is None:
            return None
        return self._texts.get(value) or self.kind(value).value

    def process_result_value(self, value: Any, dialect: Dialect) -> StrEnum | None:
        """The member again."""
        return None if value is None else self._members[value]

    def __repr__(self) -> str:
        # how a migration writes it: text, which no later change of the set can alter
        return "String(length=32)"


class ByBytes(TypeDecorator[str]):
    """Text that is ordered by its bytes on every server, so that a range finds all that begin alike."""

    impl = Text
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        """SQLite orders so by itself, PostgreSQL when told."""
        if dialect.name == "postgresql":
            return dialect.type_descriptor(Text(collation="C"))
        return dialect.type_descriptor(Text())


def one_of(column: str, kind: Iterable[StrEnum]) -> CheckConstraint:
    """Only these words in `column` (NULL where the column takes it)."""
    words = ", ".join(f"'{word.value}'" for word in kind)
    return CheckConstraint(f"{column} IN ({words})", name=column)


def account_id() -> Column[UUID]:
    """The first column of every key."""
    return Column("account_id", Id(), primary_key=True)


def own_id() -> Column[UUID]:
    """The second column of most keys, made by us before the row exists."""
    return Column("id", Id(), primary_key=True)


def currency(name: str = "currency", *, nullable: bool = False) -> Column[str]:
    """An ISO 4217 code."""
    return Column(name, CHAR(3), nullable=nullable)


def minor(name: str, *, nullable: bool = False) -> Column[int]:
    """An amount in minor units."""
    return Column(name, BigInteger, nullable=nullable)
