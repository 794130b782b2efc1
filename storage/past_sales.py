"""Sales in bulk, for imports: looked up by the source's own ids, written many rows a statement."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Any

from sqlalchemy import Row, and_, bindparam, delete, exists, select, update

from billing.ids import CustomerId
from billing.imports.drafts import AgreementDraft, Changes, CustomerDraft, PaymentDraft, ProductDraft
from billing.imports.ports import Known, Wanted
from billing.names import name_words
from billing.records import Address
from billing.states import PaymentState
from storage.bound import ACCOUNT
from storage.bulk import pieces
from storage.past_links import StoredPastLinks, linked_ids, owners_among
from storage.reports import forget_days
from storage.rows import purchase_values, refund_values
from storage.tables.imports import import_agreements, import_customers, import_products
from storage.tables.sales import (
    customer_emails,
    customer_words,
    customers,
    payments,
    products,
    purchases,
    refunds,
    subscriptions,
)

_Values = dict[str, Any]

_c, _p, _s, _q = customers.c, payments.c, subscriptions.c, purchases.c
_w = customer_words.c
_BUYER = tuple(field.name for field in fields(Address))
_buyer = attrgetter(*_BUYER)  # `asdict` copies deeply, which is slow
_NOTHING_BACK: _Values = dict.fromkeys(("refunded_minor", "reserved_minor", "disputed_minor"), 0)
_TOLD = ("state", "ended_at", "paid", "wall", "number")
_lc, _lp, _la = import_customers.c, import_products.c, import_agreements.c

_given_back_here = exists().where(
    refunds.c.account_id == _p.account_id,
    refunds.c.payment_id == _p.id,
    refunds.c.operation_id.is_not(None),
)
_PAYMENTS = (
    select(
        _p.id,
        _p.purchase_id,
        _p.customer_id,
        _q.product_id,
        _p.order_id,
        _p.state,
        _p.currency,
        _p.captured_minor,
        _p.tax_minor,
        _p.paid_at,
        _p.number,
        _p.processor_id,
        (_p.refunded_minor + _p.reserved_minor + _p.disputed_minor).label("returned_minor"),
        _given_back_here.label("refunded_here"),
    )
    .join(purchases, and_(_q.account_id == _p.account_id, _q.id == _p.purchase_id))
    .where(_p.state == PaymentState.SUCCEEDED)
    .with_for_update(of=payments)  # a refund of ours may be under way; SQLite has one writer anyhow
)
# Made once and kept, so that they are put into words once; what they bind is named `the_…`.
_BEGAN_EARLIER = (
    update(purchases)
    .where(_q.account_id == ACCOUNT, _q.id == bindparam("the_id"))
    .where(_q.purchased_at > bindparam("the_time"))
    .values(purchased_at=bindparam("the_time"))
)
_CHANGE_CUSTOMER = (
    update(customers)
    .where(_c.account_id == ACCOUNT, _c.id == bindparam("the_id"))
    .values(name=bindparam("the_name"), email=bindparam("the_email"))
)
_CHANGE_CUSTOMER_LINK = (
    update(import_customers)
    .where(_lc.account_id == ACCOUNT, _lc.source == bindparam("the_source"))
    .where(_lc.ref == bindparam("the_ref"))
    .values(wall=bindparam("the_wall"), number=bindparam("the_number"))
)
_CHANGE_PRODUCT = (
    update(products)
    .where(products.c.account_id == ACCOUNT, products.c.id == bindparam("the_id"))
    .values(kind=bindparam("the_kind"))
)
# Conditional: what the processor says in between stands.
_CHANGE_SUBSCRIPTION = (
    update(subscriptions)
    .where(_s.account_id == ACCOUNT, _s.id == bindparam("the_id"))
    .where(_s.state == bindparam("the_old_state"))
    .values(state=bindparam("the_state"), ended_at=bindparam("the_end"))
)
_CHANGE_AGREEMENT = (
    update(import_agreements)
    .where(_la.account_id == ACCOUNT, _la.source == bindparam("the_source"))
    .where(_la.ref == bindparam("the_ref"))
    .values({name: bindparam(f"the_{name}") for name in _TOLD})
)
# Added, not set; a CHECK holds that nothing gives back more than was paid.
_GIVE_BACK = (
    update(payments)
    .where(_p.account_id == ACCOUNT, _p.id == bindparam("the_id"))
    .values(
        refunded_minor=_p.refunded_minor + bindparam("the_refund"),
        disputed_minor=_p.disputed_minor + bindparam("the_dispute"),
    )
)


@dataclass(frozen=True)
class StoredPastSales(StoredPastLinks):
    """`billing.imports.ports.PastSales`."""

    async def load(self, wanted: Wanted) -> Known:
        """Everything that the rows' keys lead to; what the processor brings meanwhile waits."""
        await self.hold_processors()
        people = await self._customers(wanted.customers)
        agreements = await self._agreements(wanted.agreements)
        mine = _PAYMENTS.where(_p.account_id == self.account_id)
        back = [_payment(row) async for row in self._by(mine, _p.processor_id, wanted.reversed_charges)]
        charged = await self.find_charged(wanted.charges)
        await self.mark([*back, *charged])
        await self.note_returns(back)
        unknown = {pid for ref, pid in wanted.processor_agreements.items() if ref not in agreements}
        others = await self.find_processor_agreements(unknown, linked_ids(charged))
        owners = owners_among(people.values(), [*others, *agreements.values()], charged)
        return Known(
            customers=people,
            products=await self._products(wanted.products),
            agreements=agreements,
            order_ids=await self.find_taken(wanted.order_ids),
            payments=[*back, *charged],
            processor_agreements=others,
            owners=await self.find_owners(owners),
            invoiced=await self.find_invoiced(wanted.charges, charged),
        )

    async def list_payments(self, customer_ids: Collection[CustomerId]) -> list[PaymentDraft]:
        """All that these customers paid."""
        mine = _PAYMENTS.where(_p.account_id == self.account_id)
        found = [_payment(row) async for row in self._by(mine, _p.customer_id, customer_ids)]
        await self.note_returns(found)
        return found

    async def write(self, changes: Changes) -> None:
        """In the order in which keys point."""
        await self._write_customers(changes.customers)
        await self.write_links(changes)
        await self._write_products(changes.products)
        await self._insert_all(purchases, [purchase_values(purchase) for purchase in changes.purchases])
        await self._change_all(
            _BEGAN_EARLIER,
            [{"the_id": key, "the_time": at} for key, at in changes.purchased_earlier.items()],
        )
        await self._write_agreements(changes.agreements)
        await self._insert_all(
            payments,
            [_payment_values(draft) for draft in changes.payments],
            **_NOTHING_BACK,
        )
        await self.keep_sold(changes.payments)
        await self._change_all(
            _GIVE_BACK,
            [
                {"the_id": d.id, "the_refund": d.refunded_minor, "the_dispute": d.disputed_minor}
                for d in changes.reversed_payments
            ],
        )
        await self._insert_all(refunds, [refund_values(refund) for refund in changes.refunds])
        paid = [*changes.payments, *changes.filled_payments.values()]
        moments = [*(d.paid_at for d in paid), *(r.refunded_at for r in changes.refunds)]
        await forget_days(self.connection, self.account_id, moments)

    async def _customers(self, refs: Collection[str]) -> dict[str, CustomerDraft]:
        links = (
            select(_lc.ref, _c.id, _c.name, _c.email, _lc.wall, _lc.number)
            .join(customers, and_(_c.account_id == _lc.account_id, _c.id == _lc.customer_id))
            .where(_lc.account_id == self.account_id, _lc.source == self.source)
        )
        return {
            row.ref: CustomerDraft(row.id, row.ref, row.name, row.email, (row.wall, row.number))
            async for row in self._by(links, _lc.ref, refs)
        }

    async def _products(self, keys: Collection[tuple[str, str]]) -> dict[tuple[str, str], ProductDraft]:
        """By the source's name, which stays when the merchant renames the product; else by their own."""
        links = (
            select(products.c.id, _lp.name, _lp.price_point, products.c.kind)
            .join(products, and_(products.c.account_id == _lp.account_id, products.c.id == _lp.product_id))
            .where(_lp.account_id == self.account_id, _lp.source == self.source)
        )
        found: dict[tuple[str, str], ProductDraft] = {}
        async for row in self._by(links, _lp.name, {name for name, _ in keys}):
            key = (row.name, row.price_point)
            found[key] = ProductDraft(row.id, *key, row.kind, is_linked=True)
        others = select(products.c.id, products.c.name, products.c.price_point, products.c.kind).where(
            products.c.account_id == self.account_id
        )
        async for row in self._by(
            others, products.c.name, {name for name, point in keys if (name, point) not in found}
        ):
            key = (row.name, row.price_point)
            found.setdefault(key, ProductDraft(row.id, *key, row.kind))
        return {key: found[key] for key in keys if key in found}

    async def _agreements(self, refs: Collection[str]) -> dict[str, AgreementDraft]:
        links = (
            select(
                _s.id,
                _la.ref,
                _s.purchase_id,
                _s.customer_id,
                _s.processor_id,
                _la.state,
                _la.ended_at,
                _la.wall,
                _la.number,
                _la.paid,
                _s.state.label("stored_state"),
                _s.period_ends_at,
            )
            .join(subscriptions, and_(_s.account_id == _la.account_id, _s.id == _la.subscription_id))
            .where(_la.account_id == self.account_id, _la.source == self.source)
        )
        return {row.ref: _agreement(row) async for row in self._by(links, _la.ref, refs)}

    async def _write_customers(self, drafts: Sequence[CustomerDraft]) -> None:
        new = [draft for draft in drafts if draft.is_new]
        changed = [draft for draft in drafts if draft.is_changed and not draft.is_new]
        await self._insert_all(
            customers, [{"id": d.id, "name": d.name, "email": d.email} for d in new], locale=None
        )
        await self._change_all(
            _CHANGE_CUSTOMER,
            [{"the_id": d.id, "the_name": d.name, "the_email": d.email} for d in changed if d.is_renamed],
        )
        await self._insert_all(
            import_customers,
            [{"ref": d.ref, "customer_id": d.id, **_place(d.place)} for d in new],
            source=self.source,
        )
        await self._change_all(
            _CHANGE_CUSTOMER_LINK,
            [{"the_ref": d.ref, "the_wall": d.place[0], "the_number": d.place[1]} for d in changed],
            the_source=self.source,
        )
        await self._insert_all(
            customer_emails,
            [{"customer_id": d.id, "email_key": key} for d in drafts for key in sorted(d.email_keys)],
            again=(),
        )
        await self._write_words([d for d in new if d.name], [d for d in changed if d.is_renamed])

    async def _write_words(self, new: Sequence[CustomerDraft], renamed: Sequence[CustomerDraft]) -> None:
        """What they are searched by; of a name that is no longer theirs nothing stays."""
        if renamed:
            old = delete(customer_words).where(
                _w.account_id == self.account_id, _w.customer_id.in_(bindparam("the_keys", expanding=True))
            )
            for piece in pieces(d.id for d in renamed):
                await self.connection.execute(old, {"the_keys": piece})
        await self._insert_all(
            customer_words,
            [{"customer_id": d.id, "word": word} for d in (*new, *renamed) for word in name_words(d.name)],
        )

    async def _write_products(self, drafts: Sequence[ProductDraft]) -> None:
        await self._insert_all(
            products,
            [
                {"id": d.id, "name": d.name, "price_point": d.price_point, "kind": d.kind}
                for d in drafts
                if d.is_new
            ],
            refund_days=None,
        )
        await self._change_all(
            _CHANGE_PRODUCT,
            [{"the_id": d.id, "the_kind": d.kind} for d in drafts if d.is_changed and not d.is_new],
        )
        await self._insert_all(
            import_products,
            [
                {"name": d.name, "price_point": d.price_point, "product_id": d.id}
                for d in drafts
                if not d.is_linked
            ],
            source=self.source,
        )

    async def _write_agreements(self, drafts: Sequence[AgreementDraft]) -> None:
        new = [draft for draft in drafts if draft.was is None]
        old = [draft for draft in drafts if draft.was is not None]
        # An export knows neither card nor period end: unknown, until the processor says.
        await self._insert_all(
            subscriptions,
            [_subscription_values(draft) for draft in new],
            period_ends_at=None,
            card_brand=None,
            card_last_four=None,
            card_expires_on=None,
        )
        await self._change_all(
            _CHANGE_SUBSCRIPTION,
            [
                {"the_id": d.id, "the_old_state": d.was, "the_state": d.state, "the_end": d.ended_at}
                for d in old
                if d.is_ours and d.is_moved
            ],
        )
        await self._insert_all(
            import_agreements,
            [{"ref": d.ref, "subscription_id": d.id, **_told(d)} for d in new],
            source=self.source,
        )
        await self._change_all(
            _CHANGE_AGREEMENT,
            [{"the_ref": d.ref, **{f"the_{name}": value for name, value in _told(d).items()}} for d in old],
            the_source=self.source,
        )


