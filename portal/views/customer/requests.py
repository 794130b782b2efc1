"""A request's own page: where it stands, what happened, what comes next; and withdrawing it."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing import requests as use_cases
from billing.asking import withdraw_request
from billing.ids import RequestId, SubscriptionId, TicketId, parse_id
from billing.money import Money
from billing.states import OPEN_REQUEST, RequestKind, RequestState, SubscriptionState
from billing.views import RequestView
from locales.texts import reason_label
from locales.translator import Translator
from portal.forms import read_form
from portal.keys import CONTEXT, PLACE, SAY
from portal.render import render, see
from portal.session import customer
from portal.views.customer import wording
from portal.views.customer.wording import Step


@dataclass(frozen=True, slots=True)
class RequestPage:
    """`ticket_id` is set where its conversation can be read; `may_change`: it is still under way."""

    id: RequestId
    reference: str
    headline: str
    what_next: str
    tone: str
    label: str
    answer: str
    seller: str
    product: str
    amount: Money | None
    approved: Money | None  # where it is less than that
    order_id: str | None
    asked_at: datetime
    reason: str
    message: str
    steps: tuple[Step, ...]
    ticket_id: TicketId | None
    may_withdraw: bool
    may_change: bool
    undo_of: SubscriptionId | None  # the cancellation took place here and can still be taken back
    version: str


async def show(http: web.Request) -> web.StreamResponse:
    """Only its customer's; everybody else gets what an absent one gets."""
    shown = await use_cases.show_request(http.app[CONTEXT], _request_id(http), by=customer(http))
    has_tickets = http[PLACE].helpdesk is not None and shown.view.ticket is not None
    page = make_page(shown, http[SAY], has_tickets=has_tickets)
    return render(http, "customer/request.html", page)


async def withdraw(http: web.Request) -> web.StreamResponse:
    """Taken back while nobody has decided it."""
    read_form(http)
    request = await withdraw_request(http.app[CONTEXT], _request_id(http), by=customer(http))
    raise see(http, "request", request.id)


def make_page(shown: use_cases.RequestPage, say: Translator, *, has_tickets: bool) -> RequestPage:
    """The page's data; `has_tickets`: this surface shows the conversation."""
    view, request = shown.view, shown.view.request
    tone, label = wording.badge(view, say)
    return RequestPage(
        id=request.id,
        reference=request.reference,
        headline=wording.headline(view, say),
        what_next=wording.what_next(view, say),
        tone=tone,
        label=label,
        answer=request.answer,
        seller=view.account.name,
        product=view.product.name,
        amount=request.amount,
        approved=request.refund_amount if request.is_partial else None,
        order_id=view.payment.order_id if view.payment else None,
        asked_at=request.asked_at,
        reason=reason_label(request.kind, request.reason, say) if request.reason else "",
        message=request.message,
        steps=wording.steps(view, shown.entries, say),
        ticket_id=request.ticket_id if has_tickets else None,
        may_withdraw=shown.may_withdraw,
        may_change=request.state in OPEN_REQUEST,
        undo_of=_undo_of(view),
        version=shown.version,
    )


def _undo_of(view: RequestView) -> SubscriptionId | None:
    request, subscription = view.request, view.subscription
    is_cancelled_here = request.kind is RequestKind.CANCEL and request.state is RequestState.DONE
    if subscription is None or not is_cancelled_here:
        return None
    return subscription.id if subscription.state is SubscriptionState.CANCEL_SCHEDULED else None


def _request_id(http: web.Request) -> RequestId:
    return parse_id(RequestId, http.match_info["request_id"])
