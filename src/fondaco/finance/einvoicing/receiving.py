"""Files that vendors, SdI or a provider bring: a notice goes to its e-invoice, an invoice among the received ones. The same file again adds nothing."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils import timezone

from fondaco.finance.einvoicing import archiving, semantic
from fondaco.finance.einvoicing.capturing import capture
from fondaco.finance.einvoicing.models import Received, Sender
from fondaco.finance.einvoicing.noticing import note
from fondaco.finance.einvoicing.outside.asking import Told, read
from fondaco.finance.einvoicing.outside.meaning import doubts
from fondaco.finance.einvoicing.outside.plain import plain
from fondaco.finance.einvoicing.queries import with_country
from fondaco.finance.einvoicing.refusals import CurrencyUnknown, NotOurs
from fondaco.masterdata.companies.models import Company, Currency
from fondaco.masterdata.parties.models import Party
from fondaco.platform.access.permissions import standalone
from fondaco.platform.database.bulk import insert_rows

RECEIVE = standalone("einvoicing.receive")


@dataclass(frozen=True)
class Brought:
    """What became of a file: whether it said anything new, the received invoices it holds, and the bill on paper that it is."""

    is_new: bool
    received: list[int] = field(default_factory=list)
    captured: list[int] = field(default_factory=list)


def bring(name: str, raw: bytes, companies: Sequence[Company] | None = None) -> Brought:
    """Take a file within the caller's transaction; ``companies`` are those whose files are taken, all unless they are given.

    Raises NotReadable, NoticeUnknown, NotOurs, CompanyUnclear or CurrencyUnknown; then nothing is written.
    """
    told = read(name, raw)
    if told.what == "notice":
        return Brought(note(name, raw, told.notice, companies=companies).is_new)
    if told.what == "paper":
        row, is_new = capture(name, raw, told.found, companies)
        return Brought(is_new, [], [row.pk])
    ours = _addressed(name, told.invoices[0].buyer, companies)
    digest = hashlib.sha256(raw).hexdigest()
    there = list(Received.objects.filter(company=ours, digest=digest).order_by("position").values_list("pk", flat=True))
    if there:
        return Brought(False, there)
    _refuse_unknown_currencies(name, told.invoices)
    kept = archiving.stored(name, raw)
    rows = _rows(ours, told, kept.name, digest, len(raw))
    insert_rows(Received, rows)
    files = [(row, kept) for row in rows]
    files += [(row, archiving.stored(*file)) for row, inside in zip(rows, told.enclosed, strict=False) for file in inside]
    # The same file enclosed twice is one.
    archiving.attach(list({(row.pk, k.name, k.digest): (row, k) for row, k in files}.values()))
    return Brought(True, [row.pk for row in rows])


def _addressed(name: str, buyer: semantic.TradeParty, among: Sequence[Company] | None) -> Company:
    """The company an invoice is addressed to: by VAT number, else by tax code."""
    companies = list(Company.objects.order_by("pk")) if among is None else among
    codes = dict(Sender.objects.exclude(tax_code="").values_list("company_id", "tax_code"))
    vat = with_country(buyer.vat_number, buyer.place.country)
    for each in companies:
        own = with_country(each.vat_number, each.country_id)
        numbers = {own, own[2:], codes.get(each.pk, "")} - {""}
        if (vat and vat == own) or (buyer.tax_number and buyer.tax_number in numbers):
            return each
    raise NotOurs(file=name, buyer=buyer.name, number=vat or buyer.tax_number or "–")


def _refuse_unknown_currencies(name: str, invoices: Sequence[semantic.Invoice]) -> None:
    wanted = {i.currency for i in invoices}
    known = set(Currency.objects.filter(code__in=wanted).values_list("code", flat=True))
    for currency in sorted(wanted - known):
        raise CurrencyUnknown(file=name, currency=currency)


def _rows(company: Company, told: Told, name: str, digest: str, size: int) -> list[Received]:
    numbers = {n for i in told.invoices if (n := with_country(i.seller.vat_number, i.seller.place.country))}
    vendors: dict[str, int] = {}
    for number, key in (
        Party.objects.filter(vat_number__in=numbers, merged_into=None).order_by("is_vendor", "-pk").values_list("vat_number", "pk")
    ):
        vendors[number] = key
    seen = set(Received.objects.filter(company=company, seller_vat__in=numbers).values_list("seller_vat", "number"))
    today = timezone.localdate()
    rows = []
    for position, invoice in enumerate(told.invoices, start=1):
        vat = with_country(invoice.seller.vat_number, invoice.seller.place.country)
        words = [*doubts(invoice), *(["repeated"] if (vat, invoice.number) in seen else [])]
        seen.add((vat, invoice.number))
        rows.append(
            Received(
                company=company,
                number=invoice.number,
                format=told.format,
                kind=invoice.kind,
                vendor_id=vendors.get(vat),
                seller_name=invoice.seller.name,
                seller_vat=vat,
                on=invoice.on,
                received_on=today,
                currency_id=invoice.currency,
                net=invoice.net,
                tax=invoice.tax,
                gross=invoice.gross,
                doubts=" ".join(words),
                file_name=name,
                position=position,
                digest=digest,
                size=size,
                kept_until=archiving.kept_until(max(invoice.on or today, today)),
                meaning=_plain(invoice),
            )
        )
    return rows


def _plain(invoice: semantic.Invoice) -> dict[str, Any]:
    found = plain(invoice)
    assert isinstance(found, dict)
    return found
