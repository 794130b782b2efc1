"""What is sold: the refund period of each product."""

from dataclasses import dataclass, replace

from billing.actors import StaffActor, SystemActor
from billing.changes import find_changes
from billing.context import Context
from billing.errors import Invalid
from billing.ids import ProductId
from billing.records import Product
from billing.rights import must_manage
from billing.versions import must_be_seen

LONGEST_PERIOD = 3650
PAGE = 100  # products on a page
MOST_SEARCHED = 100  # characters


@dataclass(frozen=True, slots=True)
class ProductList:
    """Some products by name; `number` is the page's, from 1, and `is_more`: there is a next one."""

    products: tuple[Product, ...]
    number: int
    is_more: bool


async def list_products(ctx: Context, *, by: StaffActor | SystemActor) -> tuple[Product, ...]:
    """All products of the account, by name."""
    async with ctx.read(by.account_id) as work:
        return tuple(await work.products.list())


async def find_products(ctx: Context, *, by: StaffActor, words: str = "", number: int = 1) -> ProductList:
    """Those whose name or price point holds these words, `PAGE` at a time. Owners and managers."""
    words = "".join(each for each in words[:MOST_SEARCHED] if each.isprintable()).strip()
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        found = await work.products.find(words, limit=PAGE + 1, offset=(number - 1) * PAGE)
        return ProductList(tuple(found[:PAGE]), number, len(found) > PAGE)


async def show_product(ctx: Context, product_id: ProductId, *, by: StaffActor) -> Product:
    """One of them, for owners and managers; raises `NotFound`, `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return await work.products.get(product_id)


async def set_refund_period(
    ctx: Context,
    product_id: ProductId,
    days: int | None,
    *,
    by: StaffActor | SystemActor,
    seen: str | None = None,
) -> Product:
    """Days after a payment in which it counts as within the period; None: no period, and all are within.

    `seen` is `version_of` the product that the form showed. Raises `Forbidden`, `NotFound`, `Stale` (theirs),
    `Invalid` (refund_days).
    """
    if days is not None and not 0 <= days <= LONGEST_PERIOD:
        raise Invalid("refund_days", "out-of-range", least=0, most=LONGEST_PERIOD)
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        before = must_be_seen(await work.products.get(product_id), seen)
        if days == before.refund_days:
            return before
        await work.products.set_refund_days(product_id, days)
        facts = {"product": before.name, **find_changes({"days": before.refund_days}, {"days": days})}
        subject = f"product:{product_id.hex}"
        await work.journal.write(by, "product.refund_period_set", subject, at=ctx.now(), facts=facts)
        return replace(before, refund_days=days)
