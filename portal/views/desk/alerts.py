"""What people must look at about money: above the Inbox's list while it is open, and a page of all."""

from dataclasses import dataclass
from datetime import UTC, datetime

from aiohttp import web

from billing.errors import NotFound
from billing.ids import AlertId, parse_id
from billing.processing.alerts import close_alert, list_alerts, list_open_alerts
from billing.processing.records import Alert
from billing.rights import MANAGING
from billing.states import AlertKind
from locales.alert_words import alert_sentence
from locales.texts import label
from locales.translator import N_
from portal.forms import read_form
from portal.keys import CONTEXT, SAY, VISITOR
from portal.render import render, see, url_for
from portal.session import staff

FROM_INBOX = "inbox"


@dataclass(frozen=True, slots=True)
class AlertRow:
    """One alert; `address` leads to what it is about, empty where there is no page."""

    id: AlertId
    what: str
    sentence: str
    raised_at: datetime
    address: str
    leads_to: str
    may_close: bool
    closed: str  # by whom and when, or empty


@dataclass(frozen=True, slots=True)
class AlertsPart:
    """Above the Inbox's list; `version` changes with what is open."""

    rows: tuple[AlertRow, ...]
    has_more: bool
    version: str


@dataclass(frozen=True, slots=True)
class AlertsPage:
    """`older`: the address of the next page, or empty."""

    rows: tuple[AlertRow, ...]
    older: str
    is_first: bool
    section: str = "inbox"


async def alerts_above(http: web.Request) -> AlertsPart:
    """The newest open ones."""
    found = await list_open_alerts(http.app[CONTEXT], by=staff(http))
    version = " ".join(each.id.hex for each in found.alerts)
    return AlertsPart(tuple(_row(http, each) for each in found.alerts), found.has_more, version)


async def show(http: web.Request) -> web.Response:
    """All of them, newest first."""
    before = _place(http.query.get("before", ""))
    found = await list_alerts(http.app[CONTEXT], before, by=staff(http))
    older = ""
    if found.older is not None:
        at, last = found.older
        older = url_for(http, "alerts", before=f"{at.isoformat()}~{last.hex}")
    rows = tuple(_row(http, each) for each in found.alerts)
    return render(http, "desk/alerts.html", AlertsPage(rows, older, is_first=before is None))


async def close(http: web.Request) -> web.Response:
    """Somebody has looked at it."""
    form = read_form(http, "from")
    alert_id = parse_id(AlertId, http.match_info["alert_id"])
    await close_alert(http.app[CONTEXT], alert_id, by=staff(http))
    raise see(http, "home" if form.text("from") == FROM_INBOX else "alerts")


def _row(http: web.Request, alert: Alert) -> AlertRow:
    say, member = http[SAY], http[VISITOR].staff
    address, leads_to = _link(http, alert)
    closed = ""
    if alert.closed_at is not None and alert.closed_by_name:
        by_whom = N_("{who} looked at it on {when}.")
        closed = say.text(by_whom, who=alert.closed_by_name, when=alert.closed_at)
    elif alert.closed_at is not None:
        closed = say.text(N_("It settled by itself on {when}."), when=alert.closed_at)
    return AlertRow(
        id=alert.id,
        what=label(alert.kind, say),
        sentence=alert_sentence(alert, say),
        raised_at=alert.raised_at,
        address=address,
        leads_to=leads_to,
        may_close=alert.closed_at is None and member is not None and member.role in MANAGING,
        closed=closed,
    )


def _link(http: web.Request, alert: Alert) -> tuple[str, str]:
    say, facts = http[SAY], alert.facts
    if facts.get("request"):
        return url_for(http, "request", str(facts["request"])), say.text(N_("See the request"))
    if facts.get("customer"):
        return url_for(http, "customer", str(facts["customer"])), say.text(N_("See the customer's payments"))
    if alert.kind is AlertKind.CONNECTION_LOST:
        return url_for(http, "payments"), say.text(N_("Give a new key"))
    return "", ""


def _place(text: str) -> tuple[datetime, AlertId] | None:
    """Where a page begins, as an address of ours says it; raises `NotFound` for any other."""
    if not text:
        return None
    at, _, last = text.partition("~")
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise NotFound
        return moment.astimezone(UTC), parse_id(AlertId, last)
    except (ValueError, OverflowError):  # PostgreSQL takes no moment that is outside of time in UTC
        raise NotFound from None
