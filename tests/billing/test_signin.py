"""Customers and staff sign in: right pairs, codes, visits and their ends."""

import asyncio
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from billing import signin, staff_signin
from billing.errors import TooMany, WrongCode, WrongPair
from billing.signin import CodeSent, SignedIn
from billing.states import AskCode
from storage.tables.accounts import staff
from storage.tables.ledger import outbox
from tests.billing.bench import Bench, patiently
from tests.billing.visitor import Visitor, wrong
from tests.people import alice, bob, charlie, dana, erin, heidi


@pytest.mark.parametrize(
    ("order_id", "email"),
    [
        ("40001001", "alice@example.net"),
        ("40001002", "alice@example.net"),  # a renewal's own
        (" 40001001 ", "  Alice@Example.NET "),
        ("40001001", "ALICE@example.net."),
        ("４０００１００１", "alice＠example.net"),
    ],
)
async def test_the_order_id_of_any_payment_and_the_purchase_email_sign_in(
    bench: Bench, order_id: str, email: str
) -> None:
    signed_in = await Visitor(bench).enter(order_id, email)
    assert signed_in.visit.customer_id == bench.world.customers[alice.name]
    assert signed_in.visit.proved_at is None
    assert await signin.find_visit(bench.ctx, bench.lumen.id, signed_in.token) == signed_in.visit
    assert await signin.find_visit(bench.ctx, bench.world.accounts["rival"].id, signed_in.token) is None


@pytest.mark.parametrize(
    ("order_id", "email"),
    [
        (alice.order_id, bob.email),  # a pair of two customers
        (bob.order_id, alice.email),
        (charlie.order_id, charlie.email),  # bought from another account
        ("49999999", alice.email),
        (alice.order_id, "nobody@example.net"),
        ("", ""),
        ("", alice.email),
        (alice.order_id, ""),
        ("%", "%"),
    ],
)
async def test_every_other_pair_gets_one_answer(bench: Bench, order_id: str, email: str) -> None:
    with pytest.raises(WrongPair) as refused:
        await Visitor(bench).sign_in(order_id, email)
    assert (refused.value.field, refused.value.problem, refused.value.data) == ("order_id", "wrong-pair", {})


async def test_the_code_is_asked_at_sign_in_where_the_settings_say_so(bench: Bench) -> None:
    await bench.put_settings(replace(await bench.settings(), code_for_refund=AskCode.AT_SIGN_IN))
    visitor = Visitor(bench)
    assert await visitor.sign_in("49999999") == CodeSent()
    assert await visitor.codes() == []
    assert await visitor.sign_in() == CodeSent()
    code = await visitor.newest_code()
    assert len(code) == 8
    assert code.isdecimal()
    with pytest.raises(WrongCode):
        await visitor.in_browser("another").confirm(code)
    with pytest.raises(WrongCode):
        await replace(visitor, account=bench.world.accounts["rival"]).confirm(code)
    signed_in = await visitor.confirm(f"{code[:4]} {code[4:]} ")
    assert signed_in.visit.proved_at == bench.clock()
    with pytest.raises(WrongCode):  # one use
        await visitor.confirm(code)


async def test_a_code_lives_ten_minutes_and_the_newest_only(bench: Bench) -> None:
    await bench.put_settings(replace(await bench.settings(), code_for_card=AskCode.AT_SIGN_IN))
    visitor = Visitor(bench)
    await visitor.sign_in()
    await visitor.sign_in()
    first, second = await visitor.codes()
    with pytest.raises(WrongCode):
        await visitor.confirm(first)
    bench.clock.turn(minutes=10)
    with pytest.raises(WrongCode):
        await visitor.confirm(second)
    await visitor.sign_in()
    bench.clock.turn(minutes=9, seconds=59)
    assert await visitor.confirm(await visitor.newest_code())


async def test_a_code_is_tried_five_times(bench: Bench) -> None:
    visitor, by = Visitor(bench), bench.customer(proved=False)
    visit = (await visitor.enter()).visit
    await visitor.ask_code(by)
    code = await visitor.newest_code()
    for _ in range(4):
        with pytest.raises(WrongCode):
            await visitor.prove(visit, wrong(code), by)
    with pytest.raises(WrongCode):  # its purpose is another
        await visitor.confirm(code)
    assert await visitor.prove(visit, code, by)
    await visitor.ask_code(by)
    code = await visitor.newest_code()
    for _ in range(5):
        with pytest.raises(WrongCode):
            await visitor.prove(visit, wrong(code), by)
    with pytest.raises(WrongCode):
        await visitor.prove(visit, code, by)


async def test_giving_the_code_replaces_the_token(bench: Bench) -> None:
    visitor, by = Visitor(bench), bench.customer(proved=False)
    before = await visitor.enter()
    await visitor.ask_code(by)
    after = await visitor.prove(before.visit, await visitor.newest_code(), by)
    assert after.token != before.token
    assert await signin.find_visit(bench.ctx, bench.lumen.id, before.token) is None
    found = await signin.find_visit(bench.ctx, bench.lumen.id, after.token)
    assert found == after.visit
    assert found.proved_at == bench.clock()


async def test_a_code_proves_nothing_for_somebody_else_in_the_same_browser(bench: Bench) -> None:
    visitor = Visitor(bench)
    await visitor.ask_code(bench.customer(alice, proved=False))
    bobs = await visitor.enter(bob.order_id, bob.email)
    with pytest.raises(WrongCode):
        await visitor.prove(bobs.visit, await visitor.newest_code(), bench.customer(bob, proved=False))
    found = await signin.find_visit(bench.ctx, bench.lumen.id, bobs.token)
    assert found is not None
    assert found.proved_at is None


