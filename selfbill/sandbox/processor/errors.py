"""The processor's refusals, in Stripe's JSON shape."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]

DOCS = "https://docs.stripe.com/error-codes/"


class ApiError(Exception):
    """A refusal: its status, and what goes under `error` in the answer."""

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = "invalid_request_error",
        code: str | None = None,
        param: str | None = None,
        **more: Any,
    ) -> None:
        super().__init__(message)
        self.status = status
        named = {"code": code, "param": param, "doc_url": f"{DOCS}{code.replace('_', '-')}" if code else None}
        self.error = {"message": message, "type": kind, **{k: v for k, v in named.items() if v}, **more}

    @property
    def is_about_parameters(self) -> bool:
        """Refused before anything ran, so an idempotency key keeps no answer for it."""
        return str(self.error.get("code", "")).startswith("parameter_")

    def as_json(self) -> Json:
        return {"error": self.error}


def missing(what: str, object_id: str, param: str = "id") -> ApiError:
    return ApiError(f"No such {what}: '{object_id}'", status=404, code="resource_missing", param=param)


def of_the_other_mode(what: str, object_id: str, param: str, *, live: bool) -> ApiError:
    """There is such an object, but keys of one mode do not see those of the other."""
    there, key = ("test", "live") if live else ("live", "test")
    return ApiError(
        f"No such {what}: '{object_id}'; a similar object exists in {there} mode, but a {key} mode key was "
        "used to make this request.",
        status=404,
        code="resource_missing",
        param=param,
    )


def parameter_missing(name: str) -> ApiError:
    return ApiError(f"Missing required param: {name}.", code="parameter_missing", param=name)


def parameter_unknown(name: str) -> ApiError:
    return ApiError(f"Received unknown parameter: {name}", code="parameter_unknown", param=name)


def invalid_integer(name: str, value: str) -> ApiError:
    return ApiError(f"Invalid integer: {value}", code="parameter_invalid_integer", param=name)


def invalid_choice(name: str, choices: tuple[str, ...]) -> ApiError:
    return ApiError(f"Invalid {name}: must be one of {', '.join(choices)}", param=name)


def error_code(decline_code: str) -> str:
    """The code of the error: some declines have one of their own."""
    return decline_code if decline_code in ("expired_card", "incorrect_cvc") else "card_declined"


def card_declined(decline_code: str, message: str = "Your card was declined.", **more: Any) -> ApiError:
    code = error_code(decline_code)
    return ApiError(
        message, status=402, kind="card_error", code=code, **{"decline_code": decline_code, **more}
    )


def needs_the_cardholder(**more: Any) -> ApiError:
    """A charge of an invoice that the bank wants the cardholder to confirm first."""
    return ApiError(
        "This payment requires additional user action before it can be completed successfully. Payment can "
        "be completed using the PaymentIntent associated with the invoice. For more details see: "
        "https://stripe.com/docs/billing/subscriptions/overview#requires-action",
        status=402,
        kind="card_error",
        code="invoice_payment_intent_requires_action",
        **more,
    )
