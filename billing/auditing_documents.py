"""Checks of issued documents: lines come to totals, notes fit their invoice, series have no gap."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from billing.auditing_words import Broken, Finding
from billing.ports.audit import AuditedDocuments
from billing.records import Document
from billing.states import DocumentKind


def check_documents(audited: AuditedDocuments) -> Iterator[Finding]:
    """All of one payment."""
    for each in audited.documents:
        yield from _sums(each)
    invoices = [each for each in audited.documents if each.kind is DocumentKind.INVOICE]
    for each in invoices:
        if _gross(each) != audited.payment.captured.minor:
            detail = f"{_gross(each)}, and {audited.payment.captured} was captured"
            yield Finding(Broken.DOCUMENT_SUM, each.number, detail)
    yield from _notes(audited, invoices)


def check_series(last: Mapping[DocumentKind, int], counted: Mapping[DocumentKind, int]) -> Iterator[Finding]:
    """As many documents as numbers were given: with no number twice, which the database holds, no gap."""
    for kind in DocumentKind:
        if last.get(kind, 0) != counted.get(kind, 0):
            detail = f"{last.get(kind, 0)} numbers were given, to {counted.get(kind, 0)} documents"
            yield Finding(Broken.SERIES, kind.value, detail)


def _sums(document: Document) -> Iterator[Finding]:
    facts: Mapping[str, Any] = document.frozen
    names = ("net_minor", "tax_minor", "gross_minor")
    totals = [facts[name] for name in names]
    if [_sum(facts["lines"], name) for name in names] != totals or totals[0] + totals[1] != totals[2]:
        yield Finding(Broken.DOCUMENT_SUM, document.number, "its lines do not come to its totals")
    taxes = facts.get("taxes")  # version 1 has none
    if taxes is not None and [_sum(taxes, name) for name in names[:2]] != totals[:2]:
        yield Finding(Broken.DOCUMENT_SUM, document.number, "its taxes do not come to its totals")


def _notes(audited: AuditedDocuments, invoices: Sequence[Document]) -> Iterator[Finding]:
    """A note of a refund is of its amount; one of a correction takes back all of the invoice it names."""
    by_id = {each.id: each for each in invoices}
    refunds = {each.id: each for each in audited.refunds}
    credited = 0
    for note in audited.documents:
        if note.kind is not DocumentKind.CREDIT_NOTE:
            continue
        if note.refund_id is None:
            corrected = by_id.get(note.corrects_id) if note.corrects_id else None
            if corrected is None or _gross(note) != _gross(corrected):
                yield Finding(Broken.CREDIT_NOTES, note.number, "it is not all of the invoice it corrects")
            continue
        refund = refunds[note.refund_id]
        if _gross(note) != refund.amount.minor:
            yield Finding(Broken.CREDIT_NOTES, note.number, f"{_gross(note)}, and {refund.amount} went back")
        credited += _gross(note) if refund.reversed_at is None else 0
    if invoices and credited > _gross(invoices[-1]):
        yield Finding(Broken.CREDIT_NOTES, invoices[-1].number, f"{credited} was credited of it")


def _sum(parts: Sequence[Mapping[str, int]], name: str) -> int:
    return sum(each[name] for each in parts)


def _gross(document: Document) -> int:
    return int(str(document.frozen["gross_minor"]))
