"""Helpdesks: the list, a new one, archiving one and bringing it back, and what to paste elsewhere."""

import re
import unicodedata
from dataclasses import dataclass

from aiohttp import web
from markupsafe import Markup

from billing import plans
from billing.errors import InUse, Invalid, NotInPlan, Repeated
from billing.helpdesks import (
    HelpdeskSetup,
    add_helpdesk,
    archive_helpdesk,
    list_helpdesks,
    restore_helpdesk,
    show_logo,
)
from billing.ids import DepartmentId, HelpdeskId, new_id
from billing.records import Department, Helpdesk
from billing.states import Handling
from locales.texts import label, sentence
from locales.translator import N_, Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, PLACE, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.desk.wizard import SECTION, Way, Wizard, find_setup, helpdesk_id, make_wizard, ways_out


@dataclass(frozen=True, slots=True)
class HelpdeskLine:
    """A helpdesk in the list, in the reader's words."""

    id: HelpdeskId
    name: str
    address: str
    is_archived: bool
    is_billing_shown: bool
    refund: str
    cancel: str
    departments: str
    people: str
    slack_channel: str
    open_tickets: str
    ways: tuple[Way, ...]  # what to change before it can be archived


@dataclass(frozen=True, slots=True)
class HelpdesksPage:
    """All of the account; `full` says why no more can be added, or is empty."""

    section: str
    open: tuple[HelpdeskLine, ...]
    archived: tuple[HelpdeskLine, ...]
    has_helpdesks: bool
    plan: str
    plan_address: str
    full: str
    in_use: HelpdeskLine | None  # the one that could not be archived
    told: str


@dataclass(frozen=True, slots=True)
class NewHelpdeskPage:
    """The first step of one that is not there yet."""

    section: str
    form: Form
    prefix: str
    problem: str


@dataclass(frozen=True, slots=True)
class InstallPage:
    """The last step: what customers are given."""

    section: str
    wizard: Wizard
    snippet: str
    memberships_address: str


async def show_all(http: web.Request) -> web.Response:
    """The list."""
    return await _list(http)


async def show_new(http: web.Request) -> web.Response:
    """The empty form."""
    return _new(http, Form())


async def create(http: web.Request) -> web.Response:
    """The first step of the wizard is done with it; the next one follows."""
    form, say = read_form(http, "name", "slug"), http[SAY]
    by, account_id = staff(http), http[PLACE].account.id
    helpdesk = Helpdesk(
        id=new_id(HelpdeskId),
        account_id=account_id,
        slug=form.text("slug") or slug_of(form.text("name")),
        name=form.text("name"),
        slack_channel=None,
        billing_shown=True,
        archived_at=None,
    )
    first = Department(new_id(DepartmentId), account_id, helpdesk.id, say.text(N_("General")))
    try:
        await add_helpdesk(http.app[CONTEXT], helpdesk, [first], by=by, once_key=form.once_key)
    except Invalid as refusal:
        return _new(http, form.refused(refusal, say), status=422)
    except NotInPlan as refusal:
        return _new(http, form, problem=sentence(refusal, say), status=403)
    except Repeated as repeated:
        raise see(http, "helpdesk-departments", repeated.data["first"]) from repeated
    raise see(http, "helpdesk-departments", helpdesk.id)


async def archive(http: web.Request) -> web.Response:
    """Closed for customers; refused, with the ways out, while another surface's Manual tickets open there."""
    read_form(http)
    try:
        await archive_helpdesk(http.app[CONTEXT], helpdesk_id(http), by=staff(http))
    except InUse:
        return await _list(http, in_use=helpdesk_id(http), status=409)
    raise see(http, "helpdesks", archived=helpdesk_id(http).hex)


async def restore(http: web.Request) -> web.Response:
    """Open again, as it was."""
    read_form(http)
    await restore_helpdesk(http.app[CONTEXT], helpdesk_id(http), by=staff(http))
    raise see(http, "helpdesks")


async def show_install(http: web.Request) -> web.Response:
    """The address, a link to paste into any page, and where the help icon is made."""
    setup = await find_setup(http)
    wizard = make_wizard(http, setup, "helpdesk-install")
    text = http[SAY].text(N_("Help and My Orders") if setup.helpdesk.billing_shown else N_("Help"))
    snippet = Markup('<a href="{}">{}</a>').format(wizard.address, text)
    page = InstallPage(SECTION, wizard, str(snippet), f"{http[PLACE].root}/memberships")
    return render(http, "desk/helpdesk_install.html", page)


async def logo(http: web.Request) -> web.Response:
    """The picture as customers see it."""
    setup = await find_setup(http)
    return web.Response(body=await show_logo(http.app[CONTEXT], setup.helpdesk), content_type="image/png")


def slug_of(name: str) -> str:
    """A name as the last part of an address; empty where nothing of it can stand there."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:40].strip("-")


def make_line(http: web.Request, setup: HelpdeskSetup, names: dict[HelpdeskId, str]) -> HelpdeskLine:
    """A line of the list."""
    say, helpdesk = http[SAY], setup.helpdesk
    people = len(setup.team & {each.id for each in setup.staff})
    return HelpdeskLine(
        id=helpdesk.id,
        name=helpdesk.name,
        address=http.app[CONTEXT].addresses.helpdesk(setup.account, helpdesk),
        is_archived=helpdesk.archived_at is not None,
        is_billing_shown=helpdesk.billing_shown,
        refund=_handling(setup.settings.refund, say),
        cancel=_handling(setup.settings.cancel, say),
        departments=say.list_of([each.name for each in setup.departments]),
        people=say.number(people) if people else say.text(N_("Everybody")),
        slack_channel=helpdesk.slack_channel or "",
        open_tickets=say.number(setup.open_tickets),
        ways=ways_out(http, setup.used_by, names),
    )


def _handling(handling: Handling | None, say: Translator) -> str:
    return label(handling, say) if handling else say.text(N_("Not allowed"))


async def _list(http: web.Request, *, in_use: HelpdeskId | None = None, status: int = 200) -> web.Response:
    account, say = http[PLACE].account, http[SAY]
    setups = await list_helpdesks(http.app[CONTEXT], by=staff(http))
    names = {each.helpdesk.id: each.helpdesk.name for each in setups}
    lines = [make_line(http, each, names) for each in setups]
    open_ones = tuple(each for each in lines if not each.is_archived)
    archived = http.query.get("archived", "")
    full = plans.why_no_room(account, plans.Counted.HELPDESKS, len(open_ones))
    gone = next((each.name for each in lines if each.id.hex == archived and each.is_archived), "")
    page = HelpdesksPage(
        section=SECTION,
        open=open_ones,
        archived=tuple(each for each in lines if each.is_archived),
        has_helpdesks=plans.has_helpdesks(account),
        plan=label(account.plan, say),
        plan_address=f"{http[PLACE].root}/plan",
        full=sentence(full, say) if full else "",
        in_use=next((each for each in lines if each.id == in_use), None),
        told=say.text(N_("{name} is archived. Customers find nothing there any more."), name=gone)
        if gone
        else "",
    )
    return render(http, "desk/helpdesks.html", page, status=status)


def _new(http: web.Request, form: Form, *, problem: str = "", status: int = 200) -> web.Response:
    prefix = f"{http.app[CONTEXT].addresses.portal(http[PLACE].account)}/help/"
    page = NewHelpdeskPage(SECTION, form, prefix, problem)
    return render(http, "desk/helpdesk_new.html", page, status=status)
