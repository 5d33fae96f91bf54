"""The periodic communication of VAT settlements (LIPE, supply IVP18) of a quarter, from returns as they were filed.

A module a settlement: three of a company that settles by month, one of one by quarter. Every figure is that of the return's box; what was moved
by hand (VP5A), which the form does not know, goes with the deducted tax, so that VP6 stays VP4 less VP5. The official schema is not shipped.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from fondaco.finance.einvoicing.formats.xml import Names, document, serialised
from fondaco.finance.einvoicing.models import Sender
from fondaco.finance.einvoicing.queries import with_country
from fondaco.finance.tax.models import ReturnAmount, TaxReturn
from fondaco.finance.tax.queries import advance_by_history
from fondaco.localizations.loading import fiscal_habits, localization_of
from fondaco.masterdata.companies.models import Company
from fondaco.platform.database.refusals import UserError
from fondaco.platform.money import ZERO, rounded

SPACE = "urn:www.agenziaentrate.gov.it:specificheTecniche:sco:ivp"
NAMES = Names({"iv": SPACE})
node = NAMES.node
#: Boxes and their elements, in the order of the form; VP6 and VP14 have one element for a debt and one for a credit.
ELEMENTS = (
    ("VP2", "TotaleOperazioniAttive", ""),
    ("VP3", "TotaleOperazioniPassive", ""),
    ("VP4", "IvaEsigibile", ""),
    ("VP5", "IvaDetratta", ""),
    ("VP6", "IvaDovuta", "IvaCredito"),
    ("VP7", "DebitoPrecedente", ""),
    ("VP8", "CreditoPeriodoPrecedente", ""),
    ("VP9", "CreditoAnnoPrecedente", ""),
    ("VP10", "VersamentiAutoUE", ""),
    ("VP11", "CreditiImposta", ""),
    ("VP12", "InteressiDovuti", ""),
    ("VP13", "Acconto", ""),
    ("VP14", "ImportoDaVersare", "ImportoACredito"),
)
#: Box VP13 says by which method the advance was worked out; ours is the historical one.
HISTORICAL = "1"
LEGAL_REPRESENTATIVE = "1"


class QuarterNotFiled(UserError):
    code, status = "tax.quarter_not_filed", 409
    message = _(
        "No communication was written: {missing} of the quarter {quarter} is not filed. File every settlement of the quarter first."
    )


class DeclarantMissing(UserError):
    code, status = "tax.declarant_missing", 409
    message = _(
        "No communication was written: {company} lacks its VAT number, its tax code or the tax code of its legal representative. Enter them under Set up > Companies and Set up > E-invoicing."
    )


class AdvanceOfOtherMethod(UserError):
    code, status = "tax.advance_of_other_method", 409
    message = _(
        "No communication was written: the advance of {amount} is not that of the historical method ({expected}), and which other method it has is not known here. Enter the communication on the site of the tax office."
    )


@dataclass(frozen=True)
class Settled:
    """A filed settlement: its days and what its boxes came to."""

    starts_on: date
    ends_on: date
    boxes: Mapping[str, Decimal]


@dataclass(frozen=True)
class Declarant:
    """Who declares: the company by tax code and VAT number (11 figures), and its legal representative by his tax code."""

    tax_code: str
    vat_number: str
    representative: str


def _month(day: date) -> str:
    """A month with its year, as the reader calls it."""
    return str(format_date(day, "LLLL y", get_language() or "en"))


def quarter_of(day: date) -> tuple[date, date]:
    """The calendar quarter of a day."""
    month = 3 * ((day.month - 1) // 3) + 1
    after = date(day.year + (month == 10), 1 if month == 10 else month + 3, 1)
    return date(day.year, month, 1), date.fromordinal(after.toordinal() - 1)


def communication(tax_return: TaxReturn) -> tuple[str, bytes]:
    """Name and content of the file of the quarter in which a filed return lies. Raises QuarterNotFiled, DeclarantMissing, AdvanceOfOtherMethod."""
    company = tax_return.company
    first, last = quarter_of(tax_return.ends_on)
    rows = list(
        TaxReturn.objects.filter(definition=tax_return.definition_id, starts_on__gte=first, ends_on__lte=last).order_by("starts_on")
    )
    _refuse_incomplete(rows, first, last)
    declarant = _declarant(company)
    amounts: dict[int, dict[str, Decimal]] = {r.pk: {} for r in rows}
    for key, box, amount in ReturnAmount.objects.filter(tax_return__in=rows).values_list("tax_return_id", "box", "amount"):
        amounts[key][box] = amount
    advance = fiscal_habits(localization_of(company.country_id)).get("advance", {})
    for row in rows:
        if row.advance_paid:
            expected = advance_by_history(row, percent=Decimal(advance["percent"]), minimum=Decimal(advance["minimum"]))
            if row.advance_paid != expected:
                raise AdvanceOfOtherMethod(amount=row.advance_paid, expected=expected)
    settled = [Settled(r.starts_on, r.ends_on, amounts[r.pk]) for r in rows]
    return f"IT{declarant.tax_code}_LI_{first.year % 100:02d}{(first.month + 2) // 3:03d}.xml", written(settled, declarant)


def _refuse_incomplete(rows: Sequence[TaxReturn], first: date, last: date) -> None:
    quarter, begins = f"{_month(first)} – {_month(last)}", first
    for row in rows:
        if row.starts_on != begins or row.state == "open":
            raise QuarterNotFiled(missing=_month(begins), quarter=quarter)
        begins = date.fromordinal(row.ends_on.toordinal() + 1)
    if begins <= last:
        raise QuarterNotFiled(missing=f"{begins:%Y-%m}", quarter=quarter)


def _declarant(company: Company) -> Declarant:
    sender = Sender.objects.filter(company=company).first()
    number = with_country(company.vat_number, company.country_id).removeprefix("IT")
    code = (sender.tax_code if sender else "") or number
    representative = sender.declarant_tax_code if sender else ""
    if len(number) != 11 or not number.isdecimal() or len(representative) != 16:
        raise DeclarantMissing(company=company.name)
    return Declarant(code, number, representative)


def boxes_of(declared: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The form's boxes of a return's: what was moved by hand goes with the deducted tax, or where that would be negative, with the due one."""
    boxes = {box: declared.get(box, ZERO) for box, _debt, _credit in ELEMENTS}
    by_hand = declared.get("VP5A", ZERO)
    if boxes["VP5"] + by_hand >= 0:
        boxes["VP5"] += by_hand
    else:
        boxes["VP4"] -= by_hand
    return boxes


