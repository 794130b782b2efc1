"""The pages of a card change, drawn in every state."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

from billing.ids import CardChangeId, CardStepId, new_id
from billing.processing.card_asking import CardChangePage, CardPayer, CardPreview
from billing.processing.card_offering import CardOffer
from billing.processing.records import CardChange, CardStep, Overdue
from billing.records import Card
from billing.states import (
    OPEN_OPERATION,
    CardChangeState,
    CardPageKind,
    CardStepKind,
    OperationState,
    SubscriptionState,
    Surface,
)
from locales.translator import Translator
from portal.views.customer import cards
from tests.portal.customer import drawn
from tests.portal.customer.drawn import at, make_module, make_payment, money

BANK = "https://bank.example/confirm"
_S, _O, _K = CardChangeState, OperationState, CardStepKind


def make_payer(
    name: str, state: SubscriptionState = SubscriptionState.PAST_DUE, *, expires: date | None = None
) -> CardPayer:
    """A subscription of Alice's; overdue unless said otherwise."""
    module = make_module(name, [], state)
    assert module.subscription is not None
    subscription = replace(module.subscription, card=Card("visa", "4242", expires), processor_id=name)
    return CardPayer(subscription, module.product, make_payment(2900, 19, None))


def make_change(state: CardChangeState, payer: CardPayer, **changes: object) -> CardChange:
    """Asked two minutes ago; with one invoice that is overdue."""
    is_known = state not in {_S.ASKED, _S.OPEN}
    change = CardChange(
        id=new_id(CardChangeId),
        account_id=drawn.ACCOUNT.id,
        customer_id=drawn.ALICE.id,
        subscription_id=payer.subscription.id,
        surface=Surface.PORTAL,
        helpdesk_id=None,
        state=state,
        key="key",
        processor_customer="cus_1",
        page=CardPageKind.PORTAL,
        session="bps_1",
        link=None,
        method_before="pm_old",
        method="pm_new" if is_known else "",
        card=Card("mastercard", "4444", date(2034, 12, 31)) if is_known else None,
        pays_overdue=True,
        problem="no_page" if state is _S.FAILED else "",
        asked_by="customer:1",
        asked_at=at(2 / 1440),
        moved_at=at(1 / 1440),
        expires_at=drawn.NOW + timedelta(hours=1),
        moves=(payer.product.name,),
        overdue=(Overdue("in_1", payer.product.name, "0001", payer.product.name, money(2900), at(19)),),
    )
    return replace(change, **changes)  # type: ignore[arg-type]


def make_steps(change: CardChange, state: OperationState, *, link: str | None = None) -> list[CardStep]:
    """One of each kind, all in this state; the payment with a link, if there is one."""
    targets = {_K.MOVE_SUBSCRIPTION: change.moves[0], _K.PAY_INVOICE: "in_1"}
    return [
        CardStep(
            id=new_id(CardStepId),
            account_id=change.account_id,
            change_id=change.id,
            kind=kind,
            state=state if not link or kind is _K.PAY_INVOICE else _O.SUCCEEDED,
            key=kind.value,
            target=targets.get(kind, kind.value),
            amount=money(2900) if kind is _K.PAY_INVOICE else None,
            link=link if kind is _K.PAY_INVOICE else None,
            failure="card_declined" if state is _O.FAILED else None,
            tries=1,
            first_sent_at=at(0),
            last_sent_at=at(0),
            moved_at=at(0),
        )
        for kind in CardStepKind
    ]


def make_shown(change: CardChange, payer: CardPayer, steps: list[CardStep]) -> CardChangePage:
    """What the use case returns to the customer."""
    name = payer.product.name
    return CardChangePage(
        account=drawn.ACCOUNT,
        change=change,
        steps=tuple(steps),
        products={each.target: name for each in steps},
        payers=(payer, make_payer("Newsletter")),
        link="https://pay.example/card" if change.state is _S.OPEN else "",
        links={each.target: each.link for each in steps if each.link},
        offer=CardOffer(None, needs_code=False, may_pay=True),
        at=drawn.NOW,
        version="v1",
    )


def every_card_page(say: Translator) -> Iterator[tuple[str, str, object]]:
    """Name, template and page."""
    for expires in (None, date(2026, 10, 31), date(2026, 12, 31), date(2034, 12, 31)):
        for state in (SubscriptionState.PAST_DUE, SubscriptionState.ACTIVE):
            own = make_payer("Studio", state, expires=expires)
            for may_pay in (True, False):
                offer = CardOffer(None, needs_code=False, may_pay=may_pay)
                preview = CardPreview(drawn.ACCOUNT, own, (make_payer("Letters", state),), offer)
                page = cards.make_ask_page(preview, now=drawn.NOW)
                yield f"card-{expires}-{state}-{may_pay}", "customer/card.html", page
    payer = make_payer("Studio")
    for change_state in CardChangeState:
        for pays in (True, False):
            change = make_change(change_state, payer, pays_overdue=pays)
            yield _drawn(f"change-{change_state}-{pays}", change, payer, [], say)
    stopping = make_change(_S.OPEN, payer, expires_at=drawn.NOW)
    yield _drawn("change-stopping", stopping, payer, [], say)
    for stands in OperationState:
        moving = make_change(_S.MOVING if stands in OPEN_OPERATION else _S.PARTLY, payer)
        yield _drawn(f"change-steps-{stands}", moving, payer, make_steps(moving, stands), say)
    moving = make_change(_S.MOVING, payer)
    yield _drawn("change-bank", moving, payer, make_steps(moving, _O.SENT, link=BANK), say)


def _drawn(
    name: str, change: CardChange, payer: CardPayer, steps: list[CardStep], say: Translator
) -> tuple[str, str, object]:
    page = cards.make_page(make_shown(change, payer, steps), say, now=drawn.NOW)
    return name, "customer/card_change.html", page
