"""Faults that meet one workspace only: known by the token of a call, told apart from all others."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from selfbill.sandbox.faults import Fault, FaultTable, fault_middleware
from selfbill.sandbox.slack.town import Town
from selfbill.sandbox.slack.web_api import workspace_of

Tables = dict[str, FaultTable]  # by team id


def team_fault_middleware(town: Town, tables: Tables, answer: Callable[[Fault], web.Response]) -> Middleware:
    """Meddle with the calls of those workspaces that have a table."""

    @web.middleware
    async def meddle(request: web.Request, handler: Handler) -> web.StreamResponse:
        core = workspace_of(town, request) if tables else None
        table = tables.get(core.team_id) if core else None
        if table is None:
            return await handler(request)
        return await fault_middleware(table, answer)(request, handler)

    return meddle
