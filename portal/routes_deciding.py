"""The URL map of deciding: the inbox, a request's page, many at once, and the rules of it."""

from functools import partial

from billing.plans import must_have_helpdesks
from billing.processing.records import Alert
from billing.records import Request, Ticket
from portal.entries import DECIDERS, MANAGERS, OWNERS, STAFF, Entry, Where, deed, page
from portal.live import request_events
from portal.views.desk import alerts, assigning, bulk, inbox, requests, rules, snoozing

DESK = Where.DESK


def _of_request(path: str) -> str:
    return f"/requests/{{request_id}}{path}"


_TICKET = "/tickets/{ticket_id}"
_ticket_page = partial(page, who=DECIDERS, where=DESK, names=Ticket, plan=must_have_helpdesks)
_ticket_deed = partial(deed, who=DECIDERS, where=DESK, names=Ticket, plan=must_have_helpdesks)

DECIDING_ROUTES: list[Entry] = [
    page("", inbox.show, name="home", who=STAFF, where=DESK),
    page("/events", inbox.events, name="inbox-events", who=STAFF, where=DESK),
    page("/alerts", alerts.show, name="alerts", who=STAFF, where=DESK),
    deed("/alerts/{alert_id}/close", alerts.close, name="alert-close", who=MANAGERS, where=DESK, names=Alert),
    page(_of_request(""), requests.show, name="request", who=STAFF, where=DESK, names=Request),
    page(_of_request("/events"), request_events, name="request-events", who=STAFF, where=DESK, names=Request),
    *(
        deed(_of_request(f"/{name}"), handler, name=named, who=DECIDERS, where=DESK, names=Request)
        for name, named, handler in (
            ("approve", "approve", requests.approve),
            ("deny", "deny", requests.deny),
            ("retry", "retry", requests.retry),
            ("ask", "request-ask", requests.ask),
            ("note", "request-note", requests.note),
        )
    ),
    _ticket_deed(f"{_TICKET}/assign", assigning.assign, name="ticket-assign"),
    _ticket_page(f"{_TICKET}/snooze", snoozing.show, name="ticket-snooze"),
    _ticket_deed(f"{_TICKET}/snooze", snoozing.snooze, name="ticket-snooze"),
    _ticket_deed(f"{_TICKET}/wake", snoozing.wake, name="ticket-wake"),
    page("/bulk", bulk.show, name="bulk", who=DECIDERS, where=DESK),
    page("/bulk/done", bulk.done, name="bulk-done", who=DECIDERS, where=DESK),
    deed("/bulk/approve", bulk.approve, name="bulk-approve", who=DECIDERS, where=DESK),
    deed("/bulk/deny", bulk.deny, name="bulk-deny", who=DECIDERS, where=DESK),
    page("/rules", rules.show, name="rules", who=OWNERS, where=DESK),
    deed("/rules", rules.save, name="rules", who=OWNERS, where=DESK),
]
