"""The processor's charges as payments: linked where an export brought them, else made, never twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from billing.actors import SystemActor
from billing.context import Context
from billing.documents.mailing import mail_invoices
from billing.ids import CustomerId, PaymentId, PurchaseId, new_id
from billing.money import Money
from billing.ports import UnitOfWork
from billing.ports.processing_syncs import KnownAgreement, KnownPayment, NewSales, ProductKey, Unnumbered
from billing.processing.book import Book, write_book
from billing.processing.customers import find_people
from billing.processing.invoices import known_invoices
from billing.processing.order_ids import give_order_ids
from billing.processing.products import described, stock
from billing.processing.records import KnownInvoice
from billing.processing.sold import snapshot_of
from billing.processing.tally import Skip, Tally
from billing.processor import Reads
from billing.processor_facts import ProcessorCharge, ProcessorCustomer, ProcessorSubscription
from billing.records import Address, Facts, Payment, Subscription
from billing.states import PaymentState, ProductKind

# A walk that took everything has seen each customer who was there when it began; clocks differ a little.
CLOCKS = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Beside:
    """What charges name and we do not know yet, as the processor says it."""

    customers: Mapping[str, ProcessorCustomer] = field(default_factory=dict)
    subscriptions: Mapping[str, ProcessorSubscription] = field(default_factory=dict)


async def take_in_charge(
    ctx: Context, provider: Reads, charge: ProcessorCharge, *, by: SystemActor
) -> PaymentId | None:
    """One charge that an event named, with its invoice; None: it is of no use to us."""
    async with ctx.read(by.account_id) as work:
        known = await _find_known(work, [charge])
    if charge.id in known:
        return known[charge.id].id
    beside = await read_beside(ctx, provider, [charge], by=by)
    async with ctx.begin(by.account_id) as work:
        await work.synced.hold()
        if charge.invoice is not None:
            await work.synced.keep_invoices(known_invoices(work.account_id, [charge.invoice]))
        tally, made = await _take_in(work, [charge], beside)
        await give_order_ids(work, await _unnumbered(work, made))
        for payment in made:
            facts: Facts = {"charge": charge.id, "amount": payment.captured.minor}
            subject = f"payment:{payment.id.hex}"
            await work.journal.write(by, "payment.taken_in", subject, at=ctx.now(), facts=facts)
        await mail_invoices(work, [payment.id for payment in made], by=by, at=ctx.now())
        if tally.skipped:
            return None
        return made[0].id if made else (await _find_known(work, [charge]))[charge.id].id


async def take_in_charges(work: UnitOfWork, charges: Sequence[ProcessorCharge], beside: Beside) -> Tally:
    """A page of them, in one transaction. Their Order IDs are given once all are there, the oldest first."""
    tally, _ = await _take_in(work, charges, beside)
    return tally


async def read_beside(
    ctx: Context,
    provider: Reads,
    charges: Sequence[ProcessorCharge],
    *,
    by: SystemActor,
    listed_until: datetime | None = None,
) -> Beside:
    """Ask the processor for what new charges name and we do not know.

    Who was there at `listed_until` has been seen: if we do not know them they have no e-mail.
    """
    async with ctx.read(by.account_id) as work:
        known = await _find_known(work, charges)
        new = [each for each in charges if each.id not in known and _is_of_use(each)]
        invoices = await _find_invoices(work, new)
        named = {each.id: _subscription_of(each, invoices) for each in new}
        agreements = await work.synced.find_agreements({sub for sub in named.values() if sub})
        links = await work.synced.find_links({each.customer for each in new if each.customer})
    customers: dict[str, ProcessorCustomer] = {}
    subscriptions: dict[str, ProcessorSubscription] = {}
    for each in new:
        was_listed = listed_until is not None and each.paid_at < listed_until - CLOCKS
        is_nobody = was_listed and not each.buyer.email and each.customer not in links
        if each.customer and not was_listed and each.customer not in {*links, *customers}:
            customer = await provider.read_customer(each.customer)
            customers |= {customer.id: customer} if customer else {}
        wanted = named[each.id]
        if wanted and not is_nobody and wanted not in {*agreements, *subscriptions}:
            subscription = await provider.read_subscription(wanted)
            subscriptions |= {wanted: subscription} if subscription else {}
    return Beside(customers, subscriptions)


async def _find_known(work: UnitOfWork, charges: Sequence[ProcessorCharge]) -> Mapping[str, KnownPayment]:
    """By the charge's id. An export may name the payment intent, of which only one charge succeeds."""
    keys = {each.id for each in charges} | {each.payment_intent for each in charges if each.payment_intent}
    payments = await work.synced.find_payments(keys)
    found: dict[str, KnownPayment] = {}
    for each in charges:
        by_intent = payments.get(each.payment_intent) if each.state is PaymentState.SUCCEEDED else None
        if (payment := payments.get(each.id) or by_intent) is not None:
            found[each.id] = payment
    return found


