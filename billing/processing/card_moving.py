"""Deliveries of a card change: make the processor's page, read what became of it, put the new card to use."""

from dataclasses import replace
from datetime import timedelta

from billing.actors import SystemActor
from billing.context import Context
from billing.edges import Envelope
from billing.errors import AlreadyDecided, DeliveryFailed
from billing.ids import CardChangeId
from billing.messages import read_message
from billing.ports import UnitOfWork
from billing.processing import card_telling as telling
from billing.processing.card_carrying import look_at_step
from billing.processing.card_steps import begin_moving, end_without_card
from billing.processing.messages import CardLookDue, CardPageDue
from billing.processing.records import CardChange, Overdue
from billing.processor import (
    AnswerLost,
    CardPage,
    CardPageState,
    CardUses,
    PaymentProvider,
    Refused,
    TryLater,
)
from billing.processor_facts import ProcessorSubscription
from billing.states import CardChangeState, CardPageKind, SubscriptionState

# A customer waits in front of the page meanwhile: past this they had better ask again.
PAGE_PATIENCE = timedelta(hours=1)
# When a page that nobody came back from is read; then hourly, until it expires.
LOOK_AGAIN = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=15), timedelta(hours=1))
# The same for who came back: a saved card may show a moment later.
LOOK_AFTER_RETURN = (timedelta(seconds=2), timedelta(seconds=5), timedelta(seconds=15))
_ASK_AGAIN = (timedelta(seconds=2), timedelta(seconds=5), timedelta(seconds=15), timedelta(minutes=1))
_ENDED = frozenset({SubscriptionState.CANCELED, SubscriptionState.COMPLETED})


def wait(envelope: Envelope, schedule: tuple[timedelta, ...], busy: TryLater | None = None) -> timedelta:
    """Until the next try: what the processor asked for, else by the schedule."""
    said = busy.after if busy else None
    return said or schedule[min(envelope.tries, len(schedule)) - 1]


async def open_page(ctx: Context, provider: PaymentProvider, envelope: Envelope) -> None:
    """Ask for the processor's page, for the customer there to whom our stored subscription belongs."""
    message = read_message(CardPageDue, envelope.payload)
    by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
    async with ctx.read(by.account_id) as work:
        change = await work.cards.get(message.change_id)
    if change.state is not CardChangeState.ASKED:
        return
    try:
        await _open(ctx, provider, change, by=by)
    except Refused as no:
        await _fail(ctx, change.id, no.code, by=by)
    except (AnswerLost, TryLater) as lost:
        if ctx.now() - change.asked_at >= PAGE_PATIENCE:
            await _fail(ctx, change.id, "no_page", by=by)
            return
        busy = lost if isinstance(lost, TryLater) else None
        raise DeliveryFailed(str(lost), after=wait(envelope, _ASK_AGAIN, busy)) from lost


async def _open(ctx: Context, provider: PaymentProvider, change: CardChange, *, by: SystemActor) -> None:
    """Each link of the chain: our subscription, its customer there, that customer's page."""
    async with ctx.read(by.account_id) as work:
        subscription = await work.purchases.get_subscription(change.subscription_id)
        return_url, locale = await _ways_back(ctx, work, change)
    assert subscription.processor_id is not None, "policy offers nothing without a processor's id"
    there = await provider.read_subscription(subscription.processor_id)
    if there is None or there.state in _ENDED:
        await _fail(ctx, change.id, "ended" if there else "no_subscription", by=by)
        return
    if not await _bind(ctx, change, there.customer, by=by):
        return
    uses = await provider.read_card_uses(there.customer)
    page = await provider.open_card_page(
        change, processor_customer=there.customer, return_url=return_url, locale=locale
    )
    await _keep_page(ctx, change, there, uses, page, by=by)


