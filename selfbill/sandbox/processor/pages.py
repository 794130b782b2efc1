"""The page a person opens to see that the money went back."""

from __future__ import annotations

from aiohttp import web

from selfbill.sandbox.human_pages import Templates
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.state import ProcessorState

SHOWN = 50


def add_pages(app: web.Application, state: ProcessorState, templates: Templates) -> None:
    """`/`: refunds, changed subscriptions, disputes, untold events, recent requests."""

    async def overview(_http: web.Request) -> web.Response:
        refunds = state.every("refund", limit=SHOWN)
        charges = {refund["charge"]: state.get("charge", refund["charge"]) for refund in refunds}
        counts = {kind: state.store.count(kind) for kind in ("customer", "charge", "refund", "subscription")}
        return templates.page(
            "processor/overview.html",
            counts=counts,
            refunds=refunds,
            charges=charges,
            changed=_changed_subscriptions(state),
            disputes=state.every("dispute", limit=SHOWN),
            waiting=state.store.waiting(),
            faults=[each for each in state.faults.as_json() if each["times"] != 0],
            seen=list(state.seen)[::-1][:SHOWN],
        )

    app.router.add_get("/", overview)


def _changed_subscriptions(state: ProcessorState) -> list[Json]:
    """Those that something happened to lately, the latest first; not the ones of the past that was loaded."""
    told = [each["data"]["object"] for each in state.every("event", limit=500)]
    ids = dict.fromkeys(thing["id"] for thing in told if thing["object"] == "subscription")
    return [state.get("subscription", each) for each in list(ids)[:SHOWN]]
