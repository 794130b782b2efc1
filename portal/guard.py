"""The only way a handler is mounted: what its entry declares is checked before it, deny by default."""

from aiohttp import web

from billing.errors import Forbidden, SignInNeeded
from portal import csrf
from portal.entries import CUSTOMER, PUBLIC, Entry, Handler, Where
from portal.forms import read_body, read_fields
from portal.keys import BODY, ENTRY, PLACE, VISITOR


def guarded(entry: Entry) -> Handler:
    """The entry's handler behind its checks: our form, then who may, then the plan."""

    async def handle(http: web.Request) -> web.StreamResponse:
        http[ENTRY] = entry
        if entry.where is not Where.SERVER and (PLACE not in http or entry.where not in http[PLACE].wheres):
            raise web.HTTPNotFound  # a reserved word where a directory stands, or a page of another place
        if entry.proof is None and entry.is_unsafe:
            await _must_be_our_form(http)
        _must_be_allowed(http, entry)
        return await entry.handler(http)

    return handle


async def _must_be_our_form(http: web.Request) -> None:
    csrf.must_come_from_us(http)
    http[BODY] = await read_body(http)
    sent = [value for name, value in read_fields(http[BODY]) if name == csrf.FIELD]
    csrf.must_have_token(http, sent)


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
