"""Working hours: when a helpdesk is open, when it opens next, and by when an answer is promised."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.hours import Hours, default_hours, due_at, is_open, next_moment, next_open, wall_time
from billing.ids import AccountId, HelpdeskId, new_id

USUAL = default_hours(new_id(AccountId), new_id(HelpdeskId))
NEW_YORK, BERLIN = ZoneInfo("America/New_York"), ZoneInfo("Europe/Berlin")
ZONES = [*map(ZoneInfo, ("Etc/UTC", "Asia/Kathmandu", "Australia/Lord_Howe", "America/Santiago")), NEW_YORK]
START = datetime(2010, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(0, 25 * 365 * 86_400).map(lambda seconds: START + timedelta(seconds=seconds))


@st.composite
def some_hours(draw: st.DrawFn) -> Hours:
    days = draw(st.sets(st.integers(1, 7), min_size=1))
    opens = draw(st.integers(0, 1439))
    closes = draw(st.integers(opens + 1, 1440))
    answer = draw(st.integers(1, 720))
    return Hours(USUAL.account_id, USUAL.helpdesk_id, tuple(sorted(days)), opens, closes, answer, None)


@given(hours=some_hours(), zone=st.sampled_from(ZONES), at=MOMENTS)
def test_the_next_opening_is_open_and_not_before(hours: Hours, zone: ZoneInfo, at: datetime) -> None:
    found = next_open(hours, zone, at)
    assert at <= found < at + timedelta(days=15)
    assert next_open(hours, zone, found) == found
    shown = found.astimezone(zone)
    assert shown.isoweekday() in hours.days
    if found > at:
        # It opens then: a moment earlier it was closed.
        assert not is_open(hours, zone, found - timedelta(seconds=1))


@given(hours=some_hours(), zone=st.sampled_from(ZONES), at=MOMENTS, later=st.integers(0, 10**6))
def test_who_asks_later_is_not_due_earlier(hours: Hours, zone: ZoneInfo, at: datetime, later: int) -> None:
    due = due_at(hours, zone, at)
    assert due >= at + timedelta(hours=hours.answer_hours)
    assert is_open(hours, zone, due)
    assert due_at(hours, zone, at + timedelta(seconds=later)) >= due


@pytest.mark.parametrize(
    ("asked", "due"),
    [
        ("2026-11-18T10:00", "2026-11-19T10:00"),  # a Wednesday
        ("2026-11-18T20:00", "2026-11-20T09:00"),  # Thursday evening is closed
        ("2026-11-20T10:00", "2026-11-23T09:00"),  # Saturday is free
        ("2026-11-19T17:59", "2026-11-20T17:59"),
        ("2026-11-19T18:00", "2026-11-23T09:00"),  # it closes at six sharp
    ],
)
def test_an_answer_is_due_within_working_hours(asked: str, due: str) -> None:
    at = datetime.fromisoformat(asked).replace(tzinfo=BERLIN)
    assert due_at(USUAL, BERLIN, at) == datetime.fromisoformat(due).replace(tzinfo=BERLIN)


def test_working_hours_follow_the_clock_on_the_wall() -> None:
    winter = next_open(
        USUAL, NEW_YORK, datetime(2026, 3, 6, 23, tzinfo=UTC)
    )  # a Friday; summer time on Sunday
    assert winter == datetime(2026, 3, 9, 13, tzinfo=UTC)
    assert next_open(USUAL, NEW_YORK, datetime(2026, 3, 6, 12, tzinfo=UTC)).hour == 14


def test_an_opening_that_the_clock_skips_is_when_it_was_put_forward() -> None:
    assert wall_time(NEW_YORK, date(2026, 3, 8), 150) == datetime(2026, 3, 8, 7, tzinfo=UTC)


def test_an_opening_that_the_clock_shows_twice_is_the_first() -> None:
    assert wall_time(NEW_YORK, date(2026, 11, 1), 90) == datetime(2026, 11, 1, 5, 30, tzinfo=UTC)


def test_a_helpdesk_that_never_closes_is_always_open() -> None:
    always = Hours(USUAL.account_id, USUAL.helpdesk_id, tuple(range(1, 8)), 0, 1440, 1, None)
    for hour in range(24 * 7):
        assert is_open(always, BERLIN, datetime(2026, 3, 26, tzinfo=UTC) + timedelta(hours=hour))


def test_the_next_digest_is_on_a_working_day() -> None:
    friday = datetime(2026, 11, 20, 9, tzinfo=BERLIN)
    assert next_moment(USUAL, BERLIN, friday, 9 * 60) == datetime(2026, 11, 23, 9, tzinfo=BERLIN)
    assert next_moment(USUAL, BERLIN, friday - timedelta(seconds=1), 9 * 60) == friday
