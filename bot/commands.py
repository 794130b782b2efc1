"""Pure: what `/refunds` answers, to whoever typed it alone."""

import re
from datetime import datetime

from billing.emails import mask_email
from billing.records import Account
from billing.slack.finding import MOST_FOUND, Found
from billing.slack.homes import MOST_COUNTED, BoardPage
from bot.callers import Body, text_at
from bot.homes import totals_line
from bot.marks import Block, Told, clean, escape, plain
from bot.rows import Ways, row_with_desk
from locales.translator import Translator

REFUNDS = "/refunds"
_MOST_TYPED = 100
_MOST_NAMED = 5
_WRAPPED = re.compile(r"<(?:mailto:|[@#])?([^<>|]*)(?:\|([^<>]*))?>")


def typed_words(body: Body) -> str:
    """What stands behind the command, without what Slack or people put around a name or an address."""
    bare = _WRAPPED.sub(lambda found: found[2] or found[1], text_at(body, "text"))
    return clean(bare, _MOST_TYPED).replace("\n", " ").strip().removeprefix("@").strip()


def is_question(words: str) -> bool:
    """Somebody wants to know how it works."""
    return words.casefold() in {"help", "?", "-h", "--help"}


def help_answer(say: Translator) -> Told:
    """The ways to use it."""
    first = say.text("What you can type:")
    blocks = [_words("\n".join([first, *_ways(say)]))]
    return escape(first), blocks


def _ways(say: Translator) -> list[str]:
    return [
        say.text("{command}: what waits, the oldest first", command=REFUNDS),
        say.text(
            "{command} A1B2C3: by Order ID, or by the reference of a request or ticket", command=REFUNDS
        ),
        say.text(
            "{command} @name: by the beginning of the customer's name or e-mail address", command=REFUNDS
        ),
        say.text("{command} help: this list", command=REFUNDS),
    ]


def waiting_answer(page: BoardPage, ways: Ways, say: Translator, *, now: datetime) -> Told:
    """The oldest of what waits, how many there are, what they come to, and the way to all of them."""
    counted = page.counts[page.shows]
    if not counted:
        nothing = say.text("Nothing waits. Everything has been answered.")
        return escape(nothing), [_words(nothing)]
    number = f"{say.number(MOST_COUNTED - 1)}+" if counted >= MOST_COUNTED else say.number(counted)
    head = say.text("Waiting: {number}", number=number)
    if totals := totals_line(page, say):
        head = f"{head}\n{totals}"
    blocks = [_words(head)]
    for row in page.rows:
        blocks += row_with_desk(row, page.account, ways, say, now=now)
    if not page.is_last:
        blocks.append(_small(say.text("These are the oldest. The desk and the app's Home list all of them.")))
    return escape(head), blocks


def found_answer(
    found: Found, words: str, account: Account, ways: Ways, say: Translator, *, now: datetime
) -> Told:
    """What was found, newest first; or that nothing was, and how to look for it."""
    if not found.rows:
        return _nothing(found, words, say)
    head = say.plural("{n} request for “{words}”", "{n} requests for “{words}”", len(found.rows), words=words)
    blocks = [_words(head)]
    for row in found.rows:
        blocks += row_with_desk(row, account, ways, say, now=now)
    if found.has_more:
        more = say.text("There are more: these are the newest {n}. The desk finds all.", n=MOST_FOUND)
        blocks.append(_small(more))
    if found.is_cut:
        blocks.append(_small(_too_many(words, say)))
    return escape(head), blocks


def _too_many(words: str, say: Translator) -> str:
    return say.text(
        "Too many customers are like “{words}”. Type more of the name or e-mail address.", words=words
    )


def _nothing(found: Found, words: str, say: Translator) -> Told:
    if found.is_cut:
        head = _too_many(words, say)
    elif found.customers:
        named = [clean(mask_email(each.email), 100) for each in found.customers[:_MOST_NAMED]]
        head = say.text(
            "There are customers like “{words}”, and no requests of theirs: {customers}",
            words=words,
            customers=say.list_of([*named, *(["…"] if len(found.customers) > _MOST_NAMED else [])]),
        )
    else:
        head = say.text("Nothing was found for “{words}”.", words=words)
    return escape(head), [_words(head), _small("\n".join(_ways(say)))]


def _words(text: str) -> Block:
    return {"type": "section", "text": plain(text)}


def _small(text: str) -> Block:
    return {"type": "context", "elements": [plain(text)]}
