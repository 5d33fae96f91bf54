"""A received e-invoice as people read it: our own paper from what the file says, without a stylesheet of anybody else."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from fondaco.finance.einvoicing import semantic
from fondaco.finance.einvoicing.models import Received
from fondaco.finance.einvoicing.outside.plain import restored
from fondaco.finance.einvoicing.refusals import DOUBTS
from fondaco.masterdata.companies.queries import decimals_of
from fondaco.platform.documents.printing import Formatter, render
from fondaco.platform.money import rounded

TEMPLATE = Path(__file__).parent / "documents" / "received.typ"
RELATED = {
    "order": lambda: _("Order"),
    "contract": lambda: _("Contract"),
    "receipt": lambda: _("Receipt"),
    "despatch": lambda: _("Delivery note"),
    "invoice": lambda: _("Invoice"),
}


def received_pdf(row: Received) -> bytes:
    """The rendering of one received e-invoice, in the reader's language."""
    language = translation.get_language() or "en"
    formats = Formatter(language)
    what = restored(semantic.Invoice, row.meaning)
    return render(TEMPLATE, paper_of(row, what, formats, decimals_of({row.currency_id})[row.currency_id]), language)


def paper_of(row: Received, what: semantic.Invoice, formats: Formatter, decimals: int) -> dict[str, Any]:
    """Head, lines, totals and words of a received e-invoice, written out."""

    def amount(value: Any) -> str:
        return formats.amount(rounded(value, decimals), decimals)

    facts = (
        [(_("Date"), formats.day(what.on)), (_("Due"), formats.day(what.due_on))] if what.due_on else [(_("Date"), formats.day(what.on))]
    )
    if what.national.get("document_type"):
        facts.append((_("Type"), str(what.national["document_type"])))
    return {
        "company": {"name": what.seller.name, "lines": _lines_of(what.seller)},
        "recipient": {"title": _("To"), "lines": [what.buyer.name, *_lines_of(what.buyer)]},
        "foot": [row.file_name, f"SHA-256 {row.digest[:16]}…"],
        "page": _("Page"),
        "title": capfirst(str(row.get_kind_display())),
        "number": row.number or "",
        "mark": "",
        "facts": facts,
        "heads": {
            "text": _("Description"),
            "quantity": _("Quantity"),
            "price": _("Price"),
            "discount": _("Discount"),
            "tax": _("VAT"),
            "total": f"{_('Total')} {row.currency_id}",
        },
        "lines": [
            {
                "text": line.text or "–",
                "note": line.item,
                "quantity": formats.number(rounded(line.quantity, 6)),
                "unit": line.unit,
                "price": formats.price(rounded(line.price, 6), decimals),
                "discount": f"{formats.number(line.percent)} %" if line.percent else "",
                "tax": line.natura or f"{formats.number(line.rate)} %",
                "total": amount(line.net),
            }
            for line in what.lines
        ],
        "totals": [(_("Net"), amount(what.net)), (_("VAT"), amount(what.tax)), (f"{_('Total')} {row.currency_id}", amount(what.gross))],
        "taxes": {
            "heads": [_("VAT code"), _("Rate"), _("Taxable"), _("VAT")],
            "rows": [[t.natura or t.category, f"{formats.number(t.rate)} %", amount(t.base), amount(t.tax)] for t in what.taxes],
            "notes": sorted({t.reason for t in what.taxes if t.reason}),
        },
        "texts": _texts(row, what, formats, amount),
    }


def _lines_of(party: semantic.TradeParty) -> list[str]:
    place = party.place
    found = [
        place.street,
        f"{place.postal_code} {place.city} {place.region}".strip(),
        place.country,
        f"{_('VAT')} {party.vat_number}" if party.vat_number else "",
        f"{pgettext('of a person or firm', 'Tax code')} {party.tax_number}" if party.tax_number else "",
    ]
    return [line for line in found if line]


def _texts(row: Received, what: semantic.Invoice, formats: Formatter, amount: Any) -> list[tuple[str, str]]:
    texts: list[tuple[str, str]] = [("", note) for note in what.notes]
    related = [f"{RELATED[r.kind]()} {r.number} {formats.day(r.on)}".strip() for r in what.references if r.kind in RELATED]
    parts = [f"{formats.day(i.due_on)}  {amount(i.amount)} {row.currency_id}".strip() for i in what.instalments]
    kept = [f"{w.kind} {formats.number(w.rate)} %  {amount(w.amount)}" for w in what.withholdings]
    for title, found in (
        (_("Related documents"), related),
        (pgettext("how to pay", "Payment"), [*parts, *([f"IBAN {what.iban}"] if what.iban else [])]),
        (_("Withholding"), kept),
    ):
        if found:
            texts.append((title, "\n".join(found)))
    if what.stamp_duty:
        texts.append((_("Stamp duty"), amount(what.stamp_duty)))
    if row.doubts:
        texts.append((_("To be looked at"), "\n".join(doubts_of(row))))
    return texts


def doubts_of(row: Received) -> Sequence[str]:
    """What does not add up, in words."""
    return [str(DOUBTS[word]) for word in row.doubts.split() if word in DOUBTS]
