"""Words and facts: what a reader gets to see of a message and what is put into it."""

import os
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jinja2 import Environment

from billing.money import Currency, Money
from locales import catalogues
from locales.catalogues import AVAILABLE, load_catalogue, po_file
from locales.translator import get_translator, negotiate

NOON = datetime(2026, 11, 22, 17, 5, tzinfo=UTC)


def test_facts_are_put_in_by_name():
    say = get_translator("en")
    assert (
        say.text("{who} owes {amount}.", who="Bob", amount=Money(1250, Currency("USD"))) == "Bob owes $12.50."
    )


@given(st.text())
def test_what_a_fact_holds_is_never_read_again(fact):
    assert get_translator("en").text("<{one}|{two}>", one=fact, two="{one}") == f"<{fact}|{{one}}>"


@pytest.mark.parametrize("fact", ["{0.__class__}", "%(x)s", "{{ 7*7 }}", "{one!r}"])
def test_facts_are_not_evaluated(fact):
    assert get_translator("en").text("{one}", one=fact) == fact


def test_times_are_spelt_in_the_readers_zone():
    say = get_translator("en", "America/New_York")
    assert say.text("{when}", when=NOON) == "Nov 22, 2026, 12:05\u202fPM EST"
    assert say.text("{day}", day=date(2026, 1, 2)) == "Jan 2, 2026"
    assert (
        get_translator("de", "Europe/Berlin").date(datetime(2026, 1, 1, 23, 30, tzinfo=UTC)) == "02.01.2026"
    )


def test_plurals_follow_the_number():
    say = get_translator("en")
    assert say.plural("{n} day", "{n} days", 1) == "1 day"
    assert say.plural("{n} day", "{n} days", 1200) == "1,200 days"


@pytest.mark.parametrize("language", AVAILABLE)
def test_every_language_loads(language):
    say = get_translator(language)
    assert say.language == language
    assert say.tag == {"zh-CN": "zh-Hans-CN"}.get(language, language)
    assert say.direction == ("rtl" if language == "ar" else "ltr")


@pytest.mark.parametrize(
    ("tag", "language", "kept"),
    [
        ("de-AT", "de", "de-AT"),
        ("de_AT", "de", "de-AT"),
        ("sv", "en", "en"),
        ("pt-PT", "pt-BR", "pt-PT"),
        ("zh", "zh-CN", "zh"),
        ("zh-Hans-SG", "zh-CN", "zh-Hans-SG"),
        ("zh-TW", "en", "en"),
        ("", "en", "en"),
        ("de-XX-bogus", "de", "de"),
        ("../../etc", "en", "en"),
    ],
)
def test_unknown_tags_fall_back(tag, language, kept):
    say = get_translator(tag)
    assert (say.language, say.tag) == (language, kept)


@given(st.text(max_size=30))
def test_any_tag_gives_a_translator(tag):
    assert get_translator(tag).language in AVAILABLE


@pytest.mark.parametrize(
    ("header", "chosen"),
    [
        ("de-AT,de;q=0.9,en;q=0.5", "de"),
        ("sv, fr;q=0.3, es;q=0.4", "es"),
        ("pt-PT", "pt-BR"),
        ("zh-TW,zh;q=0.9", "zh-CN"),
        ("zh-Hant-TW,ja;q=0.5", "ja"),
        ("DE", "de"),
        ("de;q=0", "en"),
        ("de;q=x, fr", "fr"),
        ("*", "en"),
        ("", "en"),
        (None, "en"),
    ],
)
def test_browsers_are_given_what_they_ask_for(header, chosen):
    assert negotiate(header, default="en") == chosen


@given(st.text())
def test_any_header_can_be_negotiated(header):
    assert negotiate(header, default="en") in AVAILABLE


def test_templates_write_placeholders_either_way_and_escape_facts():
    env = Environment(autoescape=True, extensions=["jinja2.ext.i18n"])
    env.install_gettext_translations(get_translator("en").jinja_translations, newstyle=True)
    source = """{{ _("Hi {name}", name=who) }}|{% trans name=who %}Hi {{ name }}{% endtrans %}"""
    assert env.from_string(source).render(who="<b>") == "Hi &lt;b&gt;|Hi &lt;b&gt;"


def test_changed_words_are_read_without_a_build(tmp_path, monkeypatch):
    folder = tmp_path / "de" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    po, mo = folder / "messages.po", folder / "messages.mo"
    head = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n\n'
    monkeypatch.setattr(catalogues, "FOLDER", tmp_path)
    po.write_text(head + 'msgid "Yes"\nmsgstr "Ja"\n')
    mo.write_bytes(b"older, and not even a catalogue")
    os.utime(mo, (1, 1))
    load_catalogue.cache_clear()
    assert load_catalogue("de").gettext("Yes") == "Ja"
    load_catalogue.cache_clear()


def test_every_language_has_its_file():
    assert all(po_file(language).exists() for language in AVAILABLE if language != "en")
