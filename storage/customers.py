"""Customers, found by what they know: an Order ID and an e-mail seen on a payment."""

from sqlalchemy import bindparam, select, update

from billing import records as r
from billing.errors import NotFound
from billing.ids import CustomerId
from storage.bound import ACCOUNT, Bound
from storage.shapes import CUSTOMER
from storage.tables.sales import customer_emails, customers, payments

_c, _e, _p = customers.c, customer_emails.c, payments.c
_BY_KEY = (
    select(*CUSTOMER.columns)
    .join(customer_emails, (_e.account_id == _c.account_id) & (_e.customer_id == _c.id))
    .where(_e.account_id == ACCOUNT, _e.email_key == bindparam("the_key"))
)
_ONE = select(*CUSTOMER.columns).where(_c.account_id == ACCOUNT, _c.id == bindparam("customer_id"))
_BY_PAIR = _BY_KEY.join(payments, (_p.account_id == _c.account_id) & (_p.customer_id == _c.id)).where(
    _p.account_id == ACCOUNT, _p.order_id == bindparam("the_order")
)
_KEYS = (
    select(_e.email_key)
    .where(_e.account_id == ACCOUNT, _e.customer_id == bindparam("customer_id"))
    .order_by(_e.email_key)
)


class StoredCustomers(Bound):
    """`billing.ports.Customers`."""

    async def get(self, customer_id: CustomerId) -> r.Customer:
        """Raises `NotFound`."""
        return await self._get(CUSTOMER, _ONE, customer_id=customer_id)

    async def find_by_pair(self, order_id: str, email_key: str) -> r.Customer | None:
        """Whoever has both; neither alone tells anything."""
        return await self._find(CUSTOMER, _BY_PAIR, the_order=order_id, the_key=email_key)

    async def list_by_email(self, email_key: str) -> list[r.Customer]:
        """All that bought with this address."""
        found = await self._list(CUSTOMER, _BY_KEY, the_key=email_key)
        return sorted(found, key=lambda customer: customer.id)

    async def list_email_keys(self, customer_id: CustomerId) -> list[str]:
        """All addresses that this customer bought with."""
        return [row[0] for row in await self._rows(_KEYS, customer_id=customer_id)]

    async def set_locale(self, customer_id: CustomerId, locale: str) -> None:
        """The language they chose; raises `NotFound`."""
        changed = await self._change(
            update(customers)
            .where(_c.account_id == self.account_id, _c.id == customer_id)
            .values(locale=locale)
            .returning(_c.id)
        )
        if changed is None:
            raise NotFound
