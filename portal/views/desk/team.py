"""The team: who works here, in which role and up to what; invitations; whether a second factor is needed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing.errors import Invalid, Stale
from billing.ids import InvitationId, StaffId, parse_id
from billing.joining import invite_staff, withdraw_invitation
from billing.merchant import Invitation
from billing.money import Money
from billing.records import Staff
from billing.rights import must_be_proved
from billing.staff import (
    Member,
    Terms,
    change_terms,
    deactivate_staff,
    list_team,
    reactivate_staff,
    require_factor,
    reset_factor,
    show_member,
)
from billing.states import Role
from billing.versions import version_of
from locales.texts import label
from locales.translator import N_
from portal.amounts import read_amount, typed_amount
from portal.forms import Form, read_form
from portal.keys import CONTEXT, PLACE, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.desk.meanwhile import Differences, find_differences

_SECTION = "team"
_SAVED: Mapping[str, str] = {
    "invited": N_("The invitation is on its way. It can be used once, within 24 hours."),
    "withdrawn": N_("The invitation was withdrawn. Its link opens nothing any more."),
    "changed": N_("Saved. It holds from their next click."),
    "deactivated": N_("They are signed out everywhere and cannot sign in any more."),
    "reactivated": N_("They may sign in again."),
    "factor-reset": N_("They set up a new second factor when they sign in next."),
    "factor-required": N_("Everybody needs a second factor from now on."),
    "factor-lifted": N_("A password alone is enough now, for whoever has no second factor."),
}
# What a role may do, in the order of how much.
ROLES: Mapping[Role, str] = {
    Role.OWNER: N_("Everything, also team, plan and domain."),
    Role.MANAGER: N_("Decides everything, and sets up products, helpdesks and memberships."),
    Role.AGENT: N_("Decides requests, up to a limit if you set one, and answers questions."),
    Role.VIEWER: N_("Reads everything, decides nothing."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One who works here; `limit` None is none."""

    staff: Staff
    limit: Money | None
    has_factor: bool
    seen_at: datetime | None
    is_me: bool


@dataclass(frozen=True, slots=True)
class Open:
    """An invitation that was not used yet."""

    invitation: Invitation
    is_over: bool


@dataclass(frozen=True, slots=True)
class TeamPage:
    """`saved`: a sentence after a deed, or empty."""

    rows: list[Row]
    invitations: list[Open]
    factor_is_required: bool
    saved: str
    section: str = _SECTION


@dataclass(frozen=True, slots=True)
class InvitePage:
    """The form for somebody new; `roles` are triples of value, label and a sentence."""

    form: Form
    roles: list[tuple[str, str, str]]
    section: str = _SECTION


@dataclass(frozen=True, slots=True)
class MemberPage:
    """One who works here; `seen` is the version of what the form shows, `stale` what differs meanwhile."""

    form: Form
    row: Row
    roles: list[tuple[str, str, str]]
    seen: str
    stale: Differences | None
    saved: str
    section: str = _SECTION


async def show(http: web.Request) -> web.Response:
    """Everybody, and whoever is invited."""
    ctx, by = http.app[CONTEXT], staff(http)
    team = await list_team(ctx, by=by)
    page = TeamPage(
        [_row(http, member) for member in team.members],
        [Open(each, each.expires_at <= ctx.now()) for each in team.invitations],
        team.account.second_factor,
        _saved(http),
    )
    return render(http, "desk/team.html", page)


async def show_invite(http: web.Request) -> web.Response:
    """Takes a fresh proof, so that nothing typed is lost to it later."""
    must_be_proved(staff(http), http.app[CONTEXT].now())
    return render(http, "desk/team_invite.html", InvitePage(Form({"role": Role.AGENT.value}), _roles(http)))


async def invite(http: web.Request) -> web.Response:
    """Mails the invitation."""
    form = read_form(http, "email", "name", "role", "limit")
    try:
        await invite_staff(
            http.app[CONTEXT],
            email=form.text("email"),
            name=form.text("name"),
            terms=_terms(http, form),
            locale=http[PLACE].account.locale,
            by=staff(http),
        )
    except Invalid as refusal:
        page = InvitePage(form.refused(refusal, http[SAY]), _roles(http))
        return render(http, "desk/team_invite.html", page, status=422)
    raise see(http, "team", saved="invited")


async def withdraw(http: web.Request) -> web.Response:
    """Its link opens nothing any more."""
    read_form(http)
    invitation_id = parse_id(InvitationId, http.match_info["invitation_id"])
    await withdraw_invitation(http.app[CONTEXT], invitation_id, by=staff(http))
    raise see(http, "team", saved="withdrawn")


