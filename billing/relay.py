"""The relay: lease what must be told, deliver it with no transaction open, mark it. At least once."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import closing
from datetime import timedelta

from billing.context import Context
from billing.edges import Envelope
from billing.errors import DeliveryFailed, Unavailable
from billing.fairness import Places
from billing.ids import AccountId, EnvelopeId
from billing.messages import Destination

Deliver = Callable[[Context, Envelope], Awaitable[None]]

# Longer than any delivery's own time-outs, short enough that a killed worker's rows are soon taken up.
HOLD = timedelta(seconds=25)
BATCH = 20
# In flight at once. Calls to Slack are many, short, and each of a workspace of its own.
# Whoever draws documents waits for the same few threads.
PLACES = {Destination.SLACK: 64, Destination.DOCUMENTS: 4}
MOST_EACH = 8  # of one account in one lease
IDLE_SECONDS = 0.25
BREATH_SECONDS = 0.01  # commits that follow one another are looked at together
_BACK_OFF = (1, 5, 30, 120, 600, 1800, 3600)
_MOST_TRIES = 40

log = logging.getLogger(__name__)


class Relay:
    """Delivers the outbox, each destination on its own, so that a dead one never blocks another."""

    def __init__(self, ctx: Context, deliveries: Mapping[Destination, Mapping[str, Deliver]]) -> None:
        self._ctx = ctx
        self._deliveries = deliveries

    async def run(self) -> None:
        """Until cancelled; woken by every commit of this process, polling for those of others."""
        async with asyncio.TaskGroup() as group:
            for destination in self._deliveries:
                group.create_task(self._serve(destination))

    async def drain(self) -> int:
        """Deliver all that is due now, and what becomes due by it; returns how many were tried."""
        tried = 0
        while batch := sum([await self._round(destination) for destination in self._deliveries]):
            tried += batch
        return tried

    async def _serve(self, destination: Destination) -> None:
        """Many deliveries in flight: one that hangs holds its own place, and its account's share of them."""
        loop = asyncio.get_running_loop()
        places = Places(PLACES.get(destination, BATCH), loop.time)
        in_flight: set[EnvelopeId] = set()
        with closing(self._ctx.bell.listen(destination)) as ear:

            async def fly(place: object, envelope: Envelope) -> None:
                answered: bool | None = None
                try:
                    answered = await self._deliver(destination, envelope)
                finally:
                    in_flight.discard(envelope.id)
                    was_tight = places.is_tight
                    places.leave(place, answered=answered)
                    if was_tight:
                        ear.hear()

            async with asyncio.TaskGroup() as group:
                while True:
                    envelopes = await self._lease(
                        destination, places.free, most_each=MOST_EACH, not_of=places.full()
                    )
                    for envelope in envelopes:
                        if envelope.id in in_flight:
                            continue  # it takes longer than its lease, which is a longer one now
                        in_flight.add(envelope.id)
                        group.create_task(fly(places.take(envelope.account_id), envelope))
                    if not envelopes:
                        await ear.wait(IDLE_SECONDS)
                        await asyncio.sleep(BREATH_SECONDS)

    async def _lease(
        self,
        destination: Destination,
        limit: int,
        *,
        most_each: int | None = None,
        not_of: Collection[AccountId] = (),
    ) -> Sequence[Envelope]:
        ctx = self._ctx
        if limit == 0:
            return ()
        try:
            return await ctx.store.lease(
                destination, at=ctx.now(), hold=HOLD, limit=limit, most_each=most_each, not_of=not_of
            )
        except Unavailable:
            log.warning("relay: the database is away", extra={"destination": destination})
            return ()

    async def _round(self, destination: Destination) -> int:
        envelopes = await self._lease(destination, BATCH)
        await asyncio.gather(*(self._deliver(destination, envelope) for envelope in envelopes))
        return len(envelopes)

    async def _deliver(self, destination: Destination, envelope: Envelope) -> bool | None:
        """Deliver and mark; unmarked, because the database was away, it comes again when its lease ends.

        Returns whether the outside party answered; None where it was not asked.
        """
        failure = await self._try(destination, envelope)
        try:
            if failure is not None:
                await self._put_back(envelope, failure)
            else:
                await self._ctx.store.mark_delivered(envelope.id, at=self._ctx.now())
        except Unavailable:
            log.warning("relay: the database is away", extra={"destination": destination})
        if failure is None or failure.permanent:
            return True
        return None if failure.untouched else False

    async def _try(self, destination: Destination, envelope: Envelope) -> DeliveryFailed | None:
        deliver = self._deliveries[destination].get(envelope.kind, _nobody_delivers)
        try:
            await deliver(self._ctx, envelope)
        except DeliveryFailed as failure:
            return failure
        except Unavailable:
            return DeliveryFailed("the database was away")
        except Exception as bug:
            # A bug in one delivery must not stop the others; it is kept, tried again, and shown.
            log.exception("relay: a delivery broke", extra={"kind": envelope.kind})
            return DeliveryFailed(f"a bug: {type(bug).__name__}")
        return None

    async def _put_back(self, envelope: Envelope, failure: DeliveryFailed) -> None:
        seconds = _BACK_OFF[min(envelope.tries, len(_BACK_OFF)) - 1]
        after = failure.after if failure.after is not None else timedelta(seconds=seconds)
        await self._ctx.store.put_back(
            envelope.id,
            due_at=self._ctx.now() + after,
            why=failure.why[:500],
            # A delivery that names its own time decides itself when to give up.
            given_up=failure.permanent or (failure.after is None and envelope.tries >= _MOST_TRIES),
            untouched=failure.untouched,
        )


async def _nobody_delivers(_ctx: Context, envelope: Envelope) -> None:
    raise DeliveryFailed(f"nothing is connected that delivers {envelope.kind}")
