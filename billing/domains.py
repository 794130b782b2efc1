"""A merchant's own domain for the pages of customers: added, proved by a TXT record, released at once."""

import secrets
from dataclasses import replace
from datetime import datetime
from ipaddress import ip_address
from urllib.parse import urlsplit

from billing.actors import StaffActor, SystemActor
from billing.addresses import Addresses
from billing.context import Context
from billing.edges import Envelope
from billing.emails import domain_key
from billing.errors import DeliveryFailed, Invalid, NotFound
from billing.ids import DomainId, new_id
from billing.merchant import Domain
from billing.messages import DomainCheckDue, read_message
from billing.plans import Counted, must_have_room
from billing.ports import UnitOfWork
from billing.records import Account
from billing.resolver import NoAnswer, TextResolver
from billing.rights import must_be_proved, must_manage, must_own

NO_RECORD, WRONG_RECORD, NO_ANSWER, TAKEN = "no-record", "wrong-record", "no-answer", "taken"
_LABEL = "_selfbill"
_LONGEST = 253 - len(_LABEL) - 1
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_Who = StaffActor | SystemActor


def record_name(domain: Domain) -> str:
    """Where the TXT record must stand that says `domain.token`."""
    return f"{_LABEL}.{domain.host}"


def must_be_host(text: str, addresses: Addresses) -> str:
    """The host as it is kept: lower case, ASCII, without a dot at the end. Raises `Invalid` (host)."""
    typed = text.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/").rstrip(".")
    if not typed:
        raise Invalid("host", "missing")
    if is_network_address(typed):
        raise Invalid("host", "address-not-a-name")
    own = (urlsplit(addresses.origin).hostname or "").lower()
    if _is_local(typed) and not (_is_local(own) and "." in typed):
        raise Invalid("host", "only-here")
    host = domain_key(typed)
    if not host or len(host) > _LONGEST:
        raise Invalid("host", "not-a-host" if "." in typed or not typed.isascii() else "without-a-dot")
    # Whatever Unicode made of it, a browser would read these as addresses too.
    if is_network_address(host):
        raise Invalid("host", "address-not-a-name")
    if host == own or host.endswith(f".{own}"):
        raise Invalid("host", "ours")
    return host


def is_network_address(host: str) -> bool:
    """As browsers see it: a name whose last label begins with a digit is no name."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return host.rpartition(".")[2][:1].isdigit()
    return True


def _is_local(host: str) -> bool:
    return host in _LOOPBACK or host.endswith(".localhost")


async def show_domain(ctx: Context, *, by: StaffActor) -> tuple[Account, Domain | None]:
    """The account as it is, and the domain that is waiting or proved; owners and managers see them."""
    async with ctx.read(by.account_id) as work:
        await must_manage(work, by)
        return await work.accounts.get(), await work.domains.find_held()


async def add_domain(ctx: Context, host: str, *, by: _Who) -> Domain:
    """Owners name a host of theirs, which waits to be proved; the same one again is the one that waits.

    Raises `ProofNeeded`, `Invalid` (host), `NotInPlan`.
    """
    must_be_proved(by, ctx.now())
    chosen = must_be_host(host, ctx.addresses)
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        account = await work.accounts.hold()
        held = await work.domains.find_held()
        if held is not None:
            if held.host == chosen:
                return held
            raise Invalid("host", "one-at-a-time", host=held.host)
        must_have_room(account, Counted.DOMAINS, 0)
        if await work.domains.is_taken(chosen):
            raise Invalid("host", "taken")
        domain = _waiting(account, chosen, ctx.now())
        await work.domains.add(domain)
        await _write(work, by, "domain.added", domain, at=ctx.now())
        return domain


def _waiting(account: Account, host: str, at: datetime) -> Domain:
    return Domain(
        id=new_id(DomainId),
        account_id=account.id,
        host=host,
        token=f"selfbill-{secrets.token_hex(16)}",
        added_at=at,
        checked_at=None,
        problem="",
        proved_at=None,
        released_at=None,
    )


async def check_domain(ctx: Context, *, by: _Who) -> Domain:
    """Owners ask for a look at the record; one is under way at a time. Raises `NotFound` without a domain.

    Nothing is decided by it that was not decided when the domain was added, so it takes no fresh proof.
    """
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        await work.accounts.hold()
        domain = await _get_held(work)
        if domain.proved_at is None:
            since = (domain.checked_at or domain.added_at).isoformat()
            await work.outbox.put(
                DomainCheckDue(domain.id),
                at=ctx.now(),
                trace_id=by.trace_id,
                dedupe=f"domain-check:{domain.id.hex}:{since}",
            )
        return domain


async def look_at_domain(ctx: Context, resolver: TextResolver, envelope: Envelope) -> None:
    """The delivery of `DomainCheckDue`: ask the domain name system, then keep what it said."""
    domain_id = read_message(DomainCheckDue, envelope.payload).domain_id
    by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
    async with ctx.read(envelope.account_id) as work:
        domain = await work.domains.get(domain_id)
    if domain.released_at is not None or domain.proved_at is not None:
        return
    try:
        texts = await resolver.look_up_texts(record_name(domain))
    except NoAnswer:
        problem = NO_ANSWER
    else:
        problem = "" if domain.token in texts else WRONG_RECORD if texts else NO_RECORD
    try:
        await record_domain_look(ctx, domain_id, problem, by=by)
    except Invalid:
        raise DeliveryFailed("another account proved this host at the same moment") from None


async def record_domain_look(ctx: Context, domain_id: DomainId, problem: str, *, by: SystemActor) -> Domain:
    """What a look said: without a problem the domain is proved, and in use from now on.

    Of two accounts the first to prove it has it; the other's problem is `taken`. Raises `Invalid` (host)
    where both did so at once: looked at again, it is taken.
    """
    async with ctx.begin(by.account_id) as work:
        account = await work.accounts.hold()
        domain = await work.domains.get(domain_id)
        if domain.released_at is not None or domain.proved_at is not None:
            return domain  # told late, or twice
        if not problem and await work.domains.is_taken(domain.host):
            problem = TAKEN
        now = ctx.now()
        looked = replace(domain, checked_at=now, problem=problem, proved_at=None if problem else now)
        await work.domains.save(looked)
        if problem:
            await _write(work, by, "domain.looked", looked, at=now, problem=problem)
        else:
            await work.accounts.save(replace(account, domain=domain.host))
            await _write(work, by, "domain.proved", looked, at=now)
        return looked


async def release_domain(ctx: Context, *, by: _Who) -> Domain:
    """Owners give it up: nothing is served there from now on, and whoever wants it proves it anew.

    Raises `ProofNeeded`, and `NotFound` without a domain.
    """
    must_be_proved(by, ctx.now())
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        account = await work.accounts.hold()
        domain = await _get_held(work)
        released = replace(domain, released_at=ctx.now())
        await work.domains.save(released)
        if account.domain is not None:
            await work.accounts.save(replace(account, domain=None))
        was_proved = domain.proved_at is not None
        await _write(work, by, "domain.released", released, at=ctx.now(), was_proved=was_proved)
        return released


async def _get_held(work: UnitOfWork) -> Domain:
    held = await work.domains.find_held()
    if held is None:
        raise NotFound
    return held


async def _write(
    work: UnitOfWork, by: _Who, verb: str, domain: Domain, *, at: datetime, **facts: str | bool
) -> None:
    subject = f"domain:{domain.id.hex}"
    await work.journal.write(by, verb, subject, at=at, facts={"host": domain.host, **facts})
