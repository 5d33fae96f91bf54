"""Bills that come as PDFs without data, scans or pictures (AP-04): what they say for sure is proposed with a confidence, and becomes a draft bill."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from fondaco.finance.einvoicing import archiving
from fondaco.finance.einvoicing.billing import Code, Habits, code_of_rate, habits, purchase_codes
from fondaco.finance.einvoicing.models import Capture
from fondaco.finance.einvoicing.queries import with_country
from fondaco.finance.einvoicing.refusals import CompanyUnclear
from fondaco.finance.payables.assessing import complete
from fondaco.finance.payables.models import Bill, BillLine
from fondaco.masterdata.companies.models import Company, Currency
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.bulk import insert_rows
from fondaco.platform.database.refusals import worded
from fondaco.platform.money import ZERO, figure, priced
from fondaco.platform.resources.declare import Draft

Found = Mapping[str, Sequence[Mapping[str, Any]]]


def capture(name: str, raw: bytes, found: Found, among: Sequence[Company] | None) -> tuple[Capture, bool]:
    """Keep the file and what was read of it; whether it is new. The same file again adds nothing. Raises CompanyUnclear."""
    ours = _company(name, found, among)
    digest = hashlib.sha256(raw).hexdigest()
    there = Capture.objects.filter(company=ours, digest=digest).first()
    if there is not None:
        return there, False
    kept = archiving.stored(name, raw)
    today = timezone.localdate()
    sure = surely(found, own=(_numbers(ours), _ibans(ours)))
    if sure.get("currency", {}).get("value") not in set(Currency.objects.values_list("code", flat=True)):
        sure.pop("currency", None)
    lines: Mapping[str, Any] = found.get("lines", {})  # type: ignore[assignment]
    row = Capture(
        company=ours, received_on=today, file_name=kept.name, digest=digest, size=len(raw), kept_until=archiving.kept_until(today),
        found=sure if lines.get("why", "no_table") == "no_table" and "lines" not in lines else {**sure, "lines": lines},
    )  # fmt: skip
    for field, told in sure.items():
        setattr(row, "currency_id" if field == "currency" else field, _value(field, told["value"]))
    row.vendor_id = _vendor(row.seller_vat)
    insert_rows(Capture, [row])
    archiving.attach([(row, kept)])
    return row, True


def _company(name: str, found: Found, among: Sequence[Company] | None) -> Company:
    """The company the file is for: the one it was brought to, else the only one whose VAT number it names, else the only one there is."""
    companies = list(Company.objects.order_by("pk")) if among is None else list(among)
    named = {told["value"] for told in found.get("seller_vat", ())}
    for chosen in (companies, [c for c in companies if _numbers(c) & named]):
        if len(chosen) == 1:
            return chosen[0]
    raise CompanyUnclear(file=name)


def _numbers(company: Company) -> set[str]:
    return {with_country(company.vat_number, company.country_id)} - {""}


def _ibans(company: Company) -> set[str]:
    return {"".join(company.iban.split())} - {""}


def surely(found: Found, *, own: tuple[Collection[str], Collection[str]]) -> dict[str, dict[str, Any]]:
    """The fields of which one value is left once our own numbers are set aside; what may be two things is none."""
    ours = {"seller_vat": own[0], "iban": own[1]}
    left = {field: [dict(told) for told in found.get(field, ()) if told["value"] not in ours.get(field, ())] for field in Capture.PROPOSED}
    return {field: told[0] for field, told in left.items() if len(told) == 1}


def _value(field: str, text: str) -> Any:
    if field == "vendor_date":
        return date.fromisoformat(text)
    return Decimal(text) if field == "gross" else text


def _vendor(number: str) -> int | None:
    known = Party.objects.filter(vat_number=number, merged_into=None).order_by("-is_vendor", "pk") if number else Party.objects.none()
    return known.values_list("pk", flat=True).first()


@dataclass(frozen=True)
class Mark:
    """How a field came to its value: ``proposed`` from ``words`` on a page, ``entered`` by hand, or ``missing`` because nothing is sure.
    ``confidence`` is that of a proposal, in percent."""

    field: str
    how: str
    words: str = ""
    page: int = 0
    confidence: int = 0


def marks(row: Capture) -> list[Mark]:
    """How each field came to its value."""
    made = []
    for field in Capture.PROPOSED:
        value = row.currency_id if field == "currency" else getattr(row, field)
        told = row.found.get(field)
        if told and value == _value(field, told["value"]):
            made.append(Mark(field, "proposed", told["words"], told["page"], told["confidence"]))
        else:
            made.append(Mark(field, "entered" if value not in (None, "") and (told or field != "kind") else "missing"))
    return made


@dataclass(frozen=True)
class ProposedLine:
    """A line as it was read; amounts in the currency of the paper, the confidence in percent, of the whole and by field."""

    description: str
    quantity: Decimal
    unit_price: Decimal
    discount: Decimal
    rate: Decimal | None
    amount: Decimal
    page: int
    confidence: int
    by_field: Mapping[str, int]


def proposed_lines(row: Capture) -> list[ProposedLine]:
    """The lines of the paper, as long as its total is the one that they make."""
    told = row.found.get("lines", {})
    if "lines" not in told or row.gross != _gross_found(row):
        return []
    return [
        ProposedLine(
            n["description"], Decimal(n["quantity"]), Decimal(n["unit_price"]), Decimal(n["discount"]),
            None if n["rate"] is None else Decimal(n["rate"]), Decimal(n["amount"]), n["page"], n["confidence"], n["by_field"],
        )
        for n in told["lines"]
    ]  # fmt: skip


def _gross_found(row: Capture) -> Decimal | None:
    told = row.found.get("gross")
    return Decimal(told["value"]) if told else None


def why_no_lines(row: Capture) -> str:
    """Why the draft will have the total as its only line, in words; empty where it will have the lines of the paper."""
    told = row.found.get("lines")
    if proposed_lines(row):
        return ""
    if told and "lines" in told:
        return _(
            "The total was changed by hand, so the lines of the paper do not make it any more: the bill will have the total as one line."
        )
    if told and told["why"] == "not_summing" and told["total"]:
        return worded(
            _("The lines that were read come to {sum} and, with tax, do not make the total of {total}: the bill will have the total as one line."),
            sum=priced(Decimal(told["sum"])), total=priced(Decimal(told["total"])),
        )  # fmt: skip
    return _("No table of lines was read for sure: the bill will have the total as one line.")


def missing_of(row: Capture) -> list[str]:
    """What a bill cannot be without, in words."""
    needed = {"vendor_id": _("the vendor"), "vendor_number": _("the vendor's number"), "vendor_date": _("the vendor's date")}
    return [word for name, word in needed.items() if not getattr(row, name)]


def paper_drafts(rows: Sequence[Capture], on: date) -> list[Draft]:
    """A bill of each, with the lines of the paper, where they make its total and their taxes are known here; else its total as one line, tax
    included. Lines go to the account to which the vendor's lines with the same words, or most of them, went; without a total there is none."""
    learned = habits({(r.company_id, r.vendor_id or 0) for r in rows})
    codes = purchase_codes({r.company_id for r in rows})
    languages = dict(Company.objects.filter(pk__in={r.company_id for r in rows}).values_list("pk", "language"))
    drafts = []
    wholes: list[BillLine | None] = []
    for row in rows:
        with override(languages[row.company_id]):
            account, _code, reason = learned[row.company_id, row.vendor_id or 0].proposed("")
            text = _("As on the vendor's paper {number}").format(number=row.vendor_number)
            lines = _lines(row, learned[row.company_id, row.vendor_id or 0], codes[row.company_id])
        whole = BillLine(
            description=text, quantity=Decimal(1), unit_price=row.gross, account_id=account, booking_reason=reason, dimension_values=[]
        )  # fmt: skip
        wholes.append(whole if row.gross is not None else None)
        bill = Bill(
            company_id=row.company_id,
            kind=row.kind,
            vendor_id=row.vendor_id,
            vendor_number=row.vendor_number,
            vendor_date=row.vendor_date,
            received_on=row.received_on,
            on=on,
            currency_id=row.currency_id,
            stated_total=row.gross,
            prices_include_tax=row.found["lines"]["includes_tax"] if lines else row.gross is not None,
            source_table=Capture._meta.db_table,
            source_id=row.pk,
        )
        drafts.append(Draft(bill, lines or ([whole] if row.gross is not None else [])))
    _come_out(drafts, wholes)
    return drafts


