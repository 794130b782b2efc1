"""What the processor always says of an object even when there is nothing to say; the books do not keep it."""

from __future__ import annotations

from typing import Any

_EMPTY = {
    "charge": "application application_fee application_fee_amount failure_balance_transaction on_behalf_of"
    " review shipping source source_transfer statement_descriptor_suffix transfer_data transfer_group",
    "checkout.session": "adaptive_pricing after_expiration allow_promotion_codes billing_address_collection"
    " branding_settings client_secret collected_information consent consent_collection currency_conversion"
    " customer_creation integration_identifier invoice invoice_creation origin_context payment_link"
    " payment_method_collection payment_method_configuration_details payment_method_options permissions"
    " phone_number_collection recovered_from saved_payment_method_options shipping_address_collection"
    " shipping_cost submit_type total_details wallet_options",
    "dispute": "network_reason_code",
    "invoice": "account_country account_name account_tax_ids application automatically_finalizes_at"
    " custom_fields customer_address customer_phone customer_shipping customer_tax_exempt customer_tax_ids"
    " effective_at ending_balance footer from_invoice last_finalization_error latest_revision"
    " next_payment_attempt on_behalf_of rendering shipping_cost shipping_details statement_descriptor"
    " test_clock webhooks_delivered_at",
    "payment_intent": "amount_details application application_fee_amount excluded_payment_method_types"
    " on_behalf_of payment_method_configuration_details payment_method_options processing review"
    " setup_future_usage shipping source statement_descriptor statement_descriptor_suffix transfer_data"
    " transfer_group",
    "product": "tax_details",
    "setup_intent": "excluded_payment_method_types payment_method_configuration_details",
    "subscription": "billing_cycle_anchor_config billing_thresholds days_until_due"
    " next_pending_invoice_item_invoice on_behalf_of payment_settings pending_invoice_item_interval"
    " pending_update transfer_data trial_settings",
}
NULLS: dict[str, dict[str, Any]] = {kind: dict.fromkeys(names.split()) for kind, names in _EMPTY.items()}
NULLS["customer"] = {"next_invoice_sequence": 1}
NULLS["invoice"] |= {"total_discount_amounts": [], "total_pretax_credit_amounts": []}
