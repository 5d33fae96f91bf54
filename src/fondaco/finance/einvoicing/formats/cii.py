"""An invoice in UN/CEFACT Cross Industry Invoice, as EN 16931 binds it; and inside a PDF: Factur-X."""

from datetime import date
from decimal import Decimal
from typing import Any

from lxml import etree

from fondaco.finance.einvoicing.formats import en16931
from fondaco.finance.einvoicing.formats.declared import Format, Naming, Unwritable, declare
from fondaco.finance.einvoicing.formats.schemas import cii_schema
from fondaco.finance.einvoicing.formats.ubl import name, terms_of
from fondaco.finance.einvoicing.formats.xml import Names, document, faults, plain, serialised
from fondaco.finance.einvoicing.semantic import Invoice, Line, Place, TaxTotal, TradeParty

GUIDELINE = "urn:cen.eu:en16931:2017"
NAMES = Names(
    {
        "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
        "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
        "udt": "urn:un:unece:uncefact:data:standard:UnqualifiedDataType:100",
        "qdt": "urn:un:unece:uncefact:data:standard:QualifiedDataType:100",
    }
)
node = NAMES.node


def write(invoice: Invoice, naming: Naming) -> bytes:
    """The file. Raises Unwritable where the schema finds a fault."""
    written = serialised(tree(invoice))
    wrong = faults(cii_schema(), etree.fromstring(written))
    if wrong:
        raise Unwritable("; ".join(f"{line}: {reason}" for line, reason in wrong))
    return written


def tree(invoice: Invoice) -> etree._Element:
    return document(
        NAMES,
        "rsm:CrossIndustryInvoice",
        node("rsm:ExchangedDocumentContext", node("ram:GuidelineSpecifiedDocumentContextParameter", node("ram:ID", GUIDELINE))),
        node(
            "rsm:ExchangedDocument",
            node("ram:ID", invoice.number),
            node("ram:TypeCode", invoice.type_code),
            _day("ram:IssueDateTime", "udt", invoice.on),
            [node("ram:IncludedNote", node("ram:Content", text)) for text in invoice.notes],
        ),
        node(
            "rsm:SupplyChainTradeTransaction",
            [_line(line, invoice) for line in invoice.lines],
            node(
                "ram:ApplicableHeaderTradeAgreement",
                node("ram:BuyerReference", invoice.buyer_reference),
                _party("ram:SellerTradeParty", invoice.seller, invoice, is_seller=True),
                _party("ram:BuyerTradeParty", invoice.buyer, invoice, is_seller=False),
                _referred("ram:BuyerOrderReferencedDocument", invoice, "order"),
                _referred("ram:ContractReferencedDocument", invoice, "contract"),
            ),
            _delivery(invoice),
            _settlement(invoice),
        ),
    )


def _amount(tag: str, value: Decimal, invoice: Invoice, currency: str = "") -> Any:
    return node(tag, plain(value, min(invoice.decimals, 2)), currencyID=currency)


def _day(tag: str, prefix: str, on: date | None) -> Any:
    return node(tag, node(f"{prefix}:DateTimeString", on.strftime("%Y%m%d"), format="102")) if on else None


def _referred(tag: str, invoice: Invoice, kind: str) -> Any:
    found = invoice.of_kind(kind)
    return node(tag, node("ram:IssuerAssignedID", found[0].number)) if found else None


def _party(tag: str, party: TradeParty, invoice: Invoice, *, is_seller: bool) -> Any:
    silent = en16931.untaxed_only(invoice)
    vat = "" if silent else party.vat_number
    registration = party.tax_number or (party.vat_number if silent else "")
    contact = node(
        "ram:DefinedTradeContact",
        node("ram:TelephoneUniversalCommunication", node("ram:CompleteNumber", party.phone)),
        node("ram:EmailURIUniversalCommunication", node("ram:URIID", party.email)),
    )
    return node(
        tag,
        node("ram:Name", party.name),
        node("ram:SpecifiedLegalOrganization", node("ram:ID", registration)),
        contact if is_seller else None,
        _place("ram:PostalTradeAddress", party.place),
        node("ram:URIUniversalCommunication", node("ram:URIID", party.endpoint, schemeID=party.endpoint_scheme))
        if party.endpoint_scheme
        else None,
        node("ram:SpecifiedTaxRegistration", node("ram:ID", vat, schemeID="VA")),
    )


def _place(tag: str, place: Place) -> Any:
    return node(
        tag,
        node("ram:PostcodeCode", place.postal_code),
        node("ram:LineOne", place.street),
        node("ram:CityName", place.city),
        node("ram:CountryID", place.country),
        node("ram:CountrySubDivisionName", place.region),
    )


def _delivery(invoice: Invoice) -> Any:
    """When and where it was delivered; of an intra-Community supply the place must stand (BR-IC-12).

    The element must stand and must not be empty: where nobody said when, the supply is of the invoice's day.
    """
    within_union = any(t.category == "K" for t in invoice.taxes)
    return node(
        "ram:ApplicableHeaderTradeDelivery",
        node("ram:ShipToTradeParty", _place("ram:PostalTradeAddress", invoice.buyer.place)) if within_union else None,
        node("ram:ActualDeliverySupplyChainEvent", _day("ram:OccurrenceDateTime", "udt", invoice.delivered_on or invoice.on)),
        _referred("ram:DespatchAdviceReferencedDocument", invoice, "despatch"),
        _referred("ram:ReceivingAdviceReferencedDocument", invoice, "receipt"),
    )


