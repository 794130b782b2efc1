"""Short names of every state, kind, reason and role that a person sees."""

from collections.abc import Mapping
from enum import StrEnum

from billing.plans import Counted
from billing.policy import Alone, Blocked
from billing.ports import RequestFilter, Shows
from billing.processing.compared import DifferenceKind, RefundStands
from billing.processing.walking import Stage
from billing.snoozing import SnoozeFor
from billing.states import (
    AlertKind,
    AskCode,
    BundleState,
    CancelReason,
    CancelWhen,
    Decision,
    DisputeState,
    DocumentKind,
    Ended,
    EntryKind,
    Handling,
    OperationKind,
    OperationState,
    PaymentState,
    PlanName,
    ProductKind,
    RefundReason,
    RequestKind,
    RequestState,
    Role,
    SubscriptionState,
    Support,
    Surface,
    TextKind,
    TicketState,
)
from billing.text_places import MailKind
from locales.translator import N_, Translator

# Members of different enums are equal where their values are, so each enum has a mapping of its own.
LABELS: Mapping[type[StrEnum], Mapping[StrEnum, str]] = {
    RequestState: {
        RequestState.PENDING: N_("Waiting for a decision"),
        RequestState.APPROVED: N_("Approved, being carried out"),
        RequestState.DENIED: N_("Denied"),
        RequestState.WITHDRAWN: N_("Withdrawn"),
        RequestState.DONE: N_("Done"),
        RequestState.FAILED: N_("Failed"),
    },
    TextKind: {
        TextKind.WELCOME: N_("Welcome text"),
        TextKind.REFUND_POLICY: N_("Refund policy"),
        TextKind.ANSWER: N_("Answer template"),
        TextKind.MAIL: N_("Your words in the mail"),
        TextKind.SIGNATURE: N_("Signature of mails"),
    },
    MailKind: {
        MailKind.CODE: N_("The code to sign in"),
        MailKind.ORDER_IDS: N_("Order IDs"),
        MailKind.RECEIVED: N_("A request was received"),
        MailKind.DENIED: N_("A request was denied"),
        MailKind.DONE: N_("A request was carried out"),
        MailKind.FAILED: N_("A request failed"),
        MailKind.WITHDRAWN: N_("A request was withdrawn"),
        MailKind.CARD: N_("The card was changed"),
        MailKind.TICKET: N_("A reply to a question"),
        MailKind.INVOICE: N_("Invoice"),
    },
    RequestKind: {
        RequestKind.REFUND: N_("Refund"),
        RequestKind.CANCEL: N_("Cancellation"),
        RequestKind.UNDO_CANCEL: N_("Cancellation taken back"),
    },
    Stage: {
        Stage.CUSTOMERS: N_("Customers"),
        Stage.SUBSCRIPTIONS: N_("Subscriptions"),
        Stage.INVOICES: N_("Invoices"),
        Stage.CHARGES: N_("Payments"),
        Stage.ORDER_IDS: N_("Order IDs"),
        Stage.REFUNDS: N_("Refunds"),
        Stage.DISPUTES: N_("Disputes"),
    },
    AlertKind: {
        AlertKind.UNKNOWN_FOR_LONG: N_("For an hour it is not known whether it happened"),
        AlertKind.KEY_MISMATCH: N_("The processor knows our key with other contents"),
        AlertKind.REVERSED: N_("A refund came back"),
        AlertKind.DISPUTED: N_("A payment is disputed"),
        AlertKind.REFUND_CROSSED_DISPUTE: N_("Refunded, and disputed as well"),
        AlertKind.REFUNDED_ELSEWHERE: N_("Refunded elsewhere, against our books"),
        AlertKind.CARD_STEP_UNKNOWN: N_("A new card: it is not known whether it is in use"),
        AlertKind.CONNECTION_LOST: N_("The payment processor takes our key no more"),
        AlertKind.DIFFERENCE: N_("Our books and the processor's differ"),
    },
    DifferenceKind: {
        DifferenceKind.REFUND_UNKNOWN_HERE: N_("A refund that we do not know"),
        DifferenceKind.REFUND_MISSING_THERE: N_("A refund that the processor does not know"),
        DifferenceKind.REFUND_AMOUNT: N_("A refund of another amount"),
        DifferenceKind.REFUND_STATE: N_("A refund that came back on one side only"),
        DifferenceKind.OPERATION_HAPPENED: N_("A refund that happened, and we do not know it yet"),
        DifferenceKind.FAILED_OPERATION_HAPPENED: N_("A refund that failed here and happened there"),
        DifferenceKind.REFUNDED_TWICE: N_("Two refunds for one request"),
        DifferenceKind.CHARGE_UNKNOWN_HERE: N_("A payment that we do not know"),
        DifferenceKind.PAYMENT_MISSING_THERE: N_("A payment that the processor does not know"),
        DifferenceKind.CHARGE_AMOUNT: N_("A payment of another amount or currency"),
        DifferenceKind.CHARGE_STATE: N_("A payment that failed on one side only"),
        DifferenceKind.DISPUTE_UNKNOWN_HERE: N_("A dispute that we do not know"),
        DifferenceKind.DISPUTE_MISSING_THERE: N_("A dispute that the processor does not know"),
        DifferenceKind.DISPUTE_DIFFERS: N_("A dispute that stands otherwise"),
        DifferenceKind.SUBSCRIPTION_UNKNOWN_HERE: N_("A subscription that we do not know"),
        DifferenceKind.SUBSCRIPTION_MISSING_THERE: N_("A subscription that the processor does not know"),
        DifferenceKind.SUBSCRIPTION_DIFFERS: N_("A subscription that stands otherwise"),
    },
    RefundStands: {
        RefundStands.STANDS: N_("Refunded"),
        RefundStands.CAME_BACK: N_("Came back"),
    },
    DisputeState: {
        DisputeState.INQUIRY: N_("The bank asks"),
        DisputeState.OPEN: N_("Disputed"),
        DisputeState.WON: N_("Dispute won"),
        DisputeState.LOST: N_("Dispute lost"),
    },
    Ended: {
        Ended.DISCONNECTED: N_("disconnected at the desk"),
        Ended.UNINSTALLED: N_("removed in Slack"),
        Ended.REVOKED: N_("access taken away by Slack"),
        Ended.REPLACED: N_("another workspace took its place"),
    },
    RequestFilter: {
        RequestFilter.WAITING: N_("Waiting"),
        RequestFilter.UNDER_WAY: N_("Under way"),
        RequestFilter.FAILED: N_("Failed"),
        RequestFilter.CLOSED: N_("Closed"),
        RequestFilter.ALL: N_("All"),
    },
    Shows: {
        Shows.MINE: N_("Mine"),
        Shows.ALL: N_("All"),
        Shows.WAITING: N_("Waiting for the customer"),
        Shows.DONE: N_("Done today"),
    },
    OperationState: {
        OperationState.PLANNED: N_("Planned"),
        OperationState.SENT: N_("Sent to the payment processor"),
        OperationState.UNKNOWN: N_("Being checked with the payment processor"),
        OperationState.SUCCEEDED: N_("Carried out"),
        OperationState.FAILED: N_("Failed"),
        OperationState.REVERSED: N_("Taken back by the payment processor"),
    },
    OperationKind: {
        OperationKind.REFUND: N_("Refund"),
        OperationKind.CANCEL_AT_PERIOD_END: N_("Cancel at the end of the period"),
        OperationKind.CANCEL_NOW: N_("Cancel now"),
        OperationKind.UNDO_CANCEL: N_("Take the cancellation back"),
    },
    SubscriptionState: {
        SubscriptionState.TRIALING: N_("In trial"),
        SubscriptionState.ACTIVE: N_("Active"),
        SubscriptionState.PAST_DUE: N_("Payment overdue"),
        SubscriptionState.PAUSED: N_("Paused"),
        SubscriptionState.CANCEL_SCHEDULED: N_("Cancellation scheduled"),
        SubscriptionState.CANCELED: N_("Canceled"),
        SubscriptionState.COMPLETED: N_("Paid off"),
    },
    PaymentState: {
        PaymentState.SUCCEEDED: N_("Paid"),
        PaymentState.FAILED: N_("Payment failed"),
    },
    TicketState: {
        TicketState.OPEN: N_("Open"),
        TicketState.WAITING: N_("Waiting for the customer"),
        TicketState.CLOSED: N_("Closed"),
    },
    EntryKind: {
        EntryKind.MESSAGE: N_("Message"),
        EntryKind.NOTE: N_("Internal note"),
        EntryKind.EVENT: N_("Event"),
    },
    DocumentKind: {
        DocumentKind.INVOICE: N_("Invoice"),
        DocumentKind.CREDIT_NOTE: N_("Credit note"),
        DocumentKind.RECEIPT: N_("Receipt"),
    },
    ProductKind: {
        ProductKind.ONE_TIME: N_("One-time purchase"),
        ProductKind.SUBSCRIPTION: N_("Subscription"),
        ProductKind.PAYMENT_PLAN: N_("Payment plan"),
    },
    Role: {
        Role.OWNER: N_("Owner"),
        Role.MANAGER: N_("Manager"),
        Role.AGENT: N_("Agent"),
        Role.VIEWER: N_("Viewer"),
    },
    PlanName: {
        PlanName.STARTER: N_("Starter"),
        PlanName.GROWTH: N_("Growth"),
        PlanName.PROFESSIONAL: N_("Professional"),
        PlanName.ENTERPRISE: N_("Enterprise"),
    },
    Counted: {
        Counted.HELPDESKS: N_("Helpdesks"),
        Counted.STAFF: N_("People in the team"),
        Counted.MEMBERSHIPS: N_("Memberships"),
        Counted.DOMAINS: N_("Custom domain"),
    },
    Support: {
        Support.NONE: N_("No support"),
        Support.HELPDESK: N_("Helpdesk"),
        Support.EXTERNAL: N_("External helpdesk"),
        Support.EMAIL: N_("E-mail only"),
    },
    Surface: {
        Surface.PORTAL: N_("Portal"),
        Surface.HELPDESK: N_("Helpdesk"),
    },
    Handling: {
        Handling.AUTOMATED: N_("Automated"),
        Handling.MANUAL: N_("Manual"),
    },
    CancelWhen: {
        CancelWhen.PERIOD_END: N_("At the end of the paid period"),
        CancelWhen.NOW: N_("At once"),
    },
    AskCode: {
        AskCode.NEVER: N_("Never"),
        AskCode.BEFORE: N_("Before documents and money"),
        AskCode.AT_SIGN_IN: N_("At sign-in"),
    },
    Decision: {
        Decision.YES: N_("Yes"),
        Decision.NO: N_("No"),
    },
    RefundReason: {
        RefundReason.CUSTOMER_REQUEST: N_("I changed my mind"),
        RefundReason.DUPLICATE: N_("I was charged twice"),
        RefundReason.NOT_AS_EXPECTED: N_("It is not what I expected"),
        RefundReason.SERVICE_DISRUPTION: N_("It did not work"),
        RefundReason.OTHER: N_("Another reason"),
    },
    CancelReason: {
        CancelReason.TOO_EXPENSIVE: N_("It is too expensive"),
        CancelReason.UNUSED: N_("I do not use it enough"),
        CancelReason.MISSING_FEATURES: N_("Something I need is missing"),
        CancelReason.LOW_QUALITY: N_("The quality is too low"),
        CancelReason.TOO_COMPLEX: N_("It is too complicated"),
        CancelReason.SWITCHED_SERVICE: N_("I use something else now"),
        CancelReason.CUSTOMER_SERVICE: N_("I was not helped well"),
        CancelReason.OTHER: N_("Another reason"),
    },
    BundleState: {
        BundleState.GATHERING: N_("Under way"),
        BundleState.READY: N_("Ready"),
        BundleState.FAILED: N_("Failed"),
    },
    SnoozeFor: {
        SnoozeFor.HOURS: N_("For four hours"),
        SnoozeFor.TOMORROW: N_("Until tomorrow"),
        SnoozeFor.NEXT_WEEK: N_("Until next week"),
    },
    Alone: {
        Alone.OFF: N_("Nothing is decided together here."),
        Alone.ABOVE: N_("The amount is above what may be decided together."),
        Alone.OTHER_MONEY: N_("It is in another currency, so it is decided by itself."),
        Alone.TWO_PEOPLE: N_("It takes two people, so it is decided by itself."),
    },
    Blocked: {
        Blocked.SWITCHED_OFF: N_("This is not offered here. Please write to us."),
        Blocked.NOTHING_LEFT: N_("This payment has been refunded in full."),
        Blocked.PAYMENT_FAILED: N_("This payment failed, so no money was taken."),
        Blocked.DISPUTED: N_("This payment is disputed at the bank, which decides about the money now."),
        Blocked.PENDING: N_("A request about this is already under way."),
        Blocked.NOT_RUNNING: N_("This subscription has already ended."),
        Blocked.ALREADY_ENDING: N_("This subscription is already set to end."),
        Blocked.NO_PROCESSOR: N_("This was not paid through a processor we can reach. Please write to us."),
        Blocked.NO_HELPDESK: N_("Nobody is there to decide about this at the moment. Please write to us."),
        Blocked.NO_CARD_PAGES: N_("The card cannot be changed here at the moment. Please write to us."),
        Blocked.CORRECTED: N_("This invoice was corrected before. Please write to us."),
        Blocked.MONEY_BACK: N_("Money of this payment went back, or may, so its invoice stays as it is."),
    },
}


def label(value: StrEnum, say: Translator) -> str:
    """What a person reads for a member of one of our enums."""
    return say.text(LABELS[type(value)][value])


def reason_label(kind: RequestKind, reason: str, say: Translator) -> str:
    """What a person reads for the reason of a request; empty if none was given."""
    if not reason:
        return ""
    reasons: type[StrEnum] = RefundReason if kind is RequestKind.REFUND else CancelReason
    return label(reasons(reason), say)
