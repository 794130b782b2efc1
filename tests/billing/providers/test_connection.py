"""A key: whose it is, what it may not do, and where events are told."""

import pytest
import stripe

from billing.processor import KeyRefused, NotPermitted, TryLater
from billing.providers.stripe import StripeProvider
from billing.providers.stripe_client import doubts, open_http
from billing.providers.stripe_events import API_VERSION, KINDS
from billing.states import Permission
from tests.billing.providers.making import refund
from tests.billing.providers.processors import Processor, SmallStripe

HOOK = "https://billing.example.com/lumen/hooks/processor"
# What a restricted key needs for everything, as the processor names it.
ALL = {
    "accounts_kyc_basic_read",
    "charge_write",
    "checkout_session_write",
    "customer_portal_write",
    "customer_write",
    "dispute_read",
    "invoice_write",
    "payment_method_write",
    "plan_read",
    "product_read",
    "setup_intent_read",
    "subscription_write",
    "webhook_write",
}


def with_key(small: SmallStripe, key: str) -> StripeProvider:
    return StripeProvider(key, api=small.sandbox.url)


async def test_a_key_that_may_everything(processor: Processor) -> None:
    check = await processor.provider.check_key()
    assert check.processor_account.startswith("acct_")
    assert check.name
    assert (check.livemode, check.missing) == (False, ())


async def test_checking_a_key_writes_nothing(small: SmallStripe) -> None:
    await small.provider.check_key()
    kinds = ("customer", "charge", "refund", "subscription", "billing_portal.session", "checkout.session")
    assert [small.sandbox.state.store.count(kind) for kind in kinds] == [0] * 6
    assert small.sandbox.state.every("event") == []


async def test_a_restricted_key_with_all_it_needs(small: SmallStripe) -> None:
    provider = with_key(small, small.sandbox.add_key(permissions=ALL))
    assert (await provider.check_key()).missing == ()
    await provider.close()


@pytest.mark.parametrize(
    ("without", "missing"),
    [
        ({"accounts_kyc_basic_read"}, {Permission.READ_ACCOUNT}),
        ({"customer_write"}, {Permission.READ_CUSTOMERS, Permission.WRITE_CUSTOMERS}),
        ({"charge_write"}, {Permission.READ_CHARGES, Permission.WRITE_REFUNDS}),
        ({"subscription_write"}, {Permission.WRITE_SUBSCRIPTIONS}),
        ({"invoice_write"}, {Permission.READ_INVOICES, Permission.WRITE_INVOICES}),
        ({"dispute_read"}, {Permission.READ_DISPUTES}),
        ({"payment_method_write"}, {Permission.WRITE_CARDS}),
        ({"product_read"}, {Permission.READ_PRODUCTS}),
        ({"plan_read"}, {Permission.READ_PRODUCTS}),
        ({"webhook_write"}, {Permission.WRITE_WEBHOOKS}),
        ({"customer_portal_write"}, set()),
        ({"checkout_session_write"}, set()),
        ({"customer_portal_write", "checkout_session_write"}, {Permission.OPEN_CARD_PAGES}),
    ],
)
async def test_what_a_restricted_key_lacks_is_said(
    small: SmallStripe, without: set[str], missing: set[Permission]
) -> None:
    provider = with_key(small, small.sandbox.add_key(permissions=ALL - without))
    check = await provider.check_key()
    assert set(check.missing) == missing
    assert bool(check.processor_account) == (Permission.READ_ACCOUNT not in missing)
    await provider.close()


async def test_a_live_key_is_one(small: SmallStripe) -> None:
    provider = with_key(small, small.sandbox.add_key(livemode=True))
    assert (await provider.check_key()).livemode
    await provider.close()


async def test_a_key_that_nobody_knows_is_refused(small: SmallStripe) -> None:
    provider = with_key(small, "sk_test_of_nobody")
    with pytest.raises(KeyRefused, match="unknown_key"):
        await provider.check_key()
    await provider.close()


async def test_a_key_that_was_revoked_is_refused_for_everything(small: SmallStripe) -> None:
    key = small.sandbox.add_key()
    provider = with_key(small, key)
    charge = await small.charge(await small.customer())
    small.sandbox.revoke_key(key)
    for refused in (
        provider.check_key(),
        provider.carry_out(refund(charge, 400)),
        provider.find(refund(charge, 400)),
        provider.add_webhook(HOOK, key="once"),
    ):
        with pytest.raises(KeyRefused, match="api_key_expired"):
            await refused
    await provider.close()


async def test_a_missing_permission_is_named_and_nothing_is_done(small: SmallStripe) -> None:
    provider = with_key(small, small.sandbox.add_key(permissions=ALL - {"charge_write"} | {"charge_read"}))
    charge = await small.charge(await small.customer())
    with pytest.raises(NotPermitted) as no:
        await provider.carry_out(refund(charge, 400))
    assert isinstance(no.value, TryLater)
    assert no.value.permission == "charge_write"
    assert no.value.after is not None
    assert small.sandbox.refunds(charge) == []
    await provider.close()


async def test_a_processor_that_is_busy_judges_no_key(small: SmallStripe) -> None:
    small.sandbox.state.faults.add("status_before", path="/v1/charges", status=429)
    with pytest.raises(TryLater):
        await small.provider.check_key()


async def test_an_endpoint_for_events_is_made_once_and_dropped(small: SmallStripe) -> None:
    made = await small.provider.add_webhook(HOOK, key="once")
    assert made is not None
    assert made.secret.startswith("whsec_")
    assert await small.provider.add_webhook(HOOK, key="once") == made
    [there] = small.sandbox.state.every("webhook_endpoint")
    assert (there["url"], there["enabled_events"]) == (HOOK, list(KINDS))
    assert there["api_version"] == API_VERSION
    for _ in range(2):
        await small.provider.drop_webhook(made.id)
    assert small.sandbox.state.every("webhook_endpoint") == []


async def test_a_key_that_may_make_no_endpoint_makes_none(small: SmallStripe) -> None:
    provider = with_key(small, small.sandbox.add_key(permissions=ALL - {"webhook_write"}))
    assert await provider.add_webhook(HOOK, key="once") is None
    await provider.drop_webhook("we_of_nobody")
    await provider.close()


async def test_keys_share_connections(small: SmallStripe) -> None:
    http = open_http()
    keys = [small.sandbox.secret_key, small.sandbox.add_key(livemode=True)]
    providers = [StripeProvider(each, api=small.sandbox.url, http=http) for each in keys]
    assert [(await each.check_key()).livemode for each in providers] == [False, True]
    await providers[0].close()
    assert (await providers[1].check_key()).livemode
    await http.close_async()


@pytest.mark.parametrize("code", ["account_invalid", "api_key_expired"])
async def test_a_403_of_a_dead_key_is_no_missing_permission(code: str) -> None:
    """Stripe says so of keys whose account has taken the access away; the stand-in says 401."""
    said = {"error": {"type": "invalid_request_error", "code": code, "message": "No longer."}}
    with pytest.raises(KeyRefused, match=code):
        async with doubts():
            raise stripe.PermissionError("No longer.", None, 403, said, {})


def test_events_are_named_once() -> None:
    assert list(KINDS) == sorted(set(KINDS))