def _lines(row: Capture, known: Habits, codes: Sequence[Code]) -> list[BillLine]:
    """The lines of the paper, each with the tax code that bears its rate."""
    made = []
    for n in proposed_lines(row):
        account, learned, reason = known.proposed(n.description)
        code = code_of_rate(n.rate, learned, codes, row.vendor_date or row.received_on)
        line = BillLine(
            description=n.description, quantity=n.quantity, unit_price=n.unit_price, discount_percent=n.discount, account_id=account,
            booking_reason=reason, tax_code_id=code, dimension_values=[],
        )  # fmt: skip
        if code:
            line.tax_rate = n.rate or ZERO
            line.tax_explanation = _("As on the vendor's paper: {rate} %").format(rate=figure(n.rate or ZERO))
        line.given = frozenset({"tax_code"}) if code else frozenset()  # type: ignore[attr-defined]
        made.append(line)
    return made


def _come_out(drafts: Sequence[Draft], wholes: Sequence[BillLine | None]) -> None:
    """Complete the drafts, and take the total as one line where the lines with our own tax codes do not make it; a cent of rounding is the vendor's."""
    complete(drafts)
    changed = []
    for draft, whole in zip(drafts, wholes, strict=True):
        bill = draft.row
        if whole is None or bill.stated_total is None or draft.lines == [whole]:
            continue
        difference = bill.stated_total - bill.gross
        taxes = {ln.tax_code_id for ln in draft.lines}
        if difference and abs(difference) <= Decimal("0.01") * len(taxes) and bill.tax:
            bill.tax_difference = difference
        elif difference:
            draft.lines[:] = [whole]
            bill.prices_include_tax = True
            changed.append(draft)
    if changed:
        complete(changed)
