"""Every kind of mail as it would arrive, with sample facts, in a frame of its own: nothing is sent."""

from dataclasses import dataclass

from aiohttp import web

from locales.catalogues import AVAILABLE, language_names
from locales.translator import get_translator
from portal.headers import IN_A_FRAME, WITH_A_FRAME
from portal.keys import CONTEXT, PLACE, SAY, VISITOR
from portal.letters.drawing import draw_html, draw_text
from portal.letters.parts import Letter
from portal.letters.samples import Sample, Setting, sample_facts, sample_letters
from portal.own_words import own_words
from portal.render import render, url_for


@dataclass(frozen=True, slots=True)
class MailsPage:
    """What there is to choose from, as value and words, and the mail that was chosen."""

    to_customers: tuple[tuple[str, str], ...]
    to_staff: tuple[tuple[str, str], ...]
    languages: list[tuple[str, str]]
    mail: str
    language: str
    direction: str
    subject: str
    text: str
    frame: str
    section: str = "texts"


async def show(http: web.Request) -> web.Response:
    """The chosen mail in both its forms; the choice names each by its subject."""
    language = _language(http)
    chosen = await _chosen(http, language)
    setting = _setting(http, language)
    every = sample_letters(_setting(http, http[SAY].language))
    page = MailsPage(
        to_customers=tuple((each.name, each.letter.subject) for each in every if not each.is_for_staff),
        to_staff=tuple((each.name, each.letter.subject) for each in every if each.is_for_staff),
        languages=language_names(),
        mail=chosen.name,
        language=language,
        direction=setting.say.direction,
        subject=chosen.letter.subject,
        text=draw_text(chosen.letter, setting.account, setting.say),
        frame=url_for(http, "mail-html", mail=chosen.name, language=language),
    )
    response = render(http, "desk/mails.html", page)
    response.headers.update(WITH_A_FRAME)
    return response


async def show_html(http: web.Request) -> web.Response:
    """The HTML alone, for the frame: it can load nothing, run nothing and lead nowhere."""
    language = _language(http)
    setting, chosen = _setting(http, language), await _chosen(http, language)
    text = draw_html(chosen.letter, setting.account, setting.say)
    return web.Response(text=text, content_type="text/html", headers=dict(IN_A_FRAME))


def _language(http: web.Request) -> str:
    asked = http.query.get("language", "")
    return asked if asked in AVAILABLE else http[SAY].language


def _setting(http: web.Request, language: str) -> Setting:
    staff = http[VISITOR].staff
    assert staff is not None, "the guard lets staff in here alone"
    account, ctx = http[PLACE].account, http.app[CONTEXT]
    return Setting(account, staff, ctx.addresses, get_translator(language, account.time_zone), ctx.now())


async def _chosen(http: web.Request, language: str) -> Sample:
    setting = _setting(http, language)
    samples = {each.name: each for each in sample_letters(setting)}
    sample = samples.get(http.query.get("mail", ""), next(iter(samples.values())))
    return sample if sample.is_for_staff else sample.with_letter(await _with_own_words(http, setting, sample))


async def _with_own_words(http: web.Request, setting: Setting, sample: Sample) -> Letter:
    async with http.app[CONTEXT].read(setting.account.id) as work:
        own = await own_words(work, sample.own, setting.say)
    return own.put_into(sample.letter, sample_facts(setting))
