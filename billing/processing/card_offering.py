"""What a customer may do with the card that pays a subscription: a pure function, as all of policy is."""

from collections.abc import Collection
from dataclasses import dataclass

from billing.actors import CustomerActor
from billing.policy import RUNNING, Blocked, needs_code
from billing.records import SelfBilling, Subscription
from billing.states import Permission, SubscriptionState

# What changing a card takes of a key.
_CARD_PERMISSIONS = frozenset(
    {Permission.OPEN_CARD_PAGES, Permission.WRITE_CARDS, Permission.WRITE_CUSTOMERS}
)


@dataclass(frozen=True, slots=True)
class CardOffer:
    """What changing the card of a subscription would mean; `may_pay`: what is overdue can be paid at once."""

    blocked: Blocked | None
    needs_code: bool
    may_pay: bool


def card_offer(
    settings: SelfBilling,
    subscription: Subscription,
    *,
    missing: Collection[Permission] | None,
    by: CustomerActor,
) -> CardOffer:
    """What this surface offers for the card that pays this subscription.

    `missing` is what the account's live connection may not do; None: it has none.
    """
    return CardOffer(
        blocked=_card_blocked(settings, subscription, missing),
        needs_code=needs_code(settings.code_for_card, by),
        may_pay=missing is not None and Permission.WRITE_INVOICES not in missing,
    )


def _card_blocked(
    settings: SelfBilling, subscription: Subscription, missing: Collection[Permission] | None
) -> Blocked | None:
    goes_on = subscription.state in RUNNING or subscription.state is SubscriptionState.CANCEL_SCHEDULED
    checks = (
        (not settings.card_update, Blocked.SWITCHED_OFF),
        (not goes_on, Blocked.NOT_RUNNING),
        (subscription.processor_id is None or missing is None, Blocked.NO_PROCESSOR),
        (bool(_CARD_PERMISSIONS & {*(missing or ())}), Blocked.NO_CARD_PAGES),
    )
    return next((why for is_so, why in checks if is_so), None)
