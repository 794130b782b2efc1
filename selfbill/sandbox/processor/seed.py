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
from selfbill.sandbox.processor.resources.invoice_shapes import build_invoice, paid_by
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
    """Load lines, each `{"object", "id", "created", …}`; what a line names must come before it.

    customer: email, name, metadata, address, preferred_locales, card {brand, last4, exp_month, exp_year, or
    number: a test card} (becomes the default card).
    product: name. price: product (id), unit_amount, currency, interval, interval_count, nickname.
    subscription: customer, current_period_start, current_period_end (seconds), status, cancel_at_period_end,
    default_payment_method, metadata,
    price: an id, or {product (a name), unit_amount, currency, interval, interval_count, nickname}.
    charge: amount, currency, customer, status, decline_code, captured, description, metadata, email, name,
    address, card or payment_method, payment_intent (null: an old charge without one),
    subscription or price (then an invoice is made, with `tax` and `invoice_number`),
    refunds [{id, amount, created, status, metadata}] or amount_refunded,
    disputes [{id, amount, status, reason, created}] or disputed (true: lost to the bank), amount_disputed.
    invoice: one that is still open: amount, tax, currency, customer, subscription or price, number.
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


def _load_product(state: ProcessorState, line: Json) -> None:
    state.store.put(build_product(line["id"], int(line["created"]), line))


def _load_price(state: ProcessorState, line: Json) -> None:
    state.store.put(build_price(line["id"], int(line["created"]), line))


def _load_subscription(state: ProcessorState, line: Json) -> None:
    created = int(line["created"])
    price = _price(state, line["price"], created)
    keep_subscription(state, build_subscription(line["id"], created, price, line))


def _price(state: ProcessorState, fields: Json | str, created: int) -> Json:
    """The price with this id, or the one described, made with its product if it is the first of its kind."""
    if isinstance(fields, str):
        return state.get("price", fields)
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
    gone = (int(each["amount"]) for each in refunds if each.get("status") not in ("failed", "canceled"))
    disputes: list[Json] = line.get("disputes", [])
    if not disputes and line.get("disputed"):
        lost = {"status": "lost", "amount": line.get("amount_disputed")}
        disputes = [{"id": _sibling("du", line["id"]), **lost}]
    fields = {**line, "amount_refunded": sum(gone), "disputed": bool(disputes)}
    if (card_id := line.get("payment_method")) is not None and "card" not in line:
        fields["card"] = state.get("payment_method", card_id)["card"]
    charge = state.store.put(build_charge(line["id"], int(line["created"]), fields))
    _load_returns(state, charge, refunds, disputes)
    if charge["captured"] and ("subscription" in line or "price" in line):
        state.store.put(_invoice_of(state, charge, line))


def _load_returns(state: ProcessorState, charge: Json, refunds: list[Json], disputes: list[Json]) -> None:
    for refund in refunds:
        at = int(refund.get("created") or charge["created"])
        made = build_refund(refund["id"], at, charge, {"reason": "requested_by_customer", **refund})
        if made["status"] == "failed":
            made["failure_reason"] = refund.get("failure_reason", "unknown")
        state.store.put(made)
    for dispute in disputes:
        at = int(dispute.get("created") or charge["created"])
        state.store.put(build_dispute(dispute["id"], at, charge, dispute))


def _invoice_of(state: ProcessorState, charge: Json, line: Json) -> Json:
    kept = {name: charge[name] for name in ("amount", "currency", "customer", "payment_intent")}
    details = {name: charge["billing_details"][name] for name in ("email", "name")}
    facts = {**kept, **details, "number": line.get("invoice_number"), **_what_for(state, line)}
    invoice_id = str(line.get("invoice") or _sibling("in", charge["id"]))
    return paid_by(build_invoice(invoice_id, charge["created"], facts), charge)


def _what_for(state: ProcessorState, line: Json) -> Json:
    """The price, the subscription if any, the tax, and the period that is billed."""
    created, subscription = int(line["created"]), line.get("subscription")
    facts: Json = {"subscription": subscription, "tax": line.get("tax", 0), "period_start": created}
    facts["period_end"] = line.get("period_end", created)
    if "price" in line:
        facts["price"] = _price(state, line["price"], created)
    elif (kept := state.store.find(subscription or "")) is not None:
        facts["price"] = kept["items"]["data"][0]["price"]
    if "price" in facts:
        facts["product"] = _name_of(state, facts["price"]["product"])
    return facts


def _name_of(state: ProcessorState, product_id: str) -> str:
    return str((state.store.find(product_id) or {"name": product_id})["name"])


def _load_invoice(state: ProcessorState, line: Json) -> None:
    """One that waits for its money; the subscription's latest."""
    page = f"{state.public_url}/invoice/{line['id']}"
    fields = {**line, "page": page, **_what_for(state, line)}
    invoice = build_invoice(line["id"], int(line["created"]), fields)
    tried = {"attempted": True, "attempt_count": int(line.get("attempt_count", 1))}
    state.store.put({**invoice, **tried})
    if (kept := state.store.find(line.get("subscription", ""))) is not None:
        keep_subscription(state, {**kept, "latest_invoice": line["id"]})


def _sibling(prefix: str, object_id: str) -> str:
    return f"{prefix}_{object_id.partition('_')[2]}"


def _hashed(prefix: str, of_what: object) -> str:
    return f"{prefix}_{hashlib.sha256(repr(of_what).encode()).hexdigest()[:14]}"


LOADERS: dict[str, Callable[[ProcessorState, Json], None]] = {
    "customer": _load_customer,
    "product": _load_product,
    "price": _load_price,
    "subscription": _load_subscription,
    "charge": _load_charge,
    "invoice": _load_invoice,
}
