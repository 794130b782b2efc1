"""Where the visitor stands: the one function that maps authority and path to account and surface."""

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from billing.errors import NotFound
from billing.records import Account, Helpdesk
from billing.states import Surface
from portal.entries import Where
from portal.keys import CONTEXT

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
    """Where a page stands. `surface` None is the desk; `root` is the path all its addresses begin with."""

    account: Account
    surface: Surface | None
    helpdesk: Helpdesk | None
    root: str

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


def must_be_our_address(http: web.Request) -> None:
    """Raises 400 for an odd authority or path, 421 for a host that is not ours; reads only what was sent."""
    hosts = http.headers.getall("Host", [])
    target = http.raw_path
    path = target.partition("?")[0]
    if len(hosts) != 1 or not target.startswith("/") or _ODD.search(path) or _DOTS.search(path):
        raise web.HTTPBadRequest
    origin = urlsplit(http.app[CONTEXT].addresses.origin)
    if normalise_host(hosts[0]) != normalise_host(origin.netloc):
        raise web.HTTPMisdirectedRequest


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


def first_segment(http: web.Request) -> str:
    """The path's first segment, as it was sent: an account's directory, or one of the server's own."""
    return http.raw_path.partition("?")[0].split("/")[1]


async def find_place(http: web.Request) -> Place:
    """The place that the path names; raises `NotFound` for an unknown directory or an archived helpdesk."""
    segments = http.raw_path.partition("?")[0].split("/")[1:4]
    ctx = http.app[CONTEXT]
    account = await ctx.store.find_account(segments[0]) if _SLUG.fullmatch(segments[0]) else None
    if account is None:
        raise NotFound
    root = f"/{account.directory}"
    match segments[1:]:
        case ["desk", *_]:
            return Place(account, None, None, f"{root}/desk")
        case ["help", slug]:
            if not _SLUG.fullmatch(slug):
                raise NotFound
            async with ctx.read(account.id) as work:
                helpdesk = await work.helpdesks.find_by_slug(slug)
            if helpdesk is None or helpdesk.archived_at is not None:
                raise NotFound
            return Place(account, Surface.HELPDESK, helpdesk, f"{root}/help/{slug}")
        case _:
            return Place(account, Surface.PORTAL, None, root)


def _is_ip_6(text: str) -> bool:
    try:
        return ip_address(text).version == 6
    except ValueError:
        return False
