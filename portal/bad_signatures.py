"""How many events with a wrong signature came: more than a few in a minute are somebody's trying."""

from collections import Counter

MOST_IN_A_MINUTE = 20


class BadSignatures:
    """Counts by account, for the present minute only."""

    def __init__(self) -> None:
        self._minute = 0
        self._counts: Counter[str] = Counter()

    def add(self, account: str, *, minute: int) -> bool:
        """One more; True once in a minute, when it was one more than is let pass."""
        if minute != self._minute:
            self._minute = minute
            self._counts.clear()
        self._counts[account] += 1
        return self._counts[account] == MOST_IN_A_MINUTE + 1