def written(settled: Sequence[Settled], declarant: Declarant) -> bytes:
    """The file: head, front page, a module a settlement. Boxes of nothing are left out; figures have a comma and two decimals. Pure."""
    modules = [_module(n, one) for n, one in enumerate(settled, start=1)]
    root = document(
        NAMES,
        "iv:Fornitura",
        node("iv:Intestazione", node("iv:CodiceFornitura", "IVP18")),
        node(
            "iv:Comunicazione",
            node(
                "iv:Frontespizio",
                node("iv:CodiceFiscale", declarant.tax_code),
                node("iv:AnnoImposta", str(settled[0].starts_on.year)),
                node("iv:PartitaIVA", declarant.vat_number),
                node("iv:CFDichiarante", declarant.representative),
                node("iv:CodiceCaricaDichiarante", LEGAL_REPRESENTATIVE),
                node("iv:FirmaDichiarazione", "1"),
            ),
            node("iv:DatiContabili", modules),
            identificativo="00001",
        ),
    )
    return serialised(root)


def _module(number: int, settled: Settled) -> object:
    boxes = boxes_of(settled.boxes)
    figures = []
    for box, debt, credit in ELEMENTS:
        amount = rounded(boxes[box], 2)
        if not amount:
            continue
        if box == "VP13":
            figures.append(node("iv:Metodo", HISTORICAL))
        figures.append(node(f"iv:{credit if credit and amount < 0 else debt}", comma(abs(amount) if credit else amount)))
    return node("iv:Modulo", node("iv:NumeroModulo", str(number)), _period(settled), figures)


def _period(settled: Settled) -> object:
    """Month 1 to 12; quarter 1 to 3, and 5 for the last one of those who settle by quarter of their own choice."""
    if settled.starts_on.month == settled.ends_on.month:
        return node("iv:Mese", str(settled.ends_on.month))
    quarter = settled.ends_on.month // 3
    return node("iv:Trimestre", str(5 if quarter == 4 else quarter))


def comma(amount: Decimal) -> str:
    return f"{amount:.2f}".replace(".", ",")
