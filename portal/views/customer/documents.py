"""Invoices and credit notes: a button issues one, once; the file itself is read at its own address."""

import asyncio
from dataclasses import dataclass

from aiohttp import web

from billing.documents.issuing import (
    consider_credit_note,
    consider_invoice,
    issue_credit_note,
    issue_invoice,
    show_document,
)
from billing.ids import DocumentId, PaymentId, RefundId, parse_id
from portal.documents import draw
from portal.forms import read_form
from portal.keys import CONTEXT
from portal.render import render, see, url_for
from portal.session import customer


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """One button; shown where the code came between the customer and the file."""

    url: str
    is_credit_note: bool


async def show_invoice(http: web.Request) -> web.StreamResponse:
    """Where the code leads back to: reading it issues nothing."""
    await consider_invoice(http.app[CONTEXT], _payment_id(http), by=customer(http))
    url = url_for(http, "invoice", _payment_id(http))
    return render(http, "customer/document.html", DocumentPage(url, is_credit_note=False))


async def invoice(http: web.Request) -> web.StreamResponse:
    """Issued now unless it was before, then read."""
    read_form(http)
    document = await issue_invoice(http.app[CONTEXT], _payment_id(http), by=customer(http))
    raise see(http, "document", document.id)


async def show_credit_note(http: web.Request) -> web.StreamResponse:
    """Where the code leads back to: reading it issues nothing."""
    await consider_credit_note(http.app[CONTEXT], _refund_id(http), by=customer(http))
    url = url_for(http, "credit-note", _refund_id(http))
    return render(http, "customer/document.html", DocumentPage(url, is_credit_note=True))


async def credit_note(http: web.Request) -> web.StreamResponse:
    """Issued now unless it was before, then read."""
    read_form(http)
    document = await issue_credit_note(http.app[CONTEXT], _refund_id(http), by=customer(http))
    raise see(http, "document", document.id)


async def download(http: web.Request) -> web.StreamResponse:
    """The file, to be kept, never shown as a page of ours."""
    document_id = parse_id(DocumentId, http.match_info["document_id"])
    document = await show_document(http.app[CONTEXT], document_id, by=customer(http))
    pdf = await asyncio.to_thread(draw, document)  # it releases the GIL
    name = "".join(c for c in document.number if c.isascii() and (c.isalnum() or c in "-_")) or "document"
    headers = {
        "Content-Disposition": f'attachment; filename="{name}.pdf"',
        "Content-Security-Policy": "sandbox",
    }
    return web.Response(body=pdf, content_type="application/pdf", headers=headers)


def _payment_id(http: web.Request) -> PaymentId:
    return parse_id(PaymentId, http.match_info["payment_id"])


def _refund_id(http: web.Request) -> RefundId:
    return parse_id(RefundId, http.match_info["refund_id"])
