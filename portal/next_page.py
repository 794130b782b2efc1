"""Where to go on after sign-in, the code or another language: a page of this place, and nowhere else."""

from aiohttp import web

from portal.keys import PLACE, URLS
from portal.render import url_for


def next_page(http: web.Request, wanted: str) -> str:
    """The wanted path (below this place's root, or whole) if it is a page of the URL map, else home."""
    place = http[PLACE]
    path = wanted.partition("?")[0].partition("#")[0].removeprefix(place.root)
    if path and http.app[URLS].is_page(place.wheres, path):
        return place.root + path
    return url_for(http, "home")