async def _find_invoices(work: UnitOfWork, charges: Sequence[ProcessorCharge]) -> Mapping[str, KnownInvoice]:
    stored = await work.synced.find_invoices({each.payment_intent for each in charges if each.payment_intent})
    given = [each.invoice for each in charges if each.invoice is not None]
    return {**stored, **{each.payment_intent: each for each in known_invoices(work.account_id, given)}}


async def _take_in(
    work: UnitOfWork, charges: Sequence[ProcessorCharge], beside: Beside
) -> tuple[Tally, list[Payment]]:
    tally = Tally()
    known = await _find_known(work, charges)
    new = []
    for charge in sorted(charges, key=lambda each: (each.paid_at, each.id)):
        if charge.id in known:
            tally.count_known(is_imported=known[charge.id].is_imported)
        elif _is_of_use(charge):
            new.append(charge)
        else:
            tally.skipped[Skip.NOT_CAPTURED] += 1
    invoices = await _find_invoices(work, new)
    book = await _open_book(work, charges, new, invoices, beside)
    for charge in charges:
        if (payment := known.get(charge.id)) is not None:
            _tie(book, charge, payment)
    _Till(book, invoices, beside, (await work.accounts.get()).currency.code, tally).ring_up(new)
    await write_book(work, book)
    return tally, book.sales.payments


async def _open_book(
    work: UnitOfWork,
    charges: Sequence[ProcessorCharge],
    new: Sequence[ProcessorCharge],
    invoices: Mapping[str, KnownInvoice],
    beside: Beside,
) -> Book:
    """Everything that the page may touch, loaded."""
    people = await find_people(
        work,
        {each.customer for each in charges} | {each.customer for each in beside.subscriptions.values()},
        [each.buyer.email for each in new] + [each.email for each in beside.customers.values()],
    )
    for fact in beside.customers.values():
        people.find_or_make(fact.id, email=fact.email, name=fact.name, locale=fact.locale)
    named = {_subscription_of(each, invoices) for each in new} - {""}
    agreements = await work.synced.find_agreements(named)
    sales = NewSales()
    shelf = await stock(work, _products(new, invoices, beside, agreements), sales)
    return Book(work.account_id, people, shelf, agreements, sales)


def _products(
    charges: Sequence[ProcessorCharge],
    invoices: Mapping[str, KnownInvoice],
    beside: Beside,
    agreements: Mapping[str, KnownAgreement],
) -> dict[ProductKey, ProductKind]:
    wanted: dict[ProductKey, ProductKind] = {}
    for charge in charges:
        subscription = _subscription_of(charge, invoices)
        if subscription not in agreements and subscription not in beside.subscriptions:
            wanted.setdefault(_product_of(charge, invoices), ProductKind.ONE_TIME)
    for fact in beside.subscriptions.values():
        wanted[fact.product, fact.price_point] = ProductKind.SUBSCRIPTION
    return wanted


