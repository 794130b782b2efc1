"""The part of the URL map that is about the payment processor: connecting it, and how that goes."""

from functools import partial

from billing.processing.records import Connection
from portal.entries import MANAGERS, OWNERS, Entry, Where, deed, page
from portal.views.desk import order_ids, payments, payments_key

_DESK = Where.DESK
_ALL, _ONE = "/payments", "/payments/{connection_id}"
# The pages ask for a fresh proof before they show their form, so that nothing typed is lost over it.
_owners_page = partial(page, who=OWNERS, where=_DESK)
_owners_deed = partial(deed, who=OWNERS, where=_DESK)

PAYMENTS_ROUTES: list[Entry] = [
    page(_ALL, payments.show, name="payments", who=MANAGERS, where=_DESK),
    page(f"{_ALL}/events", payments.events, name="payments-events", who=MANAGERS, where=_DESK),
    _owners_page(f"{_ALL}/key", payments_key.show_key, name="payments-key"),
    _owners_deed(f"{_ALL}/key", payments_key.give_key, name="payments-key"),
    _owners_deed(f"{_ONE}/check", payments.check, name="payments-check", names=Connection),
    _owners_page(f"{_ONE}/secret", payments_key.show_secret, name="payments-secret", names=Connection),
    _owners_deed(f"{_ONE}/secret", payments_key.give_secret, name="payments-secret", names=Connection),
    _owners_page(f"{_ONE}/end", payments_key.show_disconnect, name="payments-end", names=Connection),
    _owners_deed(f"{_ONE}/end", payments_key.disconnect, name="payments-end", names=Connection),
    page(f"{_ALL}/order-ids", order_ids.show, name="payments-order-ids", who=MANAGERS, where=_DESK),
    deed(f"{_ALL}/order-ids", order_ids.save, name="payments-order-ids", who=MANAGERS, where=_DESK),
]
