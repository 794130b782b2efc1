"""States and closed sets, with the tables along which states move. Labels live in `locales/texts.py`."""

from collections.abc import Mapping
from enum import StrEnum


class PlanName(StrEnum):
    """What an account pays for; `plans.py` says what each includes."""

    STARTER = "starter"
    GROWTH = "growth"
    PROFESSIONAL = "professional"
    ENTERPRISE = "enterprise"


class Role(StrEnum):
    """What a staff member may do; an agent decides up to a limit, a viewer only reads."""

    OWNER = "owner"
    MANAGER = "manager"
    AGENT = "agent"
    VIEWER = "viewer"


class ProductKind(StrEnum):
    """How a product is paid."""

    ONE_TIME = "one_time"
    SUBSCRIPTION = "subscription"
    PAYMENT_PLAN = "payment_plan"


class Surface(StrEnum):
    """Where the customer stands."""

    PORTAL = "portal"
    HELPDESK = "helpdesk"


class Handling(StrEnum):
    """How an allowed refund or cancel is handled."""

    AUTOMATED = "automated"
    MANUAL = "manual"


class CancelWhen(StrEnum):
    """When a cancellation takes effect."""

    PERIOD_END = "period_end"
    NOW = "now"


class ConnectingStep(StrEnum):
    """How far one *Add to Slack* has come."""

    ASKED = "asked"  # the merchant was sent to Slack
    EXCHANGING = "exchanging"  # they came back with a code
    DONE = "done"
    FAILED = "failed"


class Ended(StrEnum):
    """Why a Slack workspace is no longer connected."""

    DISCONNECTED = "disconnected"  # in the desk
    UNINSTALLED = "uninstalled"  # in Slack
    REVOKED = "revoked"  # its tokens
    REPLACED = "replaced"  # by another workspace


class AlarmKind(StrEnum):
    """What a worker does at a time of its own."""

    REMINDER = "reminder"  # subject: the ticket
    DIGEST = "digest"  # subject: the helpdesk
    PROFILES = "profiles"  # subject: the installation; who the linked people are in Slack, daily
    ROTATION = "rotation"  # subject: the installation; its tokens, long before they expire


class Support(StrEnum):
    """Where the help icon of a membership leads."""

    NONE = "none"
    HELPDESK = "helpdesk"
    EXTERNAL = "external"
    EMAIL = "email"


class AskCode(StrEnum):
    """When the e-mailed code is asked for."""

    NEVER = "never"
    BEFORE = "before_documents_and_money"
    AT_SIGN_IN = "at_sign_in"


class PaymentState(StrEnum):
    """A failed payment stays in the history: no Order ID, no invoice, no money."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"


class SubscriptionState(StrEnum):
    """The recurring agreement, as the processor or the import last said."""

    TRIALING = "trialing"
    ACTIVE = "active"
    PAST_DUE = "past_due"
    PAUSED = "paused"
    CANCEL_SCHEDULED = "cancel_scheduled"
    CANCELED = "canceled"
    COMPLETED = "completed"


class RequestKind(StrEnum):
    """What a customer declared. An undo takes back a scheduled cancellation; it is always Automated."""

    REFUND = "refund"
    CANCEL = "cancel"
    UNDO_CANCEL = "undo_cancel"


class RequestState(StrEnum):
    """Where a request stands."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    DONE = "done"
    FAILED = "failed"


class Decision(StrEnum):
    """One yes or no on a request."""

    YES = "yes"
    NO = "no"


class OperationKind(StrEnum):
    """What is done at the payment processor."""

    REFUND = "refund"
    CANCEL_AT_PERIOD_END = "cancel_at_period_end"
    CANCEL_NOW = "cancel_now"
    UNDO_CANCEL = "undo_cancel"


class OperationState(StrEnum):
    """Where an operation stands. Unknown is not failed: it is read back, never guessed."""

    PLANNED = "planned"
    SENT = "sent"
    UNKNOWN = "unknown"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REVERSED = "reversed"


class TicketState(StrEnum):
    """Where a conversation stands; waiting is on the customer."""

    OPEN = "open"
    WAITING = "waiting"
    CLOSED = "closed"


class EntryKind(StrEnum):
    """One line of a ticket's timeline. Only messages are shown to the customer; notes are for staff."""

    MESSAGE = "message"
    NOTE = "note"
    EVENT = "event"


