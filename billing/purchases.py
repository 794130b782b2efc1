"""My Orders: what a customer bought, and what may be done with each line of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from billing import policy
from billing.actors import CustomerActor
from billing.context import Context
from billing.declaring import find_open, surface_settings
from billing.policy import CancelOffer, RefundOffer
from billing.processing.card_asking import find_missing
from billing.processing.card_offering import CardOffer, card_offer
from billing.processing.records import CardChange
from billing.records import (
    Account,
    Customer,
    Helpdesk,
    Payment,
    Product,
    Purchase,
    Refund,
    Request,
    SelfBilling,
    Subscription,
)
from billing.states import OPEN_CARD_CHANGE, PaymentState, Permission
from billing.views import PurchaseView


@dataclass(frozen=True, slots=True)
class PaymentLine:
    """One payment with what is offered for it; `has_invoice`: it may be downloaded here."""

    payment: Payment
    refund: RefundOffer
    open_request: Request | None
    refunds: tuple[Refund, ...]
    has_invoice: bool


@dataclass(frozen=True, slots=True)
class PurchaseModule:
    """One purchase; `open_request` is that of its subscription, `lines` are newest first."""

    purchase: Purchase
    product: Product
    subscription: Subscription | None
    lines: tuple[PaymentLine, ...]
    cancel: CancelOffer | None
    open_request: Request | None
    requests: tuple[Request, ...]
    card: CardOffer | None = None
    card_change: CardChange | None = None  # the one that is under way


@dataclass(frozen=True, slots=True)
class Orders:
    """All of a customer's purchases, as one surface shows them."""

    account: Account
    customer: Customer
    settings: SelfBilling
    helpdesk: Helpdesk | None
    modules: tuple[PurchaseModule, ...]
    documents_need_code: bool


async def list_orders(ctx: Context, *, by: CustomerActor) -> Orders:
    """Every purchase of the customer, newest first; raises `SwitchedOff` where billing is not shown."""
    async with ctx.read(by.account_id) as work:
        settings = await surface_settings(work, by)
        helpdesk = await work.helpdesks.get(by.helpdesk_id) if by.helpdesk_id else None
        views = await work.purchases.list_views(by.customer_id)
        missing = await find_missing(work)
        changes = await work.cards.list_of_customer(by.customer_id)
        return Orders(
            account=await work.accounts.get(),
            customer=await work.customers.get(by.customer_id),
            settings=settings,
            helpdesk=helpdesk,
            modules=tuple(
                module_of(view, settings, by=by, now=ctx.now(), missing=missing, changes=changes)
                for view in views
            ),
            documents_need_code=policy.needs_code(settings.code_for_documents, by),
        )


def module_of(
    view: PurchaseView,
    settings: SelfBilling,
    *,
    by: CustomerActor,
    now: datetime,
    missing: Collection[Permission] | None = None,
    changes: Sequence[CardChange] = (),
) -> PurchaseModule:
    """One purchase with what these settings offer for it, and the live connection may do (None: none)."""
    cancel, pending, card = None, None, None
    if view.subscription is not None:
        card = card_offer(settings, view.subscription, missing=missing, by=by)
        pending = find_open(view, subscription_id=view.subscription.id)
        cancel = policy.cancel_offer(settings, view.subscription, open_request=pending, now=now)
    return PurchaseModule(
        purchase=view.purchase,
        product=view.product,
        subscription=view.subscription,
        lines=tuple(_line(view, payment, settings, by=by, now=now) for payment in view.payments),
        cancel=cancel,
        open_request=pending,
        requests=view.requests,
        card=card,
        card_change=_find_change(view.subscription, changes),
    )


def _find_change(subscription: Subscription | None, changes: Sequence[CardChange]) -> CardChange | None:
    """The card change under way that began at this subscription, or moves it."""
    for change in changes:
        is_its = subscription is not None and (
            change.subscription_id == subscription.id or subscription.processor_id in change.moves
        )
        if is_its and change.state in OPEN_CARD_CHANGE:
            return change
    return None


def _line(
    view: PurchaseView, payment: Payment, settings: SelfBilling, *, by: CustomerActor, now: datetime
) -> PaymentLine:
    pending = find_open(view, payment_id=payment.id)
    return PaymentLine(
        payment=payment,
        refund=policy.refund_offer(settings, view.product, payment, open_request=pending, by=by, now=now),
        open_request=pending,
        refunds=tuple(refund for refund in view.refunds if refund.payment_id == payment.id),
        has_invoice=settings.invoices and payment.state is PaymentState.SUCCEEDED,
    )
