"""`selfbill audit`: whether all that is stored agrees; the exit code is for cron."""

import sys
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn

from billing.auditing import audit_account
from billing.auditing_words import Broken, Finding
from billing.context import Context
from selfbill.running import CONFIG, end, read_settings, with_context

_WORDS = {
    Broken.REFUNDED_SUM: "What was refunded of a payment is not the sum of its refunds",
    Broken.RESERVED_SUM: "What is reserved of a payment is not what open requests hold",
    Broken.OPERATION_STATE: "A request and its operation do not stand at the same place",
    Broken.NO_APPROVAL: "Something was sent that nobody had approved",
    Broken.NO_REFUND: "An operation and its refund disagree",
    Broken.REFUND_AMOUNT: "Another amount went back than was approved",
    Broken.NO_NEXT_TRY: "An open operation is tried by nobody",
    Broken.ARROW: "A request moved where no arrow leads",
    Broken.JOURNAL: "The journal tells another story",
    Broken.TICKET: "A request and its ticket disagree",
    Broken.DISPUTED_SUM: "What is disputed of a payment is not what its disputes take",
    Broken.HELD: "A request waits for a bank without cause",
    Broken.CARD_STEPS: "A card change and its steps disagree",
    Broken.NO_ALERT: "People should have been called, and were not",
    Broken.STRANGER: "A row points to what its account does not have",
}


@click.command("audit")
@click.option("--account", help="The slug of one account; all of them if not given.")
@CONFIG
def audit(account: str | None, settings_file: Path | None) -> None:
    """Check the stored state; 0: all agrees, 1: something does not. It may run beside the service."""
    found = with_context(read_settings(settings_file), lambda ctx: _audit(ctx, account))
    sys.exit(1 if found else 0)


async def _audit(ctx: Context, slug: str | None) -> int:
    accounts = [each for each in await ctx.store.list_accounts() if slug in {None, each.slug}]
    if not accounts:
        end(f"There is no account {slug}." if slug else "There is no account yet.")
    requests = payments = found = 0
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("")
        for each in accounts:
            async for page in audit_account(ctx, each.id):
                requests, payments = requests + page.requests, payments + page.payments
                found += len(page.findings)
                progress.update(task, description=f"{each.slug}: {requests} requests, {payments} payments")
                for finding in page.findings:
                    _tell(each.slug, finding)
    click.echo(f"{requests} requests and {payments} payments were checked: {found or 'nothing'} to look at.")
    return found


def _tell(slug: str, finding: Finding) -> None:
    click.echo(f"{slug} {finding.subject}: {_WORDS[finding.what]}: {finding.detail}.")
