"""The tree of refusals: facts without prose. Each edge gives them its own status and words.

Refusal            .code (kebab-case, stable), .data (facts for the sentence)
├── NotFound       absent or not yours: one answer
├── SignInNeeded ── CodeNeeded · ProofNeeded (staff, again)
├── Forbidden ── AboveLimit · SwitchedOff (by Self billing) · NotInPlan · OwnRequest · ActedFor · NotLinked
│              FromSettings · NotConnected · NotStaff · NotForGuests (why) · ProfileUnknown (Slack's user)
├── Invalid (.field) ── RefundTooLarge · WrongCode · WrongPair
├── Conflict ── AlreadyDecided (who, when, state) · AlreadyPending (what, since) · NotOffered · Repeated
│               NeedsAnother (amount, when) · NotInBulk (why) · OnHold (dispute, since)
│               Stale (theirs) · InUse (what stands in the way)
├── TooMany        retry_after, seconds
└── Unavailable    try again
DeliveryFailed     the relay's own; permanent or not
"""

from datetime import timedelta
from typing import ClassVar


class Refusal(Exception):
    """A use case said no; nothing was changed."""

    code: ClassVar[str] = "refused"

    def __init__(self, **data: object) -> None:
        super().__init__(self.code, data)
        self.data = data


class NotFound(Refusal):
    """Absent, or not yours."""

    code = "not-found"


class SignInNeeded(Refusal):
    """Nobody is signed in on this surface."""

    code = "sign-in-needed"


class CodeNeeded(SignInNeeded):
    """The customer is signed in, but this asks for the e-mailed code first."""

    code = "code-needed"


class ProofNeeded(SignInNeeded):
    """Staff are signed in, but this takes a proof of at most a few minutes ago."""

    code = "proof-needed"


class Forbidden(Refusal):
    """Known, and not allowed."""

    code = "forbidden"


class AboveLimit(Forbidden):
    """The amount is above what this staff member may decide. data: limit (Money)."""

    code = "above-limit"


class OwnRequest(Forbidden):
    """Nobody decides a request whose purchase e-mail is theirs."""

    code = "own-request"


class ActedFor(Forbidden):
    """Who asked on a customer's behalf is none of the two people who say yes."""

    code = "acted-for"


class NotLinked(Forbidden):
    """This Slack user is no confirmed staff member of the account."""

    code = "not-linked"


class FromSettings(Forbidden):
    """The server's settings hold it, so it is not changed in the desk."""

    code = "from-settings"


class NotConnected(Forbidden):
    """This Slack workspace is not connected to the account (any more)."""

    code = "not-connected"


class NotStaff(Forbidden):
    """This Slack user is somebody who does not work for the account any more."""

    code = "not-staff"


class NotForGuests(Forbidden):
    """This Slack user is no full member of the workspace. data: why (slack.records.Outsider)."""

    code = "not-for-guests"


class ProfileUnknown(Forbidden):
    """What Slack last said of this user is too old to go by, or nothing was said yet: it is asked now."""

    code = "profile-unknown"


class SwitchedOff(Forbidden):
    """Self billing of this surface does not allow it."""

    code = "switched-off"


class NotInPlan(Forbidden):
    """The plan does not include it, or no more of it. data: plan; what and limit, if it is counted."""

    code = "not-in-plan"


class Invalid(Refusal):
    """A field cannot be taken as typed. data: whatever the sentence names."""

    code = "invalid"

    def __init__(self, field: str, problem: str = "invalid", **data: object) -> None:
        super().__init__(**data)
        self.field = field
        self.problem = problem


class RefundTooLarge(Invalid):
    """More than is left of the payment. data: asked (Money), left (Money)."""

    code = "refund-too-large"


class WrongCode(Invalid):
    """Not the newest code, or too late, or too often."""

    code = "wrong-code"


class WrongPair(Invalid):
    """Order ID and e-mail do not sign in together; never says which."""

    code = "wrong-pair"


class Conflict(Refusal):
    """The state is no longer what this needs."""

    code = "conflict"


class AlreadyDecided(Conflict):
    """Somebody was first. data: who (str), when (datetime), state (RequestState)."""

    code = "already-decided"


class NeedsAnother(Conflict):
    """They have said yes already, and a second person must. data: amount (Money), when (datetime)."""

    code = "needs-another"


class OnHold(Conflict):
    """A bank decides about this money first. data: dispute (the processor's id), since (datetime)."""

    code = "on-hold"


class NotInBulk(Conflict):
    """This one is decided by itself, not with others at once. data: why (policy.Alone)."""

    code = "not-in-bulk"


class AlreadyPending(Conflict):
    """The same thing is already under way. data: reference (str), since (datetime)."""

    code = "already-pending"


class NotOffered(Conflict):
    """Policy offers this no longer or not yet. data: why (policy.Blocked)."""

    code = "not-offered"


class Stale(Conflict):
    """Somebody else saved meanwhile. data: theirs (the record as it is now)."""

    code = "stale"


class InUse(Conflict):
    """Something else rests on it: a downgrade or an archiving that would leave Manual without a helpdesk.

    data: what (a stable code), and the records that stand in the way.
    """

    code = "in-use"


class Repeated(Conflict):
    """The form was sent before. data: first (id of the first result)."""

    code = "repeated"


class TooMany(Refusal):
    """A budget is spent. data: retry_after (seconds)."""

    code = "too-many"


class Unavailable(Refusal):
    """The database did not answer in time; nothing was changed."""

    code = "unavailable"


class DeliveryFailed(Exception):
    """A message did not reach the outside party; the relay decides when to try again.

    `untouched`: nothing left the house, or it was sent away at the door; the try does not count.
    """

    def __init__(
        self,
        why: str,
        *,
        permanent: bool = False,
        after: timedelta | None = None,
        untouched: bool = False,
    ) -> None:
        super().__init__(why)
        self.why = why
        self.permanent = permanent
        self.after = after
        self.untouched = untouched
