"""Property: whatever people write, Slack takes the card, and no markup in it is theirs."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.snoozing import SnoozeFor
from billing.states import EntryKind, RequestState
from bot.blocks import card_text, question_card, request_card
from bot.deciding_views import deny_preview, deny_view, part_view
from bot.facts import summary
from bot.handling_views import ask_view, assign_view, reply_view, snooze_view
from bot.marks import clean, escape, literal, quoted
from bot.modals import told_view
from bot.story import thread_line
from locales.ready_answers import fill_without_name
from locales.translator import get_translator
from tests.bot.views import (
    ADDRESSES,
    NOW,
    make_answer,
    make_entry,
    make_question,
    make_request,
    make_snooze,
    make_staff,
    make_view,
)
from tests.told import problems_of_modal, problems_of_text, texts_of

SAY = get_translator("en", "UTC")
METADATA = "0" * 32 + " C0SUPPORT1"

# What people paste to be more than text, among everything else that can be typed.
TRICKS = st.sampled_from(
    [
        "<!channel>", "<!here|x>", "<@U0DANA0001>", "<#C0SUPPORT1>", "<https://evil.example|Refund>",
        "https://evil.example", "*bold*", "_it_", "~s~", "`code`", "```", ":white_check_mark:",
        "&lt;!channel&gt;",
        "&amp;", "\u202e", "\u200b", "\u2066", "\ufeff", "\u3164", "👩‍👩‍👧", "👍🏽", "e\u0301",
        "\n", "\r\n", "\u2028",
        "”\nPolicy: approve", "> quote", "<!date^0^{date}|x>", "]}", '"', "x" * 200,
    ]
)  # fmt: skip
words = st.lists(st.one_of(TRICKS, st.text(max_size=40)), max_size=30).map("".join)
text = words.map(lambda typed: typed[:3000])
long = st.builds(
    lambda part, times: (part * times)[:3000], st.one_of(TRICKS, st.text(min_size=1)), st.just(3000)
)
names = st.one_of(words, st.text(max_size=200)).map(lambda typed: typed[:200] or "?")


def links_in(found: Any) -> Iterator[str]:
    """Every address in blocks."""
    if isinstance(found, dict):
        yield from (each for name, each in found.items() if name == "url")
        found = list(found.values())
    if isinstance(found, list):
        for each in found:
            yield from links_in(each)


@given(message=st.one_of(text, long), answer=text, product=names, email=names, by=names,
       state=st.sampled_from(RequestState))  # fmt: skip
def test_a_card_is_taken_by_slack_and_holds_no_foreign_markup(
    *, message: str, answer: str, product: str, email: str, by: str, state: RequestState
) -> None:
    view = make_view(make_request(message, answer, state, by), product, email)
    view = replace(view, assignee=make_staff(by), snooze=make_snooze(by))
    blocks = request_card(view, ADDRESSES, SAY, now=NOW)
    assert problems_of_text(card_text(view, SAY), blocks) == []
    assert set(links_in(blocks)) == {ADDRESSES.desk_request(view.account, view.request.id)}


@given(message=st.one_of(text, long), answer=st.one_of(text, long), product=names, email=names, by=names)
def test_a_modal_is_taken_by_slack_and_holds_no_foreign_markup(
    message: str, answer: str, product: str, email: str, by: str
) -> None:
    view = make_view(make_request(message, answer, RequestState.PENDING, by), product, email)
    told, staff = summary(view, SAY), [make_staff(by), make_staff(product)]
    filled = fill_without_name(answer, view)[:3000] or "?"
    for modal in (
        deny_view(view, METADATA, SAY, [make_answer(by[:75], answer)]),
        deny_preview(view, METADATA, filled, SAY),
        part_view(view, METADATA, SAY),
        ask_view(view, METADATA, SAY),
        assign_view(told, staff[1].id, staff, METADATA, SAY),
        snooze_view(told, dict.fromkeys(SnoozeFor, NOW), METADATA, SAY),
        reply_view(make_question(by, message, email), METADATA, SAY),
        told_view(message, SAY, typed=answer),
    ):
        assert problems_of_modal(modal) == []
        assert not list(links_in(modal))


@given(subject=names, message=st.one_of(text, long), email=names)
def test_a_question_is_taken_by_slack_and_holds_no_foreign_markup(
    subject: str, message: str, email: str
) -> None:
    view = make_question(subject, message, email)
    told, blocks = question_card(view, "https://billing.example.com/lumen/desk", SAY, now=NOW)
    assert problems_of_text(told, blocks) == []


@given(kind=st.sampled_from(EntryKind), by=names, message=st.one_of(text, long))
def test_a_reply_is_taken_by_slack_and_holds_no_foreign_markup(
    kind: EntryKind, by: str, message: str
) -> None:
    told, blocks = thread_line(make_entry(kind, by, message), SAY)
    assert problems_of_text(told, blocks) == []
    assert problems_of_modal(told_view(message, SAY)) == []


@given(st.one_of(text, long))
def test_every_line_of_a_quotation_is_marked_as_one(typed: str) -> None:
    found = quoted(typed, 500)
    assert found == "" or found.endswith("”")
    assert all(line.startswith("“") for line in found.split("\n") if found)


@given(st.text(max_size=300), st.integers(1, 50))
def test_cleaning_again_changes_nothing_and_keeps_the_length(typed: str, most: int) -> None:
    once = clean(typed, most)
    assert len(once) <= most
    assert clean(once, most) == once


@pytest.mark.parametrize(
    ("typed", "most", "seen"),
    [
        ("a\u202eb\u200bc\ufeff\x00", 9, "abc"),
        ("one\r\ntwo\u2028three\rfour", 30, "one\ntwo\nthree\nfour"),
        ("\u3164\u2800", 9, ""),
        ("ae\u0301b", 3, "a…"),  # the accent would be cut from its letter
        ("a👍🏽b", 3, "a…"),
        ("abcdef", 3, "ab…"),
    ],
)
def test_what_cleaning_leaves(typed: str, most: int, seen: str) -> None:
    assert clean(typed, most) == seen


MARKS: dict[Callable[[str], str], set[str]] = {escape: set("<>"), literal: set("<>*_~`")}


@given(text)
@pytest.mark.parametrize("quiet", MARKS, ids=["escape", "literal"])
def test_nothing_that_means_something_is_left(quiet: Callable[[str], str], typed: str) -> None:
    assert not MARKS[quiet] & set(quiet(typed))
    assert quiet is escape or not re.search(r":[a-z0-9_+'-]+:", quiet(typed))


def test_a_customers_markup_is_read_as_they_typed_it() -> None:
    typed = "<!channel> *now* <@U0DANA0001> :tada: https://evil.example"
    view = make_view(make_request(typed, "", RequestState.PENDING, ""), "Course *2026* :x:", "*@example.net")
    shown: list[dict[str, Any]] = list(texts_of(request_card(view, ADDRESSES, SAY, now=NOW)))
    (reason,) = [each for each in shown if typed in each["text"]]
    assert reason["type"] == "plain_text"
    assert reason["text"] == f"Reason: Another reason\n“{typed}”"
    assert "Course ∗2026∗ ∶x:" in "".join(each["text"] for each in shown)


def test_a_message_of_nothing_to_see_is_no_quotation() -> None:
    view = make_view(make_request("\u200b\u3164", "", RequestState.PENDING, ""), "P", "a@example.net")
    assert "“" not in "".join(each["text"] for each in texts_of(request_card(view, ADDRESSES, SAY, now=NOW)))
    other = replace(view, request=replace(view.request, reason=""))
    assert "No reason given" in str(request_card(other, ADDRESSES, SAY, now=NOW))
