"""Slack as the product sees it: who clicked, and how a refused click is answered."""

from billing.actors import StaffActor, SystemActor, Via
from billing.context import Context
from billing.errors import NotFound, NotLinked, Refusal
from billing.ids import AccountId, RequestId
from billing.messages import CardDue, WhisperDue
from billing.records import Account, Staff


async def identify_slack_user(
    ctx: Context, account_id: AccountId, *, team_id: str, user_id: str, trace_id: str
) -> tuple[StaffActor, Staff]:
    """The active staff member this Slack user is confirmed to be; raises `NotLinked`. Slack is not asked."""
    async with ctx.read(account_id) as work:
        link = await work.channels.find_link(team_id, user_id)
        if link is None:
            raise NotLinked
        staff = await work.staff.get(link.staff_id)
    if not staff.active:
        raise NotLinked
    client = f"{team_id}/{user_id}"
    return StaffActor(account_id, staff.id, Via.SLACK, client, trace_id), staff


async def answer_refused_click(
    ctx: Context,
    account: Account,
    whisper: WhisperDue,
    refusal: Refusal,
    *,
    request_id: RequestId | None,
    trace_id: str,
) -> None:
    """A refused click is answered to the clicker alone, kept in the journal, and its card drawn anew."""
    by = SystemActor(account.id, "slack", trace_id)
    async with ctx.begin(account.id) as work:
        await work.outbox.put(whisper, at=ctx.now(), trace_id=trace_id)
        facts = {"refusal": refusal.code, "user": whisper.user_id}
        subject = f"request:{request_id.hex}" if request_id else "request:unknown"
        await work.journal.write(by, "click.refused", subject, at=ctx.now(), facts=facts)
        if request_id is None:
            return
        try:
            request = await work.requests.get(request_id)
        except NotFound:
            return
        if request.ticket_id is not None:
            await work.outbox.put(CardDue(request.ticket_id), at=ctx.now(), trace_id=trace_id)