def _payment_values(draft: PaymentDraft) -> _Values:
    assert draft.buyer is not None
    return {
        "id": draft.id,
        "purchase_id": draft.purchase_id,
        "customer_id": draft.customer_id,
        "order_id": draft.order_id,
        "state": draft.state,
        "currency": draft.currency,
        "captured_minor": draft.captured_minor,
        "tax_minor": draft.tax_minor,
        "paid_at": draft.paid_at,
        "number": draft.number,
        "processor_id": draft.charge_id or None,
        "buyer": dict(zip(_BUYER, _buyer(draft.buyer), strict=True)),
    }


def _place(place: tuple[int, int]) -> _Values:
    return {"wall": place[0], "number": place[1]}


def _told(draft: AgreementDraft) -> _Values:
    """What the rows say, and up to where."""
    return {"state": draft.state, "ended_at": draft.ended_at, "paid": draft.paid, **_place(draft.place)}


def _subscription_values(draft: AgreementDraft) -> _Values:
    return {
        "id": draft.id,
        "customer_id": draft.customer_id,
        "purchase_id": draft.purchase_id,
        "state": draft.state,
        "ended_at": draft.ended_at,
        "processor_id": draft.processor_id or None,
    }


def _agreement(row: Row[Any]) -> AgreementDraft:
    return AgreementDraft(
        id=row.id,
        ref=row.ref,
        purchase_id=row.purchase_id,
        customer_id=row.customer_id,
        processor_id=row.processor_id or "",
        state=row.state,
        ended_at=row.ended_at,
        place=(row.wall, row.number),
        paid=row.paid,
        was=row.state,
        is_ours=row.state == row.stored_state and row.period_ends_at is None,  # else the processor spoke
    )


def _payment(row: Row[Any]) -> PaymentDraft:
    return PaymentDraft(
        id=row.id,
        purchase_id=row.purchase_id,
        customer_id=row.customer_id,
        product_id=row.product_id,
        order_id=row.order_id,
        state=row.state,
        currency=row.currency,
        captured_minor=row.captured_minor,
        tax_minor=row.tax_minor,
        paid_at=row.paid_at,
        number=row.number,
        charge_id=row.processor_id or "",
        buyer=None,
        returned_minor=row.returned_minor,
        refunded_here=row.refunded_here,
    )
