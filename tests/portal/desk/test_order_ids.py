"""How Order IDs are made: shown, saved, refused beside their fields, and the last look through the lists."""

from dataclasses import replace

from billing.actors import SystemActor
from billing.ids import SyncRunId, new_id
from billing.processing.order_ids import set_order_ids
from billing.processing.records import OrderFormat, SyncMark, SyncRun
from tests.portal.desk.test_payments import live
from tests.portal.site import Browser, Site, found

PAGE = "/acme/desk/payments/order-ids"
USUAL = {"template": "{number}", "width": "6", "start": "1"}


async def hidden(browser: Browser) -> dict[str, str]:
    shown = await browser.get(PAGE)
    return {name: found(shown.text, rf'name="{name}" value="([^"]+)"') for name in ("csrf", "once", "seen")}


async def format_now(site: Site) -> OrderFormat:
    async with site.ctx.read(site.acme.account.id) as work:
        return await work.order_ids.get()


async def test_the_next_ones_are_shown_and_another_format_is_kept(site: Site) -> None:
    dana = await site.staff("dana")
    assert "000001" in (await dana.get(PAGE)).words
    typed = {"template": "lum-{year}-{number}", "width": "4", "start": "70"}
    assert (await dana.post(PAGE, {**await hidden(dana), **typed})).status == 303
    assert await format_now(site) == OrderFormat(site.acme.account.id, "LUM-{year}-{number}", 4, 69)
    shown = (await dana.get(f"{PAGE}?saved=yes")).words
    assert "Saved." in shown
    assert f"LUM-{site.ctx.now().year}-0071" in shown
    assert "Dana changed how Order IDs are made" in (await dana.get("/acme/desk/journal")).words


async def test_what_cannot_be_is_said_beside_its_field(site: Site) -> None:
    dana = await site.staff("dana")
    for typed, said in (
        ({"template": "LUM-{year}"}, "Please put {number} where the number belongs."),
        ({"template": "{number}#"}, "Please use letters from A to Z"),
        ({"template": "{number}{who}"}, "Please use letters from A to Z"),
        ({"template": "L" * 21 + "{number}"}, "Please write at most 32 characters."),
        ({"width": "13"}, "Please enter a whole number from 1 to 12."),
        ({"start": "soon"}, "Please enter a whole number from 1 to"),
    ):
        answer = await dana.post(PAGE, {**await hidden(dana), **USUAL, **typed})
        assert answer.status == 422, typed
        assert said in answer.words, typed
    assert await format_now(site) == OrderFormat(site.acme.account.id, "{number}", 6, 0)


async def test_who_saves_over_somebody_else_sees_both(site: Site) -> None:
    dana = await site.staff("dana")
    form = await hidden(dana)
    by = SystemActor(site.acme.account.id, "test", "test")
    await set_order_ids(site.ctx, template="A{number}", width=6, start=1, by=by)
    answer = await dana.post(PAGE, {**form, **USUAL, "template": "B{number}"})
    assert answer.status == 409
    assert "Saved meanwhile" in answer.words
    assert "A{number}" in answer.words


async def test_payments_says_how_far_the_look_through_the_lists_is(site: Site) -> None:
    connection = await live(site)
    now = site.ctx.now()
    run = SyncRun(new_id(SyncRunId), connection.account_id, connection.id, None, "me", now, now, None, {})
    mark = SyncMark(run.id, "charges", "ch_1", False, 1234, 1200, 30, 4, 0)
    async with site.ctx.begin(connection.account_id) as work:
        await work.walks.add(run)
        await work.walks.move_mark(mark, expected="")
    dana = await site.staff("dana")
    shown = (await dana.get("/acme/desk/payments")).words
    assert "Under way" in shown
    assert "Payments 1,234 1,200 30 4 0" in shown
    async with site.ctx.begin(connection.account_id) as work:
        await work.walks.save(replace(run, finished_at=now))
    assert "The last look through the lists ended" in (await dana.get("/acme/desk/payments")).words
