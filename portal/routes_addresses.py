"""Where the portal is, in the URL map of the desk: its path, its QR code, a domain of the merchant's own."""

from portal.entries import MANAGERS, OWNERS, Entry, Where, deed, page
from portal.views.desk import addresses

_DESK = Where.DESK
_ALL, _DOMAIN = "/address", "/address/domain"
_RELEASE = f"{_DOMAIN}/release"

ADDRESS_ROUTES: list[Entry] = [
    page(_ALL, addresses.show, name="address", who=MANAGERS, where=_DESK),
    page(f"{_ALL}/events", addresses.events, name="address-events", who=MANAGERS, where=_DESK),
    page(f"{_ALL}/qr.svg", addresses.qr_as_svg, name="address-svg", who=MANAGERS, where=_DESK),
    page(f"{_ALL}/qr.png", addresses.qr_as_png, name="address-png", who=MANAGERS, where=_DESK),
    deed(f"{_ALL}/directory", addresses.change_directory, name="directory", who=MANAGERS, where=_DESK),
    # Both pages ask for a fresh proof before they show their form, so that nothing typed is lost over it.
    page(_DOMAIN, addresses.show_new_domain, name="domain", who=OWNERS, where=_DESK),
    deed(_DOMAIN, addresses.add, name="domain", who=OWNERS, where=_DESK),
    deed(f"{_DOMAIN}/check", addresses.check, name="domain-check", who=OWNERS, where=_DESK),
    page(_RELEASE, addresses.show_release, name="domain-release", who=OWNERS, where=_DESK),
    deed(_RELEASE, addresses.release, name="domain-release", who=OWNERS, where=_DESK),
]