async def _ways_back(ctx: Context, work: UnitOfWork, change: CardChange) -> tuple[str, str]:
    """Our own address to come back to, and the customer's language."""
    account, customer = await work.accounts.get(), await work.customers.get(change.customer_id)
    helpdesk = await work.helpdesks.get(change.helpdesk_id) if change.helpdesk_id else None
    return ctx.addresses.card_return(account, helpdesk, change.id), customer.locale or account.locale


async def _bind(ctx: Context, change: CardChange, processor_customer: str, *, by: SystemActor) -> bool:
    """Keep whose page it will be before it is made; False: that one is known to be somebody else's."""
    try:
        async with ctx.begin(by.account_id) as work:
            known = await work.cards.find_customer(processor_customer)
            now = await work.cards.hold(change.id)
            if now.state is not CardChangeState.ASKED:
                return False
            if not processor_customer or known not in {None, change.customer_id}:
                await end_without_card(work, now, "not_theirs", by=by, at=ctx.now())
                return False
            bound = replace(now, processor_customer=processor_customer)
            await work.cards.save(bound, expected=CardChangeState.ASKED)
            return True
    except AlreadyDecided:
        return False


async def _keep_page(
    ctx: Context,
    change: CardChange,
    there: ProcessorSubscription,
    uses: CardUses,
    page: CardPage,
    *,
    by: SystemActor,
) -> None:
    """The page is there: its link sealed, with what the customer must know before they go to it."""
    old = there.method or page.method_before
    async with ctx.begin(by.account_id) as work:
        now = await work.cards.hold(change.id)
        if now.state is not CardChangeState.ASKED:
            return
        moves = await _moves(work, now, uses, page, old=old)
        opened = replace(
            now,
            state=CardChangeState.OPEN,
            page=page.kind,
            session=page.session,
            link=ctx.vault.seal(page.link),
            method_before=page.method_before,
            expires_at=page.expires_at,
            moved_at=ctx.now(),
            old_method=old,
            moves=moves,
            overdue=_overdue(uses, moves),
        )
        opened = await work.cards.save(opened, expected=CardChangeState.ASKED)
        await telling.tell_change(work, opened, "card.page_opened", by=by, at=ctx.now())
        await work.outbox.put(
            CardLookDue(change.id),
            at=ctx.now(),
            trace_id=by.trace_id,
            dedupe=f"card-look:{change.id.hex}",
            due_at=ctx.now() + LOOK_AGAIN[0],
        )


async def _moves(
    work: UnitOfWork, change: CardChange, uses: CardUses, page: CardPage, *, old: str
) -> tuple[str, ...]:
    """The subscriptions that we stored as this customer's, and that the old card pays.

    The processor's portal makes the new card the default, so those that the default pays move with it too.
    """
    found = []
    for each in uses.subscriptions:
        pays_old = (each.method or page.method_before) == old
        follows = page.kind is CardPageKind.PORTAL and not each.method
        known = await work.purchases.find_subscription_by_processor(each.id)
        if known is not None and known.customer_id == change.customer_id and (pays_old or follows):
            found.append((known.id != change.subscription_id, each.id))
    return tuple(each for _, each in sorted(found))


def _overdue(uses: CardUses, moves: tuple[str, ...]) -> tuple[Overdue, ...]:
    return tuple(
        Overdue(
            invoice=each.id,
            subscription=each.subscription,
            number=each.number,
            product=each.product,
            due=each.due,
            since=each.made_at,
        )
        for each in uses.overdue
        if each.subscription in moves and each.due.minor > 0
    )


async def _fail(ctx: Context, change_id: CardChangeId, problem: str, *, by: SystemActor) -> None:
    async with ctx.begin(by.account_id) as work:
        change = await work.cards.hold(change_id)
        if change.state in {CardChangeState.ASKED, CardChangeState.OPEN}:
            await end_without_card(work, change, problem, by=by, at=ctx.now())


