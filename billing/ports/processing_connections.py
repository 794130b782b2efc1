"""What is kept of the account's keys to its payment processor."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from billing.ids import ConnectionId
from billing.processing.records import Connection
from billing.processor import KeyCheck
from billing.states import ConnectionEnd, ConnectionState


class Connections(Protocol):
    """One at most is live, one at most comes (is checked, or was refused); those before them are kept."""

    async def find_live(self) -> Connection | None: ...
    async def find_coming(self) -> Connection | None: ...
    async def find_last_live(self) -> Connection | None:
        """The live one, else the one of those that were live that ended last."""
        ...

    async def list(self) -> Sequence[Connection]:
        """Newest first."""
        ...

    async def get(self, connection_id: ConnectionId) -> Connection: ...
    async def add(self, connection: Connection) -> None: ...
    async def check_anew(self, connection_id: ConnectionId) -> None:
        """refused → checking; raises `Conflict` (what, state) where it stands elsewhere, as all moves do."""
        ...

    async def refuse(
        self, connection_id: ConnectionId, problem: str, *, check: KeyCheck | None, at: datetime
    ) -> Connection:
        """checking → refused, with what the processor said of the key, if it said anything."""
        ...

    async def is_taken(self, connection: Connection, check: KeyCheck) -> bool:
        """Whether this account of the processor is live for another account of ours."""
        ...

    async def go_live(self, connection_id: ConnectionId, check: KeyCheck, *, at: datetime) -> Connection:
        """checking → live; raises `Invalid` (key, `taken`) where another account of ours was first."""
        ...

    async def end(
        self, connection_id: ConnectionId, expected: ConnectionState, why: ConnectionEnd, *, at: datetime
    ) -> Connection: ...
    async def note_check(self, connection_id: ConnectionId, check: KeyCheck, *, at: datetime) -> None:
        """What the processor says of a live one now."""
        ...

    async def keep_webhook(self, connection_id: ConnectionId, webhook_id: str, secret: str | None) -> None:
        """`secret` sealed; an empty `webhook_id`: the merchant made it by hand."""
        ...

    async def forget_secrets(self, connection_id: ConnectionId) -> None:
        """Of one that has ended: nothing there can be opened with it any more."""
        ...

    async def count_under_way(self) -> int:
        """Operations and card steps that are planned, sent or unknown."""
        ...

    async def hold_under_way(self) -> int:
        """The same, and until the end of this transaction nobody begins or ends one."""
        ...
