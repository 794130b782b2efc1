"""App Home: which list a person looks at, what it holds, and how the Homes that are open stay fresh."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from billing import policy
from billing.actors import StaffActor
from billing.context import Context
from billing.edges import CardPlace
from billing.emails import email_key
from billing.ids import AccountId, RequestId, TicketId
from billing.money import Money
from billing.policy import DecideRight
from billing.ports import BoardQuery, Shows, Spot, UnitOfWork
from billing.records import Account, Staff
from billing.slack.events import SlackEvent, take_in
from billing.slack.messages import HomeDue, HomesDue
from billing.slack.profiles import put_profile_due
from billing.slack.records import OpenHome
from billing.states import Role
from billing.views import RequestView, TicketView

PAGE = 10
MOST_PAGES = 50
MOST_COUNTED = 100
OPEN_FOR = timedelta(hours=24)
# Slack lets an app publish a hundred views a minute; a busy shop with many open Homes draws them less often.
MOST_OPEN = 150
_SECONDS_EACH = 2 / 3
# Longer than any transaction lasts that began before the Home was open, and thus told nobody.
_SETTLED_BY = timedelta(seconds=3)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """A request, or a question without one; `card` is where it stands in Slack, `right` a request's."""

    request: RequestView | None
    ticket: TicketView | None
    card: CardPlace | None
    right: DecideRight | None


@dataclass(frozen=True, slots=True)
class BoardPage:
    """A page of one list. `counts` stop at `MOST_COUNTED`; `totals` are refunds, by currency."""

    account: Account
    staff: Staff
    shows: Shows
    number: int  # of the page, from 1
    rows: tuple[BoardRow, ...]
    counts: Mapping[Shows, int]
    totals: tuple[Money, ...]
    is_last: bool


async def homes_changed(work: UnitOfWork, at: datetime, trace_id: str) -> None:
    """Something that Homes list has changed; nothing where none is open."""
    if await work.homes.is_any_open(since=at - OPEN_FOR):
        # without a dedupe id: on it, all that an account does at once would wait for one another
        await work.outbox.put(HomesDue(), at=at, trace_id=trace_id)


async def open_home(
    ctx: Context, account_id: AccountId, event: SlackEvent, *, team_id: str, user_id: str, trace_id: str
) -> None:
    """Somebody looks at their Home, whoever they are: it is drawn, and kept fresh from now on."""
    async with ctx.begin(account_id) as work:
        now = ctx.now()
        if not await take_in(work, event, at=now):
            return
        before = await work.homes.find(team_id, user_id)
        home = before or OpenHome(account_id, team_id, user_id, "", "", "", now)
        await work.homes.put(replace(home, opened_at=now, after=""))
        due = HomeDue(team_id, user_id)
        await work.outbox.put(due, at=now, trace_id=trace_id)
        is_known = await _ask_who(work, team_id, user_id, at=now, trace_id=trace_id)
        if not is_known or before is None or now - before.opened_at > OPEN_FOR:
            await work.outbox.put(due, at=now, due_at=now + _SETTLED_BY, trace_id=trace_id)


async def _ask_who(work: UnitOfWork, team_id: str, user_id: str, *, at: datetime, trace_id: str) -> bool:
    """Whether it is known who they are in Slack; else it is asked for."""
    profile = await work.channels.find_profile(team_id, user_id)
    if profile is not None and not profile.is_old(at):
        return True
    await put_profile_due(work, team_id, user_id, at=at, trace_id=trace_id)
    return False


async def turn_home(
    ctx: Context,
    by: StaffActor,
    *,
    team_id: str,
    user_id: str,
    shows: Shows | None = None,
    number: int = 1,
) -> None:
    """They chose another list, or another page of it; None: the same list from its beginning."""
    async with ctx.begin(by.account_id) as work:
        now = ctx.now()
        before = await work.homes.find(team_id, user_id)
        home = before or OpenHome(by.account_id, team_id, user_id, "", "", "", now)
        chosen, page = shows.value if shows else home.shows, str(min(max(number, 1), MOST_PAGES))
        await work.homes.put(replace(home, shows=chosen, after=page, opened_at=now))
        await work.outbox.put(HomeDue(team_id, user_id), at=now, trace_id=by.trace_id)


