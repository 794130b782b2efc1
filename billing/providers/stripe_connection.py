"""The connection to Stripe itself: whose key it is, what it may not do, and where events are told."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import stripe

from billing.processor import KeyCheck, NotPermitted, WebhookEndpoint
from billing.providers.stripe_client import StripeDoor, all_of, doubts, found, told
from billing.providers.stripe_events import API_VERSION, KINDS
from billing.states import Permission

AT_ONCE = 3  # questions about a key under way together
# Nothing has these ids: whoever may write is told so, and nothing is written.
_NOTHING = "selfbill_looks_whether_it_may"

Probe = Callable[[stripe.V1Services], Awaitable[Any]]
PROBES: Mapping[Permission, tuple[Probe, ...]] = {
    Permission.READ_ACCOUNT: (lambda v1: v1.accounts.retrieve_current_async(),),
    Permission.READ_CUSTOMERS: (lambda v1: v1.customers.list_async({"limit": 1}),),
    Permission.WRITE_CUSTOMERS: (lambda v1: v1.customers.update_async(f"cus_{_NOTHING}", {}),),
    Permission.READ_CHARGES: (lambda v1: v1.charges.list_async({"limit": 1}),),
    Permission.READ_DISPUTES: (lambda v1: v1.disputes.list_async({"limit": 1}),),
    Permission.WRITE_REFUNDS: (lambda v1: v1.refunds.create_async({"charge": f"ch_{_NOTHING}"}),),
    Permission.READ_INVOICES: (lambda v1: v1.invoices.list_async({"limit": 1}),),
    Permission.WRITE_INVOICES: (lambda v1: v1.invoices.pay_async(f"in_{_NOTHING}"),),
    Permission.READ_PRODUCTS: (
        lambda v1: v1.products.list_async({"limit": 1}),
        lambda v1: v1.prices.list_async({"limit": 1}),
    ),
    Permission.WRITE_SUBSCRIPTIONS: (lambda v1: v1.subscriptions.update_async(f"sub_{_NOTHING}", {}),),
    Permission.WRITE_CARDS: (lambda v1: v1.payment_methods.detach_async(f"pm_{_NOTHING}"),),
    Permission.WRITE_WEBHOOKS: (lambda v1: v1.webhook_endpoints.delete_async(f"we_{_NOTHING}"),),
}
# Either page will do.
PAGES: tuple[Probe, ...] = (
    lambda v1: v1.billing_portal.sessions.create_async({"customer": f"cus_{_NOTHING}"}),
    lambda v1: v1.checkout.sessions.create_async(
        {
            "mode": "setup",
            "customer": f"cus_{_NOTHING}",
            "allowed_payment_method_types": ["card"],
            "success_url": "https://example.com/",
        }
    ),
)


class StripeConnection(StripeDoor):
    """`ChecksKeys` at Stripe."""

    async def check_key(self) -> KeyCheck:
        """Whose key this is, and what it may not do; nothing is changed there."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def may(probe: Probe) -> bool:
            async with turn:
                return await self._may(probe)

        # The first alone: a key that nobody knows is asked about once.
        account = await self._account()
        asked = [(permission, each) for permission, probes in PROBES.items() for each in probes]
        said = await all_of(may(each) for each in [*(probe for _, probe in asked), *PAGES])
        refused = {permission for (permission, _), allowed in zip(asked, said, strict=False) if not allowed}
        if not any(said[len(asked) :]):
            refused.add(Permission.OPEN_CARD_PAGES)
        return KeyCheck(
            processor_account=account.id if account is not None else "",
            name=_name_of(account) if account is not None else "",
            livemode=self._key.partition("_")[2].startswith("live_"),  # `sk_live_…`, `rk_live_…`
            missing=tuple(each for each in Permission if each in refused),
        )

    async def _account(self) -> stripe.Account | None:
        try:
            return await found(self._v1.accounts.retrieve_current_async())
        except NotPermitted:
            return None

    async def _may(self, probe: Probe) -> bool:
        try:
            async with doubts():
                await probe(self._v1)
        except NotPermitted:
            return False
        except stripe.InvalidRequestError:
            return True  # it looked for the object, so it may
        return True

    async def add_webhook(self, url: str, *, key: str) -> WebhookEndpoint | None:
        """An endpoint for the kinds that we read; None: the key may not, or the address will not do."""
        try:
            async with doubts():
                made = await self._v1.webhook_endpoints.create_async(
                    {
                        "url": url,
                        "enabled_events": [*KINDS],
                        "api_version": API_VERSION,
                        "description": "Selfbill",
                    },
                    {"idempotency_key": key},
                )
        except (NotPermitted, stripe.InvalidRequestError):
            return None
        return WebhookEndpoint(made.id, made.secret or "")

    async def drop_webhook(self, webhook_id: str) -> None:
        """Gone already is fine, and so is a key that may not: nothing reads it any more."""
        try:
            await found(self._v1.webhook_endpoints.delete_async(webhook_id))
        except NotPermitted:
            return


def _name_of(account: stripe.Account) -> str:
    """As its owners call it in the dashboard, else as its customers know it."""
    dashboard = told(told(account, "settings"), "dashboard")
    profile = told(account, "business_profile")
    return told(dashboard, "display_name") or told(profile, "name") or told(account, "email") or ""
