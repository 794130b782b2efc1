"""Signed-in browsers and e-mailed codes; tokens and codes come here hashed."""

from datetime import datetime

from sqlalchemy import bindparam, case, func, literal, select, update

from billing.edges import Code, Visit
from billing.errors import NotFound, Unavailable
from billing.ids import CodeId, CustomerId, StaffId, VisitId
from storage.bound import ACCOUNT, Bound, Shape
from storage.rows import plain_values
from storage.tables.visits import NEWEST, codes, visits
from storage.types import UtcDateTime

# How often a code may be tried, the right one included.
TRIES = 5

_v, _c = visits.c, codes.c
_VISIT = Shape(
    (
        _v.id,
        _v.account_id,
        _v.customer_id,
        _v.staff_id,
        _v.surface,
        _v.helpdesk_id,
        _v.proved_at,
        _v.began_at,
        _v.seen_at,
        _v.half,
    ),
    Visit,
)
_CODE = Shape(
    (
        _c.id,
        _c.account_id,
        _c.browser,
        _c.purpose,
        _c.customer_id,
        _c.code_hash,
        _c.made_at,
        _c.expires_at,
        _c.tries,
        _c.used_at,
    ),
    Code,
)
_BY_TOKEN = select(*_VISIT.columns).where(_v.account_id == ACCOUNT, _v.token_hash == bindparam("the_token"))
_ONE_CODE = select(*_CODE.columns).where(_c.account_id == ACCOUNT, _c.id == bindparam("code_id"))
_MADE = (
    select(func.count())
    .select_from(codes)
    .where(
        _c.account_id == ACCOUNT, _c.customer_id == bindparam("customer"), _c.made_at >= bindparam("since")
    )
)


class StoredVisits(Bound):
    """`billing.ports.Visits`."""

    async def open(self, visit: Visit, *, token_hash: str) -> None:
        """Somebody has signed in."""
        await self._insert(visits, {**plain_values(visit), "token_hash": token_hash})

    async def find(self, token_hash: str) -> Visit | None:
        """The visit with this token, unless it was ended or has another token by now."""
        return await self._find(_VISIT, _BY_TOKEN, the_token=token_hash)

    async def touch(self, visit_id: VisitId, at: datetime) -> None:
        """It was seen; an ended one stays ended."""
        await self.connection.execute(
            update(visits).where(_v.account_id == self.account_id, _v.id == visit_id).values(seen_at=at)
        )

    async def replace_token(self, visit_id: VisitId, *, token_hash: str, proved_at: datetime | None) -> None:
        """Only the new token is this visit now, and it is whole; raises `NotFound` if it was ended."""
        changed = await self._change(
            update(visits)
            .where(_v.account_id == self.account_id, _v.id == visit_id)
            .values(token_hash=token_hash, proved_at=proved_at, half=False)
            .returning(_v.id)
        )
        if changed is None:
            raise NotFound

    async def end(self, visit_id: VisitId) -> None:
        """Signed out, or over."""
        await self.connection.execute(
            visits.delete().where(_v.account_id == self.account_id, _v.id == visit_id)
        )

    async def end_of_staff(self, staff_id: StaffId, *, but: VisitId | None = None) -> None:
        """All visits of a staff member, wherever they are, except this one."""
        ended = visits.delete().where(_v.account_id == self.account_id, _v.staff_id == staff_id)
        await self.connection.execute(ended if but is None else ended.where(_v.id != but))

    async def add_code(self, code: Code) -> None:
        """The newest of this browser and purpose; a unique index keeps two from being it at once."""
        earlier = update(codes).where(
            _c.account_id == self.account_id,
            _c.browser == code.browser,
            _c.purpose == code.purpose,
            NEWEST,
        )
        for _ in range(3):
            await self.connection.execute(earlier.values(replaced=True))
            if await self._insert_once(codes, {**plain_values(code), "replaced": False}):
                return
        raise Unavailable

    async def try_code(self, browser: str, purpose: str, code_hash: str, *, at: datetime) -> Code | None:
        """One statement counts, compares and uses: of many right tries at once, one wins.

        The caller must commit a wrong try too, or it was not counted.
        """
        is_right = _c.code_hash == code_hash
        row = await self._change(
            update(codes)
            .where(
                _c.account_id == self.account_id,
                _c.browser == browser,
                _c.purpose == purpose,
                NEWEST,
                _c.used_at.is_(None),
                _c.expires_at > at,
                _c.tries < TRIES,
            )
            .values(
                tries=_c.tries + 1,
                used_at=case((is_right, literal(at, UtcDateTime())), else_=None),
            )
            .returning(*_CODE.columns)
        )
        code = None if row is None else _CODE.read(row)
        return code if code is not None and code.used_at is not None else None

    async def find_code(self, code_id: CodeId) -> Code | None:
        """As it was made, used or not."""
        return await self._find(_CODE, _ONE_CODE, code_id=code_id)

    async def count_codes(self, customer_id: CustomerId, since: datetime) -> int:
        """How many were mailed to them since then."""
        return int((await self._rows(_MADE, customer=customer_id, since=since))[0][0])
