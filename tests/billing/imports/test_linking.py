"""An export after what it tells of: linked to what the processor has, and nothing is made twice."""

import csv
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest
from sqlalchemy import insert, select

from billing.actors import SystemActor
from billing.emails import email_key
from billing.ids import PaymentId
from billing.imports.rows import Cause
from billing.money import Currency, Money
from billing.processing.charges import take_in_charge
from billing.processing.records import KnownInvoice
from billing.processor import Listed
from billing.processor_facts import ProcessorCharge
from billing.states import SubscriptionState
from selfbill.past import SAMPLE, Line, list_processor_past
from storage.bound import Bound
from storage.tables.documents import documents
from storage.tables.processing import disputes
from storage.tables.sales import payments
from tests.billing.imports.exports import Row, row, write
from tests.billing.imports.shop import NOW
from tests.billing.processing.test_syncing import NEW_YORK, Books, made, open_books

MARCH, APRIL = "2026-03-10 12:00:00", "2026-04-10 12:00:00"

SUBSCRIPTION: Line = {
    "object": "subscription",
    "id": "sub_a",
    "customer": "cus_alice",
    "created": 1_773_000_000,
    "status": "active",
    "cancel_at_period_end": False,
    "current_period_start": 1_773_000_000,
    "current_period_end": 1_775_600_000,
    "price": {"product": "Membership", "unit_amount": 3900, "currency": "usd", "interval": "month"},
}


@pytest.fixture
async def books(sqlite_url: str, tmp_path: Path) -> AsyncIterator[Books]:
    async with open_books(sqlite_url, tmp_path) as books:
        yield books


@pytest.fixture
async def books_on_each(database_url: str, tmp_path: Path) -> AsyncIterator[Books]:
    async with open_books(database_url, tmp_path) as books:
        yield books


def part_of_sample(folder: Path) -> tuple[list[Row], list[Line]]:
    """All rows of some customers, and what the processor has of them."""
    with SAMPLE.open(encoding="utf-8", newline="") as file:
        rows: list[Row] = [
            {name.split(" (")[0]: cell for name, cell in each.items()} for each in csv.DictReader(file)
        ]
    some = [each for each in rows if each["lead_id"].endswith(("07", "17", "27"))]
    past = list_processor_past(write(folder / "part.csv", some), zone=NEW_YORK, now=NOW)
    return some, list(past)


async def all_sign_in(books: Books, rows: Sequence[Row]) -> None:
    paid = [each for each in rows if each["Transaction_Type"] in ("Sale", "Rebill")]
    for each in paid:
        assert await books.shop.sign_in(each["ID"], email_key(each["Buyer_Email"])) is not None, each["ID"]


def at_stripe(charge: str, day: int, **more: object) -> Line:
    """One charge of alice's, in March."""
    created = 1_773_000_000 + day * 86_400
    return {
        "object": "charge",
        "id": charge,
        "created": created,
        "amount": 3900,
        "currency": "usd",
        "customer": "cus_alice",
        "status": "succeeded",
        "email": "alice@example.com",
        "name": "Alice Example",
        "description": "Membership",
        "refunds": [],
        "disputed": False,
        **more,
    }


def alice_there(**more: object) -> Line:
    card = {"brand": "visa", "last4": "4242", "exp_month": 1, "exp_year": 2030}
    person = {"email": "alice@example.com", "name": "Alice Example", "created": 1_770_000_000, "card": card}
    return {"object": "customer", "id": "cus_alice", **person, **more}


async def paid_by(books: Books, charge: str) -> list[tuple[PaymentId, str | None, int | None, int, int, int]]:
    async with books.shop.ctx.read(books.shop.account.id) as work:
        assert isinstance(work.accounts, Bound)
        p = payments.c
        found = await work.accounts.connection.execute(
            select(p.id, p.order_id, p.number, p.tax_minor, p.refunded_minor, p.disputed_minor).where(
                p.processor_id == charge
            )
        )
        return [tuple(each) for each in found]


async def test_an_export_after_the_processor_makes_nothing_twice(books_on_each: Books) -> None:
    books = books_on_each
    rows, past = part_of_sample(books.shop.folder)
    books.processor.seed(past)
    await books.take_in()
    before = await books.count()
    file = write(books.shop.folder / "export.csv", rows)
    outcome = await books.shop.take_in_file(file)
    done = outcome.run.totals
    failed = sum(each["Transaction_Type"] == "Failed" for each in rows)
    assert [each for each in outcome.findings if not each.cause.is_note] == []
    assert (done.customers, done.products, done.purchases, done.subscriptions) == (0, 0, 0, 0)
    assert (done.payments, done.refunds, done.disputes, done.failed) == (0, 0, 0, failed)
    assert done.linked + failed == done.applied == len(rows) > 50
    assert before[4] + failed == (await books.count())[4]
    assert before[5] == (await books.count())[5] > 0
    await all_sign_in(books, rows)
    await books.must_agree()

    counted = await books.count()
    again = await books.shop.take_in_file(file)
    assert (again.run.totals.applied, again.run.totals.known) == (0, len(rows))
    assert set(made(await books.take_in()).values()) == {0}
    assert await books.count() == counted
    await books.must_agree()


