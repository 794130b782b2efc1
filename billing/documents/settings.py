"""A merchant's business as documents print it, and what customers may do with documents."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, fields, replace
from datetime import datetime, timedelta
from hashlib import sha256

from billing.actors import StaffActor, SystemActor
from billing.changes import find_changes
from billing.context import Context
from billing.documents.freezing import present_seller
from billing.documents.records import DocumentSettings, PastSeller, SellerProfile
from billing.documents.taxes import checked_tax_id
from billing.errors import Invalid
from billing.files import CheckedFile
from billing.ids import PastSellerId, new_id
from billing.logos import next_logo, read_logo
from billing.ports import UnitOfWork
from billing.records import Account, Address, Facts
from billing.rights import must_manage
from billing.texts import checked_text
from billing.versions import must_be_seen
from billing.zones import checked_zone

MOST_LINE = 200
MOST_NAME = 80
MOST_FOOTER = 600
_COLOUR = re.compile(r"#[0-9a-f]{6}")
_LOCALE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class Business:
    """All that the page of business details sets; `logo` is a digest, and set by uploading one."""

    name: str
    seller: Address
    colour: str
    locale: str
    time_zone: str
    footer: str
    small_business: bool
    corrections: bool
    mail_invoices: bool
    logo: str | None = None


async def show_business(ctx: Context, *, by: StaffActor | SystemActor) -> Business:
    """For owners and managers; raises `Forbidden`."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return _business(await work.accounts.get(), await work.papers.get_settings())


def _business(account: Account, settings: DocumentSettings) -> Business:
    return Business(
        name=account.name,
        seller=account.seller,
        colour=account.colour,
        locale=account.locale,
        time_zone=account.time_zone,
        footer=settings.footer,
        small_business=settings.small_business,
        corrections=settings.corrections,
        mail_invoices=settings.mail_invoices,
        logo=settings.logo,
    )


async def change_business(
    ctx: Context,
    business: Business,
    *,
    by: StaffActor | SystemActor,
    seen: str | None = None,
    logo: CheckedFile | None = None,
    without_logo: bool = False,
) -> Business:
    """As of now: payments from before keep the seller of their day. Owners and managers.

    A new `logo`, or none; without either it stays. Raises `Forbidden`, `Stale`, and `Invalid` by field.
    """
    checked = _checked(business)
    async with ctx.begin(by.account_id) as work:
        await must_manage(work, by)
        account = await work.accounts.hold()
        settings = await work.papers.get_settings()
        before = must_be_seen(_business(account, settings), seen)
        checked = replace(checked, logo=next_logo(before.logo, logo, without=without_logo))
        if checked == before:
            return before
        if logo is not None and checked.logo is not None:
            await work.helpdesks.put_logo(checked.logo, logo.media_type, logo.content)
        await _leave_behind(work, account, checked, at=ctx.now())
        await work.accounts.save(_changed(account, checked))
        await work.papers.put_settings(_settings(account, checked))
        facts = find_changes(_facts(before), _facts(checked))
        subject = f"account:{account.id.hex}"
        await work.journal.write(by, "business.changed", subject, at=ctx.now(), facts=facts)
        return checked


async def show_printed_logo(ctx: Context, *, by: StaffActor) -> bytes:
    """The picture on new documents, a PNG; raises `NotFound` where there is none."""
    async with ctx.read(by.account_id) as work:
        return await read_logo(work, (await work.papers.get_settings()).logo)


async def _leave_behind(work: UnitOfWork, account: Account, business: Business, *, at: datetime) -> None:
    """Who they were is who sold until now; but whoever never said where they are has printed nothing yet."""
    before = await present_seller(work, account)
    said = before.seller
    is_known = bool(said.street or said.city or said.tax_id)
    if is_known and before != _profile(business) and not await _left_later(work, at):
        past = PastSeller(id=new_id(PastSellerId), account_id=account.id, until=at, profile=before)
        await work.papers.add_past_seller(past)


async def _left_later(work: UnitOfWork, at: datetime) -> bool:
    """Whether who they are was nobody's seller: another was left behind at this moment, or later by a clock
    that was set back since."""
    return await work.papers.find_past_seller(at - timedelta(microseconds=1)) is not None


def _profile(business: Business) -> SellerProfile:
    return SellerProfile(
        seller=business.seller,
        colour=business.colour,
        logo=business.logo,
        small_business=business.small_business,
        footer=business.footer,
    )


def _changed(account: Account, business: Business) -> Account:
    return replace(
        account,
        name=business.name,
        seller=business.seller,
        colour=business.colour,
        locale=business.locale,
        time_zone=business.time_zone,
    )


def _settings(account: Account, business: Business) -> DocumentSettings:
    return DocumentSettings(
        account_id=account.id,
        logo=business.logo,
        small_business=business.small_business,
        footer=business.footer,
        corrections=business.corrections,
        mail_invoices=business.mail_invoices,
    )


def _checked(business: Business) -> Business:
    colour = business.colour.strip().lower()
    if not _COLOUR.fullmatch(colour):
        raise Invalid("colour", "bad-colour")
    if not _LOCALE.fullmatch(business.locale):
        raise Invalid("locale", "unknown")
    if not checked_zone(business.time_zone):
        raise Invalid("time_zone", "unknown-zone")
    return replace(
        business,
        name=checked_text("name", " ".join(business.name.split()), most=MOST_NAME),
        seller=_checked_seller(business.seller),
        colour=colour,
        footer=checked_text("footer", business.footer, most=MOST_FOOTER, required=False),
    )


def _checked_seller(seller: Address) -> Address:
    lines = {each.name: " ".join(getattr(seller, each.name).split()) for each in fields(Address)}
    for name, line in lines.items():
        field = f"seller_{name}" if name in {"name", "email"} else name
        checked_text(field, line, most=MOST_LINE, required=name == "name")
    return Address(**{**lines, "tax_id": checked_tax_id(lines["tax_id"])})


def _facts(business: Business) -> Facts:
    """For the journal: which texts, not their words where those are long."""
    seller = {f"seller_{name}": value for name, value in asdict(business.seller).items()}
    kept = ("name", "colour", "locale", "time_zone", "small_business", "corrections", "mail_invoices")
    plain = {name: getattr(business, name) for name in kept}
    footer = sha256(business.footer.encode()).hexdigest()[:16] if business.footer else ""
    return {**plain, **seller, "footer": footer, "logo": (business.logo or "")[:16]}
