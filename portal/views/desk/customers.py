"""Customers: found by what is known of them, and the page of one."""

from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from billing.customers import CustomerFile, FoundCustomers, find_customers, show_customer
from billing.errors import NotFound
from billing.ids import CustomerId, RequestId, TicketId, parse_id
from billing.ports.search import Edge
from billing.processing.card_asking import NamedSteps
from billing.processing.records import CardChange
from billing.records import Customer, JournalLine, Request, Ticket
from billing.states import CardChangeState, RequestState, Surface
from locales.card_words import card_name, card_problem, step_sentence
from locales.catalogues import language_names
from locales.texts import label
from locales.translator import N_, Translator
from portal.keys import CONTEXT, SAY
from portal.render import render, url_for
from portal.session import staff
from portal.views.customer.modules import Module, make_module
from portal.views.customer.orders import cut_lines, page_number
from portal.views.desk.words import TONES, request_title

SECTION = "customers"
_MOST_SHOWN = 20  # requests and tickets; the older ones are found from their purchases
_VISITS = {
    "visit.began": N_("Signed in"),
    "visit.proved": N_("Gave the e-mailed code"),
}

CARD_BADGES = {
    CardChangeState.ASKED: ("live", N_("Being prepared")),
    CardChangeState.OPEN: ("wait", N_("Waiting for the customer")),
    CardChangeState.MOVING: ("live", N_("Under way")),
    CardChangeState.DONE: ("good", N_("Done")),
    CardChangeState.PARTLY: ("bad", N_("Not all is done")),
    CardChangeState.FAILED: ("bad", N_("Not changed")),
    CardChangeState.EXPIRED: ("plain", N_("Not changed")),
}


@dataclass(frozen=True, slots=True)
class CustomersPage:
    """Who was found; `more`: the address of the next page, or empty."""

    query: str
    customers: tuple[Customer, ...]
    is_first: bool
    more: str
    section: str = SECTION


@dataclass(frozen=True, slots=True)
class RequestLine:
    """A request of theirs in a line."""

    id: RequestId
    title: str
    reference: str
    asked_at: datetime
    tone: str
    state: str
    may_withdraw: bool


@dataclass(frozen=True, slots=True)
class TicketLine:
    """A ticket of theirs in a line."""

    id: TicketId
    subject: str
    reference: str
    moved_at: datetime
    state: str


@dataclass(frozen=True, slots=True)
class CardChangeLine:
    """A change of the card that pays, as staff see it: the new card, or empty; and why there is none."""

    card: str
    asked_at: datetime
    tone: str
    state: str
    undone: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VisitLine:
    """When they came, and where."""

    what: str
    where: str
    at: datetime


@dataclass(frozen=True, slots=True)
class CustomerPage:
    """All about one customer. `newer` and `older` are numbers of pages of payments, 0 for none."""

    customer: Customer
    other_emails: tuple[str, ...]
    language: str
    modules: tuple[Module, ...]
    newer: int
    older: int
    requests: tuple[RequestLine, ...]
    tickets: tuple[TicketLine, ...]
    card_changes: tuple[CardChangeLine, ...]
    visits: tuple[VisitLine, ...]
    may_act: bool
    is_refund_off: bool
    is_cancel_off: bool
    asks_code: bool
    section: str = SECTION


async def show_all(http: web.Request) -> web.Response:
    """One box for everything: `?q=`; `?after=` pages on."""
    query, after = http.query.get("q", ""), _edge(http.query.get("after", ""))
    found = await find_customers(http.app[CONTEXT], query, by=staff(http), after=after)
    page = CustomersPage(
        query=query, customers=found.customers, is_first=after is None, more=_more(http, query, found)
    )
    return render(http, "desk/customers.html", page)


async def show(http: web.Request) -> web.Response:
    """Everybody who works here may read it; what is offered on it depends on who they are."""
    ctx, customer_id = http.app[CONTEXT], parse_id(CustomerId, http.match_info["customer_id"])
    file = await show_customer(ctx, customer_id, by=staff(http))
    number = page_number(http.query.get("page", "1"))
    return render(http, "desk/customer.html", _page(file, number, http[SAY], now=ctx.now()))


def _page(file: CustomerFile, number: int, say: Translator, *, now: datetime) -> CustomerPage:
    shown, is_more = cut_lines(file.modules, (number - 1) * 100)
    if number > 1 and not shown:
        raise NotFound
    customer = file.customer
    return CustomerPage(
        customer=customer,
        other_emails=tuple(each for each in file.emails if each != customer.email.casefold()),
        language=dict(language_names()).get(customer.locale or "", customer.locale or ""),
        modules=tuple(_module(make_module(each, now=now), file.may_act) for each in shown),
        newer=number - 1,
        older=number + 1 if is_more else 0,
        requests=tuple(_request(each, file.may_act, say) for each in file.requests[:_MOST_SHOWN]),
        tickets=tuple(_ticket(each, say) for each in file.tickets[:_MOST_SHOWN]),
        card_changes=tuple(_card_change(*each, say) for each in file.card_changes),
        visits=tuple(_visit(each, say) for each in file.visits if each.verb in _VISITS),
        may_act=file.may_act,
        is_refund_off=file.settings.refund is None,
        is_cancel_off=file.settings.cancel is None,
        asks_code=file.asks_code,
    )


def _module(module: Module, may_act: bool) -> Module:
    """Whoever may not act is offered nothing."""
    if may_act:
        return module
    agreement = module.agreement
    return replace(
        module,
        agreement=agreement and replace(agreement, may_cancel=False, may_undo=False),
        lines=tuple(replace(line, may_refund=False) for line in module.lines),
    )


def _request(request: Request, may_act: bool, say: Translator) -> RequestLine:
    return RequestLine(
        id=request.id,
        title=request_title(request, say),
        reference=request.reference,
        asked_at=request.asked_at,
        tone=TONES[request.state],
        state=label(request.state, say),
        may_withdraw=may_act and request.state is RequestState.PENDING,
    )


def _ticket(ticket: Ticket, say: Translator) -> TicketLine:
    subject = ticket.subject or say.text(N_("About a request"))
    return TicketLine(ticket.id, subject, ticket.reference, ticket.moved_at, label(ticket.state, say))


def _card_change(change: CardChange, undone: NamedSteps, say: Translator) -> CardChangeLine:
    tone, state = CARD_BADGES[change.state]
    why = [card_problem(change.problem, say), *(step_sentence(*each, say) for each in undone)]
    return CardChangeLine(
        card=card_name(change.card) if change.card else "",
        asked_at=change.asked_at,
        tone=tone,
        state=say.text(state),
        undone=tuple(filter(None, why)),
    )


def _visit(line: JournalLine, say: Translator) -> VisitLine:
    surface = line.origin.partition(":")[0]
    where = label(Surface(surface), say) if surface in set(Surface) else ""
    return VisitLine(say.text(_VISITS[line.verb]), where, line.at)


def _more(http: web.Request, query: str, found: FoundCustomers) -> str:
    if found.after is None:
        return ""
    key, customer_id = found.after
    return url_for(http, "customers", q=query, after=f"{customer_id.hex}~{key}")


def _edge(text: str) -> Edge | None:
    """Where the page before ended; raises `NotFound` for what no link of ours says."""
    if not text:
        return None
    customer_id, _, key = text.partition("~")
    if not key.isprintable():
        raise NotFound
    return key, parse_id(CustomerId, customer_id)
