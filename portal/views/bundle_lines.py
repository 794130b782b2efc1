"""Bundles in lines, as customers and staff are shown them: how far each is, and where its files are."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from billing.documents.records import Bundle
from billing.states import BundleForm, BundleState
from billing.versions import version_of
from locales.texts import label
from locales.translator import N_, Translator
from portal.documents.joining import count_parts
from portal.keys import SAY
from portal.render import url_for
from portal.views.bundle_files import bundle_title, part_title

_TONES = {BundleState.GATHERING: "live", BundleState.READY: "good", BundleState.FAILED: "bad"}


@dataclass(frozen=True, slots=True)
class FileLink:
    """One file of a bundle."""

    words: str
    address: str


@dataclass(frozen=True, slots=True)
class BundleLine:
    """`progress` is empty unless it is under way; `expires_at` None unless it is ready."""

    title: str
    form: str
    tone: str
    state: str
    progress: str
    share: int  # of a hundred
    files: tuple[FileLink, ...]
    has_failed: bool
    expires_at: datetime | None


def bundle_line(http: web.Request, bundle: Bundle) -> BundleLine:
    """The line's data."""
    say = http[SAY]
    is_ready, is_gathering = bundle.state is BundleState.READY, bundle.state is BundleState.GATHERING
    return BundleLine(
        title=bundle_title(bundle.year, say),
        form=bundle.form.value.upper(),
        tone=_TONES[bundle.state],
        state=label(bundle.state, say),
        progress=_progress(bundle, say) if is_gathering else "",
        share=100 * bundle.done // max(bundle.total, 1),
        files=_files(http, bundle, say) if is_ready else (),
        has_failed=bundle.state is BundleState.FAILED,
        expires_at=bundle.expires_at if is_ready else None,
    )


def is_under_way(bundles: Sequence[Bundle]) -> bool:
    """Whether the page will change by itself."""
    return any(each.state is BundleState.GATHERING for each in bundles)


def bundles_version(bundles: Sequence[Bundle]) -> str:
    """Changes with each step."""
    return version_of([(each.id, each.state, each.done) for each in bundles])


def _progress(bundle: Bundle, say: Translator) -> str:
    return say.text(N_("{done} of {total} documents are there."), done=bundle.done, total=bundle.total)


def _files(http: web.Request, bundle: Bundle, say: Translator) -> tuple[FileLink, ...]:
    parts = count_parts(bundle.total) if bundle.form is BundleForm.PDF else 1
    if parts == 1:
        return (FileLink(say.text(N_("Download")), url_for(http, "bundle", bundle.id)),)
    return tuple(
        FileLink(part_title(part, parts, say), url_for(http, "bundle", bundle.id, part=str(part)))
        for part in range(1, parts + 1)
    )
