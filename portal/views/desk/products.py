"""Products: what is sold, and the refund period of each."""

from dataclasses import dataclass

from aiohttp import web

from billing.errors import Invalid, NotFound, Stale
from billing.ids import ProductId, parse_id
from billing.products import LONGEST_PERIOD, find_products, set_refund_period, show_product
from billing.records import Product
from billing.versions import version_of
from locales.texts import label
from locales.translator import N_, Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see, url_for
from portal.session import staff
from portal.views.desk.meanwhile import Differences, find_differences

NO_PERIOD, DAYS = "none", "days"
_FIELDS = ("seen", "period", "refund_days")


@dataclass(frozen=True, slots=True)
class Row:
    """One product in the list; `period` says until when money goes back."""

    product: Product
    kind: str
    period: str


@dataclass(frozen=True, slots=True)
class ProductsPage:
    """Some of the products by name; `newer` and `older` are addresses, empty where there is no such page."""

    section: str
    words: str
    rows: tuple[Row, ...]
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class ProductPage:
    """One product with the form for its refund period."""

    section: str
    row: Row
    form: Form
    seen: str
    saved: str
    stale: Differences | None
    longest: int


async def show_all(http: web.Request) -> web.Response:
    """By name; `?words=` and `?page=` are all it reads."""
    words, number = http.query.get("words", ""), _number(http.query.get("page", "1"))
    found = await find_products(http.app[CONTEXT], by=staff(http), words=words, number=number)
    if number > 1 and not found.products:
        raise NotFound
    page = ProductsPage(
        section="products",
        words=words,
        rows=tuple(_row(each, http[SAY]) for each in found.products),
        before=_address(http, words, number - 1) if number > 1 else "",
        after=_address(http, words, number + 1) if found.is_more else "",
    )
    return render(http, "desk/products.html", page)


async def show(http: web.Request) -> web.Response:
    """One of them, as it is saved."""
    product = await show_product(http.app[CONTEXT], _product_id(http), by=staff(http))
    saved = (
        http[SAY].text(N_("Saved. It holds for every request from now on.")) if "saved" in http.query else ""
    )
    page = _page(http, product, Form(_fields(product)), version_of(product), saved=saved)
    return render(http, "desk/product.html", page)


async def save(http: web.Request) -> web.Response:
    """Its refund period, from now on; a stale form shows both values, and saves nothing."""
    ctx, by, say = http.app[CONTEXT], staff(http), http[SAY]
    form, product = read_form(http, *_FIELDS), await show_product(ctx, _product_id(http), by=by)
    seen = form.text("seen")
    try:
        await set_refund_period(ctx, product.id, _days(form), by=by, seen=seen)
    except Invalid as refusal:
        page, status = _page(http, product, form.refused(refusal, say), seen), 422
    except Stale as refusal:
        theirs, status = _product(refusal.data["theirs"]), 409
        stale = _compare(_days(form), theirs, say)
        page = _page(http, theirs, form, version_of(theirs), stale=stale)
    else:
        raise see(http, "product", product.id, saved="yes")
    return render(http, "desk/product.html", page, status=status)


def period_words(days: int | None, say: Translator) -> str:
    """A refund period as people read it."""
    return say.text(N_("No refund period")) if days is None else say.plural("{n} day", "{n} days", days)


def _page(
    http: web.Request,
    product: Product,
    form: Form,
    seen: str,
    *,
    saved: str = "",
    stale: Differences | None = None,
) -> ProductPage:
    return ProductPage("products", _row(product, http[SAY]), form, seen, saved, stale, LONGEST_PERIOD)


def _row(product: Product, say: Translator) -> Row:
    return Row(product, label(product.kind, say), period_words(product.refund_days, say))


def _fields(product: Product) -> dict[str, str]:
    days = product.refund_days
    return {"period": NO_PERIOD if days is None else DAYS, "refund_days": "" if days is None else str(days)}


def _days(form: Form) -> int | None:
    """What was typed; raises `Invalid` (period, refund_days)."""
    match form.text("period"):
        case "none":
            return None
        case "days":
            typed = form.text("refund_days")
            if not typed:
                raise Invalid("refund_days", "missing")
            if not (typed.isascii() and typed.isdigit() and len(typed) < 6):
                raise Invalid("refund_days", "out-of-range", least=0, most=LONGEST_PERIOD)
            return int(typed)
        case _:
            raise Invalid("period", "choice")


def _compare(mine: int | None, theirs: Product, say: Translator) -> Differences:
    labels = {"period": say.text(N_("Refund period"))}
    both = [{"period": period_words(days, say)} for days in (mine, theirs.refund_days)]
    return find_differences(Form(both[0]), both[1], labels, lambda _, value: value)


def _product(theirs: object) -> Product:
    assert isinstance(theirs, Product)
    return theirs


def _product_id(http: web.Request) -> ProductId:
    return parse_id(ProductId, http.match_info["product_id"])


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text)):
        raise NotFound
    return int(text)


def _address(http: web.Request, words: str, number: int) -> str:
    query = {"words": words} if words else {}
    return url_for(http, "products", **query, page=str(number))