async def test_a_later_export_is_linked_to_what_came_since(books: Books) -> None:
    rows, past = part_of_sample(books.shop.folder)
    middle = sorted(each["Date"] for each in rows)[len(rows) // 2]
    early = [each for each in rows if each["Date"] < middle]
    await books.shop.take_in(*early)
    books.processor.seed(past)
    await books.take_in()
    before = await books.count()
    outcome = await books.shop.take_in(*rows)
    failed = sum(each["Transaction_Type"] == "Failed" for each in rows if each["Date"] >= middle)
    done = outcome.run.totals
    assert (done.payments, done.refunds, done.disputes, done.subscriptions) == (0, 0, 0, 0)
    after = await books.count()
    assert (after[0], after[2], after[3], after[4]) == (before[0], before[2], before[3], before[4] + failed)
    assert after[5] == before[5]
    assert [each for each in outcome.findings if not each.cause.is_note] == []
    await all_sign_in(books, rows)
    await books.must_agree()
    assert set(made(await books.take_in()).values()) == {0}


async def test_a_charge_that_an_event_brought_is_the_rebill_of_a_later_export(books: Books) -> None:
    ctx, sub = books.shop.ctx, {"Processor_subscription_id": "sub_a"}
    sale = row(101, "Sale", MARCH, Processor_transaction_id="ch_1", Subscription_payment_number="1", **sub)
    await books.shop.take_in(sale)
    books.processor.seed([alice_there(), SUBSCRIPTION, at_stripe("ch_1", 1, subscription="sub_a")])
    books.processor.renew("sub_a")
    charges = (await books.provider.list_page(Listed.CHARGES)).facts
    (new,) = [each for each in charges if isinstance(each, ProcessorCharge) and each.id != "ch_1"]
    told = await books.provider.read_charge(new.id)
    assert told is not None
    by = SystemActor(books.shop.account.id, "processor", "trace-test")
    await take_in_charge(ctx, books.provider, told, by=by)
    ((payment_id, order_id, *_),) = await paid_by(books, new.id)
    assert order_id == "000001"
    rebill = row(
        102, "Rebill", APRIL, Processor_transaction_id=new.id, Subscription_payment_number="2", **sub
    )
    outcome = await books.shop.take_in(sale, rebill)
    assert (outcome.findings, outcome.run.totals.linked, outcome.run.totals.payments) == ([], 1, 0)
    assert [each[:3] for each in await paid_by(books, new.id)] == [(payment_id, "102", 2)]
    view = await books.shop.view("102")
    assert [each.order_id for each in view.payments] == ["102", "101"]


async def test_a_row_that_names_what_the_processor_has_under_another_id_makes_nothing(books: Books) -> None:
    """A payment intent, where we know its charge: which payment that is cannot be told."""
    nothing = Money.zero(Currency("USD"))
    async with books.shop.ctx.begin(books.shop.account.id) as work:
        known = KnownInvoice(work.account_id, "pi_1", "in_1", "", "Membership", "", "1", nothing, nothing)
        await work.synced.keep_invoices([known])
    before = await books.count()
    outcome = await books.shop.take_in(row(101, "Sale", MARCH, Processor_transaction_id="pi_1"))
    assert outcome.causes == [("101", Cause.OTHER_CHARGE_ID)]
    assert await books.count() == before


async def test_what_the_processor_does_not_know_is_filled_in(books_on_each: Books) -> None:
    books = books_on_each
    books.processor.seed([alice_there(), at_stripe("ch_1", 1)])
    await books.take_in()
    ((payment_id, order_id, *_),) = await paid_by(books, "ch_1")
    assert order_id == "000001"
    charge = {"Processor_transaction_id": "ch_1", "Buyer_Company": "Example & Co", "Sales_tax": "6.00"}
    sale = row(101, "Sale", MARCH, Subscription_payment_number="1", **charge)
    outcome = await books.shop.take_in(sale)
    assert (outcome.findings, outcome.run.totals.linked) == ([], 1)
    assert await paid_by(books, "ch_1") == [(payment_id, "101", 1, 600, 0, 0)]
    payment = (await books.shop.view("101")).payments[0]
    assert (payment.buyer.name, payment.buyer.company) == ("Alice Example", "Example & Co")
    assert await books.shop.sign_in("000001", "alice@example.com") is None


async def test_an_order_id_on_a_document_stays_and_is_reported(books: Books) -> None:
    books.processor.seed([alice_there(), at_stripe("ch_1", 1)])
    await books.take_in()
    ((payment_id, *_),) = await paid_by(books, "ch_1")
    async with books.shop.ctx.begin(books.shop.account.id) as work:
        assert isinstance(work.accounts, Bound)
        await work.accounts.connection.execute(
            insert(documents).values(
                account_id=books.shop.account.id,
                id=payment_id,
                kind="invoice",
                number="INV-1",
                payment_id=payment_id,
                issued_at=NOW,
                revision=0,
                frozen={},
            )
        )
    charge = {"Processor_transaction_id": "ch_1", "Sales_tax": "6.00"}
    outcome = await books.shop.take_in(row(101, "Sale", MARCH, **charge))
    assert outcome.causes == [("101", Cause.OTHER_ORDER_ID)]
    assert outcome.findings[0].detail == "000001"
    assert await paid_by(books, "ch_1") == [(payment_id, "000001", None, 0, 0, 0)]


@pytest.mark.parametrize("at_once", [True, False])
async def test_two_rows_of_one_charge_are_about_its_one_payment(books: Books, at_once: bool) -> None:
    """In one file or in two: what the first made its own is not made by the second."""
    books.processor.seed([alice_there(), at_stripe("ch_1", 1, amount=5800)])
    await books.take_in()
    charge = {"Processor_transaction_id": "ch_1"}
    first = row(101, "Sale", MARCH, **charge)
    second = row(102, "Sale", MARCH, Product="Bump", Amount="19.00", **charge)
    causes = [
        each
        for file in ([[first, second]] if at_once else [[first], [second]])
        for each in (await books.shop.take_in(*file)).causes
    ]
    assert causes == [("102", Cause.OTHER_ORDER_ID)]
    assert [order_id for _, order_id, *_ in await paid_by(books, "ch_1")] == ["101"]


async def test_refunds_that_are_there_are_linked_one_row_each(books_on_each: Books) -> None:
    books = books_on_each
    refunds = [{"id": f"re_{n}", "amount": 1000, "created": 1_773_200_000 + n} for n in (1, 2)]
    books.processor.seed([alice_there(), at_stripe("ch_1", 1, refunds=refunds)])
    await books.take_in()
    charge = {"Processor_transaction_id": "ch_1", "Amount": "-10.00"}
    outcome = await books.shop.take_in(
        row(101, "Sale", MARCH, Processor_transaction_id="ch_1"),
        *(row(number, "Partial refund", APRIL, **charge) for number in (102, 103)),
    )
    assert (outcome.findings, outcome.run.totals.linked, outcome.run.totals.refunds) == ([], 3, 0)
    ((_, _, _, _, refunded, _),) = await paid_by(books, "ch_1")
    assert refunded == 2000
    other = await books.shop.take_in(row(104, "Partial refund", APRIL, **{**charge, "Amount": "-9.00"}))
    assert other.causes == [("104", Cause.REFUNDED_HERE)]
    await books.must_agree()


async def test_a_dispute_that_is_there_is_not_counted_twice(books: Books) -> None:
    books.processor.seed([alice_there(), at_stripe("ch_1", 1, disputed=True)])
    await books.take_in()
    charge = {"Processor_transaction_id": "ch_1"}
    rows = [row(101, "Sale", MARCH, **charge), row(102, "Chargeback", APRIL, **charge)]
    outcome = await books.shop.take_in(*rows)
    assert (outcome.findings, outcome.run.totals.disputes) == ([], 0)
    async with books.shop.ctx.read(books.shop.account.id) as work:
        assert isinstance(work.accounts, Bound)
        (told,) = (await work.accounts.connection.execute(select(disputes.c.amount_minor))).all()
    ((*_, disputed),) = await paid_by(books, "ch_1")
    assert disputed == told.amount_minor == 3900
    await books.must_agree()


async def test_the_processors_word_on_a_subscription_stands(books: Books) -> None:
    books.processor.seed([alice_there(), SUBSCRIPTION, at_stripe("ch_1", 1, subscription="sub_a")])
    await books.take_in()
    before = await books.count()
    sub = {"Processor_subscription_id": "sub_a"}
    outcome = await books.shop.take_in(
        row(101, "Sale", MARCH, Processor_transaction_id="ch_1", **sub),
        row(102, "Cancellation", APRIL, Amount="0.00", **sub),
    )
    assert (outcome.findings, outcome.run.totals.linked) == ([], 2)
    assert await books.count() == before
    held = (await books.shop.view("101")).subscription
    assert held is not None
    assert held.state is SubscriptionState.ACTIVE


async def test_an_email_of_a_row_signs_in_whom_nobody_else_can_be(books: Books) -> None:
    """A stranger's e-mail does not open what several customers of the processor share."""
    new = {"Buyer_Email": "new@example.com"}
    books.processor.seed([alice_there(), at_stripe("ch_1", 1)])
    await books.take_in()
    await books.shop.take_in(row(101, "Sale", MARCH, Processor_transaction_id="ch_1", **new))
    assert await books.shop.sign_in("101", "new@example.com") is not None

    bob = {"email": "bob@example.com", "name": "Bob"}
    twice = [alice_there(id=f"cus_bob{n}", **bob) for n in (1, 2)]
    books.processor.seed([*twice, at_stripe("ch_2", 2, customer="cus_bob2", **bob)])
    await books.take_in()
    sale = row(102, "Sale", APRIL, lead_id="2", Processor_transaction_id="ch_2", **new)
    outcome = await books.shop.take_in(sale)
    assert outcome.run.totals.linked == 1
    assert await books.shop.sign_in("102", "bob@example.com") is not None
    assert await books.shop.sign_in("102", "new@example.com") is None
