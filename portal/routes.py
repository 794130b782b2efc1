"""The URL map on one page: who may do what to which object, what asks for the code, and what replaces CSRF.

A customer's entries are in `routes_customer.py`, the same way: written once, mounted for both surfaces.
An entry that leaves out what it must declare keeps the server from starting (`entries.UrlMap`).
"""

from billing.plans import must_have_helpdesks
from billing.records import Ticket
from portal.entries import DECIDERS, PUBLIC, STAFF, Entry, Where, deed, hook, page
from portal.routes_addresses import ADDRESS_ROUTES
from portal.routes_customer import CUSTOMER_ROUTES
from portal.routes_customers import PEOPLE_ROUTES
from portal.routes_deciding import DECIDING_ROUTES
from portal.routes_documents import OF_STAFF
from portal.routes_helpdesks import HELPDESK_ROUTES
from portal.routes_memberships import MEMBERSHIP_ROUTES
from portal.routes_payments import PAYMENTS_ROUTES
from portal.routes_products import PRODUCT_ROUTES
from portal.routes_slack import SLACK_HOOKS, SLACK_ROUTES
from portal.routes_team import TEAM_ROUTES
from portal.routes_texts import TEXT_ROUTES
from portal.routes_who import WHO_ROUTES
from portal.routes_years import YEAR_ROUTES
from portal.static_files import brand, static_file
from portal.views import health, hooks, language
from portal.views.desk import sign_in, tickets

DESK = Where.DESK

DESK_ROUTES: list[Entry] = [
    page("/sign-in", sign_in.show, name="sign-in", who=PUBLIC, where=DESK),
    deed("/sign-in", sign_in.enter, name="sign-in", who=PUBLIC, where=DESK),
    deed("/sign-out", sign_in.leave, name="sign-out", who=PUBLIC, where=DESK),
    page(
        "/tickets/{ticket_id}",
        tickets.show,
        name="ticket",
        who=STAFF,
        where=DESK,
        names=Ticket,
        plan=must_have_helpdesks,
    ),
    deed(
        "/tickets/{ticket_id}/reply",
        tickets.reply,
        name="ticket-reply",
        who=DECIDERS,
        where=DESK,
        names=Ticket,
        plan=must_have_helpdesks,
        upload=True,
    ),
    deed(
        "/tickets/{ticket_id}/note",
        tickets.note,
        name="ticket-note",
        who=DECIDERS,
        where=DESK,
        names=Ticket,
        plan=must_have_helpdesks,
    ),
    deed(
        "/tickets/{ticket_id}/close",
        tickets.close,
        name="ticket-close",
        who=DECIDERS,
        where=DESK,
        names=Ticket,
        plan=must_have_helpdesks,
    ),
]

BOTH: list[Entry] = [
    deed("/language", language.choose, name="language", who=PUBLIC, where=where)
    for where in (Where.SURFACES, Where.DESK)
]

SERVER: list[Entry] = [
    hook("GET", "/static/brand/{colour}.css", brand, name="brand", proof="nothing private in it"),
    hook("GET", "/static/{digest}/{name}", static_file, name="static", proof="nothing private in it"),
    hook("GET", "/healthz", health.is_alive, name="health", proof="says only that it runs"),
    hook("GET", "/readyz", health.is_ready, name="ready", proof="says only whether it is ready"),
    hook("GET", "/hooks/tls", hooks.tls, name="tls", proof="says only whether a public host is served here"),
    hook("POST", "/hooks/processor/{slug}", hooks.processor, name="processor", proof="processor signature"),
]

ROUTES: list[Entry] = [
    *CUSTOMER_ROUTES,
    *DECIDING_ROUTES,
    *DESK_ROUTES,
    *HELPDESK_ROUTES,
    *ADDRESS_ROUTES,
    *PRODUCT_ROUTES,
    *MEMBERSHIP_ROUTES,
    *PEOPLE_ROUTES,
    *OF_STAFF,
    *TEAM_ROUTES,
    *TEXT_ROUTES,
    *PAYMENTS_ROUTES,
    *YEAR_ROUTES,
    *SLACK_ROUTES,
    *WHO_ROUTES,
    *BOTH,
    *SERVER,
    *SLACK_HOOKS,
]
