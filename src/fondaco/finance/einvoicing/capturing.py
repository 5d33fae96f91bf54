"""Bills that come as PDFs without data (AP-04): what the text says for sure is proposed, marked as such, and becomes a draft bill."""

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
from fondaco.finance.einvoicing.billing import habits
from fondaco.finance.einvoicing.models import Capture
from fondaco.finance.einvoicing.queries import with_country
from fondaco.finance.einvoicing.refusals import CompanyUnclear
from fondaco.finance.payables.models import Bill, BillLine
from fondaco.masterdata.companies.models import Company, Currency
from fondaco.masterdata.parties.models import Party
from fondaco.platform.database.bulk import insert_rows
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
    row = Capture(
        company=ours, received_on=today, file_name=kept.name, digest=digest, size=len(raw), kept_until=archiving.kept_until(today), found=sure
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
    """How a field came to its value: ``proposed`` from ``words`` on a page, ``entered`` by hand, or ``missing`` because nothing is sure."""

    field: str
    how: str
    words: str = ""
    page: int = 0


def marks(row: Capture) -> list[Mark]:
    """How each field came to its value."""
    made = []
    for field in Capture.PROPOSED:
        value = row.currency_id if field == "currency" else getattr(row, field)
        told = row.found.get(field)
        if told and value == _value(field, told["value"]):
            made.append(Mark(field, "proposed", told["words"], told["page"]))
        else:
            made.append(Mark(field, "entered" if value not in (None, "") and (told or field != "kind") else "missing"))
    return made


def missing_of(row: Capture) -> list[str]:
    """What a bill cannot be without, in words."""
    needed = {"vendor_id": _("the vendor"), "vendor_number": _("the vendor's number"), "vendor_date": _("the vendor's date")}
    return [word for name, word in needed.items() if not getattr(row, name)]


def paper_drafts(rows: Sequence[Capture], on: date) -> list[Draft]:
    """A bill of each: its total as one line, tax included, on the account that the vendor's lines went to most; without a total no line."""
    learned = habits({(r.company_id, r.vendor_id or 0) for r in rows})
    languages = dict(Company.objects.filter(pk__in={r.company_id for r in rows}).values_list("pk", "language"))
    drafts = []
    for row in rows:
        with override(languages[row.company_id]):
            account, _code, reason = learned[row.company_id, row.vendor_id or 0].proposed("")
            text = _("As on the vendor's paper {number}").format(number=row.vendor_number)
        line = BillLine(
            description=text, quantity=Decimal(1), unit_price=row.gross, account_id=account, booking_reason=reason, dimension_values=[]
        )  # fmt: skip
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
            prices_include_tax=row.gross is not None,
            source_table=Capture._meta.db_table,
            source_id=row.pk,
        )
        drafts.append(Draft(bill, [line] if row.gross is not None else []))
    return drafts
