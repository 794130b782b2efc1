"""The URL map declares who may, or the server does not start."""

from dataclasses import replace

import pytest
from aiohttp import web

from billing.records import Request
from portal.entries import (
    CUSTOMER,
    DECIDERS,
    STAFF,
    BadUrlMap,
    Entry,
    UrlMap,
    Where,
    deed,
    hook,
    page,
)
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


async def test_who_is_on_one_surface_is_nobody_elsewhere(site: Site) -> None:
    dana = await site.staff("dana")
    for root in ("/acme", "/acme/help/support"):
        answer = await dana.get(root)
        assert (answer.status, answer.location) == (303, f"{root}/sign-in")
