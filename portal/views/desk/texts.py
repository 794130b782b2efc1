"""Texts: what a merchant says in words of their own, the list of all, and one of them in each language."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiohttp import web

from billing.errors import Invalid, NotFound, Stale
from billing.ids import HelpdeskId, parse_id
from billing.merchant import EVERY
from billing.merchant_texts import (
    WITH_COLUMN,
    TextSubject,
    list_texts,
    put_text,
    remove_text,
    show_text,
)
from billing.money import Money
from billing.records import Account
from billing.states import TextKind
from billing.text_places import MailKind, Place, checked_places, fill_places, most_of, places_of
from billing.versions import version_of
from locales.catalogues import AVAILABLE, language_names
from locales.texts import label
from locales.translator import N_, Translator, get_translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, PLACE, SAY
from portal.render import render, see, url_for
from portal.session import staff
from portal.views.desk.meanwhile import Differences, as_typed, find_differences

_SECTION = "texts"
_ALL = "all"  # stands for EVERY in addresses and forms
_SAVED = {"yes": N_("Saved."), "removed": N_("Removed. Its readers read the text for all languages again.")}
_PLACES: Mapping[Place, str] = {
    Place.CUSTOMER_NAME: N_("The customer's name"),
    Place.PRODUCT: N_("What they bought"),
    Place.AMOUNT: N_("The amount of money"),
    Place.ORDER_ID: N_("The Order ID"),
    Place.REFERENCE: N_("The request's or ticket's reference"),
    Place.MERCHANT: N_("Your business's name"),
}


@dataclass(frozen=True, slots=True)
class TextRow:
    """A text in the list; `languages` are the names of those that it has."""

    address: str
    name: str
    about: str  # the helpdesk's or the template's name, or empty
    languages: str


@dataclass(frozen=True, slots=True)
class TextsPage:
    """All that can be said; texts without a language are said by nobody yet."""

    section: str
    rows: tuple[TextRow, ...]


@dataclass(frozen=True, slots=True)
class LanguageTab:
    """One language of a text; `tag` is empty for all languages."""

    address: str
    tag: str
    name: str
    is_current: bool
    has_own: bool


@dataclass(frozen=True, slots=True)
class TextPage:
    """One text in one language. `column` is where the text for all languages is kept, if not here."""

    section: str
    key: str
    name: str
    about: str
    tabs: tuple[LanguageTab, ...]
    language: str  # as forms have it
    has_own: bool
    form: Form
    most: int
    places: tuple[tuple[str, str], ...]
    column: str
    read: str  # by a customer with this language
    read_tag: str
    read_direction: str
    seen: str
    stale: Differences | None
    saved: str


async def show_all(http: web.Request) -> web.Response:
    """The list."""
    subjects = await list_texts(http.app[CONTEXT], by=staff(http))
    rows = tuple(_row(http, each) for each in subjects)
    return render(http, "desk/texts.html", TextsPage(_SECTION, rows))


async def show(http: web.Request) -> web.Response:
    """One of them, in the language that the address names."""
    subject = await _subject(http)
    return _page(http, subject, _language(subject, http.query.get("language", "")))


async def preview(http: web.Request) -> web.Response:
    """The same page with what was typed as a customer would read it; nothing is saved."""
    form, subject = read_form(http, "language", "seen", "text"), await _subject(http)
    language = _language(subject, form.text("language"))
    try:
        checked_places("text", form.text("text"), places_of(subject.kind, subject.about))
    except Invalid as refusal:
        return _page(http, subject, language, form.refused(refusal, http[SAY]), status=422)
    return _page(http, subject, language, form)


async def save(http: web.Request) -> web.Response:
    """These words, from now on; a stale form shows both, and saves nothing."""
    form, subject = read_form(http, "language", "seen", "text"), await _subject(http)
    language, text = _language(subject, form.text("language")), form.text("text")
    try:
        await put_text(
            http.app[CONTEXT],
            subject.kind,
            subject.about,
            language,
            text=text,
            by=staff(http),
            seen=form.text("seen"),
        )
    except Invalid as refusal:
        return _page(http, subject, language, form.refused(refusal, http[SAY]), status=422)
    except Stale:
        subject = await _subject(http)
        theirs = subject.find(language)
        labels = {"text": http[SAY].text(N_("Text"))}
        typed = {"text": theirs.text if theirs else ""}
        if stale := find_differences(form, typed, labels, as_typed):
            return _page(http, subject, language, form, stale=stale, status=409)
    raise see(http, "text", _key(subject), language=language or _ALL, saved="yes")


async def remove(http: web.Request) -> web.Response:
    """No words of its own for this language any more."""
    form, subject = read_form(http, "language", "seen"), await _subject(http)
    language = _language(subject, form.text("language"))
    ctx, by = http.app[CONTEXT], staff(http)
    try:
        await remove_text(ctx, subject.kind, subject.about, language, by=by, seen=form.text("seen"))
    except Stale:
        # Shown as it is by now: whoever still wants it gone presses once more.
        raise see(http, "text", _key(subject), language=language or _ALL) from None
    raise see(http, "text", _key(subject), language=language or _ALL, saved="removed")


def _key(subject: TextSubject) -> str:
    """How its address names it: a helpdesk's welcome and a template's answer by their id alone."""
    if subject.kind in WITH_COLUMN:
        return subject.about
    return "-".join(each for each in (subject.kind.value.replace("_", "-"), subject.about) if each)


async def _subject(http: web.Request) -> TextSubject:
    """The one that the path names; raises `NotFound`."""
    ctx, by, key = http.app[CONTEXT], staff(http), http.match_info["text"]
    plain = {_key(each): each for each in _plain_subjects()}
    if key in plain:
        return await show_text(ctx, plain[key].kind, plain[key].about, by=by)
    about = parse_id(HelpdeskId, key).hex
    try:
        return await show_text(ctx, TextKind.WELCOME, about, by=by)
    except NotFound:
        return await show_text(ctx, TextKind.ANSWER, about, by=by)


def _plain_subjects() -> list[TextSubject]:
    pairs = [(TextKind.REFUND_POLICY, ""), (TextKind.SIGNATURE, "")]
    pairs += [(TextKind.MAIL, each.value) for each in MailKind]
    return [TextSubject(kind, about, "", "", None, ()) for kind, about in pairs]


def _language(subject: TextSubject, typed: str) -> str:
    """A tag or EVERY; raises `NotFound` for what no page of ours links to."""
    offered = _offered(subject)
    language = EVERY if typed == _ALL else typed or offered[0]
    if language not in offered:
        raise NotFound
    return language


def _offered(subject: TextSubject) -> tuple[str, ...]:
    return AVAILABLE if subject.kind in WITH_COLUMN else (EVERY, *AVAILABLE)


def _row(http: web.Request, subject: TextSubject) -> TextRow:
    say, names = http[SAY], dict(language_names())
    own = {each.language for each in subject.texts}
    if subject.otherwise:
        own.add(EVERY)
    told = [say.text(N_("All languages"))] if EVERY in own else []
    told += [name for tag, name in names.items() if tag in own]
    kind, about = _names(subject, say)
    return TextRow(url_for(http, "text", _key(subject)), kind, about, say.list_of(told) if told else "")


def _names(subject: TextSubject, say: Translator) -> tuple[str, str]:
    """What it is, and whose."""
    if subject.kind is TextKind.MAIL:
        return label(subject.kind, say), label(MailKind(subject.about), say)
    return label(subject.kind, say), subject.name


def _page(
    http: web.Request,
    subject: TextSubject,
    language: str,
    form: Form | None = None,
    *,
    stale: Differences | None = None,
    status: int = 200,
) -> web.Response:
    say, own, every = http[SAY], subject.find(language), subject.find(EVERY)
    kept = own.text if own else ""
    reader = get_translator(language or http[PLACE].account.locale, str(say.time_zone))
    read = (form.text("text") if form else kept) or (every.text if every else subject.otherwise)
    name, about = _names(subject, say)
    saved = _SAVED.get(http.query.get("saved", ""), "")
    # A form that was refused goes on carrying the version that it was filled in beside.
    seen = form.text("seen") if form and stale is None else version_of(own)
    page = TextPage(
        section=_SECTION,
        key=_key(subject),
        name=name,
        about=about,
        tabs=_tabs(http, subject, language),
        language=language or _ALL,
        has_own=own is not None,
        form=form or Form({"text": kept}),
        most=most_of(subject.kind),
        places=tuple((p.written, say.text(_PLACES[p])) for p in places_of(subject.kind, subject.about)),
        column=_column(http, subject),
        read=fill_places(read, _example(http[PLACE].account, reader)),
        read_tag=reader.tag,
        read_direction=reader.direction,
        seen=seen,
        stale=stale,
        saved=say.text(saved) if saved else "",
    )
    return render(http, "desk/text.html", page, status=status)


def _tabs(http: web.Request, subject: TextSubject, language: str) -> tuple[LanguageTab, ...]:
    names = {EVERY: http[SAY].text(N_("All languages")), **dict(language_names())}
    return tuple(
        LanguageTab(
            url_for(http, "text", _key(subject), language=tag or _ALL),
            tag,
            names[tag],
            is_current=tag == language,
            has_own=subject.find(tag) is not None,
        )
        for tag in _offered(subject)
    )


def _column(http: web.Request, subject: TextSubject) -> str:
    """The page with the text for all languages, where that is no text of this page."""
    match subject.kind:
        case TextKind.WELCOME:
            return url_for(http, "helpdesk-appearance", subject.helpdesk_id)
        case TextKind.ANSWER:
            return url_for(http, "answer", parse_id(HelpdeskId, subject.about))
        case _:
            return ""


def _example(account: Account, say: Translator) -> dict[Place, str]:
    """What the places hold for the customer of the preview."""
    return {
        Place.CUSTOMER_NAME: "Alex Kim",
        Place.PRODUCT: say.text(N_("Example course")),
        Place.AMOUNT: say.money(Money(149 * 10**account.currency.exponent, account.currency)),
        Place.ORDER_ID: "40001001",
        Place.REFERENCE: "R-7K3M9QX2",
        Place.MERCHANT: account.name,
    }
