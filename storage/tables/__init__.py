"""All tables, by subject. Every key starts with the account; `metadata` is complete once this is imported."""

from storage.tables import (
    accounts,
    documents,
    files,
    guards,
    helpdesks,
    imports,
    ledger,
    places,
    processing,
    reports,
    requests,
    sales,
    slack,
    team,
    timing,
    visits,
)
from storage.tables.metadata import metadata

__all__ = [
    "accounts",
    "documents",
    "files",
    "guards",
    "helpdesks",
    "imports",
    "ledger",
    "metadata",
    "places",
    "processing",
    "reports",
    "requests",
    "sales",
    "slack",
    "team",
    "timing",
    "visits",
]