async def test_of_twenty_right_codes_at_once_one_wins(bench_on_each: Bench) -> None:
    bench = bench_on_each
    visitor, by = Visitor(bench), bench.customer(proved=False)
    visit = (await visitor.enter()).visit
    await visitor.ask_code(by)
    code = await visitor.newest_code()
    answers = await asyncio.gather(
        *(patiently(lambda: visitor.prove(visit, code, by)) for _ in range(20)), return_exceptions=True
    )
    assert sum(isinstance(each, SignedIn) for each in answers) == 1


async def test_a_mailbox_gets_three_codes_in_a_quarter_of_an_hour(bench: Bench) -> None:
    visitor, by = Visitor(bench), bench.customer(proved=False)
    for _ in range(3):
        await visitor.ask_code(by)
    with pytest.raises(TooMany) as refused:
        await visitor.ask_code(by)
    assert 0 < int(str(refused.value.data["retry_after"])) <= 900
    bench.clock.turn(minutes=15)
    await visitor.ask_code(by)
    assert len(await visitor.codes()) == 4


async def test_order_ids_are_mailed_and_the_answer_tells_nothing(bench: Bench) -> None:
    visitor = Visitor(bench)
    await visitor.ask_order_ids("  ALICE@example.net")
    await visitor.ask_order_ids("nobody@example.net")
    rows = await bench.rows(select(outbox.c.payload).where(outbox.c.kind == "order-ids"))
    assert [payload["to"] for (payload,) in rows] == [alice.email]
    for number in range(5):
        await visitor.at(f"203.0.113.{number}").ask_order_ids()
    assert (await bench.mails()).count("order-ids") == 3
    await visitor.ask_code(bench.customer(proved=False))  # the codes have a budget of their own
    for _ in range(8):
        await visitor.ask_order_ids("nobody@example.net")
    with pytest.raises(TooMany):
        await visitor.ask_order_ids("nobody@example.net")


async def test_a_visit_ends_when_idle_or_old_or_signed_out(bench: Bench) -> None:
    ctx, lumen = bench.ctx, bench.lumen.id
    idle = await Visitor(bench).enter()
    bench.clock.turn(minutes=15)
    assert await signin.find_visit(ctx, lumen, idle.token) is None
    busy = await Visitor(bench).enter()
    for _ in range(11):
        bench.clock.turn(minutes=10)
        assert await signin.find_visit(ctx, lumen, busy.token) is not None
    bench.clock.turn(minutes=10)
    assert await signin.find_visit(ctx, lumen, busy.token) is None
    watched = await Visitor(bench).enter()
    bench.clock.turn(minutes=14)
    assert await signin.look_up_visit(ctx, lumen, watched.token) is not None  # looking keeps nothing alive
    bench.clock.turn(minutes=1)
    assert await signin.look_up_visit(ctx, lumen, watched.token) is None
    left = await Visitor(bench).enter()
    await signin.sign_out(ctx, left.visit)
    assert await signin.find_visit(ctx, lumen, left.token) is None


async def sign_in_dana(bench: Bench, password: str = dana.password, email: str = dana.email) -> SignedIn:
    return await staff_signin.sign_in_staff(
        bench.ctx, bench.lumen.id, email=email, password=password, client="198.51.100.9", trace_id="trace-d"
    )


async def test_a_staff_visit_idles_after_half_an_hour_and_ends_after_half_a_day(bench: Bench) -> None:
    ctx, lumen = bench.ctx, bench.lumen.id
    idle = await sign_in_dana(bench)
    bench.clock.turn(minutes=29, seconds=59)
    assert await signin.look_up_visit(ctx, lumen, idle.token) is not None
    bench.clock.turn(seconds=1)
    assert await signin.find_visit(ctx, lumen, idle.token) is None
    busy = await sign_in_dana(bench)
    for _ in range(35):
        bench.clock.turn(minutes=20)
        assert await signin.find_visit(ctx, lumen, busy.token) is not None
    bench.clock.turn(minutes=20)
    assert await signin.find_visit(ctx, lumen, busy.token) is None


@pytest.mark.parametrize(
    ("email", "password"),
    [
        (dana.email, "wrong horse of dana"),
        (dana.email, erin.password),
        ("nobody@example.com", dana.password),
        (heidi.email, heidi.password),  # works for another account
        ("", ""),
    ],
)
async def test_staff_who_are_not_get_one_answer(bench: Bench, email: str, password: str) -> None:
    with pytest.raises(WrongPair) as refused:
        await sign_in_dana(bench, password, email)
    assert (refused.value.field, refused.value.problem) == ("email", "wrong-password")


async def test_deactivated_staff_are_out_at_once(bench: Bench) -> None:
    signed_in = await sign_in_dana(bench)
    await bench.change(update(staff).where(staff.c.id == bench.world.staff[dana.name]).values(active=False))
    assert await signin.find_visit(bench.ctx, bench.lumen.id, signed_in.token) is None
    with pytest.raises(WrongPair):
        await sign_in_dana(bench)


async def test_a_staff_password_is_tried_five_times_in_five_minutes(bench: Bench) -> None:
    for _ in range(3):
        await sign_in_dana(bench)
    for _ in range(5):
        with pytest.raises(WrongPair):
            await sign_in_dana(bench, "wrong")
    with pytest.raises(TooMany):
        await sign_in_dana(bench)
    bench.clock.turn(minutes=5)
    assert await sign_in_dana(bench)
