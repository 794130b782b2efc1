"""What customers will see with some settings: an example customer's page, drawn by its own templates."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from aiohttp import web
from markupsafe import Markup

from billing import policy
from billing.actors import CustomerActor
from billing.asking import CancelPreview, RefundPreview
from billing.ids import CustomerId, PaymentId, ProductId, PurchaseId, SubscriptionId
from billing.money import Money
from billing.purchases import PurchaseModule, module_of
from billing.records import (
    Account,
    Address,
    Card,
    Payment,
    Product,
    Purchase,
    SelfBilling,
    Subscription,
)
from billing.states import AskCode, PaymentState, ProductKind, SubscriptionState
from billing.views import PurchaseView
from locales.translator import N_, Translator
from portal.forms import Form
from portal.keys import CONTEXT, SAY
from portal.render import draw_part
from portal.views.customer.asking import CancelPage, RefundPage, make_cancel_page, make_refund_page
from portal.views.customer.modules import Module, make_module

_REFUND_DAYS = 30
_CUSTOMER = CustomerId(UUID(int=1))


@dataclass(frozen=True, slots=True)
class Preview:
    """My Orders of the example customer, and what they read before they ask; None: not offered.

    `is_shown` False: this surface does not display billing. `needs_helpdesk`: Manual, and none was chosen.
    """

    modules: tuple[Module, ...]
    refund: RefundPage | None
    cancel: CancelPage | None
    is_shown: bool
    needs_helpdesk: bool
    code_at_sign_in: bool
    code_before_documents: bool
    code_before_refund: bool


def draw_preview(
    http: web.Request, account: Account, settings: SelfBilling, *, is_shown: bool = True
) -> Markup:
    """The fragment `#preview`, with nothing in it that can be pressed."""
    page = make_preview(account, settings, http[SAY], now=http.app[CONTEXT].now(), is_shown=is_shown)
    return draw_part(http, "desk/_preview.html", page, url=_nowhere)


def make_preview(
    account: Account, settings: SelfBilling, say: Translator, *, now: datetime, is_shown: bool = True
) -> Preview:
    """By the same policy and the same modules as a customer's page."""
    by = CustomerActor(
        account.id, _CUSTOMER, settings.surface, settings.helpdesk_id, proved=True, client="", trace_id=""
    )
    views = _examples(account, say, now)
    # as if everything that a connection may do were allowed
    modules = [module_of(view, settings, by=by, now=now, missing=()) for view in views]
    needs_helpdesk = any(_lacks_helpdesk(each) for each in modules)
    at_sign_in = policy.is_code_asked_at_sign_in(settings)
    return Preview(
        modules=tuple(make_module(each, now=now) for each in modules) if is_shown else (),
        refund=_refund_page(account, modules[0], say) if is_shown else None,
        cancel=_cancel_page(account, modules[1], say) if is_shown else None,
        is_shown=is_shown,
        needs_helpdesk=is_shown and needs_helpdesk,
        code_at_sign_in=at_sign_in,
        code_before_documents=not at_sign_in
        and settings.invoices
        and settings.code_for_documents is AskCode.BEFORE,
        code_before_refund=not at_sign_in
        and settings.refund is not None
        and settings.code_for_refund is AskCode.BEFORE,
    )


def _nowhere(*_: object, **__: object) -> str:
    """All links of the preview."""
    return "#preview"


def _lacks_helpdesk(module: PurchaseModule) -> bool:
    offers = [module.cancel, *(line.refund for line in module.lines)]
    return policy.Blocked.NO_HELPDESK in {each.blocked for each in offers if each is not None}


def _refund_page(account: Account, module: PurchaseModule, say: Translator) -> RefundPage | None:
    (line,) = module.lines
    if line.refund.blocked is not None:
        return None
    preview = RefundPreview(account, module.product, line.payment, module.subscription, line.refund)
    return make_refund_page(preview, Form(), say)


def _cancel_page(account: Account, module: PurchaseModule, say: Translator) -> CancelPage | None:
    if module.subscription is None or module.cancel is None or module.cancel.blocked is not None:
        return None
    preview = CancelPreview(account, module.product, module.subscription, module.cancel)
    return make_cancel_page(preview, Form(), say)


def _examples(account: Account, say: Translator, now: datetime) -> tuple[PurchaseView, PurchaseView]:
    """A course, bought three days ago, and a club whose second month was paid then."""
    three_days_ago = now - timedelta(days=3)
    course = _purchase(account, 2, three_days_ago, is_recurring=False)
    club = _purchase(account, 3, now - timedelta(days=33), is_recurring=True)
    agreement = Subscription(
        id=SubscriptionId(club.id),
        account_id=account.id,
        customer_id=_CUSTOMER,
        purchase_id=club.id,
        state=SubscriptionState.ACTIVE,
        period_ends_at=now + timedelta(days=27),
        ended_at=None,
        processor_id="example",
        card=Card("Visa", "4242", None),
    )
    months = (
        _payment(club, account, 10000003, 19, three_days_ago),
        _payment(club, account, 10000002, 19, club.purchased_at),
    )
    return (
        PurchaseView(
            course,
            _product(course, ProductKind.ONE_TIME, say.text(N_("Example course"))),
            None,
            (_payment(course, account, 10000001, 149, three_days_ago),),
        ),
        PurchaseView(
            club, _product(club, ProductKind.SUBSCRIPTION, say.text(N_("Example club"))), agreement, months
        ),
    )


def _purchase(account: Account, number: int, at: datetime, *, is_recurring: bool) -> Purchase:
    number_id = UUID(int=number)
    return Purchase(
        id=PurchaseId(number_id),
        account_id=account.id,
        customer_id=_CUSTOMER,
        product_id=ProductId(number_id),
        subscription_id=SubscriptionId(number_id) if is_recurring else None,
        purchased_at=at,
    )


def _product(purchase: Purchase, kind: ProductKind, name: str) -> Product:
    return Product(purchase.product_id, purchase.account_id, name, "", kind, _REFUND_DAYS)


def _payment(purchase: Purchase, account: Account, order_id: int, units: int, at: datetime) -> Payment:
    nothing = Money.zero(account.currency)
    return Payment(
        id=PaymentId(UUID(int=order_id)),
        account_id=account.id,
        purchase_id=purchase.id,
        customer_id=_CUSTOMER,
        order_id=str(order_id),
        state=PaymentState.SUCCEEDED,
        captured=Money(units * 10**account.currency.exponent, account.currency),
        tax=nothing,
        refunded=nothing,
        reserved=nothing,
        disputed=nothing,
        paid_at=at,
        number=None,
        processor_id="example",
        buyer=Address(name=""),
    )
