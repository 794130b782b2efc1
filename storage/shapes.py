"""How the records that several repositories read are made of their columns."""

from dataclasses import replace
from datetime import date, datetime
from functools import cache
from typing import Any

from billing import records as r
from billing.money import Currency, Money
from billing.states import CancelWhen, Handling, RequestState
from storage.bound import Shape
from storage.tables.accounts import accounts, staff
from storage.tables.helpdesks import helpdesks, tickets
from storage.tables.requests import operations, requests
from storage.tables.sales import customers, payments, products, purchases, refunds, subscriptions

currency_of = cache(Currency)


def money_of(minor: int | None, code: str | None) -> Money | None:
    """The amount in these two columns, if there is one."""
    return None if minor is None or code is None else Money(minor, currency_of(code))


def policy_of(facts: dict[str, Any]) -> r.PolicySnapshot:
    """The policy as `rows.request_values` stored it."""
    ends, when = facts["period_ends_at"], facts["cancel_when"]
    return r.PolicySnapshot(
        handling=Handling(facts["handling"]),
        refund_days=facts["refund_days"],
        period_ends_at=datetime.fromisoformat(ends) if ends else None,
        within_period=facts["within_period"],
        cancel_when=CancelWhen(when) if when else None,
    )


def _account(*values: Any) -> r.Account:
    account_id, slug, directory, name, plan, currency, locale, time_zone, seller, colour, *rules = values
    return r.Account(
        id=account_id,
        slug=slug,
        directory=directory,
        name=name,
        plan=plan,
        currency=currency_of(currency),
        locale=locale,
        time_zone=time_zone,
        seller=r.Address(**seller),
        colour=colour,
        domain=rules[0],
        second_factor=rules[1],
        two_people_above_minor=rules[2],
        bulk_up_to_minor=rules[3],
    )


def _payment(*values: Any) -> r.Payment:
    (
        *names,
        state,
        code,
        captured,
        tax,
        refunded,
        reserved,
        disputed,
        paid_at,
        number,
        processor_id,
        buyer,
    ) = values
    own_id, account_id, purchase_id, customer_id, order_id = names
    currency = currency_of(code)
    return r.Payment(
        id=own_id,
        account_id=account_id,
        purchase_id=purchase_id,
        customer_id=customer_id,
        order_id=order_id,
        state=state,
        captured=Money(captured, currency),
        tax=Money(tax, currency),
        refunded=Money(refunded, currency),
        reserved=Money(reserved, currency),
        disputed=Money(disputed, currency),
        paid_at=paid_at,
        number=number,
        processor_id=processor_id,
        buyer=r.Address(**buyer),
    )


def _subscription(*values: Any) -> r.Subscription:
    return r.Subscription(*(*values[:-3], _card(*values[-3:])))


def _card(brand: str | None, last_four: str | None, expires_on: date | None) -> r.Card | None:
    return None if brand is None or last_four is None else r.Card(brand, last_four, expires_on)


def _refund(*values: Any) -> r.Refund:
    own_id, account_id, payment_id, operation_id, minor, code, processor_id, refunded_at, reversed_at = values
    amount = Money(minor, currency_of(code))
    return r.Refund(
        own_id, account_id, payment_id, operation_id, amount, processor_id, refunded_at, reversed_at
    )


def _request(*values: Any) -> r.Request:
    *before, minor, code, reason, message, policy = values[:17]
    *rest, approved, asked_by, moved_by, moved_by_name = values[17:]
    amount, approved_amount = money_of(minor, code), money_of(approved, code)
    request = r.Request(
        *(*before, amount, reason, message, policy_of(policy), *rest, approved_amount, asked_by)
    )
    if request.state is RequestState.WITHDRAWN and moved_by.startswith("staff:"):
        return replace(request, withdrawn_by=moved_by_name)
    return request


def _operation(*values: Any) -> r.Operation:
    *before, minor, code = values[:11]
    return r.Operation(*(*before, money_of(minor, code), *values[11:]))


_a, _p, _s, _f = accounts.c, payments.c, subscriptions.c, refunds.c
_q, _o, _h, _t = requests.c, operations.c, helpdesks.c, tickets.c

