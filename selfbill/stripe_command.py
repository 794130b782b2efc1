"""The command `selfbill import stripe`: its options, and how it is stopped."""

import sys
from datetime import datetime
from pathlib import Path

import click

from selfbill import stripe_import
from selfbill.running import CONFIG, read_settings, with_context

STOPPED = 130


@click.command("stripe")
@click.option("--account", help="The slug of the account; the one of the settings if not given.")
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="Only what Stripe has from this day on.")
@CONFIG
def import_from_stripe(account: str | None, since: datetime | None, settings_file: Path | None) -> None:
    """Bring in what Stripe has; it can be repeated, and goes on where it was stopped."""
    settings = read_settings(settings_file)
    slug = account or settings.account
    if not slug:
        click.echo("Which account? Name it with --account.", err=True)
        sys.exit(stripe_import.NOTHING_DONE)
    day = since.date() if since else None
    try:
        code = with_context(
            settings,
            lambda ctx: stripe_import.import_stripe(ctx, slug, since=day, api=settings.stripe_api),
        )
    except KeyboardInterrupt:
        click.echo("Stopped. Run the same command again: it goes on where it was.", err=True)
        code = STOPPED
    sys.exit(code)
