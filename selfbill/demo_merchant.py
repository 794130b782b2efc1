"""The demo's merchant: Lumen Studio, its team, its helpdesk, and the past that a Kartra export tells."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, timedelta
from pathlib import Path
from uuid import uuid4

from rich.console import Console

from billing.accounts import create_account, link_slack
from billing.actors import SystemActor
from billing.answers import add_answer, show_answers
from billing.context import Context
from billing.edges import SlackLink
from billing.helpdesks import add_helpdesk
from billing.ids import AccountId, DepartmentId, HelpdeskId, new_id
from billing.imports.kartra import KartraReader
from billing.imports.rows import PastRow, RowKind
from billing.money import Currency
from billing.ports.processing_syncs import WalkLost
from billing.processing.messages import SyncDue
from billing.processing.records import Connection
from billing.processing.syncing import WORKER, claim
from billing.processing.walking import Pace, Stage, Walk, walk_through
from billing.processor import PaymentProvider
from billing.products import list_products, set_refund_period
from billing.records import Account, Address, Department, Helpdesk
from billing.staff import add_staff
from billing.states import PlanName, Role
from selfbill.importing import take_in_file
from selfbill.past import list_processor_past, write_past
from selfbill.sandbox.processor.server import ProcessorSandbox
from selfbill.sandbox.slack.seed import Seed
from selfbill.wiring import Service

SLUG = "lumen"
NAME = "Lumen Studio"
HELPDESK = "support"
# Theirs as well, so that nobody wonders whose channels these are.
WORKSPACE = Seed(team_name=NAME, team_domain="lumen-studio")
PAST = "past.csv"
_DONE = "past.done"
_LOOK_AGAIN_SECONDS = 0.2
_PAGES_A_SECOND = 1000
_LET_PEOPLE_LOOK = timedelta(minutes=5)  # before the running sync reads all the charges
_REFUND_DAYS = {
    "Photography Masterclass": 30,
    "Coaching Intensive": 30,
    "Membership Gold": 14,
    "E-book: Light & Shadow": 14,
}
_ANSWERS = {
    "Refund period is over": (
        "Hello {customer_name},\n\nthe refund period for {product} is over, so we cannot give {amount} back. "
        "We are sorry that it was not what you hoped for."
    ),
    "Already refunded": (
        "Hello {customer_name},\n\nwe have refunded order {order_id} already. It can take your bank ten days "
        "to show it. Please write to us if it is not there by then."
    ),
}
_ENDINGS = frozenset(
    {RowKind.CANCEL_ASKED, RowKind.CANCELED, RowKind.FAILED, RowKind.REFUND, RowKind.CHARGEBACK}
)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody of the demo's team, and who they are in the sandbox's Slack."""

    name: str
    email: str
    role: Role
    slack: str
    limit_minor: int | None = None


OWNER = Member("Dana Whitfield", "dana@example.com", Role.OWNER, "U0DANA0001")
TEAM = (
    OWNER,
    Member("Erin Castellanos", "erin@example.com", Role.MANAGER, "U0ERIN0002"),
    Member("Frank Oyelaran", "frank@example.com", Role.AGENT, "U0FRANK003", 5000),
    Member("Grace Lindqvist", "grace@example.com", Role.VIEWER, "U0GRACE004"),
)


async def set_up_merchant(
    service: Service, folder: Path, processor: ProcessorSandbox, *, password: str, console: Console
) -> tuple[Account, Helpdesk]:
    """The merchant as they were left; what is missing is made, also after a start that was cut short."""
    ctx = service.context
    account = await ctx.store.find_account_by_slug(SLUG)
    if account is None:
        account = await create_account(ctx, _account(), by=_setup(_account()))
    by = _setup(account)
    helpdesk = await _helpdesk(ctx, account, by)
    await _team(ctx, account, password, by)
    if not (folder / _DONE).exists():
        await _answers(ctx, helpdesk, by)
        await _past(service, folder, account, processor=processor, by=by, console=console)
        (folder / _DONE).touch()
    return account, helpdesk


def _setup(account: Account) -> SystemActor:
    return SystemActor(account.id, "demo", uuid4().hex)


def _account() -> Account:
    return Account(
        id=new_id(AccountId),
        slug=SLUG,
        directory=SLUG,
        name=NAME,
        plan=PlanName.GROWTH,
        currency=Currency("USD"),
        locale="en",
        time_zone="UTC",
        seller=Address(
            name=NAME,
            company="Lumen Studio GmbH",
            tax_id="DE812345678",
            email="billing@lumen.example",
            street="Lindenallee 4",
            city="Berlin",
            postcode="10115",
            country="Germany",
        ),
        colour="#2f5bd3",
        second_factor=False,  # so that the demo can be entered with a password alone
    )


