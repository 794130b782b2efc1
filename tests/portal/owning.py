"""A domain of a merchant's own, as if its record had been found."""

from billing.actors import SystemActor
from billing.domains import add_domain, record_domain_look, release_domain
from billing.merchant import Domain
from tests.portal.merchant import Merchant
from tests.portal.site import Site

HOST = "billing.acme.example"


async def own(site: Site, host: str, merchant: Merchant | None = None, *, is_proved: bool = True) -> Domain:
    """Added, and proved unless said otherwise; acme's unless told."""
    by = SystemActor((merchant or site.acme).account.id, "test", "test")
    domain = await add_domain(site.ctx, host, by=by)
    return await record_domain_look(site.ctx, domain.id, "", by=by) if is_proved else domain


async def release(site: Site, domain: Domain) -> Domain:
    """Given up."""
    return await release_domain(site.ctx, by=SystemActor(domain.account_id, "test", "test"))
