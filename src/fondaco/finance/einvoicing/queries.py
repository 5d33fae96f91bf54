"""Posted invoices as what they mean (``semantic.Invoice``), read for a whole set: nine statements, however many invoices,
and those of the rooms that know the orders and deliveries behind them."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from fondaco.finance.einvoicing import semantic
from fondaco.finance.einvoicing.models import InvoiceDetails, Recipient, Sender
from fondaco.finance.invoicing.models import Invoice, InvoiceLine, InvoiceTax
from fondaco.finance.ledger.models import OpenItem
from fondaco.finance.tax.models import TaxCode, TaxEntry
from fondaco.masterdata.companies.models import Company
from fondaco.masterdata.parties.models import Address, Party
from fondaco.platform.money import ZERO, rounded, spread

HUNDRED = Decimal(100)
#: Places of a price: as many as FatturaPA takes.
PRICE_PLACES = 8
#: When the tax is due, by what its entry says: at once, when paid, paid by the customer himself.
DUE = {TaxEntry.NOW: "I", TaxEntry.DEFERRED: "D", TaxEntry.SPLIT: "S"}
#: How e-invoices call the treatments of tax codes that have no category of their own.
CATEGORIES = {
    "standard": "S", "reduced": "S", "zero": "Z", "exempt": "E", "reverse_charge": "AE", "export": "G", "intra_community": "K", "split_payment": "S",
}  # fmt: skip

#: Rooms above know the orders and deliveries behind an invoice: given invoices, references by the invoice's key.
References = Callable[[Sequence[Invoice]], Mapping[int, Sequence[semantic.Reference]]]
_references: list[References] = []


def refers(references: References) -> References:
    """Register where the orders and deliveries behind invoices are known."""
    _references.append(references)
    return references


@dataclass(frozen=True)
class Drawn:
    """An invoice (or a bill, of its self-invoice) ready to be written in a format. ``sender`` is None for a company that has not said
    how it sends."""

    row: Any
    meaning: semantic.Invoice
    sender: Sender | None
    recipient: Recipient | None

    @property
    def format(self) -> str:
        """The format in which this customer gets his e-invoices, empty when nobody said."""
        return (self.recipient.format if self.recipient else "") or (self.sender.format if self.sender else "")


def drawn(keys: Sequence[int]) -> list[Drawn]:
    """The invoices ``keys``, in key order, as what they mean."""
    invoices = list(
        Invoice.objects.filter(pk__in=keys)
        .select_related("company__country", "customer", "currency", "payment_term", "credits")
        .order_by("pk")
    )
    lines: dict[int, list[InvoiceLine]] = defaultdict(list)
    for line in (
        InvoiceLine.objects.filter(invoice__in=keys)
        .select_related("product__unit", "tax_code", "down_payment__invoice")
        .order_by("position", "id")
    ):
        lines[line.invoice_id].append(line)
    taxes: dict[int, list[InvoiceTax]] = defaultdict(list)
    for tax in InvoiceTax.objects.filter(invoice__in=keys).select_related("tax_code").order_by("id"):
        taxes[tax.invoice_id].append(tax)
    items: dict[int, list[OpenItem]] = defaultdict(list)
    for item in OpenItem.objects.filter(entry__in=[i.entry_id for i in invoices if i.entry_id]).order_by("due_on", "id"):
        items[item.entry_id].append(item)
    addresses: dict[int, Address] = {}
    for address in Address.objects.filter(party__in=[i.customer_id for i in invoices]).order_by("position", "id"):
        first = addresses.get(address.party_id)
        if first is None or (first.kind != "billing" and address.kind == "billing"):
            addresses[address.party_id] = address
    senders = {s.company_id: s for s in Sender.objects.filter(company__in={i.company_id for i in invoices})}
    recipients = {r.party_id: r for r in Recipient.objects.filter(party__in={i.customer_id for i in invoices})}
    due: dict[int, dict[int, str]] = defaultdict(dict)
    entries = TaxEntry.objects.filter(source_table=Invoice._meta.db_table, source_id__in=keys, releases=None, tax_code__isnull=False)
    for key, code, chargeable in entries.values_list("source_id", "tax_code_id", "chargeable"):
        due[key or 0][code or 0] = DUE[chargeable]
    details = {d.invoice_id: d for d in InvoiceDetails.objects.filter(invoice__in=keys)}
    known: dict[int, list[semantic.Reference]] = defaultdict(list)
    for references in _references:
        for key, found in references(invoices).items():
            known[key].extend(found)
    result = []
    for i in invoices:
        sender, recipient = senders.get(i.company_id), recipients.get(i.customer_id)
        own = details.get(i.pk)
        parts = _Parts(i, lines[i.pk], taxes[i.pk], items[i.entry_id or 0], addresses.get(i.customer_id), known[i.pk], due[i.pk])
        result.append(Drawn(i, meaning_of(parts, sender, recipient, own), sender, recipient))
    return result


@dataclass(frozen=True)
class _Parts:
    """What the database holds of one invoice."""

    row: Invoice
    lines: list[InvoiceLine]
    taxes: list[InvoiceTax]
    items: list[OpenItem]
    address: Address | None
    references: list[semantic.Reference]
    due: Mapping[int, str]


def meaning_of(parts: _Parts, sender: Sender | None, recipient: Recipient | None, details: InvoiceDetails | None) -> semantic.Invoice:
    """The meaning of one invoice; no query, no rounding but of what the database does not hold (prices without tax, discounts)."""
    row, decimals = parts.row, parts.row.currency.decimals
    format = (recipient.format if recipient else "") or (sender.format if sender else "")
    language = "it" if format == "fatturapa" or row.customer.language == "it" else "en"
    taxes = _taxes(parts.taxes, language, parts.due)
    fund_line = details.fund_line if details else None
    lines = tuple(_line(ln, n, row, decimals, is_fund=n == fund_line) for n, ln in enumerate(parts.lines, start=1))
    withholdings, funds = _italian(details, lines)
    payable = row.gross - sum((t.tax for t in taxes if t.due == "S"), ZERO) - sum((w.amount for w in withholdings), ZERO)
    owed = [(item.due_on, abs(item.amount)) for item in parts.items] or [(row.due_on or row.on, row.gross)]
    instalments = tuple(
        semantic.Instalment(on, share) for (on, _), share in zip(owed, spread(payable, [a for _, a in owed], decimals), strict=True)
    )
    term = row.payment_term
    return semantic.Invoice(
        kind=row.kind,
        number=row.number or "",
        on=row.on,
        currency=row.currency_id or "",
        decimals=decimals,
        seller=seller_of(row.company, sender),
        buyer=buyer_of(row.customer, parts.address, recipient),
        lines=lines,
        taxes=taxes,
        net=row.net,
        tax=row.tax,
        gross=row.gross,
        payable=payable,
        due_on=row.due_on,
        instalments=instalments,
        terms=((term.name_it if language == "it" else "") or term.name) if term else "",
        iban="".join(row.company.iban.split()) if row.kind == Invoice.INVOICE else "",
        notes=(row.memo,) if row.memo else (),
        references=tuple(_references_of(row, parts.lines, details, parts.references)),
        buyer_reference=recipient.buyer_reference if recipient else "",
        delivered_on=_delivered_on(details, parts.references),
        type_code=_type_code(parts),
        withholdings=withholdings,
        funds=funds,
        language=language,
        national=_national(sender, recipient, details),
    )


def _type_code(parts: _Parts) -> str:
    """The code of BT-3: a credit note, an invoice that only asks for down payments, or any other."""
    if parts.row.kind == Invoice.CREDIT_NOTE:
        return "381"
    return "386" if all(ln.is_down_payment and ln.down_payment_id is None for ln in parts.lines) else "380"


def category_of(code: TaxCode | None, rate: Decimal) -> str:
    """The category (BT-118, BT-151) of a tax code."""
    if code is None:
        return "S" if rate else "O"
    return code.category or CATEGORIES.get(code.treatment, "S" if rate else "Z")


def _line(line: InvoiceLine, number: int, row: Invoice, decimals: int, *, is_fund: bool) -> semantic.Line:
    """A line with a price without tax that comes to the line's net, whatever the form was like.

    A price that is not negative, as EN 16931 asks: the quantity bears the sign. Prices that include tax are taken apart by the
    line's own net, because the tax of the document was apportioned; rounded to eight places.
    """
    quantity, price = line.quantity, line.unit_price or ZERO
    if price < 0:
        quantity, price = -quantity, -price
    if row.prices_include_tax:
        price = price * HUNDRED / (HUNDRED + line.tax_rate)
        if not line.discount_percent and quantity:
            price = line.net / quantity
        price = rounded(price, PRICE_PLACES)
    return semantic.Line(
        position=str(number),
        text=line.description,
        quantity=quantity,
        unit=line.product.unit.code if line.product else "C62",
        price=price,
        net=line.net,
        category=category_of(line.tax_code, line.tax_rate),
        rate=line.tax_rate,
        discount=rounded(quantity * price, decimals) - line.net,
        percent=line.discount_percent,
        item=line.product.sku if line.product else "",
        natura=line.tax_code.natura if line.tax_code and not line.tax_rate else "",
        fund=is_fund,
    )


def _taxes(rows: Sequence[InvoiceTax], language: str, due: Mapping[int, str]) -> tuple[semantic.TaxTotal, ...]:
    totals = []
    for row in rows:
        code, category = row.tax_code, category_of(row.tax_code, row.rate)
        untaxed = category in semantic.UNTAXED
        reason = (code.exemption_it if language == "it" else "") or code.exemption or code.name
        totals.append(
            semantic.TaxTotal(
                category=category,
                rate=row.rate,
                base=row.base,
                tax=row.tax,
                reason=reason if untaxed else "",
                reason_code=semantic.REASON_CODES.get(category, "") if untaxed else "",
                natura=code.natura if not row.rate else "",
                due=due.get(code.pk, "I") if row.rate else "",
            )
        )
    return tuple(totals)


def seller_of(company: Company, sender: Sender | None) -> semantic.TradeParty:
    """A company as it stands on its e-invoices."""
    return semantic.TradeParty(
        name=company.name,
        vat_number=with_country(company.vat_number, company.country_id),
        tax_number=sender.tax_code if sender else "",
        place=semantic.Place(company.street, company.postal_code, company.city, sender.province if sender else "", company.country_id),
        email=company.email,
        phone=company.phone,
        endpoint=sender.endpoint if sender else "",
        endpoint_scheme=sender.endpoint_scheme if sender else "",
    )


def buyer_of(party: Party, address: Address | None, recipient: Recipient | None) -> semantic.TradeParty:
    """A party with its billing address as it stands on e-invoices."""
    country = (address.country_id if address else None) or party.country_id or ""
    place = semantic.Place(country=country, city=party.city)
    if address is not None:
        place = semantic.Place(address.street, address.postal_code, address.city or party.city, address.region, country)
    first, _, last = party.name.partition(" ")
    return semantic.TradeParty(
        name=party.name,
        vat_number=with_country(party.vat_number, party.country_id or country),
        tax_number=party.tax_code,
        place=place,
        email=party.email,
        endpoint=recipient.endpoint if recipient else "",
        endpoint_scheme=recipient.endpoint_scheme if recipient else "",
        is_person=party.kind == "person",
        first_name=first,
        last_name=last,
    )


def with_country(number: str, country: str) -> str:
    """A VAT number that begins with its country's prefix."""
    compact = "".join(c for c in number.upper() if c.isalnum())
    prefix = {"GR": "EL"}.get(country, country)
    return compact if not compact or compact[:2].isalpha() else f"{prefix}{compact}"


