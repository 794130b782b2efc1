"""What an import from Stripe says in the end: a table of the lists, and what was skipped and why."""

from collections.abc import Iterator, Sequence

from rich.table import Table

from billing.processing.records import SyncMark, SyncRun
from billing.processing.tally import Skip
from billing.processing.walking import LEFT_OUT, OTHER_CURRENCY, Stage

NAMES = {
    Stage.CUSTOMERS: "Customers",
    Stage.SUBSCRIPTIONS: "Subscriptions",
    Stage.INVOICES: "Invoices",
    Stage.CHARGES: "Charges",
    Stage.ORDER_IDS: "Order IDs",
    Stage.REFUNDS: "Refunds",
    Stage.DISPUTES: "Disputes",
}
_WHY = {
    Skip.NO_EMAIL: "{what} without an e-mail: {count}. They come in with a payment that has one.",
    Skip.NO_CUSTOMER: "{what} of nobody with an e-mail: {count}. Nobody could sign in for them.",
    Skip.NOT_CAPTURED: "{what} that took no money: {count}.",
    Skip.NO_PAYMENT: "{what} of charges that were not taken in: {count}.",
    Skip.WAITS: "{what} that are not final: {count}. They come in with their event, or with the next import.",
    Skip.NO_ROOM: "{what} of more than was left of their payments: {count}. See the alerts above the Inbox.",
    Skip.UNPAID: "{what} without a payment: {count}.",
}


def report_table(marks: Sequence[SyncMark]) -> Table:
    """A row for each list."""
    table = Table("List", "Read", "Made", "Linked", "Known", "Skipped")
    by_name = {mark.what: mark for mark in marks}
    for stage, name in NAMES.items():
        if (mark := by_name.get(stage.value)) is not None:
            counts = (mark.read, mark.made, mark.linked, mark.known, mark.skipped)
            table.add_row(name, *(f"{count:,}" for count in counts))
    return table


def report_lines(run: SyncRun) -> Iterator[str]:
    """What the table leaves open, a sentence a line."""
    for stage, name in NAMES.items():
        for reason, sentence in _WHY.items():
            if count := run.totals.get(f"{stage}:{reason}"):
                yield sentence.format(count=f"{count:,}", what=name)
    if count := run.totals.get(OTHER_CURRENCY):
        yield f"Payments in another currency than the account's: {count:,}. They were taken in as they are."
    if count := run.totals.get(LEFT_OUT):
        yield f"Left out, in a currency that is not known: {count:,}."
