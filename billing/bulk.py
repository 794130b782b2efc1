"""Many requests at once: what deciding them together would mean. Each is then decided by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing import policy
from billing.actors import StaffActor
from billing.approving import must_not_be_disputed
from billing.context import Context
from billing.errors import Invalid, NotFound, Refusal
from billing.ids import RequestId
from billing.money import Money, total
from billing.ports import UnitOfWork
from billing.records import Account, Staff
from billing.views import RequestView

MOST_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class BulkLine:
    """One request of a bulk; `refusal` is why it is left out, None if it would be decided."""

    view: RequestView
    refusal: Refusal | None


@dataclass(frozen=True, slots=True)
class BulkPreview:
    """What would be decided and what not, in the order asked; `totals` has a sum for each currency."""

    account: Account
    lines: tuple[BulkLine, ...]

    @property
    def decidable(self) -> tuple[RequestView, ...]:
        """Those that would be decided."""
        return tuple(line.view for line in self.lines if line.refusal is None)

    @property
    def totals(self) -> tuple[Money, ...]:
        """What would go back, a sum for each currency."""
        amounts = [view.request.amount for view in self.decidable if view.request.amount is not None]
        currencies = {amount.currency.code: amount.currency for amount in amounts}
        return tuple(
            total([amount for amount in amounts if amount.currency == each], each)
            for _, each in sorted(currencies.items())
        )


async def preview_bulk(ctx: Context, request_ids: Sequence[RequestId], *, by: StaffActor) -> BulkPreview:
    """Raises `Invalid` (requests) for none or too many; those of nobody here are left out without a word."""
    wanted = list(dict.fromkeys(request_ids))
    if not wanted:
        raise Invalid("requests", "choice")
    if len(wanted) > MOST_AT_ONCE:
        raise Invalid("requests", "too-many", most=MOST_AT_ONCE)
    async with ctx.read(by.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(by.staff_id)
        lines = [await _line(work, account, staff, request_id) for request_id in wanted]
    return BulkPreview(account, tuple(line for line in lines if line is not None))


async def _line(work: UnitOfWork, account: Account, staff: Staff, request_id: RequestId) -> BulkLine | None:
    try:
        view = await work.requests.get_view(request_id)
    except NotFound:
        return None
    emails = await work.customers.list_email_keys(view.request.customer_id)
    try:
        policy.must_be_pending(view.request)
        policy.must_decide(account, staff, view.request, emails)
        policy.must_be_in_bulk(account, view.request, view.payment)
        await must_not_be_disputed(work, view.request)
    except Refusal as refusal:
        return BulkLine(view, refusal)
    return BulkLine(view, None)
