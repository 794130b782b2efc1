"""The URL map declares who may, or the server does not start."""

from dataclasses import replace

import pytest
from aiohttp import web

from billing.records import Request
from billing.states import Role
from portal.entries import (
    CUSTOMER,
    DECIDERS,
    PUBLIC,
    STAFF,
    BadUrlMap,
    Entry,
    UrlMap,
    Where,
    deed,
    hook,
    page,
)
from portal.routes import ROUTES
from tests.portal.site import Site


async def nothing(http: web.Request) -> web.Response:
    return web.Response()


GOOD = page("/x/{request_id}", nothing, name="x", who=STAFF, where=Where.DESK, names=Request)


@pytest.mark.parametrize(
    "wrong",
    [
        replace(GOOD, names=None),
        replace(GOOD, who=frozenset()),
        replace(GOOD, who=None),  # type: ignore[arg-type]
        replace(GOOD, who=CUSTOMER),
        replace(GOOD, where=Where.SURFACES),
        replace(GOOD, proof="none"),
        hook("POST", "/hooks/x", nothing, name="x", proof=" "),
    ],
    ids=[
        "names nothing",
        "nobody may",
        "undeclared",
        "customer at desk",
        "staff on surface",
        "proof",
        "no proof",
    ],
)
def test_an_entry_that_declares_too_little_is_refused(wrong: Entry) -> None:
    assert UrlMap([GOOD])
    with pytest.raises(BadUrlMap):
        UrlMap([wrong])


def test_one_name_is_one_path() -> None:
    with pytest.raises(BadUrlMap):
        UrlMap([GOOD, replace(GOOD, path="/y/{request_id}")])
    with pytest.raises(BadUrlMap):
        UrlMap([GOOD, GOOD])
    assert UrlMap([GOOD, deed(GOOD.path, nothing, name="x", who=DECIDERS, where=Where.DESK, names=Request)])


def test_who_may_what_at_the_desk() -> None:
    printed = {
        f"{entry.method} {entry.path or '/'}": letters(entry) for entry in ROUTES if entry.where is Where.DESK
    }
    assert printed == {
        "GET /": "OMAV",
        "GET /events": "OMAV",
        "GET /sign-in": "all",
        "POST /sign-in": "all",
        "POST /sign-out": "all",
        "POST /language": "all",
        "GET /requests/{request_id}": "OMAV",
        "GET /requests/{request_id}/events": "OMAV",
        "POST /requests/{request_id}/approve": "OMA",
        "POST /requests/{request_id}/deny": "OMA",
        "POST /requests/{request_id}/retry": "OMA",
        "POST /requests/{request_id}/ask": "OMA",
        "POST /requests/{request_id}/note": "OMA",
        "POST /tickets/{ticket_id}/assign": "OMA",
        "GET /bulk": "OMA",
        "GET /bulk/done": "OMA",
        "POST /bulk/approve": "OMA",
        "POST /bulk/deny": "OMA",
        "GET /rules": "O",
        "POST /rules": "O",
        "GET /products": "OM",
        "GET /products/self-billing": "OM",
        "POST /products/self-billing": "OM",
        "GET /products/self-billing/preview": "OM",
        "POST /products/self-billing/preview": "OM",
        "GET /products/{product_id}": "OM",
        "POST /products/{product_id}": "OM",
        "GET /tickets/{ticket_id}": "OMAV",
        "POST /tickets/{ticket_id}/reply": "OMA",
        "POST /tickets/{ticket_id}/note": "OMA",
        "POST /tickets/{ticket_id}/close": "OMA",
    }


def letters(entry: Entry) -> str:
    """Owner, manager, agent, viewer, as far as they may."""
    if entry.who is PUBLIC:
        return "all"
    assert isinstance(entry.who, frozenset)
    return "".join(role[0].upper() for role in Role if role in entry.who)


async def test_who_is_on_one_surface_is_nobody_elsewhere(site: Site) -> None:
    dana = await site.staff("dana")
    for root in ("/acme", "/acme/help/support"):
        answer = await dana.get(root)
        assert (answer.status, answer.location) == (303, f"{root}/sign-in")
