"""Stripe, through its official SDK on aiohttp: one account's key, and everything that is asked with it."""

from billing.providers.stripe_connection import StripeConnection
from billing.providers.stripe_operations import StripeOperations
from billing.providers.stripe_steps import StripeSteps


class StripeProvider(StripeOperations, StripeSteps, StripeConnection):
    """`PaymentProvider` for one Stripe account; close it in the end."""
