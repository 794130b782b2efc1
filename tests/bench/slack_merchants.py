"""Many merchants for measuring Slack: each with a workspace, helpdesks with a channel each, and sales."""

from dataclasses import dataclass, replace
from datetime import timedelta

from billing.accounts import create_account, link_slack
from billing.actors import CustomerActor, SystemActor
from billing.context import Context
from billing.edges import SlackLink
from billing.helpdesks import add_helpdesk
from billing.ids import AccountId, DepartmentId, HelpdeskId, PaymentId, new_id
from billing.records import Account, Department, Helpdesk
from billing.slack.connecting import connect_workspace
from billing.slack.records import SlackProfile
from billing.staff import add_staff
from billing.states import AskCode, PlanName, ProductKind, Role, Surface
from tests.bench.quick_slack import USER
from tests.make import Till, World
from tests.people import bob, erin


@dataclass
class Merchant:
    """An account, whose customer buys as often as is asked."""

    account: Account
    team_id: str
    helpdesks: list[Helpdesk]
    world: World

    def customer(self, helpdesk: Helpdesk) -> CustomerActor:
        """Signed in at this helpdesk."""
        account_id, bob_id = self.account.id, self.world.customers[bob.name]
        return CustomerActor(account_id, bob_id, Surface.HELPDESK, helpdesk.id, True, "192.0.2.1", "bench")


async def open_merchant(ctx: Context, like: Account, number: int, *, channels: int) -> Merchant:
    """One more account like this one: its helpdesks handle Manually and ask for no code; Erin decides."""
    slug = f"bench-{number}"
    account = replace(like, id=new_id(AccountId), slug=slug, directory=slug, plan=PlanName.ENTERPRISE)
    by = SystemActor(account.id, "bench", "bench")
    await create_account(ctx, account, by=by)
    helpdesks = [await _add_helpdesk(ctx, account, number, each, by) for each in range(channels)]
    team_id = f"T{number:09d}"
    await connect_workspace(
        ctx,
        account.id,
        team_id=team_id,
        enterprise_id="",
        team_name=slug,
        app_id="A1",
        bot_user_id="U0BOT00001",
        bot_token=f"xoxb-{number}",
        refresh_token=None,
        expires_at=None,
        scopes="chat:write",
        by=by,
    )
    await _hire_erin(ctx, account, team_id, by)
    world = World(accounts={account.slug: account})
    async with ctx.begin(account.id) as work:
        await Till(work, world, account).welcome(bob)
    return Merchant(account, team_id, helpdesks, world)


async def sell(ctx: Context, merchant: Merchant, count: int) -> list[PaymentId]:
    """So many payments, a day old."""
    orders = [f"{number:08d}" for number in range(count)]
    async with ctx.begin(merchant.account.id) as work:
        till = Till(work, merchant.world, merchant.account)
        product = await till.offer("Workbook", ProductKind.ONE_TIME, 30)
        for order in orders:
            await till.sell(bob, product, [(order, 2500, ctx.now() - timedelta(days=1))])
    return [merchant.world.payments[order] for order in orders]


async def _add_helpdesk(ctx: Context, account: Account, number: int, each: int, by: SystemActor) -> Helpdesk:
    helpdesk = Helpdesk(
        id=new_id(HelpdeskId),
        account_id=account.id,
        slug=f"desk-{each}",
        name=f"Desk {each}",
        slack_channel=f"C{number:05d}{each:04d}",
        billing_shown=True,
        archived_at=None,
    )
    department = Department(new_id(DepartmentId), account.id, helpdesk.id, "Billing")
    await add_helpdesk(ctx, helpdesk, [department], by=by)
    async with ctx.begin(account.id) as work:
        settings = await work.helpdesks.get_self_billing(Surface.HELPDESK, helpdesk.id)
        await work.helpdesks.put_self_billing(replace(settings, code_for_refund=AskCode.NEVER))
    return helpdesk


async def _hire_erin(ctx: Context, account: Account, team_id: str, by: SystemActor) -> None:
    staff = await add_staff(
        ctx,
        email=erin.email,
        name=erin.name,
        role=Role.MANAGER,
        password=erin.password,
        limit_minor=None,
        locale="en",
        by=by,
    )
    profile = SlackProfile(
        account_id=account.id,
        team_id=team_id,
        user_id=USER,
        name=erin.name,
        is_gone=False,
        is_bot=False,
        is_guest=False,
        is_stranger=False,
        locale="en-US",
        time_zone="UTC",
        looked_at=ctx.now() + timedelta(hours=12),  # nobody looks anew while it is measured
    )
    async with ctx.begin(account.id) as work:
        await work.channels.put_profile(profile)
    await link_slack(ctx, SlackLink(account.id, team_id, USER, staff.id), by=by)
