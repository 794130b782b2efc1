"""The help icon of a membership: what a merchant pastes into their pages, and where pressing it leads."""

from dataclasses import dataclass
from urllib.parse import quote

from aiohttp import web
from markupsafe import Markup

from billing.addresses import Addresses
from billing.ids import MembershipId, parse_id
from billing.memberships import find_support
from billing.merchant import Membership
from billing.records import Account
from locales.translator import N_, get_translator
from portal.keys import CONTEXT, PLACE
from portal.render import render
from portal.static_files import HELP_ICON, StaticFiles

_SCRIPT = Markup(
    '<script src="{src}" integrity="{integrity}" crossorigin="anonymous"\n'
    '  data-href="{href}" data-label="{label}" data-lang="{lang}" async></script>\n'
)
_PLAIN = Markup(
    '<noscript><a href="{href}" lang="{lang}" target="_blank" rel="noopener">{label}</a></noscript>\n'
)


@dataclass(frozen=True, slots=True)
class Snippet:
    """For any page of the member site, as text; a link without script is part of it."""

    text: str
    href: str
    source: str
    integrity: str

    @property
    def policy(self) -> str:
        """What a Content-Security-Policy of the site must let through: this one script, by its hash."""
        return f"script-src {self.source} '{self.integrity}'"


@dataclass(frozen=True, slots=True)
class SupportPage:
    """Where support is an e-mail address."""

    name: str
    email: str
    mailto: str


def make_snippet(
    account: Account, membership: Membership, static: StaticFiles, addresses: Addresses
) -> Snippet:
    """In the account's language. What the icon leads to may change without a new snippet."""
    say = get_translator(account.locale)
    href = addresses.help_icon(account, membership.id)
    source, integrity = addresses.origin + static.address(HELP_ICON), static.integrity(HELP_ICON)
    label = say.text(N_("Help (opens in a new tab)"))
    script = _SCRIPT.format(src=source, integrity=integrity, href=href, label=label, lang=say.tag)
    text = str(script + _PLAIN.format(href=href, label=label, lang=say.tag))
    return Snippet(text, href, source, integrity)


async def open_support(http: web.Request) -> web.Response:
    """From a help icon on another site to where the account's pages are now; 404 for no such account."""
    ctx = http.app[CONTEXT]
    account = await ctx.store.find_account_by_slug(http.match_info["slug"])
    if account is None:
        raise web.HTTPNotFound
    membership_id = parse_id(MembershipId, http.match_info["membership_id"])
    raise web.HTTPSeeOther(ctx.addresses.membership_support(account, membership_id))


async def support(http: web.Request) -> web.Response:
    """To the helpdesk, the external one, or a page with the e-mail address; 404 where there is no support."""
    ctx, account = http.app[CONTEXT], http[PLACE].account
    membership_id = parse_id(MembershipId, http.match_info["membership_id"])
    place = await find_support(ctx, account.id, membership_id)
    if place.helpdesk is not None:
        raise web.HTTPSeeOther(ctx.addresses.helpdesk(account, place.helpdesk))
    if place.address:
        raise web.HTTPSeeOther(place.address)
    mailto = f"mailto:{quote(place.email, safe='@')}"
    return render(http, "support.html", SupportPage(place.membership.name, place.email, mailto))
