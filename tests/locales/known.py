"""What stands on pages and is no word of ours: names of the tests' worlds, and other parties' own words."""

from zoneinfo import available_timezones

from locales.catalogues import language_names

_PEOPLE = {"Alice Ames", "Bob <b>Best</b>", "Dana", "Erin", "Frank", "Grace", "Judy", "Ivan"}
_BUSINESS = {"Acme & Co.", "Acme", "Acme LLC", "Support", "Second", "Billing", "Members"}
_PRODUCTS = {"Watercolour course", "Painters' club", "Oil course"}
_WRITTEN = {"A note", "Here it is", "No", "note.txt", "second", "Hello", "Hallo", "Welcome to us"}
# As the processor's own pages name what a key may read and write.
_PERMISSIONS = {
    "Accounts, KYC basic",
    "Charges and Refunds",
    "Customer portal, Checkout Sessions",
    "Customers",
    "Disputes",
    "Invoices",
    "PaymentMethods",
    "Products, Prices",
    "Subscriptions",
    "Webhook Endpoints",
}
_BRANDS = {"Stripe", "Visa", "PDF", "ZIP", "USD"}
_CODES = {"U0JUDY", "U0NEW", "T0ACME", "rk_test_…body"}
# Only where they are a choice each: a zone's name inside of a sentence is a fact in it.
ZONES = frozenset(name for zone in available_timezones() for name in (zone, zone.replace("_", " ")))
WORLD = frozenset(
    _PEOPLE
    | _BUSINESS
    | _PRODUCTS
    | _WRITTEN
    | _PERMISSIONS
    | _BRANDS
    | _CODES
    | {"America/New_York"}
    | {name for _, name in language_names()}
)
# Those of the cast, who work at and buy from Lumen.
CAST = WORLD | {
    "Alice Moreau",
    "Bob Tanaka",
    "Dana Whitfield",
    "Erin Castellanos",
    "Frank Oyelaran",
    "Grace Lindqvist",
    "Heidi Brandt",
    "Lumen Studio",
    "Lumen",
    "Membership Gold",
    "Not for me",
    "Photography Masterclass",
    "Standard",
    "Where are the slides?",
    "Workbook",
    "alice",
    "<@U0DANA0001> *now*",
}
# Those of the records made by hand for drawing.
DRAWN = WORLD | {
    "Card",
    "Changing",
    "Courses",
    "Customer care",
    "Dana Reed",
    "Dana Whitfield",
    "Erin Castellanos",
    "Frank Oyelaran",
    "Gold",
    "Half of it is about oil",
    "How?",
    "Letters",
    "Mastercard",
    "Missing",
    "Newsletter",
    "Northlight Academy LLC",
    "Northlight Academy",
    "Pending",
    "Person",
    "Photography Masterclass",
    "Question closed",
    "Question open",
    "Question waiting",
    "Question",
    "Sorry",
    "Standard",
    "Studio Membership",
    "Studio",
    "Unknown",
    "Watercolour Basics",
    "Yes",
}
