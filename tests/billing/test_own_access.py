"""What people change about themselves, while somebody changes them."""

import asyncio
import contextvars
import threading
from dataclasses import replace

import pytest
from argon2 import PasswordHasher
from sqlalchemy import text

from billing import own_access, own_language
from billing.errors import WrongPair
from billing.signin import SignedIn
from billing.staff_signin import sign_in_staff
from selfbill.vault import SettingsVault
from storage.bound import Bound
from tests.billing.bench import Bench, patiently
from tests.people import dana, erin
from tests.site import PATIENCE_S, SECRET

_WAITING = text("SELECT count(*) FROM pg_locks WHERE pg_backend_pid() = ANY(pg_blocking_pids(pid))")


async def test_who_chooses_a_language_while_deactivated_stays_deactivated(postgresql_bench: Bench) -> None:
    """Several write at once on PostgreSQL: the language must not bring the rest of the row back."""
    bench, erin_id = postgresql_bench, postgresql_bench.world.staff[erin.name]
    elsewhere = contextvars.copy_context()

    async def choose() -> None:
        await own_language.choose_language(bench.ctx, locale="de", by=bench.staff(erin))

    async with bench.ctx.begin(bench.lumen.id) as work:
        await work.accounts.hold()
        await work.staff.save(replace(await work.staff.get(erin_id), active=False))
        choosing = asyncio.create_task(patiently(choose), context=elsewhere)
        assert isinstance(work.accounts, Bound)
        async with asyncio.timeout(PATIENCE_S):
            while not (await work.accounts.connection.execute(_WAITING)).scalar_one():  # noqa: ASYNC110
                await asyncio.sleep(0.01)
    await choosing
    async with bench.ctx.read(bench.lumen.id) as work:
        found = await work.staff.get(erin_id)
    assert (found.active, found.locale) == (False, "de")


class _SlowVault(SettingsVault):
    """Says only later whether a password is right."""

    def __init__(self) -> None:
        super().__init__(SECRET, hasher=PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))
        self.has_looked, self.may_say = threading.Event(), threading.Event()

    def is_password(self, password: str, password_hash: str | None) -> bool:
        is_right = super().is_password(password, password_hash)
        self.has_looked.set()
        assert self.may_say.wait(PATIENCE_S)
        return is_right


async def test_a_password_that_is_changed_while_it_is_checked_signs_nobody_in(bench: Bench) -> None:
    vault = _SlowVault()
    coming_in = asyncio.create_task(_sign_in(replace(bench, ctx=replace(bench.ctx, vault=vault))))
    assert await asyncio.to_thread(vault.has_looked.wait, PATIENCE_S)
    own = await _sign_in(bench)
    new = "teal otter hums under ferns"
    await own_access.change_password(bench.ctx, own.visit, old=dana.password, new=new, by=bench.staff(dana))
    vault.may_say.set()
    with pytest.raises(WrongPair):
        await coming_in


async def _sign_in(bench: Bench) -> SignedIn:
    return await sign_in_staff(
        bench.ctx, bench.lumen.id, email=dana.email, password=dana.password, client="", trace_id="t"
    )
