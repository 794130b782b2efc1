"""A helpdesk's answer templates: the list, another one, one of them, and using one in a denial."""

from dataclasses import dataclass, replace

from aiohttp import web

from billing.answers import (
    add_answer,
    change_answer,
    drop_answer,
    list_answers,
    show_answer,
    show_answers,
)
from billing.errors import Invalid, Repeated, Stale
from billing.ids import HelpdeskId, TemplateId, parse_id
from billing.merchant import AnswerTemplate
from billing.records import Helpdesk
from billing.text_places import Place
from billing.versions import version_of
from billing.views import RequestView
from locales.ready_answers import customers_voice, fill_answer
from locales.translator import N_, Translator
from portal.forms import Form, read_form
from portal.keys import CONTEXT, SAY
from portal.render import render, see
from portal.session import staff
from portal.views.desk.meanwhile import Differences, as_typed, find_differences
from portal.views.desk.wizard import SECTION, helpdesk_id

_SAVED = {
    "added": N_("Added. It can be used from now on."),
    "changed": N_("Saved."),
    "dropped": N_("Removed. What was answered with it stays as it was sent."),
}
_PLACES = {
    Place.CUSTOMER_NAME: N_("The customer's name"),
    Place.PRODUCT: N_("What they bought"),
    Place.AMOUNT: N_("How much they want back"),
    Place.ORDER_ID: N_("The Order ID"),
}
Places = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class AnswersPage:
    """All of a helpdesk; `form` is for another one, `places` what a text may leave open."""

    section: str
    helpdesk: Helpdesk
    answers: tuple[AnswerTemplate, ...]
    form: Form
    places: Places
    saved: str


@dataclass(frozen=True, slots=True)
class AnswerPage:
    """One of them, to be changed or removed. `is_changed`: it is not what was to be removed any more."""

    section: str
    answer: AnswerTemplate
    form: Form
    places: Places
    seen: str
    stale: Differences | None
    is_changed: bool


@dataclass(frozen=True, slots=True)
class ReadyAnswer:
    """A template filled for one request, as its customer would read it."""

    id: str
    name: str
    text: str


async def show_all(http: web.Request) -> web.Response:
    """The list."""
    return await _list(http, Form())


async def add(http: web.Request) -> web.Response:
    """Another one."""
    form = read_form(http, "name", "text")
    try:
        await add_answer(
            http.app[CONTEXT],
            helpdesk_id(http),
            name=form.text("name"),
            text=form.text("text"),
            by=staff(http),
            once_key=form.once_key,
        )
    except Invalid as refusal:
        return await _list(http, form.refused(refusal, http[SAY]), status=422)
    except Repeated:
        pass  # it stands there already
    raise see(http, "helpdesk-answers", helpdesk_id(http), saved="added")


async def show(http: web.Request) -> web.Response:
    """The form of one."""
    return await _one(http)


async def change(http: web.Request) -> web.Response:
    """Other words, or another name."""
    form = read_form(http, "seen", "name", "text")
    try:
        answer = await change_answer(
            http.app[CONTEXT],
            _template_id(http),
            name=form.text("name"),
            text=form.text("text"),
            by=staff(http),
            seen=form.text("seen"),
        )
    except Invalid as refusal:
        return await _one(http, form.refused(refusal, http[SAY]), seen=form.text("seen"), status=422)
    except Stale:
        answer = await show_answer(http.app[CONTEXT], _template_id(http), by=staff(http))
        labels = {"name": http[SAY].text(N_("Name")), "text": http[SAY].text(N_("Text"))}
        stale = find_differences(form, _typed(answer), labels, as_typed)
        if stale:
            return await _one(http, form, stale=stale, status=409)
    raise see(http, "helpdesk-answers", answer.helpdesk_id, saved="changed")


async def drop(http: web.Request) -> web.Response:
    """Not offered any more."""
    form = read_form(http, "seen")
    try:
        answer = await drop_answer(
            http.app[CONTEXT], _template_id(http), by=staff(http), seen=form.text("seen")
        )
    except Stale:
        return await _one(http, is_changed=True, status=409)
    raise see(http, "helpdesk-answers", answer.helpdesk_id, saved="dropped")


async def ready_answers(http: web.Request, view: RequestView) -> tuple[ReadyAnswer, ...]:
    """What a denial of this request may begin with; for those who decide."""
    at: HelpdeskId | None = view.helpdesk.id if view.helpdesk else None
    language = customers_voice(view).language
    kept = await list_answers(http.app[CONTEXT], at, by=staff(http), language=language)
    return tuple(ReadyAnswer(each.id.hex, each.name, fill_answer(each.text, view)) for each in kept)


def with_answer(form: Form, answers: tuple[ReadyAnswer, ...]) -> Form:
    """The denial's form with the chosen template after what was typed; used twice, it stands there once."""
    chosen = next((each.text for each in answers if each.id == form.text("template")), "")
    typed = form.text("answer")
    text = typed if chosen in typed else "\n\n".join(each for each in (typed, chosen) if each)
    return replace(form, typed={**form.typed, "answer": text})


def _template_id(http: web.Request) -> TemplateId:
    return parse_id(TemplateId, http.match_info["template_id"])


async def _list(http: web.Request, form: Form, *, status: int = 200) -> web.Response:
    say = http[SAY]
    ready = await show_answers(http.app[CONTEXT], helpdesk_id(http), by=staff(http))
    saved = _SAVED.get(http.query.get("saved", ""), "")
    page = AnswersPage(
        section=SECTION,
        helpdesk=ready.helpdesk,
        answers=ready.answers,
        form=form,
        places=_places(say),
        saved=say.text(saved) if saved else "",
    )
    return render(http, "desk/helpdesk_answers.html", page, status=status)


async def _one(
    http: web.Request,
    form: Form | None = None,
    *,
    seen: str = "",
    stale: Differences | None = None,
    is_changed: bool = False,
    status: int = 200,
) -> web.Response:
    answer = await show_answer(http.app[CONTEXT], _template_id(http), by=staff(http))
    page = AnswerPage(
        section=SECTION,
        answer=answer,
        form=form or Form(_typed(answer)),
        places=_places(http[SAY]),
        seen=seen or version_of(answer),
        stale=stale,
        is_changed=is_changed,
    )
    return render(http, "desk/answer.html", page, status=status)


def _typed(answer: AnswerTemplate) -> dict[str, str]:
    return {"name": answer.name, "text": answer.text}


def _places(say: Translator) -> Places:
    return tuple((place.written, say.text(what)) for place, what in _PLACES.items())
