"""Gathering a bundle, a few payments or refunds at a time: each step is counted once, whoever takes it.

The walk goes through the year's payments by time, then through its refunds. Where it stands is in the
message of the next step, which is put in the transaction that counts this one: what is killed in between is
taken again, finds its documents issued, and is counted then.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from billing.actors import SystemActor
from billing.context import Context
from billing.documents.bundles import year_of
from billing.documents.issuing import issue_credit_note, issue_invoice
from billing.documents.records import Bundle
from billing.errors import NotFound, NotOffered
from billing.ids import PaymentId, RefundId
from billing.messages import BundleDue
from billing.ports import UnitOfWork
from billing.ports.bundles import Due, Place
from billing.records import Account, Document
from billing.states import BundleState

STEP = 25
_PAYMENTS, _REFUNDS = "payments", "refunds"


@dataclass(frozen=True, slots=True)
class Step:
    """What is next; without `dues` all is gathered."""

    account: Account
    bundle: Bundle
    dues: Sequence[Due]


async def find_step(ctx: Context, message: BundleDue, *, by: SystemActor) -> Step | None:
    """None where there is nothing to do: it is over, expired, or another went on from here."""
    async with ctx.read(by.account_id) as work:
        bundle = await work.bundles.find(message.bundle_id, at=ctx.now())
        if bundle is None or bundle.state is not BundleState.GATHERING or bundle.done != message.done:
            return None
        account = await work.accounts.get()
        dues: list[Due] = []
        if message.walk == _PAYMENTS:
            dues += await _dues(work, account, bundle, _place(message), of_refunds=False, limit=STEP)
        if len(dues) < STEP:
            after = _place(message) if message.walk == _REFUNDS else None
            dues += await _dues(work, account, bundle, after, of_refunds=True, limit=STEP - len(dues))
        return Step(account, bundle, dues)


async def issue_due(ctx: Context, due: Due, *, by: SystemActor) -> Sequence[Document]:
    """Its documents, and first one of its own if it may have one; none where it may not any more."""
    if due.may_issue:
        # Its payment may have failed after all, or the refund was taken back.
        with suppress(NotOffered, NotFound):
            await _issue(ctx, due, by=by)
    async with ctx.read(by.account_id) as work:
        return await work.years.list_of(due)


async def count_step(
    ctx: Context, message: BundleDue, taken: Sequence[Due], drawn: int, *, by: SystemActor
) -> None:
    """So many more are drawn, and the next step is due; nothing if another was first."""
    now, last = ctx.now(), taken[-1]
    done = message.done + drawn
    following = BundleDue(
        message.bundle_id, done, _REFUNDS if last.is_refund else _PAYMENTS, last.at.isoformat(), last.id.hex
    )
    dedupe = f"bundle:{message.bundle_id.hex}:{following.walk}:{following.last}"
    async with ctx.begin(by.account_id) as work:
        if await work.bundles.count_on(message.bundle_id, expected=message.done, done=done):
            await work.outbox.put(following, at=now, trace_id=by.trace_id, dedupe=dedupe)


async def finish_bundle(ctx: Context, step: Step, *, by: SystemActor) -> None:
    """All is there; it holds what was issued until now."""
    now, bundle = ctx.now(), step.bundle
    year = year_of(step.account, bundle.year, bundle.customer_id)
    async with ctx.read(by.account_id) as work:  # of all of an account, which no other writer should wait for
        total = len(await work.years.list_members(year, until=now))
    async with ctx.begin(by.account_id) as work:
        await work.bundles.finish(bundle.id, expected=bundle.done, total=total, at=now)


async def fail_bundle(ctx: Context, message: BundleDue, *, by: SystemActor) -> None:
    """It was tried often enough; whoever asked may ask again."""
    async with ctx.begin(by.account_id) as work:
        await work.bundles.fail(message.bundle_id)


async def _dues(
    work: UnitOfWork, account: Account, bundle: Bundle, after: Place | None, *, of_refunds: bool, limit: int
) -> Sequence[Due]:
    year = year_of(account, bundle.year, bundle.customer_id)
    missing = bundle.issue_missing
    return await work.years.list_dues(year, of_refunds=of_refunds, after=after, missing=missing, limit=limit)


async def _issue(ctx: Context, due: Due, *, by: SystemActor) -> None:
    if due.is_refund:
        await issue_credit_note(ctx, RefundId(due.id), by=by)
    else:
        await issue_invoice(ctx, PaymentId(due.id), by=by)


def _place(message: BundleDue) -> Place | None:
    return (datetime.fromisoformat(message.at), UUID(hex=message.last)) if message.last else None
