"""Somebody at the sign-in page: an address, a browser, and the mailbox of whoever it may be."""

from dataclasses import dataclass, replace

from sqlalchemy import select

from billing import signin
from billing.actors import CustomerActor
from billing.edges import Visit
from billing.messages import CodeMail
from billing.records import Account
from billing.signin import CodeSent, SignedIn, SurfaceAt
from billing.states import Surface
from storage.tables.ledger import outbox
from tests.billing.bench import Bench
from tests.people import alice

PORTAL = SurfaceAt(Surface.PORTAL, None)


@dataclass(frozen=True)
class Visitor:
    """One browser at one network address, on lumen's portal unless said otherwise."""

    bench: Bench
    client: str = "198.51.100.7"
    browser: str = "a browser"
    account: Account | None = None
    place: SurfaceAt = PORTAL

    def at(self, client: str) -> "Visitor":
        return replace(self, client=client)

    def in_browser(self, browser: str) -> "Visitor":
        return replace(self, browser=browser)

    @property
    def _account(self) -> Account:
        return self.account or self.bench.lumen

    async def sign_in(self, order_id: str = alice.order_id, email: str = alice.email) -> SignedIn | CodeSent:
        return await signin.sign_in(
            self.bench.ctx,
            self._account.id,
            order_id=order_id,
            email=email,
            place=self.place,
            client=self.client,
            browser=self.browser,
            locale="en",
            trace_id="trace-visitor",
        )

    async def enter(self, order_id: str = alice.order_id, email: str = alice.email) -> SignedIn:
        """As `sign_in`, where it must be enough."""
        answer = await self.sign_in(order_id, email)
        assert isinstance(answer, SignedIn)
        return answer

    async def confirm(self, code: str) -> SignedIn:
        return await signin.confirm_sign_in(
            self.bench.ctx,
            self._account.id,
            code=code,
            place=self.place,
            client=self.client,
            browser=self.browser,
            locale="en",
            trace_id="trace-visitor",
        )

    async def ask_order_ids(self, email: str = alice.email) -> None:
        await signin.send_order_ids(
            self.bench.ctx,
            self._account.id,
            email=email,
            client=self.client,
            locale="en",
            trace_id="trace-visitor",
        )

    async def ask_code(self, by: CustomerActor) -> None:
        await signin.send_code(self.bench.ctx, by=by, browser=self.browser, locale="en")

    async def prove(self, visit: Visit, code: str, by: CustomerActor) -> SignedIn:
        return await signin.prove(self.bench.ctx, visit, code=code, by=by, browser=self.browser)

    async def codes(self) -> list[str]:
        """All codes that were mailed, oldest first."""
        rows = await self.bench.rows(
            select(outbox.c.payload)
            .where(outbox.c.kind == CodeMail.kind)
            .order_by(outbox.c.put_at, outbox.c.place)
        )
        return [self.bench.ctx.vault.unseal(str(payload["code"])) for (payload,) in rows]

    async def newest_code(self) -> str:
        return (await self.codes())[-1]


def wrong(code: str) -> str:
    """Another code of eight digits."""
    return f"{(int(code) + 1) % 10**8:08d}"
