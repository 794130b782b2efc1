"""Payments in the desk: the processor that is connected, what its key may do, and how that goes."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing.errors import Conflict
from billing.ids import ConnectionId, parse_id
from billing.processing.connecting import REQUIRED, check_again, is_from_settings
from billing.processing.records import Connection, EventCount, SyncMark
from billing.processing.standing import PaymentsStanding, show_payments
from billing.processing.walking import Stage
from billing.states import ConnectionEnd, ConnectionState, Permission, Role
from billing.versions import version_of
from locales.labels import label
from locales.processor_words import PERMISSION_WORDS, connection_ended, problem_sentence
from locales.translator import N_, Translator
from portal.forms import read_form
from portal.keys import CONTEXT, SAY, SETTINGS, VISITOR
from portal.live import stream_versions
from portal.render import render, see
from portal.session import staff

SECTION = "payments"
_SAVED: Mapping[str, str] = {
    "key": N_("The key is kept. The processor is asked what it may do."),
    "check": N_("The processor is asked once more."),
    "secret": N_("The signing secret is kept. Events are taken in from now on."),
    "nothing": N_("Nothing like that is connected any more."),
}


@dataclass(frozen=True, slots=True)
class PermissionLine:
    """What a key must be allowed to do; `off`: what is switched off for want of it, or empty."""

    resource: str
    level: str
    purpose: str
    off: str
    is_missing: bool


@dataclass(frozen=True, slots=True)
class ConnectionCard:
    """One connection. `problem`: why it was refused, or empty; `needed`: what it must be allowed and is not.

    `off`: what is switched off for want of a permission. `is_told`: events are signed by a secret we know.
    """

    id: ConnectionId
    key_hint: str
    name: str
    account: str
    mode: str
    is_test: bool
    is_checking: bool
    is_from_settings: bool
    since: datetime
    problem: str
    needed: tuple[PermissionLine, ...]
    off: tuple[str, ...]
    lines: tuple[PermissionLine, ...]
    is_told: bool
    is_our_endpoint: bool


@dataclass(frozen=True, slots=True)
class PaymentsPage:
    """`lost`: why nothing is connected any more, or empty; `is_meant`: because somebody disconnected it."""

    section: str
    live: ConnectionCard | None
    coming: ConnectionCard | None
    lost: str
    is_meant: bool
    is_owner: bool
    may_change: bool
    hook: str
    kinds: tuple[str, ...]
    events: tuple[EventCount, ...]
    heard: EventCount | None  # the newest
    standing: PaymentsStanding
    lines: tuple[PermissionLine, ...]
    walked: tuple[tuple[str, SyncMark], ...]  # how far the last look through each list came
    version: str
    saved: str


async def show(http: web.Request) -> web.Response:
    """As it is."""
    say, who = http[SAY], http[VISITOR].staff
    standing = await show_payments(http.app[CONTEXT], by=staff(http))
    is_owner = who is not None and who.role is Role.OWNER
    last = standing.last
    page = PaymentsPage(
        section=SECTION,
        live=_card(standing.live, say) if standing.live else None,
        coming=_card(standing.coming, say) if standing.coming else None,
        lost=_lost(standing, say),
        is_meant=last is not None and last.ended_why is ConnectionEnd.DISCONNECTED,
        is_owner=is_owner,
        may_change=is_owner and not _is_set_by_server(standing),
        hook=http.app[CONTEXT].addresses.processor_hook(standing.account),
        kinds=http.app[SETTINGS].processor_kinds,
        events=tuple(standing.events),
        heard=max(standing.events, key=lambda each: each.last_at, default=None),
        standing=standing,
        lines=permission_lines(say),
        walked=_walked(standing, say),
        version=_version(standing),
        saved=say.text(_SAVED[saved]) if (saved := http.query.get("saved", "")) in _SAVED else "",
    )
    return render(http, "desk/payments.html", page)


async def events(http: web.Request) -> web.StreamResponse:
    """Says when the processor has answered, or the connection has changed otherwise."""
    ctx, by = http.app[CONTEXT], staff(http)

    async def look() -> str:
        return _version(await show_payments(ctx, by=by))

    await look()
    return await stream_versions(http, look)


async def check(http: web.Request) -> web.Response:
    """The processor is asked once more, with the key that we have."""
    read_form(http)
    which = parse_id(ConnectionId, http.match_info["connection_id"])
    try:
        await check_again(http.app[CONTEXT], which, by=staff(http))
    except Conflict:
        raise see(http, "payments", saved="nothing") from None
    raise see(http, "payments", saved="check")


def _walked(standing: PaymentsStanding, say: Translator) -> tuple[tuple[str, SyncMark], ...]:
    """In the order in which the lists are walked."""
    marks = {mark.what: mark for mark in standing.sync.marks} if standing.sync else {}
    return tuple((label(stage, say), marks[stage]) for stage in Stage if stage in marks)


def permission_lines(say: Translator, missing: Collection[Permission] = ()) -> tuple[PermissionLine, ...]:
    """All that a key should be allowed to do: first what is needed, then what switches something on."""
    others = [each for each in PERMISSION_WORDS if each not in REQUIRED]
    return tuple(_line(each, missing, say) for each in (*REQUIRED, *others))


def _line(permission: Permission, missing: Collection[Permission], say: Translator) -> PermissionLine:
    words = PERMISSION_WORDS[permission]
    return PermissionLine(
        resource=words.resource,
        level=say.text(N_("Write")) if words.is_write else say.text(N_("Read")),
        purpose=say.text(words.purpose),
        off=say.text(words.without) if words.without else "",
        is_missing=permission in missing,
    )


def _card(connection: Connection, say: Translator) -> ConnectionCard:
    is_test = "_test_" in connection.key_hint
    is_refused = connection.state is ConnectionState.REFUSED
    lines = permission_lines(say, connection.missing)
    missing = [each for each in lines if each.is_missing]
    return ConnectionCard(
        id=connection.id,
        key_hint=connection.key_hint,
        name=connection.processor_name,
        account=connection.processor_account,
        mode=say.text(N_("Test mode")) if is_test else say.text(N_("Live mode")),
        is_test=is_test,
        is_checking=connection.state is ConnectionState.CHECKING,
        is_from_settings=is_from_settings(connection),
        since=connection.checked_at or connection.asked_at,
        problem=problem_sentence(connection.problem, connection.processor_account, say) if is_refused else "",
        needed=tuple(each for each in missing if not each.off),
        off=tuple(dict.fromkeys(each.off for each in missing if each.off)),
        lines=lines,
        is_told=connection.webhook_secret is not None,
        is_our_endpoint=bool(connection.webhook_id),
    )


def _is_set_by_server(standing: PaymentsStanding) -> bool:
    return any(is_from_settings(each) for each in (standing.live, standing.coming) if each is not None)


def _lost(standing: PaymentsStanding, say: Translator) -> str:
    last = standing.last
    if standing.live is not None or last is None or last.ended_why is None:
        return ""
    return connection_ended(last.ended_why, last.processor_name, last.key_hint, say)


def _version(standing: PaymentsStanding) -> str:
    """Changes with what the connections are; counts of events need not be watched."""
    return version_of([(each.id, each) for each in (standing.live, standing.coming, standing.last) if each])