class _Till:
    """New charges of a page, the oldest first, into its book."""

    def __init__(
        self,
        book: Book,
        invoices: Mapping[str, KnownInvoice],
        beside: Beside,
        currency: str,
        tally: Tally,
    ) -> None:
        self._book = book
        self._invoices = invoices
        self._beside = beside
        self._currency = currency
        self._tally = tally
        self._by_intent: defaultdict[str, list[tuple[PurchaseId, CustomerId]]] = defaultdict(list)

    def ring_up(self, charges: Sequence[ProcessorCharge]) -> None:
        """Each a payment, or skipped for want of anybody who paid it."""
        for charge in charges:
            if (bought := self._find_purchase(charge)) is None:
                self._tally.skipped[Skip.NO_CUSTOMER] += 1
                continue
            purchase_id, owner = bought
            self._by_intent[charge.payment_intent].append(bought)
            self._book.people.see_email(owner, charge.buyer.email, of=charge.customer)
            invoice = self._invoices.get(charge.payment_intent)
            payment = _payment(charge, invoice, self._book, purchase_id, owner)
            self._book.sales.payments.append(payment)
            if payment.state is PaymentState.SUCCEEDED:
                self._book.sales.snapshots.append(snapshot_of(charge, invoice, payment))
            self._tally.made += 1
            self._tally.other_currency += payment.captured.currency.code != self._currency

    def _find_purchase(self, charge: ProcessorCharge) -> tuple[PurchaseId, CustomerId] | None:
        """Of its subscription; else of the try before it; else a new one."""
        subscription = self._find_agreement(charge)
        if subscription is not None:
            return subscription.purchase_id, subscription.customer_id
        if charge.payment_intent and (earlier := self._by_intent.get(charge.payment_intent)):
            return earlier[0]
        owner = self._find_owner(charge)
        if owner is None:
            return None
        return self._book.buy(owner, _product_of(charge, self._invoices), at=charge.paid_at), owner

    def _find_agreement(self, charge: ProcessorCharge) -> Subscription | None:
        named = _subscription_of(charge, self._invoices)
        found = self._book.find_agreement(named)
        fact = self._beside.subscriptions.get(named)
        if found is not None or fact is None:
            return found
        owner = self._find_owner(charge)
        return None if owner is None else self._book.subscribe(fact, owner)

    def _find_owner(self, charge: ProcessorCharge) -> CustomerId | None:
        return self._book.people.find_or_make(
            charge.customer, email=charge.buyer.email, name=charge.buyer.name
        )


def _tie(book: Book, charge: ProcessorCharge, payment: KnownPayment) -> None:
    """What an export brought says whose the processor's customer is; what we made, if nothing else does."""
    if payment.is_imported or book.people.find(charge.customer) is None:
        book.people.tie(charge.customer, payment.customer_id)
        book.people.see_email(payment.customer_id, charge.buyer.email, of=charge.customer)


def _payment(
    charge: ProcessorCharge,
    invoice: KnownInvoice | None,
    book: Book,
    purchase_id: PurchaseId,
    owner: CustomerId,
) -> Payment:
    """A failed one captured nothing, whatever was tried. Its Order ID and number come later."""
    nothing = Money.zero(charge.captured.currency)
    has_paid = charge.state is PaymentState.SUCCEEDED
    return Payment(
        id=new_id(PaymentId),
        account_id=book.account_id,
        purchase_id=purchase_id,
        customer_id=owner,
        order_id=None,
        state=charge.state,
        captured=charge.captured if has_paid else nothing,
        tax=_tax(charge, invoice) if has_paid else nothing,
        refunded=nothing,
        reserved=nothing,
        disputed=nothing,
        paid_at=charge.paid_at,
        number=None,
        processor_id=charge.id,
        buyer=_buyer(charge),
    )


def _buyer(charge: ProcessorCharge) -> Address:
    return replace(charge.buyer, name=charge.buyer.name.strip(), email=charge.buyer.email.strip())


def _tax(charge: ProcessorCharge, invoice: KnownInvoice | None) -> Money:
    """The invoice's, or the part of it in proportion to what this charge paid of the total."""
    nothing = Money.zero(charge.captured.currency)
    if invoice is None or invoice.tax.currency != nothing.currency or invoice.total.minor <= 0:
        return nothing
    share = invoice.tax.minor * charge.captured.minor // invoice.total.minor
    return Money(min(max(share, 0), charge.captured.minor), nothing.currency)


def _is_of_use(charge: ProcessorCharge) -> bool:
    return charge.state is PaymentState.FAILED or charge.captured.minor > 0


def _subscription_of(charge: ProcessorCharge, invoices: Mapping[str, KnownInvoice]) -> str:
    invoice = invoices.get(charge.payment_intent)
    return invoice.subscription if invoice is not None else ""


def _product_of(charge: ProcessorCharge, invoices: Mapping[str, KnownInvoice]) -> ProductKey:
    invoice = invoices.get(charge.payment_intent)
    if invoice is not None and invoice.product:
        return invoice.product, invoice.price_point
    return described(charge.description)


async def _unnumbered(work: UnitOfWork, payments: Sequence[Payment]) -> list[Unnumbered]:
    """Those that took money, as they wait for their Order IDs."""
    paid = [each for each in payments if each.state is PaymentState.SUCCEEDED]
    recurring = await work.synced.find_recurring({each.purchase_id for each in paid})
    return [
        Unnumbered(each.id, each.purchase_id, each.paid_at, each.purchase_id in recurring) for each in paid
    ]
