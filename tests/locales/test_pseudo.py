"""No word outside the catalogues: whatever is said in the pseudo-language is in marks."""

from collections import Counter
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from aiohttp import web

from billing.addresses import Addresses
from billing.states import DocumentKind, RequestState, TicketState
from bot.blocks import card_text, question_card, request_card
from locales.catalogues import AVAILABLE, PSEUDO, language_names
from locales.pseudo import in_marks
from locales.translator import get_translator, negotiate
from portal.documents.frozen import read_frozen
from portal.documents.layout import lay_out
from portal.entries import Entry, Where, hook
from portal.keys import URLS, PortalSettings
from portal.letters.drawing import draw_html, draw_text
from portal.letters.samples import Setting, sample_letters
from tests.bot.test_limits import modals_of, views_of
from tests.bot.views import ADDRESSES, NOW, make_question
from tests.engines import Engines
from tests.journeys.every_page import DESK, HELPDESK, chosen_in
from tests.locales.known import DRAWN, WORLD
from tests.locales.marks import plain_words, plain_words_of_pages
from tests.portal.customer.drawn import draw
from tests.portal.customer.gallery import every_page
from tests.portal.documents.cases import CASES, make
from tests.portal.one_of_each import make_one_of_each
from tests.portal.site import Filled, Site, fill, open_site
from tests.portal.test_matrix import LAST, Person, customer, proved, tried
from tests.told import texts_of

SAY = get_translator(PSEUDO, "America/New_York")


ASKS = {"Accept-Language": PSEUDO}
COUNTRIES = frozenset(SAY.locale.territories.values())
NOT_PRINTED = {"language", "region", "direction", "fonts", "accent"}


@pytest.fixture(scope="module")
async def filled(new_database: Engines, tmp_path_factory: pytest.TempPathFactory) -> Filled:
    """Everybody; each site has a copy."""
    return await fill(new_database.new_sqlite(tmp_path_factory.mktemp("filled")))


@pytest.fixture(scope="module")
async def pseudo_site(filled: Filled, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    """A portal where the pseudo-language can be chosen, and an address that always fails."""
    settings = PortalSettings(languages=(*AVAILABLE, PSEUDO))
    fails = hook("GET", "/hooks/fails", _fail, name="fails", proof="none is needed")
    async with open_site(filled, tmp_path_factory.mktemp("site"), settings=settings, routes=(fails,)) as site:
        yield site


async def _fail(http: web.Request) -> web.Response:
    raise RuntimeError(http.path)


def test_sentences_are_in_marks_and_facts_are_kept() -> None:
    assert SAY.text("Sign in") == "⟦Ŝîĝñ·· îñ·⟧"
    assert SAY.text("This is in no catalogue") == "This is in no catalogue"
    one, many = (SAY.plural("{n} minute", "{n} minutes", n) for n in (1, 2))
    assert (one, many) == ("⟦¹1 ɱîñûţê···⟧", "⟦ⁿ2 ɱîñûţêŝ···⟧")
    assert SAY.at("Europe/Berlin").text("Sign in") == SAY.text("Sign in")
    assert in_marks("Write to help@example.com, *now*") == "⟦Ŵŕîţê·· ţô· help@example.com, *ñôŵ··*⟧"


def test_no_reader_is_offered_it() -> None:
    assert PSEUDO not in dict(language_names())
    assert negotiate(PSEUDO, default="de") == "en"
    assert negotiate(PSEUDO, default="de", among=(*AVAILABLE, PSEUDO)) == PSEUDO


async def test_it_is_spoken_only_where_a_setting_lets_it(
    pseudo_site: Site, filled: Filled, tmp_path: Path
) -> None:
    async with open_site(filled, tmp_path) as plain_site:
        for site, language in ((pseudo_site, PSEUDO), (plain_site, "en")):
            browser = site.browser()
            browser.cookies[chosen_in(site)] = PSEUDO
            shown = await browser.get(f"{DESK}/sign-in")
            assert f'<html lang="{language}"' in shown.text
            assert (f'value="{PSEUDO}"' in shown.text) is (site is pseudo_site)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("⟦Ŝîĝñ·· îñ·⟧ Alice Ames, Nov 20, 2026, 10:30 AM EST", []),
        ("⟦Ŝîĝñ·· îñ·⟧ again", ["again"]),
        ("⟦Ŝîĝñ·· Alice Ames pending⟧", ["pending"]),
        ("3 hours ago, R-7K3M9QX2, USD 12.00", []),
    ],
)
def test_plain_words_are_found_inside_of_marks_too(text: str, plain: list[str]) -> None:
    assert plain_words(text, WORLD) == plain


