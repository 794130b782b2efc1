"""Asking for a refund, cancelling and taking it back: first what will happen, then one button, then 303."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing.actors import CustomerActor
from billing.asking import (
    CancelPreview,
    RefundPreview,
    ask_cancel,
    ask_refund,
    preview_cancel,
    preview_refund,
    undo_cancel,
)
from billing.errors import Invalid, NotOffered, Repeated
from billing.ids import PaymentId, SubscriptionId, parse_id
from billing.merchant_texts import read_text
from billing.money import Money
from billing.records import Request
from billing.states import CancelReason, CancelWhen, Handling, RefundReason, SubscriptionState, TextKind
from locales.texts import label
from locales.translator import Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import customer

# The fields of a form that asks, in whoever's name.
ASKING = ("reason", "message")
_GOES_ON = frozenset({SubscriptionState.TRIALING, SubscriptionState.ACTIVE, SubscriptionState.PAST_DUE})


@dataclass(frozen=True, slots=True)
class RefundPage:
    """What the customer reads before asking; `is_late`: the refund period is over."""

    form: Form
    payment_id: PaymentId
    product: str
    order_id: str | None
    paid_at: datetime
    paid: Money
    amount: Money
    is_rest: bool
    is_late: bool
    is_automated: bool
    is_denied_at_once: bool
    period_ends_at: datetime | None
    goes_on: bool
    seller: str
    reasons: tuple[tuple[str, str], ...]
    policy: str  # the merchant's own words, or empty


@dataclass(frozen=True, slots=True)
class CancelPage:
    """What stops, and when; `ends_at` None: unknown, unless it ends now."""

    form: Form
    subscription_id: SubscriptionId
    product: str
    is_now: bool
    ends_at: datetime | None
    is_manual: bool
    seller: str
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class KeepPage:
    """What taking the cancellation back means; `next_payment_at` None: unknown."""

    subscription_id: SubscriptionId
    product: str
    next_payment_at: datetime | None


async def show_refund(http: web.Request) -> web.StreamResponse:
    """The preview; where a code is needed it is asked before anything is typed."""
    return await _refund_page(http, Form())


async def refund(http: web.Request) -> web.StreamResponse:
    """Ask for it, and go to the request's own page; sent twice, to the first one's."""
    form = read_form(http, *ASKING)
    try:
        asked = await declare_refund(http, form, by=customer(http))
    except Invalid as refusal:
        return await _refund_page(http, form.refused(refusal, http[SAY]), status=422)
    except Repeated as repeated:
        raise see(http, "request", repeated.data["first"]) from repeated
    raise _see(http, asked)


async def show_cancel(http: web.Request) -> web.StreamResponse:
    """The preview; nothing stands before it."""
    return await _cancel_page(http, Form())


async def cancel(http: web.Request) -> web.StreamResponse:
    """The customer's word counts from now."""
    form = read_form(http, *ASKING)
    try:
        asked = await declare_cancel(http, form, by=customer(http))
    except Invalid as refusal:
        return await _cancel_page(http, form.refused(refusal, http[SAY]), status=422)
    except Repeated as repeated:
        raise see(http, "request", repeated.data["first"]) from repeated
    raise _see(http, asked)


async def show_keep(http: web.Request) -> web.StreamResponse:
    """What taking a scheduled cancellation back means."""
    return render(http, "customer/keep.html", await find_keep_page(http, by=customer(http)))


async def keep(http: web.Request) -> web.StreamResponse:
    """The cancellation is taken back."""
    form = read_form(http)
    try:
        asked = await undo_cancel(
            http.app[CONTEXT], _subscription_id(http), by=customer(http), once_key=form.once_key
        )
    except Repeated as repeated:
        raise see(http, "request", repeated.data["first"]) from repeated
    raise _see(http, asked)


async def declare_refund(http: web.Request, form: Form, *, by: CustomerActor) -> Request:
    """What the form `ASKING` says, for the payment that the path names; raises `Invalid`, `Repeated`."""
    reason = form.choice("reason", RefundReason)
    if reason is None:
        raise Invalid("reason", "choice")
    return await ask_refund(
        http.app[CONTEXT],
        _payment_id(http),
        by=by,
        reason=reason,
        message=form.text("message"),
        once_key=form.once_key,
    )


async def declare_cancel(http: web.Request, form: Form, *, by: CustomerActor) -> Request:
    """The same for the subscription that the path names; a reason is not asked of anybody."""
    return await ask_cancel(
        http.app[CONTEXT],
        _subscription_id(http),
        by=by,
        reason=form.choice("reason", CancelReason),
        message=form.text("message"),
        once_key=form.once_key,
    )


async def find_keep_page(http: web.Request, *, by: CustomerActor) -> KeepPage:
    """The page's data; raises `NotOffered` where no cancellation is scheduled."""
    preview = await preview_cancel(http.app[CONTEXT], _subscription_id(http), by=by)
    if not preview.offer.may_undo:
        raise NotOffered
    subscription = preview.subscription
    return KeepPage(subscription.id, preview.product.name, subscription.period_ends_at)


def make_refund_page(preview: RefundPreview, form: Form, say: Translator, policy: str = "") -> RefundPage:
    """The page's data."""
    payment, offer, subscription = preview.payment, preview.offer, preview.subscription
    return RefundPage(
        form=form,
        payment_id=payment.id,
        product=preview.product.name,
        order_id=payment.order_id,
        paid_at=payment.paid_at,
        paid=payment.captured,
        amount=offer.amount,
        is_rest=offer.amount < payment.captured,
        is_late=offer.within_period is False,
        is_automated=offer.handling is Handling.AUTOMATED,
        is_denied_at_once=offer.denied_at_once,
        period_ends_at=offer.period_ends_at,
        goes_on=subscription is not None and subscription.state in _GOES_ON,
        seller=preview.account.name,
        reasons=tuple((each.value, label(each, say)) for each in RefundReason),
        policy=policy,
    )


def make_cancel_page(preview: CancelPreview, form: Form, say: Translator) -> CancelPage:
    """The page's data."""
    offer = preview.offer
    return CancelPage(
        form=form,
        subscription_id=preview.subscription.id,
        product=preview.product.name,
        is_now=offer.when is CancelWhen.NOW,
        ends_at=offer.ends_at,
        is_manual=offer.handling is Handling.MANUAL,
        seller=preview.account.name,
        reasons=tuple((each.value, label(each, say)) for each in CancelReason),
    )


async def _refund_page(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    ctx, say = http.app[CONTEXT], http[SAY]
    preview = await preview_refund(ctx, _payment_id(http), by=customer(http))
    product = preview.product.name
    policy = await read_text(ctx, preview.account, TextKind.REFUND_POLICY, "", say.language, product=product)
    page = make_refund_page(preview, form, say, policy)
    return render(http, "customer/refund.html", page, status=status)


async def _cancel_page(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    preview = await preview_cancel(http.app[CONTEXT], _subscription_id(http), by=customer(http))
    page = make_cancel_page(preview, form, http[SAY])
    return render(http, "customer/cancel.html", page, status=status)


def _payment_id(http: web.Request) -> PaymentId:
    return parse_id(PaymentId, http.match_info["payment_id"])


def _subscription_id(http: web.Request) -> SubscriptionId:
    return parse_id(SubscriptionId, http.match_info["subscription_id"])


def _see(http: web.Request, asked: Request) -> web.HTTPSeeOther:
    return see(http, "request", asked.id)
