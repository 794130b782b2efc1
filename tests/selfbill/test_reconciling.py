"""`selfbill reconcile`: a table or JSON lines, with what to do, and an exit code for cron."""

import json
from datetime import datetime, timedelta

import pytest
from click.testing import CliRunner

from billing.actors import SystemActor
from billing.processing.alerts import close_alert, raise_alert
from billing.processing.reconciling import Span
from billing.records import Facts
from billing.states import AlertKind
from selfbill.cli import main
from selfbill.reconcile_command import CLEAN, DIFFERENT, NOT_COMPARED, compare_all, tell, tell_json
from tests.people import dana
from tests.site import Site


def span(now: datetime) -> Span:
    return Span(now - timedelta(days=900), now)


async def test_a_difference_is_told_with_what_to_do(
    site: Site, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")  # else the table breaks lines
    # For the other account of this world there is the same processor: its charge is one too many.
    found = await compare_all(site.service, "lumen", span)
    assert found.exit_code == DIFFERENT
    tell(found)
    said = capsys.readouterr().out
    assert "A payment that we do not know" in said
    assert "selfbill import stripe" in said
    assert "1 difference." in said
    tell_json(found)
    difference, figures = map(json.loads, capsys.readouterr().out.splitlines())
    assert (difference["kind"], difference["subject"]) == ("charge_unknown_here", "ch_40003001")
    assert (difference["there_minor"], difference["there_currency"]) == (9900, "USD")
    assert figures["differences"] == 1
    assert figures["compared"]["charges"] > 5


async def test_no_difference_is_said_with_figures(site: Site, capsys: pytest.CaptureFixture[str]) -> None:
    state = site.processor.state
    state.store.put({**state.get("charge", "ch_40003001"), "captured": False, "amount_captured": 0})
    found = await compare_all(site.service, None, span)
    assert found.exit_code == CLEAN
    tell(found)
    assert "2 subscriptions. No differences." in capsys.readouterr().out


async def test_a_processor_that_refuses_our_key_could_not_be_compared(site: Site) -> None:
    site.processor.revoke_key(site.processor.secret_key)
    found = await compare_all(site.service, "lumen", span)
    assert found.exit_code == NOT_COMPARED
    assert "key" in found.problems[0]


async def test_an_account_without_a_processor_is_said_where_it_was_named(site: Site) -> None:
    other = next(each.slug for each in await site.ctx.store.list_accounts() if each.slug != "lumen")
    assert (await compare_all(site.service, other, span)).problems == [
        f"{other} is not connected to a payment processor."
    ]
    assert (await compare_all(site.service, "nobody", span)).exit_code == NOT_COMPARED


@pytest.mark.parametrize("words", [("--days", "0"), ("--since", "yesterday")])
def test_what_was_typed_wrong_is_two(words: tuple[str, str]) -> None:
    assert CliRunner().invoke(main, ["reconcile", *words]).exit_code == 2


async def test_an_alert_is_mailed_to_owners_until_somebody_has_looked(site: Site) -> None:
    for number in (1, 2):
        async with site.ctx.begin(site.world.accounts["lumen"].id) as work:
            by = SystemActor(work.account_id, "processor", "test")
            facts: Facts = {"amount_minor": 14900, "currency": "USD", "order_id": "40001001"}
            subject = f"dispute:dp_{number}"
            await raise_alert(work, AlertKind.DISPUTED, subject, facts, by=by, at=site.ctx.now())
            first = (await work.alerts.list_open(limit=1))[0]
        if number == 1:
            await close_alert(site.ctx, first.id, by=site.world.member(dana))
    await site.settle()
    (mail,) = site.mails()
    assert mail["to"] == dana.email
    assert "$149.00 of order 40001001" in mail["text"]
    assert "/lumen/desk" in mail["text"]
