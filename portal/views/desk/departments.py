"""The wizard's step Departments: a form for each, and what stands in the way of archiving one."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from billing.departments import add_department, archive_department, rename_department, show_department
from billing.errors import InUse, Invalid, Repeated, Stale
from billing.helpdesks import HelpdeskSetup, list_helpdesks, show_helpdesk
from billing.ids import DepartmentId, parse_id
from billing.records import Department, SelfBilling
from billing.versions import version_of
from locales.translator import N_
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.desk.meanwhile import Differences, as_typed, find_differences
from portal.views.desk.wizard import SECTION, Way, Wizard, find_setup, helpdesk_id, make_wizard, ways_out

STEP = "helpdesk-departments"


@dataclass(frozen=True, slots=True)
class DepartmentForm:
    """One department; `field` is the name of its only field."""

    id: DepartmentId
    name: str
    field: str
    form: Form
    seen: str
    stale: Differences | None


@dataclass(frozen=True, slots=True)
class DepartmentsPage:
    """All that are not archived; `form` is for another one."""

    section: str
    wizard: Wizard
    departments: tuple[DepartmentForm, ...]
    form: Form
    in_use: str  # the department that could not be archived, or empty
    ways: tuple[Way, ...]


async def show(http: web.Request) -> web.Response:
    """The step."""
    return render(http, "desk/helpdesk_departments.html", _page(http, await find_setup(http)))


async def add(http: web.Request) -> web.Response:
    """Another one, which customers can choose at once."""
    form = read_form(http, "department")
    try:
        await add_department(
            http.app[CONTEXT],
            helpdesk_id(http),
            name=form.text("department"),
            by=staff(http),
            once_key=form.once_key,
        )
    except Invalid as refusal:
        page = _page(http, await find_setup(http), form=form.refused(refusal, http[SAY]))
        return render(http, "desk/helpdesk_departments.html", page, status=422)
    except Repeated:
        pass  # it stands there already
    raise see(http, STEP, helpdesk_id(http), saved="yes")


async def rename(http: web.Request) -> web.Response:
    """Tickets keep it under its new name."""
    setup, department = await _find(http)
    field = _field(department.id)
    form = read_form(http, "seen", field)
    try:
        await rename_department(
            http.app[CONTEXT],
            department.id,
            name=form.text(field),
            by=staff(http),
            seen=form.text("seen"),
        )
    except Invalid as refusal:
        refusal.field = field
        given = DepartmentForm(
            department.id,
            department.name,
            field,
            form.refused(refusal, http[SAY]),
            form.text("seen"),
            None,
        )
        return render(http, "desk/helpdesk_departments.html", _page(http, setup, changed=given), status=422)
    except Stale:
        setup, department = await _find(http)
        stale = find_differences(form, {field: department.name}, _labels(http, field), as_typed)
        if stale:
            given = DepartmentForm(department.id, department.name, field, form, version_of(department), stale)
            return render(
                http, "desk/helpdesk_departments.html", _page(http, setup, changed=given), status=409
            )
    raise see(http, STEP, setup.helpdesk.id, saved="yes")


async def archive(http: web.Request) -> web.Response:
    """Nothing new goes there; refused, with the ways out, while Manual tickets open in it."""
    read_form(http)
    setup, department = await _find(http)
    try:
        await archive_department(http.app[CONTEXT], department.id, by=staff(http))
    except InUse as refusal:
        names = {
            each.helpdesk.id: each.helpdesk.name
            for each in await list_helpdesks(http.app[CONTEXT], by=staff(http))
        }
        ways = ways_out(http, _surfaces(refusal.data["surfaces"]), names)
        page = _page(http, setup, in_use=department.name, ways=ways)
        return render(http, "desk/helpdesk_departments.html", page, status=409)
    raise see(http, STEP, setup.helpdesk.id, saved="yes")


async def _find(http: web.Request) -> tuple[HelpdeskSetup, Department]:
    """The department that the path names, and its helpdesk; raises `NotFound`."""
    ctx, by = http.app[CONTEXT], staff(http)
    wanted = parse_id(DepartmentId, http.match_info["department_id"])
    department = await show_department(ctx, wanted, by=by)
    return await show_helpdesk(ctx, department.helpdesk_id, by=by), department


def _page(
    http: web.Request,
    setup: HelpdeskSetup,
    *,
    form: Form | None = None,
    changed: DepartmentForm | None = None,
    in_use: str = "",
    ways: tuple[Way, ...] = (),
) -> DepartmentsPage:
    forms = tuple(_form(each) for each in setup.departments)
    if changed is not None:
        forms = tuple(changed if each.id == changed.id else each for each in forms)
    return DepartmentsPage(SECTION, make_wizard(http, setup, STEP), forms, form or Form(), in_use, ways)


def _form(department: Department) -> DepartmentForm:
    field = _field(department.id)
    return DepartmentForm(
        department.id,
        department.name,
        field,
        Form({field: department.name}),
        version_of(department),
        None,
    )


def _field(department_id: DepartmentId) -> str:
    return f"name-{department_id.hex}"


def _labels(http: web.Request, field: str) -> Mapping[str, str]:
    return {field: http[SAY].text(N_("Name"))}


def _surfaces(found: object) -> tuple[SelfBilling, ...]:
    assert isinstance(found, tuple)
    return found
