"""Sales by the processor's own ids, many at a time: found, made, linked."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, delete, exists, func, select, update

from billing import records as r
from billing.emails import email_key
from billing.ids import CustomerId, ProductId, PurchaseId
from billing.money import Money
from billing.names import name_words
from billing.ports.processing_syncs import (
    KnownAgreement,
    KnownCustomer,
    KnownPayment,
    NewSales,
    ProductKey,
)
from billing.processing.records import KnownInvoice
from storage.bound import ACCOUNT
from storage.bulk import InBulk
from storage.order_ids import StoredOrderIds
from storage.papers import StoredPapers, read_lines, write_lines
from storage.reports import forget_days
from storage.rows import (
    customer_values,
    payment_values,
    plain_values,
    product_values,
    purchase_values,
    subscription_values,
)
from storage.shapes import REFUND, SUBSCRIPTION, currency_of
from storage.tables.imports import import_agreements, import_customers, import_rows
from storage.tables.papers import processor_lines
from storage.tables.processing import processor_customers, processor_invoices, processor_products
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
from storage.types import Id

_c, _e, _p, _s, _f = customers.c, customer_emails.c, payments.c, subscriptions.c, refunds.c
_l, _i, _g, _d = processor_customers.c, processor_invoices.c, processor_products.c, products.c
_ic, _ia, _ir = import_customers.c, import_agreements.c, import_rows.c

_of_import = exists().where(_ic.account_id == _c.account_id, _ic.customer_id == _c.id)
_told_by_import = exists().where(_ia.account_id == _s.account_id, _ia.subscription_id == _s.id)
_CHANGE_CUSTOMER = (
    update(customers)
    .where(_c.account_id == ACCOUNT, _c.id == bindparam("the_id", type_=Id()))
    .values(name=bindparam("the_name"), email=bindparam("the_email"), locale=bindparam("the_locale"))
)
_MOVE_LINK = (
    update(processor_customers)
    .where(_l.account_id == ACCOUNT, _l.processor_id == bindparam("the_processor_id"))
    .values(customer_id=bindparam("the_customer", type_=Id()))
)


@dataclass(frozen=True)
class StoredSyncedSales(InBulk):
    """`billing.ports.processing_syncs.SyncedSales`."""

    async def hold(self) -> None:
        """By the row of the account's Order IDs, which whoever makes payments needs anyway."""
        await self._expect_many()
        await StoredOrderIds(self.connection, self.account_id).take(0)

    async def find_links(self, processor_ids: Collection[str]) -> dict[str, CustomerId]:
        """Which of ours these customers of the processor are."""
        mine = select(_l.processor_id, _l.customer_id).where(_l.account_id == self.account_id)
        return {
            row.processor_id: row.customer_id async for row in self._by(mine, _l.processor_id, processor_ids)
        }

    async def find_customers(self, email_keys: Collection[str]) -> dict[str, CustomerId]:
        """Whoever has this e-mail and no other, or is called so by an export; of several the least id."""
        mine = (
            select(_e.email_key, _e.customer_id, _c.email)
            .join(customers, (_c.account_id == _e.account_id) & (_c.id == _e.customer_id))
            .where(_e.account_id == self.account_id)
        )
        rows = [row async for row in self._by(mine, _e.email_key, email_keys)]
        keys = await self.list_email_keys({row.customer_id for row in rows})
        imported = await self.find_imported({each for each, theirs in keys.items() if len(theirs) > 1})
        found: dict[str, CustomerId] = {}
        for row in rows:
            is_called_so = row.customer_id in imported and email_key(row.email) == row.email_key
            if len(keys[row.customer_id]) > 1 and not is_called_so:
                continue
            found[row.email_key] = min(found.get(row.email_key, row.customer_id), row.customer_id)
        return found

    async def find_imported(self, ids: Collection[CustomerId]) -> set[CustomerId]:
        """Those of them whom an export brought; looked through once, as no index leads there."""
        mine = select(_ic.customer_id).where(_ic.account_id == self.account_id)
        return {row.customer_id async for row in self._by(mine, _ic.customer_id, ids)}

    async def list_links(self, ids: Collection[CustomerId]) -> dict[CustomerId, set[str]]:
        """Which customers of the processor each of ours is."""
        mine = select(_l.processor_id, _l.customer_id).where(_l.account_id == self.account_id)
        found: dict[CustomerId, set[str]] = {each: set() for each in ids}
        async for row in self._by(mine, _l.customer_id, ids):
            found[row.customer_id].add(row.processor_id)
        return found

    async def get_customers(self, ids: Collection[CustomerId]) -> dict[CustomerId, KnownCustomer]:
        """As they are stored."""
        mine = select(_c.id, _c.name, _c.email, _c.locale, _of_import.label("is_imported")).where(
            _c.account_id == self.account_id
        )
        return {
            row.id: KnownCustomer(row.id, row.name, row.email, row.locale, bool(row.is_imported))
            async for row in self._by(mine, _c.id, ids)
        }

    async def list_email_keys(self, ids: Collection[CustomerId]) -> dict[CustomerId, set[str]]:
        """All that these customers bought with."""
        mine = select(_e.customer_id, _e.email_key).where(_e.account_id == self.account_id)
        found: dict[CustomerId, set[str]] = {each: set() for each in ids}
        async for row in self._by(mine, _e.customer_id, ids):
            found[row.customer_id].add(row.email_key)
        return found

    async def find_products(self, source: str, keys: Collection[ProductKey]) -> dict[ProductKey, ProductId]:
        """By the source's words, which stay when the merchant renames the product; else by their own."""
        links = select(_g.name, _g.price_point, _g.product_id).where(
            _g.account_id == self.account_id, _g.source == source
        )
        found = {
            (row.name, row.price_point): row.product_id
            async for row in self._by(links, _g.name, {name for name, _ in keys})
        }
        others = select(_d.name, _d.price_point, _d.id).where(_d.account_id == self.account_id)
        missing = {name for name, point in keys if (name, point) not in found}
        async for row in self._by(others, _d.name, missing):
            found.setdefault((row.name, row.price_point), row.id)
        return {key: found[key] for key in keys if key in found}

    async def find_linked_products(self, source: str, keys: Collection[ProductKey]) -> set[ProductKey]:
        """Those of these words that lead to a product already."""
        links = select(_g.name, _g.price_point).where(_g.account_id == self.account_id, _g.source == source)
        found = {
            (row.name, row.price_point) async for row in self._by(links, _g.name, {name for name, _ in keys})
        }
        return found & set(keys)

    async def count_products(self, source: str) -> int:
        """How many words of the source are linked."""
        counted = select(func.count(_g.name)).where(_g.account_id == self.account_id, _g.source == source)
        return int((await self.connection.execute(counted)).scalar_one())

    async def find_agreements(self, processor_ids: Collection[str]) -> dict[str, KnownAgreement]:
        """Subscriptions that the processor calls so."""
        mine = select(*SUBSCRIPTION.columns, _told_by_import).where(_s.account_id == self.account_id)
        found: dict[str, KnownAgreement] = {}
        async for row in self._by(mine, _s.processor_id, processor_ids):
            subscription = SUBSCRIPTION.read(row)
            assert subscription.processor_id is not None
            found[subscription.processor_id] = KnownAgreement(subscription, bool(row[-1]))
        return found

    async def find_payments(self, processor_ids: Collection[str]) -> dict[str, KnownPayment]:
        """Payments that the processor calls so; of several the newest."""
        mine = (
            select(_p.id, _p.purchase_id, _p.customer_id, _p.processor_id, _p.state, _p.order_id)
            .where(_p.account_id == self.account_id)
            .order_by(_p.paid_at)
        )
        rows = [row async for row in self._by(mine, _p.processor_id, processor_ids)]
        told = await self._told_by_import({row.order_id for row in rows if row.order_id})
        return {
            row.processor_id: KnownPayment(
                id=row.id,
                purchase_id=row.purchase_id,
                customer_id=row.customer_id,
                processor_id=row.processor_id,
                state=row.state,
                order_id=row.order_id,
                is_imported=row.order_id in told,
            )
            for row in rows
        }

    async def _told_by_import(self, order_ids: Collection[str]) -> set[str]:
        """An Order ID that an export brought is the number of one of its rows."""
        numbers = {int(each) for each in order_ids if each.isdecimal() and len(each) <= 18 and each[0] != "0"}
        mine = select(_ir.number).where(_ir.account_id == self.account_id)
        return {str(row.number) async for row in self._by(mine, _ir.number, numbers)}

    async def find_recurring(self, purchase_ids: Collection[PurchaseId]) -> set[PurchaseId]:
        """Those that have a subscription."""
        mine = select(_s.purchase_id).where(_s.account_id == self.account_id)
        return {row[0] async for row in self._by(mine, _s.purchase_id, purchase_ids)}

    async def keep_invoices(self, invoices: Sequence[KnownInvoice]) -> int:
        """Anew, where one is known: its tax may have been corrected."""
        intents = {each.payment_intent: each for each in invoices}
        known = await self.find_invoices(intents)
        new = [each for intent, each in intents.items() if known.get(intent) != each]
        rows = [_invoice_values(each) for each in new]
        await self._insert_all(processor_invoices, rows, again=_AGAIN)
        told = [{"payment_intent": e.payment_intent, "lines": write_lines(e.lines)} for e in new if e.lines]
        await self._insert_all(processor_lines, told, again=("lines",))
        return len(intents.keys() - known.keys())

    async def find_invoices(self, payment_intents: Collection[str]) -> dict[str, KnownInvoice]:
        """What invoices say of the charges of these payment intents."""
        mine = (
            select(processor_invoices, processor_lines.c.lines)
            .outerjoin(
                processor_lines,
                (processor_lines.c.account_id == _i.account_id)
                & (processor_lines.c.payment_intent == _i.payment_intent),
            )
            .where(_i.account_id == self.account_id)
        )
        return {
            row.payment_intent: _invoice(row)
            async for row in self._by(mine, _i.payment_intent, payment_intents)
        }

    async def add(self, sales: NewSales) -> None:
        """In the order in which keys point."""
        await self._insert_all(customers, [customer_values(each) for each in sales.customers])
        await self._change_all(
            _CHANGE_CUSTOMER,
            [
                {"the_id": c.id, "the_name": c.name, "the_email": c.email, "the_locale": c.locale}
                for c in sales.changed_customers
            ],
        )
        await self._insert_all(
            customer_emails,
            [{"customer_id": owner, "email_key": key} for owner, key in sorted(sales.email_keys)],
            again=(),
        )
        words = [
            (each.id, word)
            for each in (*sales.customers, *sales.changed_customers)
            for word in name_words(each.name)
        ]
        await self._insert_all(
            customer_words, [{"customer_id": owner, "word": word} for owner, word in words], again=()
        )
        await self._insert_all(processor_customers, [plain_values(each) for each in sales.links])
        await self._change_all(
            _MOVE_LINK,
            [
                {"the_processor_id": each.processor_id, "the_customer": each.customer_id}
                for each in sales.moved_links
            ],
        )
        await self._insert_all(products, [product_values(each) for each in sales.products])
        await self._insert_all(processor_products, [plain_values(each) for each in sales.product_links])
        await self._insert_all(purchases, [purchase_values(each) for each in sales.purchases])
        await self._insert_all(subscriptions, [subscription_values(each) for each in sales.subscriptions])
        await self._insert_all(payments, [payment_values(each) for each in sales.payments])
        await StoredPapers(self.connection, self.account_id).keep_snapshots(sales.snapshots)
        await forget_days(self.connection, self.account_id, [each.paid_at for each in sales.payments])

    async def drop_empty_customer(self, customer_id: CustomerId) -> bool:
        """Only one that a page of the processor's made, and that nothing points to."""
        has_bought = select(purchases.c.id).where(
            purchases.c.account_id == self.account_id, purchases.c.customer_id == customer_id
        )
        is_linked = select(_l.processor_id).where(
            _l.account_id == self.account_id, _l.customer_id == customer_id
        )
        is_imported = select(_ic.ref).where(_ic.account_id == self.account_id, _ic.customer_id == customer_id)
        for reason in (has_bought, is_linked, is_imported):
            if (await self.connection.execute(reason.limit(1))).first() is not None:
                return False
        for table in (customer_words, customer_emails):
            await self.connection.execute(
                delete(table).where(table.c.account_id == self.account_id, table.c.customer_id == customer_id)
            )
        await self.connection.execute(
            delete(customers).where(_c.account_id == self.account_id, _c.id == customer_id)
        )
        return True

    async def find_refunds(self, processor_ids: Collection[str]) -> dict[str, r.Refund]:
        """Those that the processor calls so."""
        mine = select(*REFUND.columns).where(_f.account_id == self.account_id)
        rows = [row async for row in self._by(mine, _f.processor_id, processor_ids)]
        return {row.processor_id: REFUND.read(row) for row in rows}


_AGAIN = (
    "invoice",
    "subscription",
    "product",
    "price_point",
    "number",
    "total_minor",
    "tax_minor",
    "currency",
)


def _invoice_values(invoice: KnownInvoice) -> dict[str, Any]:
    return {
        **plain_values(invoice, "total", "tax", "lines"),
        "total_minor": invoice.total.minor,
        "tax_minor": invoice.tax.minor,
        "currency": (invoice.total + invoice.tax).currency.code,
    }


def _invoice(row: Row[Any]) -> KnownInvoice:
    currency = currency_of(row.currency)
    return KnownInvoice(
        account_id=row.account_id,
        payment_intent=row.payment_intent,
        invoice=row.invoice,
        subscription=row.subscription,
        product=row.product,
        price_point=row.price_point,
        number=row.number,
        total=Money(row.total_minor, currency),
        tax=Money(row.tax_minor, currency),
        lines=read_lines(row.lines or ()),
    )
