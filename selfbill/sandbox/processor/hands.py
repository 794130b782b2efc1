"""What a test or the demo lets happen at the processor, as methods of the stand-in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any

from selfbill.sandbox.processor import deeds, entering
from selfbill.sandbox.processor.entering import Entered
from selfbill.sandbox.processor.errors import Json
from selfbill.sandbox.processor.resources.webhook_endpoints import roll_secret
from selfbill.sandbox.processor.state import ProcessorState, WebhookTarget
from selfbill.sandbox.processor.webhooks import Courier


class Hands(ABC):
    """Ids in, the changed object out, as the API would show it; `ApiError` for what cannot be."""

    state: ProcessorState

    @property
    @abstractmethod
    def courier(self) -> Courier: ...

    # What the merchant does in the processor's own dashboard, the bank decides, and customers buy.

    def refund_elsewhere(
        self,
        charge: str,
        amount: int | None = None,
        *,
        reason: str | None = None,
        metadata: Json | None = None,
    ) -> Json:
        """All that is left, or `amount` in minor units; `metadata` may claim to be ours."""
        return deeds.refund_elsewhere(self.state, charge, amount, reason=reason, metadata=metadata)

    def settle_refund(self, refund: str, status: str, reason: str = "unknown") -> Json:
        """`succeeded`, `failed` (also after it had succeeded) or `canceled`."""
        return deeds.settle_refund(self.state, refund, status, reason)

    def cancel_elsewhere(self, subscription: str, *, at_period_end: bool = False) -> Json:
        return deeds.cancel_elsewhere(self.state, subscription, at_period_end=at_period_end)

    def undo_elsewhere(self, subscription: str) -> Json:
        """Take a scheduled end back."""
        return deeds.undo_elsewhere(self.state, subscription)

    def set_subscription(self, subscription: str, **fields: Any) -> Json:
        """Such as `status="past_due"`; told as an update."""
        return deeds.set_subscription(self.state, subscription, **fields)

    def change_card_elsewhere(
        self,
        customer: str,
        number: str = "5555555555554444",
        *,
        subscription: str | None = None,
        expires: tuple[int, int] = (12, 2034),
    ) -> Json:
        """The new payment method: the customer's default, or the one subscription's own. A test card."""
        return deeds.change_card_elsewhere(
            self.state, customer, number, subscription=subscription, expires=expires
        )

    def open_dispute(
        self, charge: str, amount: int | None = None, *, reason: str = "fraudulent", is_inquiry: bool = False
    ) -> Json:
        """Of the whole charge or of `amount`; an inquiry takes no money yet."""
        return deeds.open_dispute(self.state, charge, amount, reason=reason, is_inquiry=is_inquiry)

    def escalate_dispute(self, dispute: str) -> Json:
        """An inquiry becomes a dispute."""
        return deeds.escalate_dispute(self.state, dispute)

    def close_dispute(self, dispute: str, status: str = "won") -> Json:
        """`won`, `lost`, or `warning_closed` for an inquiry."""
        return deeds.close_dispute(self.state, dispute, status)

    def renew(self, subscription: str) -> Json:
        """Bill the next period now; past_due if the card does not pay."""
        return deeds.renew(self.state, subscription)

    def sell(self, amount: int, currency: str = "usd", *, customer: str | None = None, **fields: Any) -> Json:
        """A new charge, told; `fields` as the seed's charges have them."""
        return deeds.sell(self.state, amount, currency, customer=customer, **fields)

    # Customers on the hosted pages.

    def enter_card(
        self, url: str, number: str, *, authenticate: bool = True, expires: str = "12 / 34"
    ) -> Entered:
        """On a card page or an invoice's page; `location` leads back, `says` why it was declined."""
        return entering.enter_card(self.state, url, number, authenticate=authenticate, expires=expires)

    def pay_with_saved_card(self, url: str, *, authenticate: bool = True) -> Entered:
        """On an invoice's page, with the card it waits for."""
        return entering.pay_with_saved_card(self.state, url, authenticate=authenticate)

    # Keys and settings.

    def add_key(
        self, secret: str = "", *, permissions: Iterable[str] | None = None, livemode: bool = False
    ) -> str:
        """The secret; with `permissions` (such as `charge_read`; write implies read) a restricted key."""
        return self.state.keys.add(secret, permissions, livemode=livemode)

    def revoke_key(self, secret: str) -> None:
        self.state.keys.revoke(secret)

    def allow_portal(self, *, yes: bool = True) -> None:
        """Whether the merchant has saved settings of the customer portal; without, it opens no page."""
        self.state.has_portal_settings = yes

    # Events.

    def send_webhooks_to(self, target: WebhookTarget | None) -> None:
        """From now on; what happened before is not told."""
        self.state.webhook = target

    def roll_webhook_secret(self, endpoint: str) -> str:
        """A new secret of this endpoint; the one before goes on signing beside it."""
        with self.state.by_hand(endpoint):
            return roll_secret(self.state, endpoint)

    def hold_webhooks(self) -> None:
        """From now on events wait, until they are released."""
        self.state.holds_events = True

    async def release_webhooks(self, *, times: int = 1, reverse: bool = False) -> None:
        """Tell what waits, one by one, each so many times, the last first if wanted; later ones as always."""
        self.state.holds_events = False
        await self.courier.release(times=times, reverse=reverse)

    async def replay(self, event: str | None = None) -> None:
        """Tell this event again, or all there ever were, the oldest first."""
        events = [event] if event else [each["id"] for each in self.state.every("event", limit=10_000)[::-1]]
        for each in events:
            await self.courier.tell_again(each)

    async def settle(self) -> None:
        """Wait until every event so far was told, or failed to be told at least once."""
        await self.courier.settle()

    async def taken(self) -> None:
        """Wait until every event so far was taken or given up; those put back wait for the clock."""
        await self.courier.taken()
