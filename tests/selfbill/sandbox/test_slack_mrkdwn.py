"""Slack's text as HTML."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from selfbill.sandbox.slack.mrkdwn import Reader, mrkdwn_html, plain_html

READER = Reader(
    lambda user: {"U1": "Dana"}.get(user, user),
    lambda channel: {"C1": "support"}.get(channel, channel),
    ZoneInfo("Europe/Vienna"),
    datetime(2026, 11, 22, 12, tzinfo=UTC),
)
LINK = 'rel="noreferrer noopener" target="_blank"'
NOON = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp())


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("*bold* _it_ ~no~", "<strong>bold</strong> <em>it</em> <s>no</s>"),
        ("*bold _and it_*", "<strong>bold <em>and it</em></strong>"),
        ("2*3*4 snake_case_name", "2*3*4 snake_case_name"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("a &lt;b&gt; &amp;lt;", "a &lt;b&gt; &amp;lt;"),
        ("`*code*`", "<code>*code*</code>"),
        ("```a\n<b>```", "<pre>a\n&lt;b&gt;</pre>"),
        ("&gt; said\n&gt; so\nand I", "<blockquote>said<br>so</blockquote>and I"),
        (
            "<@U1> in <#C1>, <!here>",
            '<span class="mention">@Dana</span> in <span class="mention">#support</span>, '
            '<span class="mention">@here</span>',
        ),
        (
            "<https://a.example/?x=1&amp;y=2|the desk>",
            f'<a href="https://a.example/?x=1&amp;y=2" {LINK}>the desk</a>',
        ),
        ("<javascript:alert(1)|x>", "&lt;javascript:alert(1)&gt;"),
        ("one\ntwo", "one<br>two"),
        (":white_check_mark: :unknown:", "✅ :unknown:"),
    ],
)
def test_marks_are_drawn(text: str, shown: str) -> None:
    assert mrkdwn_html(text, READER) == shown


@pytest.mark.parametrize(
    ("form", "shown"),
    [
        ("{date_short_pretty} {time}", "today 13:00"),
        ("{date_long}", "Sunday, November 22, 2026"),
        ("{date_num} {time_secs}", "2026-11-22 13:00:00"),
    ],
)
def test_dates_are_the_readers(form: str, shown: str) -> None:
    drawn = mrkdwn_html(f"<!date^{NOON}^{form}|2026-11-22>", READER)
    assert drawn == f'<time datetime="2026-11-22T13:00:00+01:00">{shown}</time>'
    assert mrkdwn_html("<!date^soon^{date}|one day>", READER) == "one day"


def test_plain_text_has_no_marks() -> None:
    assert plain_html("*a* <b>\n:x:", emoji=False) == "*a* &lt;b&gt;<br>:x:"
    assert plain_html(":x:") == "❌"


@example("<|>")
@given(st.text(alphabet="<>&*_~`\"'|!^@#a \n:/;", max_size=40))
def test_no_text_makes_a_tag_of_its_own(text: str) -> None:
    for drawn in (str(mrkdwn_html(text, READER)), str(plain_html(text))):
        left = drawn
        for ours in ("strong", "em", "s", "code", "pre", "blockquote", "br", "span", "a"):
            left = left.replace(f"<{ours}>", "").replace(f"</{ours}>", "")
        left = left.replace('<span class="mention">', "")
        assert "<" not in left
