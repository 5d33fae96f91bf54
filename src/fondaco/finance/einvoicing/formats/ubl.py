"""An invoice in UBL 2.1, as EN 16931 binds it: Invoice or CreditNote."""

from decimal import Decimal
from typing import Any

from lxml import etree

from fondaco.finance.einvoicing.formats import en16931
from fondaco.finance.einvoicing.formats.declared import Format, Naming, Unwritable, declare
from fondaco.finance.einvoicing.formats.schemas import ubl_schema
from fondaco.finance.einvoicing.formats.xml import Names, document, faults, plain, serialised
from fondaco.finance.einvoicing.semantic import CREDIT_NOTE, ZERO, Invoice, Line, Place, TaxTotal, TradeParty

CUSTOMISATION = "urn:cen.eu:en16931:2017"
INVOICE, CREDIT = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2", "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
SPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
NAMES = Names(SPACES)
node = NAMES.node


def write(invoice: Invoice, naming: Naming) -> bytes:
    """The file. Raises Unwritable where the schema finds a fault."""
    root = tree(invoice)
    written = serialised(root)
    wrong = faults(ubl_schema(credit_note=invoice.kind == CREDIT_NOTE), etree.fromstring(written))
    if wrong:
        raise Unwritable("; ".join(f"{line}: {reason}" for line, reason in wrong))
    return written


def tree(invoice: Invoice) -> etree._Element:
    is_credit = invoice.kind == CREDIT_NOTE
    names = Names({"": CREDIT if is_credit else INVOICE, **SPACES}, CREDIT if is_credit else INVOICE)
    amount = _amounts_in(invoice)
    return document(
        names,
        "CreditNote" if is_credit else "Invoice",
        node("cbc:CustomizationID", CUSTOMISATION),
        node("cbc:ID", invoice.number),
        node("cbc:IssueDate", invoice.on.isoformat() if invoice.on else ""),
        node("cbc:DueDate", invoice.due_on.isoformat()) if invoice.due_on and not is_credit else None,
        node("cbc:CreditNoteTypeCode" if is_credit else "cbc:InvoiceTypeCode", invoice.type_code),
        node("cbc:Note", "\n".join(invoice.notes)),
        node("cbc:DocumentCurrencyCode", invoice.currency),
        node("cbc:BuyerReference", invoice.buyer_reference),
        _referred("cac:OrderReference", invoice, "order"),
        *(
            node(
                "cac:BillingReference",
                node("cac:InvoiceDocumentReference", node("cbc:ID", r.number), node("cbc:IssueDate", r.on.isoformat() if r.on else "")),
            )
            for r in invoice.of_kind("invoice")
        ),
        _referred("cac:DespatchDocumentReference", invoice, "despatch"),
        _referred("cac:ReceiptDocumentReference", invoice, "receipt"),
        _referred("cac:ContractDocumentReference", invoice, "contract"),
        node("cac:AccountingSupplierParty", _party(invoice.seller, invoice, is_seller=True)),
        node("cac:AccountingCustomerParty", _party(invoice.buyer, invoice, is_seller=False)),
        _delivery(invoice),
        _means(invoice),
        node("cac:PaymentTerms", node("cbc:Note", terms_of(invoice))),
        node("cac:TaxTotal", amount("cbc:TaxAmount", invoice.tax), [_subtotal(t, amount) for t in en16931.totals(invoice)]),
        node(
            "cac:LegalMonetaryTotal",
            amount("cbc:LineExtensionAmount", invoice.net),
            amount("cbc:TaxExclusiveAmount", invoice.net),
            amount("cbc:TaxInclusiveAmount", invoice.gross),
            amount("cbc:PrepaidAmount", en16931.prepaid(invoice)) if en16931.prepaid(invoice) else None,
            amount("cbc:PayableAmount", invoice.payable),
        ),
        *(_line(line, amount, is_credit=is_credit) for line in invoice.lines),
    )


def terms_of(invoice: Invoice) -> str:
    """Payment terms (BT-20): the agreed words; of several instalments, each with its day."""
    parts = [f"{i.amount:.{min(invoice.decimals, 2)}f} {invoice.currency} {i.due_on.isoformat()}" for i in invoice.instalments if i.due_on]
    return "; ".join([*([invoice.terms] if invoice.terms else []), *(parts if len(parts) > 1 else [])]) or (
        f"{invoice.due_on.isoformat()}" if invoice.due_on else ""
    )


def _amounts_in(invoice: Invoice):  # type: ignore[no-untyped-def]
    places = min(invoice.decimals, 2)

    def amount(tag: str, value: Decimal) -> Any:
        return node(tag, plain(value, places), currencyID=invoice.currency)

    return amount


