"""What `locales.check` finds: words that no catalogue reaches, forms that differ, terms that stray."""

import pytest
from babel.messages.catalog import Catalog

from locales.bare_words import bare_in_python, bare_in_template, find_bare_words
from locales.catalogues import AVAILABLE, SOURCE, po_file
from locales.form_rules import problems_of_form
from locales.glossaries import problems_of_glossary, read_terms
from locales.po_files import read_catalogue


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("<p>Hello {{ name }}</p>", ["Hello"]),
        ("<p>{{ _('Hello') }}</p>", []),
        ("{% trans %}Hello{% endtrans %} <b>PDF</b>", []),
        ("{% if a %}<p>{{ b }}</p>{% else %}<p>Nothing here</p>{% endif %}", ["Nothing here"]),
        ('<input placeholder="Your name"><input type="submit" value="Go on">', ["Your name", "Go on"]),
        ("<img alt=\"{{ _('Logo') }}\"><a href='/a b'></a>", []),
        ('<button data-copied="Is copied" data-live="x"></button>', ["Is copied"]),
        ("<code>git pull</code><script>let a</script>", []),
        ("{% block main_class %}narrow{% endblock %}", []),
        ("{% macro field() %}<i {{ x }} required>Say it</i>{% endmacro %}", ["Say it"]),
    ],
)
def test_bare_words_in_templates_are_found(template: str, found: list[str]) -> None:
    assert [words.replace("\ufffc", "").strip() for words in bare_in_template(template)] == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("title = 'Nothing was changed.'", ["Nothing was changed."]),
        ("title = N_('Nothing was changed.')", []),
        ("title = say.text('Nothing was changed.')", []),
        ("def f():\n    'Nothing was changed.'", []),
        ("raise ValueError('Nothing was changed.')", []),
        ("log.info('Nothing was changed.')", []),
        ("x = 'SELECT a FROM b', 'desk/a.html', 'two words', 'Word'", []),
    ],
)
def test_sentences_outside_of_the_catalogues_are_found(source: str, found: list[str]) -> None:
    assert list(bare_in_python(source)) == found


def test_all_our_words_are_in_the_catalogues() -> None:
    assert list(find_bare_words()) == []


@pytest.mark.parametrize(
    ("source", "words", "problems"),
    [
        ("*Done* {when}", "*Fertig* {when}", []),
        ("*Refunded* {amount}", "*Reembolso* de {amount} *feito*", []),
        ("*Done* {when}", "Fertig {when}", ["*bold*"]),
        ("*Done* {when}", "*Fertig {when}", ["half"]),
        ("Say `go`", "Sag go", ["`code`"]),
        ("Go on", "Weiter ", ["white space"]),
        ("One\nTwo", "Eins Zwei", ["lines"]),
        ("Deny…", "Ablehnen ...", ["three dots", "end with …"]),
        ("Your Order IDs:", "您的订单号：", []),
        ("Your Order IDs:", "Deine Nummern", ["announces nothing"]),
        ("Logo of {name} is fine", "Logo of {name} is fine", ["same as in English"]),
        ("Slack", "Slack", []),
    ],
)
def test_a_translation_has_the_form_of_its_source(source: str, words: str, problems: list[str]) -> None:
    found = list(problems_of_form(source, words))
    assert len(found) == len(problems)
    assert all(part in whole for part, whole in zip(problems, found, strict=True))


def test_a_glossary_names_several_words_at_once() -> None:
    terms = read_terms("| word | term | why |\n| --- | --- | --- |\n| Invoice, Bill (paper) | Rechnung | |\n")
    assert (terms["invoice"], terms["bill"]) == ("Rechnung", "Rechnung")


def test_a_label_that_strays_from_its_glossary_is_found() -> None:
    catalogue = Catalog(locale="de", fuzzy=False)
    catalogue.add("Invoice", "Faktura")
    catalogue.add("Payment", "Zahlungen")
    found = list(problems_of_glossary("de", catalogue))
    assert len(found) == 1
    assert "'Invoice'" in found[0]


@pytest.mark.parametrize("language", [each for each in AVAILABLE if each != SOURCE])
def test_every_language_keeps_to_its_glossary(language: str) -> None:
    assert list(problems_of_glossary(language, read_catalogue(po_file(language), language))) == []
