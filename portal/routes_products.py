"""The URL map of *Products*: products, their refund periods, and Self billing of the portal."""

from billing.records import Product
from portal.entries import MANAGERS, Entry, Where, deed, page
from portal.views.desk import products, self_billing

_DESK = Where.DESK
_SELF_BILLING, _PREVIEW = "/products/self-billing", "/products/self-billing/preview"
_PRODUCT = "/products/{product_id}"

# Self billing comes first: its address would be a product's otherwise.
PRODUCT_ROUTES: list[Entry] = [
    page("/products", products.show_all, name="products", who=MANAGERS, where=_DESK),
    page(_SELF_BILLING, self_billing.show, name="self-billing", who=MANAGERS, where=_DESK),
    deed(_SELF_BILLING, self_billing.save, name="self-billing", who=MANAGERS, where=_DESK),
    page(_PREVIEW, self_billing.show, name="self-billing-preview", who=MANAGERS, where=_DESK),
    deed(_PREVIEW, self_billing.preview, name="self-billing-preview", who=MANAGERS, where=_DESK),
    page(_PRODUCT, products.show, name="product", who=MANAGERS, where=_DESK, names=Product),
    deed(_PRODUCT, products.save, name="product", who=MANAGERS, where=_DESK, names=Product),
]
