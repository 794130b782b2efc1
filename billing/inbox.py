"""Taking in a processor's event: once, as a hint to look, never as the truth."""

from dataclasses import dataclass

from billing.actors import SystemActor
from billing.context import Context
from billing.ids import AccountId
from billing.messages import ProcessorHint

_READABLE = frozenset({"refund", "subscription"})


@dataclass(frozen=True, slots=True)
class ProcessorEvent:
    """A verified event: its own id, its kind, and the object that it is about."""

    source: str  # e.g. `stripe`
    external_id: str
    kind: str
    object_kind: str
    object_id: str


async def take_in_event(ctx: Context, account_id: AccountId, event: ProcessorEvent, *, trace_id: str) -> bool:
    """Keep the event and the hint to read its object, in one transaction; False: it was here before."""
    ignored = "" if event.object_kind in _READABLE else f"nothing follows from {event.object_kind}"
    async with ctx.begin(account_id) as work:
        is_new = await work.inbox.take_in(
            event.source, event.external_id, event.kind, at=ctx.now(), ignored=ignored
        )
        if is_new and not ignored:
            hint = ProcessorHint(event.object_kind, event.object_id)
            await work.outbox.put(hint, at=ctx.now(), trace_id=trace_id)
        if is_new:
            by = SystemActor(account_id, "processor", trace_id)
            facts = {"kind": event.kind, "object": event.object_id, "ignored": ignored}
            subject = f"event:{event.external_id}"
            await work.journal.write(by, "event.taken_in", subject, at=ctx.now(), facts=facts)
    return is_new
