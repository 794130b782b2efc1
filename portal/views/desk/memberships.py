"""Memberships: the list, a new one, and each with its Customer support and the snippet of its help icon."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import Invalid, NotFound, NotInPlan, Repeated, Stale
from billing.ids import HelpdeskId, MembershipId, parse_id
from billing.memberships import (
    MembershipDraft,
    MembershipList,
    archive_membership,
    change_membership,
    create_membership,
    list_memberships,
    show_membership,
)
from billing.merchant import Membership
from billing.states import Support
from billing.versions import version_of
from locales.texts import label, sentence
from locales.translator import N_, Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY, STATIC
from portal.render import render, see
from portal.session import staff
from portal.views.desk.meanwhile import Differences, find_differences
from portal.views.widget import Snippet, make_snippet

SECTION = "memberships"
_FIELDS = ("name", "site_url", "support", "helpdesk", "external_url", "email")
_LABELS = {
    "name": N_("Name"),
    "site_url": N_("Address of the site"),
    "support": N_("Customer support"),
    "helpdesk": N_("Helpdesk"),
    "external_url": N_("Address of the external helpdesk"),
    "email": N_("E-mail address"),
}
_SAYS = {
    Support.NONE: N_("The help icon leads nowhere, so leave it out of your pages."),
    Support.HELPDESK: N_(
        "The help icon opens one of your helpdesks, with My Orders if its billing section is on."
    ),
    Support.EXTERNAL: N_("The help icon opens any address, for example that of your billing portal."),
    Support.EMAIL: N_("The help icon shows your e-mail address."),
}


@dataclass(frozen=True, slots=True)
class Row:
    """One membership in the list. `leads_to` is what its icon opens; `warning` may be empty."""

    id: MembershipId
    name: str
    site_url: str
    support: str
    leads_to: str
    warning: str


@dataclass(frozen=True, slots=True)
class MembershipsPage:
    """`why_not` is why there can be no further one, or empty."""

    section: str
    rows: tuple[Row, ...]
    why_not: str
    saved: str


@dataclass(frozen=True, slots=True)
class MembershipPage:
    """A form for a new one (`id` None) or for one that is there. `warning` is about what was saved."""

    section: str
    id: MembershipId | None
    name: str
    form: Form
    seen: str
    stale: Differences | None
    supports: tuple[tuple[str, str, str], ...]
    helpdesks: tuple[tuple[str, str], ...]
    portal: str
    warning: str
    alert: str
    snippet: Snippet | None
    saved: str


async def show_all(http: web.Request) -> web.Response:
    """The list."""
    found, say = await list_memberships(http.app[CONTEXT], by=staff(http)), http[SAY]
    rows = tuple(_row(each, found, say) for each in found.memberships)
    saved = say.text(N_("The membership is archived.")) if http.query.get("saved") == "archived" else ""
    why_not = sentence(found.full, say) if found.full else ""
    return render(http, "desk/memberships.html", MembershipsPage(SECTION, rows, why_not, saved))


async def show_new(http: web.Request) -> web.Response:
    """An empty form; support is none until something is chosen."""
    return await _show(http, Form({"support": Support.NONE.value}), None)


async def create(http: web.Request) -> web.Response:
    """Made, and on to its page with the snippet; sent twice, to the first one's."""
    form = read_form(http, *_FIELDS)
    try:
        draft = _draft(form)
        made = await create_membership(http.app[CONTEXT], draft, by=staff(http), once_key=form.once_key)
    except Invalid as refusal:
        return await _show(http, form.refused(refusal, http[SAY]), None, status=422)
    except NotInPlan as refusal:
        return await _show(http, form, None, alert=sentence(refusal, http[SAY]), status=403)
    except Repeated as repeated:
        raise see(http, "membership", repeated.data["first"]) from repeated
    raise see(http, "membership", made.id, saved="new")


async def show(http: web.Request) -> web.Response:
    """What is saved, and the snippet."""
    membership = await show_membership(http.app[CONTEXT], _membership_id(http), by=staff(http))
    return await _show(http, Form(_typed(membership)), membership)


async def change(http: web.Request) -> web.Response:
    """Saved; where somebody else saved meanwhile, both values are shown (409)."""
    form = read_form(http, *_FIELDS, "seen")
    ctx, by, membership_id = http.app[CONTEXT], staff(http), _membership_id(http)
    try:
        draft = _draft(form)
        await change_membership(ctx, membership_id, draft, by=by, seen=form.text("seen"))
    except (Invalid, NotInPlan, Stale) as refusal:
        now = await show_membership(ctx, membership_id, by=by)
        if isinstance(refusal, Stale):
            return await _show(http, form, now, is_stale=True, status=409)
        if isinstance(refusal, NotInPlan):
            return await _show(http, form, now, alert=sentence(refusal, http[SAY]), status=403)
        return await _show(http, form.refused(refusal, http[SAY]), now, status=422)
    raise see(http, "membership", membership_id, saved="yes")


async def archive(http: web.Request) -> web.Response:
    """Its icons lead nowhere from now on."""
    form = read_form(http, "seen")
    ctx, by, membership_id = http.app[CONTEXT], staff(http), _membership_id(http)
    try:
        await archive_membership(ctx, membership_id, by=by, seen=form.text("seen"))
    except Stale as refusal:
        now = await show_membership(ctx, membership_id, by=by)
        alert = sentence(refusal, http[SAY])
        return await _show(http, Form(_typed(now)), now, alert=alert, status=409)
    raise see(http, "memberships", saved="archived")


