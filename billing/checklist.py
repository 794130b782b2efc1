"""The first run: what a new merchant does one after another. Each item ticks itself from what is stored."""

from dataclasses import dataclass
from enum import StrEnum

from billing import plans
from billing.records import Account


class Item(StrEnum):
    """In this order."""

    PRODUCT = "product"
    PROCESSOR = "processor"
    PORTAL = "portal"
    HELPDESK = "helpdesk"
    SLACK = "slack"
    TEST_REQUEST = "test_request"


# Without helpdesks in the plan, these cannot be done.
_OF_HELPDESKS = frozenset({Item.HELPDESK, Item.SLACK})


@dataclass(frozen=True, slots=True)
class SetupFacts:
    """What the database knows, each of it true once there is one."""

    has_product: bool
    has_processor: bool  # a key is live
    has_portal_in_use: bool  # somebody changed its Self billing, or signed in there
    has_helpdesk: bool  # not archived
    has_slack: bool  # a workspace is connected
    has_slack_channel: bool  # of such a helpdesk
    has_slack_person: bool  # somebody who may decide there
    has_request: bool


@dataclass(frozen=True, slots=True)
class Step:
    """One item, and whether it is done."""

    item: Item
    is_done: bool


@dataclass(frozen=True, slots=True)
class Checklist:
    """All items of the account's plan, in their order."""

    steps: tuple[Step, ...]

    @property
    def done(self) -> int:
        """How many are."""
        return sum(step.is_done for step in self.steps)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left to do."""
        return self.done == len(self.steps)

    @property
    def next(self) -> Item | None:
        """The first that is not done."""
        return next((step.item for step in self.steps if not step.is_done), None)


def make_checklist(account: Account, facts: SetupFacts) -> Checklist:
    """Helpdesk and Slack are asked of those only whose plan has them."""
    done = {
        Item.PRODUCT: facts.has_product,
        Item.PROCESSOR: facts.has_processor,
        Item.PORTAL: facts.has_portal_in_use,
        Item.HELPDESK: facts.has_helpdesk,
        Item.SLACK: facts.has_slack and facts.has_slack_channel and facts.has_slack_person,
        Item.TEST_REQUEST: facts.has_request,
    }
    items = [item for item in Item if plans.has_helpdesks(account) or item not in _OF_HELPDESKS]
    return Checklist(tuple(Step(item, done[item]) for item in items))
