"""Stylesheets, scripts and pictures: read once, addressed by their content, so that browsers keep them.

What is in the folder `help-icon` is for other people's pages: each released version stays as it is for ever,
so that its address and the hash that those pages name go on being right.
"""

import base64
import hashlib
from dataclasses import dataclass, replace
from pathlib import Path

from aiohttp import web

from portal.brand import COLOUR, OUR_BLUE, brand_css
from portal.keys import STATIC

FOLDER = Path(__file__).parent / "static"
ELSEWHERE = "help-icon"  # the folder whose files other people's pages load
HELP_ICON = "help-icon-1.js"  # the version that new snippets name
_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".ico": "image/x-icon",
    ".woff2": "font/woff2",
}
_KEPT = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class StaticFile:
    """One file, whole."""

    body: bytes
    content_type: str
    digest: str
    is_for_others: bool = False  # may be loaded by pages of any origin

    @property
    def integrity(self) -> str:
        """For Subresource Integrity."""
        return "sha384-" + base64.b64encode(hashlib.sha384(self.body).digest()).decode()


class StaticFiles:
    """All files of the folder by name, e.g. `selfbill.css`."""

    def __init__(self, folder: Path = FOLDER) -> None:
        ours = {path.name: _read(path) for path in sorted(folder.iterdir()) if path.suffix in _TYPES}
        others = {path.name: _read(path) for path in sorted((folder / ELSEWHERE).glob("*.js"))}
        self._files = ours | {name: replace(file, is_for_others=True) for name, file in others.items()}

    def address(self, name: str) -> str:
        """Where the file's present content is; KeyError for a wrong name."""
        return f"/static/{self._files[name].digest}/{name}"

    def integrity(self, name: str) -> str:
        """What Subresource Integrity wants of its present content; KeyError for a wrong name."""
        return self._files[name].integrity

    def find(self, digest: str, name: str) -> StaticFile | None:
        """The file, if this is still its content."""
        found = self._files.get(name)
        return found if found is not None and found.digest == digest else None


def brand_address(colour: str) -> str:
    """The stylesheet of a merchant's colour (`#rrggbb`); a wrong one gets our own blue."""
    code = colour.removeprefix("#").lower()
    return f"/static/brand/{code if COLOUR.fullmatch(code) else OUR_BLUE}.css"


async def static_file(http: web.Request) -> web.Response:
    """One file by its content's hash and name."""
    found = http.app[STATIC].find(http.match_info["digest"], http.match_info["name"])
    if found is None:
        raise web.HTTPNotFound
    response = _kept(found.body, found.content_type)
    if found.is_for_others:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


async def brand(http: web.Request) -> web.Response:
    """The few custom properties that follow from a merchant's colour; the sheet is ours."""
    colour = http.match_info["colour"]
    if not COLOUR.fullmatch(colour):
        raise web.HTTPNotFound
    return _kept(brand_css(colour).encode(), "text/css")


def _read(path: Path) -> StaticFile:
    body = path.read_bytes()
    return StaticFile(body, _TYPES[path.suffix], hashlib.sha256(body).hexdigest()[:16])


def _kept(body: bytes, content_type: str) -> web.Response:
    charset = "utf-8" if content_type.startswith("text/") else None
    return web.Response(
        body=body, content_type=content_type, charset=charset, headers={"Cache-Control": _KEPT}
    )
