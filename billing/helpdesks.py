"""Helpdesks: create one, and what its wizard sets: details, billing section, team, appearance."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from billing import plans
from billing.accounts import first_self_billing
from billing.actors import StaffActor, SystemActor
from billing.changes import find_changes
from billing.context import Context
from billing.errors import InUse, Invalid
from billing.files import CheckedFile
from billing.ids import HelpdeskId, StaffId
from billing.logos import next_logo, read_logo
from billing.ports import UnitOfWork
from billing.records import Account, Department, Facts, Helpdesk, SelfBilling, Staff
from billing.rights import must_manage
from billing.slack.picking import find_channel, leave_trouble
from billing.states import Handling
from billing.texts import checked_text
from billing.versions import must_be_seen

Setter = StaffActor | SystemActor

MOST_NAME = 80
MOST_WELCOME = 1000
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_COLOUR = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Details:
    """The first step of the wizard: its name, and the last part of its address."""

    name: str
    slug: str


@dataclass(frozen=True, slots=True)
class Shown:
    """Whether the billing section, My Orders, is displayed."""

    billing: bool


@dataclass(frozen=True, slots=True)
class Workers:
    """Who works there (nobody chosen: everybody does), and the Slack channel that hears of its tickets."""

    team: frozenset[StaffId]
    slack_channel: str | None


@dataclass(frozen=True, slots=True)
class Appearance:
    """What customers see first; `colour` None is the account's."""

    welcome: str
    colour: str | None


@dataclass(frozen=True, slots=True)
class HelpdeskSetup:
    """A helpdesk with all that its wizard shows; departments that are archived are left out."""

    account: Account
    helpdesk: Helpdesk
    departments: tuple[Department, ...]
    settings: SelfBilling
    team: frozenset[StaffId]
    staff: tuple[Staff, ...]  # the active ones, by name
    open_tickets: int
    used_by: tuple[SelfBilling, ...]  # other surfaces whose Manual tickets open here

    @property
    def details(self) -> Details:
        """What the first step shows."""
        return Details(self.helpdesk.name, self.helpdesk.slug)

    @property
    def shown(self) -> Shown:
        """What the Self Billing step shows first."""
        return Shown(self.helpdesk.billing_shown)

    @property
    def workers(self) -> Workers:
        """What the step of team and Slack shows."""
        return Workers(self.team, self.helpdesk.slack_channel)

    @property
    def appearance(self) -> Appearance:
        """What the step of appearance shows, without the logo."""
        return Appearance(self.helpdesk.welcome, self.helpdesk.colour)


