"""The cast, the same in every test: two merchants' staff and three customers."""

from dataclasses import dataclass

from billing.states import Role


@dataclass(frozen=True, slots=True)
class StaffPerson:
    """Somebody who works for a merchant; `slack` is their user in the sandbox's workspace, or empty."""

    name: str
    email: str
    role: Role
    slack: str = ""
    limit_minor: int | None = None
    account: str = "lumen"

    @property
    def password(self) -> str:
        """Long enough, and each their own."""
        return f"correct horse of {self.email}"


@dataclass(frozen=True, slots=True)
class CustomerPerson:
    """Somebody who bought; `order_id` signs them in, `subscription_order_id` is that of a renewal."""

    name: str
    email: str
    order_id: str
    subscription_order_id: str = ""
    account: str = "lumen"


dana = StaffPerson("Dana Whitfield", "dana@example.com", Role.OWNER, "U0DANA0001")
erin = StaffPerson("Erin Castellanos", "erin@example.com", Role.MANAGER, "U0ERIN0002")
frank = StaffPerson("Frank Oyelaran", "frank@example.com", Role.AGENT, "U0FRANK003", limit_minor=5000)
grace = StaffPerson("Grace Lindqvist", "grace@example.com", Role.VIEWER, "U0GRACE004")
heidi = StaffPerson("Heidi Brandt", "heidi@example.org", Role.OWNER, account="rival")

alice = CustomerPerson("Alice Moreau", "alice@example.net", "40001001", "40001003")
bob = CustomerPerson("Bob Tanaka", "bob@example.net", "40002001")
# Bought from the other account with alice's e-mail.
charlie = CustomerPerson("Charlie Moreau", "alice@example.net", "40003001", account="rival")

STAFF = (dana, erin, frank, grace, heidi)
CUSTOMERS = (alice, bob, charlie)
