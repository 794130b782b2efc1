"""The doors of the product: what storage must offer, by subject. Implementations live elsewhere."""

from billing.ports.helpdesks import Channels, Helpdesks, Tickets
from billing.ports.kept import InboxOfEvents, Journal, OnceKeys, Outbox
from billing.ports.people import Accounts, Budgets, Customers, StaffMembers, Visits
from billing.ports.requests import Operations, RequestFilter, Requests
from billing.ports.sales import Documents, Products, Purchases
from billing.ports.store import Store, UnitOfWork

__all__ = [
    "Accounts",
    "Budgets",
    "Channels",
    "Customers",
    "Documents",
    "Helpdesks",
    "InboxOfEvents",
    "Journal",
    "OnceKeys",
    "Operations",
    "Outbox",
    "Products",
    "Purchases",
    "RequestFilter",
    "Requests",
    "StaffMembers",
    "Store",
    "Tickets",
    "UnitOfWork",
    "Visits",
]
