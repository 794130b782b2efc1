"""Pure: App Home, an inbox of one person; and what it shows to those whom it may show nothing."""

from datetime import datetime

from billing.errors import NotForGuests, NotLinked, Refusal
from billing.ports import Shows
from billing.slack.homes import MOST_COUNTED, BoardPage
from bot.actions import HOME_LINK, HOME_NEXT, HOME_PREVIOUS, HOME_SHOWS, page_value
from bot.marks import Block, clean, plain
from bot.rows import Ways, row_with_buttons
from bot.story import refusal_text
from locales.texts import label
from locales.translator import N_, Translator

_NOTHING = {
    Shows.MINE: N_("Nothing waits for you."),
    Shows.ALL: N_("Nothing waits. Everything has been answered."),
    Shows.WAITING: N_("Nothing waits for a customer."),
    Shows.DONE: N_("Nothing has been answered yet today."),
}


def home_view(page: BoardPage, ways: Ways, say: Translator, *, now: datetime) -> Block:
    """The lists to choose from, a page of the one that was chosen, and the way on."""
    blocks: list[Block] = [
        {"type": "header", "text": plain(say.text("Inbox of {business}", business=page.account.name), 150)},
        {"type": "actions", "elements": [_tab(each, page, say) for each in Shows]},
    ]
    if totals := totals_line(page, say):
        blocks.append({"type": "context", "elements": [plain(totals)]})
    if not page.rows:
        blocks.append({"type": "section", "text": plain(say.text(_NOTHING[page.shows]))})
    for row in page.rows:
        blocks.append({"type": "divider"})
        blocks += row_with_buttons(row, page.staff, ways, page.account, say, now=now)
    if turns := _turns(page, say):
        where = plain(say.text("Page {number}", number=page.number))
        blocks += [{"type": "divider"}, {"type": "context", "elements": [where]}]
        blocks.append({"type": "actions", "elements": turns})
    return {"type": "home", "blocks": blocks}


def stranger_view(business: str, refusal: Refusal, say: Translator) -> Block:
    """For whom nothing is shown: what this is, why not, and what to do about it."""
    what = say.text(
        "Selfbill brings refund and cancellation requests of {business} to the people who decide them.",
        business=business,
    )
    blocks: list[Block] = [
        {"type": "header", "text": plain(say.text("Selfbill"), 150)},
        {"type": "section", "text": plain(what)},
        {"type": "section", "text": plain(refusal_text(refusal, say))},
    ]
    if isinstance(refusal, NotLinked):
        button = {
            "type": "button",
            "action_id": HOME_LINK,
            "text": plain(say.text("Link me"), 75),
            "style": "primary",
            "accessibility_label": clean(say.text("Link my Slack user to my access at the desk"), 75),
        }
        then = say.text("You get a direct message with a link to the desk, where you confirm it.")
        blocks.append({"type": "actions", "elements": [button]})
        blocks.append({"type": "context", "elements": [plain(then)]})
    elif not isinstance(refusal, NotForGuests):
        button = {"type": "button", "action_id": HOME_LINK, "text": plain(say.text("Look again"), 75)}
        blocks.append({"type": "actions", "elements": [button]})
    return {"type": "home", "blocks": blocks}


def totals_line(page: BoardPage, say: Translator) -> str:
    """What the refunds of the whole list come to; empty where there are none."""
    if not page.totals:
        return ""
    amounts = say.list_of([say.money(each) for each in page.totals])
    if page.counts[page.shows] >= MOST_COUNTED:
        return say.text("Refunds in the first {n}: {amounts}", n=MOST_COUNTED, amounts=amounts)
    if page.shows is Shows.DONE:
        return say.text("Refunds approved today: {amounts}", amounts=amounts)
    return say.text("Refunds asked for in this list: {amounts}", amounts=amounts)


def _tab(shows: Shows, page: BoardPage, say: Translator) -> Block:
    counted = page.counts[shows]
    number = f"{say.number(MOST_COUNTED - 1)}+" if counted >= MOST_COUNTED else say.number(counted)
    text = say.text("{list} ({number})", list=label(shows, say), number=number)
    is_current = shows is page.shows
    current = {"style": "primary"} if is_current else {}
    spoken = say.text("{list}, shown now", list=text) if is_current else text
    return {
        "type": "button",
        "action_id": HOME_SHOWS[shows],
        "text": plain(text, 75),
        "value": page_value(shows, 1),
        "accessibility_label": clean(spoken, 75),
        **current,
    }


def _turns(page: BoardPage, say: Translator) -> list[Block]:
    """What is done is listed newest first, all else oldest first: so *Newer* leads the other way."""
    newer, older = say.text("Newer"), say.text("Older")
    back, on = (newer, older) if page.shows is Shows.DONE else (older, newer)
    found = []
    if page.number > 1:
        found.append(_turn(HOME_PREVIOUS, back, page.shows, page.number - 1))
    if not page.is_last:
        found.append(_turn(HOME_NEXT, on, page.shows, page.number + 1))
    return found


def _turn(action_id: str, text: str, shows: Shows, number: int) -> Block:
    value = page_value(shows, number)
    return {"type": "button", "action_id": action_id, "text": plain(text, 75), "value": value}
