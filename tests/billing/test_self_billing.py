"""Self billing: who may set it, what Manual needs, and what the journal says of a change."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from billing.errors import Forbidden, Invalid, NotFound, NotInPlan, Refusal, Stale
from billing.ids import DepartmentId, HelpdeskId
from billing.records import SelfBilling
from billing.self_billing import set_self_billing, show_self_billing, show_surface
from billing.states import AskCode, CancelWhen, Handling, PlanName, Surface
from billing.versions import version_of
from storage.tables.accounts import accounts
from storage.tables.helpdesks import departments, helpdesks
from tests.billing.bench import Bench
from tests.people import StaffPerson, dana, erin, frank, grace, heidi

PORTAL = "self_billing:portal"


async def save(
    bench: Bench,
    settings: SelfBilling | None = None,
    *,
    who: StaffPerson = erin,
    seen: str | None = None,
    **changes: Any,
) -> SelfBilling:
    """The portal's settings with these changes."""
    changed = replace(settings or await bench.settings(), **changes)
    return await set_self_billing(bench.ctx, changed, by=bench.staff(who), seen=seen)


async def manual(bench: Bench, **changes: Any) -> SelfBilling:
    """Refunds by hand, in the department of the helpdesk."""
    (place,) = (await show_surface(bench.ctx, Surface.PORTAL, None, by=bench.staff(dana))).places
    chosen = {"ticket_helpdesk_id": place.helpdesk.id, "ticket_department_id": place.departments[0].id}
    return await save(bench, refund=Handling.MANUAL, **{**chosen, **changes})


async def refusal(bench: Bench, **changes: Any) -> Refusal:
    with pytest.raises(Refusal) as told:
        await manual(bench, **changes)
    return told.value


async def test_what_is_set_holds_and_the_journal_has_both_values(bench_on_each: Bench) -> None:
    bench = bench_on_each
    before = await bench.settings()
    await save(bench, invoices=False, cancel=None, cancel_when=CancelWhen.NOW, code_for_card=AskCode.NEVER)
    now = await bench.settings()
    assert now == replace(
        before, invoices=False, cancel=None, cancel_when=CancelWhen.NOW, code_for_card=AskCode.NEVER
    )
    (line,) = await bench.lines(PORTAL)
    assert (line.verb, line.by) == ("self_billing.set", bench.staff(erin).key)
    assert line.facts == {
        "surface": "portal",
        "invoices_before": True,
        "invoices": False,
        "cancel_before": "automated",
        "cancel": None,
        "cancel_when_before": "period_end",
        "cancel_when": "now",
        "code_for_card_before": "before_documents_and_money",
        "code_for_card": "never",
    }


async def test_saving_what_is_saved_tells_nobody(bench: Bench) -> None:
    await save(bench)
    assert await bench.lines(PORTAL) == []


@pytest.mark.parametrize("who", [frank, grace], ids=["agent", "viewer"])
async def test_only_owners_and_managers_see_and_set_it(bench: Bench, who: StaffPerson) -> None:
    with pytest.raises(Forbidden):
        await save(bench, who=who, invoices=False)
    for show in (show_self_billing, show_surface):
        with pytest.raises(Forbidden):
            await show(bench.ctx, Surface.PORTAL, None, by=bench.staff(who))
    assert (await bench.settings()).invoices


async def test_another_accounts_surface_is_not_found(bench: Bench) -> None:
    settings = await bench.settings()
    for tried in (settings, await bench.settings(Surface.HELPDESK)):
        with pytest.raises(NotFound):
            await save(bench, tried, who=heidi, invoices=False)
    with pytest.raises(NotFound):
        await show_surface(bench.ctx, Surface.HELPDESK, bench.world.desk.id, by=bench.staff(heidi))
    assert await bench.settings() == settings


async def test_an_archived_helpdesk_is_no_surface(bench: Bench) -> None:
    await bench.change(update(helpdesks).values(archived_at=bench.clock()))
    with pytest.raises(NotFound):
        await save(bench, await bench.settings(Surface.HELPDESK), invoices=False)


async def test_who_saves_a_stale_form_is_shown_theirs(bench: Bench) -> None:
    settings = await bench.settings()
    seen = version_of(settings)
    theirs = await save(bench, who=dana, seen=seen, refund=None)
    with pytest.raises(Stale) as told:
        await save(bench, settings, seen=seen, invoices=False)
    assert told.value.data["theirs"] == theirs
    assert await bench.settings() == theirs
    await save(bench, settings, seen=version_of(theirs), invoices=False)
    assert await bench.settings() == replace(settings, invoices=False)


async def test_manual_opens_tickets_in_a_department(bench: Bench) -> None:
    settings = await manual(bench)
    request = await bench.ask_refund()
    assert request.policy.handling is Handling.MANUAL
    assert request.ticket_id is not None
    async with bench.ctx.read(bench.lumen.id) as work:
        ticket = await work.tickets.get(request.ticket_id)
    assert (ticket.helpdesk_id, ticket.department_id) == (
        settings.ticket_helpdesk_id,
        settings.ticket_department_id,
    )
    (line,) = await bench.lines(PORTAL)
    assert (line.facts["tickets_before"], line.facts["tickets"]) == (None, "Lumen Support: Billing")


async def test_manual_needs_a_plan_with_helpdesks(bench: Bench) -> None:
    await bench.change(update(accounts).values(plan=PlanName.STARTER))
    assert isinstance(await refusal(bench), NotInPlan)
    await save(bench, refund=None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ticket_helpdesk_id": None}, "ticket_helpdesk_id"),
        ({"ticket_helpdesk_id": HelpdeskId(uuid4())}, "ticket_helpdesk_id"),
        ({"ticket_department_id": DepartmentId(uuid4())}, "ticket_department_id"),
    ],
    ids=["no helpdesk", "a foreign helpdesk", "a foreign department"],
)
async def test_manual_needs_a_helpdesk_and_a_department_of_it(
    bench: Bench, changes: dict[str, Any], field: str
) -> None:
    refused = await refusal(bench, **changes)
    assert isinstance(refused, Invalid)
    assert refused.field == field


async def test_tickets_open_in_nothing_that_was_archived(bench: Bench) -> None:
    settings = await manual(bench)
    await bench.change(update(departments).values(archived_at=bench.clock()))
    with pytest.raises(Invalid, match="invalid") as told:
        await save(bench, settings, invoices=False)
    assert told.value.field == "ticket_department_id"
    await bench.change(update(helpdesks).values(archived_at=bench.clock()))
    with pytest.raises(Invalid, match="invalid") as told:
        await save(bench, settings, invoices=False)
    assert told.value.field == "ticket_helpdesk_id"
    # Where nothing is Manual it is forgotten, and keeps nobody from saving.
    now = await save(bench, settings, refund=Handling.AUTOMATED)
    assert (now.ticket_helpdesk_id, now.ticket_department_id) == (None, None)
