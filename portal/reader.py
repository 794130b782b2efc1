"""The reader's language and time zone: what was chosen, what is kept for them, what the browser tells."""

from aiohttp import web

from billing.edges import Visit
from billing.ids import CustomerId, StaffId
from billing.zones import checked_zone, customers_key, keep_zone, staff_key, zone_of_page
from locales.translator import Translator, get_translator, negotiate
from portal.keys import CONTEXT, PLACE, SETTINGS
from portal.place import Place
from portal.session import Visitor


def language_cookie(place: Place) -> str:
    """The cookie's name for the language that a visitor chose."""
    return f"__Host-language-{place.account.id.hex}"


def zone_cookie(place: Place) -> str:
    """The cookie's name for the zone that `zone.js` tells."""
    return f"__Host-zone-{place.account.id.hex}"


def chosen_language(http: web.Request, place: Place) -> str:
    """What the visitor chose in this browser, or empty."""
    chosen = http.cookies.get(language_cookie(place), "")
    return chosen if chosen in http.app[SETTINGS].languages else ""


def told_zone(http: web.Request, place: Place) -> str:
    """The zone that this browser is in, or empty: anything that is no zone was not told."""
    return checked_zone(http.cookies.get(zone_cookie(place)))


async def find_reader(http: web.Request, place: Place, visitor: Visitor) -> Translator:
    """Language: chosen here, else their own, else the browser's, else the account's; and their zone."""
    chosen, zone = chosen_language(http, place), told_zone(http, place)
    own = visitor.staff.locale if visitor.staff is not None else None
    visit = visitor.visit
    customer_id = visit.customer_id if visit else None
    staff_id = visit.staff_id if visit else None
    # A customer's page that a browser told all of costs no look into the database.
    if staff_id or (customer_id and not (chosen and zone)):
        async with http.app[CONTEXT].read(place.account.id) as work:
            if customer_id and not chosen:
                own = (await work.customers.get(customer_id)).locale
            zone = await zone_of_page(work, _key(customer_id, staff_id), told=zone)
    tag = chosen or own or negotiate(http.headers.get("Accept-Language"), default=place.account.locale)
    return get_translator(tag, zone or place.account.time_zone)


async def keep_told_zone(http: web.Request, visit: Visit) -> None:
    """Who signs in, wholly, gets mails by the zone of this browser, unless they chose one."""
    if (told := told_zone(http, http[PLACE])) and not visit.half:
        reader = _key(visit.customer_id, visit.staff_id)
        await keep_zone(http.app[CONTEXT], visit.account_id, reader, told)


def browsers_language(http: web.Request) -> Translator:
    """Where there is no place and so nobody's own: what the browser asks for, else English."""
    among, asked = http.app[SETTINGS].languages, http.headers.get("Accept-Language")
    return get_translator(negotiate(asked, default="en", among=among))


def _key(customer_id: CustomerId | None, staff_id: StaffId | None) -> str:
    if staff_id is not None:
        return staff_key(staff_id)
    return customers_key(customer_id) if customer_id is not None else ""
