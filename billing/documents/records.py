"""What documents are made of, as records; in `frozen` facts amounts are minor units, times ISO 8601."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from billing.ids import AccountId, BundleId, CustomerId, PastSellerId, PaymentId
from billing.records import Address
from billing.states import BundleForm, BundleState, TaxTreatment


@dataclass(frozen=True, slots=True)
class SoldLine:
    """One line of what was sold. `discount_minor` is what `net_minor` is less by.

    `tax_rate` in per cent, e.g. `19`, None where it was not told; `treatment` None: nobody said why.
    """

    product: str
    price_point: str
    quantity: int
    discount_minor: int
    net_minor: int
    tax_minor: int
    tax_rate: str | None = None
    treatment: TaxTreatment | None = None
    is_shipping: bool = False  # then `product` is no name, and each language has a word for it


@dataclass(frozen=True, slots=True)
class PaidBy:
    """How a payment was made: a card, or the name of what it went through; empty where unknown."""

    brand: str = ""
    last_four: str = ""
    through: str = ""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What was sold and how it was paid, as known when the payment was first taken in; never changed."""

    payment_id: PaymentId
    account_id: AccountId
    lines: tuple[SoldLine, ...]  # their sum, tax included, is what was captured; none: nobody told them
    paid_by: PaidBy


@dataclass(frozen=True, slots=True)
class DocumentSettings:
    """What an account prints beside its seller details, and what its customers may do with documents."""

    account_id: AccountId
    logo: str | None = None  # its digest, re-encoded
    small_business: bool = False  # charges no tax, by the small business rule of its country
    footer: str = ""  # e.g. company register and directors, printed on every page
    corrections: bool = False  # customers may correct name and VAT id of an invoice, once
    mail_invoices: bool = False  # an invoice is issued and mailed when the processor tells of a payment


@dataclass(frozen=True, slots=True)
class SellerProfile:
    """Who sells, as printed."""

    seller: Address
    colour: str
    logo: str | None
    small_business: bool
    footer: str


@dataclass(frozen=True, slots=True)
class PastSeller:
    """The seller as they were until this moment."""

    id: PastSellerId
    account_id: AccountId
    until: datetime
    profile: SellerProfile


@dataclass(frozen=True, slots=True)
class Bundle:
    """All documents of a year, being gathered or ready; `customer_id` None: of the whole account."""

    id: BundleId
    account_id: AccountId
    customer_id: CustomerId | None
    asked_by: str
    year: int
    form: BundleForm
    issue_missing: bool
    locale: str
    state: BundleState
    total: int
    done: int
    asked_at: datetime
    ready_at: datetime | None
    expires_at: datetime
