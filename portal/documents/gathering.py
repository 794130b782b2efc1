"""The worker's part of a bundle: some documents are issued and drawn, the next message does the next ones."""

import time
from collections.abc import Mapping, Sequence

from billing.actors import SystemActor
from billing.context import Context
from billing.documents.bundle_steps import (
    Step,
    count_step,
    fail_bundle,
    find_step,
    finish_bundle,
    issue_due,
)
from billing.edges import Envelope
from billing.messages import BundleDue, read_message
from billing.ports.bundles import Due
from billing.relay import Deliver
from portal.documents.drawn import fetch_pdf

# Seconds of one step: far less than a lease, so that nobody else takes it up meanwhile.
SPAN = 8.0
MOST_TRIES = 6
REASON = "documents"  # of the actor


def document_deliveries() -> Mapping[str, Deliver]:
    """What the relay does at leisure, by kind of message."""
    return {BundleDue.kind: gather}


async def gather(ctx: Context, envelope: Envelope) -> None:
    """One step of a bundle; what is broken for good ends it after some tries."""
    message = read_message(BundleDue, envelope.payload)
    by = SystemActor(envelope.account_id, REASON, envelope.trace_id)
    if envelope.tries > MOST_TRIES:
        await fail_bundle(ctx, message, by=by)
        return
    step = await find_step(ctx, message, by=by)
    if step is None:
        return
    if not step.dues:
        await finish_bundle(ctx, step, by=by)
        return
    taken, drawn = await _take(ctx, step, by=by)
    await count_step(ctx, message, taken, drawn, by=by)


async def _take(ctx: Context, step: Step, *, by: SystemActor) -> tuple[Sequence[Due], int]:
    """The payments or refunds that were dealt with, at least one, and how many documents they have."""
    ends, taken, drawn = time.monotonic() + SPAN, 0, 0
    for due in step.dues:
        for document in await issue_due(ctx, due, by=by):
            await fetch_pdf(ctx, document)
            drawn += 1
        taken += 1
        if time.monotonic() > ends:
            break
    return step.dues[:taken], drawn
