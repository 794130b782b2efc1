"""One difference between our books and the processor's: its kinds, and the facts of its words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from billing.ids import CustomerId
from billing.money import Money
from billing.records import Facts


class DifferenceKind(StrEnum):
    """How our books and the processor's may differ."""

    REFUND_UNKNOWN_HERE = "refund_unknown_here"
    REFUND_MISSING_THERE = "refund_missing_there"
    REFUND_AMOUNT = "refund_amount"
    REFUND_STATE = "refund_state"  # it came back there and stands here, or the other way round
    OPERATION_HAPPENED = "operation_happened"  # here it is sent or unknown
    FAILED_OPERATION_HAPPENED = "failed_operation_happened"
    REFUNDED_TWICE = "refunded_twice"  # two refunds with the mark of one operation
    CHARGE_UNKNOWN_HERE = "charge_unknown_here"
    PAYMENT_MISSING_THERE = "payment_missing_there"
    CHARGE_AMOUNT = "charge_amount"  # or its currency
    CHARGE_STATE = "charge_state"
    DISPUTE_UNKNOWN_HERE = "dispute_unknown_here"
    DISPUTE_MISSING_THERE = "dispute_missing_there"
    DISPUTE_DIFFERS = "dispute_differs"  # its sum or its state
    SUBSCRIPTION_UNKNOWN_HERE = "subscription_unknown_here"
    SUBSCRIPTION_MISSING_THERE = "subscription_missing_there"
    SUBSCRIPTION_DIFFERS = "subscription_differs"  # its state or the end of its period


class RefundStands(StrEnum):
    """What a refund came to, on either side."""

    STANDS = "stands"
    CAME_BACK = "came_back"


@dataclass(frozen=True, slots=True)
class Side:
    """What one side says; all None: it knows nothing of it. `state` is a member of one of our enums."""

    amount: Money | None = None
    state: StrEnum | None = None
    until: datetime | None = None

    @property
    def is_absent(self) -> bool:
        """Whether there is nothing on this side."""
        return self.amount is None and self.state is None and self.until is None

    def facts(self, side: str) -> Facts:
        """As a row keeps it, each name beginning with `here` or `there`."""
        told: dict[str, str | int | bool | None] = {}
        if self.amount is not None:
            told[f"{side}_minor"] = self.amount.minor
            told[f"{side}_currency"] = self.amount.currency.code
        if self.state is not None:
            told[f"{side}_state"] = f"{type(self.state).__name__}.{self.state.value}"
        if self.until is not None:
            told[f"{side}_until"] = self.until.isoformat()
        return told


ABSENT = Side()


@dataclass(frozen=True, slots=True)
class Difference:
    """`about` is how the processor names it; `name` what people here read, or empty."""

    kind: DifferenceKind
    about: str
    here: Side
    there: Side
    name: str = ""  # an Order ID or the reference of a request
    customer_id: CustomerId | None = None
    at: datetime | None = None  # when it was made; None: it is compared whatever its age

    @property
    def subject(self) -> str:
        """Of the alert that it raises."""
        return f"{self.kind}:{self.about}"

    @property
    def facts(self) -> Facts:
        """As the alert keeps it; what it is, both sides, and where a link leads."""
        told: dict[str, str | int | bool | None] = {"difference": self.kind.value, "processor_id": self.about}
        if self.name:
            told["name"] = self.name
        if self.customer_id is not None:
            told["customer"] = self.customer_id.hex
        if self.at is not None:
            told["at"] = self.at.isoformat()
        return {**told, **self.here.facts("here"), **self.there.facts("there")}
