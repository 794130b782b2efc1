"""Portal address: copy it or print its QR code, choose its path, and serve it on a domain of one's own."""

from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from aiohttp import web

from billing.directories import set_directory
from billing.domains import (
    NO_ANSWER,
    NO_RECORD,
    TAKEN,
    WRONG_RECORD,
    add_domain,
    check_domain,
    is_network_address,
    record_name,
    release_domain,
    show_domain,
)
from billing.errors import Invalid, NotFound, NotInPlan, Stale
from billing.merchant import Domain
from billing.plans import Counted, why_no_room
from billing.records import Account
from billing.rights import must_be_proved
from billing.states import Role
from billing.versions import version_of
from locales.texts import sentence
from locales.translator import N_, Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, PLACE, SAY, URLS, VISITOR
from portal.live import stream_versions
from portal.qr import QrCode, draw_qr, png_file, svg_file
from portal.render import render, see
from portal.session import staff
from portal.views.desk.meanwhile import Differences, as_typed, find_differences

SECTION = "address"
_PROBLEM = {
    NO_RECORD: N_("There is no TXT record at this name yet. It can take an hour until a new one is seen."),
    WRONG_RECORD: N_("There is a TXT record at this name, but none that says this text."),
    NO_ANSWER: N_("The name servers of your domain did not answer. Please try again in a few minutes."),
    TAKEN: N_("Another account has proved this domain. Please remove it here, or ask whoever uses it."),
}
_SAVED = {
    "directory": N_("Your customers find you at the new address from now on."),
    "added": N_("The domain is added. Make the records below, then have us look."),
    "removed": N_("The domain is removed. Nothing of yours is served there any more."),
}


@dataclass(frozen=True, slots=True)
class DomainCard:
    """A domain that waits or is proved. `problem`: what the last look said, or empty; `target`: our host."""

    host: str
    record: str
    token: str
    target: str
    target_is_name: bool
    proved_at: datetime | None
    checked_at: datetime | None
    problem: str
    is_looking: bool


@dataclass(frozen=True, slots=True)
class AddressPage:
    """`why_not`: why they can have no domain, or empty. `before`: what stands before the path."""

    section: str
    address: str
    code: QrCode
    before: str
    form: Form
    seen: str
    stale: Differences | None
    domain: DomainCard | None
    version: str
    is_owner: bool
    why_not: str
    saved: str


@dataclass(frozen=True, slots=True)
class DomainPage:
    """The form for a domain of their own. `alert` is about more than what was typed, or empty."""

    section: str
    form: Form
    alert: str


@dataclass(frozen=True, slots=True)
class ReleasePage:
    """What stops when the domain is removed; `was_served`: customers find pages there now."""

    section: str
    host: str
    was_served: bool
    address: str


async def show(http: web.Request) -> web.Response:
    """The address as it is."""
    return await _page(http, Form({"directory": http[PLACE].account.directory}))


async def events(http: web.Request) -> web.StreamResponse:
    """Says when a look at the domain's record has ended."""
    ctx, by = http.app[CONTEXT], staff(http)

    async def look() -> str:
        return version_of((await show_domain(ctx, by=by))[1])

    await look()
    return await stream_versions(http, look)


async def qr_as_svg(http: web.Request) -> web.Response:
    """To be printed in any size."""
    return _download(http, svg_file(_code(http)), "image/svg+xml", "svg")


async def qr_as_png(http: web.Request) -> web.Response:
    """For what takes pixels only."""
    return _download(http, png_file(_code(http)), "image/png", "png")


async def change_directory(http: web.Request) -> web.Response:
    """The old path stops at once, that of this page too: on to the new one."""
    form = read_form(http, "directory", "seen")
    ctx = http.app[CONTEXT]
    try:
        account = await set_directory(ctx, form.text("directory"), by=staff(http), seen=form.text("seen"))
    except Invalid as refusal:
        return await _page(http, form.refused(refusal, http[SAY]), status=422)
    except Stale as refusal:
        return await _page(http, form, theirs=str(refusal.data["theirs"]), status=409)
    root, wheres = f"/{account.directory}/desk", http[PLACE].wheres
    raise web.HTTPSeeOther(http.app[URLS].build(root, wheres, "address", (), {"saved": "directory"}))


