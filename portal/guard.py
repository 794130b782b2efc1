"""The only way a handler is mounted: what its entry declares is checked before it, deny by default."""

from aiohttp import web

from billing.errors import Forbidden, SignInNeeded
from portal import csrf
from portal.entries import CUSTOMER, PUBLIC, Entry, Handler, Where
from portal.forms import plain_fields, read_body, read_fields
from portal.keys import ENTRY, FIELDS, PLACE, TOO_LARGE, UPLOADED, VISITOR
from portal.multipart import FORM_WITH_FILES
from portal.uploads import counted, read_upload


def guarded(entry: Entry) -> Handler:
    """The entry's handler behind its checks: our form, then who may, then the plan.

    Of a form with files who may comes first: whoever is not let in must not keep others from uploading.
    """

    async def handle(http: web.Request) -> web.StreamResponse:
        http[ENTRY] = entry
        if entry.where is not Where.SERVER and (PLACE not in http or entry.where not in http[PLACE].wheres):
            raise web.HTTPNotFound  # a reserved word where a directory stands, or a page of another place
        if entry.upload and http.content_type == FORM_WITH_FILES:
            csrf.must_come_from_us(http, FORM_WITH_FILES)
            _must_be_allowed(http, entry)
            with counted(http):
                await _read_form_with_files(http)
                return await entry.handler(http)
        if entry.proof is None and entry.is_unsafe:
            await _read_our_form(http)
        _must_be_allowed(http, entry)
        return await entry.handler(http)

    return handle


async def _read_our_form(http: web.Request) -> None:
    csrf.must_come_from_us(http)
    http[FIELDS] = read_fields(await read_body(http))
    csrf.must_have_token(http, _tokens(http[FIELDS]))


async def _read_form_with_files(http: web.Request) -> None:
    """The token is looked at before the first byte of a file is read."""

    def check(fields: list[tuple[str, bytes]]) -> None:
        csrf.must_have_token(http, _tokens(plain_fields(fields)))

    sent = await read_upload(http, check)
    http[FIELDS] = plain_fields(sent.fields)
    http[UPLOADED], http[TOO_LARGE] = sent.files, sent.is_too_large


def _tokens(fields: list[tuple[str, str]]) -> list[str]:
    return [value for name, value in fields if name == csrf.FIELD]


def _must_be_allowed(http: web.Request, entry: Entry) -> None:
    if entry.who is PUBLIC:
        return
    visitor = http[VISITOR]
    if not visitor.is_signed_in:
        raise SignInNeeded
    if entry.who is not CUSTOMER and (
        visitor.staff is None or not isinstance(entry.who, frozenset) or visitor.staff.role not in entry.who
    ):
        raise Forbidden
    if entry.plan is not None:
        entry.plan(http[PLACE].account)
