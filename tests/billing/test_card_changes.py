"""Changing the card that pays: the chain, the page, what is read back, and what is done with the new card."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import update

from billing.errors import CodeNeeded, Forbidden, NotFound, NotOffered, Repeated, SwitchedOff, TooMany
from billing.policy import Blocked
from billing.processing.card_asking import (
    MOST_AN_HOUR,
    ask_card_change,
    choose_overdue,
    preview_card_change,
    show_card_change,
    stop_card_change,
)
from billing.states import (
    CardChangeState,
    CardPageKind,
    CardStepKind,
    ConnectionState,
    OperationState,
    Permission,
    SubscriptionState,
)
from storage.tables.processing import processor_connections, processor_customers
from storage.tables.sales import subscriptions
from tests.billing.bench import Bench, patiently
from tests.billing.cards import ASKS_THE_BANK, DECLINED, FAILS_LATER, WORKS, open_desk
from tests.people import bob, erin

_S, _O, _K = CardChangeState, OperationState, CardStepKind


async def test_a_new_card_takes_the_place_of_the_old_one(bench_on_each: Bench) -> None:
    bench = bench_on_each
    desk = open_desk(bench)
    change = await desk.ask()
    assert (change.state, change.page) == (_S.OPEN, CardPageKind.PORTAL)
    assert (change.processor_customer, change.old_method) == ("cus_alice", desk.old)
    assert (await desk.enter(change)).worked
    done = await desk.come_back(change)
    assert (done.state, done.link) == (_S.DONE, None)
    assert done.card is not None
    assert done.card.last_four == "4444"
    steps = await desk.steps(change)
    assert [each.kind for each in steps] == [_K.MOVE_SUBSCRIPTION, _K.SET_DEFAULT, _K.DROP_CARD]
    assert {each.state for each in steps} == {_O.SUCCEEDED}
    assert desk.pays_with() == done.method
    assert desk.there(desk.old)["customer"] is None
    assert (await bench.subscription()).card == done.card
    assert await bench.mails() == ["card-change changed"]
    verbs = {line.verb for line in await bench.lines(f"card-change:{change.id.hex}")}
    assert {"card.change_asked", "card.page_opened", "card.read_back", "card.changed"} <= verbs


async def test_a_return_without_a_new_card_changes_nothing(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    assert (await desk.come_back(change)).state is _S.OPEN
    assert desk.pays_with() == desk.old
    assert await bench.mails() == []


async def test_a_declined_card_leaves_the_page_open_for_another(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    assert not (await desk.enter(change, DECLINED)).worked
    assert (await desk.come_back(change)).state is _S.OPEN
    assert (await desk.enter(change, WORKS)).worked
    assert (await desk.come_back(change)).state is _S.DONE


async def test_who_never_comes_back_is_read_all_the_same(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    await desk.enter(change)
    await bench.settle(minutes=1)
    assert (await desk.change(change)).state is _S.DONE


async def test_a_page_that_nobody_used_expires(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    for minutes in (1, 5, 15, 39):
        await bench.settle(minutes=minutes)
    expired = await desk.change(change)
    assert (expired.state, expired.link) == (_S.EXPIRED, None)
    assert (await desk.ask()).state is _S.OPEN


async def test_without_a_portal_checkout_saves_the_card(bench: Bench) -> None:
    bench.processor.allow_portal(yes=False)
    desk = open_desk(bench, own=False)
    change = await desk.ask()
    assert change.page is CardPageKind.CHECKOUT
    await desk.enter(change)
    done = await desk.come_back(change)
    assert done.state is _S.DONE
    assert desk.there("cus_alice")["invoice_settings"]["default_payment_method"] == done.method


async def test_what_is_overdue_is_paid_at_once_if_they_agree(bench_on_each: Bench) -> None:
    bench = bench_on_each
    desk = open_desk(bench, FAILS_LATER)
    invoice = desk.fall_behind()
    await bench.hear("subscription", desk.subscription)
    assert (await bench.subscription()).state is SubscriptionState.PAST_DUE
    change = await desk.ask(pays_overdue=True)
    (overdue,) = change.overdue
    assert (overdue.invoice, overdue.due.minor) == (invoice, 3900)
    await desk.enter(change)
    assert (await desk.come_back(change)).state is _S.DONE
    assert desk.there(invoice)["status"] == "paid"
    assert (await bench.subscription()).state is SubscriptionState.ACTIVE


async def test_what_is_overdue_waits_if_they_do_not(bench: Bench) -> None:
    desk = open_desk(bench, FAILS_LATER)
    invoice = desk.fall_behind()
    change = await desk.ask(pays_overdue=True)
    await choose_overdue(bench.ctx, change.id, pays_overdue=False, by=bench.customer())
    await desk.enter(change)
    assert (await desk.come_back(change)).state is _S.DONE
    assert desk.there(invoice)["status"] == "open"


async def test_a_new_card_that_cannot_pay_is_kept_and_said(bench: Bench) -> None:
    desk = open_desk(bench, FAILS_LATER)
    invoice = desk.fall_behind()
    change = await desk.ask(pays_overdue=True)
    await desk.enter(change, FAILS_LATER)
    assert (await desk.come_back(change)).state is _S.PARTLY
    paying = await desk.step(change, _K.PAY_INVOICE)
    assert (paying.state, paying.failure) == (_O.FAILED, "generic_decline")
    assert desk.there(invoice)["status"] == "open"
    assert await bench.mails() == ["card-change changed", "card-change partly"]


async def test_a_bank_that_asks_is_waited_for(bench_on_each: Bench) -> None:
    bench = bench_on_each
    desk = open_desk(bench, FAILS_LATER)
    invoice = desk.fall_behind()
    change = await desk.ask(pays_overdue=True)
    await desk.enter(change, ASKS_THE_BANK)
    assert (await desk.come_back(change)).state is _S.MOVING
    link = (await desk.shown(change)).links[invoice]
    assert "card-change partly" not in await bench.mails()
    bench.processor.pay_with_saved_card(link)
    assert (await desk.come_back(change)).state is _S.DONE
    assert desk.there(invoice)["status"] == "paid"
    assert desk.there(desk.old)["customer"] is None


async def test_an_event_of_the_invoice_ends_the_waiting(bench: Bench) -> None:
    desk = open_desk(bench, FAILS_LATER)
    invoice = desk.fall_behind()
    change = await desk.ask(pays_overdue=True)
    await desk.enter(change, ASKS_THE_BANK)
    await desk.come_back(change)
    bench.processor.pay_with_saved_card((await desk.shown(change)).links[invoice])
    await bench.hear("invoice", invoice)
    assert (await desk.change(change)).state is _S.DONE


@pytest.mark.parametrize("gives_up", [True, False], ids=["they stop", "a day goes by"])
async def test_a_bank_is_not_waited_for_for_ever(bench: Bench, *, gives_up: bool) -> None:
    desk = open_desk(bench, FAILS_LATER)
    desk.fall_behind()
    change = await desk.ask(pays_overdue=True)
    await desk.enter(change, ASKS_THE_BANK)
    await desk.come_back(change)
    if gives_up:
        await stop_card_change(bench.ctx, change.id, by=bench.customer())
        await bench.settle()
    for _ in range(0 if gives_up else 3):
        await bench.settle(hours=12)
    assert (await desk.change(change)).state is _S.PARTLY
    paying = await desk.step(change, _K.PAY_INVOICE)
    assert (paying.state, paying.failure, paying.link) == (_O.FAILED, "not_confirmed", None)


async def test_never_more_is_paid_than_was_shown(bench: Bench) -> None:
    desk = open_desk(bench, FAILS_LATER)
    invoice = desk.fall_behind()
    change = await desk.ask(pays_overdue=True)
    more = {**desk.there(invoice), "amount_due": 9900, "amount_remaining": 9900}
    bench.processor.state.store.put(more)
    await desk.enter(change)
    assert (await desk.come_back(change)).state is _S.PARTLY
    assert (await desk.step(change, _K.PAY_INVOICE)).failure == "amount_changed"
    assert desk.there(invoice)["status"] == "open"


async def test_stopping_reads_the_page_once_more(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    await stop_card_change(bench.ctx, change.id, by=bench.customer())
    await bench.settle()
    assert (await desk.change(change)).state is _S.EXPIRED
    change = await desk.ask()
    await desk.enter(change)
    await stop_card_change(bench.ctx, change.id, by=bench.customer())
    await bench.settle()
    assert (await desk.change(change)).state is _S.DONE


async def test_a_subscription_that_ended_meanwhile_gets_no_card(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    await desk.enter(change)
    bench.processor.cancel_elsewhere(desk.subscription)
    failed = await desk.come_back(change)
    assert (failed.state, failed.problem) == (_S.FAILED, "ended")
    assert await bench.mails() == ["card-change failed"]


async def test_what_began_may_end_when_it_is_switched_off(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    await bench.put_settings(replace(await bench.settings(), card_update=False))
    await desk.enter(change)
    assert (await desk.come_back(change)).state is _S.DONE
    with pytest.raises(SwitchedOff):
        await desk.ask()


async def test_nobody_has_pages_made_without_end(bench: Bench) -> None:
    desk = open_desk(bench)
    for _ in range(MOST_AN_HOUR):
        change = await desk.ask()
        await stop_card_change(bench.ctx, change.id, by=bench.customer())
        await bench.settle()
    with pytest.raises(TooMany):
        await desk.ask()
    bench.clock.turn(hours=1)
    assert (await desk.ask()).state is _S.OPEN


async def test_one_change_at_a_time(bench_on_each: Bench) -> None:
    desk = open_desk(bench_on_each)
    change = await desk.ask()
    with pytest.raises(Repeated) as refused:
        await desk.ask()
    assert refused.value.data == {"first": change.id}
    with pytest.raises(Repeated):
        await preview_card_change(
            desk.bench.ctx, desk.bench.world.alices_subscription, by=desk.bench.customer()
        )


async def test_of_many_at_once_one_is_asked_for(bench_on_each: Bench) -> None:
    desk = open_desk(bench_on_each)

    async def ask_once(number: int) -> object:
        try:
            return (
                await patiently(
                    lambda: ask_card_change(
                        desk.bench.ctx,
                        desk.bench.world.alices_subscription,
                        by=desk.bench.customer(),
                        pays_overdue=False,
                        once_key=f"key {number}",
                    )
                )
            ).id
        except Repeated as repeated:
            return repeated.data["first"]

    assert len(set(await asyncio.gather(*(ask_once(number) for number in range(8))))) == 1
    await desk.bench.settle()
    assert desk.bench.processor.state.store.count("billing_portal.session") == 1


async def test_a_customer_of_somebody_else_there_is_refused(bench: Bench) -> None:
    desk = open_desk(bench)
    await bench.change(
        processor_customers.insert().values(
            account_id=bench.lumen.id,
            processor_id="cus_alice",
            customer_id=bench.world.customers[bob.name],
        )
    )
    refused = await desk.ask()
    assert (refused.state, refused.problem, refused.session) == (_S.FAILED, "not_theirs", "")
    assert not bench.processor.state.store.count("billing_portal.session")


async def test_nobody_else_sees_a_change_or_asks_for_one(bench: Bench) -> None:
    desk = open_desk(bench)
    change = await desk.ask()
    assert (await desk.shown(change)).link
    for stranger in (bench.customer(bob), replace(bench.customer(), acting=bench.staff(erin))):
        with pytest.raises(NotFound):
            await show_card_change(bench.ctx, change.id, by=stranger)
    with pytest.raises(CodeNeeded):
        await show_card_change(bench.ctx, change.id, by=bench.customer(proved=False))
    for person, refusal in (
        (bench.customer(bob), NotFound),
        (bench.customer(proved=False), CodeNeeded),
        (replace(bench.customer(), acting=bench.staff(erin)), Forbidden),
    ):
        with pytest.raises(refusal):
            await ask_card_change(
                bench.ctx,
                bench.world.alices_subscription,
                by=person,
                pays_overdue=False,
                once_key="theirs",
            )


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({"missing": [Permission.OPEN_CARD_PAGES.value]}, Blocked.NO_CARD_PAGES),
        ({"state": ConnectionState.REFUSED}, Blocked.NO_PROCESSOR),
    ],
    ids=["not permitted", "not connected"],
)
async def test_what_is_connected_must_be_able_to(
    bench: Bench, values: dict[str, object], why: Blocked
) -> None:
    await bench.change(
        update(processor_connections)
        .where(processor_connections.c.account_id == bench.lumen.id)
        .values(**values)
    )
    with pytest.raises(NotOffered) as refused:
        await open_desk(bench).ask()
    assert refused.value.data == {"why": why}


async def test_an_ended_subscription_takes_no_card(bench: Bench) -> None:
    await bench.change(update(subscriptions).values(state=SubscriptionState.CANCELED))
    with pytest.raises(NotOffered) as refused:
        await open_desk(bench).ask()
    assert refused.value.data == {"why": Blocked.NOT_RUNNING}
