"""The files of a bundle, as customers and staff get them: a ZIP that is sent while it is read, or a PDF."""

import asyncio
from zoneinfo import ZoneInfo

from aiohttp import web

from billing.actors import CustomerActor, StaffActor
from billing.context import Context
from billing.documents.bundles import open_bundle
from billing.documents.records import Bundle
from billing.errors import NotFound
from billing.ids import BundleId, parse_id
from billing.records import Account
from billing.states import BundleForm
from locales.translator import N_, Translator, get_translator
from portal.documents.contents import INDEX, list_contents, list_members, read_documents, read_pieces
from portal.documents.drawn import fetch_pdf
from portal.documents.joining import MOST_JOINED, Sheet, count_parts, join_apart
from portal.documents.zipping import ZipWriter, zip_length
from portal.keys import CONTEXT, JOINING


async def send_bundle(http: web.Request, *, by: CustomerActor | StaffActor) -> web.StreamResponse:
    """The bundle that the path names; of a PDF in several parts `?part=`. Raises `NotFound`."""
    ctx = http.app[CONTEXT]
    account, bundle = await open_bundle(ctx, parse_id(BundleId, http.match_info["bundle_id"]), by=by)
    say = get_translator(bundle.locale, account.time_zone)
    if bundle.form is BundleForm.ZIP:
        return await _send_zip(http, account, bundle, say)
    part = _part(http.query.get("part", "1"), count_parts(bundle.total))
    # One at a time, whoever waits holds nothing: it takes a core, and memory for hundreds of files.
    async with http.app[JOINING]:
        pdf = await _join(ctx, account, bundle, part, say)
    name = f"documents-{bundle.year}" + (f"-{part}" if count_parts(bundle.total) > 1 else "")
    return web.Response(body=pdf, content_type="application/pdf", headers=_kept_as(f"{name}.pdf"))


async def _send_zip(
    http: web.Request, account: Account, bundle: Bundle, say: Translator
) -> web.StreamResponse:
    """As long as it says beforehand. Whoever goes away stops it: the next piece cannot be written."""
    ctx = http.app[CONTEXT]
    contents = await list_contents(ctx, account, bundle, say)
    files = [(INDEX, len(contents.index)), *((each.name, each.size) for each in contents.pieces)]
    answer = web.StreamResponse(headers=_kept_as(f"documents-{bundle.year}.zip"))
    answer.content_type, answer.content_length = "application/zip", zip_length(files)
    await answer.prepare(http)
    if http.method == "HEAD":
        return answer
    ready_at = bundle.ready_at or bundle.asked_at
    writer = ZipWriter(ready_at.astimezone(ZoneInfo(account.time_zone)))
    await answer.write(writer.begin_file(INDEX, contents.index) + contents.index)
    async for piece, content in read_pieces(ctx, account.id, contents.pieces):
        await answer.write(writer.begin_file(piece.name, content))
        await answer.write(content)
    await answer.write(writer.end())
    await answer.write_eof()
    return answer


async def _join(ctx: Context, account: Account, bundle: Bundle, part: int, say: Translator) -> bytes:
    members = await list_members(ctx, account, bundle)
    mine = members[(part - 1) * MOST_JOINED : part * MOST_JOINED]
    if not mine:
        raise NotFound
    sheets = []
    async for document in read_documents(ctx, account.id, mine):
        bookmark = f"{document.number} · {say.date(document.issued_at)}"
        sheets.append(Sheet(await fetch_pdf(ctx, document), bookmark))
    title = bundle_title(bundle.year, say)
    if count_parts(len(members)) > 1:
        title = f"{title}, {part_title(part, count_parts(len(members)), say)}"
    return await asyncio.to_thread(join_apart, sheets, title=title, language=say.tag)


def bundle_title(year: int, say: Translator) -> str:
    """What all of it is called."""
    return say.text(N_("All documents of {year}"), year=str(year))


def part_title(part: int, parts: int, say: Translator) -> str:
    """One of several files."""
    return say.text(N_("Part {part} of {parts}"), part=part, parts=parts)


def _part(text: str, parts: int) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 6 and 0 < int(text) <= parts):
        raise NotFound
    return int(text)


def _kept_as(name: str) -> dict[str, str]:
    """To be kept, never shown as a page of ours."""
    return {
        "Content-Disposition": f'attachment; filename="{name}"',
        "Content-Security-Policy": "sandbox",
    }
