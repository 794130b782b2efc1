"""The header of a Kartra transactions file: which columns it has, where, and in what currency."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import itemgetter

from billing.money import Currency

COLUMNS = tuple(
    """ID Transaction_Type Date Product Price_point Quantity Seller_username Buyer_Username Buyer_Name
    Buyer_Company Sales_Tax_ID Buyer_Email Buyer_Country Buyer_State Buyer_City Buyer_ZIP Buyer_Address
    Buyer_Phone_Country Buyer_Phone Buyer_IP Amount Base_Price Sales_tax Shipping_cost Coupon_code
    Coupon_discount Revenue Affiliate_Username Affiliate_Name Affiliate_Email Affiliate_Revenue JV_Username
    JV_Name JV_Email JV_Revenue Your_Net_Profit Tracking_link TrackingID1 TrackingID2 Landing_page Processor
    Processor_transaction_id Processor_subscription_id subscription_id lead_id affiliate_id jv_id
    Shipping_Name Shipping_Address Shipping_City Shipping_ZIP Shipping_Country Shipping_State Trial
    Automatic_Cancellation Subscription_payment_number Rebill_reattempt""".split()
)
# Their headers name the currency: `Amount (USD)`. Nothing else in the file does.
MONEY = frozenset(
    """Amount Base_Price Sales_tax Shipping_cost Coupon_discount Revenue Affiliate_Revenue JV_Revenue
    Your_Net_Profit""".split()
)
_MONEY_HEADER = re.compile(r"(\w+) ?\(([A-Za-z]{3})\)")
_BY_LOWER = {name.lower(): name for name in COLUMNS}


class UnusableFile(Exception):
    """Nothing of the file can be taken over; the sentence says why."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the columns are. `pick` gives a row's cells in the order of `COLUMNS`."""

    currency: Currency
    width: int
    pick: Callable[[Sequence[str]], tuple[str, ...]]


def read_layout(header: Sequence[str]) -> Layout:
    """The layout that this header row describes, extra columns and any order accepted; `UnusableFile`."""
    if any("\0" in name or not _is_text(name) for name in header):
        raise UnusableFile("This is not a text file in UTF-8.")
    found: dict[str, int] = {}
    currencies: dict[str, str] = {}
    for position, text in enumerate(header):
        name, currency = _read_name(text)
        if name is None:
            continue
        if name in found:
            raise UnusableFile(f"The column {name} is there twice.")
        found[name] = position
        if currency:
            currencies[name] = currency
    if missing := [_shown(name) for name in COLUMNS if name not in found]:
        raise UnusableFile(f"Columns are missing: {', '.join(missing)}.")
    return Layout(_agree(currencies), len(header), itemgetter(*(found[name] for name in COLUMNS)))


def _read_name(text: str) -> tuple[str | None, str]:
    """Our name of a column and its currency; None for a column that we do not know."""
    match = _MONEY_HEADER.fullmatch(text.strip())
    name = _BY_LOWER.get((match[1] if match else text.strip()).lower())
    if name is None or (name in MONEY) != bool(match):
        return None, ""
    return name, match[2].upper() if match else ""


def _agree(currencies: dict[str, str]) -> Currency:
    codes = sorted(set(currencies.values()))
    if len(codes) > 1:
        raise UnusableFile(f"The money columns are in different currencies: {', '.join(codes)}.")
    try:
        return Currency(codes[0])
    except ValueError:
        raise UnusableFile(f"The money columns are in {codes[0]}, which is no currency.") from None


def _is_text(text: str) -> bool:
    """Whether all bytes were UTF-8: those that were not are kept as surrogates."""
    return not any("\ud800" <= char <= "\udfff" for char in text)


def _shown(name: str) -> str:
    return f"{name} (currency)" if name in MONEY else name
