"""Files with messages: kept with their entry, within a quota, for whoever may read the conversation."""

from dataclasses import asdict

import pytest
from sqlalchemy import insert

from billing.errors import Invalid, NotFound
from billing.files import (
    CUSTOMER_QUOTA_BYTES,
    LEAST_BYTES,
    MOST_BYTES,
    QUOTA_BYTES,
    CheckedFile,
    show_file,
)
from billing.ids import AttachmentId, new_id
from billing.merchant import Attachment
from billing.records import Ticket
from billing.states import Surface
from billing.tickets import open_ticket, reply_ticket, show_ticket
from storage.tables.files import attachments
from tests.billing.bench import Bench
from tests.people import alice, bob, charlie, erin, heidi

PICTURE = CheckedFile("screen.png", "image/png", b"a picture")


async def ask(bench: Bench, *files: CheckedFile) -> Ticket:
    by = bench.customer(surface=Surface.HELPDESK)
    return await open_ticket(
        bench.ctx,
        by=by,
        subject="S",
        text="T",
        department_id=None,
        once_key=new_id(AttachmentId).hex,
        files=files,
    )


async def test_a_file_stands_with_its_message(bench_on_each: Bench) -> None:
    bench = bench_on_each
    ticket, by = await ask(bench, PICTURE), bench.customer(surface=Surface.HELPDESK)
    bench.clock.turn(minutes=1)
    reply = CheckedFile("how.pdf", "application/pdf", b"%PDF-")
    entry = await reply_ticket(
        bench.ctx, ticket.id, by=bench.staff(erin), text="See.", once_key="r", files=(reply,)
    )
    view = await show_ticket(bench.ctx, ticket.id, by=by)
    assert [(each.name, each.size) for each in view.files] == [("screen.png", 9), ("how.pdf", 5)]
    assert view.files[1].entry_id == entry.id
    for reader in (by, bench.staff(erin)):
        found = await show_file(bench.ctx, view.files[0].id, by=reader)
        assert (found.content, found.attachment.media_type) == (b"a picture", "image/png")
    for stranger in (
        bench.customer(bob, surface=Surface.HELPDESK),
        bench.customer(alice),  # on the portal there are no conversations
        bench.customer(charlie),
        bench.staff(heidi),
    ):
        with pytest.raises(NotFound):
            await show_file(bench.ctx, view.files[0].id, by=stranger)


async def test_too_many_and_too_large_are_refused_and_nothing_is_kept(bench: Bench) -> None:
    half = CheckedFile("half.txt", "text/plain", b"x" * (MOST_BYTES // 2 + 1))
    for files, problem in (((PICTURE,) * 4, "too-many-files"), ((half, half), "too-large-files")):
        with pytest.raises(Invalid) as refused:
            await ask(bench, *files)
        assert (refused.value.field, refused.value.problem) == ("files", problem)
    async with bench.ctx.read(bench.lumen.id) as work:
        assert await work.files.used(least=LEAST_BYTES) == 0
        assert not await work.tickets.list_of_customer(bench.world.customers[alice.name])


async def keep(bench: Bench, like: Attachment, size: int) -> None:
    """A file as large as this says, with the same message."""
    values = asdict(like) | {"id": new_id(AttachmentId), "size": size, "content": b"not really"}
    await bench.change(insert(attachments).values(**values))


async def test_an_account_has_room_for_so_much_and_small_files_count_for_more(bench: Bench) -> None:
    ticket = await ask(bench, PICTURE)
    bench.clock.turn(minutes=1)
    await reply_ticket(
        bench.ctx, ticket.id, by=bench.staff(erin), text="See.", once_key="r", files=(PICTURE,)
    )
    async with bench.ctx.read(bench.lumen.id) as work:
        _, ours = await work.files.list_of_ticket(ticket.id)
        assert await work.files.used(least=LEAST_BYTES) == 2 * LEAST_BYTES
    await keep(bench, ours, QUOTA_BYTES - 3 * LEAST_BYTES)
    await ask(bench, PICTURE)
    with pytest.raises(Invalid) as refused:
        await ask(bench, PICTURE)
    assert refused.value.problem == "no-room-for-files"
    await ask(bench)


async def test_one_customer_does_not_fill_it(bench_on_each: Bench) -> None:
    bench = bench_on_each
    ticket = await ask(bench, PICTURE)
    async with bench.ctx.read(bench.lumen.id) as work:
        (theirs,) = await work.files.list_of_ticket(ticket.id)
    await keep(bench, theirs, CUSTOMER_QUOTA_BYTES - 2 * LEAST_BYTES)
    await ask(bench, PICTURE)
    with pytest.raises(Invalid) as refused:
        await ask(bench, PICTURE)
    assert refused.value.problem == "no-room-for-files"
    await reply_ticket(
        bench.ctx, ticket.id, by=bench.staff(erin), text="See.", once_key="r", files=(PICTURE,)
    )
