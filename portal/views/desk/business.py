"""Business details: who sells, as documents print it, and what customers may do with documents."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from billing.documents.settings import Business, change_business, show_business, show_printed_logo
from billing.errors import Invalid, Stale
from billing.records import Address
from billing.versions import version_of
from billing.zones import zone_names
from locales.catalogues import language_names
from locales.translator import N_, Translator
from portal.checked_files import check_logo
from portal.forms import Form, read_form, read_uploads
from portal.keys import CONTEXT, SAY
from portal.render import render, see, url_for
from portal.session import staff
from portal.views.desk.meanwhile import Differences, find_differences

YES = "yes"
_SELLER: Mapping[str, str] = {
    "seller_name": N_("Legal name"),
    "company": N_("Company"),
    "street": N_("Street and number"),
    "postcode": N_("Postcode"),
    "city": N_("City"),
    "region": N_("State or region"),
    "country": N_("Country"),
    "tax_id": N_("VAT ID or tax number"),
    "seller_email": N_("E-mail address"),
}
_PLAIN: Mapping[str, str] = {
    "name": N_("Name"),
    "colour": N_("Colour"),
    "locale": N_("Language"),
    "time_zone": N_("Time zone"),
    "footer": N_("Footer"),
}
_SWITCHES: Mapping[str, str] = {
    "small_business": N_("Small business without VAT"),
    "corrections": N_("Customers may correct name and VAT ID"),
    "mail_invoices": N_("Mail each invoice at once"),
}
_LABELS = {**_PLAIN, **_SELLER, **_SWITCHES}
_ADDRESS = {name: name.removeprefix("seller_") for name in _SELLER}


@dataclass(frozen=True, slots=True)
class BusinessPage:
    """The form; `logo` is the address of the picture, or empty."""

    form: Form
    labels: Mapping[str, str]
    languages: tuple[tuple[str, str], ...]
    zones: tuple[tuple[str, str], ...]
    logo: str
    seen: str
    stale: Differences | None
    saved: str
    section: str = "business"


async def show(http: web.Request) -> web.Response:
    """As it is now."""
    business = await show_business(http.app[CONTEXT], by=staff(http))
    return _page(http, business, Form(_typed(business)))


async def save(http: web.Request) -> web.Response:
    """As of now; 409 with both values where somebody saved meanwhile."""
    form, ctx, by = read_form(http, "seen", "no_logo", *_LABELS), http.app[CONTEXT], staff(http)
    business = await show_business(ctx, by=by)
    try:
        uploads = read_uploads(http, "logo")
        await change_business(
            ctx,
            _read(form),
            by=by,
            seen=form.text("seen"),
            logo=await check_logo(http, uploads[0]) if uploads else None,
            without_logo=form.text("no_logo") == YES,
        )
    except Invalid as refusal:
        refused = form.refused(refusal, http[SAY])
        return _page(http, business, refused, seen=form.text("seen"), status=422)
    except Stale:
        business = await show_business(ctx, by=by)
        labels = {name: http[SAY].text(text) for name, text in _LABELS.items()}
        say = http[SAY]
        stale = find_differences(form, _typed(business), labels, lambda name, value: _shown(name, value, say))
        return _page(http, business, form, stale=stale, status=409)
    raise see(http, "business", saved=YES)


async def logo(http: web.Request) -> web.Response:
    """The picture that new documents bear."""
    content = await show_printed_logo(http.app[CONTEXT], by=staff(http))
    return web.Response(body=content, content_type="image/png")


def _typed(business: Business) -> dict[str, str]:
    plain = {name: str(getattr(business, name)) for name in _PLAIN}
    seller = {name: str(getattr(business.seller, field)) for name, field in _ADDRESS.items()}
    return {**plain, **seller, **{name: YES if getattr(business, name) else "" for name in _SWITCHES}}


def _read(form: Form) -> Business:
    return Business(
        seller=Address(**{field: form.text(name) for name, field in _ADDRESS.items()}),
        **{name: form.text(name) for name in _PLAIN},
        small_business=form.text("small_business") == YES,
        corrections=form.text("corrections") == YES,
        mail_invoices=form.text("mail_invoices") == YES,
    )


def _shown(name: str, value: str, say: Translator) -> str:
    """A value of a form as people read it."""
    if name in _SWITCHES:
        return say.text(N_("On")) if value == YES else say.text(N_("Off"))
    return dict(language_names()).get(value, value) if name == "locale" else value


def _page(
    http: web.Request,
    business: Business,
    form: Form,
    *,
    seen: str = "",
    stale: Differences | None = None,
    status: int = 200,
) -> web.Response:
    page = BusinessPage(
        form=form,
        labels={name: http[SAY].text(text) for name, text in _LABELS.items()},
        languages=tuple(language_names()),
        zones=tuple((name, name) for name in zone_names()),
        logo=url_for(http, "business-logo", v=business.logo[:16]) if business.logo else "",
        seen=seen or version_of(business),
        stale=stale,
        saved=http[SAY].text(N_("Saved.")) if http.query.get("saved") == YES else "",
    )
    return render(http, "desk/business.html", page, status=status)