async def list_helpdesks(ctx: Context, *, by: StaffActor) -> tuple[HelpdeskSetup, ...]:
    """All of the account, by name, the archived too. Owners and managers; raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return tuple([await _setup(work, each) for each in await work.helpdesks.list()])


async def show_helpdesk(ctx: Context, helpdesk_id: HelpdeskId, *, by: StaffActor) -> HelpdeskSetup:
    """One with all that its wizard shows; raises `NotFound`, `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return await _setup(work, await work.helpdesks.get(helpdesk_id))


async def _setup(work: UnitOfWork, helpdesk: Helpdesk) -> HelpdeskSetup:
    departments = await work.helpdesks.list_departments(helpdesk.id)
    surfaces = await work.helpdesks.list_self_billing()
    return HelpdeskSetup(
        account=await work.accounts.get(),
        helpdesk=helpdesk,
        departments=tuple(each for each in departments if each.archived_at is None),
        settings=next(each for each in surfaces if each.helpdesk_id == helpdesk.id),
        team=frozenset(await work.helpdesks.list_team(helpdesk.id)),
        staff=tuple(each for each in await work.staff.list() if each.active),
        open_tickets=(await work.helpdesks.count_open_tickets()).get(helpdesk.id, 0),
        used_by=await _surfaces_that_need(work, helpdesk.id),
    )


async def add_helpdesk(
    ctx: Context, helpdesk: Helpdesk, departments: Sequence[Department], *, by: Setter, once_key: str = ""
) -> Helpdesk:
    """With Manual refund and cancel, its tickets opening in it; raises `NotInPlan`, `Invalid`, `Repeated`."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        if once_key:
            await work.once.claim(once_key, helpdesk.id, at=ctx.now())
        account = await work.accounts.hold()
        await _must_have_room(work, account)
        details = _checked(Details(helpdesk.name, helpdesk.slug))
        if await work.helpdesks.find_by_slug(details.slug) is not None:
            raise Invalid("slug", "taken")
        helpdesk = replace(helpdesk, name=details.name, slug=details.slug)
        await work.helpdesks.add(helpdesk, departments)
        settings = first_self_billing(account, helpdesk.id, Handling.MANUAL)
        first = departments[0].id if departments else None
        await work.helpdesks.put_self_billing(replace(settings, ticket_department_id=first))
        await _tell(ctx, work, helpdesk, "helpdesk.added", by=by, facts={"slug": helpdesk.slug})
        return helpdesk


async def set_details(
    ctx: Context, helpdesk_id: HelpdeskId, details: Details, *, by: Setter, seen: str | None = None
) -> Helpdesk:
    """Its name and address; raises `Invalid` (name, slug), `Stale`."""

    def change(helpdesk: Helpdesk) -> Helpdesk:
        must_be_seen(Details(helpdesk.name, helpdesk.slug), seen)
        checked = _checked(details)
        return replace(helpdesk, name=checked.name, slug=checked.slug)

    return await _change(ctx, helpdesk_id, change, "helpdesk.named", by=by)


async def set_shown(
    ctx: Context, helpdesk_id: HelpdeskId, shown: Shown, *, by: Setter, seen: str | None = None
) -> Helpdesk:
    """Whether My Orders is displayed; without it customers find their tickets alone. Raises `Stale`."""

    def change(helpdesk: Helpdesk) -> Helpdesk:
        must_be_seen(Shown(helpdesk.billing_shown), seen)
        return replace(helpdesk, billing_shown=shown.billing)

    return await _change(ctx, helpdesk_id, change, "helpdesk.billing_shown", by=by)


async def set_appearance(
    ctx: Context,
    helpdesk_id: HelpdeskId,
    appearance: Appearance,
    *,
    by: Setter,
    seen: str | None = None,
    logo: CheckedFile | None = None,
    without_logo: bool = False,
) -> Helpdesk:
    """Welcome text, colour, and a new logo or none; raises `Invalid` (welcome, colour), `Stale`."""
    welcome = checked_text("welcome", appearance.welcome, most=MOST_WELCOME, required=False)
    colour = _checked_colour(appearance.colour)

    def change(helpdesk: Helpdesk) -> Helpdesk:
        must_be_seen(Appearance(helpdesk.welcome, helpdesk.colour), seen)
        digest = next_logo(helpdesk.logo, logo, without=without_logo)
        return replace(helpdesk, welcome=welcome, colour=colour, logo=digest)

    return await _change(ctx, helpdesk_id, change, "helpdesk.dressed", by=by, logo=logo)


async def set_workers(
    ctx: Context, helpdesk_id: HelpdeskId, workers: Workers, *, by: Setter, seen: str | None = None
) -> Helpdesk:
    """Who works there, and its Slack channel; raises `Invalid` (team, slack_channel), `Stale`."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        channel = await find_channel(work, workers.slack_channel or "")
        helpdesk = await work.helpdesks.get(helpdesk_id)
        team = frozenset(await work.helpdesks.list_team(helpdesk_id))
        must_be_seen(Workers(team, helpdesk.slack_channel), seen)
        known = {each.id for each in await work.staff.list() if each.active}
        if not workers.team <= known | team:
            raise Invalid("team", "unknown")
        if workers.team == team and channel == helpdesk.slack_channel:
            return helpdesk
        before: Facts = {"slack_channel": helpdesk.slack_channel, "people": len(team)}
        after: Facts = {"slack_channel": channel, "people": len(workers.team)}
        await work.helpdesks.put_team(helpdesk_id, sorted(workers.team))
        earlier, helpdesk = helpdesk, replace(helpdesk, slack_channel=channel)
        await work.helpdesks.save(helpdesk)
        await leave_trouble(work, earlier, helpdesk, at=ctx.now(), trace_id=by.trace_id)
        facts = find_changes(before, after)
        await _tell(ctx, work, helpdesk, "helpdesk.staffed", by=by, facts=facts)
        return helpdesk


async def archive_helpdesk(ctx: Context, helpdesk_id: HelpdeskId, *, by: Setter) -> Helpdesk:
    """Customers find nothing there any more; its tickets stay readable in the desk.

    Raises `InUse` (what, surfaces) while another surface's Manual tickets open there.
    """
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        helpdesk = await work.helpdesks.get(helpdesk_id)
        if helpdesk.archived_at is not None:
            return helpdesk
        if surfaces := await _surfaces_that_need(work, helpdesk_id):
            raise InUse(what="helpdesk", surfaces=surfaces)
        helpdesk = replace(helpdesk, archived_at=ctx.now())
        await work.helpdesks.save(helpdesk)
        await _tell(ctx, work, helpdesk, "helpdesk.archived", by=by, facts={"slug": helpdesk.slug})
        return helpdesk


async def restore_helpdesk(ctx: Context, helpdesk_id: HelpdeskId, *, by: Setter) -> Helpdesk:
    """An archived one is open again; raises `NotInPlan` where the plan has no room for it."""
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        account = await work.accounts.hold()
        helpdesk = await work.helpdesks.get(helpdesk_id)
        if helpdesk.archived_at is None:
            return helpdesk
        await _must_have_room(work, account)
        helpdesk = replace(helpdesk, archived_at=None)
        await work.helpdesks.save(helpdesk)
        await _tell(ctx, work, helpdesk, "helpdesk.restored", by=by, facts={"slug": helpdesk.slug})
        return helpdesk


async def show_logo(ctx: Context, helpdesk: Helpdesk) -> bytes:
    """The helpdesk's picture, a PNG; raises `NotFound` where it has none."""
    async with ctx.read(helpdesk.account_id) as work:
        return await read_logo(work, helpdesk.logo)


async def _change(
    ctx: Context,
    helpdesk_id: HelpdeskId,
    change: Callable[[Helpdesk], Helpdesk],
    verb: str,
    *,
    by: Setter,
    logo: CheckedFile | None = None,
) -> Helpdesk:
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        await work.accounts.hold()
        before = await work.helpdesks.get(helpdesk_id)
        after = change(before)
        if logo is not None and after.logo is not None:
            await work.helpdesks.put_logo(after.logo, logo.media_type, logo.content)
        if after != before:
            await work.helpdesks.save(after)
            await _tell(ctx, work, after, verb, by=by, facts=find_changes(_facts(before), _facts(after)))
        return after


def _facts(helpdesk: Helpdesk) -> Facts:
    """What the journal tells of its settings; of a long text, how long it is."""
    return {
        "name": helpdesk.name,
        "slug": helpdesk.slug,
        "billing_shown": helpdesk.billing_shown,
        "colour": helpdesk.colour,
        "logo": helpdesk.logo,
        "welcome_letters": len(helpdesk.welcome),
    }


async def _tell(
    ctx: Context, work: UnitOfWork, helpdesk: Helpdesk, verb: str, *, by: Setter, facts: Facts
) -> None:
    named = {"helpdesk": helpdesk.name, **facts}
    await work.journal.write(by, verb, f"helpdesk:{helpdesk.id.hex}", at=ctx.now(), facts=named)


async def _must_have_room(work: UnitOfWork, account: Account) -> None:
    plans.must_have_helpdesks(account)
    open_ones = [each for each in await work.helpdesks.list() if each.archived_at is None]
    plans.must_have_room(account, plans.Counted.HELPDESKS, len(open_ones))


async def _surfaces_that_need(work: UnitOfWork, helpdesk_id: HelpdeskId) -> tuple[SelfBilling, ...]:
    """Other surfaces whose Manual tickets open there; its own settings go with it."""
    archived = {each.id for each in await work.helpdesks.list() if each.archived_at is not None}
    return tuple(
        each
        for each in await work.helpdesks.list_self_billing()
        if each.helpdesk_id != helpdesk_id and each.helpdesk_id not in archived
        if each.ticket_helpdesk_id == helpdesk_id and Handling.MANUAL in {each.refund, each.cancel}
    )


def _checked(details: Details) -> Details:
    name = checked_text("name", details.name, most=MOST_NAME)
    slug = details.slug.strip().lower()
    if not slug:
        raise Invalid("slug", "missing")
    if not _SLUG.fullmatch(slug):
        raise Invalid("slug", "bad-slug")
    return Details(name, slug)


def _checked_colour(colour: str | None) -> str | None:
    colour = (colour or "").strip().lower()
    if not colour:
        return None
    if not _COLOUR.fullmatch(colour):
        raise Invalid("colour", "bad-colour")
    return colour
