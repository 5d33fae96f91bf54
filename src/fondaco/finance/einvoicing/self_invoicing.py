"""Self-invoices: the tax that we account for ourselves on what we bought, told to the exchange system (TX-04, TX-06).

One document a bill and type: TD16 reverse charge at home, TD17 services from abroad, TD18 goods of the Union, TD19 goods of a seller abroad. The vendor
is the seller, we are the buyer and the sender; base and tax are those of the tax entries, in company currency, negative on a vendor credit note.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from fondaco.finance.einvoicing import semantic
from fondaco.finance.einvoicing.models import Sender
from fondaco.finance.einvoicing.queries import Drawn, buyer_of, seller_of
from fondaco.finance.payables.models import Bill, BillLine
from fondaco.finance.tax.models import TaxEntry
from fondaco.masterdata.parties.models import Address
from fondaco.platform.money import ZERO

#: Whether the vendor is at home: his tax regime is an ordinary one (RF01), that of those abroad is another (RF18).
REGIMES = {True: "RF01", False: "RF18"}


@dataclass(frozen=True)
class SelfDrawn(Drawn):
    """A self-invoice ready to be written; only FatturaPA knows them."""

    document_type: str = ""

    @property
    def format(self) -> str:
        return "fatturapa" if self.sender else ""


def self_drawn(keys: Sequence[int]) -> list[SelfDrawn]:
    """The self-invoices of the posted bills ``keys``, in key order, then by type; six statements, however many."""
    bills = list(Bill.objects.filter(pk__in=keys).select_related("company__country", "company__currency", "vendor__country").order_by("pk"))
    entries: dict[tuple[int, str], list[TaxEntry]] = defaultdict(list)
    rows = TaxEntry.objects.filter(
        source_table=Bill._meta.db_table, source_id__in=keys, kind=TaxEntry.SALE, reverses=None, releases=None, restates=None
    ).exclude(document_type="")
    for row in rows.order_by("id"):
        entries[row.source_id or 0, row.document_type].append(row)
    texts: dict[tuple[int, int], list[str]] = defaultdict(list)
    for key, code, text in (
        BillLine.objects.filter(bill__in=keys).order_by("position", "id").values_list("bill_id", "tax_code_id", "description")
    ):
        texts[key, code or 0].append(text)
    addresses: dict[int, Address] = {}
    for address in Address.objects.filter(party__in=[b.vendor_id for b in bills]).order_by("position", "id"):
        first = addresses.get(address.party_id)
        if first is None or (first.kind != "billing" and address.kind == "billing"):
            addresses[address.party_id] = address
    senders = {s.company_id: s for s in Sender.objects.filter(company__in={b.company_id for b in bills})}
    by_key = {b.pk: b for b in bills}
    found = []
    for (key, kind), taxes in sorted(entries.items()):
        bill, sender = by_key[key], senders.get(by_key[key].company_id)
        words = {row.tax_code_id or 0: "; ".join(texts[key, row.tax_code_id or 0]) for row in taxes}
        meaning = meaning_of(bill, kind, taxes, words, addresses.get(bill.vendor_id), sender)
        found.append(SelfDrawn(bill, meaning, sender, None, kind))
    return found


def meaning_of(
    bill: Bill, kind: str, taxes: Sequence[TaxEntry], words: dict[int, str], address: Address | None, sender: Sender | None
) -> semantic.Invoice:
    """One self-invoice: a line and a summary a tax entry, to the cent of the ledger. Pure."""
    company = bill.company
    us = seller_of(company, sender)
    vendor = buyer_of(bill.vendor, address, None)
    merged: dict[Decimal, tuple[Decimal, Decimal]] = {}
    lines = []
    for n, row in enumerate(taxes, start=1):
        base, tax = merged.get(row.rate, (ZERO, ZERO))
        merged[row.rate] = (base + row.base, tax + row.tax)
        text = words.get(row.tax_code_id or 0, "") or bill.vendor_number
        lines.append(semantic.Line(str(n), text, Decimal(1), "", row.base, row.base, "S", row.rate))
    net, tax = sum((row.base for row in taxes), ZERO), sum((row.tax for row in taxes), ZERO)
    return semantic.Invoice(
        kind=semantic.CREDIT_NOTE if bill.kind == Bill.CREDIT_NOTE else semantic.INVOICE,
        number=taxes[0].protocol,
        on=bill.on,
        currency=company.currency_id,
        decimals=company.currency.decimals,
        seller=vendor,
        buyer=us,
        lines=tuple(lines),
        taxes=tuple(semantic.TaxTotal("S", rate, base, amount, due="I") for rate, (base, amount) in merged.items()),
        net=net,
        tax=tax,
        gross=net + tax,
        payable=ZERO,
        references=(semantic.Reference("invoice", bill.vendor_number, bill.vendor_date),),
        type_code="389",
        language="it",
        national={
            "document_type": kind,
            "self_invoice": True,
            "transmitter": us.vat_number,
            "recipient_code": "0000000",
            "regime": REGIMES[(bill.vendor.country_id or company.country_id) == company.country_id],
        },
    )