ACCOUNT = Shape(
    (
        _a.account_id,
        _a.slug,
        _a.directory,
        _a.name,
        _a.plan,
        _a.currency,
        _a.locale,
        _a.time_zone,
        _a.seller,
        _a.colour,
        _a.domain,
        _a.second_factor,
        _a.two_people_above_minor,
        _a.bulk_up_to_minor,
    ),
    _account,
)
STAFF = Shape(
    (
        staff.c.id,
        staff.c.account_id,
        staff.c.email,
        staff.c.name,
        staff.c.role,
        staff.c.limit_minor,
        staff.c.password_hash,
        staff.c.locale,
        staff.c.active,
    ),
    r.Staff,
)
PRODUCT = Shape(
    (
        products.c.id,
        products.c.account_id,
        products.c.name,
        products.c.price_point,
        products.c.kind,
        products.c.refund_days,
    ),
    r.Product,
)
CUSTOMER = Shape(
    (
        customers.c.id,
        customers.c.account_id,
        customers.c.name,
        customers.c.email,
        customers.c.locale,
    ),
    r.Customer,
)
PURCHASE = Shape(
    (
        purchases.c.id,
        purchases.c.account_id,
        purchases.c.customer_id,
        purchases.c.product_id,
        purchases.c.subscription_id,
        purchases.c.purchased_at,
    ),
    r.Purchase,
)
PAYMENT = Shape(
    (
        _p.id,
        _p.account_id,
        _p.purchase_id,
        _p.customer_id,
        _p.order_id,
        _p.state,
        _p.currency,
        _p.captured_minor,
        _p.tax_minor,
        _p.refunded_minor,
        _p.reserved_minor,
        _p.disputed_minor,
        _p.paid_at,
        _p.number,
        _p.processor_id,
        _p.buyer,
    ),
    _payment,
)
SUBSCRIPTION = Shape(
    (
        _s.id,
        _s.account_id,
        _s.customer_id,
        _s.purchase_id,
        _s.state,
        _s.period_ends_at,
        _s.ended_at,
        _s.processor_id,
        _s.card_brand,
        _s.card_last_four,
        _s.card_expires_on,
    ),
    _subscription,
)
REFUND = Shape(
    (
        _f.id,
        _f.account_id,
        _f.payment_id,
        _f.operation_id,
        _f.amount_minor,
        _f.currency,
        _f.processor_id,
        _f.refunded_at,
        _f.reversed_at,
    ),
    _refund,
)
REQUEST = Shape(
    (
        _q.id,
        _q.account_id,
        _q.reference,
        _q.kind,
        _q.state,
        _q.surface,
        _q.helpdesk_id,
        _q.customer_id,
        _q.purchase_id,
        _q.payment_id,
        _q.subscription_id,
        _q.ticket_id,
        _q.amount_minor,
        _q.currency,
        _q.reason,
        _q.message,
        _q.policy,
        _q.asked_at,
        _q.moved_at,
        _q.decided_at,
        _q.decided_by,
        _q.decided_by_name,
        _q.answer,
        _q.failure,
        _q.approved_minor,
        _q.asked_by,
        _q.moved_by,
        _q.moved_by_name,
    ),
    _request,
)
OPERATION = Shape(
    (
        _o.id,
        _o.account_id,
        _o.request_id,
        _o.kind,
        _o.state,
        _o.key,
        _o.payment_id,
        _o.subscription_id,
        _o.processor_target,
        _o.amount_minor,
        _o.currency,
        _o.tries,
        _o.first_sent_at,
        _o.last_sent_at,
        _o.processor_id,
        _o.failure,
        _o.moved_at,
    ),
    _operation,
)
HELPDESK = Shape(
    (
        _h.id,
        _h.account_id,
        _h.slug,
        _h.name,
        _h.slack_channel,
        _h.billing_shown,
        _h.archived_at,
        _h.welcome,
        _h.colour,
        _h.logo,
    ),
    r.Helpdesk,
)
TICKET = Shape(
    (
        _t.id,
        _t.account_id,
        _t.reference,
        _t.helpdesk_id,
        _t.department_id,
        _t.customer_id,
        _t.request_id,
        _t.subject,
        _t.state,
        _t.opened_at,
        _t.moved_at,
        _t.assignee_id,
    ),
    r.Ticket,
)