def _settlement(invoice: Invoice) -> Any:
    prepaid = en16931.prepaid(invoice)
    return node(
        "ram:ApplicableHeaderTradeSettlement",
        node("ram:PaymentReference", invoice.number) if invoice.iban else None,
        node("ram:InvoiceCurrencyCode", invoice.currency),
        node(
            "ram:SpecifiedTradeSettlementPaymentMeans",
            node("ram:TypeCode", "58" if invoice.currency == "EUR" else "30"),
            node("ram:PayeePartyCreditorFinancialAccount", node("ram:IBANID", invoice.iban)),
        )
        if invoice.iban
        else None,
        [_tax(total, invoice) for total in en16931.totals(invoice)],
        node(
            "ram:SpecifiedTradePaymentTerms", node("ram:Description", terms_of(invoice)), _day("ram:DueDateDateTime", "udt", invoice.due_on)
        ),
        node(
            "ram:SpecifiedTradeSettlementHeaderMonetarySummation",
            _amount("ram:LineTotalAmount", invoice.net, invoice),
            _amount("ram:TaxBasisTotalAmount", invoice.net, invoice),
            _amount("ram:TaxTotalAmount", invoice.tax, invoice, invoice.currency),
            _amount("ram:GrandTotalAmount", invoice.gross, invoice),
            _amount("ram:TotalPrepaidAmount", prepaid, invoice) if prepaid else None,
            _amount("ram:DuePayableAmount", invoice.payable, invoice),
        ),
        [
            node("ram:InvoiceReferencedDocument", node("ram:IssuerAssignedID", r.number), _day("ram:FormattedIssueDateTime", "qdt", r.on))
            for r in invoice.of_kind("invoice")
        ],
    )


def _tax(total: TaxTotal, invoice: Invoice) -> Any:
    return node(
        "ram:ApplicableTradeTax",
        _amount("ram:CalculatedAmount", total.tax, invoice),
        node("ram:TypeCode", "VAT"),
        node("ram:ExemptionReason", total.reason),
        _amount("ram:BasisAmount", total.base, invoice),
        node("ram:CategoryCode", total.category),
        node("ram:ExemptionReasonCode", total.reason_code),
        node("ram:RateApplicablePercent", plain(total.rate, 0)) if total.category != "O" else None,
    )


def _line(line: Line, invoice: Invoice) -> Any:
    """A line; a discount is an allowance (BG-27), a surcharge a charge (BG-28)."""
    is_charge = line.discount < 0
    allowance = None
    if line.discount:
        allowance = node(
            "ram:SpecifiedTradeAllowanceCharge",
            node("ram:ChargeIndicator", node("udt:Indicator", "true" if is_charge else "false")),
            _amount("ram:ActualAmount", abs(line.discount), invoice),
            node("ram:ReasonCode", "ABK" if is_charge else "95"),
        )
    return node(
        "ram:IncludedSupplyChainTradeLineItem",
        node("ram:AssociatedDocumentLineDocument", node("ram:LineID", line.position)),
        node("ram:SpecifiedTradeProduct", node("ram:SellerAssignedID", line.item), node("ram:Name", line.text)),
        node("ram:SpecifiedLineTradeAgreement", node("ram:NetPriceProductTradePrice", node("ram:ChargeAmount", plain(line.price, 0)))),
        node("ram:SpecifiedLineTradeDelivery", node("ram:BilledQuantity", plain(line.quantity, 0), unitCode=line.unit)),
        node(
            "ram:SpecifiedLineTradeSettlement",
            node(
                "ram:ApplicableTradeTax",
                node("ram:TypeCode", "VAT"),
                node("ram:CategoryCode", line.category),
                node("ram:RateApplicablePercent", plain(line.rate, 0)) if line.category != "O" else None,
            ),
            allowance,
            node("ram:SpecifiedTradeSettlementLineMonetarySummation", _amount("ram:LineTotalAmount", line.net, invoice)),
        ),
    )


def write_pdf(invoice: Invoice, naming: Naming) -> bytes:
    """The printed invoice as PDF/A-3 with the CII inside (profile EN 16931), for people and machines alike."""
    from facturx import generate_from_binary

    about = {
        "author": invoice.seller.name,
        "title": f"{invoice.seller.name}: {invoice.number}",
        "subject": invoice.number,
        "keywords": "Factur-X",
    }
    return bytes(
        generate_from_binary(
            naming.paper(),
            write(invoice, naming),
            flavor="factur-x",
            level="en16931",
            check_xsd=False,
            pdf_metadata=about,
            lang=invoice.language,
        )
    )


def pdf_name(invoice: Invoice, progressive: str) -> str:
    return f"{invoice.seller.vat_number}_{progressive}.pdf"


CII = declare(Format(key="cii", title="EN 16931 CII", media_type="application/xml", problems=en16931.problems, write=write, name=name))
FACTURX = declare(
    Format(key="facturx", title="Factur-X PDF", media_type="application/pdf", problems=en16931.problems, write=write_pdf, name=pdf_name)
)
