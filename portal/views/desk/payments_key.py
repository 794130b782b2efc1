"""Forms of Payments: a key to connect or replace, the secret of an endpoint made by hand, the end of it."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import Conflict, Invalid
from billing.ids import ConnectionId, parse_id
from billing.processing.connecting import connect_processor, disconnect_processor, set_signing_secret
from billing.processing.records import Connection
from billing.processing.standing import show_connection, show_payments
from billing.rights import must_be_proved
from billing.states import ConnectionState
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY, SETTINGS
from portal.render import render, see
from portal.session import staff
from portal.views.desk.payments import SECTION, PermissionLine, permission_lines

# What was typed into these is never sent back, not even where it was wrong.
_SECRETS = ("key", "webhook_secret")


@dataclass(frozen=True, slots=True)
class KeyPage:
    """The form for a key. `instead_of`: what is connected now, or empty; `under_way` waits there."""

    section: str
    form: Form
    lines: tuple[PermissionLine, ...]
    instead_of: str
    under_way: int


@dataclass(frozen=True, slots=True)
class SecretPage:
    """The form for the secret of an endpoint that the merchant makes at the processor."""

    section: str
    form: Form
    id: ConnectionId
    hook: str
    kinds: tuple[str, ...]
    is_told: bool  # there is one already


@dataclass(frozen=True, slots=True)
class DisconnectPage:
    """What stops then."""

    section: str
    id: ConnectionId
    name: str
    is_live: bool
    under_way: int


async def show_key(http: web.Request) -> web.Response:
    """The empty form, once they have proved who they are, so that nothing typed is lost over it."""
    must_be_proved(staff(http), http.app[CONTEXT].now())
    return await _key_page(http, Form())


async def give_key(http: web.Request) -> web.Response:
    """It is taken down; the page then says what the processor answers."""
    form, by = read_form(http, *_SECRETS), staff(http)
    try:
        await connect_processor(
            http.app[CONTEXT],
            by.account_id,
            key=form.text("key"),
            webhook_secret=form.text("webhook_secret") or None,
            by=by,
        )
    except Invalid as refusal:
        return await _key_page(http, _without_secrets(form.refused(refusal, http[SAY])), status=422)
    raise see(http, "payments", saved="key")


async def show_secret(http: web.Request) -> web.Response:
    """What to do at the processor, and the empty form."""
    must_be_proved(staff(http), http.app[CONTEXT].now())
    return await _secret_page(http, Form())


async def give_secret(http: web.Request) -> web.Response:
    """From now on it signs."""
    form, which = read_form(http, "webhook_secret"), _which(http)
    try:
        await set_signing_secret(http.app[CONTEXT], which, form.text("webhook_secret"), by=staff(http))
    except Invalid as refusal:
        return await _secret_page(http, _without_secrets(form.refused(refusal, http[SAY])), status=422)
    except Conflict:
        raise see(http, "payments", saved="nothing") from None
    raise see(http, "payments", saved="secret")


async def show_disconnect(http: web.Request) -> web.Response:
    """What will stop."""
    ctx, by = http.app[CONTEXT], staff(http)
    must_be_proved(by, ctx.now())
    connection = await _find(http)
    under_way = (await show_payments(ctx, by=by)).under_way
    name = connection.processor_name or connection.key_hint
    is_live = connection.state is ConnectionState.LIVE
    page = DisconnectPage(SECTION, connection.id, name, is_live, under_way)
    return render(http, "desk/payments_disconnect.html", page)


async def disconnect(http: web.Request) -> web.Response:
    """At once."""
    read_form(http)
    try:
        await disconnect_processor(http.app[CONTEXT], _which(http), by=staff(http))
    except Conflict:
        raise see(http, "payments", saved="nothing") from None
    raise see(http, "payments")  # which says so


def _which(http: web.Request) -> ConnectionId:
    return parse_id(ConnectionId, http.match_info["connection_id"])


async def _find(http: web.Request) -> Connection:
    """The connection of the path while it is there; raises `NotFound`, 303 where it has ended."""
    connection = await show_connection(http.app[CONTEXT], _which(http), by=staff(http))
    if connection.state is ConnectionState.ENDED:
        raise see(http, "payments", saved="nothing")
    return connection


def _without_secrets(form: Form) -> Form:
    for name in _SECRETS:
        form = form.without(name)
    return form


async def _key_page(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    standing = await show_payments(http.app[CONTEXT], by=staff(http))
    live = standing.live
    page = KeyPage(
        section=SECTION,
        form=form,
        lines=permission_lines(http[SAY]),
        instead_of=(live.processor_name or live.key_hint) if live else "",
        under_way=standing.under_way,
    )
    return render(http, "desk/payments_key.html", page, status=status)


async def _secret_page(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    connection = await _find(http)
    standing = await show_payments(http.app[CONTEXT], by=staff(http))
    page = SecretPage(
        section=SECTION,
        form=form,
        id=connection.id,
        hook=http.app[CONTEXT].addresses.processor_hook(standing.account),
        kinds=http.app[SETTINGS].processor_kinds,
        is_told=connection.webhook_secret is not None,
    )
    return render(http, "desk/payments_secret.html", page, status=status)
