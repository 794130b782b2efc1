"""Customers sign in with an Order ID and the purchase e-mail, or by a mailed code; visits, and their ends."""

import secrets
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from billing import budgets, policy
from billing.actors import Actor, CustomerActor, StaffActor
from billing.context import Context
from billing.edges import Code, Visit
from billing.emails import email_key, order_id_key
from billing.errors import WrongCode, WrongPair
from billing.ids import AccountId, CodeId, HelpdeskId, VisitId, new_id
from billing.messages import CodeMail, OrderIdsMail
from billing.own_language import keep_locale, locale_of_mail
from billing.ports import UnitOfWork
from billing.records import Customer, SelfBilling
from billing.states import Surface

CODE_LIVES = timedelta(minutes=10)
_CUSTOMER_IDLE, _CUSTOMER_MOST = timedelta(minutes=15), timedelta(hours=2)
_STAFF_IDLE, _STAFF_MOST = timedelta(minutes=30), timedelta(hours=12)
_HALF_MOST = timedelta(minutes=15)  # for scanning a QR code, or looking for the telephone
_TOUCH_EVERY = timedelta(minutes=1)
_SIGN_IN, _PROVE = "sign-in", "prove"


@dataclass(frozen=True, slots=True)
class SurfaceAt:
    """The portal, or one helpdesk."""

    surface: Surface
    helpdesk_id: HelpdeskId | None


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A visit, and the token its browser keeps in a cookie."""

    visit: Visit
    token: str


@dataclass(frozen=True, slots=True)
class CodeSent:
    """If what was typed matches, a code is on its way; nothing else is said."""


async def sign_in(
    ctx: Context,
    account_id: AccountId,
    *,
    order_id: str,
    email: str,
    place: SurfaceAt,
    client: str,
    browser: str,
    locale: str,
    trace_id: str,
    chosen: str = "",
) -> SignedIn | CodeSent:
    """Order ID of any payment and the purchase e-mail, both of one customer.

    `locale` is what their page speaks, `chosen` the language that they chose in this browser, if they did.

    Raises `WrongPair`, which never says which was wrong, and `TooMany` (retry_after) for the client's
    address. Past any other budget, and where the settings ask for it, a code is mailed instead.
    """
    order, mail = order_id_key(order_id), email_key(email)
    counted = budgets.pair_budgets(ctx.vault, mail, order)
    of_client = budgets.client_budgets(ctx.vault, client)
    async with ctx.begin(account_id) as work:
        blocked = await budgets.take(work, of_client, at=ctx.now())
        # What is refused counts for its own address alone: one client must not send everybody to the code.
        code_only = blocked is None and await budgets.take_pair(work, counted, at=ctx.now())
        customer = await work.customers.find_by_pair(order, mail)
        settings = await _settings(work, place)
        by_code = code_only or policy.is_code_asked_at_sign_in(settings)
        answer: SignedIn | CodeSent | None = None
        if blocked is None and by_code:
            await _mail_code(
                ctx,
                work,
                customer,
                _SIGN_IN,
                to=mail,
                browser=browser,
                locale=locale_of_mail(customer, asked=locale, chosen=chosen),
                trace_id=trace_id,
            )
            answer = CodeSent()
        elif blocked is None and customer is not None:
            # By code nothing is given back yet: what is left of a budget would tell that the pair was right.
            await budgets.give_back(work, [*of_client, *counted], at=ctx.now())
            await keep_locale(work, customer, asked=locale, chosen=chosen)
            answer = await _open_visit(
                ctx, work, customer, place, proved=False, client=client, trace_id=trace_id
            )
    # Refused only now: what was counted must stay counted.
    if blocked is not None:
        raise budgets.too_many(blocked, ctx.now())
    if answer is None:
        raise WrongPair("order_id", "wrong-pair")
    return answer


async def _settings(work: UnitOfWork, place: SurfaceAt) -> SelfBilling:
    return await work.helpdesks.get_self_billing(place.surface, place.helpdesk_id)


async def confirm_sign_in(
    ctx: Context,
    account_id: AccountId,
    *,
    code: str,
    place: SurfaceAt,
    client: str,
    browser: str,
    locale: str,
    trace_id: str,
    chosen: str = "",
) -> SignedIn:
    """The mailed code, in the browser that asked for it; the visit counts as proved. Raises `WrongCode`."""
    async with ctx.begin(account_id) as work:
        used = await _use_code(ctx, work, code, _SIGN_IN, browser=browser)
        signed_in = None
        if used is not None and used.customer_id is not None:
            spent = [*budgets.client_budgets(ctx.vault, client), *budgets.SHARED]
            await budgets.give_back(work, spent, at=ctx.now())
            customer = await work.customers.get(used.customer_id)
            await keep_locale(work, customer, asked=locale, chosen=chosen)
            signed_in = await _open_visit(
                ctx, work, customer, place, proved=True, client=client, trace_id=trace_id
            )
    if signed_in is None:
        raise WrongCode("code", "wrong-code")
    return signed_in


async def send_order_ids(
    ctx: Context,
    account_id: AccountId,
    *,
    email: str,
    client: str,
    locale: str,
    trace_id: str,
    chosen: str = "",
) -> None:
    """Mail all Order IDs to a purchase e-mail; the answer is the same whether it is one. Raises `TooMany`."""
    mail = email_key(email)
    async with ctx.begin(account_id) as work:
        blocked = await budgets.take(work, budgets.client_budgets(ctx.vault, client), at=ctx.now())
        spent = await budgets.take(work, budgets.mail_budgets(ctx.vault, "order-ids", mail), at=ctx.now())
        customers = await work.customers.list_by_email(mail)
        if blocked is None and spent is None:
            for customer in customers:
                message = OrderIdsMail(
                    customer.id, mail, locale_of_mail(customer, asked=locale, chosen=chosen)
                )
                await work.outbox.put(message, at=ctx.now(), trace_id=trace_id)
    if blocked is not None:
        raise budgets.too_many(blocked, ctx.now())


async def send_code(ctx: Context, *, by: CustomerActor, browser: str, locale: str) -> None:
    """The code that this visit needs before documents and money; `TooMany` past 3 in 15 minutes."""
    async with ctx.begin(by.account_id) as work:
        customer = await work.customers.get(by.customer_id)
        mail = email_key(customer.email)
        spent = await _mail_code(
            ctx, work, customer, _PROVE, to=mail, browser=browser, locale=locale, trace_id=by.trace_id
        )
    if spent is not None:
        raise budgets.too_many(spent, ctx.now())


async def prove(ctx: Context, visit: Visit, *, code: str, by: CustomerActor, browser: str) -> SignedIn:
    """The code of this visit: the same visit under a new token, the old one dead. Raises `WrongCode`."""
    signed_in = None
    async with ctx.begin(by.account_id) as work:
        used = await _use_code(ctx, work, code, _PROVE, browser=browser)
        if used is not None and used.customer_id == by.customer_id:
            token, now = secrets.token_urlsafe(32), ctx.now()
            await work.visits.replace_token(visit.id, token_hash=ctx.vault.digest(token), proved_at=now)
            await journal_visit(work, by, "visit.proved", visit.id, at=now)
            signed_in = SignedIn(replace(visit, proved_at=now), token)
    if signed_in is None:
        raise WrongCode("code", "wrong-code")
    return signed_in


async def look_up_visit(ctx: Context, account_id: AccountId, token: str) -> Visit | None:
    """The visit of this token, if it is neither idle nor over, and its staff member still active.

    Never a half one: without the second factor nobody is signed in.
    """
    visit = await _find_living(ctx, account_id, token)
    return None if visit is None or visit.half else visit


async def find_half_visit(ctx: Context, account_id: AccountId, token: str) -> Visit | None:
    """The visit of staff who gave their password, and now must give the second factor."""
    visit = await _find_living(ctx, account_id, token)
    return visit if visit is not None and visit.half else None


async def _find_living(ctx: Context, account_id: AccountId, token: str) -> Visit | None:
    async with ctx.read(account_id) as work:
        visit = await work.visits.find(ctx.vault.digest(token))
        if visit is None or _is_over(visit, ctx.now()):
            return None
        if visit.staff_id is not None and not (await work.staff.get(visit.staff_id)).active:
            return None
    return visit


async def find_visit(ctx: Context, account_id: AccountId, token: str) -> Visit | None:
    """As `look_up_visit`, for somebody who does something: once a minute that keeps it from idling."""
    visit = await look_up_visit(ctx, account_id, token)
    if visit is not None and ctx.now() - visit.seen_at >= _TOUCH_EVERY:
        async with ctx.begin(account_id) as work:
            await work.visits.touch(visit.id, ctx.now())
            if visit.staff_id is not None:
                await work.staff.touch(visit.staff_id, ctx.now())
    return visit


def _is_over(visit: Visit, now: datetime) -> bool:
    if visit.half:
        return now - visit.began_at >= _HALF_MOST
    is_staff = visit.staff_id is not None
    idle, most = (_STAFF_IDLE, _STAFF_MOST) if is_staff else (_CUSTOMER_IDLE, _CUSTOMER_MOST)
    return now - visit.seen_at >= idle or now - visit.began_at >= most


async def sign_out(ctx: Context, visit: Visit) -> None:
    """End the visit; its token is dead from now on."""
    async with ctx.begin(visit.account_id) as work:
        await work.visits.end(visit.id)


async def _open_visit(
    ctx: Context,
    work: UnitOfWork,
    customer: Customer,
    place: SurfaceAt,
    *,
    proved: bool,
    client: str,
    trace_id: str,
) -> SignedIn:
    by = CustomerActor(
        customer.account_id, customer.id, place.surface, place.helpdesk_id, proved, client, trace_id
    )
    return await keep_visit(ctx, work, by, place)


async def keep_visit(
    ctx: Context,
    work: UnitOfWork,
    by: CustomerActor | StaffActor,
    place: SurfaceAt | None,
    *,
    half: bool = False,
) -> SignedIn:
    """Within a use case: a visit begins. `half`: staff whose second factor is still to come."""
    token, now = secrets.token_urlsafe(32), ctx.now()
    is_proved = by.proved if isinstance(by, CustomerActor) else not half
    visit = Visit(
        id=new_id(VisitId),
        account_id=by.account_id,
        customer_id=by.customer_id if isinstance(by, CustomerActor) else None,
        staff_id=by.staff_id if isinstance(by, StaffActor) else None,
        surface=place.surface if place else None,
        helpdesk_id=place.helpdesk_id if place else None,
        proved_at=now if is_proved else None,
        began_at=now,
        seen_at=now,
        half=half,
    )
    await work.visits.open(visit, token_hash=ctx.vault.digest(token))
    await journal_visit(work, by, "visit.half_begun" if half else "visit.began", visit.id, at=now)
    return SignedIn(visit, token)


async def _mail_code(
    ctx: Context,
    work: UnitOfWork,
    customer: Customer | None,
    purpose: str,
    *,
    to: str,
    browser: str,
    locale: str,
    trace_id: str,
) -> budgets.Budget | None:
    """A fresh eight-digit code, mailed if there is whom to mail; else the same work without the mail."""
    # Only what is mailed counts on the mailbox: whoever guesses at it must not keep its owner out.
    mailbox = budgets.mail_budgets(ctx.vault, "code" if customer else "no-code", to)
    spent = await budgets.take(work, mailbox, at=ctx.now())
    number = f"{secrets.randbelow(10**8):08d}"
    code = Code(
        id=new_id(CodeId),
        account_id=work.account_id,
        browser=ctx.vault.digest(browser),
        purpose=purpose,
        customer_id=customer.id if customer else None,
        code_hash=ctx.vault.digest(f"{purpose}:{browser}:{number}"),
        made_at=ctx.now(),
        expires_at=ctx.now() + CODE_LIVES,
        tries=0,
        used_at=None,
    )
    if spent is None:
        await work.visits.add_code(code)
    if spent is None and customer is not None:
        mail = CodeMail(code.id, ctx.vault.seal(number), to, purpose, locale)
        await work.outbox.put(mail, at=ctx.now(), trace_id=trace_id)
    return spent


async def _use_code(ctx: Context, work: UnitOfWork, typed: str, purpose: str, *, browser: str) -> Code | None:
    number = "".join(typed.split())
    return await work.visits.try_code(
        ctx.vault.digest(browser),
        purpose,
        ctx.vault.digest(f"{purpose}:{browser}:{number}"),
        at=ctx.now(),
    )


async def journal_visit(work: UnitOfWork, by: Actor, verb: str, visit_id: VisitId, *, at: datetime) -> None:
    """Within a use case: one line about a visit."""
    await work.journal.write(by, verb, f"visit:{visit_id.hex}", at=at, facts={})
