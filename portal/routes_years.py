"""The part of the URL map where staff find issued documents, and where everybody has all of a year."""

from functools import partial

from billing.documents.records import Bundle
from billing.records import Document
from portal.entries import CUSTOMER, MANAGERS, STAFF, CodeFor, Entry, Where, deed, page
from portal.views.customer import documents_year
from portal.views.desk import documents
from portal.views.documents import download

_DESK = Where.DESK
_ALL, _BUNDLE, _YEAR = "/documents", "/bundles/{bundle_id}", "/documents-of-a-year"
_page = partial(page, who=CUSTOMER, code=CodeFor.DOCUMENTS)
_deed = partial(deed, who=CUSTOMER, code=CodeFor.DOCUMENTS)
_desk_page = partial(page, who=MANAGERS, where=_DESK)

YEAR_ROUTES: list[Entry] = [
    _page(_YEAR, documents_year.show, name="year-documents"),
    _deed(_YEAR, documents_year.ask, name="year-documents"),
    _page(f"{_YEAR}/events", documents_year.events, name="year-documents-events"),
    _page(_BUNDLE, documents_year.download, name="bundle", names=Bundle),
    page(_ALL, documents.show, name="documents", who=STAFF, where=_DESK),
    deed(_ALL, documents.ask, name="documents", who=MANAGERS, where=_DESK),
    _desk_page(f"{_ALL}/events", documents.events, name="documents-events"),
    _desk_page(f"{_ALL}/missing", documents.show_missing, name="documents-missing"),
    page(
        f"{_ALL}/{{document_id}}",
        download,
        name="document",
        who=STAFF,
        where=_DESK,
        names=Document,
    ),
    _desk_page(_BUNDLE, documents.download_bundle, name="bundle", names=Bundle),
]
