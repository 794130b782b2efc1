"""Setting up helpdesks: who may, what is refused, what stands in the way of archiving."""

from dataclasses import replace
from functools import partial

import pytest

from billing import departments, helpdesks
from billing.errors import Forbidden, InUse, Invalid, NotFound, NotInPlan, Repeated, Stale
from billing.files import CheckedFile
from billing.helpdesks import Appearance, Details, Shown, Workers
from billing.ids import DepartmentId, HelpdeskId, new_id
from billing.records import Department, Helpdesk
from billing.states import Handling, PlanName, Surface
from billing.versions import version_of
from tests.billing.bench import Bench
from tests.people import dana, erin, frank, grace, heidi


def second(bench: Bench, slug: str = "press", name: str = "Press") -> Helpdesk:
    return Helpdesk(
        new_id(HelpdeskId), bench.lumen.id, slug, name, None, billing_shown=True, archived_at=None
    )


async def add(bench: Bench, slug: str = "press", **more: str) -> Helpdesk:
    helpdesk = second(bench, slug)
    first = Department(new_id(DepartmentId), bench.lumen.id, helpdesk.id, "General")
    return await helpdesks.add_helpdesk(bench.ctx, helpdesk, [first], by=bench.staff(erin), **more)


async def test_a_wizard_from_end_to_end(bench_on_each: Bench) -> None:
    bench, by = bench_on_each, bench_on_each.staff(erin)
    ctx, made = bench.ctx, await add(bench, once_key="once")
    with pytest.raises(Repeated) as again:
        await add(bench, "other", once_key="once")
    assert again.value.data["first"] == made.id
    await helpdesks.set_details(ctx, made.id, Details(" Press desk ", "Media"), by=by)
    await helpdesks.set_shown(ctx, made.id, Shown(billing=False), by=by)
    await helpdesks.set_workers(
        ctx, made.id, Workers(frozenset({bench.world.staff[dana.name]}), "C0PRESS001"), by=by
    )
    logo = CheckedFile("logo.png", "image/png", b"a picture")
    await helpdesks.set_appearance(ctx, made.id, Appearance("Hello\n", "#AA3300"), by=by, logo=logo)
    shown = await helpdesks.show_helpdesk(ctx, made.id, by=by)
    assert shown.details == Details("Press desk", "media")
    assert shown.shown == Shown(billing=False)
    assert shown.workers == Workers(frozenset({bench.world.staff[dana.name]}), "C0PRESS001")
    assert shown.appearance == Appearance("Hello", "#aa3300")
    assert (shown.settings.refund, shown.settings.ticket_helpdesk_id) == (Handling.MANUAL, made.id)
    assert await helpdesks.show_logo(ctx, shown.helpdesk) == b"a picture"
    assert (await helpdesks.set_appearance(ctx, made.id, shown.appearance, by=by)).logo is not None
    plain = await helpdesks.set_appearance(ctx, made.id, Appearance("", None), by=by, without_logo=True)
    assert (plain.logo, plain.colour, plain.welcome) == (None, None, "")
    with pytest.raises(NotFound):
        await helpdesks.show_logo(ctx, plain)
    verbs = [line.verb for line in await bench.lines(f"helpdesk:{made.id.hex}")]
    assert verbs == [
        "helpdesk.added",
        "helpdesk.named",
        "helpdesk.billing_shown",
        "helpdesk.staffed",
        "helpdesk.dressed",
        "helpdesk.dressed",
    ]


async def test_what_did_not_change_is_not_journalled(bench: Bench) -> None:
    desk, by = bench.world.desk, bench.staff(dana)
    before = len(await bench.lines(f"helpdesk:{desk.id.hex}"))
    await helpdesks.set_details(bench.ctx, desk.id, Details(desk.name, desk.slug), by=by)
    await helpdesks.set_workers(bench.ctx, desk.id, Workers(frozenset(), desk.slack_channel), by=by)
    assert len(await bench.lines(f"helpdesk:{desk.id.hex}")) == before


