"""The same document for machines: Factur-X in the profile EN 16931, as UN/CEFACT writes invoices."""

from datetime import datetime
from decimal import Decimal
from xml.etree.ElementTree import Element, SubElement, register_namespace, tostring
from zoneinfo import ZoneInfo

from billing.money import Money
from billing.records import Address
from billing.states import DocumentKind
from portal.documents.countries import country_code
from portal.documents.frozen import Line, Printed
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
_ONLINE_PAYMENT = "68"  # UNTDID 4461
_PIECE = "C62"  # UN/ECE recommendation 20: one
_E_MAIL = "EM"  # scheme of an electronic address


def make_einvoice(printed: Printed) -> bytes:
    """The XML in UTF-8. Elements stand in the order that the schema wants."""
    root = Element(_name("rsm:CrossIndustryInvoice"))
    _add(root, "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID", _PROFILE)
    head = _add(root, "rsm:ExchangedDocument")
    _add(head, "ram:ID", printed.number)
    _add(head, "ram:TypeCode", _TYPE[printed.kind])
    _add_day(head, "ram:IssueDateTime/udt:DateTimeString", printed.issued_at, printed)
    trade = _add(root, "rsm:SupplyChainTradeTransaction")
    for number, line in enumerate(printed.lines, start=1):
        _add_line(trade, number, line, printed)
    _add_agreement(trade, printed)
    delivery = _add(trade, "ram:ApplicableHeaderTradeDelivery")
    event = "ram:ActualDeliverySupplyChainEvent/ram:OccurrenceDateTime/udt:DateTimeString"
    _add_day(delivery, event, printed.paid_at, printed)
    _add_settlement(trade, printed)
    return bytes(tostring(root, encoding="UTF-8", xml_declaration=True))


def _add_line(trade: Element, number: int, line: Line, printed: Printed) -> None:
    item = _add(trade, "ram:IncludedSupplyChainTradeLineItem")
    _add(item, "ram:AssociatedDocumentLineDocument/ram:LineID", str(number))
    product = _add(item, "ram:SpecifiedTradeProduct")
    _add(product, "ram:Name", line.product)
    _add(product, "ram:Description", line.price_point)
    price = _amount(line.net) if line.quantity == 1 else f"{line.net.decimal / line.quantity:f}"
    _add(item, "ram:SpecifiedLineTradeAgreement/ram:NetPriceProductTradePrice/ram:ChargeAmount", price)
    billed = "ram:SpecifiedLineTradeDelivery/ram:BilledQuantity"
    _add(item, billed, str(line.quantity), unitCode=_PIECE)
    settlement = _add(item, "ram:SpecifiedLineTradeSettlement")
    _add_category(_add(settlement, "ram:ApplicableTradeTax"), printed)
    summation = "ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
    _add(settlement, summation, _amount(line.net))


def _add_agreement(trade: Element, printed: Printed) -> None:
    agreement = _add(trade, "ram:ApplicableHeaderTradeAgreement")
    _add_party(_add(agreement, "ram:SellerTradeParty"), printed.seller, printed)
    _add_party(_add(agreement, "ram:BuyerTradeParty"), printed.buyer, printed)
    _add(agreement, "ram:SellerOrderReferencedDocument/ram:IssuerAssignedID", printed.order_id)


def _add_party(party: Element, address: Address, printed: Printed) -> None:
    _add(party, "ram:Name", address.company or address.name)
    _add_postal(party, address)
    _add(party, "ram:URIUniversalCommunication/ram:URIID", address.email, schemeID=_E_MAIL)
    # Outside the scope of VAT nobody may be named by a VAT number (EN 16931, BR-O-02).
    if _category(printed) != "O":
        scheme = "VA" if address.tax_id[:2].isalpha() else "FC"
        _add(party, "ram:SpecifiedTaxRegistration/ram:ID", address.tax_id, schemeID=scheme)


