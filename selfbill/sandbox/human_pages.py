"""The human pages of the stand-ins: templates, one stylesheet, and headers that forbid everything else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiohttp import web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

FOLDER = Path(__file__).parent
# No form-action: the card page answers its form with a redirect to the merchant.
POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")


class Templates:
    """Renders the pages in `selfbill/sandbox/templates`."""

    def __init__(self, **filters: Callable[..., str]) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(moment=moment, **filters)

    def page(self, name: str, *, status: int = 200, **values: Any) -> web.Response:
        text = self._environment.get_template(name).render(values)
        return web.Response(text=text, status=status, content_type="text/html", headers=dict(HEADERS))


def add_static_route(app: web.Application) -> None:
    app.router.add_static("/static/", FOLDER / "static")
