"""All tables, by subject. Every key starts with the account; `metadata` is complete once this is imported."""

from storage.tables import accounts, documents, helpdesks, imports, ledger, requests, sales, visits
from storage.tables.metadata import metadata

__all__ = [
    "accounts",
    "documents",
    "helpdesks",
    "imports",
    "ledger",
    "metadata",
    "requests",
    "sales",
    "visits",
]