def _add_postal(party: Element, address: Address) -> None:
    """Nothing where the country is unknown: the schema has no address without one."""
    country = country_code(address.country)
    if not country:
        return
    postal = _add(party, "ram:PostalTradeAddress")
    _add(postal, "ram:PostcodeCode", address.postcode)
    _add(postal, "ram:LineOne", address.street)
    _add(postal, "ram:CityName", address.city)
    _add(postal, "ram:CountryID", country)
    _add(postal, "ram:CountrySubDivisionName", address.region)


def _add_settlement(trade: Element, printed: Printed) -> None:
    settlement = _add(trade, "ram:ApplicableHeaderTradeSettlement")
    _add(settlement, "ram:InvoiceCurrencyCode", printed.gross.currency.code)
    _add(settlement, "ram:SpecifiedTradeSettlementPaymentMeans/ram:TypeCode", _ONLINE_PAYMENT)
    tax = _add(settlement, "ram:ApplicableTradeTax")
    _add(tax, "ram:CalculatedAmount", _amount(printed.tax))
    _add_category(tax, printed, basis=printed.net)
    sums = _add(settlement, "ram:SpecifiedTradeSettlementHeaderMonetarySummation")
    _add(sums, "ram:LineTotalAmount", _amount(printed.net))
    _add(sums, "ram:TaxBasisTotalAmount", _amount(printed.net))
    _add(sums, "ram:TaxTotalAmount", _amount(printed.tax), currencyID=printed.gross.currency.code)
    _add(sums, "ram:GrandTotalAmount", _amount(printed.gross))
    _add(sums, "ram:TotalPrepaidAmount", _amount(printed.gross))
    _add(sums, "ram:DuePayableAmount", _amount(Money.zero(printed.gross.currency)))
    if printed.invoice_number and printed.invoice_issued_at:
        named = _add(settlement, "ram:InvoiceReferencedDocument")
        _add(named, "ram:IssuerAssignedID", printed.invoice_number)
        _add_day(named, "ram:FormattedIssueDateTime/qdt:DateTimeString", printed.invoice_issued_at, printed)


def _add_category(tax: Element, printed: Printed, *, basis: Money | None = None) -> None:
    """VAT category and rate; the header's also says of what."""
    category = _category(printed)
    _add(tax, "ram:TypeCode", "VAT")
    if basis is not None:
        _add(tax, "ram:ExemptionReason", "Not subject to VAT" if category == "O" else "")
        _add(tax, "ram:BasisAmount", _amount(basis))
    _add(tax, "ram:CategoryCode", category)
    _add(tax, "ram:RateApplicablePercent", "" if category == "O" else _rate(printed))


def _category(printed: Printed) -> str:
    """UNTDID 5305: standard rate where tax was taken, else zero rate, or no VAT for who has no number."""
    if printed.tax:
        return "S"
    return "Z" if printed.seller.tax_id else "O"


def _rate(printed: Printed) -> str:
    if printed.tax_rate is not None:
        return printed.tax_rate
    return f"{(Decimal(printed.tax.minor) * 100 / printed.net.minor).quantize(Decimal('0.01')):f}"


def _amount(money: Money) -> str:
    return f"{money.decimal:f}"


def _add_day(parent: Element, path: str, moment: datetime, printed: Printed) -> None:
    """The day in the account's time zone, as on the paper; 102 is the format `CCYYMMDD`."""
    day = moment.astimezone(ZoneInfo(printed.time_zone))
    _add(parent, path, f"{day:%Y%m%d}", format="102")


def _add(parent: Element, path: str, text: str | None = None, **attributes: str) -> Element:
    """The innermost of a new chain of elements; an empty text adds none, as the schema wants."""
    if text == "":
        return parent
    element = parent
    for name in path.split("/"):
        element = SubElement(element, _name(name))
    if text is not None:
        element.text = visible(text)
        element.attrib.update(attributes)
    return element


def _name(prefixed: str) -> str:
    prefix, name = prefixed.split(":")
    return f"{{{_SPACES[prefix]}}}{name}"