async def look(ctx: Context, provider: PaymentProvider, envelope: Envelope) -> None:
    """Read what became of the page: by its schedule, or because somebody came back from it."""
    message = read_message(CardLookDue, envelope.payload)
    by = SystemActor(envelope.account_id, "relay", envelope.trace_id)
    schedule = LOOK_AFTER_RETURN if message.is_return else LOOK_AGAIN
    try:
        is_closed = await look_at_change(ctx, provider, message.change_id, by=by)
    except (AnswerLost, TryLater) as lost:
        busy = lost if isinstance(lost, TryLater) else None
        raise DeliveryFailed(str(lost), after=wait(envelope, schedule, busy)) from lost
    if is_closed or (message.is_return and envelope.tries > len(schedule)):
        return  # or the schedule goes on with it
    raise DeliveryFailed(
        "no new card yet", after=await _until_look(ctx, message, wait(envelope, schedule), by=by)
    )


async def _until_look(
    ctx: Context, message: CardLookDue, by_schedule: timedelta, *, by: SystemActor
) -> timedelta:
    """At the moment when the page expires it is read once more, whatever the schedule says."""
    async with ctx.read(by.account_id) as work:
        expires_at = (await work.cards.get(message.change_id)).expires_at
    until = by_schedule if expires_at is None else expires_at - ctx.now()
    return max(min(by_schedule, until), LOOK_AFTER_RETURN[0])


async def look_at_change(
    ctx: Context, provider: PaymentProvider, change_id: CardChangeId, *, by: SystemActor
) -> bool:
    """Read the page of a change back; True: nothing more will come of reading it."""
    async with ctx.read(by.account_id) as work:
        change = await work.cards.get(change_id)
        steps = await work.cards.list_steps(change_id)
    if change.state is CardChangeState.MOVING:
        for step in steps:
            if step.link:
                await look_at_step(ctx, provider, change, step, by=by)
    if change.state is not CardChangeState.OPEN:
        return True
    page = await provider.read_card_page(change)
    if page.state is CardPageState.COMPLETE:
        uses = await provider.read_card_uses(change.processor_customer)
        await begin_moving(ctx, change, page, uses, by=by)
        return True
    assert change.expires_at is not None
    if page.state is CardPageState.EXPIRED or ctx.now() >= change.expires_at:
        await _expire(ctx, change, by=by)
        return True
    return False


async def _expire(ctx: Context, change: CardChange, *, by: SystemActor) -> None:
    """Nobody came back in time, or they wanted no more of it; it was read once more, and has no new card."""
    async with ctx.begin(by.account_id) as work:
        now = await work.cards.hold(change.id)
        if now.state is CardChangeState.OPEN:
            expired = replace(now, state=CardChangeState.EXPIRED, link=None, moved_at=ctx.now())
            expired = await work.cards.save(expired, expected=CardChangeState.OPEN)
            await telling.tell_change(work, expired, "card.change_expired", by=by, at=ctx.now())


async def look_at_session(ctx: Context, provider: PaymentProvider, session: str, *, by: SystemActor) -> None:
    """An event told of this page: read it, if it is one of ours."""
    async with ctx.read(by.account_id) as work:
        change = await work.cards.find_by_session(session)
    if change is not None:
        await look_at_change(ctx, provider, change.id, by=by)


async def look_at_customer(
    ctx: Context, provider: PaymentProvider, processor_customer: str, *, by: SystemActor
) -> None:
    """An event told of this customer, whose default card may be new: read their open pages."""
    async with ctx.read(by.account_id) as work:
        changes = await work.cards.list_open_at(processor_customer)
    for change in changes:
        await look_at_change(ctx, provider, change.id, by=by)


async def look_at_invoice(ctx: Context, provider: PaymentProvider, invoice: str, *, by: SystemActor) -> None:
    """An event told of this invoice: read what became of the payment that waits for the bank."""
    async with ctx.read(by.account_id) as work:
        steps = await work.cards.list_open_steps_at(invoice)
        waiting = [(await work.cards.get(step.change_id), step) for step in steps if step.link]
    for change, step in waiting:
        await look_at_step(ctx, provider, change, step, by=by)
