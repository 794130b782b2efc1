"""Journal, outbox, inbox and documents."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from billing import records as r
from billing.errors import NotFound, Repeated
from billing.ids import DocumentId, EntryId, RefundId, new_id
from billing.messages import CardDue, Destination, RequestMail, ThreadDue, read_message
from billing.ports import UnitOfWork
from billing.states import DocumentKind
from tests.storage.shop import NOW, Shop, connection_of, usd

HOLD = timedelta(minutes=1)


async def write_lines(work: UnitOfWork, shop: Shop) -> None:
    for verb in ("request.asked", "request.approved"):
        await work.journal.write(shop.by, verb, "request:1", at=NOW, facts={"amount_minor": 5, "why": None})


async def test_the_journal_tells_who_did_what_in_order(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        await write_lines(work, shop)
        lines = await work.journal.list_of("request:1")
        assert await work.journal.list_of("request:2") == []
    assert [line.verb for line in lines] == ["request.asked", "request.approved"]
    facts = {"amount_minor": 5, "why": None}
    origin = "web:192.0.2.1"
    assert lines[0] == r.JournalLine(
        shop.id, NOW, shop.by.key, origin, "request.asked", "request:1", facts, "trace"
    )


@pytest.mark.parametrize("deed", ["UPDATE journal SET verb = 'nothing'", "DELETE FROM journal"])
async def test_the_journal_cannot_be_changed(shop: Shop, deed: str) -> None:
    await shop.write(lambda work: write_lines(work, shop))
    with pytest.raises(DBAPIError, match="append-only"):
        async with shop.store.begin(shop.id) as work:
            await connection_of(work).execute(text(deed))
    async with shop.store.read(shop.id) as work:
        assert len(await work.journal.list_of("request:1")) == 2


async def test_envelopes_are_leased_from_the_oldest(shop: Shop) -> None:
    tickets = [shop.ticket() for _ in range(3)]
    async with shop.store.begin(shop.id) as work:
        for ticket in tickets:
            await work.outbox.put(CardDue(ticket.id), at=NOW, trace_id="trace")
    leased = await shop.store.lease(Destination.SLACK, at=NOW, hold=HOLD, limit=2)
    assert [read_message(CardDue, one.payload).ticket_id for one in leased] == [t.id for t in tickets[:2]]
    first = leased[0]
    assert (first.account_id, first.kind, first.tries, first.put_at) == (shop.id, "card-due", 1, NOW)
    assert await shop.store.count_waiting() == 3
    assert await shop.store.count_waiting(Destination.MAIL) == 0


async def test_a_lease_ends_by_itself(shop: Shop) -> None:
    await shop.write(lambda work: work.outbox.put(CardDue(shop.ticket().id), at=NOW, trace_id="t"))
    lease = shop.store.lease
    assert len(await lease(Destination.SLACK, at=NOW, hold=HOLD, limit=9)) == 1
    assert await lease(Destination.SLACK, at=NOW, hold=HOLD, limit=9) == []
    again = await lease(Destination.SLACK, at=NOW + HOLD, hold=HOLD, limit=9)
    assert [envelope.tries for envelope in again] == [2]


async def test_what_did_not_arrive_is_due_again_or_given_up(shop: Shop) -> None:
    await shop.write(lambda work: work.outbox.put(CardDue(shop.ticket().id), at=NOW, trace_id="t"))
    store, later = shop.store, NOW + timedelta(hours=1)
    (envelope,) = await store.lease(Destination.SLACK, at=NOW, hold=HOLD, limit=9)
    await store.put_back(envelope.id, due_at=later, why="429", given_up=False)
    assert await store.lease(Destination.SLACK, at=NOW + 2 * HOLD, hold=HOLD, limit=9) == []
    assert len(await store.lease(Destination.SLACK, at=later, hold=HOLD, limit=9)) == 1
    await store.put_back(envelope.id, due_at=later, why="gone", given_up=True)
    assert await store.lease(Destination.SLACK, at=later + HOLD, hold=HOLD, limit=9) == []
    assert await store.count_waiting() == 0


async def test_what_was_delivered_stays_delivered(shop: Shop) -> None:
    await shop.write(lambda work: work.outbox.put(CardDue(shop.ticket().id), at=NOW, trace_id="t"))
    (envelope,) = await shop.store.lease(Destination.SLACK, at=NOW, hold=HOLD, limit=9)
    await shop.store.mark_delivered(envelope.id, at=NOW)
    await shop.store.put_back(envelope.id, due_at=NOW, why="a second holder, late", given_up=False)
    assert await shop.store.lease(Destination.SLACK, at=NOW + HOLD, hold=HOLD, limit=9) == []
    assert await shop.store.count_waiting() == 0


async def test_a_dedupe_that_is_there_is_left_alone(shop: Shop) -> None:
    mail = RequestMail(shop.refund_request().id, "done", received=False)
    async with shop.store.begin(shop.id) as work:
        for dedupe in ("a", "a", "b", None, None):
            await work.outbox.put(mail, at=NOW, trace_id="t", dedupe=dedupe)
    assert await shop.store.count_waiting(Destination.MAIL) == 4


async def test_a_destination_gets_its_own_only(shop: Shop) -> None:
    ticket = shop.ticket()
    async with shop.store.begin(shop.id) as work:
        await work.outbox.put(ThreadDue(ticket.id, new_id(EntryId)), at=NOW, trace_id="t")
        request = shop.refund_request()
        await work.outbox.put(RequestMail(request.id, "done", received=False), at=NOW, trace_id="t")
    leased = await shop.store.lease(Destination.MAIL, at=NOW, hold=HOLD, limit=9)
    assert [envelope.destination for envelope in leased] == [Destination.MAIL]


async def test_an_event_is_new_once_for_each_source(shop: Shop) -> None:
    async with shop.store.begin(shop.id) as work:
        take_in = work.inbox.take_in
        assert await take_in("stripe", "evt_1", "charge.refunded", at=NOW, ignored="")
        assert not await take_in("stripe", "evt_1", "charge.refunded", at=NOW, ignored="")
        assert await take_in("slack", "evt_1", "app_uninstalled", at=NOW, ignored="unknown kind")


def invoice_of(shop: Shop, number: str) -> r.Document:
    frozen = {"lines": [{"name": "Kurs — 講座", "minor": 10_000}], "nested": {"a": None}}
    return r.Document(
        new_id(DocumentId), shop.id, DocumentKind.INVOICE, number, shop.paid.id, None, NOW, frozen
    )


async def test_a_document_is_issued_once(shop: Shop) -> None:
    invoice = invoice_of(shop, "INV-1")
    async with shop.store.begin(shop.id) as work:
        await work.documents.add(invoice)
        assert await work.documents.find_invoice(shop.paid.id) == invoice
        assert await work.documents.get(invoice.id) == invoice
        with pytest.raises(Repeated) as refused:
            await work.documents.add(invoice_of(shop, "INV-2"))
        with pytest.raises(NotFound):
            await work.documents.get(new_id(DocumentId))
    assert refused.value.data == {"first": invoice.id}


async def test_a_number_is_given_once(shop: Shop) -> None:
    other = replace(invoice_of(shop, "INV-1"), payment_id=shop.renewals[0].id)
    async with shop.store.begin(shop.id) as work:
        await work.documents.add(invoice_of(shop, "INV-1"))
        with pytest.raises(RuntimeError, match="INV-1"):
            await work.documents.add(other)


async def test_a_credit_note_is_a_refunds(shop: Shop) -> None:
    refund = r.Refund(new_id(RefundId), shop.id, shop.paid.id, None, usd(5), None, NOW, None)
    kind = DocumentKind.CREDIT_NOTE
    note = replace(invoice_of(shop, "CN-1"), kind=kind, refund_id=refund.id)
    async with shop.store.begin(shop.id) as work:
        await work.purchases.settle_refund(refund)
        await work.documents.add(invoice_of(shop, "INV-1"))
        await work.documents.add(note)
        assert await work.documents.find_credit_note(refund.id) == note
        assert [await work.documents.next_number(kind) for _ in range(2)] == [1, 2]
        assert await work.documents.next_number(DocumentKind.INVOICE) == 1
