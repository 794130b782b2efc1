"""API keys: secret and restricted ones, test and live, and what each of them may."""

from __future__ import annotations

import base64
import secrets
from collections.abc import Iterable
from dataclasses import dataclass, replace

from selfbill.sandbox.processor.errors import ApiError

WRITES = frozenset({"POST", "DELETE"})
# Permissions by the beginning of an address, the longest that fits. A refund belongs to its charge.
RESOURCES = {
    "/v1/account": "accounts_kyc_basic",
    "/v1/billing_portal": "customer_portal",
    "/v1/charges": "charge",
    "/v1/checkout/sessions": "checkout_session",
    "/v1/customers": "customer",
    "/v1/customers/{customer}/payment_methods": "payment_method",
    "/v1/disputes": "dispute",
    "/v1/events": "event",
    "/v1/invoice_payments": "invoice",
    "/v1/invoices": "invoice",
    "/v1/payment_intents": "payment_intent",
    "/v1/payment_methods": "payment_method",
    "/v1/prices": "plan",
    "/v1/products": "product",
    "/v1/refunds": "charge",
    "/v1/setup_intents": "setup_intent",
    "/v1/subscription": "subscription",
    "/v1/webhook_endpoints": "webhook",
}


@dataclass(frozen=True)
class ApiKey:
    """A key; `permissions` (None: all) are named as the processor's refusals name them."""

    secret: str
    permissions: frozenset[str] | None = None
    is_revoked: bool = False

    @property
    def livemode(self) -> bool:
        return self.secret[2:].startswith("_live_")

    def may(self, permission: str) -> bool:
        """Whoever may write may read."""
        if self.permissions is None:
            return True
        return not self.permissions.isdisjoint({permission, permission.removesuffix("_read") + "_write"})


class KeyRing:
    """All keys of the account, those of the past included."""

    def __init__(self, secret: str, account_id: str) -> None:
        self._account_id = account_id
        self._keys = {secret: ApiKey(secret)}

    def add(
        self, secret: str = "", permissions: Iterable[str] | None = None, *, livemode: bool = False
    ) -> str:
        """A key of this name, or a new one; with `permissions` (`rak_charge_read` …) a restricted one."""
        kind = "sk" if permissions is None else "rk"
        secret = secret or f"{kind}_{'live' if livemode else 'test'}_{secrets.token_hex(12)}"
        allowed = None if permissions is None else frozenset(map(_named, permissions))
        self._keys[secret] = ApiKey(secret, allowed)
        return secret

    def revoke(self, secret: str) -> None:
        """From now on it is refused; KeyError for one that never was."""
        self._keys[secret] = replace(self._keys[secret], is_revoked=True)

    def authentic(self, header: str) -> ApiKey:
        """The key in an `Authorization` header; 401 for none, an unknown or a revoked one."""
        given = _given(header)
        if not given:
            raise ApiError(
                "You did not provide an API key. You need to provide your API key in the Authorization "
                "header, using Bearer auth (e.g. 'Authorization: Bearer YOUR_SECRET_KEY').",
                status=401,
            )
        key = self._keys.get(given)
        if key is None:
            raise ApiError(f"Invalid API Key provided: {_masked(given)}", status=401)
        if key.is_revoked:
            raise ApiError(f"Expired API Key provided: {_masked(given)}", status=401, code="api_key_expired")
        return key

    def must_allow(self, key: ApiKey, method: str, address: str) -> None:
        """403 with the name of the permission that would do."""
        self._must_have(key, permission_for(method, address))

    def must_allow_reading(self, key: ApiKey, kind: str) -> None:
        """The same for an object that is expanded in an answer."""
        self._must_have(key, permission_for("GET", f"/v1/{kind.replace('.', '/')}s"))

    def _must_have(self, key: ApiKey, permission: str | None) -> None:
        if permission is None or key.may(permission):
            return
        raise ApiError(
            f"The provided key '{_masked(key.secret)}' does not have the required permissions for this "
            f"endpoint on account '{self._account_id}'. Having the '{permission}' permission would allow "
            "this request to continue.",
            status=403,
        )


def permission_for(method: str, address: str) -> str | None:
    """What a restricted key needs there, such as `rak_charge_read`; None outside the API."""
    fitting = [each for each in RESOURCES if address.startswith(each)]
    if not fitting:
        return None
    return f"rak_{RESOURCES[max(fitting, key=len)]}_{'write' if method in WRITES else 'read'}"


def _named(permission: str) -> str:
    return permission if permission.startswith("rak_") else f"rak_{permission}"


def _masked(secret: str) -> str:
    """As in the processor's sentences: which kind of key, and its end."""
    return f"{secret[:8]}{'*' * max(len(secret) - 14, 3)}{secret[-6:] if len(secret) > 14 else ''}"


def _given(header: str) -> str:
    scheme, _, rest = header.partition(" ")
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(rest, validate=True).decode().partition(":")[0]
        except ValueError:
            return ""
    return rest.strip() if scheme.lower() == "bearer" else ""
