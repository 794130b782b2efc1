"""Who is here: cookies and visits. A cookie holds a random token; whose it is the database says."""

import re
import secrets
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from billing.actors import CustomerActor, StaffActor, Via
from billing.edges import Visit
from billing.errors import NotFound, SignInNeeded
from billing.records import Staff
from billing.signin import SignedIn, SurfaceAt, find_half_visit, find_visit, look_up_visit, sign_out
from portal.keys import CLIENT, CONTEXT, PLACE, TRACE_ID, VISITOR
from portal.place import Place

CUSTOMER_LASTS = timedelta(hours=2)
STAFF_LASTS = timedelta(hours=12)
EVENTS = "text/event-stream"
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,128}")


@dataclass(frozen=True, slots=True)
class Visitor:
    """`token` is the visit's where there is one, else the browser's own; CSRF tokens are made from it.

    `half`: staff who gave their password and must give the second factor; they are not signed in.
    """

    visit: Visit | None
    staff: Staff | None
    token: str
    browser: str
    is_new: bool  # the browser's cookie must still be set
    half: Visit | None = None

    @property
    def is_signed_in(self) -> bool:
        """Whether a customer (on a surface) or staff (at the desk) is signed in here."""
        return self.visit is not None


def visit_cookie(place: Place) -> str:
    """The cookie's name for visits of this place: two surfaces of an account are two visits."""
    return f"__Host-visit-{place.account.id.hex}-{place.key}"


def browser_cookie(place: Place) -> str:
    """The cookie's name for what binds forms and e-mailed codes to a browser before anybody signs in."""
    return f"__Host-browser-{place.account.id.hex}"


async def find_visitor(http: web.Request, place: Place) -> Visitor:
    """Who the cookies say is here; anything odd in them is as good as no cookie."""
    browser = _token(http, browser_cookie(place))
    known = browser or secrets.token_urlsafe(24)
    token = _token(http, visit_cookie(place))
    nobody = Visitor(None, None, known, known, browser is None)
    if token is None:
        return nobody
    # A page that only follows what it shows is no sign that somebody still sits there.
    find = look_up_visit if http.headers.get("Accept") == EVENTS else find_visit
    visit = await find(http.app[CONTEXT], place.account.id, token)
    if visit is None and place.surface is None:
        half = await find_half_visit(http.app[CONTEXT], place.account.id, token)
        return nobody if half is None else Visitor(None, None, token, known, browser is None, half)
    if visit is None or not _stands_at(visit, place):
        return nobody
    found = await _find_active_staff(http, visit) if place.surface is None else None
    if place.surface is None and found is None:
        return nobody
    return Visitor(visit, found, token, known, browser is None)


async def end_visit(http: web.Request) -> None:
    """The visit that this browser had here, if any: nobody else's copy of its token is worth anything now."""
    visit = http[VISITOR].visit or http[VISITOR].half
    if visit is not None:
        await sign_out(http.app[CONTEXT], visit)


def open_visit(response: web.StreamResponse, place: Place, signed_in: SignedIn) -> None:
    """Sets the cookie of a visit that began, or that got a new token."""
    lasts = CUSTOMER_LASTS if place.surface else STAFF_LASTS
    set_cookie(response, visit_cookie(place), signed_in.token, lasts)


def close_visit(response: web.StreamResponse, place: Place) -> None:
    """Takes the cookie of an ended visit away."""
    response.del_cookie(visit_cookie(place), path="/", secure=True, httponly=True, samesite="Lax")


def set_cookie(response: web.StreamResponse, name: str, value: str, lasts: timedelta | None) -> None:
    """One of our `__Host-` cookies; `lasts` None: until the browser is closed."""
    seconds = None if lasts is None else int(lasts.total_seconds())
    response.set_cookie(name, value, max_age=seconds, path="/", secure=True, httponly=True, samesite="Lax")


def customer(http: web.Request) -> CustomerActor:
    """The signed-in customer, for use cases; raises `SignInNeeded`."""
    visit, place = http[VISITOR].visit, http[PLACE]
    if visit is None or visit.customer_id is None or place.surface is None:
        raise SignInNeeded
    return CustomerActor(
        account_id=place.account.id,
        customer_id=visit.customer_id,
        surface=place.surface,
        helpdesk_id=place.helpdesk.id if place.helpdesk else None,
        proved=visit.proved_at is not None,
        client=http[CLIENT],
        trace_id=http[TRACE_ID],
    )


def staff(http: web.Request) -> StaffActor:
    """The signed-in staff member, for use cases; raises `SignInNeeded`."""
    visit, place = http[VISITOR].visit, http[PLACE]
    if visit is None or visit.staff_id is None or place.surface is not None:
        raise SignInNeeded
    return StaffActor(
        place.account.id, visit.staff_id, Via.WEB, http[CLIENT], http[TRACE_ID], proved_at=visit.proved_at
    )


def half_visit(http: web.Request) -> Visit:
    """Of staff whose second factor is still to come; raises `SignInNeeded`."""
    half = http[VISITOR].half
    if half is None:
        raise SignInNeeded
    return half


def own_visit(http: web.Request) -> Visit:
    """The visit of whoever is signed in; raises `SignInNeeded`."""
    visit = http[VISITOR].visit
    if visit is None:
        raise SignInNeeded
    return visit


def surface_at(place: Place) -> SurfaceAt:
    """The place as sign-in wants it; raises `NotFound` at the desk."""
    if place.surface is None:
        raise NotFound
    return SurfaceAt(place.surface, place.helpdesk.id if place.helpdesk else None)


def _token(http: web.Request, name: str) -> str | None:
    value = http.cookies.get(name, "")
    return value if _TOKEN.fullmatch(value) else None


def _stands_at(visit: Visit, place: Place) -> bool:
    helpdesk_id = place.helpdesk.id if place.helpdesk else None
    return visit.surface == place.surface and visit.helpdesk_id == helpdesk_id


async def _find_active_staff(http: web.Request, visit: Visit) -> Staff | None:
    """As they are now: a changed role holds, and a disabled person is out, from this request on."""
    if visit.staff_id is None:
        return None
    async with http.app[CONTEXT].read(visit.account_id) as work:
        found = await work.staff.get(visit.staff_id)
    return found if found.active else None
