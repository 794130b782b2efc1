"""The doors of the product: what storage must offer, by subject. Implementations live elsewhere."""

from billing.ports.audit import Audit
from billing.ports.board import Board, BoardQuery, Shows, Spot
from billing.ports.bundles import Bundles, IssuedDocuments, YearDocuments
from billing.ports.domains import Domains
from billing.ports.drawn import Drawn
from billing.ports.files import Files
from billing.ports.helpdesks import Helpdesks, Tickets
from billing.ports.kept import InboxOfEvents, Journal, JournalQuery, OnceKeys, Outbox
from billing.ports.memberships import Memberships, Setup
from billing.ports.papers import Papers
from billing.ports.people import Accounts, Budgets, Customers, StaffMembers, Visits
from billing.ports.processing_alerts import Alerts
from billing.ports.processing_cards import Cards
from billing.ports.processing_compared import Compared
from billing.ports.processing_connections import Connections
from billing.ports.processing_disputes import Disputes
from billing.ports.processing_syncs import OrderIds, SyncedSales, SyncWalks
from billing.ports.reports import Reports
from billing.ports.requests import InboxQuery, Operations, RequestFilter, Requests
from billing.ports.sales import Documents, Products, Purchases
from billing.ports.search import CustomerSearch
from billing.ports.slack import Channels, Homes, Installations
from billing.ports.store import Store, UnitOfWork
from billing.ports.team import Team
from billing.ports.timing import Answers, Timing
from billing.ports.words import Words

__all__ = [
    "Accounts",
    "Alerts",
    "Answers",
    "Audit",
    "Board",
    "BoardQuery",
    "Budgets",
    "Bundles",
    "Cards",
    "Channels",
    "Compared",
    "Connections",
    "CustomerSearch",
    "Customers",
    "Disputes",
    "Documents",
    "Domains",
    "Drawn",
    "Files",
    "Helpdesks",
    "Homes",
    "InboxOfEvents",
    "InboxQuery",
    "Installations",
    "IssuedDocuments",
    "Journal",
    "JournalQuery",
    "Memberships",
    "OnceKeys",
    "Operations",
    "OrderIds",
    "Outbox",
    "Papers",
    "Products",
    "Purchases",
    "Reports",
    "RequestFilter",
    "Requests",
    "Setup",
    "Shows",
    "Spot",
    "StaffMembers",
    "Store",
    "SyncWalks",
    "SyncedSales",
    "Team",
    "Tickets",
    "Timing",
    "UnitOfWork",
    "Visits",
    "Words",
    "YearDocuments",
]
