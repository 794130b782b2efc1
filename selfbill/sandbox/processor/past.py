"""Books of any size, made up: a merchant of some years, in realistic proportions."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random

from selfbill.sandbox.processor.errors import Json

DAY = 86_400
MONTH, YEAR = 30 * DAY, 365 * DAY
SPAN = 3 * YEAR
NOW = 1_795_348_800  # 2026-11-22 12:00 UTC, when nothing else is said
CURRENCIES = ("usd",) * 92 + ("eur",) * 6 + ("jpy",) * 2
PRODUCTS = (
    "Photography Masterclass",
    "Membership Gold",
    "Membership Silver",
    "Preset Library",
    "Lighting Workshop",
    "Portfolio Review",
    "Editing Basics",
    "Studio Planner",
)
TIERS = (("Starter", 1900), ("Standard", 4900), ("Studio", 14900))
FIRST = ("Ada", "Björn", "Chloé", "Dmitri", "Eva", "Farid", "Grace", "Hana", "Ivo", "Jun", "Kemal", "Lucía")
LAST = ("Abel", "Brandt", "Costa", "Dubois", "Ekström", "Fischer", "García", "Haddad", "Ito", "Jansen")
COUNTRIES = ("US", "US", "US", "DE", "FR", "ES", "GB", "JP")
DECLINES = ("insufficient_funds", "generic_decline", "expired_card")


def write_books(count: int, seed: int = 0, *, now: int = NOW) -> Iterator[Json]:
    """Lines for `seed`: `count` charges of the three years before `now`, and all that belongs to them.

    Of a hundred charges about 58 renew a subscription, 22 are single sales with an invoice, 20 without one
    (a few of guests); 4 failed, 1 is not captured, 7 went back whole or in part, 1 is disputed. One customer
    in thirty shares their e-mail with another, one in fifty has none. The same seed makes the same books.
    """
    books = _Books(Random(f"books {seed}"), seed, now)  # noqa: S311  made up, not secret
    yield from books.catalogue()
    made = 0
    while made < count:
        for line in books.customers_story(count - made):
            made += line["object"] == "charge"
            yield line


class _Books:
    """One run: a source of chance, and the numbers given so far."""

    def __init__(self, chance: Random, seed: int, now: int) -> None:
        self._chance = chance
        self._now = now
        self._mark = f"{seed:x}b"
        self._given = 0
        self._emails: list[str] = []

    def catalogue(self) -> Iterator[Json]:
        """Products, each in three sizes, in each currency, once and by the month."""
        for number, name in enumerate(PRODUCTS):
            product = f"prod_{self._mark}{number}"
            yield {"object": "product", "id": product, "created": self._now - SPAN, "name": name}
            for currency in sorted(set(CURRENCIES)):
                for size, (tier, amount) in enumerate(TIERS):
                    yield self._price(product, currency, size, tier, amount, interval=None)
                    yield self._price(product, currency, size, tier, amount, interval="month")

    def _price(
        self, product: str, currency: str, size: int, tier: str, amount: int, *, interval: str | None
    ) -> Json:
        return {
            "object": "price",
            "id": _price_id(product, currency, size, monthly=interval is not None),
            "created": self._now - SPAN,
            "product": product,
            "unit_amount": amount,
            "currency": currency,
            "interval": interval,
            "nickname": f"{tier}, {interval}ly" if interval else tier,
        }

    def customers_story(self, most: int) -> Iterator[Json]:
        """One customer with what they bought, `most` charges at the most."""
        chance, number = self._chance, self._next()
        customer = self._customer(number)
        yield customer
        at, left = customer["created"], most
        currency = chance.choice(CURRENCIES)
        for _ in range(chance.choice((1, 1, 1, 2, 3))):
            if left > 0:
                at += chance.randrange(1, 40 * DAY)
                yield self._sale(customer, currency, min(at, self._now - 60))
                left -= 1
        if left > 0 and chance.random() < 0.45:
            yield from self._subscription(customer, currency, left)

    def _next(self) -> str:
        self._given += 1
        return f"{self._mark}{self._given:07d}"

    def _customer(self, number: str) -> Json:
        chance = self._chance
        name = f"{chance.choice(FIRST)} {chance.choice(LAST)}"
        country = chance.choice(COUNTRIES)
        fails = chance.random() < 0.03
        card = (
            {"number": "4000000000000341"}
            if fails
            else {"brand": "visa", "last4": f"{chance.randrange(9999):04d}"}
        )
        return {
            "object": "customer",
            "id": f"cus_{number}",
            "created": self._now - chance.randrange(40 * DAY, SPAN),
            "email": self._email(number),
            "name": name,
            "address": {
                "city": "Springfield",
                "country": country,
                "line1": f"{chance.randrange(1, 200)} Main Street",
                "line2": None,
                "postal_code": f"{chance.randrange(99_999):05d}",
                "state": None,
            },
            "preferred_locales": [chance.choice(("en", "de", "fr", "es"))] if chance.random() < 0.4 else [],
            "card": {**card, "exp_month": chance.randrange(1, 13), "exp_year": chance.randrange(2026, 2031)},
        }

    def _email(self, number: str) -> str | None:
        """Some have none, some one that another customer has too, a few years of customers apart."""
        chance = self._chance.random()
        if chance < 0.02:
            return None
        if chance < 0.053 and self._emails:
            return self._chance.choice(self._emails)
        email = f"buyer.{number}@example.net"
        if len(self._emails) < 500:
            self._emails.append(email)
        else:
            self._emails[self._chance.randrange(500)] = email
        return email

    def _sale(self, customer: Json, currency: str, at: int) -> Json:
        """Bought once: half of them with an invoice that names the price, the others with words only."""
        chance = self._chance
        product, size = chance.randrange(len(PRODUCTS)), chance.randrange(len(TIERS))
        line = self._charge(customer, currency, TIERS[size][1], at)
        if chance.random() < 0.52:
            line["price"] = _price_id(f"prod_{self._mark}{product}", currency, size, monthly=False)
        else:
            line["description"] = f"{PRODUCTS[product]} ({TIERS[size][0]})"
            if chance.random() < 0.15:
                line["customer"] = None  # a guest: the e-mail stands on the charge alone
        return line

    def _charge(self, customer: Json, currency: str, amount: int, at: int) -> Json:
        number, chance = self._next(), self._chance
        line = {
            "object": "charge",
            "id": f"ch_{number}",
            "created": at,
            "amount": amount,
            "currency": currency,
            "customer": customer["id"],
            "email": customer["email"],
            "name": customer["name"],
            "address": customer["address"],
            "card": {name: each for name, each in customer["card"].items() if name != "number"},
        }
        if chance.random() < 0.3:
            line["tax"] = amount - round(amount / 1.19)
        fate = chance.random()
        if fate < 0.04:
            line |= {"status": "failed", "decline_code": chance.choice(DECLINES)}
        elif fate < 0.05:
            line["captured"] = False
        elif fate < 0.12:
            line["refunds"] = self._refunds(number, amount, at)
        elif fate < 0.13:
            line["disputes"] = [self._dispute(number, amount, at)]
        return line

    def _refunds(self, number: str, amount: int, at: int) -> list[Json]:
        chance = self._chance
        whole = {"id": f"re_{number}", "amount": amount, "created": self._after(at)}
        fate = chance.random()
        if fate < 0.7:
            return [whole]
        if fate < 0.76:
            return [{**whole, "status": "failed", "failure_reason": "expired_or_canceled_card"}]
        part = {**whole, "amount": max(amount // 4, 1)}
        return [part, {**part, "id": f"re_{number}x"}] if fate < 0.86 else [part]

    def _dispute(self, number: str, amount: int, at: int) -> Json:
        chance = self._chance
        status = chance.choice(("lost", "lost", "won", "needs_response", "warning_closed"))
        disputed = amount if chance.random() < 0.8 else amount // 2
        dispute = {"id": f"du_{number}", "amount": disputed, "status": status, "created": self._after(at)}
        return {**dispute, "reason": chance.choice(("fraudulent", "product_not_received", "duplicate"))}

    def _after(self, at: int) -> int:
        return min(at + self._chance.randrange(60, 20 * DAY), self._now - 30)

    def _subscription(self, customer: Json, currency: str, most: int) -> Iterator[Json]:
        """A membership by the month, its charges, and the open invoice of one that fell behind."""
        chance, number = self._chance, self._next()
        size = chance.randrange(len(TIERS))
        product = f"prod_{self._mark}{chance.randrange(len(PRODUCTS))}"
        price = _price_id(product, currency, size, monthly=True)
        begins = min(customer["created"] + chance.randrange(60, 40 * DAY), self._now - 120)
        months = min((self._now - begins) // MONTH, chance.choice((2, 4, 8, 12, 24, 36)), most - 1)
        starts = begins + months * MONTH
        status = self._status(runs=starts + MONTH > self._now)
        yield {
            "object": "subscription",
            "id": f"sub_{number}",
            "created": begins,
            "customer": customer["id"],
            "status": status,
            "cancel_at_period_end": status == "active" and chance.random() < 0.04,
            "current_period_start": starts,
            "current_period_end": starts + MONTH,
            "price": price,
            **({"canceled_at": starts + DAY, "ended_at": starts + DAY} if status == "canceled" else {}),
        }
        for month in range(months + 1):
            paid_at = begins + month * MONTH
            charge = self._charge(customer, currency, TIERS[size][1], paid_at)
            facts = {"subscription": f"sub_{number}", "period_end": paid_at + MONTH}
            yield {**charge, **facts, "description": "Subscription update"}
        if status == "past_due":
            due = {"amount": TIERS[size][1], "currency": currency, "customer": customer["id"]}
            due |= {"created": min(starts + MONTH, self._now - 60), "subscription": f"sub_{number}"}
            yield {"object": "invoice", "id": f"in_{number}d", "email": customer["email"], **due}

    def _status(self, *, runs: bool) -> str:
        fate = self._chance.random()
        if not runs:
            return "canceled" if fate < 0.92 else "past_due"
        if fate < 0.9:
            return "active"
        return "past_due" if fate < 0.96 else "paused" if fate < 0.97 else "active"


def _price_id(product: str, currency: str, size: int, *, monthly: bool) -> str:
    return f"price_{product.partition('_')[2]}{currency}{size}{'m' if monthly else 'o'}"