async def spread_homes(ctx: Context, account_id: AccountId, *, trace_id: str) -> None:
    """Every open Home of somebody who works here is drawn anew, once for all that happens meanwhile.

    Those due are joined by the window in which they were asked for: it ends before they are drawn, so
    whatever asked in it is shown. The more are open the longer it is.
    """
    async with ctx.begin(account_id) as work:
        now = ctx.now()
        homes = await work.homes.list_open(since=now - OPEN_FOR, limit=MOST_OPEN)
        span = max(1, int(len(homes) * _SECONDS_EACH))
        window = int(now.timestamp()) // span
        due_at = datetime.fromtimestamp((window + 1) * span, UTC)
        for home in homes:
            due = HomeDue(home.team_id, home.user_id)
            dedupe = f"home:{home.team_id}:{home.user_id}:{span}:{window}"
            await work.outbox.put(due, at=now, due_at=due_at, trace_id=trace_id, dedupe=dedupe)


async def find_home(ctx: Context, account_id: AccountId, team_id: str, user_id: str) -> OpenHome | None:
    """What they look at, and the hash of what was published last."""
    async with ctx.read(account_id) as work:
        return await work.homes.find(team_id, user_id)


async def keep_hash(ctx: Context, home: OpenHome, new_hash: str) -> None:
    """What was published last is called so."""
    async with ctx.begin(home.account_id) as work:
        await work.homes.keep_hash(home.team_id, home.user_id, new_hash)


async def show_board(
    ctx: Context, *, by: StaffActor, shows: Shows | None = None, number: int = 1, time_zone: str = ""
) -> BoardPage:
    """A page of a list, the last one where there are no longer so many; None: theirs, or all for a viewer.

    `time_zone` says when the reader's day began; empty: the account's.
    """
    async with ctx.read(by.account_id) as work:
        account, staff = await work.accounts.get(), await work.staff.get(by.staff_id)
        if shows is None:
            shows = Shows.MINE if policy.can_decide(staff) else Shows.ALL
        since = _midnight(ctx.now(), time_zone or account.time_zone)
        queries = {each: _query(each, account, staff, since) for each in Shows}
        counts = {each: await work.board.count(query, most=MOST_COUNTED) for each, query in queries.items()}
        query = queries[shows]
        spots = await work.board.list_spots(query, skip=(number - 1) * PAGE, limit=PAGE + 1)
        if not spots and number > 1:
            number = max(1, -(-counts[shows] // PAGE))
            spots = await work.board.list_spots(query, skip=(number - 1) * PAGE, limit=PAGE + 1)
        return BoardPage(
            account=account,
            staff=staff,
            shows=shows,
            number=number,
            rows=await rows_of(work, spots[:PAGE], account=account, staff=staff),
            counts=counts,
            totals=tuple(await work.board.sum_refunds(query, most=MOST_COUNTED)),
            is_last=len(spots) <= PAGE or number >= MOST_PAGES,
        )


def _midnight(now: datetime, time_zone: str) -> datetime:
    zone = ZoneInfo(time_zone)
    return datetime.combine(now.astimezone(zone).date(), time.min, zone).astimezone(UTC)


def _query(shows: Shows, account: Account, staff: Staff, since: datetime) -> BoardQuery:
    is_bound = staff.role is Role.AGENT and staff.limit_minor is not None
    limit = Money(staff.limit_minor or 0, account.currency) if is_bound else None
    return BoardQuery(shows, staff.id, policy.can_decide(staff), limit, since)


async def rows_of(
    work: UnitOfWork, spots: Sequence[Spot], *, account: Account, staff: Staff
) -> tuple[BoardRow, ...]:
    """All that is shown of these, in their order."""
    requests = await _requests(work, [spot.request_id for spot in spots if spot.request_id])
    questions = await _questions(work, [spot.ticket_id for spot in spots if spot.ticket_id])
    tickets = [view.ticket.id for view in requests.values() if view.ticket]
    tickets += [view.ticket.id for view in questions.values()]
    cards = {card.ticket_id: card for card in await work.tickets.list_cards(tickets)} if tickets else {}
    rows = []
    for spot in spots:
        if spot.request_id in requests:
            view = requests[spot.request_id]
            right = policy.decide_right(account, staff, view.request, [email_key(view.customer.email)])
            rows.append(BoardRow(view, None, cards.get(view.ticket.id) if view.ticket else None, right))
        elif spot.ticket_id in questions:
            question = questions[spot.ticket_id]
            rows.append(BoardRow(None, question, cards.get(question.ticket.id), None))
    return tuple(rows)


async def _requests(work: UnitOfWork, ids: Sequence[RequestId]) -> Mapping[RequestId | None, RequestView]:
    return {view.request.id: view for view in await work.requests.list_views_of(ids)} if ids else {}


async def _questions(work: UnitOfWork, ids: Sequence[TicketId]) -> Mapping[TicketId | None, TicketView]:
    return {view.ticket.id: view for view in await work.tickets.list_views_of(ids)} if ids else {}
