"""Putting a request off at the desk, and what the inbox says of time."""

from billing.records import Request
from tests.portal.site import Browser, Site

DESK = "/acme/desk"


def deed_of(request: Request, name: str) -> str:
    assert request.ticket_id is not None
    return f"{DESK}/tickets/{request.ticket_id.hex}/{name}"


def page_of(request: Request) -> str:
    return f"{DESK}/requests/{request.id.hex}"


async def snooze(dana: Browser, request: Request, **typed: str) -> tuple[int, str]:
    answer = await dana.submit(page_of(request), deed_of(request, "snooze"), **typed)
    return answer.status, answer.text


async def test_a_request_is_put_off_and_woken(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    assert "Put it off" in (await dana.get(page_of(request))).words
    assert (await snooze(dana, request, snooze="next_week", until=""))[0] == 303
    shown = await dana.get(page_of(request))
    assert "Snoozed until Nov 23, 2026, 9:00 AM EST" in shown.words
    assert "Dana snoozed this until Nov 23, 2026" in shown.words
    assert "Snoozed until Nov 23, 2026" in (await dana.get(DESK)).words
    answer = await dana.submit(page_of(request), deed_of(request, "wake"))
    assert answer.status == 303
    assert "Snoozed until" not in (await dana.get(DESK)).words
    assert "Dana ended the snooze." in (await dana.get(page_of(request))).words


async def test_a_day_that_cannot_be_is_said_beside_its_field(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    for typed, said in (
        ("2020-01-01", "Please choose a time ahead, within the next 60 days."),
        ("2199-01-01", "Please choose a time ahead, within the next 60 days."),
        ("soon", "Please enter a date."),
    ):
        status, text = await snooze(dana, request, snooze="tomorrow", until=typed)
        assert status == 422
        assert said in text
        assert f'value="{typed}"' in text
        assert 'aria-invalid="true" autofocus' in text
    status, text = await snooze(dana, request, snooze="", until="")
    assert (status, "Please choose one of these." in text) == (422, True)
    assert (await dana.post(deed_of(request, "snooze"), {"snooze": "for-ever"})).status in {400, 403}


async def test_the_inbox_says_what_is_overdue(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    assert "Answer by" in (await dana.get(page_of(request))).words
    assert "Overdue" not in (await dana.get(DESK)).words
    site.clock.turn(days=4)
    dana = await site.staff("dana")
    assert "Overdue since" in (await dana.get(DESK)).words
    assert "Overdue" in (await dana.get(page_of(request))).words
