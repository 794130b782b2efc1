"""The processor's customers as ours: the same purchase e-mail is the same person.

Anybody can type anybody's e-mail there, and change it later. So what is bought with a person's e-mail is
theirs, but no other e-mail becomes theirs by it: a new one counts only for whom one customer of the processor
is all there is; and whoever has several is found by none of them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from billing.emails import email_key
from billing.ids import AccountId, CustomerId, new_id
from billing.ports import UnitOfWork
from billing.ports.processing_syncs import KnownCustomer, NewSales
from billing.processing.records import ProcessorLink
from billing.processing.tally import Skip, Tally
from billing.processor_facts import ProcessorCustomer
from billing.records import Customer

MOST_LOCALE = 35  # letters, as stored

_key = lru_cache(maxsize=8192)(email_key)


class People:
    """Whoever a page may be about: found by the processor's id, else by e-mail, else made."""

    def __init__(
        self,
        account_id: AccountId,
        links: Mapping[str, CustomerId],
        by_email: Mapping[str, CustomerId],
        links_of: Mapping[CustomerId, Collection[str]],
        imported: Collection[CustomerId],
    ) -> None:
        self._account_id = account_id
        self._links = dict(links)
        self._by_email = dict(by_email)
        self._links_of = {owner: set(known) for owner, known in links_of.items()}
        self._imported = imported
        self._has_more: set[CustomerId] = set()  # than one e-mail, since this page
        self._made: dict[CustomerId, Customer] = {}
        self._new_links: dict[str, CustomerId] = {}
        self._moved_links: dict[str, CustomerId] = {}
        self._email_keys: set[tuple[CustomerId, str]] = set()
        self.left_behind: set[CustomerId] = set()  # somebody of the processor's was they, and is another

    def find(self, processor_id: str) -> CustomerId | None:
        """Who this customer of the processor's is, if that is known."""
        return self._links.get(processor_id)

    def find_or_make(
        self, processor_id: str, *, email: str, name: str = "", locale: str | None = None
    ) -> CustomerId | None:
        """None: neither known, nor is there an e-mail. An empty `processor_id` is a guest."""
        if (linked := self._links.get(processor_id)) is not None:
            return linked
        if not (key := _key(email)):
            return None
        owner = self._by_email.get(key)
        if owner is None or owner in self._has_more:
            owner = new_id(CustomerId)
            self._made[owner] = Customer(
                owner, self._account_id, name=name, email=email.strip(), locale=_locale(locale)
            )
            self._by_email[key] = owner
            self._email_keys.add((owner, key))
        self._join(processor_id, owner)
        return owner

    def _join(self, processor_id: str, owner: CustomerId) -> None:
        """The guests of an e-mail are somebody of their own there, and so is whoever was known before."""
        there = self._links_of.setdefault(owner, set())
        is_of_old = owner not in self._made and not there
        names = {processor_id or _guest(owner), *([_guest(owner)] if is_of_old else [])}
        for name in names - there:
            self._links[name] = self._new_links[name] = owner
        there |= names

    def is_alone(self, owner: CustomerId, processor_id: str) -> bool:
        """Whether this customer of the processor is all that we know of them."""
        return owner not in self._imported and self._links_of.get(owner) == {processor_id}

    def tie(self, processor_id: str, owner: CustomerId) -> None:
        """A purchase of `owner`'s turned out to be this customer's at the processor."""
        known = self._links.get(processor_id)
        if not processor_id or known == owner:
            return
        if known is None or processor_id in self._new_links:
            self._new_links[processor_id] = owner
        else:
            self._moved_links[processor_id] = owner
            self.left_behind.add(known)
        self._links[processor_id] = owner
        if known is not None:
            self._links_of.get(known, set()).discard(processor_id)
        self._links_of.setdefault(owner, set()).add(processor_id)

    def see_email(self, owner: CustomerId, email: str, *, of: str) -> None:
        """An e-mail on a payment signs its customer in, if this one of the processor is all that they are."""
        key = _key(email)
        if key and self._by_email.get(key) != owner and self.is_alone(owner, of):
            self._email_keys.add((owner, key))
            self._has_more.add(owner)

    def count_made(self) -> int:
        """How many are new in this page."""
        return len(self._made)

    def put_into(self, sales: NewSales) -> None:
        """What is to be written."""
        sales.customers += self._made.values()
        sales.email_keys |= self._email_keys
        sales.links += [ProcessorLink(self._account_id, *each) for each in self._new_links.items()]
        sales.moved_links += [ProcessorLink(self._account_id, *each) for each in self._moved_links.items()]


