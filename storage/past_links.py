"""What the processor brought, as rows of an import look for it: found by its ids, linked to their refs."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, Select, and_, bindparam, exists, or_, select, update

from billing.ids import CustomerId, PaymentId, SubscriptionId
from billing.imports.drafts import PROCESSORS, AgreementDraft, Changes, CustomerDraft, Owner, PaymentDraft
from billing.imports.ports import RowState
from billing.records import Address
from billing.states import PaymentState
from storage.bound import ACCOUNT
from storage.bulk import InBulk
from storage.order_ids import StoredOrderIds
from storage.papers import StoredPapers
from storage.tables.documents import documents
from storage.tables.imports import import_agreements, import_customers, import_rows
from storage.tables.processing import disputes, processor_customers, processor_invoices
from storage.tables.sales import customer_emails, customers, payments, purchases, refunds, subscriptions

# Kept of a row whose Order ID a payment took over, which no row has made.
RENAMED_BY = "linked"

_c, _p, _q, _s, _f = customers.c, payments.c, purchases.c, subscriptions.c, refunds.c
_l, _lc, _r, _d = processor_customers.c, import_customers.c, import_rows.c, disputes.c
_i = processor_invoices.c
_PLACE = {"wall": PROCESSORS[0], "number": PROCESSORS[1]}
_GUEST = "guest:"  # as `billing.processing.customers` calls them

_has_document = exists().where(documents.c.account_id == _p.account_id, documents.c.payment_id == _p.id)
_CHARGED = (
    select(
        _p.id,
        _p.purchase_id,
        _p.customer_id,
        _q.subscription_id,
        _p.order_id,
        _p.state,
        _p.currency,
        _p.captured_minor,
        _p.tax_minor,
        _p.paid_at,
        _p.number,
        _p.processor_id,
        _p.buyer,
        _has_document.label("has_document"),
    )
    .join(purchases, and_(_q.account_id == _p.account_id, _q.id == _p.purchase_id))
    .with_for_update(of=payments)
)
_AGREEMENTS = select(_s.id, _s.purchase_id, _s.customer_id, _s.processor_id, _s.state, _s.ended_at)
_FILL = (
    update(payments)
    .where(_p.account_id == ACCOUNT, _p.id == bindparam("the_id"))
    .values(
        order_id=bindparam("the_order"),
        number=bindparam("the_number"),
        tax_minor=bindparam("the_tax"),
        buyer=bindparam("the_buyer"),
    )
)


@dataclass(frozen=True)
class StoredPastLinks(InBulk):
    """What is the processor's in `billing.imports.ports.PastSales`."""

    source: str

    async def hold_processors(self) -> None:
        """As whoever takes in from the processor does: one of us looks and writes at a time."""
        await StoredOrderIds(self.connection, self.account_id).take(0)

    async def find_taken(self, order_ids: Collection[str]) -> set[str]:
        """Those that payments have."""
        return await StoredOrderIds(self.connection, self.account_id).find_taken(order_ids)

    async def find_charged(self, charges: Collection[str]) -> list[PaymentDraft]:
        """All payments under these charges, failed ones too, with what a row may fill in."""
        mine = _CHARGED.where(_p.account_id == self.account_id)
        return [_payment(row) async for row in self._by(mine, _p.processor_id, charges)]

    async def find_invoiced(self, charges: Collection[str], known: Iterable[PaymentDraft]) -> set[str]:
        """Such as name a payment intent: its charge, which is what we know it by, cannot be told from it."""
        mine = select(_i.payment_intent).where(_i.account_id == self.account_id)
        missing = set(charges) - {draft.charge_id for draft in known}
        return {row.payment_intent async for row in self._by(mine, _i.payment_intent, missing)}

    async def keep_sold(self, drafts: Sequence[PaymentDraft]) -> None:
        """What was sold with new payments."""
        sold = [draft.snapshot(self.account_id) for draft in drafts if draft.sold]
        await StoredPapers(self.connection, self.account_id).keep_snapshots(sold)

    async def mark(self, drafts: Sequence[PaymentDraft]) -> None:
        """Say of each whether a row made it: its Order ID is that row's then. Failed ones have none."""
        numbers = {number for draft in drafts if (number := _number(draft.order_id)) is not None}
        mine = select(_r.number, _r.content).where(
            _r.account_id == self.account_id, _r.source == self.source, _r.state == RowState.APPLIED
        )
        told = {row.number: row.content async for row in self._by(mine, _r.number, numbers)}
        for draft in drafts:
            number = _number(draft.order_id)
            draft.has_rows_order_id = number in told
            draft.is_processors = number not in told or told[number] == RENAMED_BY

    async def note_returns(self, drafts: Sequence[PaymentDraft]) -> None:
        """What the processor, or we ourselves, gave back of them, and what is disputed there."""
        by_id: dict[PaymentId, list[PaymentDraft]] = {}
        for draft in drafts:
            by_id.setdefault(draft.id, []).append(draft)
        known = select(_f.payment_id, _f.amount_minor).where(
            _f.account_id == self.account_id,
            or_(_f.processor_id.is_not(None), _f.operation_id.is_not(None)),
        )
        async for row in self._by(known, _f.payment_id, by_id):
            for draft in by_id[row.payment_id]:
                draft.known_refunds.append(row.amount_minor)
        disputed = select(_d.payment_id).where(_d.account_id == self.account_id)
        async for row in self._by(disputed, _d.payment_id, by_id):
            for draft in by_id[row.payment_id]:
                draft.is_disputed = True

    async def find_processor_agreements(
        self, processor_ids: Collection[str], ids: Collection[SubscriptionId]
    ) -> list[AgreementDraft]:
        """Subscriptions that the processor calls so, and those with these ids."""
        mine = _AGREEMENTS.where(_s.account_id == self.account_id)
        found = [_agreement(row) async for row in self._by(mine, _s.processor_id, processor_ids)]
        missing = set(ids) - {draft.id for draft in found}
        return found + [_agreement(row) async for row in self._by(mine, _s.id, missing)]

    async def find_owners(self, ids: Collection[CustomerId]) -> dict[CustomerId, Owner]:
        """Who they are, here and at the processor."""
        refs = await self._sets(
            select(_lc.customer_id, _lc.ref.label("name")).where(_lc.account_id == self.account_id),
            _lc.customer_id,
            ids,
        )
        links = await self._sets(
            select(_l.customer_id, _l.processor_id.label("name")).where(_l.account_id == self.account_id),
            _l.customer_id,
            ids,
        )
        mine = select(_c.id, _c.name, _c.email).where(_c.account_id == self.account_id)
        return {
            row.id: Owner(row.id, row.name, row.email, refs.get(row.id, set()), _is_one(links.get(row.id)))
            async for row in self._by(mine, _c.id, ids)
        }

    async def write_links(self, changes: Changes) -> None:
        """Refs that lead to what was there, the e-mails that came with them, and what payments learned."""
        await self._insert_all(
            import_customers,
            [{"ref": ref, "customer_id": owner, **_PLACE} for ref, owner in changes.customer_links.items()],
            source=self.source,
        )
        keys = [(owner.id, key) for owner in changes.owners for key in sorted(owner.email_keys)]
        await self._insert_all(
            customer_emails, [{"customer_id": owner, "email_key": key} for owner, key in keys], again=()
        )
        await self._insert_all(
            import_agreements,
            [
                {"ref": d.ref, "subscription_id": d.id, "state": d.state, "ended_at": d.ended_at, **_PLACE}
                for d in changes.agreement_links
            ],
            source=self.source,
            paid=0,
        )
        await self._change_all(_FILL, [_filled(draft) for draft in changes.filled_payments.values()])

    async def _sets(self, statement: Select[Any], column: Any, keys: Collection[Any]) -> dict[Any, set[str]]:
        found: dict[Any, set[str]] = {}
        async for row in self._by(statement, column, keys):
            found.setdefault(row.customer_id, set()).add(row.name)
        return found


