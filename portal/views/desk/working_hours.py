"""A helpdesk's working hours: days, from when to when, how soon it answers, and its daily digest."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from aiohttp import web

from billing.errors import Invalid, Stale
from billing.helpdesks import HelpdeskSetup
from billing.hours import MIDNIGHT, Hours
from billing.versions import version_of
from billing.working_hours import set_hours, show_hours
from locales.translator import N_, Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.desk.meanwhile import Differences, find_differences
from portal.views.desk.surface_form import YES
from portal.views.desk.wizard import SECTION, find_setup

_DAYS: Mapping[str, int] = {f"day{day}": day for day in range(1, 8)}
_FIELDS = ("opens", "closes", "answer_hours", "digest", "digest_at")
_WALL = re.compile(r"([01]?[0-9]|2[0-3]):([0-5][0-9])(?::00)?")
_NO_NUMBER = -1


@dataclass(frozen=True, slots=True)
class HoursPage:
    """The form; `days` are pairs of field and name of a day, Monday first."""

    section: str
    setup: HelpdeskSetup
    zone: str
    days: tuple[tuple[str, str], ...]
    form: Form
    seen: str
    stale: Differences | None
    saved: str


async def show(http: web.Request) -> web.Response:
    """As they are, or as they usually are."""
    setup = await find_setup(http)
    hours = await show_hours(http.app[CONTEXT], setup.helpdesk.id, by=staff(http))
    return _page(http, setup, hours, Form(_typed(hours)))


async def save(http: web.Request) -> web.Response:
    """As typed; 409 with both values where somebody saved meanwhile."""
    form = read_form(http, "seen", *_DAYS, *_FIELDS)
    setup, ctx, by = await find_setup(http), http.app[CONTEXT], staff(http)
    before = await show_hours(ctx, setup.helpdesk.id, by=by)
    try:
        await set_hours(ctx, _read(form, before), by=by, seen=form.text("seen"))
    except Invalid as refusal:
        refused = form.refused(refusal, http[SAY])
        return _page(http, setup, before, refused, seen=form.text("seen"), status=422)
    except Stale:
        say, theirs = http[SAY], await show_hours(ctx, setup.helpdesk.id, by=by)
        stale = find_differences(form, _typed(theirs), _labels(say), partial(_said, say))
        if stale:
            return _page(http, setup, theirs, form, stale=stale, status=409)
    raise see(http, "helpdesk-hours", setup.helpdesk.id, saved="yes")


def _read(form: Form, before: Hours) -> Hours:
    """Raises `Invalid` for what is no time of day; all else the use case judges."""
    answer = form.text("answer_hours")
    closes = _minute(form, "closes")
    is_digest = form.text("digest") == YES
    return Hours(
        account_id=before.account_id,
        helpdesk_id=before.helpdesk_id,
        days=tuple(day for name, day in _DAYS.items() if form.text(name) == YES),
        opens=_minute(form, "opens"),
        closes=closes or MIDNIGHT,  # a day that ends at midnight
        answer_hours=int(answer) if answer.isascii() and answer.isdigit() and len(answer) < 6 else _NO_NUMBER,
        digest_at=_minute(form, "digest_at") if is_digest else None,
    )


def _minute(form: Form, name: str) -> int:
    if not form.text(name):
        raise Invalid(name, "missing")
    found = _WALL.fullmatch(form.text(name))
    if found is None:
        raise Invalid(name, "time-of-day", example="09:00")
    return int(found[1]) * 60 + int(found[2])


def _typed(hours: Hours) -> dict[str, str]:
    days = {name: YES if day in hours.days else "" for name, day in _DAYS.items()}
    return {
        **days,
        "opens": _wall(hours.opens),
        "closes": _wall(hours.closes),
        "answer_hours": str(hours.answer_hours),
        "digest": YES if hours.digest_at is not None else "",
        "digest_at": _wall(hours.opens if hours.digest_at is None else hours.digest_at),
    }


def _wall(minute: int) -> str:
    return f"{minute // 60 % 24:02}:{minute % 60:02}"


def _labels(say: Translator) -> dict[str, str]:
    return {
        **{name: say.weekday(day) for name, day in _DAYS.items()},
        "opens": say.text(N_("Opens")),
        "closes": say.text(N_("Closes")),
        "answer_hours": say.text(N_("Hours until an answer is due")),
        "digest": say.text(N_("Daily digest")),
        "digest_at": say.text(N_("Time of the digest")),
    }


def _said(say: Translator, name: str, value: str) -> str:
    is_choice = name == "digest" or name in _DAYS
    return say.text(N_("Yes") if value == YES else N_("No")) if is_choice else value


def _page(
    http: web.Request,
    setup: HelpdeskSetup,
    hours: Hours,
    form: Form,
    *,
    seen: str = "",
    stale: Differences | None = None,
    status: int = 200,
) -> web.Response:
    say = http[SAY]
    page = HoursPage(
        section=SECTION,
        setup=setup,
        zone=setup.account.time_zone,
        days=tuple((name, say.weekday(day)) for name, day in _DAYS.items()),
        form=form,
        seen=seen or version_of(hours),
        stale=stale,
        saved=say.text(N_("Saved.")) if http.query.get("saved") == "yes" else "",
    )
    return render(http, "desk/helpdesk_hours.html", page, status=status)
