"""A customer changes the card that pays: what will happen, asking for the processor's page, coming back."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from billing import policy
from billing.actors import CustomerActor
from billing.context import Context
from billing.declaring import surface_settings
from billing.errors import CodeNeeded, Forbidden, NotFound, Repeated, TooMany
from billing.ids import CardChangeId, SubscriptionId, new_id
from billing.ports import UnitOfWork
from billing.processing import card_telling as telling
from billing.processing.card_offering import CardOffer, card_offer
from billing.processing.messages import CardLookDue, CardPageDue
from billing.processing.records import CardChange, CardStep
from billing.records import Account, Payment, Product, Subscription
from billing.states import (
    OPEN_CARD_CHANGE,
    OPEN_OPERATION,
    CardChangeState,
    PaymentState,
    Permission,
    SubscriptionState,
)
from billing.views import PurchaseView

# Coming back is read at once, but a page that is reloaded again and again is not read each time.
BREATH = timedelta(seconds=3)
MOST_AN_HOUR = 10  # of one customer
_HOUR = timedelta(hours=1)

# Steps, each with the product that it is about, or empty.
NamedSteps: TypeAlias = Sequence[tuple[CardStep, str]]


@dataclass(frozen=True, slots=True)
class CardPayer:
    """A subscription that a card pays, with what it is for; `failed`: its newest payment, if that failed."""

    subscription: Subscription
    product: Product
    failed: Payment | None

    @property
    def is_overdue(self) -> bool:
        """Whether money is owed for it, as far as is known here."""
        return self.subscription.state is SubscriptionState.PAST_DUE


@dataclass(frozen=True, slots=True)
class CardPreview:
    """What the customer reads before they change the card: `others` are paid by the same one."""

    account: Account
    payer: CardPayer
    others: tuple[CardPayer, ...]
    offer: CardOffer


@dataclass(frozen=True, slots=True)
class CardChangePage:
    """A card change as its customer sees it. `link` and `links` (of steps) are theirs alone, while open.

    `moving` are the subscriptions that the new card will pay or pays; `version` changes with all of this.
    """

    account: Account
    change: CardChange
    steps: tuple[CardStep, ...]
    products: dict[str, str]  # by the step's target: what its subscription is for
    payers: tuple[CardPayer, ...]
    link: str
    links: dict[str, str]  # by the step's target
    offer: CardOffer
    at: datetime
    version: str


async def preview_card_change(
    ctx: Context, subscription_id: SubscriptionId, *, by: CustomerActor
) -> CardPreview:
    """What changing the card would mean; raises `NotFound`, `SwitchedOff`, `NotOffered` or `CodeNeeded`.

    `Repeated` (first) leads to the change that is under way already.
    """
    async with ctx.read(by.account_id) as work:
        _, offer = await _changeable(work, subscription_id, by=by)
        under_way = await work.cards.find_open(subscription_id)
        if under_way is not None:
            raise Repeated(first=under_way.id)
        views = await work.purchases.list_views(by.customer_id)
        payers = [payer for view in views if (payer := payer_of(view)) is not None]
        own = next(each for each in payers if each.subscription.id == subscription_id)
        others = [each for each in payers if each is not own and _is_paid_alike(each, own)]
        return CardPreview(await work.accounts.get(), own, tuple(others), offer)


async def ask_card_change(
    ctx: Context, subscription_id: SubscriptionId, *, by: CustomerActor, pays_overdue: bool, once_key: str
) -> CardChange:
    """Ask for the processor's page. Raises as the preview does (one under way: `Repeated`), and `TooMany`."""
    async with ctx.begin(by.account_id) as work:
        await work.once.claim(once_key, change_id := new_id(CardChangeId), at=ctx.now())
        subscription, offer = await _changeable(work, subscription_id, by=by)
        await _spend(work, by=by, at=ctx.now())
        change = CardChange(
            id=change_id,
            account_id=by.account_id,
            customer_id=by.customer_id,
            subscription_id=subscription.id,
            surface=by.surface,
            helpdesk_id=by.helpdesk_id,
            state=CardChangeState.ASKED,
            key=f"selfbill-card-{new_id(CardChangeId).hex}",
            processor_customer="",
            page=None,
            session="",
            link=None,
            method_before="",
            method="",
            card=None,
            pays_overdue=pays_overdue and offer.may_pay,
            problem="",
            asked_by=by.key,
            asked_at=ctx.now(),
            moved_at=ctx.now(),
            expires_at=None,
        )
        if not await work.cards.add(change):
            under_way = await work.cards.find_open(subscription_id)
            assert under_way is not None, "it stood in the way in this very transaction"
            raise Repeated(first=under_way.id)
        await telling.tell_change(work, change, "card.change_asked", by=by, at=ctx.now())
        message, dedupe = CardPageDue(change.id), f"card-page:{change.id.hex}"
        await work.outbox.put(message, at=ctx.now(), trace_id=by.trace_id, dedupe=dedupe)
        return change


