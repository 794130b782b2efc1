"""A merchant's member site on an origin of its own: a strict policy, and the help icon's real snippet."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from selfbill.sandbox.human_pages import Templates, add_static_route
from selfbill.sandbox.standing import StandIn, listen

_POLICY = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'"


@dataclass(frozen=True, slots=True)
class MemberSite:
    """What the merchant pasted, and what their policy lets through for it, e.g. `script-src …`."""

    name: str
    snippet: str
    policy: str


class MembersSandbox(StandIn):
    """The member site listening on loopback; a port of 0 takes a free one. No icon without a `site`."""

    def __init__(self, *, port: int = 0, site: MemberSite | None = None) -> None:
        self.site = site
        self.url = ""
        self._port = port
        self._templates = Templates()
        app = web.Application()
        app.add_routes([web.get("/", self._page)])
        add_static_route(app)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.2)

    async def start(self) -> None:
        """Listen; OSError when the port is taken."""
        self.url = await listen(self._runner, self._port)

    async def stop(self) -> None:
        await self._runner.cleanup()

    async def _page(self, _http: web.Request) -> web.Response:
        page = self._templates.page("members/lesson.html", site=self.site)
        page.headers["Content-Security-Policy"] = f"{_POLICY}; {self.site.policy}" if self.site else _POLICY
        page.headers["Cross-Origin-Embedder-Policy"] = "require-corp"
        return page
