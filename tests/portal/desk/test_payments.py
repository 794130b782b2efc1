"""Payments at the desk: not connected, checked, refused, live, lost; no key is ever shown again."""

import re

import pytest

from billing.actors import SystemActor
from billing.ids import ConnectionId, new_id
from billing.inbox import ProcessorEvent, take_in_event
from billing.processing.checking import note_key_refused
from billing.processing.connecting import (
    KEY_UNKNOWN,
    PERMISSIONS,
    SETTINGS,
    TAKEN,
    UNDER_WAY,
    connect_processor,
)
from billing.processing.records import Connection
from billing.processor import KeyCheck
from billing.states import ConnectionState, Permission
from tests.portal.site import Site

PAGE = "/acme/desk/payments"
KEY, SECRET = "rk_test_canaryCanary123Q7xA", "whsec_canaryCanary4567"


def check(*missing: Permission, livemode: bool = True) -> KeyCheck:
    return KeyCheck("acct_acme", "Acme Shop", livemode, missing)


async def given(site: Site, *, reason: str = "test", secret: str = "") -> Connection:
    """A key that was taken down and not asked about yet."""
    by = SystemActor(site.acme.account.id, reason, "test")
    return await connect_processor(site.ctx, by.account_id, key=KEY, webhook_secret=secret or None, by=by)


async def live(site: Site, *missing: Permission, reason: str = "test", secret: str = "") -> Connection:
    """Connected, as the processor said."""
    connection = await given(site, reason=reason, secret=secret)
    async with site.ctx.begin(connection.account_id) as work:
        return await work.connections.go_live(connection.id, check(*missing), at=site.ctx.now())


async def refused(site: Site, problem: str, *missing: Permission) -> Connection:
    connection = await given(site)
    said = check(*missing) if problem != KEY_UNKNOWN else None
    async with site.ctx.begin(connection.account_id) as work:
        return await work.connections.refuse(connection.id, problem, check=said, at=site.ctx.now())


async def coming(site: Site) -> Connection | None:
    async with site.ctx.read(site.acme.account.id) as work:
        return await work.connections.find_coming()


async def test_before_anything_is_connected_the_page_says_what_to_do(site: Site) -> None:
    shown = await (await site.staff("dana")).get(PAGE)
    for says in ("Not connected", "create a restricted key", "Charges and Refunds", "Webhook Endpoints"):
        assert says in shown.words
    assert f'href="{PAGE}/key"' in shown.text
    read_only = await (await site.staff("erin")).get(PAGE)
    assert "An owner can do this." in read_only.words
    assert f'href="{PAGE}/key"' not in read_only.text
    for path in (PAGE, f"{PAGE}/key"):
        assert (await (await site.staff("frank")).get(path)).status == 403
    assert (await (await site.staff("erin")).get(f"{PAGE}/key")).status == 403


async def test_a_key_is_taken_down_and_never_shown_again(site: Site) -> None:
    dana = await site.staff("dana")
    form = await dana.get(f"{PAGE}/key")
    assert re.search(r'<input type="password" id="key"[^>]* autocomplete="off"', form.text)
    answer = await dana.submit(f"{PAGE}/key", f"{PAGE}/key", key=f" {KEY} ", webhook_secret=SECRET)
    assert (answer.status, answer.location) == (303, f"{PAGE}?saved=key")
    shown = await dana.get(answer.location)
    assert "Being checked" in shown.words
    assert "rk_test_…Q7xA" in shown.words
    assert f'data-live="{PAGE}/events"' in shown.text
    kept = await coming(site)
    assert kept is not None
    assert site.ctx.vault.unseal(kept.key) == KEY
    for path in (PAGE, f"{PAGE}/key", f"{PAGE}/{kept.id.hex}/secret", f"{PAGE}/{kept.id.hex}/end"):
        text = (await dana.get(path)).text
        assert KEY not in text
        assert SECRET not in text


@pytest.mark.parametrize(
    ("key", "secret", "field", "says"),
    [
        ("", "", "key", "Please fill this in."),
        ("pk_live_abcdefghijkl", "", "key", "This is the publishable key."),
        ("hello", "", "key", "This is no secret key."),
        (KEY, "hello", "webhook_secret", "This is no signing secret."),
    ],
)
async def test_what_is_no_key_is_refused_beside_its_field_and_not_sent_back(
    site: Site, key: str, secret: str, field: str, says: str
) -> None:
    dana = await site.staff("dana")
    answer = await dana.submit(f"{PAGE}/key", f"{PAGE}/key", key=key, webhook_secret=secret)
    assert answer.status == 422
    assert says in answer.words
    assert re.search(rf'id="{field}"[^>]* aria-invalid="true" autofocus', answer.text)
    for typed in filter(None, (key, secret)):
        assert f'value="{typed}"' not in answer.text
    assert await coming(site) is None


@pytest.mark.parametrize(
    ("problem", "missing", "says"),
    [
        (KEY_UNKNOWN, (), ["does not know this key"]),
        (
            PERMISSIONS,
            (Permission.WRITE_REFUNDS, Permission.READ_DISPUTES, Permission.WRITE_WEBHOOKS),
            ["may not do all that is needed", "Charges and Refunds : Write", "Disputes : Read"],
        ),
        (TAKEN, (), ["acct_acme is connected to another business here"]),
        (UNDER_WAY, (), ["another account or mode (acct_acme)", "still under way"]),
    ],
)
async def test_why_a_key_was_refused_and_what_to_do(
    site: Site, problem: str, missing: tuple[Permission, ...], says: list[str]
) -> None:
    connection = await refused(site, problem, *missing)
    dana = await site.staff("dana")
    shown = await dana.get(PAGE)
    for each in says:
        assert each in shown.words.replace(" : ", ": ").replace(": ", " : ")
    again = f"{PAGE}/{connection.id.hex}/check"
    answer = await dana.submit(PAGE, again)
    assert (answer.status, answer.location) == (303, f"{PAGE}?saved=check")
    assert "Being checked" in (await dana.get(PAGE)).words


