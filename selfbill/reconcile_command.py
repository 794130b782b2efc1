"""`selfbill reconcile`: our books beside the payment processor's; the exit code is for cron."""

import json
import secrets
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn
from rich.table import Table

from billing.actors import SystemActor
from billing.context import Context
from billing.processing.asking_again import NotCompared
from billing.processing.compared import Difference
from billing.processing.reconciling import Span, reconcile
from billing.processor import Listed, PaymentProvider
from billing.records import Account
from locales.difference_words import TO_DO, side_words
from locales.labels import label
from locales.translator import get_translator
from selfbill.running import CONFIG, read_settings, run_and_explain
from selfbill.wiring import Service, open_service
from storage.migrate import must_not_be_newer

_DAY = click.DateTime(formats=["%Y-%m-%d"])
CLEAN, DIFFERENT, NOT_COMPARED = 0, 1, 2


@dataclass
class Found:
    """What came of one account, or of all of them."""

    counted: Counter[Listed] = field(default_factory=Counter)
    differences: list[tuple[str, Difference]] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def exit_code(self) -> int:
        """2 wherever something could not be compared, whatever was found before."""
        return NOT_COMPARED if self.problems else DIFFERENT if self.differences else CLEAN


@click.command("reconcile")
@click.option("--account", help="The slug of one account; all that have a processor if not given.")
@click.option("--days", default=35, show_default=True, type=click.IntRange(min=1), help="How far back.")
@click.option("--since", type=_DAY, help="From this day on (UTC), instead of --days.")
@click.option("--until", type=_DAY, help="Until the end of this day (UTC); now if not given.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a difference, and the figures.")
@CONFIG
def reconcile_books(
    account: str | None,
    days: int,
    since: datetime | None,
    until: datetime | None,
    *,
    as_json: bool,
    settings_file: Path | None,
) -> None:
    """Compare our books with the payment processor. 0: no difference, 1: some, 2: it could not be compared.

    Each difference also stands in the desk's inbox, until a later run finds it gone. It may run beside the
    service.
    """
    settings = read_settings(settings_file)

    async def run() -> Found:
        must_not_be_newer(settings.database_url)
        async with open_service(settings) as service:
            return await compare_all(service, account, lambda now: _span(now, days, since, until))

    found = run_and_explain(run)
    tell_json(found) if as_json else tell(found)
    sys.exit(found.exit_code)


def _span(now: datetime, days: int, since: datetime | None, until: datetime | None) -> Span:
    end = min(now, until.replace(tzinfo=UTC) + timedelta(days=1)) if until else now
    return Span(since.replace(tzinfo=UTC) if since else end - timedelta(days=days), end)


async def compare_all(service: Service, slug: str | None, span: Callable[[datetime], Span]) -> Found:
    """Every account that has a processor, or the one of this slug; `span` of the time it is."""
    ctx, found = service.context, Found()
    accounts = [each for each in await ctx.store.list_accounts() if slug in {None, each.slug}]
    if not accounts:
        found.problems.append(f"There is no account {slug}." if slug else "There is no account yet.")
    for account in accounts:
        provider = await service.providers.of(account.id)
        if provider is not None:
            await _compare(ctx, provider, account, span(ctx.now()), found)
        elif slug:
            found.problems.append(f"{slug} is not connected to a payment processor.")
    return found


async def _compare(
    ctx: Context, provider: PaymentProvider, account: Account, span: Span, found: Found
) -> None:
    """One account's, to its end or as far as the processor answers."""
    by = SystemActor(account.id, "reconcile", f"reconcile-{secrets.token_hex(4)}")
    columns = (SpinnerColumn(), TextColumn("{task.description}"))
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task(account.slug)
        try:
            async for page in reconcile(ctx, provider, span, by=by):
                found.counted[page.what] += page.count
                found.differences += [(account.slug, each) for each in page.differences]
                told = f"{account.slug}: {page.what} {found.counted[page.what]}"
                progress.update(task, description=f"{told}, {len(found.differences)} differences")
        except NotCompared as why:
            found.problems.append(f"{account.slug}: {why}. What was compared before is listed.")


def tell(found: Found) -> None:
    """A table and the figures; what could not be compared goes to stderr."""
    say = get_translator("en")
    if found.differences:
        table = Table("Account", "What", "About", "Here", "At the processor", "What to do")
        for slug, each in found.differences:
            facts = each.facts
            about = f"{each.name}\n{each.about}" if each.name else each.about
            here, there = side_words(facts, "here", say), side_words(facts, "there", say)
            table.add_row(slug, label(each.kind, say), about, here, there, say.text(TO_DO[each.kind]))
        Console().print(table)
    figures = ", ".join(f"{count} {what}" for what, count in found.counted.items()) or "nothing"
    many = len(found.differences)
    differences = "1 difference" if many == 1 else f"{many or 'No'} differences"
    click.echo(f"Compared, there and here: {figures}. {differences}.")
    for problem in found.problems:
        click.echo(problem, err=True)


def tell_json(found: Found) -> None:
    """A line each, the figures last."""
    say = get_translator("en")
    for slug, each in found.differences:
        told = {"account": slug, "kind": each.kind, "subject": each.about, **each.facts}
        click.echo(json.dumps({**told, "todo": say.text(TO_DO[each.kind])}, ensure_ascii=False))
    counted = {what.value: count for what, count in found.counted.items()}
    figures = {"compared": counted, "differences": len(found.differences), "problems": found.problems}
    click.echo(json.dumps(figures, ensure_ascii=False))