async def _spend(work: UnitOfWork, *, by: CustomerActor, at: datetime) -> None:
    """Each is a page made at the processor: raises `TooMany` for more than anybody needs."""
    recent = [
        each.asked_at
        for each in await work.cards.list_of_customer(by.customer_id)
        if each.asked_at > at - _HOUR
    ]
    if len(recent) >= MOST_AN_HOUR:
        raise TooMany(retry_after=int((min(recent) + _HOUR - at).total_seconds()) + 1)


async def show_card_change(ctx: Context, change_id: CardChangeId, *, by: CustomerActor) -> CardChangePage:
    """The change's own page. Its link opens the processor's page for them, so the code comes first."""
    async with ctx.read(by.account_id) as work:
        change = await _own(work, change_id, by=by)
        named = await list_named_steps(work, change)
        payers = await _payers(work, change)
        settings = await surface_settings(work, by)
        subscription = await work.purchases.get_subscription(change.subscription_id)
        offer = card_offer(settings, subscription, missing=await find_missing(work), by=by)
        account = await work.accounts.get()
    steps = tuple(step for step, _ in named)
    is_open = change.state is CardChangeState.OPEN and change.link is not None
    return CardChangePage(
        account=account,
        change=change,
        steps=steps,
        products={step.target: product for step, product in named},
        payers=payers,
        link=ctx.vault.unseal(change.link) if is_open and change.link else "",
        links={each.target: ctx.vault.unseal(each.link) for each in steps if each.link},
        offer=offer,
        at=ctx.now(),
        version=_version(change, steps),
    )


async def list_named_steps(work: UnitOfWork, change: CardChange) -> NamedSteps:
    """The steps of a change, in the order in which they are done."""
    names = {each.subscription.processor_id or "": each.product.name for each in await _payers(work, change)}
    invoices = {each.invoice: names.get(each.subscription, "") for each in change.overdue}
    steps = await work.cards.list_steps(change.id)
    return [(each, names.get(each.target) or invoices.get(each.target, "")) for each in steps]


async def look_at_return(ctx: Context, change_id: CardChangeId, *, by: CustomerActor) -> CardChange:
    """The customer came back from the processor's or the bank's page, which proves nothing: it is read."""
    async with ctx.begin(by.account_id) as work:
        change = await _own(work, change_id, by=by)
        if change.state in OPEN_CARD_CHANGE:
            await _look_soon(ctx, work, change, by=by)
        return change


async def choose_overdue(
    ctx: Context, change_id: CardChangeId, *, pays_overdue: bool, by: CustomerActor
) -> CardChange:
    """Pay what is overdue at once, or not: the customer's choice until the new card was read back."""
    async with ctx.begin(by.account_id) as work:
        await _own(work, change_id, by=by)
        change = await work.cards.hold(change_id)
        if change.state is not CardChangeState.OPEN or change.pays_overdue == pays_overdue:
            return change
        change = replace(change, pays_overdue=pays_overdue, moved_at=ctx.now())
        change = await work.cards.save(change, expected=CardChangeState.OPEN)
        await telling.tell_change(work, change, "card.overdue_chosen", by=by, at=ctx.now())
        return change


