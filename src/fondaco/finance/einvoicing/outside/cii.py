"""Cross Industry Invoice that came in, alone or out of a PDF, as what it means. Pure, no Django."""

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
    document, deal = root.find("{*}ExchangedDocument"), root.find("{*}SupplyChainTradeTransaction")
    if document is None or deal is None:
        raise Refused("missing", root.sourceline or 0, "ExchangedDocument, SupplyChainTradeTransaction")
    number, on = text_at(document, "{*}ID", 60), _day(document, "{*}IssueDateTime")
    if not number or on is None:
        raise Refused("missing", document.sourceline or 0, "ID, IssueDateTime")
    agreement, settlement = deal.find("{*}ApplicableHeaderTradeAgreement"), deal.find("{*}ApplicableHeaderTradeSettlement")
    totals = None if settlement is None else settlement.find("{*}SpecifiedTradeSettlementHeaderMonetarySummation")
    if agreement is None or settlement is None or totals is None:
        raise Refused("missing", deal.sourceline or 0, "ApplicableHeaderTradeSettlement")
    lines = [_line(node, n) for n, node in enumerate(deal.findall("{*}IncludedSupplyChainTradeLineItem"), start=1)]
    if not lines:
        raise Refused("missing", deal.sourceline or 0, "IncludedSupplyChainTradeLineItem")
    lines += [_allowance(node, len(lines) + n) for n, node in enumerate(settlement.findall("{*}SpecifiedTradeAllowanceCharge"), start=1)]
    currency = text_at(settlement, "{*}InvoiceCurrencyCode", 3)
    taxes = tuple(_tax(node) for node in settlement.findall("{*}ApplicableTradeTax"))
    gross, payable = amount_at(totals, "{*}GrandTotalAmount"), amount_at(totals, "{*}DuePayableAmount")
    due = _day(settlement, "{*}SpecifiedTradePaymentTerms/{*}DueDateDateTime")
    is_credit = text_at(document, "{*}TypeCode", 4) == "381"
    made = Invoice(
        kind=CREDIT_NOTE if is_credit else INVOICE,
        number=number,
        on=on,
        currency=currency,
        seller=_party(agreement, "SellerTradeParty"),
        buyer=_party(agreement, "BuyerTradeParty"),
        lines=tuple(lines),
        taxes=taxes,
        net=amount_at(totals, "{*}TaxBasisTotalAmount"),
        tax=sum((t.tax for t in taxes), ZERO),
        gross=gross,
        payable=payable,
        due_on=due,
        instalments=(Instalment(due, payable),) if due else (),
        terms=text_at(settlement, "{*}SpecifiedTradePaymentTerms/{*}Description"),
        iban=text_at(settlement, "{*}SpecifiedTradeSettlementPaymentMeans/{*}PayeePartyCreditorFinancialAccount/{*}IBANID", 34).replace(
            " ", ""
        ),
        notes=tuple(clean(n.text or "", 1000) for n in document.findall("{*}IncludedNote/{*}Content")[:20]),
        references=tuple(_references(agreement, deal, settlement)),
        buyer_reference=text_at(agreement, "{*}BuyerReference", 200),
        delivered_on=_day(deal, "{*}ApplicableHeaderTradeDelivery/{*}ActualDeliverySupplyChainEvent/{*}OccurrenceDateTime"),
        type_code="381" if is_credit else "380",
    )
    return turned(told(made))


def _day(node: etree._Element, path: str) -> Any:
    return day(node.find(f"{path}/{{*}}DateTimeString"))


def _party(agreement: etree._Element, tag: str) -> TradeParty:
    node = agreement.find(f"{{*}}{tag}")
    name = text_at(node, "{*}Name")
    if node is None or not name:
        raise Refused("missing", agreement.sourceline or 0, f"{tag}: Name")
    vat = tax_number = ""
    for registration in node.findall("{*}SpecifiedTaxRegistration/{*}ID"):
        if registration.get("schemeID") == "VA":
            vat = clean(registration.text or "", 40)
        else:
            tax_number = clean(registration.text or "", 40)
    at = "{*}PostalTradeAddress/{*}"
    place = Place(
        text_at(node, f"{at}LineOne"), text_at(node, f"{at}PostcodeCode", 20), text_at(node, f"{at}CityName"), text_at(node, f"{at}CountrySubDivisionName", 60), text_at(node, f"{at}CountryID", 2)
    )  # fmt: skip
    return TradeParty(
        name=name,
        vat_number="".join(vat.split()),
        tax_number=tax_number or text_at(node, "{*}SpecifiedLegalOrganization/{*}ID", 40),
        place=place,
        email=text_at(node, "{*}DefinedTradeContact/{*}EmailURIUniversalCommunication/{*}URIID", 256),
        phone=text_at(node, "{*}DefinedTradeContact/{*}TelephoneUniversalCommunication/{*}CompleteNumber", 40),
    )