def _is_one(links: set[str] | None) -> bool:
    """One customer of the processor; its guests, who type any e-mail, are none."""
    return links is not None and len(links) == 1 and not any(each.startswith(_GUEST) for each in links)


def _number(order_id: str | None) -> int | None:
    """The row that an Order ID can be of."""
    if not order_id or not order_id.isdecimal() or len(order_id) > 18 or order_id[0] == "0":
        return None
    return int(order_id)


def _filled(draft: PaymentDraft) -> Mapping[str, Any]:
    assert draft.buyer is not None
    return {
        "the_id": draft.id,
        "the_order": draft.order_id,
        "the_number": draft.number,
        "the_tax": draft.tax_minor,
        "the_buyer": asdict(draft.buyer),
    }


def _payment(row: Row[Any]) -> PaymentDraft:
    return PaymentDraft(
        id=row.id,
        purchase_id=row.purchase_id,
        customer_id=row.customer_id,
        product_id=None,
        order_id=row.order_id,
        state=PaymentState(row.state),
        currency=row.currency,
        captured_minor=row.captured_minor,
        tax_minor=row.tax_minor,
        paid_at=row.paid_at,
        number=row.number,
        charge_id=row.processor_id,
        buyer=Address(**row.buyer),
        has_document=row.has_document,
        subscription_id=row.subscription_id,
    )


def _agreement(row: Row[Any]) -> AgreementDraft:
    return AgreementDraft(
        id=row.id,
        ref="",
        purchase_id=row.purchase_id,
        customer_id=row.customer_id,
        processor_id=row.processor_id or "",
        state=row.state,
        ended_at=row.ended_at,
        place=PROCESSORS,
        was=row.state,
    )


def owners_among(
    people: Iterable[CustomerDraft], agreements: Iterable[AgreementDraft], charged: Iterable[PaymentDraft]
) -> set[CustomerId]:
    """Whom the processor brought, of all whom a chunk may be about."""
    owners = {draft.id for draft in people if draft.is_linked}
    owners |= {draft.customer_id for draft in agreements if draft.is_linked}
    return owners | {draft.customer_id for draft in charged if draft.is_processors}


def linked_ids(drafts: Iterable[PaymentDraft]) -> set[SubscriptionId]:
    """The subscriptions of those that the processor brought."""
    return {d.subscription_id for d in drafts if d.is_processors and d.subscription_id is not None}
