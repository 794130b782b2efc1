"""A merchant's own domain: what may be one, who proves it, who has it, and when it stops."""

import asyncio
from dataclasses import replace

import pytest

from billing.actors import StaffActor
from billing.addresses import Addresses
from billing.domains import (
    add_domain,
    check_domain,
    must_be_host,
    record_domain_look,
    record_name,
    release_domain,
    show_domain,
)
from billing.errors import Forbidden, Invalid, NotFound, NotInPlan, ProofNeeded, Refusal
from billing.ids import RequestId, TicketId, new_id
from billing.merchant import Domain
from billing.messages import Destination
from billing.relay import Relay
from billing.states import PlanName
from selfbill.dns import DnsResolver
from selfbill.sandbox.dns import DnsSandbox
from selfbill.wiring import dns_deliveries
from tests.billing.bench import Bench
from tests.make import system
from tests.people import StaffPerson, dana, erin, frank, heidi

HOST = "billing.lumen.example"
OURS = Addresses("https://pay.ours.example")
PATIENT = 20.0  # seconds; nothing waits for them but where somebody is silent


def owner(bench: Bench, person: StaffPerson = dana) -> StaffActor:
    """They proved a moment ago who they are."""
    return replace(bench.staff(person), proved_at=bench.clock())


def asking(bench: Bench, dns: DnsSandbox, seconds: float = PATIENT) -> Relay:
    """The relay, asking the stand-in."""
    return Relay(bench.ctx, {Destination.DNS: dns_deliveries(DnsResolver(dns.address, seconds))})


async def domain_of(bench: Bench, slug: str = "lumen") -> str | None:
    """The one in use."""
    async with bench.ctx.read(bench.world.accounts[slug].id) as work:
        return (await work.accounts.get()).domain


async def prove(bench: Bench, domain: Domain) -> Domain:
    """As a look would that found the record."""
    by = system(next(each for each in bench.world.accounts.values() if each.id == domain.account_id))
    return await record_domain_look(bench.ctx, domain.id, "", by=by)


@pytest.mark.parametrize(
    ("typed", "host"),
    [
        ("billing.lumen.example", "billing.lumen.example"),
        (" Billing.LUMEN.example. ", "billing.lumen.example"),
        ("https://billing.lumen.example/", "billing.lumen.example"),
        ("rechnung.käufer.example", "rechnung.xn--kufer-gra.example"),
        ("例え。jp", "xn--r8jz45g.jp"),
        ("ours.example", "ours.example"),
    ],
)
def test_a_host_is_kept_in_one_spelling(typed: str, host: str) -> None:
    assert must_be_host(typed, OURS) == host


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("", "missing"),
        ("192.0.2.1", "address-not-a-name"),
        ("[2001:db8::1]", "address-not-a-name"),
        ("2001:db8::1", "address-not-a-name"),
        ("shop.0x7f", "address-not-a-name"),
        ("1.2.3.4.5", "address-not-a-name"),
        ("localhost", "only-here"),
        ("shop.localhost", "only-here"),
        ("lumen", "without-a-dot"),
        ("pay.ours.example", "ours"),
        ("PAY.ours.example.", "ours"),
        ("lumen.pay.ours.example", "ours"),
        ("lumen.example/billing", "not-a-host"),
        ("lumen.example:8080", "not-a-host"),
        ("lu men.example", "not-a-host"),
        ("-lumen.example", "not-a-host"),
        ("dana@lumen.example", "not-a-host"),
        ("lumen..example", "not-a-host"),
        (f"{'a' * 60}." * 4 + "example", "not-a-host"),
    ],
)
def test_what_is_no_host_of_theirs_is_refused(typed: str, problem: str) -> None:
    with pytest.raises(Invalid) as refused:
        must_be_host(typed, OURS)
    assert (refused.value.field, refused.value.problem) == ("host", problem)


def test_a_local_name_is_a_host_where_we_are_local_ourselves() -> None:
    assert must_be_host("billing.localhost", Addresses("http://127.0.0.1:8080")) == "billing.localhost"
    with pytest.raises(Invalid):
        must_be_host("localhost", Addresses("http://127.0.0.1:8080"))


async def test_a_domain_is_in_use_once_its_record_is_found(bench: Bench) -> None:
    async with DnsSandbox() as dns:
        relay = asking(bench, dns)
        domain = await add_domain(bench.ctx, HOST, by=owner(bench))
        assert record_name(domain) == "_selfbill.billing.lumen.example"

        async def look() -> tuple[str, bool]:
            bench.clock.turn(minutes=1)
            await check_domain(bench.ctx, by=owner(bench))
            await relay.drain()
            shown = (await show_domain(bench.ctx, by=bench.staff(erin)))[1]
            assert shown is not None
            return shown.problem, shown.proved_at is not None

        assert await look() == ("no-record", False)
        dns.records.add("_selfbill.billing.lumen.example", "somebody else's word")
        assert await look() == ("wrong-record", False)
        assert await domain_of(bench) is None
        dns.records.add("_SELFBILL.billing.lumen.example", domain.token)
        assert await look() == ("", True)
        assert await domain_of(bench) == HOST
        found = await bench.ctx.store.find_account_by_domain(HOST)
        assert found is not None
        assert found.id == bench.lumen.id
    verbs = [line.verb for line in await bench.lines(f"domain:{domain.id.hex}")]
    assert verbs == ["domain.added", "domain.looked", "domain.looked", "domain.proved"]