async def show_one(http: web.Request) -> web.Response:
    """One of them, with what may be changed; takes a fresh proof."""
    ctx, by = http.app[CONTEXT], staff(http)
    member = await show_member(ctx, _staff_id(http), by=by)
    must_be_proved(by, ctx.now())
    form = Form(_typed(http, member.terms))
    return _member_page(http, member, form, version_of(member.terms), None)


async def change(http: web.Request) -> web.Response:
    """Another role or limit; where somebody saved meanwhile, both are shown."""
    form, ctx, by = read_form(http, "role", "limit", "seen"), http.app[CONTEXT], staff(http)
    staff_id = _staff_id(http)
    try:
        await change_terms(ctx, staff_id, _terms(http, form), seen=form.text("seen"), by=by)
    except Invalid as refusal:
        member = await show_member(ctx, staff_id, by=by)
        refused = form.refused(refusal, http[SAY])
        return _member_page(http, member, refused, form.text("seen"), None, status=422)
    except Stale:
        member = await show_member(ctx, staff_id, by=by)
        stale = _differences(http, form, member.terms)
        return _member_page(http, member, form, version_of(member.terms), stale, status=409)
    raise see(http, "member", staff_id, saved="changed")


async def deactivate(http: web.Request) -> web.Response:
    """Out at once."""
    read_form(http)
    await deactivate_staff(http.app[CONTEXT], _staff_id(http), by=staff(http))
    raise see(http, "member", _staff_id(http), saved="deactivated")


async def reactivate(http: web.Request) -> web.Response:
    """Back, with what they had."""
    read_form(http)
    await reactivate_staff(http.app[CONTEXT], _staff_id(http), by=staff(http))
    raise see(http, "member", _staff_id(http), saved="reactivated")


async def reset(http: web.Request) -> web.Response:
    """They lost their second factor."""
    read_form(http)
    await reset_factor(http.app[CONTEXT], _staff_id(http), by=staff(http))
    raise see(http, "member", _staff_id(http), saved="factor-reset")


async def require(http: web.Request) -> web.Response:
    """The switch: everybody needs a second factor, or not."""
    required = read_form(http, "required").text("required") == "yes"
    await require_factor(http.app[CONTEXT], required=required, by=staff(http))
    raise see(http, "team", saved="factor-required" if required else "factor-lifted")


def _member_page(
    http: web.Request,
    member: Member,
    form: Form,
    seen: str,
    stale: Differences | None,
    *,
    status: int = 200,
) -> web.Response:
    page = MemberPage(form, _row(http, member), _roles(http), seen, stale, _saved(http))
    return render(http, "desk/member.html", page, status=status)


def _row(http: web.Request, member: Member) -> Row:
    minor = member.staff.limit_minor
    limit = None if minor is None else Money(minor, http[PLACE].account.currency)
    is_me = member.staff.id == staff(http).staff_id
    return Row(member.staff, limit, member.has_factor, member.seen_at, is_me)


def _terms(http: web.Request, form: Form) -> Terms:
    role = form.choice("role", Role)
    if role is None:
        raise Invalid("role", "choice")
    limit = read_amount("limit", form.text("limit"), http[PLACE].account.currency)
    if limit is not None and role is not Role.AGENT:
        raise Invalid("limit", "agents-only")
    return Terms(role, None if limit is None else limit.minor)


def _typed(http: web.Request, terms: Terms) -> dict[str, str]:
    limit = terms.limit_minor
    money = None if limit is None else Money(limit, http[PLACE].account.currency)
    return {"role": terms.role.value, "limit": typed_amount(money) if money else ""}


def _differences(http: web.Request, form: Form, theirs: Terms) -> Differences:
    say = http[SAY]
    labels = {"role": say.text(N_("Role")), "limit": say.text(N_("Approval limit"))}

    def words(name: str, value: str) -> str:
        return label(Role(value), say) if name == "role" and value else value

    return find_differences(form, _typed(http, theirs), labels, words)


def _roles(http: web.Request) -> list[tuple[str, str, str]]:
    say = http[SAY]
    return [(role.value, label(role, say), say.text(does)) for role, does in ROLES.items()]


def _saved(http: web.Request) -> str:
    saved = _SAVED.get(http.query.get("saved", ""), "")
    return http[SAY].text(saved) if saved else ""


def _staff_id(http: web.Request) -> StaffId:
    return parse_id(StaffId, http.match_info["staff_id"])
