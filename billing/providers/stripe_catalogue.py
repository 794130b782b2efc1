"""What is sold at Stripe, by name: products and prices are ids on most objects, and seldom change."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from decimal import Decimal

import stripe
from stripe import V1Services

from billing.processor import NotPermitted
from billing.providers.stripe_amounts import money_of
from billing.providers.stripe_client import found, told

FRESH_FOR = 600.0  # seconds, after which a name is asked for again
AT_ONCE = 4  # prices are read one by one
MOST = 100  # ids in one question


class Catalogue:
    """Names of products and price points of recurring prices, each asked for once in a while."""

    def __init__(self, v1: V1Services) -> None:
        self._v1 = v1
        self._names: dict[str, str] = {}
        self._points: dict[str, str] = {}
        self._since = time.monotonic()

    def name_of(self, product: str) -> str:
        """The product's name; empty if it is not known, or the key may not read products."""
        return self._names.get(product, "")

    def point_of(self, price: str) -> str:
        """What tells this price from others of its product, e.g. `39.00 USD / month`."""
        return self._points.get(price, "")

    async def learn(self, products: Iterable[str], prices: Iterable[str] = ()) -> None:
        """Ask for what is not known yet."""
        if time.monotonic() - self._since > FRESH_FOR:
            self._names, self._points, self._since = {}, {}, time.monotonic()
        try:
            await self._learn_names(sorted({each for each in products if each} - self._names.keys()))
            await self._learn_points(sorted({each for each in prices if each} - self._points.keys()))
        except NotPermitted:
            return  # sold things are then called by their ids; the desk says which permission is missing

    async def _learn_names(self, unknown: list[str]) -> None:
        for start in range(0, len(unknown), MOST):
            ids = unknown[start : start + MOST]
            page = await found(self._v1.products.list_async({"ids": ids, "limit": MOST}))
            self._names |= {each.id: each.name for each in page.data} if page else {}

    async def _learn_points(self, unknown: list[str]) -> None:
        for start in range(0, len(unknown), AT_ONCE):
            some = unknown[start : start + AT_ONCE]
            read = await asyncio.gather(*(found(self._v1.prices.retrieve_async(each)) for each in some))
            self._points |= {price.id: point_of_price(price) for price in read if price is not None}


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