def _line(node: etree._Element, place: int) -> Line:
    quantity_node = node.find("{*}SpecifiedLineTradeDelivery/{*}BilledQuantity")
    quantity = amount_at(node, "{*}SpecifiedLineTradeDelivery/{*}BilledQuantity", ONE)
    at = "{*}SpecifiedLineTradeAgreement/{*}NetPriceProductTradePrice/{*}"
    net = amount_at(node, "{*}SpecifiedLineTradeSettlement/{*}SpecifiedTradeSettlementLineMonetarySummation/{*}LineTotalAmount")
    price = amount_at(node, f"{at}ChargeAmount", net / quantity if quantity else net) / (amount_at(node, f"{at}BasisQuantity", ONE) or ONE)
    tax = "{*}SpecifiedLineTradeSettlement/{*}ApplicableTradeTax/{*}"
    return Line(
        position=text_at(node, "{*}AssociatedDocumentLineDocument/{*}LineID", 20) or str(place),
        text=text_at(node, "{*}SpecifiedTradeProduct/{*}Name") or text_at(node, "{*}SpecifiedTradeProduct/{*}Description"),
        quantity=quantity,
        unit="" if quantity_node is None else clean(quantity_node.get("unitCode", ""), 10),
        price=price,
        net=net,
        category=text_at(node, f"{tax}CategoryCode", 2),
        rate=amount_at(node, f"{tax}RateApplicablePercent", ZERO),
        discount=quantity * price - net,
        item=text_at(node, "{*}SpecifiedTradeProduct/{*}SellerAssignedID", 60),
        order=text_at(node, "{*}SpecifiedLineTradeAgreement/{*}BuyerOrderReferencedDocument/{*}IssuerAssignedID", 60),
        order_line=text_at(node, "{*}SpecifiedLineTradeAgreement/{*}BuyerOrderReferencedDocument/{*}LineID", 20),
    )


def _allowance(node: etree._Element, place: int) -> Line:
    """A discount or charge on the whole document is a line of a bill."""
    sign = ONE if text_at(node, "{*}ChargeIndicator/{*}Indicator", 5) == "true" else -ONE
    amount = amount_at(node, "{*}ActualAmount")
    text = text_at(node, "{*}Reason") or ("Charge" if sign > 0 else "Discount")
    tax = "{*}CategoryTradeTax/{*}"
    return Line(
        str(place),
        text,
        sign,
        "",
        amount,
        sign * amount,
        text_at(node, f"{tax}CategoryCode", 2),
        amount_at(node, f"{tax}RateApplicablePercent", ZERO),
    )


def _tax(node: etree._Element) -> TaxTotal:
    return TaxTotal(
        text_at(node, "{*}CategoryCode", 2),
        amount_at(node, "{*}RateApplicablePercent", ZERO),
        amount_at(node, "{*}BasisAmount"),
        amount_at(node, "{*}CalculatedAmount"),
        reason=text_at(node, "{*}ExemptionReason"),
        reason_code=text_at(node, "{*}ExemptionReasonCode", 40),
    )


def _references(agreement: etree._Element, deal: etree._Element, settlement: etree._Element) -> list[Reference]:
    places = [
        (agreement, "{*}BuyerOrderReferencedDocument", "order"),
        (agreement, "{*}ContractReferencedDocument", "contract"),
        (deal, "{*}ApplicableHeaderTradeDelivery/{*}DespatchAdviceReferencedDocument", "despatch"),
        (settlement, "{*}InvoiceReferencedDocument", "invoice"),
    ]
    return [
        Reference(kind, text_at(n, "{*}IssuerAssignedID", 60), _day(n, "{*}FormattedIssueDateTime"))
        for node, path, kind in places
        for n in node.findall(path)[:100]
    ]


def _told(root: etree._Element) -> dict[str, Any]:
    return {"what": "invoice", "format": "cii", "invoices": [plain(invoice(root))], "enclosed": [_enclosed(root)]}


def _enclosed(root: etree._Element) -> list[dict[str, str]]:
    """Supporting documents that lie inside (BT-125)."""
    path = "{*}SupplyChainTradeTransaction/{*}ApplicableHeaderTradeAgreement/{*}AdditionalReferencedDocument/{*}AttachmentBinaryObject"
    return [each for n in root.findall(path)[:MOST_ENCLOSED] for each in enclosed(n.get("filename", ""), n)]


ROOTS = {"CrossIndustryInvoice": _told}
