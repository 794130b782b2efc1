"""A request's page, and the decisions made on it."""

import asyncio

import pytest

from billing.actors import StaffActor, SystemActor, Via
from billing.deciding import approve_request, deny_request
from billing.ids import RequestId
from billing.operations import begin_try, record_outcome
from billing.processor import Outcome, ProcessorAnswer
from billing.records import Request
from billing.states import RequestState
from tests.portal.site import Browser, Site


def page_of(request: Request) -> str:
    return f"/acme/desk/requests/{request.id.hex}"


async def state_of(site: Site, request_id: RequestId) -> RequestState:
    async with site.ctx.read(site.acme.account.id) as work:
        return (await work.requests.get(request_id)).state


async def decide(browser: Browser, request: Request, deed: str, **fields: str) -> tuple[int, str]:
    answer = await browser.submit(page_of(request), f"{page_of(request)}/{deed}", **fields)
    return answer.status, answer.words


async def test_the_page_says_all_that_a_decision_needs(site: Site) -> None:
    request = await site.refund(message="I <i>meant</i> the other one")
    shown = await (await site.staff("dana")).get(page_of(request))
    for words in (
        "Refund of $59.00",
        request.reference,
        "Watercolour course",
        "Alice Ames",
        "alice@buyer.example",
        "40107225",
        "It is not what I expected",
        "I <i>meant</i> the other one",
        "Within the refund period of 30 days",
        "Set to Manual, so a person decides.",
        "0 in the 12 months before",
        "$59.00 goes back to Alice Ames, the way it was paid.",
    ):
        assert words in shown.words
    assert "<i>meant" not in shown.text


async def test_a_cancellation_says_what_ends_when(site: Site) -> None:
    request = await site.cancel()
    words = (await (await site.staff("dana")).get(page_of(request))).words
    assert "Painters' club" in words
    assert "The subscription ends with the period that is paid for, on Dec 19, 2026." in words


async def test_approval_is_carried_on_with_the_message(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    assert (await decide(dana, request, "approve", message="With pleasure"))[0] == 303
    shown = (await dana.get(page_of(request))).words
    assert "Approved" in shown
    assert "With pleasure" in shown
    assert "Your decision" not in shown


async def test_denial_needs_words_to_the_customer(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    answer = await dana.submit(page_of(request), f"{page_of(request)}/deny", answer="  ")
    assert answer.status == 422
    assert "Please fill this in." in answer.words
    assert 'id="deny" open' in answer.text
    assert await state_of(site, request.id) is RequestState.PENDING


async def test_a_message_that_is_too_long_is_kept(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    answer = await dana.submit(page_of(request), f"{page_of(request)}/approve", message="long " * 700)
    assert answer.status == 422
    assert "at most 3,000 characters" in answer.words
    assert "long long" in answer.text
    assert 'id="approve" open' in answer.text


async def test_denial_is_told_as_it_was_written(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    assert (await decide(dana, request, "deny", answer="You <b>used</b> it\nfor a year."))[0] == 303
    shown = await dana.get(page_of(request))
    assert "You <b>used</b> it for a year." in shown.words
    assert "<b>used" not in shown.text
    assert await state_of(site, request.id) is RequestState.DENIED


@pytest.mark.parametrize(
    ("who", "seen", "decided"),
    [("dana", 200, 303), ("erin", 200, 303), ("frank", 200, 403), ("grace", 200, 403)],
)
async def test_who_may_decide(site: Site, who: str, seen: int, decided: int) -> None:
    request, browser = await site.refund(), await site.staff(who)
    assert (await browser.get(page_of(request))).status == seen
    assert (await decide(browser, request, "approve"))[0] == decided
    assert (await state_of(site, request.id) is RequestState.PENDING) is (decided == 403)


async def test_nobody_decides_signed_out(site: Site) -> None:
    request, browser = await site.refund(), site.browser()
    fields = await browser.hidden("/acme/desk/sign-in")
    answer = await browser.post(f"{page_of(request)}/approve", fields)
    assert (answer.status, answer.location) == (303, "/acme/desk/sign-in")
    assert await state_of(site, request.id) is RequestState.PENDING


async def test_a_wrong_method_is_refused(site: Site) -> None:
    request, dana = await site.refund(), await site.staff("dana")
    assert (await dana.get(f"{page_of(request)}/approve")).status == 405
    assert (await dana.post(page_of(request), {})).status == 405


async def test_the_loser_is_told_who_won_and_when(site: Site) -> None:
    request, dana = await site.refund(), await site.staff("dana")
    erin = site.acme.staff["erin"]
    fields = await dana.hidden(page_of(request))
    by = StaffActor(site.acme.account.id, erin.id, Via.SLACK, "T1/U1", "trace")
    await deny_request(site.ctx, request.id, by=by, answer="No")
    answer = await dana.post(f"{page_of(request)}/approve", fields)
    assert answer.status == 409
    assert "Erin already answered this on Nov 20, 2026, 10:30 AM EST: Denied." in answer.words
    assert await state_of(site, request.id) is RequestState.DENIED


async def test_of_ten_deciders_one_wins(site: Site) -> None:
    request = await site.refund()
    dana, erin = await site.staff("dana"), await site.staff("erin")
    hidden = [await browser.hidden(page_of(request)) for browser in (dana, erin)]
    answers = await asyncio.gather(
        *[
            browser.post(f"{page_of(request)}/{deed}", {**fields, name: "No"})
            for browser, fields in zip((dana, erin), hidden, strict=True)
            for deed, name in [("approve", "message"), ("deny", "answer")] * 2 + [("approve", "message")]
        ]
    )
    statuses = sorted(answer.status for answer in answers)
    assert statuses[0] == 303
    # Nobody else: told who was first, or, on a machine that is busy for a second, to try again.
    assert set(statuses[1:]) <= {409, 503}
    assert await state_of(site, request.id) in {RequestState.APPROVED, RequestState.DENIED}


async def test_a_failed_request_is_tried_again(site: Site) -> None:
    request, dana = await site.refund(), await site.staff("dana")
    await fail(site, request)
    shown = (await dana.get(page_of(request))).words
    assert "Failed" in shown
    assert "The merchant's balance at the payment processor was too low." in shown
    assert (await decide(dana, request, "retry"))[0] == 303
    assert await state_of(site, request.id) is RequestState.APPROVED
    assert (await decide(dana, request, "retry"))[0] == 409


async def fail(site: Site, request: Request) -> None:
    """Approves it, and lets the processor refuse."""
    erin = site.acme.staff["erin"]
    account_id = site.acme.account.id
    await approve_request(site.ctx, request.id, by=StaffActor(account_id, erin.id, Via.WEB, "", "trace"))
    async with site.ctx.read(account_id) as work:
        operation = await work.operations.find_latest(request.id)
    assert operation is not None
    by = SystemActor(account_id, "relay", "trace")
    await begin_try(site.ctx, operation.id, by=by)
    refused = ProcessorAnswer(Outcome.FAILED, failure="insufficient_funds")
    await record_outcome(site.ctx, operation.id, refused, by=by)
