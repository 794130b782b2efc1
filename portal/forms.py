"""Forms as they come in: a closed list of fields each, what was typed kept, and what is wrong beside it."""

from __future__ import annotations

import asyncio
import secrets
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeVar
from urllib.parse import parse_qsl

from aiohttp import web

from billing.errors import Invalid
from billing.files import MOST_BYTES as MOST_FILE_BYTES
from locales.texts import sentence
from locales.translator import Translator
from portal import csrf
from portal.keys import CONTEXT, FIELDS, SETTINGS, TOO_LARGE, UPLOADED
from portal.uploads import Upload

ONCE = "once"
MOST_FIELDS = 100
MOST_BYTES = 64 * 1024
_Choice = TypeVar("_Choice", bound=StrEnum)
_LAYOUT = frozenset("\t\n")


@dataclass(frozen=True, slots=True)
class Form:
    """A form's typed text, and the messages beside its fields. A page shows an empty one at first."""

    typed: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, str] = field(default_factory=dict)
    once_key: str = ""

    def text(self, name: str) -> str:
        """What was typed, without spaces around it; empty if nothing was."""
        return self.typed.get(name, "").strip()

    def choice(self, name: str, kind: type[_Choice]) -> _Choice | None:
        """The chosen member, None if nothing was chosen; raises 400 for what no form of ours offers."""
        chosen = self.text(name)
        try:
            return kind(chosen) if chosen else None
        except ValueError:
            raise web.HTTPBadRequest from None

    def error(self, name: str) -> str:
        """The message beside this field, or empty."""
        return self.errors.get(name, "")

    @property
    def first_wrong(self) -> str:
        """The field to put the focus on, or empty."""
        return next(iter(self.errors), "")

    def without(self, name: str) -> Form:
        """The same form with this field empty, e.g. a password."""
        return Form({k: v for k, v in self.typed.items() if k != name}, self.errors, self.once_key)

    def refused(self, refusal: Invalid, say: Translator) -> Form:
        """The same form with the refusal's sentence beside its field, to be shown again with status 422."""
        return Form(self.typed, {**self.errors, refusal.field: sentence(refusal, say)}, self.once_key)


async def read_body(http: web.Request) -> bytes:
    """The whole body; raises 413 above 64 kB (or what it allows), 408 when too slow, 400 when broken off."""
    try:
        async with asyncio.timeout(http.app[SETTINGS].body_seconds):
            return await http.read()
    except TimeoutError:
        raise web.HTTPRequestTimeout from None
    except (web.RequestPayloadError, ConnectionError, asyncio.IncompleteReadError):
        raise web.HTTPBadRequest from None


def read_fields(body: bytes) -> list[tuple[str, str]]:
    """Names and values as sent; raises 400 for what no browser sends."""
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            encoding="utf-8",
            errors="strict",
            max_num_fields=MOST_FIELDS,
        )
    except ValueError:
        raise web.HTTPBadRequest from None
    return [(name, _plain(value)) for name, value in pairs]


def plain_fields(fields: list[tuple[str, bytes]]) -> list[tuple[str, str]]:
    """The same of a form with files; raises 400 for what no browser sends."""
    try:
        return [(name, _plain(value.decode("utf-8"))) for name, value in fields]
    except UnicodeDecodeError:
        raise web.HTTPBadRequest from None


def read_uploads(http: web.Request, name: str) -> tuple[Upload, ...]:
    """The files of this field, the only one that may have any; raises 400, or `Invalid` (too-large-files)."""
    uploads: tuple[Upload, ...] = http.get(UPLOADED, ())
    if any(each.field != name for each in uploads):
        raise web.HTTPBadRequest
    if http.get(TOO_LARGE, False):
        raise Invalid(name, "too-large-files", most=MOST_FILE_BYTES // 1024**2)
    return uploads


def read_form(http: web.Request, *names: str) -> Form:
    """The form that was sent, of exactly these fields; raises 400 for unknown and repeated ones.

    A field that was not sent is empty. The CSRF token was checked before. Of files, the names are typed text.
    """
    typed: dict[str, str] = {}
    allowed = {*names, csrf.FIELD, ONCE}
    for name, value in http[FIELDS]:
        if name not in allowed or name in typed:
            raise web.HTTPBadRequest
        typed[name] = value
    typed.pop(csrf.FIELD, None)
    for upload in http.get(UPLOADED, ()):
        typed[upload.field] = ", ".join(filter(None, (typed.get(upload.field), upload.name)))
    # Without one nothing can be told apart from a repeat, so it counts as the first of its kind.
    once_key = typed.pop(ONCE, "") or new_once_key()
    if len(once_key) > 64:
        raise web.HTTPBadRequest
    return Form(typed, {}, _own_once_key(http, once_key))


def _own_once_key(http: web.Request, once_key: str) -> str:
    """Of this visit and this address: nobody's key leads to another's result, nor one deed's to another's."""
    return http.app[CONTEXT].vault.digest(f"once:{csrf.csrf_token(http)}:{http.path}:{once_key}")


def new_once_key() -> str:
    """The one-time id of a form: sent twice, it leads to the first result."""
    return secrets.token_urlsafe(16)


def _plain(value: str) -> str:
    """Lines end as ours do; raises 400 for control characters that nobody types."""
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    if any(unicodedata.category(c) in {"Cc", "Cs"} and c not in _LAYOUT for c in text):
        raise web.HTTPBadRequest
    return text
