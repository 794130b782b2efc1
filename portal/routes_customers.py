"""The part of the URL map where staff look at customers, act for them, and read reports."""

from billing.records import Customer, Payment, Request, Subscription
from portal.entries import DECIDERS, STAFF, Entry, Where, deed, page
from portal.views.desk import acting, customers, reports

DESK = Where.DESK
_REFUND = "/payments/{payment_id}/refund"
_CANCEL, _KEEP = "/subscriptions/{subscription_id}/cancel", "/subscriptions/{subscription_id}/keep"

PEOPLE_ROUTES: list[Entry] = [
    page("/customers", customers.show_all, name="customers", who=STAFF, where=DESK),
    page("/customers/{customer_id}", customers.show, name="customer", who=STAFF, where=DESK, names=Customer),
    page(_REFUND, acting.show_refund, name="act-refund", who=DECIDERS, where=DESK, names=Payment),
    deed(_REFUND, acting.refund, name="act-refund", who=DECIDERS, where=DESK, names=Payment),
    page(_CANCEL, acting.show_cancel, name="act-cancel", who=DECIDERS, where=DESK, names=Subscription),
    deed(_CANCEL, acting.cancel, name="act-cancel", who=DECIDERS, where=DESK, names=Subscription),
    page(_KEEP, acting.show_keep, name="act-keep", who=DECIDERS, where=DESK, names=Subscription),
    deed(_KEEP, acting.keep, name="act-keep", who=DECIDERS, where=DESK, names=Subscription),
    deed(
        "/requests/{request_id}/withdraw",
        acting.withdraw,
        name="act-withdraw",
        who=DECIDERS,
        where=DESK,
        names=Request,
    ),
    page("/reports", reports.show, name="reports", who=STAFF, where=DESK),
    page("/reports/export", reports.export, name="reports-export", who=STAFF, where=DESK),
]