async def show_new_domain(http: web.Request) -> web.Response:
    """The form, once they have proved who they are; who has a domain sees it instead."""
    must_be_proved(staff(http), http.app[CONTEXT].now())
    if (await show_domain(http.app[CONTEXT], by=staff(http)))[1] is not None:
        raise see(http, "address")
    return _domain_page(http, Form())


async def add(http: web.Request) -> web.Response:
    """It waits for its record; the next page says which."""
    form = read_form(http, "host")
    try:
        await add_domain(http.app[CONTEXT], form.text("host"), by=staff(http))
    except Invalid as refusal:
        return _domain_page(http, form.refused(refusal, http[SAY]), status=422)
    except NotInPlan as refusal:
        return _domain_page(http, form, alert=sentence(refusal, http[SAY]), status=403)
    raise see(http, "address", saved="added")


async def check(http: web.Request) -> web.Response:
    """The relay looks; the page says so until it has."""
    read_form(http)
    domain = await check_domain(http.app[CONTEXT], by=staff(http))
    raise see(http, "address", looking=version_of(domain))


async def show_release(http: web.Request) -> web.Response:
    """What will stop; raises `NotFound` without a domain."""
    ctx, by = http.app[CONTEXT], staff(http)
    must_be_proved(by, ctx.now())
    account, domain = await show_domain(ctx, by=by)
    if domain is None:
        raise NotFound
    shared = f"{ctx.addresses.origin}/{account.directory}"
    page = ReleasePage(SECTION, domain.host, domain.proved_at is not None, shared)
    return render(http, "desk/address_release.html", page)


async def release(http: web.Request) -> web.Response:
    """At once."""
    read_form(http)
    await release_domain(http.app[CONTEXT], by=staff(http))
    raise see(http, "address", saved="removed")


async def _page(
    http: web.Request, form: Form, *, theirs: str | None = None, status: int = 200
) -> web.Response:
    ctx, say = http.app[CONTEXT], http[SAY]
    account, domain = await show_domain(ctx, by=staff(http))
    address, version = ctx.addresses.portal(account), version_of(domain)
    who = http[VISITOR].staff
    page = AddressPage(
        section=SECTION,
        address=address,
        code=draw_qr(address),
        before=address.removesuffix(account.directory),
        form=form,
        seen=version_of(account.directory) if theirs is not None else _seen(form, account),
        stale=None if theirs is None else _differences(form, theirs, say),
        domain=_card(http, domain, version) if domain else None,
        version=version,
        is_owner=who is not None and who.role is Role.OWNER,
        why_not=_why_not(account, say),
        saved=say.text(_SAVED[saved]) if (saved := http.query.get("saved", "")) in _SAVED else "",
    )
    return render(http, "desk/address.html", page, status=status)


def _seen(form: Form, account: Account) -> str:
    """A form that came back wrong still shows what it showed."""
    return form.text("seen") or version_of(account.directory)


def _differences(form: Form, theirs: str, say: Translator) -> Differences:
    return find_differences(form, {"directory": theirs}, {"directory": say.text(N_("Path"))}, as_typed)


def _why_not(account: Account, say: Translator) -> str:
    full = why_no_room(account, Counted.DOMAINS, 0)
    return sentence(full, say) if full else ""


def _card(http: web.Request, domain: Domain, version: str) -> DomainCard:
    return DomainCard(
        host=domain.host,
        record=record_name(domain),
        token=domain.token,
        target=(target := urlsplit(http.app[CONTEXT].addresses.origin).hostname or ""),
        target_is_name=not is_network_address(target),
        proved_at=domain.proved_at,
        checked_at=domain.checked_at,
        problem=http[SAY].text(_PROBLEM[domain.problem]) if domain.problem else "",
        is_looking=http.query.get("looking") == version and domain.proved_at is None,
    )


def _domain_page(http: web.Request, form: Form, *, alert: str = "", status: int = 200) -> web.Response:
    return render(http, "desk/address_domain.html", DomainPage(SECTION, form, alert), status=status)


def _code(http: web.Request) -> QrCode:
    return draw_qr(http.app[CONTEXT].addresses.portal(http[PLACE].account))


def _download(http: web.Request, body: bytes, content_type: str, ending: str) -> web.Response:
    name = f"{http[PLACE].account.directory}-qr.{ending}"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox",
    }
    return web.Response(body=body, content_type=content_type, headers=headers)
