"""Typed rows into sales: a chunk of rows is applied to what is known, and its changes are collected."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace

from billing.ids import (
    AccountId,
    CustomerId,
    PaymentId,
    ProductId,
    PurchaseId,
    RefundId,
    SubscriptionId,
    new_id,
)
from billing.imports.agreements import next_state, paid_off, plan_length, product_kind
from billing.imports.drafts import (
    PROCESSORS,
    AgreementDraft,
    Changes,
    CustomerDraft,
    PaymentDraft,
    ProductDraft,
)
from billing.imports.keys import email_key_of, order_id_of, wanted_of
from billing.imports.linking import fill, find_linked
from billing.imports.matching import is_known, match_amount, match_charge, why_not
from billing.imports.ports import Known, PastSales, Totals
from billing.imports.rows import CHARGES, REVERSALS, Cause, Finding, PastRow, RowKind
from billing.imports.sold import lines_of
from billing.money import Currency, Money
from billing.records import Purchase, Refund
from billing.states import PaymentState, ProductKind, SubscriptionState


async def take_over(
    sales: PastSales, account_id: AccountId, rows: Sequence[PastRow], totals: Totals
) -> tuple[list[Finding], set[int]]:
    """Apply rows, in the order given, all or none; counts them in `totals` and says what is to report.

    What the processor brought before is linked, not made again; the second result is the numbers of rows
    whose Order ID such a payment took over.
    """
    known = await sales.load(wanted_of(rows))
    book = Book(account_id, known, totals)
    if unknown := book.customers_to_search(rows):
        book.add_payments(await sales.list_payments(unknown))
    for row in rows:
        book.take(row)
    changes = book.changes()
    await sales.write(changes)
    return book.findings, changes.renamed_by


class Book:
    """What is known of all that a chunk of rows touches, and how the rows change it."""

    def __init__(self, account_id: AccountId, known: Known, totals: Totals) -> None:
        self._account_id = account_id
        self._customers = dict(known.customers)
        self._products = dict(known.products)
        self._agreements = dict(known.agreements)
        self._order_ids = set(known.order_ids)
        self._owners = dict(known.owners)
        self._invoiced = known.invoiced
        self._by_processor = {a.processor_id: a for a in known.processor_agreements if a.processor_id}
        self._by_id = {a.id: a for a in known.processor_agreements}
        self._payments: dict[PaymentId, PaymentDraft] = {}
        self._charged: defaultdict[str, list[PaymentDraft]] = defaultdict(list)
        self._paid: defaultdict[CustomerId, list[PaymentDraft]] = defaultdict(list)
        self._changes = Changes()
        self._totals = totals
        self.findings: list[Finding] = []
        for payment in known.payments:
            self._payments[payment.id] = payment
            self._charged[payment.charge_id].append(payment)

    def customers_to_search(self, rows: Iterable[PastRow]) -> set[CustomerId]:
        """Whose payments have to be looked through, because a reversal names none."""
        refs = {
            row.customer_ref for row in rows if row.kind in REVERSALS and row.charge_id not in self._charged
        }
        return {self._customers[ref].id for ref in refs if ref in self._customers}

    def add_payments(self, payments: Iterable[PaymentDraft]) -> None:
        """All payments of the customers to search; one that is known by its charge stays the same draft."""
        for payment in payments:
            self._paid[payment.customer_id].append(self._payments.setdefault(payment.id, payment))

    def take(self, row: PastRow) -> None:
        """Apply one row, or add to the findings why not."""
        if row.kind in CHARGES:
            cause = self._charge(row)
        elif row.kind in REVERSALS:
            cause = self._reverse(row)
        else:
            cause = self._move(row)
        if cause is None:
            self._totals.applied += 1
        else:
            self._report(row, cause)

    def changes(self) -> Changes:
        """What is to be written."""
        changes = self._changes
        changes.owners = [owner for owner in self._owners.values() if owner.email_keys]
        changes.customers = [c for c in self._customers.values() if c.is_new or c.is_changed or c.email_keys]
        changes.products = [p for p in self._products.values() if not p.is_linked or p.is_changed]
        changes.agreements = [a for a in self._agreements.values() if a.is_changed]
        changes.reversed_payments = [
            p for p in self._payments.values() if p.refunded_minor or p.disputed_minor
        ]
        return changes

    def _report(self, row: PastRow, cause: Cause, detail: str = "") -> None:
        self.findings.append(Finding(row.line, str(row.number), "", cause, detail))
        if cause.is_note:
            self._totals.notes += 1
        else:
            self._totals.reported += 1

    def _charge(self, row: PastRow) -> Cause | None:
        """A Sale, Rebill or Failed: a payment of a purchase, which starts with it if it is not there."""
        order_id = None if row.kind is RowKind.FAILED else order_id_of(row.number)
        agreement = self._find_agreement(row)
        charged = self._charged.get(row.charge_id, [])
        if (payment := find_linked(row, charged, order_id)) is not None:
            self._link(row, order_id, payment, agreement)
            return None
        if order_id in self._order_ids:
            return Cause.ORDER_ID_TAKEN
        if order_id is not None and row.charge_id in self._invoiced:
            return Cause.OTHER_CHARGE_ID
        if agreement is not None and agreement.is_linked:
            self._link_customer(row, agreement.customer_id)
            if row.place < agreement.place:
                self._bring_forward(agreement.purchase_id, row)
            self._pay(row, order_id, agreement.purchase_id, agreement.customer_id, None)
            return None
        customer = self._customers.get(row.customer_ref)
        if agreement is not None and (customer is None or agreement.customer_id != customer.id):
            return Cause.OTHER_CUSTOMER
        customer = self._see_customer(customer, row)
        product = self._see_product(row)
        if agreement is None:
            purchase_id = self._start(row, customer.id, product.id)
        else:
            purchase_id = agreement.purchase_id
            if row.place < agreement.place:
                self._bring_forward(purchase_id, row)
            self._fold(agreement, row)
        self._pay(row, order_id, purchase_id, customer.id, product.id)
        return None

    def _link(
        self, row: PastRow, order_id: str | None, payment: PaymentDraft, agreement: AgreementDraft | None
    ) -> None:
        """The processor brought this payment: it stays, and learns what only the row knows."""
        self._totals.linked += 1
        self._link_customer(row, payment.customer_id)
        if agreement is None and row.agreement_ref and payment.subscription_id in self._by_id:
            agreement = self._link_agreement(row, self._by_id[payment.subscription_id])
        if agreement is not None and not agreement.is_linked:
            self._fold(agreement, row)
        is_changed = fill(payment, row)
        if order_id is not None and order_id != payment.order_id:
            is_free = order_id not in self._order_ids
            if is_free and not payment.has_document and not payment.has_rows_order_id:
                self._order_ids.add(order_id)
                self._changes.renamed_by.add(row.number)
                payment.order_id, payment.has_rows_order_id, is_changed = order_id, True, True
            else:
                self._report(row, Cause.OTHER_ORDER_ID, payment.order_id or "")
        if is_changed:
            self._changes.filled_payments[payment.id] = payment

    def _find_agreement(self, row: PastRow) -> AgreementDraft | None:
        """By the source's name of it, else by the processor's."""
        if not row.agreement_ref:
            return None
        if (agreement := self._agreements.get(row.agreement_ref)) is not None:
            return agreement
        found = self._by_processor.get(row.agreement_processor_id)
        return None if found is None else self._link_agreement(row, found)

    def _link_agreement(self, row: PastRow, found: AgreementDraft) -> AgreementDraft:
        agreement = replace(found, ref=row.agreement_ref)
        self._agreements[row.agreement_ref] = agreement
        self._changes.agreement_links.append(agreement)
        return agreement

    def _link_customer(self, row: PastRow, owner_id: CustomerId) -> None:
        """Whom the row is about, if that is not known, is whoever the processor says."""
        customer = self._customers.get(row.customer_ref)
        if customer is not None and customer.id == owner_id and not customer.is_linked:
            self._see_customer(customer, row)
            return
        self._learn(row, owner_id)
        if customer is None:
            owner = self._owners[owner_id]
            customer = CustomerDraft(owner_id, row.customer_ref, owner.name, owner.email, PROCESSORS)
            self._customers[row.customer_ref] = customer
            self._changes.customer_links[row.customer_ref] = owner_id
            owner.refs.add(row.customer_ref)

    def _learn(self, row: PastRow, owner_id: CustomerId) -> None:
        """The row's e-mail signs them in, if nobody else is they."""
        owner, key = self._owners[owner_id], email_key_of(row.buyer.email)
        if key and owner.may_learn_from(row.customer_ref):
            owner.email_keys.add(key)

    def _see_customer(self, customer: CustomerDraft | None, row: PastRow) -> CustomerDraft:
        name, email = row.buyer.name, row.buyer.email
        key = email_key_of(email)
        is_known = customer is not None and not customer.is_new and customer.email == email
        if customer is None:
            customer = CustomerDraft(
                new_id(CustomerId), row.customer_ref, name, email, row.place, is_new=True
            )
            self._customers[row.customer_ref] = customer
            self._totals.customers += 1
        elif row.place > customer.place:
            self._renew_customer(customer, name or customer.name, email if key else customer.email, row)
        if not key:
            self._report(row, Cause.NO_EMAIL)
        elif customer.is_linked:
            self._learn(row, customer.id)
        elif not is_known:
            customer.email_keys.add(key)
        return customer

    def _renew_customer(self, customer: CustomerDraft, name: str, email: str, row: PastRow) -> None:
        if (name, email) != (customer.name, customer.email):
            customer.name, customer.email, customer.is_renamed = name, email, True
        customer.place, customer.is_changed = row.place, True

    def _see_product(self, row: PastRow) -> ProductDraft:
        kind, key = product_kind(row), (row.product, row.price_point)
        product = self._products.get(key)
        if product is None:
            product = ProductDraft(new_id(ProductId), *key, kind, is_new=True)
            self._products[key] = product
            self._totals.products += 1
        elif product.kind is ProductKind.ONE_TIME and kind is not ProductKind.ONE_TIME:
            product.kind, product.is_changed = kind, True
        return product

    def _start(self, row: PastRow, customer_id: CustomerId, product_id: ProductId) -> PurchaseId:
        """A new purchase, with its subscription if the row names one."""
        purchase = Purchase(
            id=new_id(PurchaseId),
            account_id=self._account_id,
            customer_id=customer_id,
            product_id=product_id,
            subscription_id=new_id(SubscriptionId) if row.agreement_ref else None,
            purchased_at=row.at,
        )
        self._changes.purchases.append(purchase)
        self._totals.purchases += 1
        if purchase.subscription_id is not None:
            agreement = AgreementDraft(
                id=purchase.subscription_id,
                ref=row.agreement_ref,
                purchase_id=purchase.id,
                customer_id=customer_id,
                processor_id=row.agreement_processor_id,
                state=SubscriptionState.ACTIVE,
                ended_at=None,
                place=(0, 0),
            )
            self._agreements[row.agreement_ref] = agreement
            self._totals.subscriptions += 1
            self._fold(agreement, row)
        return purchase.id

    def _bring_forward(self, purchase_id: PurchaseId, row: PastRow) -> None:
        """An older payment may come later, in another file: the purchase began with it then."""
        earliest = self._changes.purchased_earlier.get(purchase_id)
        if earliest is None or row.at < earliest:
            self._changes.purchased_earlier[purchase_id] = row.at

    def _fold(self, agreement: AgreementDraft, row: PastRow) -> None:
        """Count the payment; take the state over if no newer row has spoken."""
        agreement.is_changed = True
        before = agreement.state, agreement.ended_at
        if row.kind in (RowKind.SALE, RowKind.REBILL):
            agreement.paid += 1
        if row.place > agreement.place:
            agreement.place = row.place
            agreement.state = next_state(agreement.state, row)
            if row.kind is RowKind.CANCELED:
                agreement.ended_at = row.at
            elif agreement.state is not SubscriptionState.CANCELED:
                agreement.ended_at = None
        agreement.state = paid_off(agreement.state, agreement.paid, plan_length(row.price_point))
        if before != (agreement.state, agreement.ended_at):
            agreement.is_moved = True

    def _pay(
        self,
        row: PastRow,
        order_id: str | None,
        purchase_id: PurchaseId,
        customer_id: CustomerId,
        product_id: ProductId | None,
    ) -> None:
        """The payment itself. A failed one captured nothing, whatever amount its row carries."""
        paid = order_id is not None
        payment = PaymentDraft(
            id=new_id(PaymentId),
            purchase_id=purchase_id,
            customer_id=customer_id,
            product_id=product_id,
            order_id=order_id,
            state=PaymentState.SUCCEEDED if paid else PaymentState.FAILED,
            currency=row.currency,
            captured_minor=row.amount_minor if paid else 0,
            tax_minor=row.tax_minor if paid else 0,
            paid_at=row.at,
            number=row.payment_number,
            charge_id=row.charge_id,
            buyer=row.buyer,
            sold=lines_of(row) if paid else (),
            through=row.processor,
        )
        self._changes.payments.append(payment)
        if order_id is not None:
            self._order_ids.add(order_id)
            self._totals.payments += 1
            self._totals.captured_minor += row.amount_minor
        else:
            self._totals.failed += 1

    def _move(self, row: PastRow) -> Cause | None:
        """Request Can., Revert Can. or Cancellation of a subscription that some payment has started."""
        agreement = self._find_agreement(row)
        if agreement is None:
            return Cause.NO_SUBSCRIPTION
        if agreement.is_linked:
            self._totals.linked += 1
            return None
        customer = self._customers.get(row.customer_ref)
        if customer is None or agreement.customer_id != customer.id:
            return Cause.OTHER_CUSTOMER
        self._fold(agreement, row)
        return None

    def _reverse(self, row: PastRow) -> Cause | None:
        """Money that went back, or is disputed: of exactly one payment."""
        customer = self._customers.get(row.customer_ref)
        product = self._products.get((row.product, row.price_point))
        product_id = product.id if product else None
        charged = self._charged.get(row.charge_id, []) if row.charge_id else []
        if charged:
            found = match_charge(row, charged, customer.id if customer else None, product_id)
        else:
            found = match_amount(row, self._paid[customer.id] if customer else [], product_id)
        if isinstance(found, Cause):
            return found
        if not charged:
            self._report(row, Cause.MATCHED_BY_AMOUNT, found.order_id or "")
        if is_known(row, found):
            self._totals.linked += 1
            return None
        if (cause := why_not(row, found)) is not None:
            return cause
        self._give_back(row, found)
        return None

    def _give_back(self, row: PastRow, payment: PaymentDraft) -> None:
        if row.kind is RowKind.CHARGEBACK:
            payment.disputed_minor += row.amount_minor
            self._totals.disputes += 1
            self._totals.disputed_minor += row.amount_minor
            return
        payment.refunded_minor += row.amount_minor
        self._totals.refunds += 1
        self._totals.refunded_minor += row.amount_minor
        self._changes.refunds.append(
            Refund(
                id=new_id(RefundId),
                account_id=self._account_id,
                payment_id=payment.id,
                operation_id=None,
                amount=Money(row.amount_minor, Currency(row.currency)),
                processor_id=None,  # a row names the charge, not the refund
                refunded_at=row.at,
                reversed_at=None,
            )
        )