def _italian(
    details: InvoiceDetails | None, lines: Sequence[semantic.Line]
) -> tuple[tuple[semantic.Withholding, ...], tuple[semantic.Fund, ...]]:
    if details is None:
        return (), ()
    kept: tuple[semantic.Withholding, ...] = ()
    if details.withholding_kind:
        kept = (
            semantic.Withholding(
                details.withholding_kind, details.withholding_rate, details.withholding_amount, details.withholding_reason
            ),
        )
    line = next((ln for ln in lines if ln.fund), None)
    if line is None:
        return kept, ()
    base = sum((ln.net for ln in lines if not ln.fund), ZERO)
    return kept, (semantic.Fund(details.fund_kind, details.fund_rate, line.net, base, line.rate, line.natura),)


def _references_of(
    row: Invoice, lines: Sequence[InvoiceLine], details: InvoiceDetails | None, known: Sequence[semantic.Reference]
) -> list[semantic.Reference]:
    """What somebody wrote for this invoice comes first; without it what the rooms above know."""
    found = []
    cup, cig = (details.cup, details.cig) if details else ("", "")
    if details and details.order_number:
        found.append(semantic.Reference("order", details.order_number, details.order_on, cup, cig))
    elif row.reference:
        found.append(semantic.Reference("order", row.reference, None, cup, cig))
    if details and details.contract:
        found.append(semantic.Reference("contract", details.contract, None, cup, cig))
    if details and details.delivery_number:
        found.append(semantic.Reference("despatch", details.delivery_number, details.delivered_on))
    kinds = {r.kind for r in found}
    found += [r for r in known if r.kind not in kinds]
    for ahead in {ln.down_payment.invoice: None for ln in lines if ln.down_payment and ln.down_payment.invoice != row.credits}:
        found.append(semantic.Reference("invoice", ahead.number or "", ahead.on))
    if row.credits:
        found.append(semantic.Reference("invoice", row.credits.number or "", row.credits.on))
    return found


def _delivered_on(details: InvoiceDetails | None, known: Sequence[semantic.Reference]) -> date | None:
    if details and details.delivered_on:
        return details.delivered_on
    return max((r.on for r in known if r.kind == "despatch" and r.on), default=None)


def _national(sender: Sender | None, recipient: Recipient | None, details: InvoiceDetails | None) -> dict[str, Any]:
    """What FatturaPA alone asks for."""
    found: dict[str, Any] = {}
    if sender is not None:
        found |= {
            "regime": sender.regime,
            "register_office": sender.register_office,
            "register_number": sender.register_number,
            "share_capital": sender.share_capital,
            "sole_member": sender.sole_member,
            "in_liquidation": sender.in_liquidation,
            "virtual_stamp": sender.virtual_stamp,
        }
    if recipient is not None:
        found |= {"recipient_code": recipient.code, "certified_mail": recipient.certified_mail}
    if details is not None:
        found |= {"document_type": details.document_type}
    return found
