"""Where pages are: the one place that knows addresses, for mails, Slack cards and redirects alike.

Customers' pages stand on the account's own domain where it has proved one; the desk stands on our own host.
"""

from dataclasses import dataclass
from urllib.parse import urlsplit

from billing.ids import CardChangeId, HelpdeskId, MembershipId, RequestId, StaffId, TicketId
from billing.records import Account, Helpdesk


@dataclass(frozen=True, slots=True)
class Addresses:
    """`origin` is scheme and authority, without a slash at the end, e.g. `https://billing.example.com`."""

    origin: str

    def origin_at(self, host: str) -> str:
        """Scheme and port of our own origin at another host, since the same server answers there."""
        parts = urlsplit(self.origin)
        return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port else "")

    def portal(self, account: Account) -> str:
        """The standalone portal's front page."""
        # Without an origin these are paths, which lead nowhere but to the server that they are read on.
        own = account.domain if self.origin else None
        return f"{self.origin_at(own) if own else self.origin}/{account.directory}"

    def helpdesk(self, account: Account, helpdesk: Helpdesk) -> str:
        """A helpdesk's front page for customers."""
        return f"{self.portal(account)}/help/{helpdesk.slug}"

    def surface(self, account: Account, helpdesk: Helpdesk | None) -> str:
        """The helpdesk if there is one, else the portal."""
        return self.helpdesk(account, helpdesk) if helpdesk else self.portal(account)

    def customer_request(self, account: Account, helpdesk: Helpdesk | None, request_id: RequestId) -> str:
        """The request's own page for its customer."""
        return f"{self.surface(account, helpdesk)}/requests/{request_id.hex}"

    def customer_card(self, account: Account, helpdesk: Helpdesk | None, change_id: CardChangeId) -> str:
        """The page of a card change, for its customer."""
        return f"{self.surface(account, helpdesk)}/cards/{change_id.hex}"

    def card_return(self, account: Account, helpdesk: Helpdesk | None, change_id: CardChangeId) -> str:
        """Where the processor's page sends the customer back to; that they come proves nothing."""
        return f"{self.customer_card(account, helpdesk, change_id)}/back"

    def customer_ticket(self, account: Account, helpdesk: Helpdesk, ticket_id: TicketId) -> str:
        """The conversation, for its customer."""
        return f"{self.helpdesk(account, helpdesk)}/tickets/{ticket_id.hex}"

    def help_icon(self, account: Account, membership_id: MembershipId) -> str:
        """Where a help icon leads for ever: a domain may be released one day, a directory changed."""
        return f"{self.origin}/support/{account.slug}/{membership_id.hex}"

    def membership_support(self, account: Account, membership_id: MembershipId) -> str:
        """The membership's support as it is set now."""
        return f"{self.origin}/{account.directory}/membership/{membership_id.hex}/support"

    def desk(self, account: Account) -> str:
        """The merchant's desk, on our own host: staff sign in nowhere else."""
        return f"{self.origin}/{account.directory}/desk"

    def join(self, account: Account, token: str) -> str:
        """Where somebody who was invited joins the team."""
        return f"{self.desk(account)}/join/{token}"

    def slack_link(self, account: Account, token: str) -> str:
        """Where a Slack user says who they are at the desk; `token` may be put behind it later."""
        return f"{self.desk(account)}/slack/link/{token}"

    def processor_hook(self, account: Account) -> str:
        """Where the payment processor tells of what happened there; the slug never changes."""
        return f"{self.origin}/hooks/processor/{account.slug}"

    def desk_start(self, account: Account) -> str:
        """The checklist of the first run."""
        return f"{self.desk(account)}/start"

    def no_reminders(self, account: Account, staff_id: StaffId, token: str) -> str:
        """Where a mail program says that its reader wants no more reminders."""
        return f"{self.origin}/hooks/reminders/{account.id.hex}/{staff_id.hex}/{token}"

    def desk_slack(self, account: Account) -> str:
        """How Slack stands, and where it is connected."""
        return f"{self.desk(account)}/slack"

    def desk_inbox(self, account: Account, helpdesk_id: HelpdeskId) -> str:
        """What waits in one helpdesk, for staff."""
        return f"{self.desk(account)}?helpdesk={helpdesk_id.hex}"

    def desk_request(self, account: Account, request_id: RequestId) -> str:
        """A request, for staff."""
        return f"{self.desk(account)}/requests/{request_id.hex}"

    def desk_ticket(self, account: Account, ticket_id: TicketId) -> str:
        """A conversation, for staff."""
        return f"{self.desk(account)}/tickets/{ticket_id.hex}"
