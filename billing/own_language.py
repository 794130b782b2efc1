"""The language that people read in, kept with them: chosen, or what their browser asked for at first."""

from dataclasses import replace

from billing.actors import CustomerActor, StaffActor
from billing.context import Context
from billing.ports import UnitOfWork
from billing.records import Customer


async def choose_language(ctx: Context, *, locale: str, by: CustomerActor | StaffActor) -> None:
    """Of their pages and of the mails to them; staff's Slack too."""
    async with ctx.begin(by.account_id) as work:
        if isinstance(by, CustomerActor):
            await _keep(work, await work.customers.get(by.customer_id), locale)
            return
        await work.accounts.hold()  # what is saved is the whole person, whose role an owner may be changing
        staff = await work.staff.get(by.staff_id)
        if not _has_chosen(staff.locale, locale):
            await work.staff.save(replace(staff, locale=locale))


async def keep_locale(work: UnitOfWork, customer: Customer, *, asked: str, chosen: str) -> None:
    """Within a sign-in: a choice is kept; what a browser asks for by itself only where nothing is known."""
    if wanted := chosen or ("" if customer.locale else asked):
        await _keep(work, customer, wanted)


def locale_of_mail(customer: Customer | None, *, asked: str, chosen: str) -> str:
    """Before sign-in nothing of the record is shown, yet the mail goes to its owner alone."""
    return chosen or (customer and customer.locale) or asked


async def _keep(work: UnitOfWork, customer: Customer, locale: str) -> None:
    if not _has_chosen(customer.locale, locale):
        await work.customers.set_locale(customer.id, locale)


def _has_chosen(locale: str | None, chosen: str) -> bool:
    """Of this language already; the country that is known with it stays: `de-AT` for `de`."""
    return locale == chosen or bool(locale and locale.startswith(f"{chosen}-"))