def _referred(tag: str, invoice: Invoice, kind: str) -> Any:
    """The first reference of a kind: EN 16931 has room for one."""
    found = invoice.of_kind(kind)
    return node(tag, node("cbc:ID", found[0].number)) if found else None


def _party(party: TradeParty, invoice: Invoice, *, is_seller: bool) -> Any:
    silent = en16931.untaxed_only(invoice)
    vat = "" if silent else party.vat_number
    registration = party.tax_number or (party.vat_number if silent else "")
    return node(
        "cac:Party",
        node("cbc:EndpointID", party.endpoint, schemeID=party.endpoint_scheme) if party.endpoint_scheme else None,
        node("cac:PartyName", node("cbc:Name", party.name)),
        _place("cac:PostalAddress", party.place),
        node("cac:PartyTaxScheme", node("cbc:CompanyID", vat), node("cac:TaxScheme", node("cbc:ID", "VAT"))) if vat else None,
        node("cac:PartyLegalEntity", node("cbc:RegistrationName", party.name), node("cbc:CompanyID", registration)),
        node("cac:Contact", node("cbc:Telephone", party.phone), node("cbc:ElectronicMail", party.email)) if is_seller else None,
    )


def _place(tag: str, place: Place) -> Any:
    return node(
        tag,
        node("cbc:StreetName", place.street),
        node("cbc:CityName", place.city),
        node("cbc:PostalZone", place.postal_code),
        node("cbc:CountrySubentity", place.region),
        node("cac:Country", node("cbc:IdentificationCode", place.country)),
    )


def _delivery(invoice: Invoice) -> Any:
    """When and where it was delivered; of an intra-Community supply both must stand (BR-IC-11, BR-IC-12)."""
    within_union = any(t.category == "K" for t in invoice.taxes)
    on = invoice.delivered_on or (invoice.on if within_union else None)
    if on is None:
        return None
    where = node("cac:DeliveryLocation", _place("cac:Address", invoice.buyer.place)) if within_union else None
    return node("cac:Delivery", node("cbc:ActualDeliveryDate", on.isoformat()), where)


def _means(invoice: Invoice) -> Any:
    if not invoice.iban:
        return None
    return node(
        "cac:PaymentMeans",
        node("cbc:PaymentMeansCode", "58" if invoice.currency == "EUR" else "30"),
        node("cbc:PaymentID", invoice.number),
        node("cac:PayeeFinancialAccount", node("cbc:ID", invoice.iban), node("cbc:Name", invoice.seller.name)),
    )


def _subtotal(total: TaxTotal, amount: Any) -> Any:
    return node(
        "cac:TaxSubtotal",
        amount("cbc:TaxableAmount", total.base),
        amount("cbc:TaxAmount", total.tax),
        _category("cac:TaxCategory", total.category, total.rate, total),
    )


def _category(tag: str, category: str, rate: Decimal, total: TaxTotal | None = None) -> Any:
    return node(
        tag,
        node("cbc:ID", category),
        node("cbc:Percent", plain(rate, 0)) if category != "O" else None,
        node("cbc:TaxExemptionReasonCode", total.reason_code) if total else None,
        node("cbc:TaxExemptionReason", total.reason) if total else None,
        node("cac:TaxScheme", node("cbc:ID", "VAT")),
    )


def _line(line: Line, amount: Any, *, is_credit: bool) -> Any:
    """A line; a discount is an allowance (BG-27), a surcharge a charge (BG-28)."""
    is_charge = line.discount < 0
    allowance = None
    if line.discount:
        allowance = node(
            "cac:AllowanceCharge",
            node("cbc:ChargeIndicator", "true" if is_charge else "false"),
            node("cbc:AllowanceChargeReasonCode", "ABK" if is_charge else "95"),
            amount("cbc:Amount", abs(line.discount)),
        )
    return node(
        "cac:CreditNoteLine" if is_credit else "cac:InvoiceLine",
        node("cbc:ID", line.position),
        node("cbc:CreditedQuantity" if is_credit else "cbc:InvoicedQuantity", plain(line.quantity, 0), unitCode=line.unit),
        amount("cbc:LineExtensionAmount", line.net),
        allowance,
        node(
            "cac:Item",
            node("cbc:Name", line.text),
            node("cac:SellersItemIdentification", node("cbc:ID", line.item)),
            _category("cac:ClassifiedTaxCategory", line.category, line.rate),
        ),
        node("cac:Price", amount("cbc:PriceAmount", line.price)),
    )


def name(invoice: Invoice, progressive: str) -> str:
    """The file's name: the sender's number, then the progressive number."""
    return f"{invoice.seller.vat_number}_{progressive}.xml"


UBL = declare(Format(key="ubl", title="EN 16931 UBL", media_type="application/xml", problems=en16931.problems, write=write, name=name))
__all__ = ["UBL", "ZERO", "name", "terms_of", "write"]
