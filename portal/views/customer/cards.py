"""Changing the card that pays: what will happen, the page of a change, and coming back from the processor."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing.errors import Repeated
from billing.ids import CardChangeId, SubscriptionId, parse_id
from billing.money import Money
from billing.processing import card_asking as use_cases
from billing.processing.card_asking import CardChangePage, CardPreview
from billing.states import OPEN_CARD_CHANGE, CardChangeState
from locales.card_words import PROCESSORS
from locales.translator import Translator
from portal.forms import read_form
from portal.keys import CONTEXT, SAY
from portal.live import stream_versions
from portal.render import render, see
from portal.session import customer
from portal.views.customer import card_wording
from portal.views.customer.card_lines import CardLine, card_line
from portal.views.customer.card_wording import CardStepLine

_AGAIN = frozenset({CardChangeState.PARTLY, CardChangeState.FAILED, CardChangeState.EXPIRED})


@dataclass(frozen=True, slots=True)
class AskCardPage:
    """What the customer reads before they change the card; `others` are paid with the same one."""

    subscription_id: SubscriptionId
    product: str
    card: CardLine | None
    others: tuple[str, ...]
    processor: str
    is_overdue: bool
    failed_amount: Money | None  # the payment that failed last, if it is known
    failed_at: datetime | None
    may_pay: bool


@dataclass(frozen=True, slots=True)
class OverdueLine:
    """An invoice that is overdue, as the processor said when it made its page."""

    amount: Money
    since: datetime
    product: str


@dataclass(frozen=True, slots=True)
class ChangePage:
    """Where a card change stands. `link` leads to the processor's page; `again`: they may start anew."""

    id: CardChangeId
    headline: str
    what_next: str
    tone: str
    label: str
    processor: str
    link: str
    products: tuple[str, ...]
    card: CardLine | None
    overdue: tuple[OverdueLine, ...]
    pays_overdue: bool
    may_choose: bool
    steps: tuple[CardStepLine, ...]
    waits_for_bank: bool
    may_look: bool
    has_looked: bool  # they said so just now, and nothing of it is known yet
    may_stop: bool
    may_change: bool
    again: SubscriptionId | None
    version: str


async def show_form(http: web.Request) -> web.StreamResponse:
    """The preview; where a change is under way, that one."""
    try:
        preview = await use_cases.preview_card_change(
            http.app[CONTEXT], _subscription_id(http), by=customer(http)
        )
    except Repeated as repeated:
        raise see(http, "card-change", repeated.data["first"]) from repeated
    return render(http, "customer/card.html", make_ask_page(preview, now=http.app[CONTEXT].now()))


async def ask(http: web.Request) -> web.StreamResponse:
    """Ask for it, and go to the change's own page; sent twice, or from two browsers, to the first one's."""
    form = read_form(http, "pay")
    try:
        change = await use_cases.ask_card_change(
            http.app[CONTEXT],
            _subscription_id(http),
            by=customer(http),
            pays_overdue=form.text("pay") == "yes",
            once_key=form.once_key,
        )
    except Repeated as repeated:
        raise see(http, "card-change", repeated.data["first"]) from repeated
    raise see(http, "card-change", change.id)


async def show(http: web.Request) -> web.StreamResponse:
    """Only its customer's; everybody else gets what an absent one gets."""
    shown = await _shown(http)
    has_looked = http.query.get("looked") == "1"
    page = make_page(shown, http[SAY], now=http.app[CONTEXT].now(), has_looked=has_looked)
    return render(http, "customer/card_change.html", page)


async def events(http: web.Request) -> web.StreamResponse:
    """Says that something changed; raises as the page does."""

    async def look() -> str:
        return (await _shown(http)).version

    await look()  # not theirs: refused before the stream begins
    return await stream_versions(http, look)


async def come_back(http: web.Request) -> web.StreamResponse:
    """The processor's page sends them here, which proves nothing: what became of it will be read."""
    change = await use_cases.look_at_return(http.app[CONTEXT], _change_id(http), by=customer(http))
    raise see(http, "card-change", change.id)


async def look(http: web.Request) -> web.StreamResponse:
    """The customer says that they are done, at the processor's page or at their bank's."""
    read_form(http)
    change = await use_cases.look_at_return(http.app[CONTEXT], _change_id(http), by=customer(http))
    raise see(http, "card-change", change.id, looked="1")


async def choose(http: web.Request) -> web.StreamResponse:
    """Pay what is overdue at once, or not."""
    form = read_form(http, "pay")
    change = await use_cases.choose_overdue(
        http.app[CONTEXT], _change_id(http), pays_overdue=form.text("pay") == "yes", by=customer(http)
    )
    raise see(http, "card-change", change.id)


async def stop(http: web.Request) -> web.StreamResponse:
    """They want no more of it, or to start again."""
    read_form(http)
    change = await use_cases.stop_card_change(http.app[CONTEXT], _change_id(http), by=customer(http))
    raise see(http, "card-change", change.id)


def make_page(
    shown: CardChangePage, say: Translator, *, now: datetime, has_looked: bool = False
) -> ChangePage:
    """The page's data."""
    change, processor = shown.change, PROCESSORS["stripe"]
    tone, label = card_wording.badge(shown, say)
    is_open = change.state is CardChangeState.OPEN and not card_wording.is_stopping(shown)
    waits_for_bank = card_wording.waits_for_bank(shown)
    own = next(each for each in shown.payers if each.subscription.id == change.subscription_id)
    return ChangePage(
        id=change.id,
        headline=card_wording.headline(shown, processor, say),
        what_next=card_wording.what_next(shown, processor, say),
        tone=tone,
        label=label,
        processor=processor,
        link=shown.link if is_open else "",
        products=tuple(each.product.name for each in shown.payers),
        card=card_line(change.card or own.subscription.card, now=now),
        overdue=tuple(OverdueLine(each.due, each.since, each.product) for each in change.overdue),
        pays_overdue=change.pays_overdue,
        may_choose=is_open and shown.offer.may_pay,
        steps=card_wording.step_lines(shown, say),
        waits_for_bank=waits_for_bank,
        may_look=is_open or waits_for_bank,
        has_looked=has_looked and (is_open or waits_for_bank),
        may_stop=is_open or waits_for_bank or change.state is CardChangeState.ASKED,
        may_change=change.state in OPEN_CARD_CHANGE,
        again=own.subscription.id if change.state in _AGAIN and shown.offer.blocked is None else None,
        version=shown.version,
    )


def make_ask_page(preview: CardPreview, *, now: datetime) -> AskCardPage:
    """The page's data."""
    own = preview.payer
    return AskCardPage(
        subscription_id=own.subscription.id,
        product=own.product.name,
        card=card_line(own.subscription.card, now=now),
        others=tuple(each.product.name for each in preview.others),
        processor=PROCESSORS["stripe"],
        is_overdue=own.is_overdue or any(each.is_overdue for each in preview.others),
        failed_amount=own.failed.captured if own.failed and own.is_overdue else None,
        failed_at=own.failed.paid_at if own.failed and own.is_overdue else None,
        may_pay=preview.offer.may_pay,
    )


async def _shown(http: web.Request) -> CardChangePage:
    return await use_cases.show_card_change(http.app[CONTEXT], _change_id(http), by=customer(http))


def _subscription_id(http: web.Request) -> SubscriptionId:
    return parse_id(SubscriptionId, http.match_info["subscription_id"])


def _change_id(http: web.Request) -> CardChangeId:
    return parse_id(CardChangeId, http.match_info["change_id"])
