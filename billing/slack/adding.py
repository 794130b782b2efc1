"""*Add to Slack*: an owner goes to Slack and comes back with a code, which is exchanged for tokens.

The state that Slack brings back is worth nothing but in the visit it was made for, and is taken once.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from billing import plans
from billing.actors import StaffActor, Via
from billing.context import Context
from billing.errors import Forbidden, Invalid, NotFound, NotInPlan
from billing.ids import AccountId, ConnectingId, InstallationId, VisitId, new_id
from billing.rights import must_be_proved, must_own
from billing.slack.connecting import keep_workspace
from billing.slack.messages import ExchangeDue
from billing.slack.records import Connecting, Installation
from billing.states import ConnectingStep

LASTS = timedelta(minutes=10)  # as long as Slack's codes
# Why it came to nothing; what else Slack may say is `slack-refused`.
DENIED, REFUSED, OTHER_VISIT, CODE_OVER = "denied", "slack-refused", "other-visit", "code-over"
TAKEN, MISSING_SCOPES, NOT_SET_UP, NO_RIGHT = "taken", "missing-scopes", "not-set-up", "no-right"
_MOST_CODE = 1024


@dataclass(frozen=True, slots=True)
class Granted:
    """What Slack gave for a code; tokens are plain. `expires_at` None: the token stays."""

    team_id: str
    enterprise_id: str
    team_name: str
    app_id: str
    bot_user_id: str
    bot_token: str
    refresh_token: str | None
    expires_at: datetime | None
    scopes: str  # comma-separated


async def begin_connecting(ctx: Context, visit_id: VisitId, *, by: StaffActor) -> Connecting:
    """Owners, freshly proved; raises `ProofNeeded`, `Forbidden`, `NotInPlan`."""
    must_be_proved(by, ctx.now())
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        plans.must_have_helpdesks(await work.accounts.get())
        connecting_id = new_id(ConnectingId)
        connecting = Connecting(
            id=connecting_id,
            account_id=by.account_id,
            state_hash=_hash(ctx, _state(ctx, connecting_id)),
            staff_id=by.staff_id,
            visit_hash=_visit_hash(ctx, visit_id),
            step=ConnectingStep.ASKED,
            problem="",
            made_at=ctx.now(),
            expires_at=ctx.now() + LASTS,
        )
        await work.installations.add_connecting(connecting)
        subject = f"connecting:{connecting_id.hex}"
        await work.journal.write(by, "slack.connecting", subject, at=ctx.now(), facts={})
        return connecting


async def show_connecting(
    ctx: Context, connecting_id: ConnectingId, visit_id: VisitId, *, by: StaffActor
) -> tuple[Connecting, str]:
    """How far it has come, and its state while Slack is still to be asked, else empty.

    Whoever did not begin it in this visit gets `NotFound`.
    """
    async with ctx.read(by.account_id) as work:
        await must_own(work, by)
        found = await work.installations.get_connecting(connecting_id)
    if not _is_theirs(ctx, found, visit_id, by):
        raise NotFound
    is_open = found.step is ConnectingStep.ASKED and found.expires_at > ctx.now()
    return found, _state(ctx, connecting_id) if is_open else ""


async def find_connecting_account(ctx: Context, state: str) -> AccountId | None:
    """Whose *Add to Slack* this state belongs to, taken or not."""
    return await ctx.store.find_connecting(_hash(ctx, state))


async def come_back(
    ctx: Context, state: str, visit_id: VisitId, *, code: str, error: str, by: StaffActor
) -> Connecting:
    """Slack sent them back with a code, or with an error. Raises `NotFound` for a state that is no more.

    In another visit, or with an error, it has failed, and the state is spent all the same.
    """
    async with ctx.begin(by.account_id) as work:
        await must_own(work, by)
        taken = await work.installations.take_state(_hash(ctx, state), at=ctx.now())
        if taken is None:
            raise NotFound
        problem = ""
        if not _is_theirs(ctx, taken, visit_id, by):
            problem = OTHER_VISIT
        elif error or not 0 < len(code) <= _MOST_CODE:
            problem = DENIED if error == "access_denied" else REFUSED
        if problem:
            await work.installations.end_connecting(taken.id, ConnectingStep.FAILED, problem)
        else:
            due = ExchangeDue(taken.id, ctx.vault.seal(code))
            dedupe = f"slack-exchange:{taken.id.hex}"
            await work.outbox.put(due, at=ctx.now(), trace_id=by.trace_id, dedupe=dedupe)
        return await work.installations.get_connecting(taken.id)


async def find_exchange(
    ctx: Context, account_id: AccountId, connecting_id: ConnectingId
) -> Connecting | None:
    """The one whose code must still be exchanged; None: that is over."""
    async with ctx.read(account_id) as work:
        found = await work.installations.get_connecting(connecting_id)
    return found if found.step is ConnectingStep.EXCHANGING else None


async def finish_connecting(
    ctx: Context, connecting: Connecting, granted: Granted, *, needed: Iterable[str], trace_id: str
) -> str:
    """The workspace is connected in the name of whoever began it; returns why it is not, or empty.

    Tokens that are not kept are not revoked either: a workspace that is another account's has them too.
    """
    by = StaffActor(connecting.account_id, connecting.staff_id, Via.WEB, "", trace_id)
    problem = "" if set(needed) <= set(granted.scopes.split(",")) else MISSING_SCOPES
    if not problem:
        try:
            await _keep(ctx, connecting, granted, by)
        except Invalid:
            problem = TAKEN
        except (Forbidden, NotInPlan):
            problem = NO_RIGHT
    if problem:
        await fail_connecting(ctx, connecting, problem)
    return problem


async def fail_connecting(ctx: Context, connecting: Connecting, problem: str) -> None:
    """It came to nothing, and the page says why."""
    async with ctx.begin(connecting.account_id) as work:
        await work.installations.end_connecting(connecting.id, ConnectingStep.FAILED, problem)


async def _keep(ctx: Context, connecting: Connecting, granted: Granted, by: StaffActor) -> None:
    async with ctx.begin(connecting.account_id) as work:
        await must_own(work, by)
        plans.must_have_helpdesks(await work.accounts.hold())
        if not await work.installations.end_connecting(connecting.id, ConnectingStep.DONE):
            return  # told twice
        asked = Installation(
            id=new_id(InstallationId),
            account_id=connecting.account_id,
            team_id=granted.team_id,
            enterprise_id=granted.enterprise_id,
            team_name=granted.team_name,
            app_id=granted.app_id,
            bot_user_id=granted.bot_user_id,
            bot_token=granted.bot_token,
            refresh_token=granted.refresh_token,
            expires_at=granted.expires_at,
            scopes=granted.scopes,
            installed_by=by.key,
            installed_at=ctx.now(),
        )
        await keep_workspace(ctx, work, asked, by=by)


def _is_theirs(ctx: Context, connecting: Connecting, visit_id: VisitId, by: StaffActor) -> bool:
    return (connecting.staff_id, connecting.visit_hash) == (by.staff_id, _visit_hash(ctx, visit_id))


def _state(ctx: Context, connecting_id: ConnectingId) -> str:
    """Not stored: made of the id anew, by a key that nobody else has."""
    return ctx.vault.digest(f"slack state:{connecting_id.hex}")[:32]


def _hash(ctx: Context, state: str) -> str:
    return ctx.vault.digest(f"slack state given:{state}")


def _visit_hash(ctx: Context, visit_id: VisitId) -> str:
    return ctx.vault.digest(f"slack visit:{visit_id.hex}")
