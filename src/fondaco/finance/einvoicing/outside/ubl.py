"""UBL 2.1 that came in, as what it means. Pure, no Django."""

from decimal import Decimal
from typing import Any

from lxml import etree

from fondaco.finance.einvoicing.outside.figures import MOST_ENCLOSED, amount_at, clean, day, enclosed, text_at
from fondaco.finance.einvoicing.outside.meaning import told, turned
from fondaco.finance.einvoicing.outside.plain import plain
from fondaco.finance.einvoicing.outside.refused import Refused
from fondaco.finance.einvoicing.semantic import (
    CREDIT_NOTE,
    INVOICE,
    ZERO,
    Instalment,
    Invoice,
    Line,
    Place,
    Reference,
    TaxTotal,
    TradeParty,
)

ONE = Decimal(1)


def invoice(root: etree._Element) -> Invoice:
    """The invoice or credit note."""
    is_credit = etree.QName(root).localname == "CreditNote" or text_at(root, "{*}InvoiceTypeCode", 4) == "381"
    number, on = text_at(root, "{*}ID", 60), day(root.find("{*}IssueDate"))
    if not number or on is None:
        raise Refused("missing", root.sourceline or 0, "ID, IssueDate")
    totals = root.find("{*}LegalMonetaryTotal")
    if totals is None:
        raise Refused("missing", root.sourceline or 0, "LegalMonetaryTotal")
    nodes = root.findall("{*}CreditNoteLine") or root.findall("{*}InvoiceLine")
    if not nodes:
        raise Refused("missing", root.sourceline or 0, "InvoiceLine")
    lines = [_line(node, n) for n, node in enumerate(nodes, start=1)]
    lines += [_allowance(node, len(lines) + n) for n, node in enumerate(root.findall("{*}AllowanceCharge"), start=1)]
    gross, payable = amount_at(totals, "{*}TaxInclusiveAmount"), amount_at(totals, "{*}PayableAmount")
    due = day(root.find("{*}DueDate")) or day(root.find("{*}PaymentMeans/{*}PaymentDueDate"))
    made = Invoice(
        kind=CREDIT_NOTE if is_credit else INVOICE,
        number=number,
        on=on,
        currency=text_at(root, "{*}DocumentCurrencyCode", 3),
        seller=_party(root, "AccountingSupplierParty"),
        buyer=_party(root, "AccountingCustomerParty"),
        lines=tuple(lines),
        taxes=tuple(_tax(node) for node in root.findall("{*}TaxTotal/{*}TaxSubtotal") if node.find("{*}TaxableAmount") is not None),
        net=amount_at(totals, "{*}TaxExclusiveAmount"),
        tax=amount_at(root, "{*}TaxTotal/{*}TaxAmount", ZERO),
        gross=gross,
        payable=payable,
        due_on=due,
        instalments=(Instalment(due, payable),) if due else (),
        terms=text_at(root, "{*}PaymentTerms/{*}Note"),
        iban=text_at(root, "{*}PaymentMeans/{*}PayeeFinancialAccount/{*}ID", 34).replace(" ", ""),
        notes=tuple(clean(n.text or "", 1000) for n in root.findall("{*}Note")[:20]),
        references=tuple(_references(root)),
        buyer_reference=text_at(root, "{*}BuyerReference", 200),
        delivered_on=day(root.find("{*}Delivery/{*}ActualDeliveryDate")),
        type_code="381" if is_credit else "380",
    )
    return turned(told(made))


def _party(root: etree._Element, tag: str) -> TradeParty:
    node = root.find(f"{{*}}{tag}/{{*}}Party")
    name = text_at(node, "{*}PartyLegalEntity/{*}RegistrationName") or text_at(node, "{*}PartyName/{*}Name")
    if not name:
        raise Refused("missing", (root if node is None else node).sourceline or 0, f"{tag}: name")
    vat = ""
    for scheme in node.findall("{*}PartyTaxScheme") if node is not None else []:
        if text_at(scheme, "{*}TaxScheme/{*}ID", 4) == "VAT":
            vat = text_at(scheme, "{*}CompanyID", 40)
    at = "{*}PostalAddress/{*}"
    place = Place(
        text_at(node, f"{at}StreetName"),
        text_at(node, f"{at}PostalZone", 20),
        text_at(node, f"{at}CityName"),
        text_at(node, f"{at}CountrySubentity", 60),
        text_at(node, f"{at}Country/{{*}}IdentificationCode", 2),
    )
    return TradeParty(
        name=name,
        vat_number="".join(vat.split()),
        tax_number=text_at(node, "{*}PartyLegalEntity/{*}CompanyID", 40),
        place=place,
        email=text_at(node, "{*}Contact/{*}ElectronicMail", 256),
        phone=text_at(node, "{*}Contact/{*}Telephone", 40),
        endpoint=text_at(node, "{*}EndpointID", 100),
    )


