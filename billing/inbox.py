"""Taking in a processor's event: once, as a hint to look, never as the truth."""

from dataclasses import dataclass

from billing.actors import SystemActor
from billing.context import Context
from billing.ids import AccountId
from billing.messages import ProcessorHint

# What the relay can read at the processor; everything else is counted, and nothing follows.
READABLE = frozenset(
    {
        "charge",
        "checkout_session",
        "customer",
        "dispute",
        "invoice",
        "payment_method",
        "refund",
        "subscription",
    }
)

MOST_KIND = 128


@dataclass(frozen=True, slots=True)
class ProcessorEvent:
    """A verified event: its own id, its kind, and the object that it is about."""

    source: str  # e.g. `stripe`
    external_id: str
    kind: str
    object_kind: str
    object_id: str
    livemode: bool | None = None  # None: the processor did not say
    account: str = ""  # whose it is at the processor; empty: not said


async def take_in_event(ctx: Context, account_id: AccountId, event: ProcessorEvent, *, trace_id: str) -> bool:
    """Keep the event, counted by its kind, and the hint to read its object, in one transaction.

    False: it was here before.
    """
    object_kind = event.object_kind.replace(".", "_")
    ignored = "" if object_kind in READABLE else f"nothing follows from {object_kind}"
    at, by = ctx.now(), SystemActor(account_id, "processor", trace_id)
    async with ctx.begin(account_id) as work:
        if not await work.inbox.take_in(event.source, event.external_id, event.kind, at=at, ignored=ignored):
            return False
        if not ignored:
            hint = ProcessorHint(object_kind, event.object_id)
            await work.outbox.put(hint, at=at, trace_id=trace_id)
        facts = {"kind": event.kind, "object": event.object_id, "ignored": ignored}
        await work.journal.write(by, "event.taken_in", f"event:{event.external_id}", at=at, facts=facts)
        # Last, as events of a kind wait here for one another.
        await work.inbox.count(event.source, event.kind[:MOST_KIND], at=at, is_ignored=bool(ignored))
    return True
