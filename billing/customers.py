"""Customers as staff see them: found by e-mail, name or Order ID, and all about one of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from billing.acting import may_act, stand_in
from billing.actors import StaffActor
from billing.context import Context
from billing.declaring import surface_settings
from billing.emails import MOST_TYPED, email_beginning, order_id_key
from billing.ids import CustomerId
from billing.names import name_words
from billing.policy import is_code_asked_at_sign_in
from billing.ports import UnitOfWork
from billing.ports.search import Edge
from billing.processing.card_asking import NamedSteps, list_named_steps
from billing.processing.records import CardChange
from billing.purchases import PurchaseModule, module_of
from billing.records import Account, Customer, JournalLine, Request, SelfBilling, Ticket
from billing.states import CardChangeState, OperationState

PAGE = 50
_FETCH = 2 * PAGE
_MOST_FETCHES = 4  # however many keys of one customer begin alike, a page costs no more
_VISITS = 20


@dataclass(frozen=True, slots=True)
class FoundCustomers:
    """A page of customers, in the order of the key they were found by; `after` pages on, None at the end."""

    customers: tuple[Customer, ...]
    after: Edge | None


@dataclass(frozen=True, slots=True)
class CustomerFile:
    """All about one customer. `modules` hold what staff may do for them by the portal's policy."""

    account: Account
    customer: Customer
    emails: tuple[str, ...]
    settings: SelfBilling
    modules: tuple[PurchaseModule, ...]
    requests: tuple[Request, ...]  # newest first
    tickets: tuple[Ticket, ...]  # newest move first
    card_changes: tuple[tuple[CardChange, NamedSteps], ...]  # newest first, the latest only
    visits: tuple[JournalLine, ...]  # newest first, the latest only
    may_act: bool
    asks_code: bool  # at sign-in, on the portal


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What one search box may mean; `email` None: no address begins so."""

    words: tuple[str, ...]  # the longest first: it leads to the fewest
    email: str | None
    order_id: str

    def first_key(self, customer: Customer, emails: Sequence[str]) -> str | None:
        """The least key that leads to this customer: they are listed there, and nowhere else."""
        keys = [] if self.email is None else [key for key in emails if key.startswith(self.email)]
        own = name_words(customer.name)
        if self.words and all(any(word.startswith(each) for word in own) for each in self.words):
            keys += [word for word in own if word.startswith(self.words[0])]
        return min(keys, default=None)


async def find_customers(
    ctx: Context, query: str, *, by: StaffActor, after: Edge | None = None
) -> FoundCustomers:
    """At most 50 whose e-mail address or a word of whose name begins so, or whose Order ID this is.

    Nothing typed lists all, by e-mail address. Case and accents make no difference.
    """
    async with ctx.read(by.account_id) as work:
        await work.staff.get(by.staff_id)
        return await look_up(work, query, after=after)


async def look_up(work: UnitOfWork, query: str, *, after: Edge | None = None) -> FoundCustomers:
    """The same within a view."""
    wanted, exact = _read(query), None
    if wanted.order_id and after is None:
        exact = await work.search.find_by_order_id(wanted.order_id)
    found, edge = await _list(work, wanted, after)
    if exact is not None:
        found = [exact, *(each for each in found if each.id != exact.id)]
    return FoundCustomers(tuple(found), edge)


async def show_customer(ctx: Context, customer_id: CustomerId, *, by: StaffActor) -> CustomerFile:
    """Everything about one customer; raises `NotFound`."""
    acting = stand_in(customer_id, by=by)
    async with ctx.read(by.account_id) as work:
        customer = await work.customers.get(customer_id)
        settings = await surface_settings(work, acting)
        views = await work.purchases.list_views(customer_id)
        requests = [request for view in views for request in view.requests]
        changes = await work.cards.list_of_customer(customer_id)
        return CustomerFile(
            account=await work.accounts.get(),
            customer=customer,
            emails=tuple(await work.customers.list_email_keys(customer_id)),
            settings=settings,
            modules=tuple(module_of(view, settings, by=acting, now=ctx.now()) for view in views),
            requests=tuple(sorted(requests, key=lambda request: request.asked_at, reverse=True)),
            tickets=tuple(await work.tickets.list_of_customer(customer_id)),
            card_changes=tuple([(each, await _undone(work, each)) for each in changes]),
            visits=tuple(await work.search.list_visits(customer_id, limit=_VISITS)),
            may_act=may_act(await work.staff.get(by.staff_id)),
            asks_code=is_code_asked_at_sign_in(settings),
        )


async def _undone(work: UnitOfWork, change: CardChange) -> NamedSteps:
    """What stayed undone of a card change, with the products that it is about."""
    if change.state is not CardChangeState.PARTLY:
        return ()
    steps = await list_named_steps(work, change)
    return tuple((step, name) for step, name in steps if step.state is OperationState.FAILED)


def _read(query: str) -> _Wanted:
    text = "".join(c for c in query if c.isprintable()).strip()
    if len(text) > MOST_TYPED:
        return _Wanted((), None, "")
    if "@" in text or not text:
        return _Wanted((), email_beginning(text), "")
    words = tuple(sorted(name_words(text), key=len, reverse=True))
    has_space = len(text.split()) > 1
    return _Wanted(words, None if has_space else email_beginning(text) or None, order_id_key(text))


async def _list(work: UnitOfWork, wanted: _Wanted, after: Edge | None) -> tuple[list[Customer], Edge | None]:
    found: list[Customer] = []
    for _ in range(_MOST_FETCHES):
        rows = await _fetch(work, wanted, after)
        emails = await work.search.list_emails({customer.id for _, customer in rows})
        for place, (key, customer) in enumerate(rows, 1):
            after = (key, customer.id)
            if key == wanted.first_key(customer, _of(emails, customer)):
                found.append(customer)
            if len(found) == PAGE:
                is_end = place == len(rows) < _FETCH
                return found, None if is_end else after
        if len(rows) < _FETCH:
            return found, None
    return found, after


def _of(emails: Mapping[CustomerId, Sequence[str]], customer: Customer) -> Sequence[str]:
    return emails.get(customer.id, ())


async def _fetch(work: UnitOfWork, wanted: _Wanted, after: Edge | None) -> list[tuple[str, Customer]]:
    """The next keys of both kinds in one order. Each list is the beginning of its own, so theirs is too."""
    rows: list[tuple[str, Customer]] = []
    if wanted.email is not None:
        rows += await work.search.list_by_email(wanted.email, after=after, limit=_FETCH)
    if wanted.words:
        first, *others = wanted.words
        rows += await work.search.list_by_word(first, others, after=after, limit=_FETCH)
    return sorted(rows, key=lambda row: (row[0], row[1].id))[:_FETCH]
