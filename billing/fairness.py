"""Who may be delivered next: places are shared, so that one account whose outside party hangs holds few."""

from collections import Counter
from collections.abc import Callable

from billing.ids import AccountId

# A delivery that takes longer than this is a sign that its account's outside party hangs.
LONG_SECONDS = 3.0
# As many as an account may have in flight when its party hangs, or did not answer the last time.
FEW = 3


class Places:
    """The deliveries in flight of one destination; `clock` counts seconds, from any moment on."""

    def __init__(self, most: int, clock: Callable[[], float]) -> None:
        self._most = most
        self._clock = clock
        self._in_flight: dict[object, tuple[AccountId, float]] = {}
        self._ailing: set[AccountId] = set()

    @property
    def free(self) -> int:
        """How many more may begin."""
        return self._most - len(self._in_flight)

    @property
    def is_tight(self) -> bool:
        """Somebody may have had to wait for a place."""
        return self.free <= 0 or bool(self.full())

    def take(self, account_id: AccountId) -> object:
        """A delivery begins: its place, to be left in the end."""
        place = object()
        self._in_flight[place] = (account_id, self._clock())
        return place

    def leave(self, place: object, *, answered: bool | None) -> None:
        """It is over; `answered`: whether its outside party did, None where it was not asked."""
        account_id, _ = self._in_flight.pop(place)
        if answered:
            self._ailing.discard(account_id)
        elif answered is not None:
            self._ailing.add(account_id)

    def full(self) -> set[AccountId]:
        """The accounts that may have no more now: half of all places, or a few where the party hangs."""
        now = self._clock()
        held = Counter(account_id for account_id, _ in self._in_flight.values())
        slow = {account_id for account_id, since in self._in_flight.values() if now - since > LONG_SECONDS}
        slow |= self._ailing
        return {each for each, many in held.items() if many >= (FEW if each in slow else self._most // 2)}
