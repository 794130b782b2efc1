"""The inbox's filters: plain parameters of its address, so that a link keeps what somebody looks at."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TypeVar

from billing.errors import Invalid, NotFound
from billing.ids import HelpdeskId, RequestId, StaffId, parse_id
from billing.money import Currency, Money
from billing.policy import can_decide
from billing.ports import InboxQuery, RequestFilter
from billing.records import Staff
from billing.requests import Inbox
from billing.states import RequestKind
from locales.texts import label
from locales.translator import N_, Translator
from portal.amounts import read_amount
from portal.forms import Form

ME, NOBODY = "me", "nobody"
FIELDS = ("kind", "age", "least", "most", "helpdesk", "assignee")
_AGES = {"1": N_("Older than a day"), "3": N_("Older than 3 days"), "7": N_("Older than a week")}
_Choice = TypeVar("_Choice", bound=StrEnum)

Options = tuple[tuple[str, str], ...]  # value and label


@dataclass(frozen=True, slots=True)
class Filters:
    """The form above the list: what is chosen in it, and what can be."""

    form: Form
    which: str
    kinds: Options
    ages: Options
    helpdesks: Options
    assignees: Options
    is_narrow: bool  # something is chosen


def read_filters(given: Mapping[str, str]) -> Form:
    """What an address says, as the form's own text."""
    return Form({name: given[name] for name in FIELDS if given.get(name, "").strip()})


def read_query(given: Mapping[str, str], *, me: StaffId, currency: Currency, now: datetime) -> InboxQuery:
    """What to ask for; raises `NotFound` for what no form of ours offers, `Invalid` (least, most)."""
    form, assignee = read_filters(given), given.get("assignee", "")
    return InboxQuery(
        which=_member(RequestFilter, given.get("which", "")) or RequestFilter.WAITING,
        kind=_member(RequestKind, form.text("kind")),
        asked_before=_asked_before(form.text("age"), now),
        least=_amount(form, "least", currency),
        most=_amount(form, "most", currency),
        helpdesk_id=parse_id(HelpdeskId, form.text("helpdesk")) if form.text("helpdesk") else None,
        assignee_id=_assignee(assignee, me),
        unassigned=assignee == NOBODY,
        after=_place(given.get("after", "")),
    )


def query_of(given: Mapping[str, str], **changes: str) -> dict[str, str]:
    """The address's parameters that filter, without the empty ones, and with these changed."""
    kept = {name: given.get(name, "").strip() for name in ("which", *FIELDS)}
    return {name: value for name, value in {**kept, **changes}.items() if value}


def place_words(place: tuple[datetime, RequestId]) -> str:
    """Where the next page begins, as an address carries it."""
    return f"{place[0].isoformat()}_{place[1].hex}"


def make_filters(form: Form, inbox: Inbox, say: Translator) -> Filters:
    """With everybody who may have a ticket, and the reader first."""
    return Filters(
        form=form,
        which=inbox.query.which.value,
        kinds=tuple((kind.value, label(kind, say)) for kind in RequestKind),
        ages=tuple((days, say.text(words)) for days, words in _AGES.items()),
        helpdesks=tuple((each.id.hex, each.name) for each in inbox.helpdesks),
        assignees=(
            (ME, say.text(N_("Mine"))),
            (NOBODY, say.text(N_("Nobody's"))),
            *((each.id.hex, each.name) for each in inbox.team if can_decide(each)),
        ),
        is_narrow=bool(form.typed),
    )


def name_of(team: tuple[Staff, ...], staff_id: StaffId | None) -> str:
    """Whose it is, or empty."""
    return next((each.name for each in team if each.id == staff_id), "")


def _member(kind: type[_Choice], text: str) -> _Choice | None:
    try:
        return kind(text) if text else None
    except ValueError:
        raise NotFound from None


def _asked_before(days: str, now: datetime) -> datetime | None:
    if not days:
        return None
    if days not in _AGES:
        raise NotFound
    return now - timedelta(days=int(days))


def _amount(form: Form, field: str, currency: Currency) -> Money | None:
    return read_amount(field, form.text(field), currency)


def _assignee(text: str, me: StaffId) -> StaffId | None:
    if text == ME:
        return me
    return parse_id(StaffId, text) if text and text != NOBODY else None


def _place(text: str) -> tuple[datetime, RequestId] | None:
    if not text:
        return None
    at, _, request_id = text.partition("_")
    try:
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise NotFound
        return moment.astimezone(UTC), parse_id(RequestId, request_id)
    except (ValueError, OverflowError):
        raise NotFound from None


def without(given: Mapping[str, str], refusal: Invalid) -> dict[str, str]:
    """The parameters without what could not be read."""
    return {name: value for name, value in given.items() if name != refusal.field}
