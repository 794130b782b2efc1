"""The small Stripe as an account's processor: what the tests' world is connected to from the start."""

from datetime import datetime

from billing.ids import ConnectionId, new_id
from billing.processing.records import Connection
from billing.records import Account
from billing.states import ConnectionState
from billing.vault import Vault

STRIPE_KEY, STRIPE_ACCOUNT = "sk_test_sandbox", "acct_1SelfbillSandbox"
WEBHOOK_SECRET = "whsec_of_the_tests"


def live_connection(account: Account, vault: Vault, *, by: str, at: datetime) -> Connection:
    """As if the processor had been asked already what the key may do."""
    return Connection(
        id=new_id(ConnectionId),
        account_id=account.id,
        provider="stripe",
        state=ConnectionState.LIVE,
        key=vault.seal(STRIPE_KEY),
        key_hint="sk_test_…dbox",
        processor_account=STRIPE_ACCOUNT,
        processor_name="Sandbox",
        livemode=False,
        missing=(),
        problem="",
        webhook_id="",
        webhook_secret=vault.seal(WEBHOOK_SECRET),
        asked_by=by,
        asked_at=at,
        checked_at=at,
    )
