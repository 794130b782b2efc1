"""Looking at the first run: which items of the checklist are done."""

from billing.actors import StaffActor
from billing.checklist import Checklist, make_checklist
from billing.context import Context
from billing.rights import must_manage


async def show_checklist(ctx: Context, *, by: StaffActor) -> Checklist:
    """For owners and managers; raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return make_checklist(await work.accounts.get(), await work.setup.read_facts())
