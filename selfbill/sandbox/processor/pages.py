"""The processor's own dashboard: what a merchant looks at, and does, without us."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from selfbill.sandbox.human_pages import Templates
from selfbill.sandbox.processor.dashboard import DEEDS, do
from selfbill.sandbox.processor.errors import ApiError, Json
from selfbill.sandbox.processor.resources.cards import TEST_CARDS, CardOutcome
from selfbill.sandbox.processor.resources.disputes import INQUIRY
from selfbill.sandbox.processor.resources.subscriptions import period_end
from selfbill.sandbox.processor.state import ProcessorState
from selfbill.sandbox.processor.store import Query

SHOWN = 50
# Where a kind of object has its page, and which of the API's kinds it is.
PLACES = {
    "customers": "customer",
    "payments": "charge",
    "subscriptions": "subscription",
    "disputes": "dispute",
}


def add_pages(app: web.Application, state: ProcessorState, templates: Templates) -> None:
    """`/` and a list and a page of each kind; every button posts to `/do/{deed}/{id}` and leads back."""
    app.router.add_get("/", _overview(state, templates))
    for place, kind in PLACES.items():
        app.router.add_get(f"/{place}", _list(state, templates, place, kind))
        app.router.add_get(f"/{place}/{{id}}", _one(state, templates, place))
    app.router.add_post("/do/{deed}/{id}", _deed(state, templates))


def _overview(state: ProcessorState, templates: Templates) -> Handler:
    async def handler(_http: web.Request) -> web.Response:
        refunds = state.every("refund", limit=SHOWN)
        return templates.page(
            "processor/overview.html",
            place="",
            counts={place: state.store.count(kind) for place, kind in PLACES.items()},
            refunds=refunds,
            charges={refund["charge"]: state.get("charge", refund["charge"]) for refund in refunds},
            changed=_changed_subscriptions(state),
            disputes=state.every("dispute", limit=SHOWN),
            waiting=state.store.waiting(),
            faults=[each for each in state.faults.as_json() if each["times"] != 0],
            seen=list(state.seen)[::-1][:SHOWN],
        )

    return handler


def _changed_subscriptions(state: ProcessorState) -> list[Json]:
    """Those that something happened to lately, the latest first; not the ones of the past that was loaded."""
    told = [each["data"]["object"] for each in state.every("event", limit=500)]
    ids = dict.fromkeys(thing["id"] for thing in told if thing["object"] == "subscription")
    return [state.get("subscription", each) for each in list(ids)[:SHOWN]]


def _list(state: ProcessorState, templates: Templates, place: str, kind: str) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        typed, after = http.query.get("find", "").strip(), http.query.get("after")
        if typed and (found := _named(state, typed)) is not None:
            raise web.HTTPSeeOther(address_of(found))
        equals = {"email" if kind == "customer" else "customer": typed} if typed else {}
        after = after if after and state.store.find(after) else None
        rows, more = state.page(Query(kind, equals, limit=SHOWN, starting_after=after))
        return templates.page(
            "processor/list.html",
            place=place,
            rows=rows,
            find=typed,
            more=rows[-1]["id"] if more else None,
            customers=_owners(state, rows),
        )

    return handler


def _named(state: ProcessorState, typed: str) -> Json | None:
    """The object with this very id, if it has a page."""
    thing = state.store.find(typed)
    return thing if thing is not None and thing["object"] in PLACES.values() else None


def _owners(state: ProcessorState, rows: list[Json]) -> dict[str, Json]:
    ids = {each.get("customer") for each in rows} - {None}
    return {each: found for each in ids if each and (found := state.store.find(each)) is not None}


def address_of(thing: Json) -> str:
    """Where an object is shown; refunds are shown with their charge."""
    if thing["object"] == "refund":
        return f"/payments/{thing['charge']}"
    place = next(place for place, kind in PLACES.items() if kind == thing["object"])
    return f"/{place}/{thing['id']}"


def _one(state: ProcessorState, templates: Templates, place: str) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        return _page(state, templates, place, http.match_info["id"])

    return handler


def _page(
    state: ProcessorState,
    templates: Templates,
    place: str,
    object_id: str,
    *,
    wrong: str = "",
    typed: Mapping[str, str] | None = None,
) -> web.Response:
    try:
        thing = state.get(PLACES[place], object_id)
    except ApiError:
        return templates.page("processor/gone.html", status=404)
    return templates.page(
        f"processor/{PLACES[place]}.html",
        status=422 if wrong else 200,
        place=place,
        it=thing,
        wrong=wrong,
        typed=typed or {},
        test_cards=[each for each in TEST_CARDS.values() if each.outcome is not CardOutcome.DECLINED],
        **BESIDE[place](state, thing),
    )


def _beside_customer(state: ProcessorState, customer: Json) -> dict[str, Any]:
    of_them = {"customer": customer["id"]}
    return {
        "cards": state.every("payment_method", of_them, limit=SHOWN),
        "subscriptions": state.every("subscription", of_them, limit=SHOWN),
        "charges": state.every("charge", of_them, limit=SHOWN),
        "invoices": state.every("invoice", {**of_them, "status": "open"}, limit=SHOWN),
    }


def _beside_charge(state: ProcessorState, charge: Json) -> dict[str, Any]:
    return {
        "customer": state.store.find(charge["customer"] or ""),
        "refunds": state.refunds(charge["id"]),
        "disputes": state.every("dispute", {"charge": charge["id"]}),
        "left": charge["amount_captured"] - charge["amount_refunded"],
        "inquiry": INQUIRY,
    }


def _beside_subscription(state: ProcessorState, subscription: Json) -> dict[str, Any]:
    price = subscription["items"]["data"][0]["price"]
    return {
        "customer": state.store.find(subscription["customer"]),
        "product": (state.store.find(price["product"]) or {"name": price["product"]})["name"],
        "price": price,
        "ends": period_end(subscription),
        "card": state.store.find(subscription["default_payment_method"] or ""),
        "invoices": state.every("invoice", {"subscription": subscription["id"]}, limit=SHOWN),
    }


def _beside_dispute(state: ProcessorState, dispute: Json) -> dict[str, Any]:
    return {"charge": state.get("charge", dispute["charge"]), "inquiry": INQUIRY}


BESIDE = {
    "customers": _beside_customer,
    "payments": _beside_charge,
    "subscriptions": _beside_subscription,
    "disputes": _beside_dispute,
}


def _deed(state: ProcessorState, templates: Templates) -> Handler:
    async def handler(http: web.Request) -> web.Response:
        deed, object_id = http.match_info["deed"], http.match_info["id"]
        if http.headers.get("Origin", state.public_url) not in (state.public_url, f"http://{http.host}"):
            raise web.HTTPForbidden(text="This form was sent from another site.")
        typed = {name: str(value) for name, value in (await http.post()).items()}
        thing = state.store.find(object_id)
        if deed not in DEEDS or thing is None:
            return templates.page("processor/gone.html", status=404)
        address = address_of(thing)
        try:
            do(state, deed, thing, typed)
        except ApiError as refused:
            place, _, name = address[1:].partition("/")
            return _page(state, templates, place, name, wrong=str(refused), typed=typed)
        raise web.HTTPSeeOther(address)

    return handler
