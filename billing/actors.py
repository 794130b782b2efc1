"""Who acts: a customer, a staff member, or the system with a reason. There is no current user."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from billing.ids import AccountId, CustomerId, HelpdeskId, StaffId
from billing.states import Surface


class Via(StrEnum):
    """The face a staff member acted through."""

    WEB = "web"
    SLACK = "slack"
    COMMAND = "command"


@dataclass(frozen=True, slots=True)
class StaffActor:
    """A staff member; role and limit are read inside the transaction, as they are at that moment."""

    account_id: AccountId
    staff_id: StaffId
    via: Via
    client: str  # network address, or Slack team and user
    trace_id: str
    proved_at: datetime | None = None  # when they last proved who they are at the desk

    @property
    def key(self) -> str:
        """How rows name this actor."""
        return f"staff:{self.staff_id.hex}"

    @property
    def origin(self) -> str:
        """Where it came from, for the journal."""
        return f"{self.via}:{self.client}"


@dataclass(frozen=True, slots=True)
class CustomerActor:
    """A signed-in customer on a surface, or staff `acting` for them, who need no e-mailed code.

    `proved`: the e-mailed code was given in this visit, or is not needed.
    """

    account_id: AccountId
    customer_id: CustomerId
    surface: Surface
    helpdesk_id: HelpdeskId | None
    proved: bool
    client: str  # network address, for the journal
    trace_id: str
    acting: StaffActor | None = None

    @property
    def key(self) -> str:
        """How rows name this actor: whoever really did it."""
        return self.acting.key if self.acting else f"customer:{self.customer_id.hex}"

    @property
    def origin(self) -> str:
        """Where it came from, for the journal, and for whom."""
        if self.acting:
            return f"{self.acting.origin} for customer:{self.customer_id.hex}"
        return f"{self.surface}:{self.client}"


@dataclass(frozen=True, slots=True)
class SystemActor:
    """Selfbill itself, e.g. reason `policy`, `relay` or `import`."""

    account_id: AccountId
    reason: str
    trace_id: str

    @property
    def key(self) -> str:
        """How rows name this actor."""
        return f"system:{self.reason}"

    @property
    def origin(self) -> str:
        """Where it came from, for the journal."""
        return "system"


Actor = CustomerActor | StaffActor | SystemActor
