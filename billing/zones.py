"""The time zones that people read in: told by their browser, or chosen by staff in My account."""

import re
from functools import cache
from zoneinfo import available_timezones

from billing.actors import StaffActor
from billing.context import Context
from billing.errors import Invalid
from billing.ids import AccountId, CustomerId, StaffId
from billing.merchant import ReaderZone
from billing.ports import UnitOfWork
from billing.records import Account

_SHAPE = re.compile(r"[A-Za-z][A-Za-z0-9+_/-]{0,63}")
_REGIONS = tuple("Africa/ America/ Antarctica/ Asia/ Atlantic/ Australia/ Europe/ Indian/ Pacific/".split())


def checked_zone(told: str | None) -> str:
    """The name if there is such a zone, else empty: what browsers tell is believed no further."""
    return told if told and _SHAPE.fullmatch(told) and told in _known() else ""


@cache
def zone_names() -> tuple[str, ...]:
    """What people choose from: UTC, and every `Region/Place`, in order."""
    return ("UTC", *sorted(name for name in _known() if name.startswith(_REGIONS)))


@cache
def _known() -> frozenset[str]:
    return frozenset(available_timezones())


def customers_key(customer_id: CustomerId) -> str:
    """How a customer's zone is kept."""
    return f"customer:{customer_id.hex}"


def staff_key(staff_id: StaffId) -> str:
    """How a staff member's zone is kept."""
    return f"staff:{staff_id.hex}"


async def zone_of_page(work: UnitOfWork, reader: str, *, told: str) -> str:
    """Within a view: what they chose, else what this browser tells, else what one told before; or empty."""
    kept = await work.words.find_zone(reader)
    return checked_zone(kept.time_zone) if kept and (kept.chosen or not told) else told


async def zone_of_customer(work: UnitOfWork, account: Account, customer_id: CustomerId) -> str:
    """Within a view, for mails: the zone that their browser told when they signed in, else the account's."""
    kept = await work.words.find_zone(customers_key(customer_id))
    return (kept and checked_zone(kept.time_zone)) or account.time_zone


async def zone_of_staff(work: UnitOfWork, account: Account, staff_id: StaffId) -> str:
    """Within a view, for mails: theirs at the desk, else the one they have in Slack, else the account's."""
    kept = await work.words.find_zone(staff_key(staff_id))
    if zone := kept and checked_zone(kept.time_zone):
        return zone
    link = await work.channels.find_link_of_staff(staff_id)
    profile = await work.channels.find_profile(link.team_id, link.user_id) if link else None
    return (profile and profile.time_zone) or account.time_zone


async def keep_zone(ctx: Context, account_id: AccountId, reader: str, told: str) -> None:
    """Mails follow the browser that they last signed in with, unless they chose a zone. Raises nothing."""
    async with ctx.read(account_id) as work:
        is_new = await _is_new(work, reader, told)
    if is_new:  # seldom, so that signing in does not wait for one more turn to write
        async with ctx.begin(account_id) as work:
            await _keep(work, reader, told)


async def _keep(work: UnitOfWork, reader: str, told: str) -> None:
    if await _is_new(work, reader, told):
        await work.words.put_zone(ReaderZone(work.account_id, reader, told, chosen=False))


async def _is_new(work: UnitOfWork, reader: str, told: str) -> bool:
    kept = await work.words.find_zone(reader)
    return bool(checked_zone(told)) and (kept is None or (not kept.chosen and kept.time_zone != told))


async def chosen_zone(ctx: Context, *, by: StaffActor) -> str:
    """What they chose for themselves; empty: it goes by their browser."""
    async with ctx.read(by.account_id) as work:
        kept = await work.words.find_zone(by.key)
    return kept.time_zone if kept is not None and kept.chosen else ""


async def choose_zone(ctx: Context, *, time_zone: str, told: str, by: StaffActor) -> None:
    """For their desk and the mails to them; empty: as the browser tells. Raises `Invalid` (time_zone)."""
    if time_zone and not checked_zone(time_zone):
        raise Invalid("time_zone", "unknown-zone")
    async with ctx.begin(by.account_id) as work:
        if time_zone:
            await work.words.put_zone(ReaderZone(by.account_id, by.key, time_zone, chosen=True))
        else:
            await work.words.drop_zone(by.key)
            await _keep(work, by.key, told)
