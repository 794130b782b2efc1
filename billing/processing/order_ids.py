"""Order IDs where the processor has none: as the merchant chose, and never one that is taken."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from billing.actors import StaffActor, SystemActor
from billing.changes import find_changes
from billing.context import Context
from billing.emails import order_id_key
from billing.errors import Invalid
from billing.ids import AccountId, PurchaseId
from billing.ports import UnitOfWork
from billing.ports.processing_syncs import Numbered, Unnumbered
from billing.processing.records import OrderFormat
from billing.records import Facts
from billing.rights import must_manage
from billing.versions import must_be_seen

MOST_LETTERS = 32  # of an Order ID
MOST_WIDTH = 12
MOST_START = 10**11
EXAMPLE = "LUM-{year}-{number}"
_PLACE_OF_ANY_CASE = re.compile(r"\{(NUMBER|YEAR|MONTH)\}")
_PLACE = re.compile(r"\{(number|year|month)\}")
# What an Order ID keeps when it is looked up, and what people can type and say.
_TEXT = re.compile(r"[A-Z0-9._/-]*")


@dataclass(frozen=True, slots=True)
class OrderIdStanding:
    """How Order IDs are made, and the next ones, as if they were given now."""

    order_format: OrderFormat
    next_ids: tuple[str, ...]


async def show_order_ids(ctx: Context, *, by: StaffActor) -> OrderIdStanding:
    """Owners and managers. Raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return await standing_of(work, at=ctx.now())


async def standing_of(work: UnitOfWork, *, at: datetime) -> OrderIdStanding:
    """The same within a view."""
    order_format = await work.order_ids.get()
    local = at.astimezone(ZoneInfo((await work.accounts.get()).time_zone))
    numbers = range(order_format.last + 1, order_format.last + 4)
    return OrderIdStanding(order_format, tuple(write_order_id(order_format, each, local) for each in numbers))


async def set_order_ids(
    ctx: Context,
    *,
    template: str,
    width: int,
    start: int,
    by: StaffActor | SystemActor,
    seen: str | None = None,
) -> OrderFormat:
    """From the next payment on; Order IDs that were given stay as they are, and are passed over.

    Owners and managers. Raises `Forbidden`, `Invalid` (template, width, start), `Stale`.
    """
    template = template.strip().upper()
    template = _PLACE_OF_ANY_CASE.sub(lambda place: place[0].lower(), template)
    _must_be_a_format(by.account_id, template, width, start)
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        await work.order_ids.take(0)  # nobody takes a number until this is decided
        before = must_be_seen(await work.order_ids.get(), seen)
        after = OrderFormat(by.account_id, template, width, start - 1)
        if after == before:
            return after
        await work.order_ids.put(after)
        facts = find_changes(_facts(before), _facts(after))
        subject = f"account:{by.account_id.hex}"
        await work.journal.write(by, "order_ids.set", subject, at=ctx.now(), facts=facts)
        return after


def _must_be_a_format(account_id: AccountId, template: str, width: int, start: int) -> None:
    if not 1 <= width <= MOST_WIDTH:
        raise Invalid("width", "out-of-range", least=1, most=MOST_WIDTH)
    if not 1 <= start <= MOST_START:
        raise Invalid("start", "out-of-range", least=1, most=MOST_START)
    if "{number}" not in template:
        raise Invalid("template", "order-id-number", place="{number}")
    if not _TEXT.fullmatch(_PLACE.sub("", template)):
        raise Invalid("template", "order-id-letters")
    longest = OrderFormat(account_id, template, MOST_WIDTH, 0)
    if len(write_order_id(longest, 1, datetime(2000, 12, 1, tzinfo=UTC))) > MOST_LETTERS:
        raise Invalid("template", "too-long", most=MOST_LETTERS)


def _facts(order_format: OrderFormat) -> Facts:
    return {
        "template": order_format.template,
        "width": order_format.width,
        "start": order_format.last + 1,
    }


def write_order_id(order_format: OrderFormat, number: int, at: datetime) -> str:
    """The Order ID of this number, of a payment made `at` (the merchant's local time)."""
    words = {
        "number": f"{number:0{order_format.width}d}",
        "year": f"{at.year:04d}",
        "month": f"{at.month:02d}",
    }
    return order_id_key(_PLACE.sub(lambda place: words[place[1]], order_format.template))


async def give_order_ids(work: UnitOfWork, waiting: Sequence[Unnumbered]) -> int:
    """Each of these payments gets the next free Order ID, in the order given; returns how many did."""
    if not waiting:
        return 0
    free = await _take_free(work, waiting)
    last: defaultdict[PurchaseId, int] = defaultdict(int)
    last.update(
        await work.order_ids.find_last_numbers({each.purchase_id for each in waiting if each.is_recurring})
    )
    numbered = []
    for each, order_id in zip(waiting, free, strict=True):
        number = None
        if each.is_recurring:
            number = last[each.purchase_id] = last[each.purchase_id] + 1
        numbered.append(Numbered(each.id, order_id, number))
    await work.order_ids.set_all(numbered)
    return len(numbered)


async def _take_free(work: UnitOfWork, waiting: Sequence[Unnumbered]) -> list[str]:
    """As many as wait. A number whose Order ID somebody has is passed over, and never comes again."""
    order_format = await work.order_ids.get()
    zone = ZoneInfo((await work.accounts.get()).time_zone)
    given: dict[int, str] = {}
    while missing := [place for place in range(len(waiting)) if place not in given]:
        first = await work.order_ids.take(len(missing))
        tries = {
            place: write_order_id(order_format, number, waiting[place].paid_at.astimezone(zone))
            for number, place in enumerate(missing, first)
        }
        taken = {*await work.order_ids.find_taken(tries.values()), *given.values()}
        for place, order_id in tries.items():
            if order_id not in taken:
                given[place] = order_id
                taken.add(order_id)
    return [given[place] for place in range(len(waiting))]
