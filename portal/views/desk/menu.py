"""The desk's menu, in the order in which people need it; each page names its own section."""

from dataclasses import dataclass

from billing.states import Role
from locales.translator import N_

_ALL = frozenset(Role)
_MANAGERS = frozenset({Role.OWNER, Role.MANAGER})


@dataclass(frozen=True, slots=True)
class Line:
    """`name` is the page's in the URL map; who is not among `roles` does not see the line."""

    section: str
    name: str
    label: str
    roles: frozenset[Role] = _ALL


MENU = (
    Line("inbox", "home", N_("Inbox")),
    Line("customers", "customers", N_("Customers")),
    Line("documents", "documents", N_("Documents")),
    Line("products", "products", N_("Products"), _MANAGERS),
    Line("business", "business", N_("Business details"), _MANAGERS),
    Line("address", "address", N_("Portal address"), _MANAGERS),
    Line("helpdesks", "helpdesks", N_("Helpdesks"), _MANAGERS),
    Line("texts", "texts", N_("Texts"), _MANAGERS),
    Line("memberships", "memberships", N_("Memberships"), _MANAGERS),
    Line("payments", "payments", N_("Payments"), _MANAGERS),
    Line("slack", "slack", N_("Slack"), _MANAGERS),
    Line("plan", "plan", N_("Plan"), _MANAGERS),
    Line("team", "team", N_("Team"), frozenset({Role.OWNER})),
    Line("reports", "reports", N_("Reports")),
    Line("journal", "journal", N_("Journal"), _MANAGERS),
    Line("me", "me", N_("My account")),
)
