"""The same document for machines: Factur-X in the profile EN 16931, as UN/CEFACT writes invoices."""

from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring
from zoneinfo import ZoneInfo

from billing.records import Address
from billing.states import DocumentKind
from locales.translator import Translator
from portal.documents.countries import country_code, vat_country
from portal.documents.en16931 import Billed, BilledLine, BilledTax, bill
from portal.documents.frozen import Printed
from portal.documents.glyphs import visible

_CII = "urn:un:unece:uncefact:data:standard"
_SPACES = {
    "rsm": f"{_CII}:CrossIndustryInvoice:100",
    "ram": f"{_CII}:ReusableAggregateBusinessInformationEntity:100",
    "qdt": f"{_CII}:QualifiedDataType:100",
    "udt": f"{_CII}:UnqualifiedDataType:100",
}
for _prefix, _space in _SPACES.items():
    register_namespace(_prefix, _space)

_PROFILE = "urn:cen.eu:en16931:2017"
_TYPE = {DocumentKind.INVOICE: "380", DocumentKind.CREDIT_NOTE: "381"}  # UNTDID 1001
_BANK_CARD, _ONLINE_PAYMENT = "48", "68"  # UNTDID 4461
_PIECE = "C62"  # UN/ECE recommendation 20: one
_DISCOUNT = "95"  # UNTDID 5189
_E_MAIL = "EM"  # scheme of an electronic address


def make_einvoice(printed: Printed, say: Translator) -> bytes:
    """The XML in UTF-8. Elements stand in the order that the schema wants."""
    billed = bill(printed, say)
    root = Element(_name("rsm:CrossIndustryInvoice"))
    _add(root, "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", _PROFILE)
    head = _add(root, "rsm:ExchangedDocument")
    _add(head, "ram:ID", printed.number)
    _add(head, "ram:TypeCode", _TYPE[printed.kind])
    _add_day(head, "ram:IssueDateTime/udt:DateTimeString", printed.issued_at, printed)
    for note in billed.notes:
        _add(head, "ram:IncludedNote/ram:Content", note)
    trade = _add(root, "rsm:SupplyChainTradeTransaction")
    for number, line in enumerate(billed.lines, start=1):
        _add_line(trade, number, line)
    _add_agreement(trade, printed, billed)
    delivery = _add(trade, "ram:ApplicableHeaderTradeDelivery")
    event = "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString"
    _add_day(delivery, event, printed.paid_at, printed)
    _add_settlement(trade, printed, billed)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def _add_line(trade: Element, number: int, line: BilledLine) -> None:
    item = _add(trade, "ram:IncludedSupplyChainTradeLineItem")
    _add(item, "ram:AssociatedDocumentLineDocument/ram:LineID", str(number))
    product = _add(item, "ram:SpecifiedTradeProduct")
    _add(product, "ram:Name", line.name)
    _add(product, "ram:Description", line.about)
    price = _add(item, "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice")
    _add(price, "ram:ChargeAmount", line.price)
    if line.price_of != 1:
        _add(price, "ram:BasisQuantity", str(line.price_of), unitCode=_PIECE)
    billed = "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"
    _add(item, billed, str(line.quantity), unitCode=_PIECE)
    settlement = _add(item, "ram:SpecifiedLineTradeSettlement")
    tax = _add(settlement, "ram:ApplicableTradeTax")
    _add(tax, "ram:TypeCode", "VAT")
    _add(tax, "ram:CategoryCode", line.category)
    _add(tax, "ram:RateApplicablePercent", line.rate)
    if line.discount:
        allowance = _add(settlement, "ram:SpecifiedTradeAllowanceCharge")
        _add(allowance, "ram:ChargeIndicator/udt:Indicator", "false")
        _add(allowance, "ram:ActualAmount", line.discount)
        _add(allowance, "ram:ReasonCode", _DISCOUNT)
        _add(allowance, "ram:Reason", line.why_discount)
    summation = "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    _add(settlement, summation, line.net)


def _add_agreement(trade: Element, printed: Printed, billed: Billed) -> None:
    agreement = _add(trade, "ram:ApplicableHeaderTradeAgreement")
    _add_seller(agreement, printed, billed)
    _add_buyer(agreement, printed, billed)
    _add(agreement, "ram:SellerOrderReferencedDocument/ram:IssuerAssignedID", printed.order_id)


def _add_seller(agreement: Element, printed: Printed, billed: Billed) -> None:
    seller, address = _add(agreement, "ram:SellerTradeParty"), printed.seller
    _add(seller, "ram:ID", billed.seller_id)
    _add(seller, "ram:Name", _called(address))
    _add_contact(seller, address)
    # Outside the scope of VAT nobody may be named by a VAT number (EN 16931, BR-O-02).
    if not billed.is_outside:
        scheme = "VA" if vat_country(address.tax_id) else "FC"
        _add(seller, "ram:SpecifiedTaxRegistration/ram:ID", address.tax_id, schemeID=scheme)


