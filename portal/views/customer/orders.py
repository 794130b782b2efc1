"""My Orders."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing.purchases import Orders, list_orders
from portal.keys import CONTEXT, PLACE
from portal.render import render, see
from portal.session import customer
from portal.views.customer.modules import Module, make_module


@dataclass(frozen=True, slots=True)
class OrdersPage:
    """All purchases of the customer, newest first."""

    email: str  # masked until the code was given: two facts that are no secrets open this page
    modules: tuple[Module, ...]


async def show(http: web.Request) -> web.StreamResponse:
    """The customer's front page; a helpdesk that hides billing begins with its tickets."""
    by, helpdesk = customer(http), http[PLACE].helpdesk
    if helpdesk is not None and not helpdesk.billing_shown:
        raise see(http, "tickets")
    ctx = http.app[CONTEXT]
    page = make_page(await list_orders(ctx, by=by), is_proved=by.proved, now=ctx.now())
    return render(http, "customer/orders.html", page)


def make_page(orders: Orders, *, is_proved: bool, now: datetime) -> OrdersPage:
    """The page's data."""
    email = orders.customer.email
    return OrdersPage(
        email=email if is_proved else mask(email),
        modules=tuple(make_module(each, now=now) for each in orders.modules),
    )


def mask(email: str) -> str:
    """Enough for its owner to know it: `alice@example.com` is `a•••@example.com`."""
    name, at, domain = email.rpartition("@")
    return f"{name[:1]}•••{at}{domain}"
