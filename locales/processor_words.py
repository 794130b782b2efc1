"""Sentences about the payment processor itself: what a key must be allowed to do, why one was refused."""

from collections.abc import Mapping
from dataclasses import dataclass

from billing.processing.connecting import KEY_UNKNOWN, PERMISSIONS, TAKEN, UNDER_WAY
from billing.states import ConnectionEnd, Permission
from locales.translator import N_, Translator


@dataclass(frozen=True, slots=True)
class PermissionWords:
    """The processor's own name of what a key may do, what for, and what is off without it (or empty)."""

    resource: str  # as the processor's dashboard calls it, in its own language
    is_write: bool
    purpose: str
    without: str


PERMISSION_WORDS: Mapping[Permission, PermissionWords] = {
    Permission.READ_ACCOUNT: PermissionWords(
        "Accounts, KYC basic", False, N_("To know whose key it is."), ""
    ),
    Permission.READ_CUSTOMERS: PermissionWords(
        "Customers", False, N_("To know who bought, and by which e-mail address."), ""
    ),
    Permission.READ_CHARGES: PermissionWords(
        "Charges and Refunds", False, N_("To show customers what they paid."), ""
    ),
    Permission.WRITE_REFUNDS: PermissionWords(
        "Charges and Refunds", True, N_("To refund what you or your rules approved."), ""
    ),
    Permission.WRITE_SUBSCRIPTIONS: PermissionWords(
        "Subscriptions", True, N_("To cancel subscriptions, and to move them to a new card."), ""
    ),
    Permission.READ_INVOICES: PermissionWords(
        "Invoices", False, N_("To know what each payment was for, and its tax."), ""
    ),
    Permission.READ_DISPUTES: PermissionWords(
        "Disputes", False, N_("To keep from refunding what a bank has taken back."), ""
    ),
    Permission.READ_PRODUCTS: PermissionWords(
        "Products, Prices",
        False,
        N_("To call products as you call them."),
        N_("Products are called by the lines of your invoices."),
    ),
    Permission.WRITE_CUSTOMERS: PermissionWords(
        "Customers",
        True,
        N_("To make a new card the one that pays later invoices too."),
        N_("Customers cannot change their card here."),
    ),
    Permission.WRITE_CARDS: PermissionWords(
        "PaymentMethods",
        True,
        N_("To see cards, and to remove the old one once the new one pays."),
        N_("Customers cannot change their card here."),
    ),
    Permission.OPEN_CARD_PAGES: PermissionWords(
        "Customer portal, Checkout Sessions",
        True,
        N_("To lead customers to the processor's page for a new card."),
        N_("Customers cannot change their card here."),
    ),
    Permission.WRITE_INVOICES: PermissionWords(
        "Invoices",
        True,
        N_("To pay what is overdue with a new card, if the customer agrees."),
        N_("What is overdue is not paid at once with a new card."),
    ),
    Permission.WRITE_WEBHOOKS: PermissionWords(
        "Webhook Endpoints",
        True,
        N_("To have the processor tell us at once what happens there."),
        N_("You make the endpoint for events by hand."),
    ),
}

_PROBLEM: Mapping[str, str] = {
    KEY_UNKNOWN: N_(
        "The processor does not know this key, or knows it no more. Copy it once more, all of it, "
        "or make another."
    ),
    PERMISSIONS: N_(
        "The key may not do all that is needed. Allow it at the processor what is missing below, "
        "then check again: the key stays the same."
    ),
    TAKEN: N_(
        "The processor's account {account} is connected to another business here. "
        "It must be disconnected there first."
    ),
    UNDER_WAY: N_(
        "This is the key of another account or mode ({account}), and something is still under way at the one "
        "before. Check again when nothing is under way any more, or enter a key of the account before."
    ),
}
_LOST = N_(
    "The payment processor takes the key {key} no more. Nothing is refunded, canceled or read; what was "
    "approved waits and is not lost. Enter a new key of the same account."
)
_ENDED: Mapping[ConnectionEnd, str] = {
    ConnectionEnd.DISCONNECTED: N_("{name} was disconnected."),
    ConnectionEnd.REPLACED: N_("Another key took the place of this one."),
    ConnectionEnd.REVOKED: _LOST,
}


def problem_sentence(problem: str, account: str, say: Translator) -> str:
    """Why a key was refused, and what to do; `account` as the processor names it."""
    return say.text(_PROBLEM[problem], account=account)


def connection_ended(why: ConnectionEnd, name: str, key: str, say: Translator) -> str:
    """Why nothing is connected any more, and what to do."""
    return say.text(_ENDED[why], name=name or key, key=key)
