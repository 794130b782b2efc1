"""The Self billing settings of a surface: what is allowed, and Automated or Manual."""

from billing import plans
from billing.actors import StaffActor, SystemActor
from billing.context import Context
from billing.errors import Forbidden, Invalid
from billing.ids import HelpdeskId
from billing.ports import UnitOfWork
from billing.records import SelfBilling
from billing.states import Handling, Role, Surface


async def show_self_billing(
    ctx: Context, surface: Surface, helpdesk_id: HelpdeskId | None, *, by: StaffActor
) -> SelfBilling:
    """The settings as they are; raises `NotFound`."""
    async with ctx.read(by.account_id) as work:
        return await work.helpdesks.get_self_billing(surface, helpdesk_id)


async def set_self_billing(
    ctx: Context, settings: SelfBilling, *, by: StaffActor | SystemActor
) -> SelfBilling:
    """Owners and managers set them. Manual needs a helpdesk, and a plan that includes one."""
    async with ctx.begin(by.account_id) as work:
        if isinstance(by, StaffActor):
            staff = await work.staff.get(by.staff_id)
            if not staff.active or staff.role not in {Role.OWNER, Role.MANAGER}:
                raise Forbidden
        await _must_have_helpdesk(work, settings)
        await work.helpdesks.put_self_billing(settings)
        facts = {
            "surface": settings.surface.value,
            "refund": settings.refund.value if settings.refund else None,
            "cancel": settings.cancel.value if settings.cancel else None,
            "invoices": settings.invoices,
            "card_update": settings.card_update,
            "cancel_when": settings.cancel_when.value,
            "code_for_documents": settings.code_for_documents.value,
            "code_for_refund": settings.code_for_refund.value,
            "code_for_card": settings.code_for_card.value,
        }
        subject = f"self_billing:{settings.helpdesk_id.hex if settings.helpdesk_id else 'portal'}"
        await work.journal.write(by, "self_billing.set", subject, at=ctx.now(), facts=facts)
        return settings


async def _must_have_helpdesk(work: UnitOfWork, settings: SelfBilling) -> None:
    if Handling.MANUAL not in {settings.refund, settings.cancel}:
        return
    plans.must_have_helpdesks(await work.accounts.get())
    if settings.ticket_helpdesk_id is None:
        raise Invalid("ticket_helpdesk_id", "missing")
    helpdesk = await work.helpdesks.get(settings.ticket_helpdesk_id)
    if helpdesk.archived_at is not None:
        raise Invalid("ticket_helpdesk_id", "unknown")
