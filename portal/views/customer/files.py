"""A file of a conversation, and the helpdesk's logo."""

from aiohttp import web

from billing.errors import NotFound
from billing.files import show_file
from billing.helpdesks import show_logo
from billing.ids import AttachmentId, parse_id
from portal.file_lines import handed_out
from portal.keys import CONTEXT, PLACE
from portal.session import customer


async def download(http: web.Request) -> web.Response:
    """For the customer whose conversation it is in."""
    attachment_id = parse_id(AttachmentId, http.match_info["attachment_id"])
    return handed_out(await show_file(http.app[CONTEXT], attachment_id, by=customer(http)))


async def logo(http: web.Request) -> web.Response:
    """The picture that stands on every page of this helpdesk; its address names its content."""
    helpdesk = http[PLACE].helpdesk
    if helpdesk is None or helpdesk.logo is None:
        raise NotFound
    headers = {"Cache-Control": "private, max-age=86400"}
    return web.Response(
        body=await show_logo(http.app[CONTEXT], helpdesk), content_type="image/png", headers=headers
    )
