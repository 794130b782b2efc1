"""What extraction finds, and what the check reports."""

import pytest
from babel.messages.catalog import Catalog

from locales.check import check_catalogue
from locales.po_files import make_template, read_catalogue, write_catalogue
from locales.sources import Found, find_in_python, find_in_template, find_sentences
from portal.render import Templates


def found_in_python(source: str) -> list[tuple[str, str, str | None]]:
    return [(one.one, one.many, one.context) for one in find_in_python(source, "x.py")]


def found_in_template(source: str) -> list[tuple[str, str, str | None]]:
    return [(one.one, one.many, one.context) for one in find_in_template(source, "x.html")]


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('N_("A")', ("A", "", None)),
        ('_("A")', ("A", "", None)),
        ('say.text("A" " b", x=1)', ("A b", "", None)),
        ('self.say.plural("{n} a", "{n} b", n)', ("{n} a", "{n} b", None)),
        ('get_translator(x).context("verb", "Open")', ("Open", "", "verb")),
    ],
)
def test_sentences_in_python_are_found(source, found):
    assert found_in_python(source) == [found]


@pytest.mark.parametrize(
    "source", ["say.text(word)", "text('SELECT 1')", "web.Response(text='x')", "x.text()"]
)
def test_other_strings_are_left_alone(source):
    assert found_in_python(source) == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ('{{ _("A {x}", x=1) }}', ("A {x}", "", None)),
        ('{{ say.text("A") }}', ("A", "", None)),
        ('{{ ngettext("%(num)s a", "%(num)s b", n) }}', ("%(num)s a", "%(num)s b", None)),
        ('{{ pgettext("verb", "Open") }}', ("Open", "", "verb")),
        ("{% trans x=y %}A {{ x }}{% endtrans %}", ("A %(x)s", "", None)),
        ("{% trans n=y %}{{ n }} a{% pluralize %}{{ n }} b{% endtrans %}", ("%(n)s a", "%(n)s b", None)),
    ],
)
def test_sentences_in_templates_are_found(source, found):
    assert found_in_template(source) == [found]


def test_templates_ask_for_what_was_found_in_them(tmp_path):
    source = "{% trans x='y' %}\n  Over {{ x }}\n  two lines\n{% endtrans %}{{ _('One') }}"
    (tmp_path / "page.html").write_text(source)
    asked: list[str] = []

    class Listening:
        language = "en"

        @property
        def jinja_translations(self) -> "Listening":
            return self

        def gettext(self, message: str) -> str:
            asked.append(message)
            return message

        ngettext = pgettext = npgettext = gettext

    Templates(tmp_path).render("page.html", Listening(), {})
    assert asked == [one for one, _, _ in found_in_template(source)]


def test_our_own_sources_can_be_read():
    places = {found.file.split("/")[0] for found in find_sentences()}
    assert {"locales", "portal"} <= places


def catalogue_of(*messages: tuple[str | tuple[str, str], str | tuple[str, ...]]) -> Catalog:
    catalogue = Catalog(locale="de", fuzzy=False)
    for source, words in messages:
        catalogue.add(source, words)
    return catalogue


@pytest.mark.parametrize(
    ("source", "words", "problem"),
    [
        ("A {x}", "B {x}", None),
        ("A {x}", "B {y}", "other placeholders"),
        ("A %(x)s", "B", "other placeholders"),
        ("A", "", "not translated"),
        (("{n} a of {x}", "{n} b of {x}"), ("ein a von {x}", "{n} b von {x}"), None),
        (("{n} a", "{n} b"), ("{n} c", ""), "not translated"),
        (("{n} a of {x}", "{n} b of {x}"), ("a", "{n} b von {x}"), "other placeholders"),
    ],
)
def test_check_reports_what_no_reader_should_meet(source, words, problem):
    catalogue = catalogue_of((source, words))
    wanted = {
        (message.context, message.id if isinstance(message.id, str) else message.id[0]): message
        for message in catalogue
        if message.id
    }
    problems = list(check_catalogue("de", wanted, catalogue))
    assert problems == [] if problem is None else problem in problems[0]


def test_check_reports_stale_and_missing_words():
    wanted = {(None, "New"): None}
    problems = list(check_catalogue("de", wanted, catalogue_of(("Old", "Alt"))))
    assert [problem.split(":")[1].split(",")[0].strip() for problem in problems] == [
        "missing",
        "no longer in the sources",
    ]


def test_files_hold_words_alone_and_stay_as_they_are(tmp_path):
    template = make_template([Found("A", "", None, "portal/x.py"), Found("{n} a", "{n} b", None, "bot/y.py")])
    file = tmp_path / "messages.pot"
    assert write_catalogue(file, template)
    text = file.read_text()
    assert "Date" not in text
    assert "@" not in text
    assert not write_catalogue(file, template)
    assert {message.id for message in read_catalogue(file) if message.id} == {"A", ("{n} a", "{n} b")}