def _line(node: etree._Element, place: int) -> Line:
    quantity_node = node.find("{*}InvoicedQuantity")
    if quantity_node is None:
        quantity_node = node.find("{*}CreditedQuantity")
    quantity = amount_at(node, "{*}InvoicedQuantity", amount_at(node, "{*}CreditedQuantity", ONE))
    price = amount_at(node, "{*}Price/{*}PriceAmount") / (amount_at(node, "{*}Price/{*}BaseQuantity", ONE) or ONE)
    net = amount_at(node, "{*}LineExtensionAmount")
    name, more = text_at(node, "{*}Item/{*}Name"), text_at(node, "{*}Item/{*}Description")
    return Line(
        position=text_at(node, "{*}ID", 20) or str(place),
        text=name or more,
        quantity=quantity,
        unit="" if quantity_node is None else clean(quantity_node.get("unitCode", ""), 10),
        price=price,
        net=net,
        category=text_at(node, "{*}Item/{*}ClassifiedTaxCategory/{*}ID", 2),
        rate=amount_at(node, "{*}Item/{*}ClassifiedTaxCategory/{*}Percent", ZERO),
        discount=quantity * price - net,
        item=text_at(node, "{*}Item/{*}SellersItemIdentification/{*}ID", 60),
        order=text_at(node, "{*}OrderLineReference/{*}OrderReference/{*}ID", 60),
        order_line=text_at(node, "{*}OrderLineReference/{*}LineID", 20),
    )


def _allowance(node: etree._Element, place: int) -> Line:
    """A discount or charge on the whole document is a line of a bill."""
    sign = ONE if text_at(node, "{*}ChargeIndicator", 5) == "true" else -ONE
    amount = amount_at(node, "{*}Amount")
    text = text_at(node, "{*}AllowanceChargeReason") or ("Charge" if sign > 0 else "Discount")
    return Line(
        str(place),
        text,
        sign,
        "",
        amount,
        sign * amount,
        text_at(node, "{*}TaxCategory/{*}ID", 2),
        amount_at(node, "{*}TaxCategory/{*}Percent", ZERO),
    )


def _tax(node: etree._Element) -> TaxTotal:
    return TaxTotal(
        text_at(node, "{*}TaxCategory/{*}ID", 2),
        amount_at(node, "{*}TaxCategory/{*}Percent", ZERO),
        amount_at(node, "{*}TaxableAmount"),
        amount_at(node, "{*}TaxAmount"),
        reason=text_at(node, "{*}TaxCategory/{*}TaxExemptionReason"),
        reason_code=text_at(node, "{*}TaxCategory/{*}TaxExemptionReasonCode", 40),
    )


def _references(root: etree._Element) -> list[Reference]:
    tags = {
        "OrderReference": "order",
        "ContractDocumentReference": "contract",
        "DespatchDocumentReference": "despatch",
        "ReceiptDocumentReference": "receipt",
    }
    found = [
        Reference(kind, text_at(n, "{*}ID", 60), day(n.find("{*}IssueDate")))
        for tag, kind in tags.items()
        for n in root.findall(f"{{*}}{tag}")[:100]
    ]
    for node in root.findall("{*}BillingReference/{*}InvoiceDocumentReference")[:100]:
        found.append(Reference("invoice", text_at(node, "{*}ID", 60), day(node.find("{*}IssueDate"))))
    return found


def _told(root: etree._Element) -> dict[str, Any]:
    return {"what": "invoice", "format": "ubl", "invoices": [plain(invoice(root))], "enclosed": [_enclosed(root)]}


def _enclosed(root: etree._Element) -> list[dict[str, str]]:
    """Supporting documents that lie inside (BT-125)."""
    nodes = root.findall("{*}AdditionalDocumentReference/{*}Attachment/{*}EmbeddedDocumentBinaryObject")
    return [each for n in nodes[:MOST_ENCLOSED] for each in enclosed(n.get("filename", ""), n)]


ROOTS = {"Invoice": _told, "CreditNote": _told}
