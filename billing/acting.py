"""Staff who act for a customer: as whom they come, whether they may, and how it is recorded."""

from billing import policy
from billing.actors import CustomerActor, StaffActor
from billing.approving import find_payment
from billing.context import Context
from billing.emails import mask_email
from billing.errors import AboveLimit, Forbidden
from billing.ids import CustomerId, PaymentId, RequestId, SubscriptionId
from billing.money import Money
from billing.ports import UnitOfWork
from billing.records import Customer, Facts, Request, Staff
from billing.states import Role, Surface


async def stand_in_for_payment(ctx: Context, payment_id: PaymentId, *, by: StaffActor) -> CustomerActor:
    """Its customer, with `by` acting for them; raises `NotFound`."""
    async with ctx.read(by.account_id) as work:
        return stand_in((await work.purchases.get_payment(payment_id)).customer_id, by=by)


async def stand_in_for_subscription(
    ctx: Context, subscription_id: SubscriptionId, *, by: StaffActor
) -> CustomerActor:
    """Its customer, with `by` acting for them; raises `NotFound`."""
    async with ctx.read(by.account_id) as work:
        return stand_in((await work.purchases.get_subscription(subscription_id)).customer_id, by=by)


async def stand_in_for_request(ctx: Context, request_id: RequestId, *, by: StaffActor) -> CustomerActor:
    """Its customer, with `by` acting for them; raises `NotFound`."""
    async with ctx.read(by.account_id) as work:
        return stand_in((await work.requests.get(request_id)).customer_id, by=by)


def stand_in(customer_id: CustomerId, *, by: StaffActor) -> CustomerActor:
    """The customer as if on the portal, by whose policy it goes; whether they may is asked when they act."""
    return CustomerActor(
        account_id=by.account_id,
        customer_id=customer_id,
        surface=Surface.PORTAL,
        helpdesk_id=None,
        proved=True,
        client=by.client,
        trace_id=by.trace_id,
        acting=by,
    )


async def get_represented(ctx: Context, *, by: CustomerActor) -> Customer:
    """The customer for whom somebody acts."""
    async with ctx.read(by.account_id) as work:
        return await work.customers.get(by.customer_id)


async def must_act(work: UnitOfWork, by: CustomerActor) -> None:
    """Customers may act for themselves, and for them who decides; raises `Forbidden` for others."""
    if by.acting is not None and not may_act(await work.staff.get(by.acting.staff_id)):
        raise Forbidden


def may_act(staff: Staff) -> bool:
    """Whether they may act for customers at all, whatever the amount."""
    return staff.active and staff.role is not Role.VIEWER


async def must_act_alone(work: UnitOfWork, by: StaffActor, request: Request) -> None:
    """What would be done at once is as good as approved by whoever asks: role and limit are the same.

    Raises `Forbidden`, `OwnRequest` or `AboveLimit` (limit), also above what takes two people.
    """
    staff, account = await work.staff.get(by.staff_id), await work.accounts.get()
    emails = await work.customers.list_email_keys(request.customer_id)
    policy.must_decide(account, staff, request, emails)
    alone = account.two_people_above_minor
    paid = await find_payment(work, request)
    if alone is not None and policy.needs_two(account, request.amount, paid):
        raise AboveLimit(limit=Money(alone, account.currency))


async def who_acts(work: UnitOfWork, by: CustomerActor) -> tuple[str, Facts]:
    """The name that is kept with a step; with staff it is theirs, and the facts say for whom."""
    customer = await work.customers.get(by.customer_id)
    if by.acting is None:
        return customer.name, {}
    staff = await work.staff.get(by.acting.staff_id)
    return staff.name, {"for_customer": customer.name or mask_email(customer.email)}
