"""The strict walker: each limit holds at its edge and refuses one step beyond."""

from __future__ import annotations

from typing import Any

import pytest

from selfbill.sandbox.slack.block_kit import problems_of_blocks, problems_of_unfurl, problems_of_view
from tests.selfbill.sandbox.bolt_app import APPROVE, CARD, CONFIRM, DENY_MODAL, REASON

Json = dict[str, Any]


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def button(**changed: Any) -> Json:
    return {"type": "button", "action_id": "a", "text": plain(1)} | changed


def actions(*elements: Json, **changed: Any) -> Json:
    return {"type": "actions", "elements": list(elements)} | changed


def section(**changed: Any) -> Json:
    return {"type": "section", "text": plain(1)} | changed


def options(count: int, text: int = 1, value: int = 4) -> list[Json]:
    return [{"text": plain(text), "value": f"{number:0{value}}"[:value]} for number in range(count)]


def confirm(**changed: Any) -> Json:
    return actions(button(confirm=CONFIRM | changed))


def select(kind: str, choices: list[Json], **changed: Any) -> Json:
    return actions({"type": kind, "action_id": "a", "options": choices} | changed)


def field(**changed: Any) -> Json:
    return {"type": "plain_text_input", "action_id": "a"} | changed


def number(**changed: Any) -> Json:
    return {"type": "number_input", "action_id": "a", "is_decimal_allowed": True} | changed


def an_input(**changed: Any) -> Json:
    return {"type": "input", "label": plain(1), "element": field()} | changed


def modal(**changed: Any) -> Json:
    return {k: v for k, v in (DENY_MODAL | changed).items() if v is not None}


BLOCK_LIMITS = [
    ("section text", lambda n: section(text=mrkdwn(n)), 3000),
    ("field", lambda n: section(fields=[mrkdwn(n)]), 2000),
    ("fields", lambda n: section(fields=[plain(1)] * n), 10),
    ("header", lambda n: {"type": "header", "text": plain(n)}, 150),
    ("context", lambda n: {"type": "context", "elements": [mrkdwn(1)] * n}, 10),
    ("actions", lambda n: actions(*(button(action_id=f"a{i}") for i in range(n))), 25),
    ("button text", lambda n: actions(button(text=plain(n))), 75),
    ("button value", lambda n: actions(button(value="x" * n)), 2000),
    ("button url", lambda n: actions(button(url="x" * n)), 3000),
    ("accessibility label", lambda n: actions(button(accessibility_label="x" * n)), 75),
    ("action_id", lambda n: actions(button(action_id="x" * n)), 255),
    ("block_id", lambda n: section(block_id="x" * n), 255),
    ("option text", lambda n: select("static_select", options(1, text=n)), 75),
    ("option value", lambda n: select("static_select", options(1, value=n)), 150),
    ("overflow", lambda n: select("overflow", options(n)), 5),
    ("select", lambda n: select("static_select", options(n)), 100),
    ("radio", lambda n: select("radio_buttons", options(n)), 10),
    ("checkboxes", lambda n: select("checkboxes", options(n)), 10),
    ("placeholder", lambda n: select("static_select", options(1), placeholder=plain(n)), 150),
    ("confirm title", lambda n: confirm(title=plain(n)), 100),
    ("confirm text", lambda n: confirm(text=mrkdwn(n)), 300),
    ("confirm yes", lambda n: confirm(confirm=plain(n)), 30),
    ("confirm no", lambda n: confirm(deny=plain(n)), 30),
    ("input label", lambda n: an_input(label=plain(n)), 2000),
    ("input hint", lambda n: an_input(hint=plain(n)), 2000),
    ("max_length", lambda n: an_input(element=field(max_length=n)), 3000),
    ("alt text", lambda n: {"type": "image", "image_url": "http://x", "alt_text": "x" * n}, 2000),
]
VIEW_LIMITS = [
    ("title", lambda n: modal(title=plain(n)), 24),
    ("submit", lambda n: modal(submit=plain(n)), 24),
    ("close", lambda n: modal(close=plain(n)), 24),
    ("private_metadata", lambda n: modal(private_metadata="x" * n), 3000),
    ("callback_id", lambda n: modal(callback_id="x" * n), 255),
    ("modal blocks", lambda n: modal(blocks=[{"type": "divider"}] * n), 100),
    ("home blocks", lambda n: {"type": "home", "blocks": [{"type": "divider"}] * n}, 100),
]


@pytest.mark.parametrize(
    ("make", "most"), [row[1:] for row in BLOCK_LIMITS], ids=[r[0] for r in BLOCK_LIMITS]
)
def test_a_block_is_taken_at_its_limit_and_refused_beyond(make: Any, most: int) -> None:
    assert problems_of_blocks([make(most)]) == []
    assert len(problems_of_blocks([make(most + 1)])) == 1
    assert problems_of_blocks([make(0)])


