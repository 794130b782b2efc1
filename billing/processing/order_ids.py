"""Order IDs where the processor has none: as the merchant chose, and never one that is taken."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from billing.emails import order_id_key
from billing.ids import PurchaseId
from billing.ports import UnitOfWork
from billing.ports.processing_syncs import Numbered, Unnumbered
from billing.processing.records import OrderFormat

MOST_LETTERS = 32  # of an Order ID
_PLACE = re.compile(r"\{(number|year|month)\}")


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
