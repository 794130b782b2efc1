"""Whose e-mail is whose: anybody can type anybody's at the processor, and change it later."""

from datetime import UTC, datetime

from billing.processing.customers import take_in_customers
from billing.processor_facts import ProcessorCustomer
from billing.records import Address, Customer
from tests.billing.bench import Bench
from tests.people import bob

THEIRS, OTHERS, THIRD = "stranger@example.com", "victim@example.com", "third@example.com"


async def hear_of(bench: Bench, **emails: str) -> None:
    """Customers of the processor as they are now, each with its e-mail."""
    nowhere = Address(name="", email="", street="", city="", postcode="", region="", country="")
    facts = [
        ProcessorCustomer(name, "", email, None, nowhere, "", datetime(2026, 1, 1, tzinfo=UTC))
        for name, email in emails.items()
    ]
    async with bench.ctx.begin(bench.lumen.id) as work:
        await take_in_customers(work, facts)


async def who_has(bench: Bench, email: str) -> list[Customer]:
    async with bench.ctx.read(bench.lumen.id) as work:
        return list(await work.customers.list_by_email(email))


async def test_a_new_email_of_who_is_nobody_else_signs_them_in(bench_on_each: Bench) -> None:
    bench = bench_on_each
    await hear_of(bench, cus_new=THEIRS)
    await hear_of(bench, cus_new=THIRD)
    (before,), (after,) = await who_has(bench, THEIRS), await who_has(bench, THIRD)
    assert (before.id, before.email) == (after.id, THIRD)


async def test_who_typed_anothers_email_brings_them_no_email_of_their_own(bench: Bench) -> None:
    """Else a stranger would sign in as them, and read their mails."""
    await hear_of(bench, cus_stranger=bob.email)
    await hear_of(bench, cus_stranger=THEIRS)
    assert await who_has(bench, THEIRS) == []
    await hear_of(bench, cus_first=OTHERS, cus_second=OTHERS)
    await hear_of(bench, cus_second=THEIRS)
    assert await who_has(bench, THEIRS) == []
    (both,) = await who_has(bench, OTHERS)
    assert both.email == OTHERS


async def test_who_took_anothers_email_is_not_joined_by_them(bench: Bench) -> None:
    """Else what they buy later would be the stranger's to see."""
    await hear_of(bench, cus_stranger=THEIRS)
    await hear_of(bench, cus_stranger=OTHERS)
    await hear_of(bench, cus_victim=OTHERS)
    await hear_of(bench, cus_victim=OTHERS)
    (stranger,) = await who_has(bench, THEIRS)
    both = await who_has(bench, OTHERS)
    assert len(both) == 2
    async with bench.ctx.read(bench.lumen.id) as work:
        links = await work.synced.find_links({"cus_stranger", "cus_victim"})
    assert links["cus_stranger"] == stranger.id != links["cus_victim"]
