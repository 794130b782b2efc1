"""The merchant's own domains."""

from sqlalchemy import bindparam, select, update
from sqlalchemy.exc import IntegrityError

from billing.errors import Invalid
from billing.ids import DomainId
from billing.merchant import Domain
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.places import HELD, PROVED, domains

_d = domains.c
_DOMAIN = Shape(
    (
        _d.id,
        _d.account_id,
        _d.host,
        _d.token,
        _d.added_at,
        _d.checked_at,
        _d.problem,
        _d.proved_at,
        _d.released_at,
    ),
    Domain,
)
_ALL = select(*_DOMAIN.columns).where(_d.account_id == ACCOUNT)
_ONE = _ALL.where(_d.id == bindparam("domain_id"))
_HELD = _ALL.where(HELD)
_TAKEN = select(_d.id).where(_d.host == bindparam("the_host"), PROVED, _d.account_id != ACCOUNT)


class StoredDomains(Bound):
    """`billing.ports.Domains`."""

    async def get(self, domain_id: DomainId) -> Domain:
        """Raises `NotFound`."""
        return await self._get(_DOMAIN, _ONE, domain_id=domain_id)

    async def find_held(self) -> Domain | None:
        """The one that is waiting or proved."""
        return await self._find(_DOMAIN, _HELD)

    async def add(self, domain: Domain) -> None:
        """One more; the table refuses a second one that is held."""
        await self._insert(domains, plain_values(domain))

    async def save(self, domain: Domain) -> None:
        """Raises `Invalid` where another account proved it since we looked."""
        values = plain_values(domain, "id", "account_id", "host", "token", "added_at")
        change = update(domains).where(_d.account_id == self.account_id, _d.id == domain.id)
        try:
            await self.connection.execute(change.values(**values))
        except IntegrityError:
            raise Invalid("host", "taken") from None

    async def is_taken(self, host: str) -> bool:
        """By whom is not told."""
        return bool(await self._rows(_TAKEN, the_host=host))
