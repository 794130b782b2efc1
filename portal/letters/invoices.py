"""The words of the mail that brings an invoice."""

from dataclasses import dataclass

from billing.money import Currency, Money
from billing.records import Account, Customer, Document
from locales.translator import Translator
from portal.letters.greeting import greet
from portal.letters.parts import Action, Facts, Letter, Paragraph


@dataclass(frozen=True, slots=True)
class Invoiced:
    """What is told of an invoice; the paper itself says everything. `product`: of its first line."""

    number: str
    amount: Money
    order_id: str
    product: str


def read_invoiced(document: Document) -> Invoiced:
    """From what was frozen when it was issued."""
    facts = document.frozen
    lines = facts["lines"]
    assert isinstance(lines, list), "an invoice has lines"
    amount = Money(int(str(facts["gross_minor"])), Currency(str(facts["currency"])))
    product = str(lines[0]["product"]) if lines else ""
    return Invoiced(document.number, amount, str(facts["order_id"] or ""), product)


def invoice_letter(
    customer: Customer, account: Account, invoiced: Invoiced, *, address: str, say: Translator
) -> Letter:
    """For which payment, with what the reader looks for; `address` is where their orders are."""
    pairs = [
        (say.text("Invoice number"), invoiced.number),
        (say.text("Product"), invoiced.product),
        (say.text("Amount"), say.money(invoiced.amount)),
        (say.text("Order ID"), invoiced.order_id),
    ]
    return Letter(
        customer.email,
        say.text("Your invoice {number} from {merchant}", number=invoiced.number, merchant=account.name),
        (
            greet(customer, say),
            Paragraph(
                say.text("Thank you for your payment. The invoice is attached to this mail as a PDF file.")
            ),
            Facts(tuple(pair for pair in pairs if pair[1])),
            Action(say.text("My Orders"), address),
        ),
    )


def file_name(document: Document) -> str:
    """Its number, as far as every file system takes it."""
    name = "".join(c for c in document.number if c.isascii() and (c.isalnum() or c in "-_"))
    return f"{name or 'invoice'}.pdf"
