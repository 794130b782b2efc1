"""Customer pages drawn from records of the product, without a server: for what templates do alone."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from billing.ids import (
    AccountId,
    CustomerId,
    EntryId,
    HelpdeskId,
    PaymentId,
    ProductId,
    PurchaseId,
    RefundId,
    RequestId,
    SubscriptionId,
    TicketId,
    new_id,
)
from billing.money import Currency, Money
from billing.policy import Blocked, CancelOffer, RefundOffer
from billing.purchases import Orders, PaymentLine, PurchaseModule
from billing.records import (
    Account,
    Address,
    Card,
    Customer,
    Entry,
    Helpdesk,
    Payment,
    PolicySnapshot,
    Product,
    Purchase,
    Refund,
    Request,
    SelfBilling,
    Subscription,
    Ticket,
)
from billing.states import (
    AskCode,
    CancelWhen,
    EntryKind,
    Handling,
    PaymentState,
    PlanName,
    ProductKind,
    RequestKind,
    RequestState,
    SubscriptionState,
    Surface,
    TicketState,
)
from billing.views import RequestView
from locales.catalogues import language_names
from locales.translator import get_translator
from portal.entries import UrlMap
from portal.forms import new_once_key
from portal.place import Place
from portal.render import Templates
from portal.routes import ROUTES
from portal.session import Visitor
from portal.static_files import StaticFiles, brand_address

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
USD = Currency("USD")

ACCOUNT = Account(
    id=new_id(AccountId),
    slug="northlight",
    directory="northlight",
    name="Northlight Academy",
    plan=PlanName.GROWTH,
    currency=USD,
    locale="en-US",
    time_zone="America/New_York",
    seller=Address(name="Northlight Academy LLC"),
    colour="#1f6f5c",
)
ALICE = Customer(new_id(CustomerId), ACCOUNT.id, "Alice Miller", "alice.miller@example.com", None)
HELP = Helpdesk(new_id(HelpdeskId), ACCOUNT.id, "care", "Customer care", "C1", True, None)

_URLS = UrlMap(ROUTES)
_STATIC = StaticFiles()
_TEMPLATES = Templates()


def at(days: float) -> datetime:
    """So many days before now."""
    return NOW - timedelta(days=days)


def money(minor: int) -> Money:
    """Dollars, in cents."""
    return Money(minor, USD)


def draw(
    template: str, page: object, *, language: str = "en", helpdesk: bool = False, signed_in: bool = True
) -> str:
    """The page as it is sent, in a place of Northlight's."""
    say = get_translator(language, ACCOUNT.time_zone)
    place = Place(ACCOUNT, Surface.PORTAL, None, "/northlight")
    if helpdesk:
        place = Place(ACCOUNT, Surface.HELPDESK, HELP, "/northlight/help/care")
    visitor = _Signed() if signed_in else Visitor(None, None, "token", "browser", False)
    context = {
        "page": page,
        "place": place,
        "visitor": visitor,
        "say": say,
        "now": NOW,
        "money": say.money,
        "date": say.date,
        "datetime": say.datetime,
        "ago": partial(say.ago, now=NOW),
        "url": lambda name, *parts, **query: _URLS.build(place.root, place.wheres, name, parts, query),
        "static": _STATIC.address,
        "brand_address": brand_address(ACCOUNT.colour),
        "languages": language_names(),
        "zone_cookie": "__Host-zone-account",
        "csrf_token": "token",
        "new_once_key": new_once_key,
        "return_path": place.root,
    }
    return _TEMPLATES.render(template, say, context)


class _Signed:
    is_signed_in = True


def make_payment(minor: int, days: float, order_id: str | None, **changes: object) -> Payment:
    """A payment of Alice's, so many days ago."""
    payment = Payment(
        id=new_id(PaymentId),
        account_id=ACCOUNT.id,
        purchase_id=new_id(PurchaseId),
        customer_id=ALICE.id,
        order_id=order_id,
        state=PaymentState.SUCCEEDED if order_id else PaymentState.FAILED,
        captured=money(minor),
        tax=money(0),
        refunded=money(0),
        reserved=money(0),
        disputed=money(0),
        paid_at=at(days),
        number=None,
        processor_id="ch_1" if order_id else None,
        buyer=Address(name=ALICE.name),
    )
    return replace(payment, **changes)  # type: ignore[arg-type]


def make_line(
    payment: Payment, *, blocked: Blocked | None = None, pending: Request | None = None
) -> PaymentLine:
    """What My Orders knows of a payment."""
    offer = RefundOffer(
        blocked or (Blocked.PENDING if pending else None),
        Handling.MANUAL,
        payment.left,
        at(-10),
        True,
        30,
        True,
    )
    refunds: tuple[Refund, ...] = ()
    if payment.refunded:
        refunds = (
            Refund(new_id(RefundId), ACCOUNT.id, payment.id, None, payment.refunded, "re_1", at(3), None),
        )
    return PaymentLine(payment, offer, pending, refunds, payment.state is PaymentState.SUCCEEDED)


