"""Runs in pretix's own environment, never in ours: draws one invoice many times, prints milliseconds as JSON.

`python pretix_invoice.py DOCUMENTS`; Django on SQLite in memory, its tables made without migrations.
"""

import json
import os
import statistics
import sys
import time
from datetime import UTC, datetime
from decimal import Decimal

os.environ["DJANGO_SETTINGS_MODULE"] = "pretix.testutils.settings"

import django
from django.conf import settings

settings.DATABASES["default"] = {
    **settings.DATABASES["default"],
    "ENGINE": "django.db.backends.sqlite3",
    "NAME": ":memory:",
}
settings.DEBUG = False
django.setup()

from django.core.management import call_command  # noqa: E402 - Django is set up first
from django_scopes import scope  # noqa: E402 - Django is set up first
from pretix.base.models import Event, Invoice, InvoiceLine, Order, Organizer  # noqa: E402 - Django is set up first


def make_invoice() -> Invoice:
    """Of one line at 19 %, as ours."""
    organizer = Organizer.objects.create(name="Lumen Studio GmbH", slug="lumen")
    with scope(organizer=organizer):
        now = datetime(2026, 11, 3, 10, tzinfo=UTC)
        event = Event.objects.create(
            organizer=organizer, name="Studio", slug="studio", date_from=now, currency="EUR"
        )
        order = Order.objects.create(
            event=event,
            code="40107",
            email="alice@example.com",
            status=Order.STATUS_PAID,
            datetime=now,
            expires=now,
            total=Decimal("119.00"),
            sales_channel=organizer.sales_channels.first()
            or organizer.sales_channels.create(identifier="web", label="Web", type="web"),
        )
        invoice = Invoice.objects.create(
            order=order,
            event=event,
            organizer=organizer,
            date=now.date(),
            locale="en",
            invoice_no="00123",
            invoice_from="Hauptstraße 5",
            invoice_from_name="Lumen Studio GmbH",
            invoice_from_zipcode="10115",
            invoice_from_city="Berlin",
            invoice_from_country="DE",
            invoice_from_vat_id="DE123456789",
            invoice_to="Alice Whitfield\n146 Main Street\n78701 Austin\nUnited States",
        )
        InvoiceLine.objects.create(
            invoice=invoice,
            position=1,
            description='Studio "Pro" Presets<br />Monthly',
            gross_value=Decimal("119.00"),
            tax_value=Decimal("19.00"),
            tax_rate=Decimal("19.00"),
            tax_name="VAT",
        )
        return invoice


def measure(count: int) -> dict[str, float]:
    """Of one core each, and by the clock, in milliseconds; the first is not counted."""
    invoice = make_invoice()
    with scope(organizer=invoice.event.organizer):
        renderer = invoice.event.invoice_renderer
        began = time.perf_counter()
        size = len(renderer.generate(invoice)[2])
        first = time.perf_counter() - began
        took, spent = [], time.process_time()
        for _ in range(count):
            began = time.perf_counter()
            renderer.generate(invoice)
            took.append(time.perf_counter() - began)
        spent = time.process_time() - spent
    return {
        "first": first * 1000,
        "median": statistics.median(took) * 1000,
        "core": spent / count * 1000,
        "size": size,
    }


call_command("migrate", run_syncdb=True, verbosity=0)
print(json.dumps(measure(int(sys.argv[1]))))
