"""The reference: what people wished for a payment or a subscription, and what may have come of it. Pure.

What the processor holds is given (`There`): from it follows what our books may say, and must say at rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum


class Fate(StrEnum):
    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"
    DONE = "done"
    FAILED = "failed"


OPEN = {Fate.PENDING, Fate.APPROVED}


@dataclass(frozen=True)
class RefundThere:
    """`mark`: the operation that it says it is the effect of, or empty."""

    id: str
    amount: int
    status: str
    mark: str

    @property
    def stands(self) -> bool:
        return self.status == "succeeded"


@dataclass(frozen=True)
class There:
    """What the processor holds of one payment."""

    refunds: tuple[RefundThere, ...] = ()
    disputed: int = 0  # by disputes that have taken money
    lost: bool = False  # one of them is lost

    def of(self, marks: Iterable[str]) -> list[RefundThere]:
        wanted = set(marks)
        return [each for each in self.refunds if each.mark in wanted]

    @property
    def foreign(self) -> list[RefundThere]:
        return [each for each in self.refunds if not each.mark]

    @property
    def refunded(self) -> int:
        return sum(each.amount for each in self.refunds if each.stands)


@dataclass
class Wish:
    """One request. `marks`: its operations, the last one last."""

    asked: int
    fate: Fate
    approved: int = 0
    held: bool = False  # it waits for the bank
    marks: list[str] = field(default_factory=list)

    @property
    def reserves(self) -> int:
        if self.fate is Fate.APPROVED:
            return self.approved
        return self.asked if self.fate is Fate.PENDING and not self.held else 0

    def may_move(self, to: Fate, there: There) -> bool:
        """Whether what the processor holds lets it go there without anybody's deciding it."""
        ours = there.of(self.marks)
        foreign = any(each.status != "pending" for each in there.foreign)
        allowed = {
            (Fate.PENDING, Fate.DONE): foreign,
            (Fate.PENDING, Fate.DENIED): there.lost,
            (Fate.APPROVED, Fate.DONE): foreign or any(each.amount == self.approved for each in ours),
            (Fate.APPROVED, Fate.FAILED): not any(each.stands for each in there.of(self.marks[-1:])),
            (Fate.DONE, Fate.FAILED): any(each.status in {"failed", "canceled"} for each in there.refunds),
            (Fate.FAILED, Fate.DONE): there.refunded > 0,
        }
        return allowed.get((self.fate, to), False)


@dataclass
class Book:
    """One payment."""

    captured: int
    wishes: list[Wish] = field(default_factory=list)

    @property
    def open(self) -> Wish | None:
        return next((each for each in self.wishes if each.fate in OPEN), None)

    @property
    def reserved(self) -> int:
        return sum(each.reserves for each in self.wishes)

    def left(self, refunded: int, disputed: int) -> int:
        return self.captured - refunded - self.reserved - disputed

    def wrong_always(self, there: There, reserved: int, refunded: int, disputed: int) -> list[str]:
        """What may never be, at no moment."""
        once = [each.mark for each in there.refunds if each.mark and each.stands]
        rules = {
            "reserved is what open wishes hold": reserved == self.reserved,
            "sums fit into the payment": refunded + reserved + disputed <= self.captured,
            "no sum is below nothing": min(reserved, refunded, disputed) >= 0,
            "no more went back than was paid": there.refunded <= self.captured,
            "one refund at most for each operation": len(once) == len(set(once)),
            "our books know no refund that is not there": refunded
            <= sum(each.amount for each in there.refunds if each.status != "pending"),
        }
        return [rule for rule, holds in rules.items() if not holds]

    def wrong_at_rest(self, there: There, refunded: int, disputed: int) -> list[str]:
        """What must be once everything was delivered, read and waited for."""
        ours = there.of(mark for wish in self.wishes for mark in wish.marks)
        fits = there.refunded + self.reserved <= self.captured
        free = max(self.captured - refunded - self.reserved, 0)
        rules = {
            "refunded is what went back": refunded == there.refunded or not fits,
            "disputed is what the bank took, as far as it is there": disputed == min(there.disputed, free),
            "nothing is under way": all(wish.fate is not Fate.APPROVED for wish in self.wishes),
            "what went back for a wish is done": all(
                wish.fate is Fate.DONE
                for wish in self.wishes
                if any(each.stands for each in there.of(wish.marks))
            ),
            "no refund with a mark is nobody's": all(
                each in ours for each in there.refunds if each.mark and each.stands
            ),
        }
        return [rule for rule, holds in rules.items() if not holds]