@pytest.mark.parametrize(
    ("details", "field", "problem"),
    [
        (Details("", "press"), "name", "missing"),
        (Details("x" * 81, "press"), "name", "too-long"),
        (Details("Press", ""), "slug", "missing"),
        (Details("Press", "with space"), "slug", "bad-slug"),
        (Details("Press", "../up"), "slug", "bad-slug"),
        (Details("Press", "-x"), "slug", "bad-slug"),
        (Details("Press", "x" * 64), "slug", "bad-slug"),
        (Details("Press", "support"), "slug", "taken"),
    ],
)
async def test_an_address_is_one(bench: Bench, details: Details, field: str, problem: str) -> None:
    made = await add(bench)
    with pytest.raises(Invalid) as refused:
        await helpdesks.set_details(bench.ctx, made.id, details, by=bench.staff(dana))
    assert (refused.value.field, refused.value.problem) == (field, problem)


async def test_colours_channels_and_people_are_real(bench: Bench) -> None:
    desk, by, ctx = bench.world.desk, bench.staff(dana), bench.ctx
    for colour in ("red", "#12345", "#12345g", "#1234567", "javascript:"):
        with pytest.raises(Invalid, match="invalid"):
            await helpdesks.set_appearance(ctx, desk.id, Appearance("", colour), by=by)
    for channel in ("#support", "c0support1", "U0ERIN0002", "C1", "C0 SUPPORT"):
        with pytest.raises(Invalid, match="invalid"):
            await helpdesks.set_workers(ctx, desk.id, Workers(frozenset(), channel), by=by)
    stranger = bench.world.staff[heidi.name]
    with pytest.raises(Invalid) as refused:
        await helpdesks.set_workers(ctx, desk.id, Workers(frozenset({stranger}), None), by=by)
    assert refused.value.field == "team"


async def test_whoever_saved_meanwhile_is_not_overwritten(bench: Bench) -> None:
    desk, by, ctx = bench.world.desk, bench.staff(dana), bench.ctx
    seen = version_of(Details(desk.name, desk.slug))
    await helpdesks.set_details(ctx, desk.id, Details("Theirs", desk.slug), by=by, seen=seen)
    with pytest.raises(Stale) as refused:
        await helpdesks.set_details(ctx, desk.id, Details("Mine", desk.slug), by=by, seen=seen)
    assert refused.value.data["theirs"] == Details("Theirs", desk.slug)
    with pytest.raises(Stale):
        await helpdesks.set_shown(ctx, desk.id, Shown(billing=False), by=by, seen="")
    with pytest.raises(Stale):
        await helpdesks.set_workers(ctx, desk.id, Workers(frozenset(), None), by=by, seen="")
    with pytest.raises(Stale):
        await helpdesks.set_appearance(ctx, desk.id, Appearance("", None), by=by, seen="")


async def test_only_owners_and_managers_of_the_account_set_up(bench: Bench) -> None:
    desk, ctx = bench.world.desk, bench.ctx
    (department,) = (await helpdesks.show_helpdesk(ctx, desk.id, by=bench.staff(dana))).departments
    for person, refusal in ((frank, Forbidden), (grace, Forbidden), (heidi, NotFound)):
        by = bench.staff(person)
        for act in (
            partial(helpdesks.show_helpdesk, ctx, desk.id),
            partial(helpdesks.set_details, ctx, desk.id, Details("X", "x")),
            partial(helpdesks.set_shown, ctx, desk.id, Shown(billing=False)),
            partial(helpdesks.set_workers, ctx, desk.id, Workers(frozenset(), None)),
            partial(helpdesks.set_appearance, ctx, desk.id, Appearance("", None)),
            partial(helpdesks.archive_helpdesk, ctx, desk.id),
            partial(helpdesks.restore_helpdesk, ctx, desk.id),
            partial(departments.add_department, ctx, desk.id, name="X", once_key="k"),
            partial(departments.rename_department, ctx, department.id, name="X"),
            partial(departments.archive_department, ctx, department.id),
        ):
            with pytest.raises(refusal):
                await act(by=by)
    with pytest.raises(Forbidden):
        await helpdesks.list_helpdesks(ctx, by=bench.staff(grace))
    assert await helpdesks.list_helpdesks(ctx, by=bench.staff(heidi)) == ()