async def _helpdesk(ctx: Context, account: Account, by: SystemActor) -> Helpdesk:
    async with ctx.read(account.id) as work:
        found = await work.helpdesks.find_by_slug(HELPDESK)
    if found is not None:
        return found
    helpdesk = Helpdesk(
        id=new_id(HelpdeskId),
        account_id=account.id,
        slug=HELPDESK,
        name="Lumen Support",
        slack_channel=WORKSPACE.channels[0].id,
        billing_shown=True,
        archived_at=None,
    )
    departments = [
        Department(new_id(DepartmentId), account.id, helpdesk.id, name) for name in ("Billing", "Courses")
    ]
    return await add_helpdesk(ctx, helpdesk, departments, by=by)


async def _answers(ctx: Context, helpdesk: Helpdesk, by: SystemActor) -> None:
    if (await show_answers(ctx, helpdesk.id, by=by)).answers:
        return
    for name, text in _ANSWERS.items():
        await add_answer(ctx, helpdesk.id, name=name, text=text, by=by, once_key=uuid4().hex)


async def _team(ctx: Context, account: Account, password: str, by: SystemActor) -> None:
    async with ctx.read(account.id) as work:
        known = {staff.email: staff for staff in await work.staff.list()}
    for member in TEAM:
        staff = known.get(member.email) or await add_staff(
            ctx,
            email=member.email,
            name=member.name,
            role=member.role,
            password=password,
            limit_minor=member.limit_minor,
            locale="en",
            by=by,
        )
        async with ctx.read(account.id) as work:
            linked = await work.channels.find_link_of_staff(staff.id)
        if linked is None:
            link = SlackLink(account.id, WORKSPACE.team_id, member.slack, staff.id)
            await link_slack(ctx, link, by=by)


async def _past(
    service: Service,
    folder: Path,
    account: Account,
    *,
    processor: ProcessorSandbox,
    by: SystemActor,
    console: Console,
) -> None:
    """The export moved to end yesterday, imported; and the same past on the processor's side."""
    ctx, file = service.context, folder / PAST
    if not file.exists():
        unfinished = file.with_suffix(".part")
        write_past(unfinished, today=ctx.now().date())
        unfinished.rename(file)
    with console.status("Importing the Kartra export …"):
        run = await take_in_file(ctx, account, file)
    console.print(f"Imported {run.totals.read} rows: {run.totals.payments} payments.")
    for product in await list_products(ctx, by=by):
        await set_refund_period(ctx, product.id, _REFUND_DAYS.get(product.name), by=by)
    with console.status("Giving the processor's stand-in the same past …"):
        processor.seed(list_processor_past(file, zone=UTC, now=ctx.now()))
    with console.status("Reading next payment dates at the processor …"):
        live, provider = await _connected(service, account)
        await _read_subscriptions(ctx, live, provider, by=by)


async def _connected(service: Service, account: Account) -> tuple[Connection, PaymentProvider]:
    """Once the key of the settings was checked, which the running relay does."""
    while (serving := await service.providers.serving(account.id)) is None:
        await service.context.bell.wait(_LOOK_AGAIN_SECONDS)
    return serving


async def _read_subscriptions(
    ctx: Context, live: Connection, provider: PaymentProvider, *, by: SystemActor
) -> None:
    """The sync's own walk, up to cards and next payment dates; the running sync goes on with the rest."""
    began, is_read = ctx.now(), False
    while not is_read:
        with suppress(WalkLost):  # the running sync was at it too
            run, lists_all = await claim(ctx, live, holder=WORKER, is_gone=lambda _: False, since=None)
            walk = Walk(ctx, provider, WORKER, by, Pace(_PAGES_A_SECOND), lambda _: None, lists_all)
            # One that began before the processor had its past has seen nothing of it.
            is_new = run.started_at >= began
            await walk_through(walk, run, up_to=Stage.SUBSCRIPTIONS if is_new else None)
            is_read = is_new
    async with ctx.begin(live.account_id) as work:
        message, due_at = SyncDue(live.id), ctx.now() + _LET_PEOPLE_LOOK
        dedupe = f"sync-demo:{live.id.hex}"
        await work.outbox.put(message, at=ctx.now(), trace_id=by.trace_id, dedupe=dedupe, due_at=due_at)


def find_demo_customers(folder: Path) -> tuple[dict[str, str], dict[str, str]]:
    """Who to try: the newest buyer of the course, and the newest member whose subscription runs on."""
    rows = sorted(_rows(folder / PAST), key=lambda row: row.place)
    gone = {row.charge_id for row in rows if row.kind in _ENDINGS and row.charge_id}
    ended = {row.agreement_ref for row in rows if row.kind in _ENDINGS and row.agreement_ref}
    course = [
        row
        for row in rows
        if row.kind is RowKind.SALE and row.product == "Photography Masterclass" and row.charge_id not in gone
    ]
    member = [
        row
        for row in rows
        if row.kind is RowKind.REBILL and row.product == "Membership Gold" and row.agreement_ref not in ended
    ]
    return _pair(course[-1]), _pair(member[-1])


def _rows(file: Path) -> Iterator[PastRow]:
    with file.open(encoding="utf-8-sig", newline="") as text:
        for row in KartraReader(text, UTC).rows():
            if isinstance(row, PastRow):
                yield row


def _pair(row: PastRow) -> dict[str, str]:
    return {"order_id": str(row.number), "email": row.buyer.email}