async def stop_card_change(ctx: Context, change_id: CardChangeId, *, by: CustomerActor) -> CardChange:
    """The customer wants no more of it, or another page: this one is read once more, and it ends.

    While the new card is put to use this ends the waiting for the bank, and nothing else.
    """
    async with ctx.begin(by.account_id) as work:
        await _own(work, change_id, by=by)
        change = await work.cards.hold(change_id)
        if change.state is CardChangeState.ASKED:
            ended = replace(change, state=CardChangeState.EXPIRED, moved_at=ctx.now())
            change = await work.cards.save(ended, expected=CardChangeState.ASKED)
            await telling.tell_change(work, change, "card.change_expired", by=by, at=ctx.now())
        elif change.state in OPEN_CARD_CHANGE:
            change = await work.cards.save(replace(change, expires_at=ctx.now()), expected=change.state)
            await _look_soon(ctx, work, change, by=by)
        return change


async def _look_soon(ctx: Context, work: UnitOfWork, change: CardChange, *, by: CustomerActor) -> None:
    slot = int(ctx.now().timestamp() / BREATH.total_seconds())
    is_over = change.expires_at is not None and change.expires_at <= ctx.now()
    dedupe = f"card-look:{change.id.hex}:{change.state}:{'over' if is_over else slot}"
    message = CardLookDue(change.id, is_return=True)
    await work.outbox.put(message, at=ctx.now(), trace_id=by.trace_id, dedupe=dedupe)


async def _changeable(
    work: UnitOfWork, subscription_id: SubscriptionId, *, by: CustomerActor
) -> tuple[Subscription, CardOffer]:
    subscription = await work.purchases.get_subscription(subscription_id)
    if subscription.customer_id != by.customer_id:
        raise NotFound
    if by.acting is not None:
        raise Forbidden  # a card is its holder's alone
    settings = await surface_settings(work, by)
    offer = card_offer(settings, subscription, missing=await find_missing(work), by=by)
    if offer.needs_code and offer.blocked is not policy.Blocked.SWITCHED_OFF:
        raise CodeNeeded
    policy.must_be_offered(offer.blocked, None)
    return subscription, offer


async def find_missing(work: UnitOfWork) -> tuple[Permission, ...] | None:
    """What the live connection may not do; None: there is none."""
    live = await work.connections.find_live()
    return None if live is None else live.missing


async def _own(work: UnitOfWork, change_id: CardChangeId, *, by: CustomerActor) -> CardChange:
    """Only its customer's, after the code; the feature may be switched off since: what began may end."""
    change = await work.cards.get(change_id)
    if change.customer_id != by.customer_id or by.acting is not None:
        raise NotFound
    settings = await surface_settings(work, by)
    if policy.needs_code(settings.code_for_card, by):
        raise CodeNeeded
    return change


async def _payers(work: UnitOfWork, change: CardChange) -> tuple[CardPayer, ...]:
    """Until the processor was asked: the one where they began."""
    views = await work.purchases.list_views(change.customer_id)
    payers = [payer for view in views if (payer := payer_of(view)) is not None]
    return tuple(
        each
        for each in payers
        if each.subscription.id == change.subscription_id or each.subscription.processor_id in change.moves
    )


def payer_of(view: PurchaseView) -> CardPayer | None:
    """The subscription of a purchase, as something that a card pays."""
    if view.subscription is None:
        return None
    newest = view.payments[0] if view.payments else None
    failed = newest if newest is not None and newest.state is PaymentState.FAILED else None
    return CardPayer(view.subscription, view.product, failed)


def _is_paid_alike(one: CardPayer, other: CardPayer) -> bool:
    """By the same card, as far as is known here; the processor says it for sure when the page is made."""
    theirs, own = one.subscription, other.subscription
    is_over = theirs.state in {SubscriptionState.CANCELED, SubscriptionState.COMPLETED}
    return theirs.card is not None and theirs.card == own.card and not is_over


def _version(change: CardChange, steps: Sequence[CardStep]) -> str:
    shown = [change.state, change.pays_overdue, change.expires_at, change.link]
    for step in steps:
        is_open = step.state in OPEN_OPERATION
        shown += [step.id, step.state, step.failure, step.link, is_open]
    return hashlib.sha256(repr(shown).encode()).hexdigest()[:16]
