"""What all steps of a helpdesk's wizard share: where one stands, what was saved, where to go next."""

from dataclasses import dataclass

from aiohttp import web

from billing.helpdesks import HelpdeskSetup, show_helpdesk
from billing.ids import HelpdeskId, parse_id
from billing.records import SelfBilling
from locales.translator import N_, Translator
from portal.forms import Form
from portal.keys import CONTEXT, SAY
from portal.render import see, url_for
from portal.session import staff

SECTION = "helpdesks"
THEN = "then"  # the button that was pressed: nothing, or `next`
# The pages' names in the URL map, in their order, with the article's own words.
STEPS = (
    ("helpdesk", N_("Details")),
    ("helpdesk-departments", N_("Departments")),
    ("helpdesk-self-billing", N_("Self Billing")),
    ("helpdesk-team", N_("Team & Slack")),
    ("helpdesk-appearance", N_("Appearance")),
    ("helpdesk-install", N_("Install")),
)


@dataclass(frozen=True, slots=True)
class StepLink:
    """A step's line in the wizard's head."""

    address: str
    label: str
    is_current: bool


@dataclass(frozen=True, slots=True)
class Wizard:
    """The head of every step; `saved` is a sentence, `next` the address of the step after it, or empty."""

    id: HelpdeskId
    name: str
    address: str
    is_archived: bool
    steps: tuple[StepLink, ...]
    title: str
    next: str
    saved: str


@dataclass(frozen=True, slots=True)
class Way:
    """Out of what stands in the way of archiving: a surface's name, and where its settings are."""

    name: str
    address: str


def helpdesk_id(http: web.Request) -> HelpdeskId:
    """The one that the path names; raises `NotFound` for what is no id."""
    return parse_id(HelpdeskId, http.match_info["helpdesk_id"])


async def find_setup(http: web.Request) -> HelpdeskSetup:
    """The helpdesk that the path names, for owners and managers; raises `NotFound`, `Forbidden`."""
    return await show_helpdesk(http.app[CONTEXT], helpdesk_id(http), by=staff(http))


def make_wizard(http: web.Request, setup: HelpdeskSetup, step: str) -> Wizard:
    """The head of this step's page."""
    say, helpdesk = http[SAY], setup.helpdesk
    names = [name for name, _ in STEPS]
    following = names[names.index(step) + 1 :]
    return Wizard(
        id=helpdesk.id,
        name=helpdesk.name,
        address=http.app[CONTEXT].addresses.helpdesk(setup.account, helpdesk),
        is_archived=helpdesk.archived_at is not None,
        steps=tuple(
            StepLink(url_for(http, name, helpdesk.id), say.text(text), is_current=name == step)
            for name, text in STEPS
        ),
        title=say.text(dict(STEPS)[step]),
        next=url_for(http, following[0], helpdesk.id) if following else "",
        saved=say.text(N_("Saved.")) if "saved" in http.query else "",
    )


def onward(http: web.Request, step: str, form: Form) -> web.HTTPSeeOther:
    """After a step was saved, to be raised: to the next one, or back to the same."""
    names = [name for name, _ in STEPS]
    if form.text(THEN) == "next":
        return see(http, names[names.index(step) + 1], helpdesk_id(http))
    return see(http, step, helpdesk_id(http), saved="yes")


def ways_out(
    http: web.Request, surfaces: tuple[SelfBilling, ...], names: dict[HelpdeskId, str]
) -> tuple[Way, ...]:
    """Where the Manual tickets of these surfaces can be sent elsewhere."""
    return tuple(_way(http, each.helpdesk_id, names, http[SAY]) for each in surfaces)


def _way(http: web.Request, place: HelpdeskId | None, names: dict[HelpdeskId, str], say: Translator) -> Way:
    if place is None:
        return Way(say.text(N_("Portal")), url_for(http, "self-billing"))
    return Way(names.get(place, ""), url_for(http, "helpdesk-self-billing", place))