def _add_buyer(agreement: Element, printed: Printed, billed: Billed) -> None:
    buyer, address = _add(agreement, "ram:BuyerTradeParty"), printed.buyer
    _add(buyer, "ram:Name", _called(address))
    is_vat_id = bool(vat_country(address.tax_id))
    if not is_vat_id:  # a buyer's number for tax can only be one for VAT
        _add(buyer, "ram:SpecifiedLegalOrganization/ram:ID", address.tax_id)
    _add_contact(buyer, address)
    if is_vat_id and not billed.is_outside:
        _add(buyer, "ram:SpecifiedTaxRegistration/ram:ID", address.tax_id, schemeID="VA")


def _called(address: Address) -> str:
    """Whom a document is from or for; both must have a name (BR-06, BR-07)."""
    names = (address.company, address.name, address.email)
    return next((each for each in names if visible(each)), "–")


def _add_contact(party: Element, address: Address) -> None:
    """The person of a company, where it is, and its e-mail address."""
    if address.company and address.name and address.name != address.company:
        _add(party, "ram:DefinedTradeContact/ram:PersonName", address.name)
    _add_postal(party, address)
    _add(party, "ram:URIUniversalCommunication/ram:URIID", address.email, schemeID=_E_MAIL)


def _add_postal(party: Element, address: Address) -> None:
    """Nothing where the country is unknown: the schema has no address without one, and we invent none."""
    country = country_code(address.country) or vat_country(address.tax_id)
    if not country:
        return
    postal = _add(party, "ram:PostalTradeAddress")
    _add(postal, "ram:PostcodeCode", address.postcode)
    _add(postal, "ram:LineOne", address.street)
    _add(postal, "ram:CityName", address.city)
    _add(postal, "ram:CountryID", country)
    _add(postal, "ram:CountrySubDivisionName", address.region)


def _add_settlement(trade: Element, printed: Printed, billed: Billed) -> None:
    settlement = _add(trade, "ram:ApplicableHeaderTradeSettlement")
    _add(settlement, "ram:InvoiceCurrencyCode", printed.gross.currency.code)
    _add_means(settlement, printed)
    for tax in billed.taxes:
        _add_tax(settlement, tax)
    sums = _add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(sums, "ram:LineTotalAmount", billed.net)
    _add(sums, "ram:TaxBasisTotalAmount", billed.net)
    _add(sums, "ram:TaxTotalAmount", billed.tax, currencyID=printed.gross.currency.code)
    _add(sums, "ram:GrandTotalAmount", billed.gross)
    _add(sums, "ram:TotalPrepaidAmount", billed.gross)
    _add(sums, "ram:DuePayableAmount", billed.nothing)
    number = printed.invoice_number or printed.replaces_number
    issued_at = printed.invoice_issued_at or printed.replaces_issued_at
    if number and issued_at:
        named = _add(settlement, "ram:InvoiceReferencedDocument")
        _add(named, "ram:IssuerAssignedID", number)
        _add_day(named, "ram:FormattedIssueDateTime/qdt:DateTimeString", issued_at, printed)


def _add_means(settlement: Element, printed: Printed) -> None:
    """How it was paid: by which card, or online."""
    paid_by = printed.paid_by
    means = _add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans")
    _add(means, "ram:TypeCode", _BANK_CARD if paid_by.last_four else _ONLINE_PAYMENT)
    _add(means, "ram:Information", paid_by.brand or paid_by.through)
    _add(means, "ram:ApplicableTradeSettlementFinancialCard/ram:ID", paid_by.last_four)


def _add_tax(settlement: Element, tax: BilledTax) -> None:
    element = _add(settlement, "ram:ApplicableTradeTax")
    _add(element, "ram:CalculatedAmount", tax.tax)
    _add(element, "ram:TypeCode", "VAT")
    _add(element, "ram:ExemptionReason", tax.reason)
    _add(element, "ram:BasisAmount", tax.net)
    _add(element, "ram:CategoryCode", tax.category)
    _add(element, "ram:ExemptionReasonCode", tax.reason_code)
    _add(element, "ram:RateApplicablePercent", tax.rate)


def _add_day(parent: Element, path: str, moment: datetime, printed: Printed) -> None:
    """The day in the account's time zone, as on the paper; 102 is the format `CCYYMMDD`."""
    day = moment.astimezone(ZoneInfo(printed.time_zone))
    _add(parent, path, f"{day:%Y%m%d}", format="102")


def _add(parent: Element, path: str, text: str | None = None, **attributes: str) -> Element:
    """The innermost of a new chain of elements; a text with nothing to see adds none, as the schema wants."""
    if text is not None and not (text := visible(text)):
        return parent
    element = parent
    for name in path.split("/"):
        element = SubElement(element, _name(name))
    if text is not None:
        element.text = text
        element.attrib.update(attributes)
    return element


def _name(prefixed: str) -> str:
    prefix, name = prefixed.split(":")
    return f"{{{_SPACES[prefix]}}}{name}"
