"""The page a person opens to see that the money went back."""

from __future__ import annotations

from aiohttp import web

from selfbill.sandbox.human_pages import Templates
from selfbill.sandbox.processor.state import ProcessorState

SHOWN = 50


def add_pages(app: web.Application, state: ProcessorState, templates: Templates) -> None:
    """`/`: refunds, ended and ending subscriptions, disputes, untold events, recent requests."""

    async def overview(_http: web.Request) -> web.Response:
        refunds = state.every("refund", limit=SHOWN)
        charges = {refund["charge"]: state.get("charge", refund["charge"]) for refund in refunds}
        ending = state.every("subscription", {"cancel_at_period_end": True}, SHOWN)
        counts = {kind: state.store.count(kind) for kind in ("customer", "charge", "refund", "subscription")}
        return templates.page(
            "processor/overview.html",
            counts=counts,
            refunds=refunds,
            charges=charges,
            ending=[each for each in ending if each["status"] != "canceled"],
            ended=state.every("subscription", {"status": "canceled"}, SHOWN),
            disputes=state.every("dispute", limit=SHOWN),
            waiting=state.store.waiting(),
            faults=state.faults.as_json(),
            seen=list(state.seen)[::-1][:SHOWN],
        )

    app.router.add_get("/", overview)
