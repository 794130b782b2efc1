"""Acting for a customer: the previews and confirmations that customers have, recorded as who did it."""

from dataclasses import dataclass

from aiohttp import web

from billing.acting import (
    get_represented,
    stand_in_for_payment,
    stand_in_for_request,
    stand_in_for_subscription,
)
from billing.actors import CustomerActor
from billing.asking import preview_cancel, preview_refund, undo_cancel, withdraw_request
from billing.errors import Conflict, Forbidden, Invalid, Refusal, Repeated
from billing.ids import CustomerId, PaymentId, RequestId, SubscriptionId, parse_id
from locales.texts import sentence
from portal.answers import status_of
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.customer.asking import (
    ASKING,
    CancelPage,
    KeepPage,
    RefundPage,
    declare_cancel,
    declare_refund,
    find_keep_page,
    make_cancel_page,
    make_refund_page,
)


@dataclass(frozen=True, slots=True)
class ActingPage:
    """What the customer would read, who they are, and why it was refused, if it was."""

    customer_id: CustomerId
    customer: str
    asked: RefundPage | CancelPage | KeepPage
    alert: str
    section: str = "customers"


async def show_refund(http: web.Request) -> web.Response:
    """What asking for this payment's money back would mean."""
    return await _refund_page(http, Form())


async def refund(http: web.Request) -> web.Response:
    """Ask for it in the customer's name."""
    form = read_form(http, *ASKING)
    try:
        asked = await declare_refund(http, form, by=await _for_payment(http))
    except Invalid as refusal:
        return await _refund_page(http, form.refused(refusal, http[SAY]), status=422)
    except Repeated as repeated:
        raise see(http, "request", repeated.data["first"]) from repeated
    except Forbidden as refusal:
        return await _refund_page(http, form, refusal=refusal)
    raise see(http, "request", asked.id)


async def show_cancel(http: web.Request) -> web.Response:
    """What cancelling would mean."""
    return await _cancel_page(http, Form())


async def cancel(http: web.Request) -> web.Response:
    """Cancel in the customer's name."""
    form = read_form(http, *ASKING)
    try:
        asked = await declare_cancel(http, form, by=await _for_subscription(http))
    except Invalid as refusal:
        return await _cancel_page(http, form.refused(refusal, http[SAY]), status=422)
    except Repeated as repeated:
        raise see(http, "request", repeated.data["first"]) from repeated
    raise see(http, "request", asked.id)


async def show_keep(http: web.Request) -> web.Response:
    """What taking a scheduled cancellation back means."""
    by = await _for_subscription(http)
    return await _render(http, "desk/acting_keep.html", await find_keep_page(http, by=by), by)


async def keep(http: web.Request) -> web.Response:
    """Take it back in the customer's name."""
    form = read_form(http)
    try:
        asked = await undo_cancel(
            http.app[CONTEXT],
            _subscription_id(http),
            by=await _for_subscription(http),
            once_key=form.once_key,
        )
    except Repeated as repeated:
        raise see(http, "request", repeated.data["first"]) from repeated
    raise see(http, "request", asked.id)


async def withdraw(http: web.Request) -> web.Response:
    """Withdraw a pending request in the customer's name; too late, its page says who was first."""
    read_form(http)
    request_id = parse_id(RequestId, http.match_info["request_id"])
    by = await stand_in_for_request(http.app[CONTEXT], request_id, by=staff(http))
    try:
        await withdraw_request(http.app[CONTEXT], request_id, by=by)
    except Conflict:
        raise see(http, "request", request_id) from None
    raise see(http, "customer", by.customer_id)


async def _refund_page(
    http: web.Request, form: Form, *, refusal: Refusal | None = None, status: int = 200
) -> web.Response:
    by = await _for_payment(http)
    preview = await preview_refund(http.app[CONTEXT], _payment_id(http), by=by)
    page = make_refund_page(preview, form, http[SAY])
    return await _render(http, "desk/acting_refund.html", page, by, refusal=refusal, status=status)


async def _cancel_page(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    by = await _for_subscription(http)
    preview = await preview_cancel(http.app[CONTEXT], _subscription_id(http), by=by)
    page = make_cancel_page(preview, form, http[SAY])
    return await _render(http, "desk/acting_cancel.html", page, by, status=status)


async def _render(
    http: web.Request,
    template: str,
    asked: RefundPage | CancelPage | KeepPage,
    by: CustomerActor,
    *,
    refusal: Refusal | None = None,
    status: int = 200,
) -> web.Response:
    customer = await get_represented(http.app[CONTEXT], by=by)
    page = ActingPage(
        customer_id=customer.id,
        customer=customer.name or customer.email,
        asked=asked,
        alert=sentence(refusal, http[SAY]) if refusal else "",
    )
    return render(http, template, page, status=status_of(refusal) if refusal else status)


async def _for_payment(http: web.Request) -> CustomerActor:
    return await stand_in_for_payment(http.app[CONTEXT], _payment_id(http), by=staff(http))


async def _for_subscription(http: web.Request) -> CustomerActor:
    return await stand_in_for_subscription(http.app[CONTEXT], _subscription_id(http), by=staff(http))


def _payment_id(http: web.Request) -> PaymentId:
    return parse_id(PaymentId, http.match_info["payment_id"])


def _subscription_id(http: web.Request) -> SubscriptionId:
    return parse_id(SubscriptionId, http.match_info["subscription_id"])
