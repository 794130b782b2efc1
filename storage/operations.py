"""The ledger of what is done at the processor."""

from datetime import datetime

from sqlalchemy import bindparam, case, func, literal, select, update

from billing import records as r
from billing.errors import AlreadyDecided, NotFound
from billing.ids import OperationId, RequestId
from billing.states import OPEN_OPERATION, OPERATION_MOVES, OperationState
from storage.bound import ACCOUNT, Bound, next_place
from storage.moves import move_row
from storage.rows import operation_values
from storage.shapes import OPERATION
from storage.tables.requests import operations
from storage.types import UtcDateTime

_o = operations.c
_ALL = select(*OPERATION.columns).where(_o.account_id == ACCOUNT)
_ONE = _ALL.where(_o.id == bindparam("operation_id"))
_LATEST = _ALL.where(_o.request_id == bindparam("request")).order_by(_o.place.desc()).limit(1)
_AT_PROCESSOR = _ALL.where(_o.processor_id == bindparam("processor")).order_by(_o.place.desc()).limit(1)


class StoredOperations(Bound):
    """`billing.ports.Operations`."""

    async def add(self, operation: r.Operation) -> None:
        """A new one; the database holds that its request has no other under way."""
        await self._insert(operations, {**operation_values(operation), "place": next_place()})

    async def get(self, operation_id: OperationId) -> r.Operation:
        """Raises `NotFound`."""
        return await self._get(OPERATION, _ONE, operation_id=operation_id)

    async def find_latest(self, request_id: RequestId) -> r.Operation | None:
        """The last one planned for a request."""
        return await self._find(OPERATION, _LATEST, request=request_id)

    async def find_by_processor(self, processor_id: str) -> r.Operation | None:
        """The one whose effect the processor calls so."""
        return await self._find(OPERATION, _AT_PROCESSOR, processor=processor_id)

    async def begin_try(self, operation_id: OperationId, *, at: datetime) -> r.Operation:
        """Raises `AlreadyDecided` (when, state) for a closed one, and `NotFound`."""
        planned = _o.state == OperationState.PLANNED
        # Inside an expression a bare time would be bound as the driver's own type, not as ours.
        now = literal(at, UtcDateTime())
        row = await self._change(
            update(operations)
            .where(
                _o.account_id == self.account_id,
                _o.id == operation_id,
                _o.state.in_(sorted(OPEN_OPERATION)),
            )
            .values(
                state=case((planned, OperationState.SENT), else_=_o.state),
                moved_at=case((planned, now), else_=_o.moved_at),
                tries=_o.tries + 1,
                first_sent_at=func.coalesce(_o.first_sent_at, now),
                last_sent_at=at,
            )
            .returning(*OPERATION.columns)
        )
        if row is None:
            raise await self._already_decided(operation_id)
        return OPERATION.read(row)

    async def note_processor_id(self, operation_id: OperationId, processor_id: str) -> None:
        """What the processor calls it; raises `NotFound`."""
        changed = await self._change(
            update(operations)
            .where(_o.account_id == self.account_id, _o.id == operation_id)
            .values(processor_id=processor_id)
            .returning(_o.id)
        )
        if changed is None:
            raise NotFound

    async def move(
        self,
        operation_id: OperationId,
        expected: OperationState,
        to: OperationState,
        *,
        at: datetime,
        processor_id: str | None = None,
        failure: str | None = None,
    ) -> r.Operation:
        """Raises `AlreadyDecided` (when, state) where it stands elsewhere, and `NotFound`."""
        statement = move_row(operations, self.account_id, operation_id, expected, to, along=OPERATION_MOVES)
        told = {"processor_id": processor_id, "failure": failure}
        values = {name: value for name, value in told.items() if value is not None}
        row = await self._change(statement.values(moved_at=at, **values).returning(*OPERATION.columns))
        if row is None:
            raise await self._already_decided(operation_id)
        return OPERATION.read(row)

    async def _already_decided(self, operation_id: OperationId) -> AlreadyDecided:
        operation = await self.get(operation_id)
        return AlreadyDecided(who="", when=operation.moved_at, state=operation.state)
