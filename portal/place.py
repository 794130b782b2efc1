"""Where the visitor stands: the one function that maps authority and path to account and surface.

On our own host the first segment of the path is an account's directory. A merchant's own, proved host has the
same paths, of their account alone. The desk stands on our host only: staff type their passwords where the
operator holds the name, and whoever gets hold of a merchant's name later finds no desk there to imitate.
"""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from billing.context import Context
from billing.directories import OF_THE_SERVER
from billing.errors import NotFound
from billing.records import Account, Helpdesk
from billing.states import Surface
from portal.entries import Where
from portal.keys import CONTEXT, OUR_HOST

_HOST = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?)\.?(?::(\d{1,5}))?")
_HOST_6 = re.compile(r"\[([0-9A-Fa-f:.]{2,45})\](?::(\d{1,5}))?")
# What no address of ours holds: control bytes, encoded separators, dot segments, bytes beyond ASCII.
_ODD = re.compile(
    r"[^\x21-\x7e]|\\|//|%(?![0-9A-Fa-f]{2})|%(?:2[def]|5[cf]|7[ef]|[01][0-9a-f])"
    # Letters and digits that need no encoding: the router would read them, and the place would not.
    r"|%(?:3[0-9]|[46][1-9a-f]|[57][0-9a])",
    re.IGNORECASE,
)
_DOTS = re.compile(r"/\.{1,2}(?:/|$)")
_SLUG = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,62})")


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page stands. `surface` None is the desk; `root` is the path all its addresses begin with.

    `origin` is scheme and authority by which it was reached: forms of ours come from there.
    """

    account: Account
    surface: Surface | None
    helpdesk: Helpdesk | None
    root: str
    origin: str = ""

    @property
    def wheres(self) -> tuple[Where, ...]:
        """Which entries of the URL map are mounted here."""
        match self.surface:
            case None:
                return (Where.DESK,)
            case Surface.PORTAL:
                return (Where.SURFACES,)
            case Surface.HELPDESK:
                return (Where.SURFACES, Where.HELPDESK)

    @property
    def key(self) -> str:
        """Names this place within its account, e.g. in cookie names."""
        if self.surface is None:
            return "desk"
        return self.helpdesk.id.hex if self.helpdesk else "portal"


def normalise_host(authority: str) -> str:
    """Lower case, without port and trailing dot; raises 400 for anything but a name or an address."""
    found = _HOST.fullmatch(authority)
    if found is None:
        found = _HOST_6.fullmatch(authority)
        if found is None or not _is_ip_6(found[1]):
            raise web.HTTPBadRequest
    if found[2] is not None and not 0 < int(found[2]) < 65536:
        raise web.HTTPBadRequest
    return found[1].lower()


def our_host(ctx: Context) -> str:
    """The host that all accounts share."""
    return normalise_host(urlsplit(ctx.addresses.origin).netloc)


async def find_place(http: web.Request) -> Place | None:
    """The place that authority and path name; None for one of the server's own addresses.

    Raises 400 for an odd authority or path, 421 for a host that nobody proved, `NotFound` for an unknown
    directory or an archived helpdesk. On a merchant's own host it redirects too: the front page leads to the
    portal, the desk's pages lead to our host.
    """
    host, path = _read_address(http)
    ctx = http.app[CONTEXT]
    http[OUR_HOST] = host == our_host(ctx)
    segments = path.split("/")[1:4]
    if segments[0] in OF_THE_SERVER and http[OUR_HOST]:
        return None
    if http[OUR_HOST]:
        parts = urlsplit(ctx.addresses.origin)
        found = await ctx.store.find_account(segments[0]) if _SLUG.fullmatch(segments[0]) else None
        return await _find_within(ctx, found, segments, f"{parts.scheme}://{parts.netloc}")
    found = await ctx.store.find_account_by_domain(host)
    if found is None:
        raise web.HTTPMisdirectedRequest
    if segments[0] == "static":
        return None  # what pages load, and nothing of anybody
    if segments == [""]:
        raise web.HTTPSeeOther(f"/{found.directory}")
    own = found if segments[0] == found.directory else None
    if own is not None and segments[1:2] == ["desk"] and http.method in {"GET", "HEAD"}:
        raise web.HTTPSeeOther(ctx.addresses.origin + path)
    place = await _find_within(ctx, own, segments, ctx.addresses.origin_at(host))
    if place.surface is None:
        raise NotFound
    return place


def _read_address(http: web.Request) -> tuple[str, str]:
    """The host, normalised, and the path as it was sent; raises 400 for what is odd in them."""
    hosts = http.headers.getall("Host", [])
    target = http.raw_path
    path = target.partition("?")[0]
    if len(hosts) != 1 or not target.startswith("/") or _ODD.search(path) or _DOTS.search(path):
        raise web.HTTPBadRequest
    return normalise_host(hosts[0]), path


async def _find_within(ctx: Context, account: Account | None, segments: list[str], origin: str) -> Place:
    """Desk, helpdesk or portal of the account; raises `NotFound`."""
    if account is None:
        raise NotFound
    root = f"/{account.directory}"
    match segments[1:]:
        case ["desk", *_]:
            return Place(account, None, None, f"{root}/desk", origin)
        case ["help", slug]:
            if not _SLUG.fullmatch(slug):
                raise NotFound
            async with ctx.read(account.id) as work:
                helpdesk = await work.helpdesks.find_by_slug(slug)
            if helpdesk is None or helpdesk.archived_at is not None:
                raise NotFound
            return Place(account, Surface.HELPDESK, helpdesk, f"{root}/help/{slug}", origin)
        case _:
            return Place(account, Surface.PORTAL, None, root, origin)


def _is_ip_6(text: str) -> bool:
    try:
        return ip_address(text).version == 6
    except ValueError:
        return False