def _row(membership: Membership, found: MembershipList, say: Translator) -> Row:
    return Row(
        id=membership.id,
        name=membership.name,
        site_url=membership.site_url,
        support=label(membership.support, say),
        leads_to=_leads_to(membership, found),
        warning=_warning(membership, found, say),
    )


def _leads_to(membership: Membership, found: MembershipList) -> str:
    match membership.support:
        case Support.NONE:
            return ""
        case Support.HELPDESK:
            helpdesk = found.helpdesk_of(membership)
            return helpdesk.name if helpdesk else ""
        case Support.EXTERNAL:
            return membership.external_url
        case Support.EMAIL:
            return membership.email


def _warning(membership: Membership, found: MembershipList, say: Translator) -> str:
    """Where customers who press the icon find less than they look for."""
    helpdesk = found.helpdesk_of(membership)
    if helpdesk is None:
        return ""
    if helpdesk.archived_at is not None:
        return say.text(N_("{helpdesk} is archived: the help icon leads nowhere."), helpdesk=helpdesk.name)
    if not helpdesk.billing_shown:
        return say.text(
            N_("The billing section of {helpdesk} is off: customers will not find My Orders there."),
            helpdesk=helpdesk.name,
        )
    return ""


async def _show(
    http: web.Request,
    form: Form,
    membership: Membership | None,
    *,
    is_stale: bool = False,
    alert: str = "",
    status: int = 200,
) -> web.Response:
    ctx, say = http.app[CONTEXT], http[SAY]
    found = await list_memberships(ctx, by=staff(http))
    page = MembershipPage(
        section=SECTION,
        id=membership.id if membership else None,
        name=membership.name if membership else "",
        form=form,
        seen=_seen(form, membership, is_stale=is_stale),
        stale=_differences(form, membership, found, say) if membership and is_stale else None,
        supports=tuple((each.value, label(each, say), say.text(_SAYS[each])) for each in Support),
        helpdesks=_helpdesks(found, membership, say),
        portal=ctx.addresses.portal(found.account),
        warning=_warning(membership, found, say) if membership else "",
        alert=alert,
        snippet=_snippet(http, found, membership),
        saved=_saved(http, say),
    )
    return render(http, "desk/membership.html", page, status=status)


def _seen(form: Form, membership: Membership | None, *, is_stale: bool) -> str:
    """A form that came back wrong still shows what it showed; a stale one has now seen the newer."""
    if membership is None:
        return ""
    return form.text("seen") if form.text("seen") and not is_stale else version_of(membership)


def _snippet(http: web.Request, found: MembershipList, membership: Membership | None) -> Snippet | None:
    if membership is None or membership.support is Support.NONE:
        return None
    return make_snippet(found.account, membership, http.app[STATIC], http.app[CONTEXT].addresses)


def _saved(http: web.Request, say: Translator) -> str:
    match http.query.get("saved"):
        case "yes":
            return say.text(N_("Saved. Help icons that are on your pages lead there at once."))
        case "new":
            return say.text(N_("The membership is created."))
        case _:
            return ""


def _helpdesks(
    found: MembershipList, membership: Membership | None, say: Translator
) -> tuple[tuple[str, str], ...]:
    """All that customers can open, and the one that was chosen before."""
    chosen = membership.helpdesk_id if membership else None
    options = []
    for each in found.helpdesks.values():
        if each.archived_at is not None and each.id != chosen:
            continue
        if each.archived_at is not None:
            words = say.text(N_("{helpdesk} (archived)"), helpdesk=each.name)
        elif not each.billing_shown:
            words = say.text(N_("{helpdesk} (billing section off)"), helpdesk=each.name)
        else:
            words = each.name
        options.append((each.id.hex, words))
    return tuple(options)


def _differences(form: Form, membership: Membership, found: MembershipList, say: Translator) -> Differences:
    names = dict(_helpdesks(found, membership, say))

    def words(name: str, value: str) -> str:
        if name == "support":
            return label(Support(value), say) if value else ""
        return names.get(value, "") if name == "helpdesk" else value

    labels = {name: say.text(text) for name, text in _LABELS.items()}
    return find_differences(form, _typed(membership), labels, words)


def _typed(membership: Membership) -> dict[str, str]:
    return {
        "name": membership.name,
        "site_url": membership.site_url,
        "support": membership.support.value,
        "helpdesk": membership.helpdesk_id.hex if membership.helpdesk_id else "",
        "external_url": membership.external_url,
        "email": membership.email,
    }


def _draft(form: Form) -> MembershipDraft:
    support = form.choice("support", Support)
    if support is None:
        raise Invalid("support", "choice")
    return MembershipDraft(
        name=form.text("name"),
        site_url=form.text("site_url"),
        support=support,
        helpdesk_id=_helpdesk_id(form.text("helpdesk")),
        external_url=form.text("external_url"),
        email=form.text("email"),
    )


def _helpdesk_id(text: str) -> HelpdeskId | None:
    if not text:
        return None
    try:
        return parse_id(HelpdeskId, text)
    except NotFound:
        raise web.HTTPBadRequest from None


def _membership_id(http: web.Request) -> MembershipId:
    return parse_id(MembershipId, http.match_info["membership_id"])
