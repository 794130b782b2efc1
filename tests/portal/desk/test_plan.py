"""The plan at the desk: what each includes, a change, and the two ways out of what stops a downgrade."""

from dataclasses import replace

from billing.ids import StaffId, new_id
from billing.states import Handling, PlanName, Surface
from tests.portal.site import Browser, Site, found

PLAN = "/acme/desk/plan"


async def take(browser: Browser, plan: str):
    """Opens the page and chooses this one."""
    text = (await browser.get(PLAN)).text
    hidden = {name: found(text, rf'name="{name}" value="([^"]+)"') for name in ("csrf", "once", "seen")}
    return await browser.post(PLAN, hidden | {"plan": plan})


async def test_owners_change_it_and_managers_read_it(site: Site) -> None:
    dana, erin = await site.staff("dana"), await site.staff("erin")
    shown = await erin.get(PLAN)
    assert "Your plan is Growth." in shown.words
    assert "Only an owner can change the plan." in shown.words
    assert 'aria-current="true">Growth' in shown.text
    assert (await erin.post(PLAN, await erin.hidden(PLAN) | {"plan": "enterprise"})).status == 403
    answer = await take(dana, "enterprise")
    assert answer.status == 303
    assert "Your plan is Enterprise now." in (await dana.get(answer.location)).words


async def test_a_refused_downgrade_names_both_ways_out(site: Site) -> None:
    dana = await site.staff("dana")
    account = site.acme.account
    async with site.ctx.begin(account.id) as work:
        portal = await work.helpdesks.get_self_billing(Surface.PORTAL, None)
        desk_id = site.acme.helpdesk.id
        manual = replace(portal, refund=Handling.MANUAL, ticket_helpdesk_id=desk_id)
        await work.helpdesks.put_self_billing(manual)
    answer = await take(dana, "starter")
    assert answer.status == 409
    assert "Starter cannot be taken yet. Nothing was changed." in answer.words
    assert "Billing portal : refund is Manual." in answer.words
    assert "Support : refund and cancel are Manual." in answer.words
    for address in ("/acme/desk/products/self-billing", f"/acme/desk/helpdesks/{desk_id.hex}/self-billing"):
        assert f'href="{address}#refund_how">Set refund and cancel to Automated' in answer.text
        assert f'href="{address}#refund">Switch both off' in answer.text
    assert "Helpdesks: you have 1, and it includes 0. Archive some first." in answer.words
    assert "People: you have 4, and it includes 3. Deactivate some first." in answer.words
    async with site.ctx.read(account.id) as work:
        assert (await work.accounts.get()).plan is PlanName.GROWTH


async def test_too_many_people_are_named_alone(site: Site) -> None:
    dana, account = await site.staff("dana"), site.acme.account
    async with site.ctx.begin(account.id) as work:
        await work.accounts.save(replace(account, plan=PlanName.PROFESSIONAL))
        for number in range(12):
            email = f"agent{number}@acme.example"
            await work.staff.add(replace(site.acme.staff["grace"], id=new_id(StaffId), email=email))
    answer = await take(dana, "growth")
    assert answer.status == 409
    assert "People: you have 16, and it includes 15." in answer.words
    assert 'href="/acme/desk/team"' in answer.text


async def test_nobody_changes_what_they_have_not_seen(site: Site) -> None:
    dana = await site.staff("dana")
    text = (await dana.get(PLAN)).text
    hidden = {name: found(text, rf'name="{name}" value="([^"]+)"') for name in ("csrf", "once", "seen")}
    await take(dana, "enterprise")
    answer = await dana.post(PLAN, hidden | {"plan": "professional"})
    assert answer.status == 409
    assert "Somebody changed the plan meanwhile." in answer.words
    assert "Your plan is Enterprise." in answer.words


async def test_a_choice_is_needed(site: Site) -> None:
    dana = await site.staff("dana")
    hidden = await dana.hidden(PLAN)
    assert (await dana.post(PLAN, hidden)).status == 422
    assert (await dana.post(PLAN, hidden | {"plan": "gold"})).status == 400


async def test_the_first_run_shows_what_is_left(site: Site) -> None:
    erin, frank = await site.staff("erin"), await site.staff("frank")
    shown = await erin.get("/acme/desk/start")
    assert "2 of 6 done" in shown.words
    for path in ("products", "products/self-billing", "helpdesks"):
        assert f'href="/acme/desk/{path}"' in shown.text
    await site.refund()
    assert "3 of 6 done" in (await erin.get("/acme/desk/start")).words
    assert (await frank.get("/acme/desk/start")).status == 403
