"""My Orders."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime

from aiohttp import web

from billing.errors import NotFound
from billing.merchant_texts import read_text
from billing.purchases import Orders, PurchaseModule, list_orders
from billing.records import Helpdesk
from billing.states import TextKind
from billing.tickets import list_tickets
from portal.keys import CONTEXT, PLACE, SAY
from portal.render import render
from portal.session import customer
from portal.views.customer.modules import Module, make_module
from portal.views.customer.tickets import TicketLine, make_line

LINES = 100
TICKETS = 5


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """All purchases of the customer, newest first."""

    email: str  # masked until the code was given: two facts that are no secrets open this page
    modules: tuple[Module, ...]
    newer: int = 0  # the number of the page before this one, 0 for none
    older: int = 0
    has_documents: bool = False  # all of a year may be had together


@dataclass(frozen=True, slots=True)
class HomePage:
    """A helpdesk's front page; `orders` None: it does not display billing."""

    welcome: str
    orders: OrdersPage | None
    tickets: tuple[TicketLine, ...]
    has_more: bool


async def show(http: web.Request) -> web.StreamResponse:
    """The customer's front page: My Orders, in a helpdesk with its tickets beside them."""
    number = page_number(http.query.get("page", "1"))
    helpdesk = http[PLACE].helpdesk
    if helpdesk is None or number > 1:
        return render(http, "customer/orders.html", await _orders(http, number))
    tickets = await list_tickets(http.app[CONTEXT], by=customer(http))
    page = HomePage(
        welcome=await _welcome(http, helpdesk),
        orders=await _orders(http, 1) if helpdesk.billing_shown else None,
        tickets=tuple(make_line(each, http[SAY]) for each in tickets[:TICKETS]),
        has_more=len(tickets) > TICKETS,
    )
    return render(http, "customer/home.html", page)


async def _welcome(http: web.Request, helpdesk: Helpdesk) -> str:
    ctx, account = http.app[CONTEXT], http[PLACE].account
    return await read_text(ctx, account, TextKind.WELCOME, helpdesk.id.hex, http[SAY].language)


async def _orders(http: web.Request, number: int) -> OrdersPage:
    ctx, by = http.app[CONTEXT], customer(http)
    return make_page(await list_orders(ctx, by=by), is_proved=by.proved, now=ctx.now(), number=number)


def make_page(orders: Orders, *, is_proved: bool, now: datetime, number: int = 1) -> OrdersPage:
    """The page's data: `LINES` payments a page, since thousands would keep the server from everybody else."""
    email = orders.customer.email
    shown, is_more = cut_lines(orders.modules, (number - 1) * LINES)
    if number > 1 and not shown:
        raise NotFound
    return OrdersPage(
        email=email if is_proved else mask(email),
        modules=tuple(make_module(each, now=now) for each in shown),
        newer=number - 1,
        older=number + 1 if is_more else 0,
        has_documents=any(line.has_invoice for each in orders.modules for line in each.lines),
    )


def cut_lines(modules: Iterable[PurchaseModule], begin: int) -> tuple[list[PurchaseModule], bool]:
    """The purchases of a page, each with its payments there; one without payments counts as one line."""
    shown, place = [], 0
    for each in modules:
        lines = each.lines[max(begin - place, 0) : max(begin + LINES - place, 0)]
        if lines or (not each.lines and begin <= place < begin + LINES):
            shown.append(replace(each, lines=lines))
        place += max(len(each.lines), 1)
    return shown, place > begin + LINES


def page_number(text: str) -> int:
    """What `?page=` says; raises `NotFound` for what no link of ours says."""
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text)):
        raise NotFound
    return int(text)


def mask(email: str) -> str:
    """Enough for its owner to know it: `alice@example.com` is `a•••@example.com`."""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}•••{at}{domain}"