class ConnectionState(StrEnum):
    """Where an account's connection to its payment processor stands; one at most is live."""

    CHECKING = "checking"  # the key was taken down, the processor is being asked what it may do
    LIVE = "live"
    REFUSED = "refused"  # the key is wrong, of another account, or may not do what is needed
    ENDED = "ended"


class ConnectionEnd(StrEnum):
    """Why a connection ended."""

    DISCONNECTED = "disconnected"  # in the desk
    REPLACED = "replaced"  # by another key
    REVOKED = "revoked"  # the processor takes the key no more


class Permission(StrEnum):
    """What a restricted key must be allowed to do."""

    READ_ACCOUNT = "read_account"
    READ_CUSTOMERS = "read_customers"
    WRITE_CUSTOMERS = "write_customers"
    READ_CHARGES = "read_charges"
    READ_DISPUTES = "read_disputes"
    WRITE_REFUNDS = "write_refunds"
    READ_INVOICES = "read_invoices"
    WRITE_INVOICES = "write_invoices"
    READ_PRODUCTS = "read_products"  # without it what was sold is called by the invoice's line
    WRITE_SUBSCRIPTIONS = "write_subscriptions"
    WRITE_CARDS = "write_cards"
    OPEN_CARD_PAGES = "open_card_pages"
    WRITE_WEBHOOKS = "write_webhooks"  # without it the merchant makes the endpoint there by hand


class CardChangeState(StrEnum):
    """Where a card change stands, from the customer's wish to every subscription moved."""

    ASKED = "asked"  # the processor is being asked for its page
    OPEN = "open"  # the page is there; nothing is believed until it is read back
    MOVING = "moving"  # the new card was read back; its steps are under way
    DONE = "done"
    PARTLY = "partly"  # the new card is kept, but a step failed: a subscription, or what was overdue
    FAILED = "failed"  # no new card
    EXPIRED = "expired"  # nobody came back in time


class CardPageKind(StrEnum):
    """Which page of the processor takes the new card."""

    PORTAL = "portal"
    CHECKOUT = "checkout"


class CardStepKind(StrEnum):
    """What is done with a new card, one call each. They move along the states of operations."""

    MOVE_SUBSCRIPTION = "move_subscription"
    SET_DEFAULT = "set_default"  # for the customer's later invoices
    PAY_INVOICE = "pay_invoice"
    DROP_CARD = "drop_card"


class DisputeState(StrEnum):
    """Where a dispute stands. An inquiry has taken no money yet; open and lost ones have."""

    INQUIRY = "inquiry"
    OPEN = "open"
    WON = "won"
    LOST = "lost"


class AlertKind(StrEnum):
    """What people must look at, each open once for its subject."""

    UNKNOWN_FOR_LONG = "unknown_for_long"  # subject: the operation
    KEY_MISMATCH = "key_mismatch"  # subject: the operation
    REVERSED = "reversed"  # subject: the operation
    DISPUTED = "disputed"  # subject: the dispute
    REFUND_CROSSED_DISPUTE = "refund_crossed_dispute"  # subject: the dispute
    REFUNDED_ELSEWHERE = "refunded_elsewhere"  # subject: the refund; it did not fit into our books
    CARD_STEP_UNKNOWN = "card_step_unknown"  # subject: the card change
    CONNECTION_LOST = "connection_lost"  # subject: the connection
    DIFFERENCE = "difference"  # subject: what reconcile compared


