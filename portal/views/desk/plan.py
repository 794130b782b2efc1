"""The plan: what each includes, side by side; another one, and what stands in its way."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import InUse, Invalid, Stale
from billing.plan_changes import Excess, ManualSurface, PlanStanding, change_plan, show_plan
from billing.plans import PLANS, Counted, PlanLimits
from billing.states import Handling, PlanName, Role
from locales.texts import label
from locales.translator import N_, Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY, VISITOR
from portal.render import render, see, url_for
from portal.session import staff

SECTION = "plan"
_YES, _NO = N_("Included"), N_("Not included")
# Where fewer are made of something.
_PAGES = {
    Counted.HELPDESKS: "helpdesks",
    Counted.STAFF: "team",
    Counted.MEMBERSHIPS: "memberships",
    Counted.DOMAINS: "address",
}
_TOO_MANY = {
    Counted.HELPDESKS: N_("Helpdesks: you have {used}, and it includes {limit}. Archive some first."),
    Counted.STAFF: N_("People: you have {used}, and it includes {limit}. Deactivate some first."),
    Counted.MEMBERSHIPS: N_("Memberships: you have {used}, and it includes {limit}. Archive some first."),
    Counted.DOMAINS: N_("Custom domain: you have {used}, and it includes {limit}. Remove it first."),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One plan of the table."""

    label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that plans include, a cell for each plan; `used` is how many there are, or empty."""

    label: str
    used: str
    cells: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ManualLine:
    """A surface that is Manual: what of it, and where that is changed."""

    name: str
    what: str
    address: str


@dataclass(frozen=True, slots=True)
class TooMany:
    """What there is more of than the plan includes, and where there are made fewer."""

    sentence: str
    address: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """A plan that cannot be taken yet. `was_tried`: just now."""

    plan: str
    manual: tuple[ManualLine, ...]
    too_many: tuple[TooMany, ...]
    was_tried: bool


@dataclass(frozen=True, slots=True)
class PlanPage:
    """`options` are all plans, with a sentence each; managers only read."""

    section: str
    current: str
    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    blocked: tuple[Blocked, ...]
    form: Form
    seen: str
    options: tuple[tuple[str, str, str], ...]
    may_change: bool
    is_stale: bool
    saved: str


async def show(http: web.Request) -> web.Response:
    """The table, and the form for owners."""
    standing = await show_plan(http.app[CONTEXT], by=staff(http))
    return _show(http, standing, Form({"plan": standing.account.plan.value}))


async def change(http: web.Request) -> web.Response:
    """Another plan from now on; 409 with what stands in the way, or where somebody was faster."""
    form, ctx, by = read_form(http, "plan", "seen"), http.app[CONTEXT], staff(http)
    try:
        plan = form.choice("plan", PlanName)
        if plan is None:
            raise Invalid("plan", "choice")
        await change_plan(ctx, plan, by=by, seen=form.text("seen"))
    except Invalid as refusal:
        standing = await show_plan(ctx, by=by)
        return _show(http, standing, form.refused(refusal, http[SAY]), status=422)
    except (InUse, Stale) as refusal:
        standing = await show_plan(ctx, by=by)
        is_stale = isinstance(refusal, Stale)
        return _show(http, standing, form, tried=None if is_stale else plan, is_stale=is_stale, status=409)
    raise see(http, "plan", saved="yes")


def _show(
    http: web.Request,
    standing: PlanStanding,
    form: Form,
    *,
    tried: PlanName | None = None,
    is_stale: bool = False,
    status: int = 200,
) -> web.Response:
    say, current = http[SAY], standing.account.plan
    member = http[VISITOR].staff
    page = PlanPage(
        section=SECTION,
        current=label(current, say),
        columns=tuple(Column(label(plan, say), plan is current) for plan in PLANS),
        lines=_lines(standing, say),
        blocked=tuple(
            _blocked(http, plan, standing, was_tried=plan is tried)
            for plan in PLANS
            if plan is not current and standing.obstacles_of(plan)
        ),
        form=form,
        seen=standing.version,
        options=tuple((plan.value, label(plan, say), _option(plan, standing, say)) for plan in PLANS),
        may_change=member is not None and member.role is Role.OWNER,
        is_stale=is_stale,
        saved=_saved(http, standing, say),
    )
    return render(http, "desk/plan.html", page, status=status)


def _saved(http: web.Request, standing: PlanStanding, say: Translator) -> str:
    if http.query.get("saved") != "yes":
        return ""
    return say.text(N_("Your plan is {plan} now."), plan=label(standing.account.plan, say))


def _option(plan: PlanName, standing: PlanStanding, say: Translator) -> str:
    if plan is standing.account.plan:
        return say.text(N_("Your plan."))
    if standing.obstacles_of(plan):
        return say.text(N_("Something stands in its way, see above."))
    return ""


def _lines(standing: PlanStanding, say: Translator) -> tuple[Line, ...]:
    yes, no = say.text(_YES), say.text(_NO)

    def of_all(words: str, *, needs_helpdesks: bool = False) -> Line:
        return Line(
            say.text(words),
            "",
            tuple(no if needs_helpdesks and not limits.has_helpdesks else yes for limits in PLANS.values()),
        )

    def counted(what: Counted) -> Line:
        used = say.text(N_("You have {n}"), n=standing.usage.of(what))
        return Line(label(what, say), used, tuple(_cell(limits, what, say) for limits in PLANS.values()))

    return (
        of_all(N_("Billing portal")),
        of_all(N_("Refund and cancel handled Automated")),
        counted(Counted.HELPDESKS),
        of_all(N_("My Orders in a helpdesk"), needs_helpdesks=True),
        of_all(N_("Refund and cancel handled Manual"), needs_helpdesks=True),
        of_all(N_("Slack"), needs_helpdesks=True),
        counted(Counted.MEMBERSHIPS),
        counted(Counted.STAFF),
        counted(Counted.DOMAINS),
    )


def _cell(limits: PlanLimits, what: Counted, say: Translator) -> str:
    match limits.of(what):
        case None:
            return say.text(N_("As many as you want"))
        case 0:
            return say.text(_NO)
        case most:
            return say.text(_YES) if what is Counted.DOMAINS else f"{most}"


def _blocked(http: web.Request, plan: PlanName, standing: PlanStanding, *, was_tried: bool) -> Blocked:
    found = standing.obstacles_of(plan)
    return Blocked(
        plan=label(plan, http[SAY]),
        manual=tuple(_manual_line(http, each) for each in found.manual),
        too_many=tuple(_too_many(http, each) for each in found.excesses),
        was_tried=was_tried,
    )


def _manual_line(http: web.Request, surface: ManualSurface) -> ManualLine:
    say, settings = http[SAY], surface.settings
    both = settings.refund is Handling.MANUAL and settings.cancel is Handling.MANUAL
    if both:
        what = say.text(N_("refund and cancel are Manual"))
    elif settings.refund is Handling.MANUAL:
        what = say.text(N_("refund is Manual"))
    else:
        what = say.text(N_("cancel is Manual"))
    if surface.helpdesk is None:
        return ManualLine(say.text(N_("Billing portal")), what, url_for(http, "self-billing"))
    address = url_for(http, "helpdesk-self-billing", surface.helpdesk.id)
    return ManualLine(surface.helpdesk.name, what, address)


def _too_many(http: web.Request, excess: Excess) -> TooMany:
    words = http[SAY].text(_TOO_MANY[excess.what], used=excess.used, limit=excess.limit)
    return TooMany(words, url_for(http, _PAGES[excess.what]))
