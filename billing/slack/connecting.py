"""A Slack workspace becomes an account's: its tokens sealed, one live at a time, the one before it ended."""

from dataclasses import replace
from datetime import datetime

from billing import plans
from billing.actors import Actor, StaffActor, SystemActor
from billing.context import Context
from billing.hours import Alarm
from billing.ids import AccountId, InstallationId, new_id
from billing.ports import UnitOfWork
from billing.slack.catching_up import post_waiting
from billing.slack.losing import drop_alarms, mark_ended, write_workspace
from billing.slack.messages import ChannelsDue
from billing.slack.records import Installation
from billing.slack.tokens import rotate_at
from billing.states import AlarmKind, Ended
from billing.vault import Vault

# The reason of the actor that connects the workspace of the settings.
SETTINGS = "settings"


async def connect_workspace(
    ctx: Context,
    account_id: AccountId,
    *,
    team_id: str,
    enterprise_id: str,
    team_name: str,
    app_id: str,
    bot_user_id: str,
    bot_token: str,
    refresh_token: str | None,
    expires_at: datetime | None,
    scopes: str,
    by: Actor,
) -> Installation:
    """Plain tokens in, sealed at rest; another workspace that was live is ended and forgotten by Slack.

    The same one keeps its row and takes the new tokens. The settings' workspace never replaces what people
    connected, and is not connected again after it ended, until the settings have another token: then what
    is returned is what there is. Raises `Invalid` (workspace, `taken`), `NotInPlan` for staff.
    """
    asked = Installation(
        id=new_id(InstallationId),
        account_id=account_id,
        team_id=team_id,
        enterprise_id=enterprise_id,
        team_name=team_name,
        app_id=app_id,
        bot_user_id=bot_user_id,
        bot_token=bot_token,
        refresh_token=refresh_token,
        expires_at=expires_at,
        scopes=scopes,
        installed_by=by.key,
        installed_at=ctx.now(),
    )
    if isinstance(by, SystemActor) and by.reason == SETTINGS:
        # Looked at without a transaction first: this is asked again and again, and changes nothing mostly.
        async with ctx.read(account_id) as work:
            if (there := await _settled(work, asked, ctx.vault)) is not None:
                return there
    async with ctx.begin(account_id) as work:
        account = await work.accounts.hold()
        if isinstance(by, StaffActor):
            plans.must_have_helpdesks(account)
        elif by.key == f"system:{SETTINGS}" and (there := await _settled(work, asked, ctx.vault)) is not None:
            return there
        return await keep_workspace(ctx, work, asked, by=by)


async def keep_workspace(ctx: Context, work: UnitOfWork, asked: Installation, *, by: Actor) -> Installation:
    """Within a transaction that holds the account: `asked`, with plain tokens, is what is live then.

    Raises `Invalid` (workspace, `taken`).
    """
    live = await work.installations.find_live()
    if live is not None and not _is_same(live, asked):
        why = Ended.REPLACED
        await mark_ended(work, live, why, by=by, at=ctx.now(), still_here=live.team_id == asked.team_id)
        live = None
    kept = _sealed(asked, ctx.vault)
    if live is not None:
        kept = replace(
            live,
            team_name=kept.team_name or live.team_name,
            app_id=kept.app_id or live.app_id,
            bot_user_id=kept.bot_user_id or live.bot_user_id,
            scopes=kept.scopes or live.scopes,
            bot_token=kept.bot_token,
            refresh_token=kept.refresh_token,
            expires_at=kept.expires_at,
            installed_at=ctx.now(),
        )
        await _keep_anew(work, live, kept, at=ctx.now())
    else:
        await work.installations.add(kept)
    await _set_alarms(work, kept, at=ctx.now())
    for helpdesk in await work.helpdesks.list():
        if await work.channels.drop_trouble(helpdesk.id) or live is None:
            await post_waiting(work, helpdesk, at=ctx.now(), trace_id=by.trace_id)
    await work.outbox.put(ChannelsDue(), at=ctx.now(), trace_id=by.trace_id)
    verb = "slack.connected" if live is None else "slack.connected_again"
    await write_workspace(work, by, verb, kept, at=ctx.now())
    return kept


async def keep_identity(
    ctx: Context, installation: Installation, *, team_name: str, bot_user_id: str, scopes: str
) -> None:
    """What Slack says of a workspace whose token came from the settings; what is empty stays as it was."""
    async with ctx.begin(installation.account_id) as work:
        await work.accounts.hold()
        now = await work.installations.get(installation.id)
        await work.installations.keep_facts(
            now.id,
            team_name=team_name or now.team_name,
            app_id=now.app_id,
            bot_user_id=bot_user_id or now.bot_user_id,
            scopes=scopes or now.scopes,
        )


async def _settled(work: UnitOfWork, asked: Installation, vault: Vault) -> Installation | None:
    """What the settings' workspace leaves alone: their own choice of before, and the choice of people."""
    for each in await work.installations.list_of_team(asked.team_id):
        if vault.unseal(each.bot_token) == asked.bot_token:
            return await work.installations.find_live() or each
    live = await work.installations.find_live()
    return live if live is not None and live.installed_by != asked.installed_by else None


def _is_same(live: Installation, asked: Installation) -> bool:
    """The same workspace and, as far as is known, the same app there: what differs then are its tokens."""
    knows_app = bool(asked.bot_user_id)
    same_app = (live.app_id, live.bot_user_id) == (asked.app_id, asked.bot_user_id)
    return live.team_id == asked.team_id and (same_app or not knows_app)


def _sealed(asked: Installation, vault: Vault) -> Installation:
    refresh = asked.refresh_token
    return replace(
        asked,
        bot_token=vault.seal(asked.bot_token),
        refresh_token=vault.seal(refresh) if refresh is not None else None,
    )


async def _keep_anew(work: UnitOfWork, live: Installation, kept: Installation, *, at: datetime) -> None:
    await work.installations.keep_tokens(
        live.id,
        instead_of=live.refresh_token,
        bot_token=kept.bot_token,
        refresh_token=kept.refresh_token,
        expires_at=kept.expires_at,
    )
    await work.installations.keep_facts(
        live.id,
        team_name=kept.team_name,
        app_id=kept.app_id,
        bot_user_id=kept.bot_user_id,
        scopes=kept.scopes,
    )
    await work.installations.renew(live.id, at=at)
    await drop_alarms(work, live.id)


async def _set_alarms(work: UnitOfWork, kept: Installation, *, at: datetime) -> None:
    """Who the linked people are there is looked at at once, and daily; tokens go long before they expire."""
    await work.timing.set_alarm(Alarm(kept.account_id, AlarmKind.PROFILES, kept.id, at, 0))
    if kept.expires_at is not None:
        due_at = rotate_at(kept.id, at, kept.expires_at)
        await work.timing.set_alarm(Alarm(kept.account_id, AlarmKind.ROTATION, kept.id, due_at, 0))
