"""*Who is who*: staff members beside the Slack users whom they are confirmed to be."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.actors import StaffActor
from billing.context import Context
from billing.edges import SlackLink
from billing.errors import Forbidden
from billing.ids import StaffId
from billing.ports import UnitOfWork
from billing.records import Staff
from billing.rights import MANAGING, must_manage
from billing.slack.records import Installation, LinkOffer, SlackProfile
from billing.states import Role


@dataclass(frozen=True, slots=True)
class Pair:
    """One line of *Who is who*: a staff member, and who they are in the connected workspace.

    `profile`: what Slack last said of that user. `offer`: what was sent to them and not answered yet.
    """

    staff: Staff
    link: SlackLink | None
    profile: SlackProfile | None
    offer: LinkOffer | None
    may_change: bool


@dataclass(frozen=True, slots=True)
class Pairs:
    """All of them; `installation` None: no workspace is connected."""

    installation: Installation | None
    pairs: Sequence[Pair]


@dataclass(frozen=True, slots=True)
class PairView:
    """One of them, with the people who may be asked; none without a workspace."""

    installation: Installation | None
    pair: Pair
    people: Sequence[SlackProfile]


async def list_pairs(ctx: Context, *, by: StaffActor) -> Pairs:
    """Everybody who works here, and whoever is linked although they left. Raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        asking = await must_manage(work, by)
        assert asking is not None, "commands do not come this way"
        installation = await work.installations.find_live()
        found = await _read_pairs(ctx, work, installation, await work.staff.list(), asking)
        return Pairs(installation, [each for each in found if each.staff.active or each.link is not None])


async def show_pair(ctx: Context, staff_id: StaffId, *, by: StaffActor) -> PairView:
    """One's own, or for owners and managers anybody's. Raises `Forbidden` and `NotFound`."""
    async with ctx.read(by.account_id) as work:
        asking, staff = await work.staff.get(by.staff_id), await work.staff.get(staff_id)
        if staff_id != by.staff_id and asking.role not in MANAGING:
            raise Forbidden
        installation = await work.installations.find_live()
        (pair,) = await _read_pairs(ctx, work, installation, [staff], asking)
        if installation is None:
            return PairView(None, pair, ())
        people = await work.channels.list_profiles(installation.team_id)
        taken = {(each.team_id, each.user_id) for each in await work.channels.list_links()}
        fit = [p for p in people if p.outsider is None and (p.team_id, p.user_id) not in taken]
        return PairView(installation, pair, sorted(fit, key=lambda p: (p.name.casefold(), p.user_id)))


async def _read_pairs(
    ctx: Context,
    work: UnitOfWork,
    installation: Installation | None,
    people: Sequence[Staff],
    asking: Staff,
) -> list[Pair]:
    team_id = installation.team_id if installation is not None else ""
    links = {each.staff_id: each for each in await work.channels.list_links() if each.team_id == team_id}
    offers = {each.staff_id: each for each in reversed(await work.channels.list_open_offers(at=ctx.now()))}
    profiles: dict[str, SlackProfile] = {}
    for user_id in (links[each.id].user_id for each in people if each.id in links):
        if (profile := await work.channels.find_profile(team_id, user_id)) is not None:
            profiles[user_id] = profile
    return [
        Pair(
            staff=each,
            link=(link := links.get(each.id)),
            profile=profiles.get(link.user_id) if link is not None else None,
            offer=offers.get(each.id) if link is None else None,
            may_change=asking.role is Role.OWNER or asking.id == each.id,
        )
        for each in people
    ]