async def find_people(work: UnitOfWork, processor_ids: Iterable[str], emails: Iterable[str]) -> People:
    """Those of these ids and e-mails, and who else they are, in a handful of statements."""
    links = await work.synced.find_links({each for each in processor_ids if each})
    by_email = await work.synced.find_customers({key for each in emails if (key := _key(each))})
    owners = {*links.values(), *by_email.values()}
    links_of = await work.synced.list_links(owners)
    imported = await work.synced.find_imported(owners)
    return People(work.account_id, links, by_email, links_of, imported)


async def take_in_customers(work: UnitOfWork, facts: Sequence[ProcessorCustomer]) -> Tally:
    """A page of them; those without an e-mail are kept out, until a charge of theirs brings one."""
    tally, sales = Tally(), NewSales()
    people = await find_people(work, (fact.id for fact in facts), (fact.email for fact in facts))
    known = {fact.id for fact in facts if people.find(fact.id) is not None}
    for fact in facts:
        if fact.id in known:
            continue
        owner = people.find_or_make(fact.id, email=fact.email, name=fact.name, locale=fact.locale)
        if owner is None:
            tally.skipped[Skip.NO_EMAIL] += 1
    tally.made = people.count_made()
    people.put_into(sales)
    await _renew(work, facts, people, sales, tally)
    await work.synced.add(sales)
    return tally


async def _renew(
    work: UnitOfWork, facts: Sequence[ProcessorCustomer], people: People, sales: NewSales, tally: Tally
) -> None:
    """A new e-mail of somebody who is nobody else signs them in too, and mails go there now."""
    owners = {fact.id: owner for fact in facts if (owner := people.find(fact.id)) is not None}
    known = await work.synced.get_customers({*owners.values()})
    keys = await work.synced.list_email_keys({*known})
    changed: dict[CustomerId, Customer] = {}
    for fact in facts:
        customer = known.get(owners[fact.id]) if fact.id in owners else None
        if customer is None:
            continue
        tally.count_known(is_imported=customer.is_imported)
        is_alone = people.is_alone(customer.id, fact.id)
        if (new := _renewed(work.account_id, customer, fact, keys[customer.id], is_alone)) is not None:
            changed[customer.id] = new
        if is_alone and (key := _key(fact.email)):
            sales.email_keys.add((customer.id, key))
    sales.changed_customers += changed.values()


def _renewed(
    account_id: AccountId,
    customer: KnownCustomer,
    fact: ProcessorCustomer,
    keys: Collection[str],
    is_alone: bool,
) -> Customer | None:
    record = Customer(customer.id, account_id, customer.name, customer.email, customer.locale)
    new = record
    if is_alone and (key := _key(fact.email)) and key not in keys:
        new = replace(new, email=fact.email.strip())
    if not new.name and fact.name:
        new = replace(new, name=fact.name)
    if new.locale is None and (locale := _locale(fact.locale)):
        new = replace(new, locale=locale)
    return None if new == record else new


def _guest(owner: CustomerId) -> str:
    return f"guest:{owner.hex}"


def _locale(text: str | None) -> str | None:
    """As we write it, e.g. `de-AT`; an answer's first of several is what the processor means."""
    return text if text and len(text) <= MOST_LOCALE else None
