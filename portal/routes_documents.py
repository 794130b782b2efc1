"""Documents in the URL map: the same addresses for customers on every surface, and for staff at the desk."""

from billing.records import Document, Payment, Refund
from portal.entries import CUSTOMER, DECIDERS, MANAGERS, STAFF, CodeFor, Entry, Where, deed, page
from portal.views import documents
from portal.views.desk import business

DESK, _CODE = Where.DESK, CodeFor.DOCUMENTS
_ALL, _ONE = "/payments/{payment_id}/documents", "/documents/{document_id}"
_INVOICE, _RECEIPT = "/payments/{payment_id}/invoice", "/payments/{payment_id}/receipt"
_CREDIT_NOTE = "/refunds/{refund_id}/credit-note"
_CORRECTION = "/payments/{payment_id}/correction"

OF_CUSTOMERS: list[Entry] = [
    page(_ALL, documents.show_all, name="payment-documents", who=CUSTOMER, names=Payment, code=_CODE),
    page(_INVOICE, documents.show_invoice, name="invoice", who=CUSTOMER, names=Payment),
    deed(_INVOICE, documents.invoice, name="invoice", who=CUSTOMER, names=Payment, code=_CODE),
    page(_RECEIPT, documents.show_receipt, name="receipt", who=CUSTOMER, names=Payment),
    deed(_RECEIPT, documents.receipt, name="receipt", who=CUSTOMER, names=Payment, code=_CODE),
    page(_CREDIT_NOTE, documents.show_credit_note, name="credit-note", who=CUSTOMER, names=Refund),
    deed(_CREDIT_NOTE, documents.credit_note, name="credit-note", who=CUSTOMER, names=Refund, code=_CODE),
    page(_CORRECTION, documents.show_correction, name="correction", who=CUSTOMER, names=Payment, code=_CODE),
    deed(_CORRECTION, documents.correct, name="correction", who=CUSTOMER, names=Payment, code=_CODE),
    page(_ONE, documents.download, name="document", who=CUSTOMER, names=Document, code=_CODE),
]

OF_STAFF: list[Entry] = [
    page(_ALL, documents.show_all, name="payment-documents", who=STAFF, where=DESK, names=Payment),
    deed(_INVOICE, documents.invoice, name="invoice", who=DECIDERS, where=DESK, names=Payment),
    deed(_RECEIPT, documents.receipt, name="receipt", who=DECIDERS, where=DESK, names=Payment),
    deed(_CREDIT_NOTE, documents.credit_note, name="credit-note", who=DECIDERS, where=DESK, names=Refund),
    page(_CORRECTION, documents.show_correction, name="correction", who=MANAGERS, where=DESK, names=Payment),
    deed(_CORRECTION, documents.correct, name="correction", who=MANAGERS, where=DESK, names=Payment),
    page("/business", business.show, name="business", who=MANAGERS, where=DESK),
    deed("/business", business.save, name="business", who=MANAGERS, where=DESK, upload=True),
    page("/business/logo", business.logo, name="business-logo", who=MANAGERS, where=DESK),
]
