"""One transaction, one account, and its repositories."""

from sqlalchemy.ext.asyncio import AsyncConnection

from billing import ports
from billing.ids import AccountId
from storage.accounts import StoredAccounts, StoredStaff
from storage.alerts import StoredAlerts
from storage.answers import StoredAnswers
from storage.audit import StoredAudit
from storage.board import StoredBoard
from storage.budgets import StoredBudgets, StoredOnceKeys
from storage.bundles import StoredBundles
from storage.card_changes import StoredCards
from storage.channels import StoredChannels
from storage.compared import StoredCompared
from storage.connections import StoredConnections
from storage.customer_search import StoredCustomerSearch
from storage.customers import StoredCustomers
from storage.disputes import StoredDisputes
from storage.documents import StoredDocuments
from storage.domains import StoredDomains
from storage.drawn import StoredDrawn
from storage.files import StoredFiles
from storage.helpdesks import StoredHelpdesks
from storage.homes import StoredHomes
from storage.installations import StoredInstallations
from storage.issued_documents import StoredIssued
from storage.ledger import StoredInbox, StoredJournal, StoredOutbox
from storage.memberships import StoredMemberships, StoredSetup
from storage.operations import StoredOperations
from storage.order_ids import StoredOrderIds
from storage.papers import StoredPapers
from storage.products import StoredProducts
from storage.purchases import StoredPurchases
from storage.reports import StoredReports
from storage.requests import StoredRequests
from storage.synced_sales import StoredSyncedSales
from storage.syncs import StoredWalks
from storage.team import StoredTeam
from storage.tickets import StoredTickets
from storage.timing import StoredTiming
from storage.visits import StoredVisits
from storage.words import StoredWords
from storage.year_documents import StoredYears


class SqlUnitOfWork:
    """`billing.ports.UnitOfWork` on an open transaction; whoever opened it commits or rolls back."""

    def __init__(self, connection: AsyncConnection, account_id: AccountId) -> None:
        self.account_id = account_id
        self.accounts: ports.Accounts = StoredAccounts(connection, account_id)
        self.staff: ports.StaffMembers = StoredStaff(connection, account_id)
        self.team: ports.Team = StoredTeam(connection, account_id)
        self.customers: ports.Customers = StoredCustomers(connection, account_id)
        self.search: ports.CustomerSearch = StoredCustomerSearch(connection, account_id)
        self.purchases: ports.Purchases = StoredPurchases(connection, account_id)
        self.products: ports.Products = StoredProducts(connection, account_id)
        self.helpdesks: ports.Helpdesks = StoredHelpdesks(connection, account_id)
        self.memberships: ports.Memberships = StoredMemberships(connection, account_id)
        self.setup: ports.Setup = StoredSetup(connection, account_id)
        self.reports: ports.Reports = StoredReports(connection, account_id)
        self.alerts: ports.Alerts = StoredAlerts(connection, account_id)
        self.compared: ports.Compared = StoredCompared(connection, account_id)
        self.audit: ports.Audit = StoredAudit(connection, account_id)
        self.board: ports.Board = StoredBoard(connection, account_id)
        self.requests: ports.Requests = StoredRequests(connection, account_id)
        self.operations: ports.Operations = StoredOperations(connection, account_id)
        self.cards: ports.Cards = StoredCards(connection, account_id)
        self.tickets: ports.Tickets = StoredTickets(connection, account_id)
        self.files: ports.Files = StoredFiles(connection, account_id)
        self.answers: ports.Answers = StoredAnswers(connection, account_id)
        self.timing: ports.Timing = StoredTiming(connection, account_id)
        self.installations: ports.Installations = StoredInstallations(connection, account_id)
        self.channels: ports.Channels = StoredChannels(connection, account_id)
        self.homes: ports.Homes = StoredHomes(connection, account_id)
        self.connections: ports.Connections = StoredConnections(connection, account_id)
        self.documents: ports.Documents = StoredDocuments(connection, account_id)
        self.years: ports.YearDocuments = StoredYears(connection, account_id)
        self.issued: ports.IssuedDocuments = StoredIssued(connection, account_id)
        self.bundles: ports.Bundles = StoredBundles(connection, account_id)
        self.drawn: ports.Drawn = StoredDrawn(connection, account_id)
        self.papers: ports.Papers = StoredPapers(connection, account_id)
        self.disputes: ports.Disputes = StoredDisputes(connection, account_id)
        self.domains: ports.Domains = StoredDomains(connection, account_id)
        self.words: ports.Words = StoredWords(connection, account_id)
        self.visits: ports.Visits = StoredVisits(connection, account_id)
        self.budgets: ports.Budgets = StoredBudgets(connection, account_id)
        self.walks: ports.SyncWalks = StoredWalks(connection, account_id)
        self.synced: ports.SyncedSales = StoredSyncedSales(connection, account_id)
        self.order_ids: ports.OrderIds = StoredOrderIds(connection, account_id)
        self.once: ports.OnceKeys = StoredOnceKeys(connection, account_id)
        self.journal: ports.Journal = StoredJournal(connection, account_id)
        self.outbox: ports.Outbox = StoredOutbox(connection, account_id)
        self.inbox: ports.InboxOfEvents = StoredInbox(connection, account_id)
