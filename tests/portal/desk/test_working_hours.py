"""A helpdesk's working hours at the desk: shown, saved, refused beside their fields, never lost."""

from dataclasses import replace

from billing.actors import SystemActor
from billing.hours import Hours, default_hours
from billing.working_hours import set_hours
from tests.portal.site import Browser, Site, found

USUAL = {
    **{f"day{day}": "yes" for day in range(1, 6)},
    "opens": "09:00",
    "closes": "18:00",
    "answer_hours": "24",
    "digest": "",
    "digest_at": "09:00",
}


def path_of(site: Site) -> str:
    return f"/acme/desk/helpdesks/{site.acme.helpdesk.id.hex}/hours"


async def save(browser: Browser, site: Site, **typed: str) -> tuple[int, str]:
    fields = {name: value for name, value in {**USUAL, **typed}.items() if value or name == "digest_at"}
    answer = await browser.post(path_of(site), {**await hidden(browser, site), **fields})
    return answer.status, answer.text


async def hidden(browser: Browser, site: Site) -> dict[str, str]:
    """What the form carries unseen, with the version that it shows."""
    shown = await browser.get(path_of(site))
    names = ("csrf", "once", "seen")
    return {name: found(shown.text, rf'name="{name}" value="([^"]+)"') for name in names}


async def hours_now(site: Site) -> Hours | None:
    async with site.ctx.read(site.acme.account.id) as work:
        return await work.timing.find_hours(site.acme.helpdesk.id)


async def test_hours_are_shown_and_saved(site: Site) -> None:
    dana = await site.staff("dana")
    shown = (await dana.get(path_of(site))).text
    assert 'name="opens" required value="09:00"' in shown
    assert await hours_now(site) is None
    status, _ = await save(
        dana, site, day6="yes", closes="00:00", answer_hours="8", digest="yes", digest_at="08:30"
    )
    assert status == 303
    usual = default_hours(site.acme.account.id, site.acme.helpdesk.id)
    expected = replace(usual, days=(1, 2, 3, 4, 5, 6), closes=1440, answer_hours=8, digest_at=510)
    assert await hours_now(site) == expected
    saved = await dana.get(f"{path_of(site)}?saved=yes")
    assert "Saved." in saved.words
    assert 'value="00:00"' in saved.text
    journal = (await dana.get("/acme/desk/journal")).words
    assert "Dana changed the working hours of the helpdesk" in journal
    assert "Monday, Tuesday, Wednesday, Thursday, Friday, and Saturday" in journal
    assert "8:30 AM" in journal


async def test_what_cannot_be_is_said_beside_its_field(site: Site) -> None:
    dana = await site.staff("dana")
    for typed, said in (
        ({f"day{day}": "" for day in range(1, 6)}, "Please choose one of these."),
        ({"opens": "nine"}, "Please enter a time of day, such as 09:00."),
        ({"closes": "08:00"}, "This must be later than the opening time."),
        ({"answer_hours": "721"}, "Please enter a whole number from 1 to 720."),
        ({"answer_hours": "soon"}, "Please enter a whole number from 1 to 720."),
        ({"digest": "yes", "digest_at": ""}, "Please fill this in."),
    ):
        status, text = await save(dana, site, **typed)
        assert (status, said in text) == (422, True), typed
        assert "autofocus" in text
        assert await hours_now(site) is None


async def test_nobody_overwrites_what_they_have_not_seen(site: Site) -> None:
    dana = await site.staff("dana")
    unseen = await hidden(dana, site)
    theirs = replace(default_hours(site.acme.account.id, site.acme.helpdesk.id), answer_hours=4)
    await set_hours(site.ctx, theirs, by=SystemActor(site.acme.account.id, "test", "test"))
    fields = {name: value for name, value in USUAL.items() if value}
    answer = await dana.post(path_of(site), {**unseen, **fields, "answer_hours": "48"})
    assert answer.status == 409
    assert "Saved meanwhile" in answer.words
    assert await hours_now(site) == theirs