def make_module(
    name: str,
    lines: list[PaymentLine],
    state: SubscriptionState | None = None,
    *,
    ends: datetime | None = None,
    pending: Request | None = None,
    price_point: str = "",
) -> PurchaseModule:
    """A purchase with its payments."""
    kind = ProductKind.SUBSCRIPTION if state else ProductKind.ONE_TIME
    product = Product(new_id(ProductId), ACCOUNT.id, name, price_point, kind, 30)
    subscription = None
    purchase_id = new_id(PurchaseId)
    if state:
        subscription = Subscription(
            id=new_id(SubscriptionId),
            account_id=ACCOUNT.id,
            customer_id=ALICE.id,
            purchase_id=purchase_id,
            state=state,
            period_ends_at=ends,
            ended_at=at(40) if state is SubscriptionState.CANCELED else None,
            processor_id="sub_1",
            card=Card("Visa", "4242", None),
        )
    is_over = state in {SubscriptionState.CANCELED, SubscriptionState.COMPLETED}
    is_ending = state is SubscriptionState.CANCEL_SCHEDULED
    blocked = Blocked.PENDING if pending else Blocked.NOT_RUNNING if is_over or is_ending else None
    offer = CancelOffer(blocked, Handling.MANUAL, CancelWhen.PERIOD_END, ends, is_ending) if state else None
    purchase = Purchase(
        purchase_id, ACCOUNT.id, ALICE.id, product.id, subscription.id if subscription else None, at(400)
    )
    return PurchaseModule(purchase, product, subscription, tuple(lines), offer, pending, ())


def make_request(
    kind: RequestKind = RequestKind.REFUND,
    state: RequestState = RequestState.PENDING,
    *,
    message: str = "",
    answer: str = "",
) -> Request:
    """A request of Alice's, made two hours ago."""
    is_refund = kind is RequestKind.REFUND
    return Request(
        id=new_id(RequestId),
        account_id=ACCOUNT.id,
        reference="R-7K3M9QX2",
        kind=kind,
        state=state,
        surface=Surface.HELPDESK,
        helpdesk_id=HELP.id,
        customer_id=ALICE.id,
        purchase_id=new_id(PurchaseId),
        payment_id=new_id(PaymentId) if is_refund else None,
        subscription_id=None if is_refund else new_id(SubscriptionId),
        ticket_id=new_id(TicketId),
        amount=money(3900) if is_refund else None,
        reason="satisfaction_guarantee" if is_refund else "too_expensive",
        message=message,
        policy=PolicySnapshot(Handling.MANUAL, 30, at(-10), True, None),
        asked_at=at(2 / 24),
        moved_at=at(1 / 24),
        decided_at=None,
        decided_by=None,
        decided_by_name=None,
        answer=answer,
        failure=None,
    )


def make_entry(
    verb: str, hours: float, *, by: str = "staff:1", name: str = "Dana Reed", text: str = ""
) -> Entry:
    """A step of a timeline, so many hours ago."""
    return Entry(
        id=new_id(EntryId),
        account_id=ACCOUNT.id,
        ticket_id=new_id(TicketId),
        kind=EntryKind.MESSAGE if text else EntryKind.EVENT,
        by=by,
        by_name=name,
        text=text,
        verb=verb,
        facts={},
        at=at(hours / 24),
    )


def make_view(request: Request) -> RequestView:
    """The request with all that belongs to it."""
    module = make_module("Watercolour Basics", [], SubscriptionState.CANCEL_SCHEDULED, ends=at(-12))
    return RequestView(
        request=request,
        account=ACCOUNT,
        customer=ALICE,
        product=module.product,
        purchase=module.purchase,
        payment=make_payment(3900, 9, "10234871"),
        subscription=None if request.kind is RequestKind.REFUND else module.subscription,
        operation=None,
        ticket=make_ticket("", request_id=request.id),
        helpdesk=HELP,
    )


def make_ticket(
    subject: str, state: TicketState = TicketState.OPEN, *, request_id: RequestId | None = None
) -> Ticket:
    """A conversation of Alice's."""
    return Ticket(
        id=new_id(TicketId),
        account_id=ACCOUNT.id,
        reference="T-9QX27K3M",
        helpdesk_id=HELP.id,
        department_id=None,
        customer_id=ALICE.id,
        request_id=request_id,
        subject=subject,
        state=state,
        opened_at=at(2),
        moved_at=at(1),
    )


def make_orders(modules: list[PurchaseModule]) -> Orders:
    """What the use case returns to a customer on the portal."""
    before = AskCode.BEFORE
    settings = SelfBilling(
        ACCOUNT.id,
        Surface.PORTAL,
        None,
        True,
        True,
        Handling.MANUAL,
        Handling.MANUAL,
        CancelWhen.PERIOD_END,
        HELP.id,
        None,
        before,
        before,
        before,
    )
    return Orders(ACCOUNT, ALICE, settings, None, tuple(modules), True)
