"""What is sold: the refund period of each product."""

from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.errors import Forbidden, Invalid
from billing.ids import ProductId
from billing.records import Product
from billing.states import Role

LONGEST_PERIOD = 3650


async def list_products(ctx: Context, *, by: StaffActor | SystemActor) -> tuple[Product, ...]:
    """All products of the account, by name."""
    async with ctx.read(by.account_id) as work:
        return tuple(await work.products.list())


async def set_refund_period(
    ctx: Context, product_id: ProductId, days: int | None, *, by: StaffActor | SystemActor
) -> None:
    """Days after a payment in which it counts as within the period; None: no period. Raises `Invalid`."""
    if days is not None and not 0 <= days <= LONGEST_PERIOD:
        raise Invalid("refund_days", "invalid")
    async with ctx.begin(by.account_id) as work:
        if isinstance(by, StaffActor):
            staff = await work.staff.get(by.staff_id)
            if not staff.active or staff.role not in {Role.OWNER, Role.MANAGER}:
                raise Forbidden
        await work.products.set_refund_days(product_id, days)
        subject = f"product:{product_id.hex}"
        await work.journal.write(by, "product.refund_period_set", subject, at=ctx.now(), facts={"days": days})
