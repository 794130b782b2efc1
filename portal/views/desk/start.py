"""The first run: what to do one after another, each with a link to where it is done."""

from dataclasses import dataclass

from aiohttp import web

from billing.checklist import Checklist, Item
from billing.setup import show_checklist
from billing.states import Role
from locales.translator import N_
from portal.keys import CONTEXT, PLACE, SAY, VISITOR
from portal.render import render, url_for
from portal.session import staff

SECTION = "start"
_WORDS = {
    Item.PRODUCT: (
        N_("Bring your products in"),
        N_("Import a Kartra export, or let the payment processor report your first sale."),
    ),
    Item.PROCESSOR: (
        N_("Connect your payment processor"),
        N_("Enter a key of your Stripe account. Stripe says at once what it may do."),
    ),
    Item.PORTAL: (
        N_("Decide what customers may do on your portal"),
        N_("Change a setting, or sign in there as a customer if you like it as it is."),
    ),
    Item.HELPDESK: (
        N_("Create a helpdesk"),
        N_("Requests that wait for a person arrive there as tickets."),
    ),
    Item.SLACK: (
        N_("Bring it to Slack"),
        N_("Connect your workspace, choose the helpdesk's channel, and link who may decide there."),
    ),
    Item.TEST_REQUEST: (
        N_("Make a test request"),
        N_("Sign in as a customer with an Order ID and its e-mail, and ask for a refund."),
    ),
}
# Where each is done; none for what is done outside the desk.
_PAGES = {
    Item.PRODUCT: "products",
    Item.PROCESSOR: "payments",
    Item.PORTAL: "self-billing",
    Item.HELPDESK: "helpdesks",
    Item.SLACK: "slack",
}


@dataclass(frozen=True, slots=True)
class StepLine:
    """One item. `address` may be empty; `is_next`: the first that is not done."""

    title: str
    text: str
    address: str
    is_done: bool
    is_next: bool


@dataclass(frozen=True, slots=True)
class ChecklistPart:
    """What the page and the panel above the inbox both show."""

    steps: tuple[StepLine, ...]
    done: int
    all: int


@dataclass(frozen=True, slots=True)
class StartPage:
    """The whole list."""

    section: str
    checklist: ChecklistPart
    is_complete: bool


async def show(http: web.Request) -> web.Response:
    """All items, done or not."""
    checklist = await show_checklist(http.app[CONTEXT], by=staff(http))
    return render(http, "desk/start.html", StartPage(SECTION, _part(http, checklist), checklist.is_complete))


async def checklist_above(http: web.Request) -> ChecklistPart | None:
    """For the inbox: the list until it is complete, for whoever may set things up."""
    member = http[VISITOR].staff
    if member is None or member.role not in {Role.OWNER, Role.MANAGER}:
        return None
    checklist = await show_checklist(http.app[CONTEXT], by=staff(http))
    return None if checklist.is_complete else _part(http, checklist)


def _part(http: web.Request, checklist: Checklist) -> ChecklistPart:
    say = http[SAY]
    steps = tuple(
        StepLine(
            title=say.text(_WORDS[step.item][0]),
            text=say.text(_WORDS[step.item][1]),
            address=_address(http, step.item),
            is_done=step.is_done,
            is_next=step.item is checklist.next,
        )
        for step in checklist.steps
    )
    return ChecklistPart(steps, checklist.done, len(steps))


def _address(http: web.Request, item: Item) -> str:
    if item is Item.TEST_REQUEST:
        return http.app[CONTEXT].addresses.portal(http[PLACE].account)
    return url_for(http, _PAGES[item]) if item in _PAGES else ""
