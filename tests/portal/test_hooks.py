"""The processor's events, and whether the server runs."""

from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest

from billing.errors import NotFound
from billing.ids import AccountId
from billing.inbox import ProcessorEvent
from portal.forms import MOST_BYTES
from portal.keys import PortalSettings
from portal.views.hooks import MOST_EVENT_BYTES
from tests.portal.site import Filled, Site, open_site

HOOK = "/hooks/processor/acme"


class Verifier:
    """Takes what is signed with the word of the account; reads nothing else."""

    def __init__(self, filled: Filled) -> None:
        self.filled = filled

    async def __call__(
        self, slug: str, body: bytes, headers: Mapping[str, str]
    ) -> tuple[AccountId, ProcessorEvent]:
        if slug not in {"acme", "other"}:
            raise NotFound
        if headers.get("Signature") != slug:
            raise ValueError("not signed")
        event = ProcessorEvent("stripe", body.decode("utf-8", "strict"), "refund.updated", "refund", "re_1")
        return self.filled.people["acme"].account.id, event


@pytest.fixture
async def hooked(filled: Filled, tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(
        filled, tmp_path, settings=PortalSettings(processor_hook=Verifier(filled))
    ) as opened:
        yield opened


async def test_an_event_is_taken_in_once(hooked: Site) -> None:
    browser = hooked.browser()
    before = await hooked.ctx.store.count_waiting()
    for _ in range(3):
        assert (await browser.post(HOOK, "evt_1", Signature="acme")).status == 204
    assert await hooked.ctx.store.count_waiting() == before + 1


@pytest.mark.parametrize("signature", ["", "other", "acme "[:-1] + "x"])
async def test_what_is_not_signed_leaves_nothing(hooked: Site, signature: str) -> None:
    before = await hooked.ctx.store.count_waiting()
    answer = await hooked.browser().post(HOOK, "evt_1", Signature=signature)
    assert answer.status == 400
    assert await hooked.ctx.store.count_waiting() == before


async def test_an_accounts_signature_is_good_for_no_other(hooked: Site) -> None:
    assert (await hooked.browser().post("/hooks/processor/other", "evt_1", Signature="acme")).status == 400


async def test_junk_is_refused_and_a_large_event_is_not(hooked: Site) -> None:
    browser = hooked.browser()
    large = "x" * 4 * MOST_BYTES  # an invoice with many lines
    assert (await browser.post(HOOK, large, Signature="acme")).status == 204
    assert (await browser.post(HOOK, "x" * (MOST_EVENT_BYTES + 1), Signature="acme")).status == 413
    assert (await browser.post("/hooks/processor/nobody", "evt", Signature="nobody")).status == 404
    assert (await browser.get(HOOK)).status == 405


async def test_without_a_secret_there_is_no_endpoint(site: Site) -> None:
    assert (await site.browser().post(HOOK, "evt_1", Signature="acme")).status == 404


async def test_health_says_only_that(site: Site) -> None:
    assert (await site.browser().get("/healthz")).text == "ok\n"
    ready = await site.browser().get("/readyz")
    assert (ready.status, ready.text) == (200, "ready\n")
    await site.app.shutdown()
    assert (await site.browser().get("/readyz")).status == 503
