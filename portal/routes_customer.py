"""The customers' part of the URL map, for the portal and for every helpdesk. `routes.py` puts it together.

Paths stand below the place's root (`/{directory}` or `/{directory}/help/{slug}`). The names `home`, `sign-in`
and `code` must be there: refusals lead to them, with `?next=` where a page was wanted (`next_page`).
"""

from functools import partial

from billing.merchant import Attachment
from billing.processing.records import CardChange
from billing.records import Payment, Request, Subscription, Ticket
from portal.entries import CUSTOMER, PUBLIC, CodeFor, Entry, Where, deed, page
from portal.live import request_events
from portal.routes_documents import OF_CUSTOMERS
from portal.views.customer import asking, cards, code, files, orders, requests, sign_in, tickets

HELPDESK = Where.HELPDESK

_SIGN_IN: list[Entry] = [
    page("/sign-in", sign_in.show, name="sign-in", who=PUBLIC),
    deed("/sign-in", sign_in.enter, name="sign-in", who=PUBLIC),
    page("/order-ids", sign_in.show_order_ids, name="order-ids", who=PUBLIC),
    deed("/order-ids", sign_in.mail_order_ids, name="order-ids", who=PUBLIC),
    page("/code", code.show, name="code", who=PUBLIC),
    deed("/code", code.enter, name="code", who=PUBLIC),
    deed("/code/send", code.send, name="send-code", who=CUSTOMER),
    deed("/sign-out", sign_in.leave, name="sign-out", who=PUBLIC),
]

# The same path is read for what will happen, and posted to for doing it.
_REFUND, _CANCEL = "/payments/{payment_id}/refund", "/subscriptions/{subscription_id}/cancel"
_KEEP = "/subscriptions/{subscription_id}/keep"
_REQUEST = "/requests/{request_id}"
_OF_REFUND, _OF_CARD = CodeFor.REFUND, CodeFor.CARD
_CARD, _CHANGE = "/subscriptions/{subscription_id}/card", "/cards/{change_id}"
# A card change is its customer's alone, and its link opens the processor's page: never without the code.
_change_page = partial(page, who=CUSTOMER, names=CardChange, code=CodeFor.CARD)
_change_deed = partial(deed, who=CUSTOMER, names=CardChange, code=CodeFor.CARD)

_ORDERS: list[Entry] = [
    page("", orders.show, name="home", who=CUSTOMER),
    page(_REFUND, asking.show_refund, name="refund", who=CUSTOMER, names=Payment, code=_OF_REFUND),
    deed(_REFUND, asking.refund, name="refund", who=CUSTOMER, names=Payment, code=_OF_REFUND),
    page(_CANCEL, asking.show_cancel, name="cancel", who=CUSTOMER, names=Subscription),
    deed(_CANCEL, asking.cancel, name="cancel", who=CUSTOMER, names=Subscription),
    page(_KEEP, asking.show_keep, name="keep", who=CUSTOMER, names=Subscription),
    deed(_KEEP, asking.keep, name="keep", who=CUSTOMER, names=Subscription),
    page(_CARD, cards.show_form, name="card", who=CUSTOMER, names=Subscription, code=_OF_CARD),
    deed(_CARD, cards.ask, name="card", who=CUSTOMER, names=Subscription, code=_OF_CARD),
    _change_page(_CHANGE, cards.show, name="card-change"),
    page(
        f"{_CHANGE}/events", cards.events, name="card-events", who=CUSTOMER, names=CardChange, code=_OF_CARD
    ),
    _change_page(f"{_CHANGE}/back", cards.come_back, name="card-back"),
    _change_deed(f"{_CHANGE}/look", cards.look, name="card-look"),
    deed(
        f"{_CHANGE}/overdue", cards.choose, name="card-overdue", who=CUSTOMER, names=CardChange, code=_OF_CARD
    ),
    _change_deed(f"{_CHANGE}/stop", cards.stop, name="card-stop"),
    page(_REQUEST, requests.show, name="request", who=CUSTOMER, names=Request),
    page(f"{_REQUEST}/events", request_events, name="request-events", who=CUSTOMER, names=Request),
    deed(f"{_REQUEST}/withdraw", requests.withdraw, name="withdraw", who=CUSTOMER, names=Request),
]

_TICKET = "/tickets/{ticket_id}"

_TICKETS: list[Entry] = [
    page("/tickets", tickets.show_all, name="tickets", who=CUSTOMER, where=HELPDESK),
    page("/ask", tickets.show_question, name="ask", who=CUSTOMER, where=HELPDESK),
    deed("/ask", tickets.ask, name="ask", who=CUSTOMER, where=HELPDESK, upload=True),
    page(_TICKET, tickets.show, name="ticket", who=CUSTOMER, where=HELPDESK, names=Ticket),
    deed(
        f"{_TICKET}/reply",
        tickets.reply,
        name="reply",
        who=CUSTOMER,
        where=HELPDESK,
        names=Ticket,
        upload=True,
    ),
    page(
        "/files/{attachment_id}",
        files.download,
        name="attachment",
        who=CUSTOMER,
        where=HELPDESK,
        names=Attachment,
    ),
    page("/logo", files.logo, name="logo", who=PUBLIC, where=HELPDESK),
]

CUSTOMER_ROUTES: list[Entry] = [*_SIGN_IN, *_ORDERS, *OF_CUSTOMERS, *_TICKETS]
