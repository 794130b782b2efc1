"""What a merchant says in mails to customers: a paragraph of their own by kind of mail, and a signature."""

from collections.abc import Mapping
from dataclasses import dataclass

from billing.merchant_texts import find_text
from billing.ports import UnitOfWork
from billing.records import Account, Customer
from billing.states import TextKind
from billing.text_places import MailKind, Place, fill_places
from billing.views import RequestView
from locales.translator import Translator
from portal.letters.parts import Letter
from portal.letters.requests import name_of

_UNKNOWN = "–"


@dataclass(frozen=True, slots=True)
class OwnWords:
    """As the merchant wrote them, with their places open; empty where nothing was written."""

    paragraph: str
    signature: str

    def put_into(self, letter: Letter, facts: Mapping[Place, str]) -> Letter:
        """The letter with both, filled; a place that this mail knows nothing for shows a dash."""
        known = {place: facts.get(place) or _UNKNOWN for place in Place}
        return letter.with_own_words(fill_places(self.paragraph, known), fill_places(self.signature, known))


async def own_words(work: UnitOfWork, kind: MailKind | None, say: Translator) -> OwnWords:
    """For the reader's language; `kind` None has a signature only."""
    paragraph = await find_text(work, TextKind.MAIL, kind.value, say.language) if kind else ""
    return OwnWords(paragraph, await find_text(work, TextKind.SIGNATURE, "", say.language))


def facts_of_account(account: Account, customer: Customer | None = None) -> dict[Place, str]:
    """Who writes, and to whom."""
    return {
        Place.MERCHANT: account.name,
        Place.CUSTOMER_NAME: (customer.name or customer.email) if customer else "",
    }


def facts_of_request(view: RequestView, order_id: str, say: Translator) -> dict[Place, str]:
    """All that a mail about a request can name."""
    amount = view.request.refund_amount or (view.payment.captured if view.payment else None)
    return {
        **facts_of_account(view.account, view.customer),
        Place.PRODUCT: name_of(view.product),
        Place.AMOUNT: say.money(amount) if amount else "",
        Place.ORDER_ID: order_id,
        Place.REFERENCE: view.request.reference,
    }