async def test_a_helpdesk_in_use_is_not_archived(bench: Bench) -> None:
    ctx, by, made = bench.ctx, bench.staff(dana), await add(bench)
    portal = await bench.settings()
    await bench.put_settings(replace(portal, refund=Handling.MANUAL, ticket_helpdesk_id=made.id))
    with pytest.raises(InUse) as refused:
        await helpdesks.archive_helpdesk(ctx, made.id, by=by)
    surfaces = refused.value.data["surfaces"]
    assert isinstance(surfaces, tuple)
    assert [each.surface for each in surfaces] == [Surface.PORTAL]
    await bench.put_settings(replace(portal, refund=Handling.AUTOMATED, ticket_helpdesk_id=made.id))
    archived = await helpdesks.archive_helpdesk(ctx, made.id, by=by)
    assert archived.archived_at == ctx.now()
    assert await helpdesks.archive_helpdesk(ctx, made.id, by=by) == archived
    assert (await helpdesks.restore_helpdesk(ctx, made.id, by=by)).archived_at is None


async def test_the_plan_says_how_many(bench: Bench) -> None:
    ctx, by = bench.ctx, bench.staff(dana)
    made = [await add(bench, f"desk-{number}") for number in range(4)]
    with pytest.raises(NotInPlan):
        await add(bench, "one-too-many")
    await helpdesks.archive_helpdesk(ctx, made[0].id, by=by)
    await add(bench, "now-it-fits")
    with pytest.raises(NotInPlan):
        await helpdesks.restore_helpdesk(ctx, made[0].id, by=by)
    async with ctx.begin(bench.lumen.id) as work:
        await work.accounts.save(replace(bench.lumen, plan=PlanName.STARTER))
    with pytest.raises(NotInPlan):
        await add(bench, "not-at-all")


async def test_departments_are_added_renamed_and_archived(bench_on_each: Bench) -> None:
    bench, by = bench_on_each, bench_on_each.staff(erin)
    ctx, desk = bench.ctx, bench.world.desk
    sales = await departments.add_department(ctx, desk.id, name=" Sales ", by=by, once_key="1")
    assert sales.name == "Sales"
    with pytest.raises(Repeated):
        await departments.add_department(ctx, desk.id, name="Again", by=by, once_key="1")
    for name, problem in (("", "missing"), ("sales", "taken"), ("x" * 61, "too-long")):
        with pytest.raises(Invalid) as refused:
            await departments.add_department(ctx, desk.id, name=name, by=by, once_key=f"2{name}")
        assert (refused.value.field, refused.value.problem) == ("department", problem)
    seen = version_of(sales)
    renamed = await departments.rename_department(ctx, sales.id, name="Shop", by=by, seen=seen)
    with pytest.raises(Stale):
        await departments.rename_department(ctx, sales.id, name="Till", by=by, seen=seen)
    shown = await helpdesks.show_helpdesk(ctx, desk.id, by=by)
    assert [each.name for each in shown.departments] == ["Billing", "Shop"]
    await departments.archive_department(ctx, renamed.id, by=by)
    shown = await helpdesks.show_helpdesk(ctx, desk.id, by=by)
    assert [each.name for each in shown.departments] == ["Billing"]


async def test_a_department_where_manual_tickets_open_is_not_archived(bench: Bench) -> None:
    ctx, by = bench.ctx, bench.staff(dana)
    settings = await bench.settings(Surface.HELPDESK)
    assert settings.ticket_department_id is not None
    with pytest.raises(InUse) as refused:
        await departments.archive_department(ctx, settings.ticket_department_id, by=by)
    assert refused.value.data["department"] == "Billing"
    await bench.put_settings(replace(settings, ticket_department_id=None))
    await departments.archive_department(ctx, settings.ticket_department_id, by=by)
