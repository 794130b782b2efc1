"""What is sold at Stripe, by name: products and prices are ids on most objects, and seldom change."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal

import stripe

from billing.processor import NotPermitted
from billing.providers.stripe_amounts import money_of
from billing.providers.stripe_client import all_of, found, told

FRESH_FOR = 600.0  # seconds, after which a name is asked for again
AT_ONCE = 4  # prices are read one by one
MOST = 100  # ids in one question
MOST_KEPT = 10_000

_Ask = Callable[[list[str]], Awaitable[Mapping[str, str]]]


@dataclass(frozen=True, slots=True)
class Wares:
    """Names by the ids that were asked about; empty for what is not known, or may not be read."""

    names: Mapping[str, str]
    points: Mapping[str, str]

    def name_of(self, product: str) -> str:
        """The product's name."""
        return self.names.get(product, "")

    def point_of(self, price: str) -> str:
        """What tells this price from others of its product, e.g. `39.00 USD / month`."""
        return self.points.get(price, "")


@dataclass(slots=True)
class _Kept:
    """What was learned, and when."""

    said: dict[str, tuple[float, str]] = field(default_factory=dict)

    async def fill(self, ids: Iterable[str], ask: _Ask) -> Mapping[str, str]:
        """All of these, the unknown and the stale ones asked for."""
        now, wanted = time.monotonic(), {each for each in ids if each}
        fresh = {
            each: kept[1]
            for each in wanted
            if (kept := self.said.get(each)) is not None and now - kept[0] < FRESH_FOR
        }
        unknown = sorted(wanted - fresh.keys())
        if not unknown:
            return fresh
        try:
            learned = await ask(unknown)
        except NotPermitted:
            return fresh  # the desk says which permission is missing
        if len(self.said) + len(learned) > MOST_KEPT:
            self.said.clear()
        self.said.update({each: (now, name) for each, name in learned.items()})
        return {**fresh, **learned}


class Catalogue:
    """Names of products and price points of recurring prices, each asked for once in a while."""

    def __init__(self, v1: stripe.V1Services) -> None:
        self._v1 = v1
        self._names = _Kept()
        self._points = _Kept()

    async def learn(self, products: Iterable[str], prices: Iterable[str] = ()) -> Wares:
        """The names of these."""
        return Wares(
            names=await self._names.fill(products, self._ask_names),
            points=await self._points.fill(prices, self._ask_points),
        )

    async def _ask_names(self, unknown: list[str]) -> Mapping[str, str]:
        names: dict[str, str] = {}
        for start in range(0, len(unknown), MOST):
            ids = unknown[start : start + MOST]
            page = await found(self._v1.products.list_async({"ids": ids, "limit": MOST}))
            names |= {each.id: each.name for each in page.data} if page else {}
        return names

    async def _ask_points(self, unknown: list[str]) -> Mapping[str, str]:
        points: dict[str, str] = {}
        for start in range(0, len(unknown), AT_ONCE):
            some = unknown[start : start + AT_ONCE]
            read = await all_of(found(self._v1.prices.retrieve_async(each)) for each in some)
            points |= {price.id: point_of_price(price) for price in read if price is not None}
        return points


def point_of_price(price: stripe.Price) -> str:
    """The merchant's nickname for it, or the amount and how often it is paid."""
    often = ""
    if (recurring := told(price, "recurring")) is not None:
        count = recurring.interval_count
        often = recurring.interval if count == 1 else f"{count} {recurring.interval}s"
    amount = written(price.unit_amount, price.currency)
    return price.nickname or " / ".join(each for each in (amount, often) if each)


def written(amount: int | Decimal | str | None, currency: str) -> str:
    """An amount as part of a name, `39.00 USD`; empty where there is no single amount."""
    if amount is None:
        return ""
    try:
        money = money_of(int(Decimal(amount)), currency)
    except ValueError:
        return ""
    return f"{money.decimal} {money.currency.code}"
