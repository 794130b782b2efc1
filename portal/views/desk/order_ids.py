"""How Order IDs are made where the processor has none: a form on the page Payments."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import Invalid, Stale
from billing.processing.order_ids import EXAMPLE, OrderIdStanding, set_order_ids, show_order_ids
from billing.processing.records import OrderFormat
from billing.versions import version_of
from locales.translator import N_, Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.desk.meanwhile import Differences, as_typed, find_differences
from portal.views.desk.payments import SECTION

_FIELDS = ("template", "width", "start")
_NO_NUMBER = -1
_MOST_DIGITS = 12


@dataclass(frozen=True, slots=True)
class OrderIdsPage:
    """The form; `next_ids` are the next Order IDs as things stand."""

    section: str
    form: Form
    next_ids: tuple[str, ...]
    example: str
    seen: str
    stale: Differences | None
    saved: str


async def show(http: web.Request) -> web.Response:
    """As it is."""
    standing = await show_order_ids(http.app[CONTEXT], by=staff(http))
    return _page(http, standing, Form(_typed(standing.order_format)))


async def save(http: web.Request) -> web.Response:
    """As typed; 409 with both values where somebody saved meanwhile."""
    form, ctx, by = read_form(http, "seen", *_FIELDS), http.app[CONTEXT], staff(http)
    try:
        await set_order_ids(
            ctx,
            template=form.text("template"),
            width=_number(form, "width"),
            start=_number(form, "start"),
            by=by,
            seen=form.text("seen"),
        )
    except Invalid as refusal:
        refused, standing = form.refused(refusal, http[SAY]), await show_order_ids(ctx, by=by)
        return _page(http, standing, refused, seen=form.text("seen"), status=422)
    except Stale:
        standing = await show_order_ids(ctx, by=by)
        theirs = _typed(standing.order_format)
        stale = find_differences(form, theirs, _labels(http[SAY]), as_typed)
        if stale:
            return _page(http, standing, form, stale=stale, status=409)
    raise see(http, "payments-order-ids", saved="yes")


def _number(form: Form, name: str) -> int:
    """What is no number the use case refuses as out of range."""
    text = form.text(name)
    is_number = text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS
    return int(text) if is_number else _NO_NUMBER


def _typed(order_format: OrderFormat) -> dict[str, str]:
    return {
        "template": order_format.template,
        "width": str(order_format.width),
        "start": str(order_format.last + 1),
    }


def _labels(say: Translator) -> dict[str, str]:
    return {
        "template": say.text(N_("Format")),
        "width": say.text(N_("Digits of the number")),
        "start": say.text(N_("Next number")),
    }


def _page(
    http: web.Request,
    standing: OrderIdStanding,
    form: Form,
    *,
    seen: str = "",
    stale: Differences | None = None,
    status: int = 200,
) -> web.Response:
    page = OrderIdsPage(
        section=SECTION,
        form=form,
        next_ids=standing.next_ids,
        example=EXAMPLE,
        seen=seen or version_of(standing.order_format),
        stale=stale,
        saved=http[SAY].text(N_("Saved.")) if http.query.get("saved") == "yes" else "",
    )
    return render(http, "desk/order_ids.html", page, status=status)