def test_nothing_in_slack_is_outside_of_the_catalogues() -> None:
    question = make_question("s" * 150, "w" * 300, "a@example.net")
    shown: list[object] = []
    for state in RequestState:
        for view in views_of(state):
            shown += [request_card(view, ADDRESSES, SAY, now=NOW), said(card_text(view, SAY))]
            shown += modals_of(view, question, SAY) if state is RequestState.PENDING else ()
    for opened in TicketState:
        asked = replace(question, ticket=replace(question.ticket, state=opened))
        told, blocks = question_card(asked, "https://billing.example.com/lumen/desk", SAY, now=NOW)
        shown += [blocks, said(told)]
    texts = {each["text"] for each in texts_of(shown)}
    assert {text for text in texts if plain_words(text, DRAWN)} == set()


def said(text: str) -> dict[str, str]:
    """As blocks hold it."""
    return {"type": "mrkdwn", "text": text}


async def test_no_mail_says_a_word_outside_of_the_catalogues(pseudo_site: Site) -> None:
    account, dana = pseudo_site.acme.account, pseudo_site.acme.staff["dana"]
    setting = Setting(account, dana, Addresses("https://billing.example.com"), SAY, pseudo_site.clock())
    letters = [sample.letter for sample in sample_letters(setting)]
    assert plain_words_of_pages([draw_html(each, account, SAY) for each in letters], WORLD) == set()
    lines = {line for each in letters for line in draw_text(each, account, SAY).splitlines()}
    subjects = {each.subject for each in letters}
    assert {line for line in lines | subjects if plain_words(line, WORLD)} == set()


def strings_in(found: object) -> Iterator[str]:
    """Line by line, whatever they are kept in."""
    match found:
        case str():
            yield from found.splitlines()
        case dict():
            yield from (each for value in found.values() for each in strings_in(value))
        case list() | tuple():
            yield from (each for value in found for each in strings_in(value))


@pytest.mark.parametrize("kind", DocumentKind)
def test_no_document_says_a_word_outside_of_the_catalogues(kind: DocumentKind) -> None:
    found = set()
    for case in CASES:
        document = make(kind, case)
        facts = WORLD | COUNTRIES | set(strings_in(dict(document.frozen)))
        page = lay_out(read_frozen(document), SAY)
        assert isinstance(page, dict)
        printed = strings_in([value for name, value in page.items() if name not in NOT_PRINTED])
        found |= {text for text in printed if plain_words(text, facts)}
    assert found == set()


def test_no_page_of_customers_says_a_word_outside_of_the_catalogues() -> None:
    pages = [draw(template, page, language=PSEUDO, helpdesk=True) for _, template, page in every_page(SAY)]
    assert plain_words_of_pages(pages, DRAWN) == set()


async def test_no_refusal_says_a_word_outside_of_the_catalogues(pseudo_site: Site) -> None:
    """Every form, sent almost empty by staff and by a customer, and what is nobody's page."""
    objects = await make_one_of_each(pseudo_site)
    people = [
        Person("alice", await proved(pseudo_site, await customer(pseudo_site, "alice", "acme"))),
        Person("dana", await pseudo_site.staff("dana")),
    ]
    answers = [await pseudo_site.browser().get(path, **ASKS) for path in ("/nowhere", "/hooks/fails")]
    for person, where in zip(people, (Where.HELPDESK, Where.DESK), strict=True):
        person.browser.cookies[chosen_in(pseudo_site)] = PSEUDO
        deeds = [each for each in pseudo_site.app[URLS].entries if each.is_unsafe and may_try(each, where)]
        for entry in sorted(deeds, key=lambda each: each.name in LAST):
            answers.append(await tried(person, entry, objects))
        person.browser.cookies[chosen_in(pseudo_site)] = PSEUDO
        root = DESK if where is Where.DESK else HELPDESK
        answers.append(await person.browser.post(f"{root}/sign-in", {}))  # no token
    seen = Counter(answer.status for answer in answers)
    assert {403, 404, 409, 422, 500} <= seen.keys(), seen
    pages = [answer.text for answer in answers if answer.status != 303]
    assert plain_words_of_pages(pages, WORLD) == set()


def may_try(entry: Entry, where: Where) -> bool:
    """A form at the desk, or one of customers in a helpdesk; none that changes the language."""
    is_desk = entry.where is Where.DESK
    return (
        entry.name not in {"language", "my-language"}
        and entry.where is not Where.SERVER
        and is_desk is (where is Where.DESK)
    )
