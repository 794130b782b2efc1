"""Who of the staff may set things up, and when that takes a fresh proof of who they are."""

from datetime import datetime, timedelta

from billing.actors import StaffActor, SystemActor, Via
from billing.errors import Forbidden, ProofNeeded
from billing.ports import UnitOfWork
from billing.records import Staff
from billing.states import Role

MANAGING = frozenset({Role.OWNER, Role.MANAGER})
PROOF_LASTS = timedelta(minutes=5)


async def must_manage(work: UnitOfWork, by: StaffActor | SystemActor) -> Staff | None:
    """Owners and managers set things up; None for a command. Raises `Forbidden`."""
    return await _must_have_role(work, by, MANAGING)


async def must_own(work: UnitOfWork, by: StaffActor | SystemActor) -> Staff | None:
    """Owners alone decide on staff, limits, plan and domain; None for a command. Raises `Forbidden`."""
    return await _must_have_role(work, by, frozenset({Role.OWNER}))


def must_be_proved(by: StaffActor | SystemActor, now: datetime) -> None:
    """Staff, keys, limits, domain and Slack link take a proof of at most 5 minutes. Raises `ProofNeeded`."""
    if isinstance(by, SystemActor):
        return
    if by.via is not Via.WEB or by.proved_at is None or now - by.proved_at > PROOF_LASTS:
        raise ProofNeeded


async def _must_have_role(
    work: UnitOfWork, by: StaffActor | SystemActor, roles: frozenset[Role]
) -> Staff | None:
    if isinstance(by, SystemActor):
        return None
    staff = await work.staff.get(by.staff_id)
    if not staff.active or staff.role not in roles:
        raise Forbidden
    return staff
