"""Typed keys of what the application and each HTTP request carry, and the settings the portal is given."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from typing import TYPE_CHECKING

from aiohttp import web

from billing.context import Context
from billing.ids import AccountId
from locales.catalogues import AVAILABLE

if TYPE_CHECKING:
    from billing.inbox import ProcessorEvent
    from locales.translator import Translator
    from portal.bad_signatures import BadSignatures
    from portal.entries import Entry, UrlMap
    from portal.place import Place
    from portal.render import Templates
    from portal.session import Visitor
    from portal.static_files import StaticFiles
    from portal.uploads import Upload

# Account's slug, raw bytes and headers of a webhook; raises NotFound where no processor is connected that
# tells us anything, ValueError when signature, age, mode or account are not right.
ProcessorHook = Callable[[str, bytes, Mapping[str, str]], Awaitable[tuple[AccountId, "ProcessorEvent"]]]


@dataclass(frozen=True, slots=True)
class AddToSlack:
    """Where people give their consent in Slack, to what, and where Slack sends them then."""

    client_id: str
    authorize: str
    scopes: tuple[str, ...]
    redirect_uri: str


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """What the wiring decides. Without a `processor_hook` there is no such endpoint (404).

    `add_to_slack` None: the settings hold no Slack app that could be added to workspaces.
    """

    trusted_proxies: tuple[IPv4Network | IPv6Network, ...] = ()
    processor_hook: ProcessorHook | None = None
    processor_kinds: tuple[str, ...] = ()  # of events, as people choose them at the processor
    add_to_slack: AddToSlack | None = None
    body_seconds: float = 15.0
    languages: tuple[str, ...] = AVAILABLE


CONTEXT = web.AppKey("context", Context)
SETTINGS = web.AppKey("settings", PortalSettings)
STOPPING = web.AppKey("stopping", asyncio.Event)
# How many live pages each visit has open, by its token.
STREAMS: web.AppKey[Counter[str]] = web.AppKey("streams")
# How many forms with files each visitor is sending, by their token; and who may have one cleaned now.
UPLOADS: web.AppKey[Counter[str]] = web.AppKey("uploads")
CLEANING = web.AppKey("cleaning", asyncio.Semaphore)
# Whose documents may be joined now.
JOINING = web.AppKey("joining", asyncio.Semaphore)
BAD_SIGNATURES: web.AppKey[BadSignatures] = web.AppKey("bad_signatures")
URLS: web.AppKey[UrlMap] = web.AppKey("urls")
TEMPLATES: web.AppKey[Templates] = web.AppKey("templates")
STATIC: web.AppKey[StaticFiles] = web.AppKey("static")

TRACE_ID: web.RequestKey[str] = web.RequestKey("trace_id")
CLIENT: web.RequestKey[str] = web.RequestKey("client")
# The fields of a form of ours, as they were sent, and its files.
FIELDS: web.RequestKey[list[tuple[str, str]]] = web.RequestKey("fields")
UPLOADED: web.RequestKey[tuple[Upload, ...]] = web.RequestKey("uploaded")
TOO_LARGE: web.RequestKey[bool] = web.RequestKey("too_large")
# Whether it came by the host that all accounts share; not set where the host could not be read.
OUR_HOST: web.RequestKey[bool] = web.RequestKey("our_host")
PLACE: web.RequestKey[Place] = web.RequestKey("place")
VISITOR: web.RequestKey[Visitor] = web.RequestKey("visitor")
ENTRY: web.RequestKey[Entry] = web.RequestKey("entry")
SAY: web.RequestKey[Translator] = web.RequestKey("say")
