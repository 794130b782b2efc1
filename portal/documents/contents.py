"""What is in a bundle: its documents in order, as files with names and sizes, and a list of them."""

from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeVar
from zoneinfo import ZoneInfo

from billing.context import Context
from billing.documents.bundles import year_of
from billing.documents.records import Bundle
from billing.ids import AccountId
from billing.money import Money
from billing.ports.bundles import Member
from billing.records import Account, Document
from billing.states import DocumentKind
from locales.translator import N_, Translator
from portal.csv_files import Cell, more_csv, write_csv
from portal.documents.drawn import digest_of, fetch_pdf
from portal.documents.frozen import read_frozen

_Any = TypeVar("_Any")
INDEX = "index.csv"
_AT_ONCE = 100  # documents that are looked at together, of which only names and sizes are kept
_READ_AT_ONCE = 8  # files in memory while they are sent
_COLUMNS = (
    N_("Number"),
    N_("Date"),
    N_("Customer"),
    N_("Order ID"),
    N_("Net"),
    N_("Tax"),
    N_("Total"),
    N_("Currency"),
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A document's file: as it is called, where it is kept, and how many bytes it has."""

    name: str
    digest: str
    size: int


@dataclass(slots=True)
class Contents:
    """All files of a bundle, and the list of them as CSV."""

    pieces: list[Piece] = field(default_factory=list)
    index: bytes = b""


async def list_contents(ctx: Context, account: Account, bundle: Bundle, say: Translator) -> Contents:
    """By kind and number. What has no file yet, because it came at the last moment, is drawn now."""
    names, index = _Names(), bytearray(write_csv([say.text(each) for each in _COLUMNS], ()))
    contents = Contents()
    async for documents in _pages(ctx, account.id, await list_members(ctx, account, bundle)):
        digests = [digest_of(each) for each in documents]
        async with ctx.read(account.id) as work:
            sizes = await work.drawn.find_sizes(digests)
        for document, digest in zip(documents, digests, strict=True):
            size = sizes.get(digest) or len(await fetch_pdf(ctx, document))
            contents.pieces.append(Piece(names.of(document.number), digest, size))
        index += more_csv(_row(each, account) for each in documents)
    contents.index = bytes(index)
    return contents


async def list_members(ctx: Context, account: Account, bundle: Bundle) -> Sequence[Member]:
    """What was issued until it was ready, by kind, then number."""
    assert bundle.ready_at is not None, "what is not ready is not opened"
    year = year_of(account, bundle.year, bundle.customer_id)
    async with ctx.read(account.id) as work:
        return await work.years.list_members(year, until=bundle.ready_at)


async def read_documents(
    ctx: Context, account_id: AccountId, members: Sequence[Member]
) -> AsyncIterator[Document]:
    """As they were issued, in this order."""
    async for documents in _pages(ctx, account_id, members):
        for each in documents:
            yield each


async def read_pieces(
    ctx: Context, account_id: AccountId, pieces: Sequence[Piece]
) -> AsyncIterator[tuple[Piece, bytes]]:
    """The files, a few at a time; between them nothing is held but names."""
    for some in _cut(pieces, _READ_AT_ONCE):
        async with ctx.read(account_id) as work:
            files = await work.drawn.read_many([each.digest for each in some])
        for each in some:
            yield each, files[each.digest]


async def _pages(
    ctx: Context, account_id: AccountId, members: Sequence[Member]
) -> AsyncIterator[list[Document]]:
    for some in _cut(members, _AT_ONCE):
        async with ctx.read(account_id) as work:
            found = await work.issued.list_documents([each.id for each in some])
        yield [found[each.id] for each in some]


def _cut(whole: Sequence[_Any], most: int) -> Iterator[Sequence[_Any]]:
    for begin in range(0, len(whole), most):
        yield whole[begin : begin + most]


class _Names:
    """`INV-000123.pdf`, each once, also for those who make no difference between A and a."""

    def __init__(self) -> None:
        self._taken = {INDEX}

    def of(self, number: str) -> str:
        plain = "".join(c if c.isalnum() or c in "-_" else "-" for c in number) or "document"
        name, again = f"{plain}.pdf", 1
        while name.casefold() in self._taken:
            again += 1
            name = f"{plain}-{again}.pdf"
        self._taken.add(name.casefold())
        return name


def _row(document: Document, account: Account) -> Sequence[Cell]:
    """Amounts of a credit note are below zero, so that the column adds up."""
    printed = read_frozen(document)
    sign = -1 if document.kind is DocumentKind.CREDIT_NOTE else 1
    sums: list[Money] = [printed.net, printed.tax, printed.gross]
    return (
        document.number,
        document.issued_at.astimezone(ZoneInfo(account.time_zone)).date(),
        printed.buyer.company or printed.buyer.name,
        printed.order_id,
        *(sign * each.decimal for each in sums),
        printed.gross.currency.code,
    )