@pytest.mark.parametrize(("make", "most"), [row[1:] for row in VIEW_LIMITS], ids=[r[0] for r in VIEW_LIMITS])
def test_a_view_is_taken_at_its_limit_and_refused_beyond(make: Any, most: int) -> None:
    assert problems_of_view(make(most)) == []
    assert len(problems_of_view(make(most + 1))) == 1


def test_a_message_holds_fifty_blocks() -> None:
    assert problems_of_blocks([{"type": "divider"}] * 50) == []
    assert problems_of_blocks([{"type": "divider"}] * 51)


def test_a_view_holds_250_kilobytes() -> None:
    big = [section(text=mrkdwn(2600)) for _ in range(100)]
    assert any("250 kB" in each for each in problems_of_view({"type": "home", "blocks": big}))


REFUSED: dict[str, Any] = {
    "unknown block": {"type": "carousel"},
    "no block": "section",
    "section without text": {"type": "section"},
    "unknown key": section(colour="red"),
    "header of mrkdwn": {"type": "header", "text": mrkdwn(1)},
    "button of mrkdwn": actions(button(text=mrkdwn(1))),
    "button without text": actions({"type": "button", "action_id": "a"}),
    "text without type": section(text={"text": "x"}),
    "empty text": section(text=plain(0)),
    "emoji in mrkdwn": section(text=mrkdwn(1) | {"emoji": True}),
    "verbatim in plain text": section(text=plain(1) | {"verbatim": True}),
    "number for a text": section(text={"type": "plain_text", "text": 7}),
    "unknown style": actions(button(style="green")),
    "text input in actions": actions(field()),
    "button in an input": an_input(element=button()),
    "two buttons of one id": actions(button(), button()),
    "confirm without a no": confirm() | {"elements": [button(confirm={"title": plain(1)})]},
    "two options of one value": select("overflow", [*options(1), *options(1)]),
    "initial option that is none": select("radio_buttons", options(1), initial_option=options(2)[1]),
    "alert in a message": {"type": "alert", "text": plain(1)},
    "a text input's start above its limit": an_input(element=field(initial_value="xx", max_length=1)),
    "least length above the most": an_input(element=field(min_length=3, max_length=2)),
    "ticked without a box": select("checkboxes", options(1), initial_options=[]),
    "date of another kind": actions({"type": "datepicker", "action_id": "a", "initial_date": "31.1.2026"}),
    "user for a date": actions({"type": "datepicker", "action_id": "a", "initial_user": "U1"}),
    "number input without decimals said": an_input(element={"type": "number_input", "action_id": "a"}),
    "number that is none": an_input(element=number(initial_value="many")),
    "least number above the most": an_input(element=number(min_value="3", max_value="2")),
    "optional as a word": an_input(optional="yes"),
}


@pytest.mark.parametrize("block", REFUSED.values(), ids=REFUSED)
def test_blocks_that_slack_refuses(block: Any) -> None:
    assert problems_of_blocks([block])


def test_block_ids_are_unique_in_a_message() -> None:
    assert problems_of_blocks([section(block_id="a"), section(block_id="a")])
    assert problems_of_blocks([section(block_id="a"), section(block_id="b")]) == []


def test_an_input_needs_a_submit() -> None:
    assert problems_of_view(modal(submit=None))
    assert problems_of_view(modal(submit=None, blocks=[section()])) == []
    assert problems_of_view({"type": "home", "title": plain(1), "blocks": []})
    assert problems_of_view({"type": "popup", "blocks": []})
    assert problems_of_view([])


def test_one_field_of_a_view_has_the_focus() -> None:
    fields = [an_input(element=field(focus_on_load=True)) for _ in range(2)]
    assert problems_of_view(modal(blocks=fields[:1])) == []
    assert problems_of_view(modal(blocks=fields))


def test_an_unfurl_is_made_of_blocks_or_of_an_attachment() -> None:
    assert problems_of_unfurl({"blocks": [section()]}) == []
    assert problems_of_unfurl({"title": "Refund", "text": "$149.00"}) == []
    refused: list[Any] = [{"blocks": [section()], "colour": "red"}, {"blocks": [REASON]}, {"body": "x"}, []]
    for wrong in refused:
        assert problems_of_unfurl(wrong)


def test_good_ones_are_taken() -> None:
    assert problems_of_blocks(CARD) == []
    assert problems_of_blocks([section(accessory=APPROVE), REASON]) == []
    assert problems_of_blocks([an_input(element=number(min_value="0.01", max_value="149"))]) == []
    assert problems_of_view(DENY_MODAL) == []
    assert problems_of_view(modal(blocks=[{"type": "alert", "text": plain(1), "level": "warning"}])) == []
