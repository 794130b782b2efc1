"""Deciding at the desk beyond a plain yes and no: parts, two people, many at once, filters, the rules."""

import re
from dataclasses import replace
from datetime import timedelta

from billing.asking import withdraw_request
from billing.records import Request
from billing.states import RequestState, TicketState
from tests.portal.desk.test_requests import decide, fail, page_of, state_of
from tests.portal.merchant import sell_one
from tests.portal.site import Browser, Site

DESK = "/acme/desk"


async def set_rules(site: Site, *, two_above: int | None = None, bulk: int | None = None) -> None:
    """Without the page, whose test is below."""
    async with site.ctx.begin(site.acme.account.id) as work:
        account = await work.accounts.hold()
        changed = replace(account, two_people_above_minor=two_above, bulk_up_to_minor=bulk)
        await work.accounts.save(changed)


async def approved(site: Site, request: Request) -> tuple[RequestState, int | None]:
    async with site.ctx.read(site.acme.account.id) as work:
        found = await work.requests.get(request.id)
    return found.state, found.approved_amount.minor if found.approved_amount else None


async def test_a_part_is_approved_and_said_on_both_sides(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    shown = await dana.get(page_of(request))
    assert 'name="amount"' in shown.text
    assert 'value="59.00"' in shown.text
    assert "All of $59.00 that was asked for, or less." in shown.words
    assert (await decide(dana, request, "approve", amount="20,00", message=""))[0] == 303
    assert await approved(site, request) == (RequestState.APPROVED, 2000)
    words = (await dana.get(page_of(request))).words
    assert "Refund of $20.00 of the $59.00 asked for" in words
    assert "Approved of it $20.00" in words
    assert "Dana approved a refund of $20.00 of the $59.00 that was asked for." in words
    assert "Dana: Yes, $20.00" in words


async def test_an_amount_that_cannot_be_is_kept_with_its_reason(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    for typed, said in (
        ("59.01", "$59.01 is more than the $59.00 that can still be refunded."),
        ("0", "Please enter an amount"),
        ("1,000.00", "Please enter an amount"),
        ("much", "Please enter an amount"),
    ):
        answer = await dana.submit(page_of(request), f"{page_of(request)}/approve", amount=typed)
        assert answer.status == 422
        assert said in answer.words
        assert f'value="{typed}"' in answer.text
        assert 'id="approve" open' in answer.text
    assert await state_of(site, request.id) is RequestState.PENDING


async def test_a_failed_part_says_what_is_tried_again(site: Site) -> None:
    request, dana = await site.refund(), await site.staff("dana")
    await fail(site, request)
    assert "Try again to refund $59.00" in (await dana.get(page_of(request))).words


async def test_two_people_say_yes_one_after_the_other(site: Site) -> None:
    await set_rules(site, two_above=5000)
    dana, erin, request = await site.staff("dana"), await site.staff("erin"), await site.refund()
    row = await dana.get(DESK)
    assert "Say yes to $59.00, 1 of 2" in row.words
    answer = await decide(dana, request, "approve", amount="59.00", message="Gladly")
    assert answer[0] == 303
    assert await approved(site, request) == (RequestState.PENDING, 5900)
    own = await dana.get(page_of(request))
    assert "1 of 2: Dana said yes to $59.00 on Nov 20, 2026, 10:30" in own.words
    assert "Yours was the first." in own.words
    again = await decide(dana, request, "approve", amount="59.00")
    assert again[0] == 409
    assert "You said yes to $59.00 on Nov 20, 2026" in again[1]
    theirs = await erin.get(page_of(request))
    assert "Dana has said yes. Once you do too, $59.00 goes back to Alice Ames" in theirs.words
    assert "Gladly" in theirs.text
    assert "1 of 2: Dana said yes" in (await erin.get(DESK)).words
    assert (await decide(erin, request, "approve", amount="59.00", message="Gladly"))[0] == 303
    assert await approved(site, request) == (RequestState.APPROVED, 5900)


async def test_the_case_lists_payments_earlier_requests_and_who_has_it(site: Site) -> None:
    earlier = await site.refund()
    await withdraw_request(site.ctx, earlier.id, by=site.acme.customer_actor(site.alice))
    site.clock.turn(hours=1)
    request, dana = await site.refund(), await site.staff("dana")
    shown = await dana.get(page_of(request))
    assert f'href="{page_of(earlier)}"' in shown.text
    assert "1 in the 12 months before" in shown.words
    ticket = request.ticket_id
    assert ticket is not None
    frank = site.acme.staff["frank"].id.hex
    answer = await dana.submit(page_of(request), f"{DESK}/tickets/{ticket.hex}/assign", assignee=frank)
    assert (answer.status, answer.location) == (303, page_of(request))
    words = (await dana.get(page_of(request))).words
    assert "Assigned to Frank" in words
    assert "Dana gave the ticket to Frank." in words
    grace = site.acme.staff["grace"].id.hex
    assert (
        await dana.submit(page_of(request), f"{DESK}/tickets/{ticket.hex}/assign", assignee=grace)
    ).status == 422


async def test_the_customer_is_asked_and_notes_are_kept_from_the_page(site: Site) -> None:
    dana, request = await site.staff("dana"), await site.refund()
    path = page_of(request)
    assert (await dana.submit(path, f"{path}/ask", question="")).status == 422
    assert (await dana.submit(path, f"{path}/note", note="")).status == 422
    assert (await dana.submit(path, f"{path}/ask", question="Which one?")).status == 303
    assert (await dana.submit(path, f"{path}/note", note="Looks odd")).status == 303
    words = (await dana.get(path)).words
    assert "Dana wrote to the customer." in words
    assert "Which one?" in words
    assert "Looks odd" in words
    assert "Waiting for the customer" in (await dana.get(DESK)).words
    async with site.ctx.read(site.acme.account.id) as work:
        ticket = (await work.requests.get_view(request.id)).ticket
    assert ticket is not None
    assert ticket.state is TicketState.WAITING


async def test_filters_stand_in_the_address_and_narrow_the_list(site: Site) -> None:
    old = await site.refund(site.bob)
    site.clock.turn(days=2)
    new, cancel = await site.refund(), await site.cancel()
    dana = await site.staff("dana")
    assert old.ticket_id
    me = site.acme.staff["dana"].id.hex
    await dana.submit(page_of(old), f"{DESK}/tickets/{old.ticket_id.hex}/assign", assignee=me)

    async def listed(query: str) -> set[str]:
        return set(re.findall(r'id="row-(R-\w+)"', (await dana.get(f"{DESK}?{query}")).text))

    everything = {old.reference, new.reference, cancel.reference}
    assert await listed("") == everything
    assert await listed("kind=cancel") == {cancel.reference}
    assert await listed("age=1") == {old.reference}
    assert await listed("least=59&most=59.00") == {old.reference, new.reference}
    assert await listed("least=59.01") == set()
    assert await listed(f"helpdesk={site.acme.helpdesk.id.hex}") == everything
    assert await listed("assignee=me") == await listed(f"assignee={me}") == {old.reference}
    assert await listed("assignee=nobody&which=all") == {new.reference, cancel.reference}
    narrowed = await dana.get(f"{DESK}?kind=cancel&which=all")
    assert "All 1" in narrowed.words
    assert 'href="/acme/desk?kind=cancel"' in narrowed.text
    assert 'data-live="/acme/desk/events?which=all&amp;kind=cancel"' in narrowed.text
    wrong = await dana.get(f"{DESK}?least=lots&kind=cancel")
    assert wrong.status == 422
    assert 'value="lots"' in wrong.text
    assert "Please enter an amount" in wrong.words
    for odd in ("kind=x", "age=2", "helpdesk=1", "assignee=x", "after=x", "after=0001-01-01T00:00:00+14:00_"):
        assert (await dana.get(f"{DESK}?{odd}".replace("+", "%2B"))).status == 404


async def ask_for(site: Site, count: int) -> list[Request]:
    """So many refund requests of bob's, 59.00 each."""
    asked = []
    for number in range(count):
        payment = await sell_one(site.acme, site.bob, now=site.ctx.now(), order=50_000_000 + number)
        asked.append(await site.refund(replace(site.bob, payment=payment)))
    return asked


async def test_many_are_decided_together_after_a_summary(site: Site) -> None:
    await set_rules(site, bulk=5900, two_above=5900)
    first, second, late = await ask_for(site, 3)
    cancel = await site.cancel()
    dana, frank = await site.staff("dana"), await site.staff("frank")
    assert (await dana.get(DESK)).text.count('form="bulk"') == 4
    chosen = "&".join(f"request={each.id.hex}" for each in (first, second, late, cancel))
    shown = await dana.get(f"{DESK}/bulk?{chosen}")
    assert "4 requests would be decided" in shown.words
    assert "In all: $177.00" in shown.words
    assert "Within the refund period" in shown.words
    for_frank = (await frank.get(f"{DESK}/bulk?{chosen}")).words
    assert "1 request would be decided" in for_frank
    assert for_frank.count("This is above $25.00, which is as much as you may decide.") == 3
    fields = {**await dana.hidden(f"{DESK}/bulk?{chosen}"), "requests": shown_ids(shown.text)}
    await decide(dana, late, "deny", answer="No")
    answer = await dana.post(f"{DESK}/bulk/approve", fields)
    assert answer.status == 303
    told = await dana.get(answer.location)
    assert "4 of 4 decided by you" in told.words
    assert await approved(site, first) == (RequestState.APPROVED, 5900)
    assert await approved(site, late) == (RequestState.DENIED, None)
    assert "0 of 4 decided by you" in (await frank.get(answer.location)).words
    assert "Dana already answered this on" in (await frank.get(answer.location)).words


def shown_ids(text: str) -> str:
    found = re.search(r'name="requests" value="([0-9a-f ]+)"', text)
    assert found
    return found[1]


async def test_many_are_denied_with_the_same_words_and_left_out_with_a_reason(site: Site) -> None:
    dana, (first, second) = await site.staff("dana"), await ask_for(site, 2)
    page = f"{DESK}/bulk?request={first.id.hex}&request={second.id.hex}"
    assert "Nothing is decided together here" in (await dana.get(page)).words
    await set_rules(site, bulk=5899)
    assert "The amount is above what may be decided together." in (await dana.get(page)).words
    await set_rules(site, bulk=5900, two_above=100)
    assert "It takes two people, so it is decided by itself." in (await dana.get(page)).words
    assert 'form="bulk"' not in (await dana.get(DESK)).text
    await set_rules(site, bulk=5900)
    fields = {**await dana.hidden(page), "requests": shown_ids((await dana.get(page)).text)}
    assert (await dana.post(f"{DESK}/bulk/deny", {**fields, "answer": " "})).status == 422
    answer = await dana.post(f"{DESK}/bulk/deny", {**fields, "answer": "We are closed."})
    assert "2 of 2 decided by you" in (await dana.get(answer.location)).words
    assert await state_of(site, first.id) is await state_of(site, second.id) is RequestState.DENIED
    assert "Please choose one of these." in (await dana.get(f"{DESK}/bulk")).words
    heidi = await site.staff("heidi")
    theirs = await heidi.get(page.replace("acme", "other"))
    assert first.reference not in theirs.text
    assert "None of these can be decided together." in theirs.words


async def prove(site: Site, browser: Browser) -> None:
    """As the page that asks for it does, without waiting for it."""
    site.clock.turn(minutes=1)
    answer = await browser.submit(
        f"{DESK}/prove?next=/rules", f"{DESK}/prove", password="a long and quiet password", next="/rules"
    )
    assert answer.status == 303, answer.words
    assert answer.location == f"{DESK}/rules"


async def test_the_rules_are_set_by_a_proved_owner_and_nothing_is_lost(site: Site) -> None:
    dana, erin = await site.staff("dana"), await site.staff("erin")
    assert (await erin.get(f"{DESK}/rules")).status == 403
    site.clock.turn(minutes=6)
    assert (await dana.get(f"{DESK}/rules")).location.startswith(f"{DESK}/prove")
    await prove(site, dana)
    shown = await dana.get(f"{DESK}/rules")
    seen = re.search(r'name="seen" value="(\w+)"', shown.text)
    assert seen
    fields = {**await dana.hidden(f"{DESK}/rules"), "seen": seen[1]}
    wrong = await dana.post(f"{DESK}/rules", {**fields, "two_people_above": "x", "bulk_up_to": "5"})
    assert wrong.status == 422
    assert 'value="x"' in wrong.text
    typed = {"two_people_above": "100", "bulk_up_to": "25.50"}
    answer = await dana.post(f"{DESK}/rules", {**fields, **typed})
    assert (answer.status, answer.location) == (303, f"{DESK}/rules?saved=yes")
    saved = await dana.get(answer.location)
    assert 'value="100.00"' in saved.text
    stale = await dana.post(f"{DESK}/rules", {**fields, "two_people_above": "7", "bulk_up_to": "25.50"})
    assert stale.status == 409
    assert "Saved meanwhile 100.00 Yours 7" in stale.words
    async with site.ctx.read(site.acme.account.id) as work:
        account = await work.accounts.get()
    assert (account.two_people_above_minor, account.bulk_up_to_minor) == (10000, 2550)


async def test_requests_older_than_a_page_are_found(site: Site) -> None:
    asked = await ask_for(site, 2)
    after = f"{(asked[0].asked_at - timedelta(seconds=1)).isoformat()}_{asked[0].id.hex}"
    dana = await site.staff("dana")
    shown = await dana.get(f"{DESK}?after={after.replace('+', '%2B')}")
    assert asked[0].reference in shown.text
