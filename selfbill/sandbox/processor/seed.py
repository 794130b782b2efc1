"""A merchant's past, loaded from JSON lines; ids are given, and what is known already stays as it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.resources.cards import build_payment_method
from selfbill.sandbox.processor.resources.catalogue import build_price, build_product
from selfbill.sandbox.processor.resources.charges import build_charge
from selfbill.sandbox.processor.resources.customers import build_customer
from selfbill.sandbox.processor.resources.disputes import build_dispute
from selfbill.sandbox.processor.resources.invoices import build_invoice, paid_by
from selfbill.sandbox.processor.resources.refunds import build_refund
from selfbill.sandbox.processor.resources.subscriptions import build_subscription, keep_subscription
from selfbill.sandbox.processor.state import ProcessorState

BATCH = 500


@dataclass
class SeedReport:
    """How many lines were new, and how many were known by their id."""

    added: int = 0
    known: int = 0


class BadSeed(ValueError):
    """A line that cannot be loaded; its batch was not."""


def seed(state: ProcessorState, lines: Iterable[Json]) -> SeedReport:
    """Load lines of kind customer, subscription or charge, each `{"object", "id", "created", …}`.

    customer: email, name, metadata, card {brand, last4, exp_month, exp_year} (becomes the default card).
    subscription: customer, current_period_start, current_period_end (seconds), status, cancel_at_period_end,
    default_payment_method, metadata,
    price {product (a name), unit_amount, currency, interval, interval_count}.
    charge: amount, currency, customer, status, description, metadata, email, name, card or payment_method,
    subscription (then an invoice is made), refunds [{id, amount, created}] or amount_refunded,
    disputed (true: lost to the bank), amount_disputed.
    """
    report = SeedReport()
    for batch in batches(lines):
        seed_batch(state, batch, report)
    return report


def batches(lines: Iterable[Json]) -> Iterator[list[Json]]:
    rest = iter(lines)
    while batch := list(islice(rest, BATCH)):
        yield batch


def seed_batch(state: ProcessorState, batch: list[Json], report: SeedReport) -> None:
    """One transaction: the whole batch, or BadSeed and nothing of it."""
    taken = state.store.known([str(line.get("id")) for line in batch])
    added = 0
    with state.store.begin():
        for line in batch:
            if line.get("id") not in taken:
                taken.add(_load(state, line))
                added += 1
    report.added += added
    report.known += len(batch) - added


def _load(state: ProcessorState, line: Json) -> str:
    try:
        LOADERS[line["object"]](state, line)
        return str(line["id"])
    except (KeyError, TypeError, ValueError, AttributeError, ApiError) as wrong:
        raise BadSeed(f"cannot load {line}: {wrong!r}") from wrong


def _load_customer(state: ProcessorState, line: Json) -> None:
    created, fields = int(line["created"]), dict(line)
    if (card := line.get("card")) is not None:
        facts = {name: line.get(name) for name in ("email", "name")}
        facts |= {"card": card, "customer": line["id"]}
        method = build_payment_method(_sibling("pm", line["id"]), created, facts)
        fields["default_payment_method"] = state.store.put(method)["id"]
    state.store.put(build_customer(line["id"], created, fields))


def _load_subscription(state: ProcessorState, line: Json) -> None:
    created = int(line["created"])
    price = _price(state, line["price"], created)
    keep_subscription(state, build_subscription(line["id"], created, price, line))


def _price(state: ProcessorState, fields: Json, created: int) -> Json:
    """The price described, made with its product when it is the first of its kind."""
    product_id, price_id = _hashed("prod", fields["product"]), _hashed("price", sorted(fields.items()))
    if (known := state.store.find(price_id)) is not None:
        return known
    if state.store.find(product_id) is None:
        state.store.put(build_product(product_id, created, {"name": fields["product"]}))
    return state.store.put(build_price(price_id, created, {**fields, "product": product_id}))


def _load_charge(state: ProcessorState, line: Json) -> None:
    refunds: list[Json] = line.get("refunds", [])
    if not refunds and line.get("amount_refunded"):
        refunds = [{"id": _sibling("re", line["id"]), "amount": line["amount_refunded"]}]
    fields = {**line, "amount_refunded": sum(int(each["amount"]) for each in refunds)}
    if (card_id := line.get("payment_method")) is not None and "card" not in line:
        fields["card"] = state.get("payment_method", card_id)["card"]
    charge = state.store.put(build_charge(line["id"], int(line["created"]), fields))
    for refund in refunds:
        at = int(refund.get("created") or charge["created"])
        state.store.put(build_refund(refund["id"], at, charge, {"reason": "requested_by_customer", **refund}))
    if charge["disputed"]:
        lost = {"status": "lost", "amount": line.get("amount_disputed")}
        state.store.put(build_dispute(_sibling("du", charge["id"]), charge["created"], charge, lost))
    if (subscription := line.get("subscription")) is not None and charge["paid"]:
        state.store.put(_past_invoice(charge, subscription))


def _past_invoice(charge: Json, subscription: str) -> Json:
    fields = {"subscription": subscription, **{k: charge[k] for k in ("amount", "currency", "customer")}}
    return paid_by(build_invoice(_sibling("in", charge["id"]), charge["created"], fields), charge)


def _sibling(prefix: str, object_id: str) -> str:
    return f"{prefix}_{object_id.partition('_')[2]}"


def _hashed(prefix: str, of_what: object) -> str:
    return f"{prefix}_{hashlib.sha256(repr(of_what).encode()).hexdigest()[:14]}"


LOADERS: dict[str, Callable[[ProcessorState, Json], None]] = {
    "customer": _load_customer,
    "subscription": _load_subscription,
    "charge": _load_charge,
}