class DocumentKind(StrEnum):
    """Documents that are issued once, each kind numbered in a series of its own."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    RECEIPT = "receipt"


class TaxTreatment(StrEnum):
    """Why a line bears the tax that it bears, or none."""

    STANDARD = "standard"  # tax was taken
    ZERO = "zero"
    EXEMPT = "exempt"
    REVERSE_CHARGE = "reverse_charge"  # the buyer accounts for it
    EXPORT = "export"
    OUTSIDE = "outside"  # not subject to it at all
    SMALL_BUSINESS = "small_business"  # the seller's own exemption


class BundleForm(StrEnum):
    """How many documents come together."""

    PDF = "pdf"
    ZIP = "zip"


class BundleState(StrEnum):
    """Documents of a year, being gathered."""

    GATHERING = "gathering"
    READY = "ready"
    FAILED = "failed"


class TextKind(StrEnum):
    """What a merchant says in words of their own, once per language."""

    WELCOME = "welcome"  # a helpdesk's, on its front page
    REFUND_POLICY = "refund_policy"  # read before a refund is asked for
    ANSWER = "answer"  # an answer template's
    MAIL = "mail"  # a paragraph of their own in a kind of mail
    SIGNATURE = "signature"  # the end of every mail to customers


class RefundReason(StrEnum):
    """Why the customer wants the money back. None of these is ever told to the processor as fraud."""

    CUSTOMER_REQUEST = "customer_request"
    DUPLICATE = "duplicate"
    NOT_AS_EXPECTED = "satisfaction_guarantee"
    SERVICE_DISRUPTION = "service_disruption"
    OTHER = "other"


class CancelReason(StrEnum):
    """Why the customer leaves."""

    TOO_EXPENSIVE = "too_expensive"
    UNUSED = "unused"
    MISSING_FEATURES = "missing_features"
    LOW_QUALITY = "low_quality"
    TOO_COMPLEX = "too_complex"
    SWITCHED_SERVICE = "switched_service"
    CUSTOMER_SERVICE = "customer_service"
    OTHER = "other"


_R, _O, _T = RequestState, OperationState, TicketState

REQUEST_MOVES: Mapping[RequestState, frozenset[RequestState]] = {
    _R.PENDING: frozenset({_R.APPROVED, _R.DENIED, _R.WITHDRAWN}),
    _R.APPROVED: frozenset({_R.DONE, _R.FAILED}),
    _R.FAILED: frozenset({_R.APPROVED}),
    # The processor took a refund back later: nobody may go on reading "refunded".
    _R.DONE: frozenset({_R.FAILED}),
    _R.DENIED: frozenset(),
    _R.WITHDRAWN: frozenset(),
}
OPERATION_MOVES: Mapping[OperationState, frozenset[OperationState]] = {
    _O.PLANNED: frozenset({_O.SENT, _O.FAILED}),
    _O.SENT: frozenset({_O.SUCCEEDED, _O.FAILED, _O.UNKNOWN}),
    _O.UNKNOWN: frozenset({_O.SUCCEEDED, _O.FAILED}),
    _O.SUCCEEDED: frozenset({_O.REVERSED}),
    _O.FAILED: frozenset(),
    _O.REVERSED: frozenset(),
}
TICKET_MOVES: Mapping[TicketState, frozenset[TicketState]] = {
    _T.OPEN: frozenset({_T.WAITING, _T.CLOSED}),
    _T.WAITING: frozenset({_T.OPEN, _T.CLOSED}),
    _T.CLOSED: frozenset({_T.OPEN}),
}
_N, _C = ConnectionState, CardChangeState
CONNECTION_MOVES: Mapping[ConnectionState, frozenset[ConnectionState]] = {
    _N.CHECKING: frozenset({_N.LIVE, _N.REFUSED, _N.ENDED}),
    # the merchant has changed the key's permissions there, and asks again
    _N.REFUSED: frozenset({_N.CHECKING, _N.ENDED}),
    _N.LIVE: frozenset({_N.ENDED}),
    _N.ENDED: frozenset(),
}
CARD_CHANGE_MOVES: Mapping[CardChangeState, frozenset[CardChangeState]] = {
    _C.ASKED: frozenset({_C.OPEN, _C.FAILED, _C.EXPIRED}),
    _C.OPEN: frozenset({_C.MOVING, _C.FAILED, _C.EXPIRED}),
    _C.MOVING: frozenset({_C.DONE, _C.PARTLY}),
    # what was overdue is paid later with the new card, or a step is tried again
    _C.PARTLY: frozenset({_C.DONE}),
    _C.DONE: frozenset(),
    _C.FAILED: frozenset(),
    _C.EXPIRED: frozenset(),
}
OPEN_CARD_CHANGE = frozenset({_C.ASKED, _C.OPEN, _C.MOVING})
# Money in one of these is not the merchant's to give back.
DISPUTED = frozenset({DisputeState.OPEN, DisputeState.LOST})
# A request in one of these keeps the same payment or subscription from being asked about again.
OPEN_REQUEST = frozenset({_R.PENDING, _R.APPROVED})
# Whoever is here was approved, whatever came of it.
APPROVED_ONCE = frozenset({_R.APPROVED, _R.DONE, _R.FAILED})
OPEN_OPERATION = frozenset({_O.PLANNED, _O.SENT, _O.UNKNOWN})

BUNDLE_MOVES: Mapping[BundleState, frozenset[BundleState]] = {
    BundleState.GATHERING: frozenset({BundleState.READY, BundleState.FAILED}),
    BundleState.READY: frozenset(),
    BundleState.FAILED: frozenset(),
}
