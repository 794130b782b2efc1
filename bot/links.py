"""Links to pages of the desk, as people post them: which record of ours each of them names, if any."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from billing.errors import NotFound
from billing.ids import RequestId, TicketId, parse_id
from billing.slack.homes import BoardRow

MOST_LINKS = 10
_PAGE = re.compile(r"/(requests|tickets)/([0-9a-f]{32})/?(?:[?#][!-~]*)?")


@dataclass(frozen=True, slots=True)
class DeskLink:
    """A link as it was posted; it names a request or a ticket."""

    url: str
    request_id: RequestId | None
    ticket_id: TicketId | None

    def names(self, row: BoardRow) -> bool:
        """Whether this is what it leads to."""
        if self.request_id is not None:
            return row.request is not None and row.request.request.id == self.request_id
        ticket = row.ticket.ticket if row.ticket else row.request.ticket if row.request else None
        return ticket is not None and ticket.id == self.ticket_id


def read_links(urls: Iterable[str], desk: str) -> list[DeskLink]:
    """Those below this desk's address that name a record; of all others nothing is said."""
    found = []
    for url in urls:
        page = _PAGE.fullmatch(url.removeprefix(desk)) if url.startswith(desk) else None
        if page is None:
            continue
        try:
            if page[1] == "requests":
                found.append(DeskLink(url, parse_id(RequestId, page[2]), None))
            else:
                found.append(DeskLink(url, None, parse_id(TicketId, page[2])))
        except NotFound:
            continue
    return found[:MOST_LINKS]