async def test_what_is_live_says_whose_it_is_and_what_is_off(site: Site) -> None:
    await live(site, Permission.WRITE_INVOICES, Permission.WRITE_WEBHOOKS)
    dana = await site.staff("dana")
    shown = await dana.get(PAGE)
    for says in (
        "Acme Shop acct_acme",
        "What is overdue is not paid at once with a new card.",
        "No endpoint",
        "Set up the endpoint",
    ):
        assert says in shown.words
    assert f'value="{site.origin}/hooks/processor/acme"' in shown.text
    erin = await (await site.staff("erin")).get(PAGE)
    assert "Acme Shop" in erin.words
    for hidden in ("Replace the key", "Disconnect", "Set up the endpoint", "Check again"):
        assert hidden not in erin.words


async def test_an_endpoint_made_by_hand_gets_its_secret(site: Site) -> None:
    connection = await live(site, Permission.WRITE_WEBHOOKS)
    dana, page = await site.staff("dana"), f"{PAGE}/{connection.id.hex}/secret"
    wrong = await dana.submit(page, page, webhook_secret="secret")
    assert (wrong.status, "This is no signing secret." in wrong.words) == (422, True)
    answer = await dana.submit(page, page, webhook_secret=SECRET)
    assert (answer.status, answer.location) == (303, f"{PAGE}?saved=secret")
    shown = await dana.get(answer.location)
    assert "at the endpoint that you made" in shown.words
    assert SECRET not in shown.text


async def test_events_are_counted_by_kind(site: Site) -> None:
    await live(site, secret=SECRET)
    account_id = site.acme.account.id
    for number, (kind, what) in enumerate([("refund.updated", "refund")] * 3 + [("payout.paid", "payout")]):
        event = ProcessorEvent("stripe", f"evt_{number}", kind, what, "x_1")
        for _ in range(2):  # repeated ones count once
            await take_in_event(site.ctx, account_id, event, trace_id="test")
    shown = await (await site.staff("erin")).get(PAGE)
    assert re.search(r"refund\.updated</code></td><td>3</td>", shown.text)
    assert re.search(r"payout\.paid</code></td><td>1</td>", shown.text)
    assert "Nothing; it is only counted." in shown.words


async def test_disconnecting_takes_a_fresh_proof_and_says_what_stops(site: Site) -> None:
    connection = await live(site)
    dana, page = await site.staff("dana"), f"{PAGE}/{connection.id.hex}/end"
    fields = await dana.hidden(page)
    site.clock.turn(minutes=6)
    for path in (page, f"{PAGE}/key", f"{PAGE}/{connection.id.hex}/secret"):
        assert "/prove" in (await dana.get(path)).location
    assert "/prove" in (await dana.post(page, fields)).location
    dana = await site.staff("dana")
    assert "Disconnect Acme Shop?" in (await dana.get(page)).words
    answer = await dana.submit(page, page)
    assert (answer.status, answer.location) == (303, PAGE)
    assert "Acme Shop was disconnected." in (await dana.get(PAGE)).words
    assert (await dana.get(page)).location == f"{PAGE}?saved=nothing"


async def test_a_key_of_the_settings_says_so_and_stays(site: Site) -> None:
    connection = await live(site, reason=SETTINGS)
    dana = await site.staff("dana")
    shown = await dana.get(PAGE)
    assert "This key is in the settings of the server" in shown.words
    for hidden in ("Replace the key", "Disconnect"):
        assert hidden not in shown.words
    fields = {**await dana.hidden(PAGE), "key": KEY}
    assert (await dana.post(f"{PAGE}/key", fields)).status == 403
    fields.pop("key")
    assert (await dana.post(f"{PAGE}/{connection.id.hex}/end", fields)).status == 403


async def test_a_lost_key_says_what_waits(site: Site) -> None:
    connection = await live(site)
    by = SystemActor(connection.account_id, "processor", "test")
    assert await note_key_refused(site.ctx, connection.account_id, connection.id, by=by)
    assert not await note_key_refused(site.ctx, connection.account_id, connection.id, by=by)
    dana = await site.staff("dana")
    assert "takes the key rk_test_…Q7xA no more" in (await dana.get(PAGE)).words
    assert "takes our key no more" in (await dana.get("/acme/desk")).words


async def test_nobody_reaches_what_is_another_accounts(site: Site) -> None:
    connection = await live(site)
    heidi = await site.staff("heidi")
    for which in (connection.id, new_id(ConnectionId)):
        path = f"/other/desk/payments/{which.hex}"
        for page in (f"{path}/secret", f"{path}/end"):
            assert (await heidi.get(page)).status == 404
        fields = await heidi.hidden("/other/desk")
        for deed in ("check", "end"):
            assert (await heidi.post(f"{path}/{deed}", fields)).status == 404
    async with site.ctx.read(connection.account_id) as work:
        assert (await work.connections.get(connection.id)).state is ConnectionState.LIVE
