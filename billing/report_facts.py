"""What reports know of a day, and how days add up: counters by paths of words, and a histogram of waits.

The paths, with what stands for a number of things or for minor units of money:
asked/KIND · reason/KIND/REASON · answer/KIND/ANSWER · wait/BUCKET · paid/CURRENCY · captured/CURRENCY ·
returns/CURRENCY · returned/CURRENCY · product/ID/asked/KIND · product/ID/captured/CURRENCY ·
product/ID/returned/CURRENCY
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import timedelta
from enum import StrEnum
from math import ceil, log

from billing.money import Currency, Money
from billing.ports.reports import Counts
from billing.states import RequestKind

# Waits are kept in buckets that are each a quarter wider than the one before: no median is off by more than
# an eighth. The first is up to a minute, the last all that is more than 60 days.
SHORTEST = 60
GROWTH = 1.25
BUCKETS = ceil(log(60 * 86_400 / SHORTEST) / log(GROWTH)) + 1


class Answer(StrEnum):
    """How a request was answered first."""

    APPROVED = "approved"
    APPROVED_BY_POLICY = "approved_by_policy"
    DENIED = "denied"
    DENIED_BY_POLICY = "denied_by_policy"
    WITHDRAWN = "withdrawn"


def bucket_ends() -> list[int]:
    """Up to how many seconds each bucket goes; the last has no end and is not in the list."""
    return [round(SHORTEST * GROWTH**place) for place in range(BUCKETS - 1)]


def add_up(days: Iterable[Counts]) -> Counter[str]:
    """All of them as one."""
    total: defaultdict[str, int] = defaultdict(int)  # twice as quick as a Counter
    for counts in days:
        for path, n in counts.items():
            total[path] += n
    return Counter(total)


def asked(counts: Counts, kind: RequestKind) -> int:
    """Requests of this kind that were made."""
    return counts.get(f"asked/{kind}", 0)


def answered(counts: Counts, answer: Answer) -> int:
    """Requests of all kinds that were answered so."""
    return sum(counts.get(f"answer/{kind}/{answer}", 0) for kind in RequestKind)


def reasons(counts: Counts, kind: RequestKind) -> dict[str, int]:
    """How often each reason was given, most frequent first; empty text where none was."""
    found = {reason: n for (reason,), n in _below(f"reason/{kind}", counts)}
    return dict(sorted(found.items(), key=lambda each: (-each[1], each[0])))


def currencies(counts: Counts, first: Currency) -> list[Currency]:
    """All in which money moved, the account's own first."""
    codes = {code for what in ("captured", "returned") for (code,), _ in _below(what, counts)}
    return [first, *(Currency(code) for code in sorted(codes - {first.code}))]


def money(counts: Counts, what: str, currency: Currency) -> Money:
    """What was `captured`, or `returned` to customers and not taken back again."""
    return Money(counts.get(f"{what}/{currency.code}", 0), currency)


def number(counts: Counts, what: str, currency: Currency) -> int:
    """How many payments were `paid`, or how many refunds were `returns`."""
    return counts.get(f"{what}/{currency.code}", 0)


def products(counts: Counts) -> dict[str, Counter[str]]:
    """What is counted of each product, by its id as hex; the paths are what comes behind it."""
    found: dict[str, Counter[str]] = {}
    for (product, *rest), n in _below("product", counts):
        found.setdefault(product, Counter())["/".join(rest)] += n
    return found


def median_wait(counts: Counts) -> timedelta | None:
    """About how long half of those whom people answered had waited at most; None if there were none."""
    waits = sorted((int(bucket), n) for (bucket,), n in _below("wait", counts) if n > 0)
    half = sum(n for _, n in waits) / 2
    for bucket, n in waits:
        half -= n
        if half <= 0:
            return timedelta(seconds=round(_middle(bucket)))
    return None


def _below(begin: str, counts: Counts) -> Iterator[tuple[list[str], int]]:
    """The rest of each path that begins so, and its number."""
    for path, n in counts.items():
        if path.startswith(f"{begin}/"):
            yield path[len(begin) + 1 :].split("/"), n


def _middle(bucket: int) -> float:
    """In seconds; between the ends of a bucket by proportion, as they grow."""
    if bucket == 0:
        return SHORTEST / 2
    return float(SHORTEST * GROWTH ** (bucket - 0.5))