async def test_a_silent_name_server_is_no_answer(bench: Bench) -> None:
    async with DnsSandbox() as dns:
        dns.records.is_silent = True
        await add_domain(bench.ctx, HOST, by=owner(bench))
        await check_domain(bench.ctx, by=owner(bench))
        await asking(bench, dns, 0.2).drain()
        shown = (await show_domain(bench.ctx, by=bench.staff(dana)))[1]
    assert shown is not None
    assert shown.problem == "no-answer"


async def test_of_two_who_wait_for_a_host_the_first_to_prove_it_has_it(bench: Bench) -> None:
    lumens = await add_domain(bench.ctx, HOST, by=owner(bench))
    rivals = await add_domain(bench.ctx, HOST, by=owner(bench, heidi))
    assert lumens.token != rivals.token
    await prove(bench, rivals)
    assert (await prove(bench, lumens)).problem == "taken"
    assert (await domain_of(bench, "rival"), await domain_of(bench)) == (HOST, None)


async def test_both_proving_it_at_once_leaves_one_who_has_it(bench_on_each: Bench) -> None:
    bench = bench_on_each
    for _ in range(5):
        both = [await add_domain(bench.ctx, HOST, by=owner(bench, person)) for person in (dana, heidi)]
        said = await asyncio.gather(*(prove(bench, each) for each in both), return_exceptions=True)
        proved = [each for each in said if isinstance(each, Domain) and each.proved_at]
        assert len(proved) == 1
        assert all(isinstance(each, Domain | Refusal) for each in said)
        again = await prove(bench, next(each for each in both if each.id != proved[0].id))
        assert again.problem == "taken"
        assert {await domain_of(bench), await domain_of(bench, "rival")} == {HOST, None}
        for person in (dana, heidi):
            await release_domain(bench.ctx, by=owner(bench, person))


async def test_a_proved_host_is_taken_for_everybody_else(bench: Bench) -> None:
    await prove(bench, await add_domain(bench.ctx, HOST, by=owner(bench)))
    with pytest.raises(Invalid) as refused:
        await add_domain(bench.ctx, HOST, by=owner(bench, heidi))
    assert refused.value.problem == "taken"


async def test_a_released_domain_stops_at_once_and_needs_a_new_proof(bench: Bench) -> None:
    first = await prove(bench, await add_domain(bench.ctx, HOST, by=owner(bench)))
    await release_domain(bench.ctx, by=owner(bench))
    assert await domain_of(bench) is None
    assert await bench.ctx.store.find_account_by_domain(HOST) is None
    assert (await prove(bench, first)).released_at is not None  # told late, it changes nothing
    second = await add_domain(bench.ctx, HOST, by=owner(bench))
    assert second.proved_at is None
    assert second.token != first.token
    with pytest.raises(NotFound):
        await release_domain(bench.ctx, by=owner(bench, heidi))


async def test_one_domain_at_a_time_and_the_same_again_is_no_second(bench: Bench) -> None:
    first = await add_domain(bench.ctx, HOST, by=owner(bench))
    assert await add_domain(bench.ctx, HOST.upper(), by=owner(bench)) == first
    with pytest.raises(Invalid) as refused:
        await add_domain(bench.ctx, "other.example", by=owner(bench))
    assert (refused.value.problem, refused.value.data) == ("one-at-a-time", {"host": HOST})


async def test_a_look_is_asked_for_once_until_it_was_taken(bench: Bench) -> None:
    await add_domain(bench.ctx, HOST, by=owner(bench))
    for _ in range(3):
        await check_domain(bench.ctx, by=owner(bench))
    assert await bench.ctx.store.count_waiting(Destination.DNS) == 1


async def test_a_domain_takes_an_owner_and_a_fresh_proof(bench: Bench) -> None:
    stale = replace(owner(bench), proved_at=bench.clock())
    bench.clock.turn(minutes=6)
    for act in (add_domain(bench.ctx, HOST, by=stale), release_domain(bench.ctx, by=stale)):
        with pytest.raises(ProofNeeded):
            await act
    for person in (erin, frank):
        for act in (
            add_domain(bench.ctx, HOST, by=owner(bench, person)),
            check_domain(bench.ctx, by=owner(bench, person)),
        ):
            with pytest.raises(Forbidden):
                await act
    with pytest.raises(Forbidden):
        await show_domain(bench.ctx, by=bench.staff(frank))


async def test_a_plan_without_domains_says_so(bench: Bench) -> None:
    async with bench.ctx.begin(bench.lumen.id) as work:
        await work.accounts.save(replace(bench.lumen, plan=PlanName.STARTER))
    with pytest.raises(NotInPlan):
        await add_domain(bench.ctx, HOST, by=owner(bench))


async def test_addresses_of_customers_follow_the_domain_and_the_desks_do_not(bench: Bench) -> None:
    addresses = Addresses("https://pay.ours.example:8443")
    account = replace(bench.lumen, domain=HOST)
    at = f"https://{HOST}:8443/lumen"
    request, ticket = new_id(RequestId), new_id(TicketId)
    helpdesk = bench.world.desk
    assert addresses.portal(account) == at
    assert addresses.customer_request(account, None, request) == f"{at}/requests/{request.hex}"
    assert addresses.customer_ticket(account, helpdesk, ticket) == f"{at}/help/support/tickets/{ticket.hex}"
    assert addresses.desk_ticket(account, ticket).startswith("https://pay.ours.example:8443/lumen/desk/")
    assert Addresses("").portal(account) == "/lumen"
