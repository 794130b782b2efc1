"""Every card and modal that can be drawn, in every language: Slack takes it, and no word of ours is cut."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from billing.money import Money
from billing.snoozing import SnoozeFor
from billing.states import OperationState, RequestKind, RequestState, TicketState
from billing.views import RequestView, TicketView
from bot.blocks import card_text, question_card, request_card
from bot.deciding_views import deny_preview, deny_view, part_view
from bot.facts import summary
from bot.handling_views import ask_view, assign_view, reply_view, snooze_view
from bot.modals import told_view
from locales.catalogues import AVAILABLE
from locales.translator import Translator, get_translator
from tests.bot.views import (
    ADDRESSES,
    NOW,
    USD,
    make_answer,
    make_approval,
    make_operation,
    make_question,
    make_request,
    make_snooze,
    make_staff,
    make_subscription,
    make_view,
)
from tests.told import problems_of_modal, problems_of_text, texts_of

METADATA = "0" * 32 + " C0SUPPORT1"
WORDS = "w" * 3000
LANGUAGES = sorted(AVAILABLE)


def views_of(state: RequestState) -> Iterator[RequestView]:
    """Requests of every kind that stand there, with everything that can be told of them."""
    for kind in RequestKind:
        request = replace(make_request(WORDS, WORDS, state, "Dana Whitfield"), kind=kind)
        if kind is not RequestKind.REFUND:
            request = replace(request, amount=None, payment_id=None)
        view = make_view(request, "Photography Masterclass", "alice@example.net")
        if kind is not RequestKind.REFUND:
            view = replace(view, payment=None, subscription=make_subscription(request))
        view = replace(
            view,
            due_at=NOW - timedelta(hours=1),
            assignee=make_staff("Erin Castellanos"),
            snooze=make_snooze("Erin Castellanos"),
            became=tuple(RequestState),
            earlier=len(RequestState),
        )
        yield view
        yield replace(view, due_at=NOW + timedelta(hours=1), snooze=None, assignee=None, became=(), earlier=0)
        for operation in OperationState:
            yield replace(view, operation=make_operation(request, operation))
        if kind is RequestKind.REFUND:
            yield in_two(view)


def in_two(view: RequestView) -> RequestView:
    """Of two people, one has said yes to a part."""
    part = Money(5000, USD)
    account = replace(view.account, two_people_above_minor=1000)
    request = replace(view.request, approved_amount=part)
    approval = make_approval(request, "Frank Oyelaran", part)
    return replace(view, account=account, request=request, approvals=(approval,))


def modals_of(view: RequestView, question: TicketView, say: Translator) -> Iterator[dict[str, Any]]:
    """Every modal there is about them."""
    answers = [make_answer(f"{number:02} " + "n" * 72, WORDS) for number in range(30)]
    staff = [make_staff(f"Person {number}") for number in range(120)]
    told = summary(view, say)
    yield deny_view(view, METADATA, say)
    yield deny_view(view, METADATA, say, answers)
    yield deny_preview(view, METADATA, WORDS[:2000] + "{customer_name}", say)
    yield part_view(view, METADATA, say)
    yield ask_view(view, METADATA, say)
    yield assign_view(told, staff[3].id, staff, METADATA, say)
    yield snooze_view(
        told, {which: NOW + n * timedelta(1) for n, which in enumerate(SnoozeFor)}, METADATA, say
    )
    yield reply_view(question, METADATA, say)
    yield told_view(WORDS, say, typed=WORDS)


def cut_words(found: Any) -> list[str]:
    """Of titles and buttons: those that did not fit."""
    if isinstance(found, list):
        return [each for one in found for each in cut_words(one)]
    if not isinstance(found, dict):
        return []
    titles = [found.get(name) for name in ("title", "submit", "close", "confirm", "deny")]
    titles += [found.get("text")] if found.get("type") == "button" else []
    shown = [each["text"] for each in titles if isinstance(each, dict) and "text" in each]
    own = [each for each in shown if isinstance(each, str) and each.endswith("…")]
    return own + [each for value in found.values() for each in cut_words(value)]


def unfilled(found: Any) -> list[str]:
    """Texts with a place of ours that nothing was put into; a date's and a template's are not ours."""
    theirs = re.compile(r"<!date\^[^>]*>|\{customer_name\}")
    return [each["text"] for each in texts_of(found) if "{" in theirs.sub("", each["text"])]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", RequestState)
def test_a_card_is_within_slacks_limits(state: RequestState, language: str) -> None:
    say = get_translator(language, "Europe/Berlin")
    opens = {say.text("Deny…"), say.text("Reply…"), say.text("Assign…")}
    for view in views_of(state):
        blocks = request_card(view, ADDRESSES, say, now=NOW)
        assert problems_of_text(card_text(view, say), blocks) == []
        assert set(cut_words(blocks)) <= opens
        assert unfilled(blocks) == []
        for block in Block.parse_all(blocks):
            block.validate_json()


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("state", TicketState)
def test_a_question_is_within_slacks_limits(state: TicketState, language: str) -> None:
    say, question = (
        get_translator(language, "Europe/Berlin"),
        make_question("s" * 150, WORDS, "a@example.net"),
    )
    view = replace(
        question,
        ticket=replace(question.ticket, state=state),
        due_at=NOW,
        assignee=make_staff("Erin"),
        snooze=make_snooze("Erin"),
    )
    told, blocks = question_card(view, "https://billing.example.com/lumen/desk", say, now=NOW)
    assert problems_of_text(told, blocks) == []
    assert set(cut_words(blocks)) <= {say.text("Reply…"), say.text("Assign…")}
    for block in Block.parse_all(blocks):
        block.validate_json()


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_modal_is_within_slacks_limits(language: str) -> None:
    say, question = (
        get_translator(language, "Europe/Berlin"),
        make_question("s" * 150, WORDS, "a@example.net"),
    )
    for view in views_of(RequestState.PENDING):
        for modal in modals_of(view, question, say):
            assert problems_of_modal(modal) == []
            assert cut_words(modal) == []
            assert unfilled(modal) == []
            View(**modal).validate_json()
